//! Announcements through RabbitMQ: workers on many machines hear of a job as soon as it is committed.
//!
//! The `background_jobs` table stays the only truth. A message names a row; a worker claims rows, works, commits,
//! and then acknowledges. Nothing depends on the broker: while it is down [`announce`](Queue::announce) fails at
//! once and workers find rows by their sweep; if it loses everything, that is a delay of one sweep.
//!
//! - `<prefix>.jobs` holds announcements, a quorum queue unless configured otherwise. Publisher confirms, awaited
//!   per batch: what is not confirmed is not announced.
//! - A process consumes only once somebody asked for the [`next`](Queue::next), and holds at most `prefetch`
//!   messages unsettled. One that is gone, or gives back, has them delivered to another.
//! - A message that cannot be read is rejected into `<prefix>.unreadable`, by the dead-letter exchange of that name,
//!   and holds up nobody. (A broker with a delivery limit also puts there what was given back too often; its row is
//!   found by the sweep.)
//! - The connection is supervised here: one that breaks, or on which announcements get no answer, is replaced,
//!   with growing and scattered pauses. Queues are declared anew each time, in case the broker lost them.
//!
//! Tests: `tests/it/queue_rabbitmq`, on a real broker.

mod config;
mod message;
mod session;
mod topology;

pub use config::{QueueType, RabbitConfig};

use super::ready::Announcements;
use async_trait::async_trait;
use hdip_core::ports::{Announcement, PortError, PortErrorKind, Queue};
use hdip_core::values::{BackgroundJobId, Duration};
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation};
use session::{Live, Settlement};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// So many messages are under way before their confirms are awaited.
const BATCH: usize = 256;

/// A queue on a RabbitMQ broker.
#[derive(Debug)]
pub struct RabbitQueue {
    shared: Arc<Shared>,
    supervisor: Mutex<Option<JoinHandle<()>>>,
}

/// What the queue and its supervisor share.
#[derive(Debug)]
struct Shared {
    config: RabbitConfig,
    /// Delivered and not taken.
    ready: Announcements,
    /// The connection that is up, if one is.
    live: watch::Sender<Option<Live>>,
    /// Whether anybody ever asked for the next.
    listening: watch::Sender<bool>,
    /// For the supervisor to tell the broker.
    settlements: mpsc::UnboundedSender<Settlement>,
    stop: CancellationToken,
    /// Why there is no connection.
    trouble: Mutex<String>,
}

impl Shared {
    fn remember(&self, trouble: String) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn live(&self, operation: &'static str) -> Result<Live, PortError> {
        let live = self.live.borrow().clone().filter(Live::works);
        live.ok_or_else(|| {
            let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            failed(PortErrorKind::Unreachable, operation, format!("not connected to the broker: {trouble}"))
        })
    }
}

impl RabbitQueue {
    /// Starts to connect, and goes on trying in the background. Must be called within a tokio runtime.
    pub fn start(config: RabbitConfig) -> Self {
        let (settlements, settled) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            config,
            ready: Announcements::new(),
            live: watch::Sender::new(None),
            listening: watch::Sender::new(false),
            settlements,
            stop: CancellationToken::new(),
            trouble: Mutex::new("the first attempt is under way".into()),
        });
        let supervisor = tokio::spawn(session::supervise(shared.clone(), settled));
        Self { shared, supervisor: Mutex::new(Some(supervisor)) }
    }

    /// Waits until there is a connection, at most `wait`; false if there is none then.
    pub async fn connected(&self, wait: std::time::Duration) -> bool {
        let mut live = self.shared.live.subscribe();
        matches!(timeout(wait, live.wait_for(|live| live.as_ref().is_some_and(Live::works))).await, Ok(Ok(_)))
    }

    /// Tells the broker what was settled, gives back what was not, and ends the connection. For an orderly end of
    /// the process, after its worker ended. Takes a few seconds at most; afterwards every call fails.
    pub async fn close(&self) {
        self.shared.stop.cancel();
        let supervisor = self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(supervisor) = supervisor {
            let _ = supervisor.await;
        }
        self.shared.remember("the queue was closed".into());
    }

    /// Publishes all, then awaits the broker's word on each.
    async fn publish(&self, live: &Live, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        let broken = |error: lapin::Error| {
            live.suspect.cancel();
            failed(PortErrorKind::Unreachable, "announce", "the broker did not take it").with_source(error)
        };
        let queue = topology::jobs(&self.shared.config);
        // Mandatory: a queue that is gone must not swallow messages.
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        for batch in jobs.chunks(BATCH) {
            let mut confirms = Vec::with_capacity(batch.len());
            for job in batch {
                let properties = BasicProperties::default()
                    .with_delivery_mode(2)
                    .with_content_type(message::CONTENT_TYPE.into())
                    .with_type(message::TYPE.into())
                    .with_message_id(job.to_string().into());
                let (queue, body) = (queue.as_str().into(), message::write(*job));
                let sent = live.publish.basic_publish("".into(), queue, options, &body, properties).await;
                confirms.push(sent.map_err(broken)?);
            }
            for confirm in confirms {
                match confirm.await.map_err(broken)? {
                    Confirmation::Ack(None) => {}
                    Confirmation::Ack(Some(_)) => {
                        // Declared anew with the next connection.
                        live.suspect.cancel();
                        let what = "the broker has lost the queue";
                        return Err(failed(PortErrorKind::Unreachable, "announce", what));
                    }
                    Confirmation::Nack(_) | Confirmation::NotRequested => {
                        let what = "the broker refused responsibility";
                        return Err(failed(PortErrorKind::Throttled, "announce", what));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Drop for RabbitQueue {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

#[async_trait]
impl Queue for RabbitQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let live = self.shared.live("announce")?;
        if live.status.blocked() {
            // Its memory or disk is full; publishing would hang until it is not.
            let what = "the broker takes nothing at the moment";
            return Err(failed(PortErrorKind::Throttled, "announce", what));
        }
        match timeout(self.shared.config.announce_timeout, self.publish(&live, jobs)).await {
            Ok(published) => published,
            Err(_) => {
                // The next caller must not wait again: until there is a new connection he is told at once.
                live.suspect.cancel();
                let what = "the broker did not confirm in time";
                Err(failed(PortErrorKind::Unreachable, "announce", what).unknown_outcome())
            }
        }
    }

    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        self.shared.listening.send_if_modified(|listening| !std::mem::replace(listening, true));
        let announcements = self.shared.ready.wait(wait.to_std().unwrap_or_default()).await;
        if announcements.is_empty() {
            self.shared.live("next")?;
        }
        Ok(announcements.into())
    }

    async fn ping(&self) -> Result<(), PortError> {
        let live = self.shared.live("ping")?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = topology::jobs(&self.shared.config);
        let asked = live.control.queue_declare(queue.into(), passive, FieldTable::default());
        let trouble = match timeout(self.shared.config.announce_timeout, asked).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => {
                failed(PortErrorKind::Unreachable, "ping", "the broker cannot say").with_source(error)
            }
            Err(_) => failed(PortErrorKind::Unreachable, "ping", "the broker did not answer in time"),
        };
        live.suspect.cancel();
        Err(trouble)
    }
}

fn failed(kind: PortErrorKind, operation: &'static str, context: impl Into<String>) -> PortError {
    PortError::new(kind, "queue", operation, context)
}
