//! One connection after another: [`supervise`] keeps one up for as long as the queue lives.

use super::config::pause;
use super::{Shared, message, topology};
use futures_util::StreamExt;
use hdip_core::ports::{Announcement, Settled};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, BasicRejectOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{Acker, Channel, Connection, ConnectionProperties, ConnectionStatus, Consumer, Event};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// A connection that lived that long was a good one: the next attempt is the first again.
const SETTLED_AFTER: Duration = Duration::from_secs(10);
/// How often a connection is looked at that says nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long the broker has for a farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection that is up.
#[derive(Debug, Clone)]
pub(super) struct Live {
    /// Publishes, with confirms.
    pub publish: Channel,
    /// Asks.
    pub control: Channel,
    /// Of the connection: whether the broker takes anything now.
    pub status: ConnectionStatus,
    /// Cancelled by whoever finds that it does not work any more.
    pub suspect: CancellationToken,
}

impl Live {
    /// Nobody found that it does not.
    pub(super) fn works(&self) -> bool {
        !self.suspect.is_cancelled()
    }
}

/// How an announcement was settled, for the broker.
#[derive(Debug)]
pub(super) struct Settlement {
    /// The connection it came over, counted: one that is no more has given it back already.
    epoch: u64,
    acker: Acker,
    how: Settled,
}

/// Why a connection ended, when it was not told to.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the broker did not answer in time")]
    Slow,
    #[error("announcements did not get through")]
    Suspect,
    #[error("the broker ended the consumer")]
    NoConsumer,
    #[error("the connection is gone")]
    Gone,
    #[error(transparent)]
    Broker(#[from] lapin::Error),
}

impl From<tokio::time::error::Elapsed> for Ended {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Slow
    }
}

type Settlements = UnboundedReceiver<Settlement>;

/// Connects, again and again, until told to stop.
pub(super) async fn supervise(shared: Arc<Shared>, mut settlements: Settlements) {
    let mut failures = 0;
    let mut epoch = 0;
    while !shared.stop.is_cancelled() {
        let began = Instant::now();
        let ended = session(&shared, epoch, &mut settlements).await;
        epoch += 1;
        shared.live.send_replace(None);
        // The broker delivers again what it was not told about.
        drop(shared.ready.take());
        let Err(ended) = ended else { return };
        if began.elapsed() > SETTLED_AFTER {
            failures = 0;
        }
        let config = &shared.config;
        let pause = pause(config.first_pause, config.longest_pause, failures, rand::random());
        failures = failures.saturating_add(1);
        tracing::warn!(error = %ended, pause_ms = pause.as_millis() as u64, "no connection to the broker");
        shared.remember(ended.to_string());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.stop.cancelled() => {}
        }
    }
}

/// One connection from its beginning to its end; `Ok` when it was told to stop.
async fn session(shared: &Shared, epoch: u64, settlements: &mut Settlements) -> Result<(), Ended> {
    let opened = timeout(shared.config.connect_timeout, open(shared));
    let (connection, live) = tokio::select! {
        opened = opened => opened??,
        () = shared.stop.cancelled() => return Ok(()),
    };
    tracing::info!(config = ?shared.config, "connected to the broker");
    let mut events = Box::pin(connection.events_listener());
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut consumer: Option<Consumer> = None;
    let mut listening = shared.listening.subscribe();
    shared.live.send_replace(Some(live.clone()));
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => {
                // The broker may be slow or gone; then it gives back by itself.
                let _ = timeout(FAREWELL, wind_down(shared, epoch, &connection, consumer, settlements)).await;
                return Ok(());
            }
            () = live.suspect.cancelled() => return Err(Ended::Suspect),
            // Nobody who only announces holds what a worker could have.
            asked = async { listening.wait_for(|listening| *listening).await.is_ok() }, if consumer.is_none() => {
                if asked {
                    consumer = Some(timeout(shared.config.connect_timeout, consume(shared, &connection)).await??);
                }
            }
            delivery = next(&mut consumer) => match delivery {
                Some(delivery) => receive(shared, epoch, delivery?).await?,
                None => return Err(Ended::NoConsumer),
            },
            Some(settlement) = settlements.recv() => settle(shared, epoch, settlement).await?,
            Some(event) = events.next() => if let Event::Error(error) = event {
                return Err(error.into());
            },
            _ = look.tick() => {
                let up = live.publish.status().connected() && live.control.status().connected();
                if !up || !connection.status().connected() {
                    return Err(Ended::Gone);
                }
            }
        }
    }
}

async fn open(shared: &Shared) -> Result<(Connection, Live), Ended> {
    let properties = ConnectionProperties::default().with_connection_name("hdip".into());
    let connection = Connection::connect_uri(shared.config.uri.clone(), properties).await?;
    let control = connection.create_channel().await?;
    topology::declare(&control, &shared.config).await?;
    let publish = connection.create_channel().await?;
    publish.confirm_select(ConfirmSelectOptions::default()).await?;
    let status = connection.status().clone();
    Ok((connection, Live { publish, control, status, suspect: CancellationToken::new() }))
}

async fn consume(shared: &Shared, connection: &Connection) -> Result<Consumer, Ended> {
    let channel = connection.create_channel().await?;
    channel.basic_qos(shared.config.prefetch, BasicQosOptions::default()).await?;
    let (options, table) = (BasicConsumeOptions::default(), FieldTable::default());
    let queue = topology::jobs(&shared.config);
    // The consumer keeps its channel open.
    Ok(channel.basic_consume(queue.into(), "".into(), options, table).await?)
}

async fn next(consumer: &mut Option<Consumer>) -> Option<lapin::Result<lapin::message::Delivery>> {
    match consumer {
        Some(consumer) => consumer.next().await,
        None => std::future::pending().await,
    }
}

/// Hands a delivery to whoever waits; one that is not ours goes to the queue of the unreadable.
async fn receive(shared: &Shared, epoch: u64, delivery: lapin::message::Delivery) -> Result<(), Ended> {
    let acker = delivery.acker;
    let Some(job) = message::read(&delivery.data) else {
        tracing::warn!(bytes = delivery.data.len(), "an unreadable message was set aside");
        let aside = BasicRejectOptions { requeue: false };
        timeout(shared.config.connect_timeout, acker.reject(aside)).await??;
        return Ok(());
    };
    let settlements = shared.settlements.clone();
    let settle = move |_, how| {
        // Fails only after the connection is closed for good: then the broker gives it back.
        let _ = settlements.send(Settlement { epoch, acker, how });
    };
    shared.ready.push(Announcement::new(job, settle));
    Ok(())
}

/// Tells the broker, unless it came over an earlier connection: then the broker gave it back. If this connection
/// broke, its events say so.
async fn settle(shared: &Shared, epoch: u64, settlement: Settlement) -> Result<(), Ended> {
    let Settlement { epoch: of, acker, how } = settlement;
    if of != epoch {
        return Ok(());
    }
    let told = async {
        match how {
            Settled::Done => acker.ack(BasicAckOptions::default()).await,
            Settled::GivenBack => acker.nack(BasicNackOptions { requeue: true, multiple: false }).await,
        }
    };
    if let Err(error) = timeout(shared.config.connect_timeout, told).await? {
        tracing::debug!(%error, ?how, "the broker was not told");
    }
    Ok(())
}

/// Takes nothing more, tells what was settled, gives back the rest, says goodbye.
async fn wind_down(
    shared: &Shared,
    epoch: u64,
    connection: &Connection,
    consumer: Option<Consumer>,
    settlements: &mut Settlements,
) -> Result<(), Ended> {
    shared.live.send_replace(None);
    drop(shared.ready.take());
    while let Ok(settlement) = settlements.try_recv() {
        settle(shared, epoch, settlement).await?;
    }
    drop(consumer);
    connection.close(200, "done".into()).await?;
    Ok(())
}
