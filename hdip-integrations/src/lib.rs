//! Adapters for the ports of [`hdip_core`]: one folder per port, one module per vendor, one cargo feature
//! each. None is on by default and each compiles alone.
//!
//! | feature | what it gives |
//! |---|---|
//! | `storage-sqlite` | [`storage::SqliteStorage`]: one file, bundled SQLite |
//! | `storage-mysql` | [`storage::MysqlStorage`]: MySQL 8 or MariaDB |
//! | `storage-postgres` | [`storage::PostgresStorage`]: PostgreSQL |
//! | `worker` | the [`worker`] loop and the in-process [`queue`] |
//! | `queue-rabbitmq` | [`queue::rabbitmq::RabbitQueue`]: announcements to workers on many machines |
//! | `layers` | [`layers`]: retries, timeouts, rate limits, circuit breakers, metrics, faults around any port |
//! | `smtp` | [`mail::smtp::SmtpMail`]: mail through an SMTP relay |
//! | `outbox` | [`mail::outbox::OutboxMail`]: mail into a directory, for development |
//! | `ics` | [`calendar::ics::IcsCalendar`]: calendar entries as objects that go with mails |
//! | `jitsi` | [`video::jitsi::JitsiVideo`]: rooms on a Jitsi Meet host |
//! | `local-files` | [`files::local::LocalFiles`]: files in a directory |
//! | `slack-webhook` | [`chat::slack::SlackWebhook`]: posts in a channel behind an incoming webhook |
//! | `otel` | [`telemetry`]: traces to an OpenTelemetry collector |
//! | `secrets` | [`secrets::SoftwareSecrets`]: Argon2id, HMAC-SHA-256, the system's randomness |
//! | `system` | [`system::SystemClock`] and [`system::UuidIds`] |
//!
//! Every adapter passes the contract suite of its port (`hdip_core::testkit::contract`) in `tests/it`.

#[cfg(feature = "ics")]
pub mod calendar;
#[cfg(feature = "slack-webhook")]
pub mod chat;
#[cfg(feature = "local-files")]
pub mod files;
#[cfg(feature = "layers")]
pub mod layers;
#[cfg(any(feature = "smtp", feature = "outbox"))]
pub mod mail;
#[cfg(any(feature = "worker", feature = "queue-rabbitmq"))]
pub mod queue;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(any(feature = "storage-sqlite", feature = "storage-mysql", feature = "storage-postgres"))]
pub mod storage;
#[cfg(feature = "system")]
pub mod system;
#[cfg(any(feature = "worker", feature = "otel"))]
pub mod telemetry;
#[cfg(feature = "jitsi")]
pub mod video;
#[cfg(feature = "worker")]
pub mod worker;

/// Lower-case hexadecimal.
#[cfg(any(feature = "outbox", feature = "jitsi"))]
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
