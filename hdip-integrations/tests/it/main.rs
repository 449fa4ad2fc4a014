//! Every adapter under the contract suite of its port, and what is its own. One binary: each links long.

#[cfg(feature = "ics")]
mod calendar_ics;
#[cfg(feature = "slack-webhook")]
mod chat_slack;
#[cfg(feature = "local-files")]
mod files_local;
#[cfg(all(feature = "layers", feature = "worker"))]
mod layers;
#[cfg(feature = "outbox")]
mod mail_outbox;
#[cfg(feature = "smtp")]
mod mail_smtp;
#[cfg(feature = "worker")]
mod queue_local;
#[cfg(all(feature = "queue-rabbitmq", feature = "worker"))]
mod queue_rabbitmq;
#[cfg(feature = "secrets")]
mod secrets;
#[cfg(all(feature = "storage-sqlite", feature = "storage-mysql", feature = "storage-postgres"))]
mod storage;
#[cfg(feature = "system")]
mod system;
#[cfg(all(feature = "jitsi", feature = "secrets"))]
mod video_jitsi;
#[cfg(feature = "worker")]
mod worker;
