//! Queues on the broker that this machine has, under names of their own, which are gone afterwards; and a way to the
//! broker that can be cut.

use async_trait::async_trait;
use hdip_core::ports::{Announcement, PortError, Queue};
use hdip_core::values::{BackgroundJobId, Duration};
use hdip_integrations::queue::rabbitmq::{QueueType, RabbitConfig, RabbitQueue};
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use std::net::SocketAddr;
use std::time::Duration as Wait;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where a broker is looked for.
const BROKER: &str = "127.0.0.1:5672";

fn url(address: &str) -> String {
    format!("amqp://guest:guest@{address}/%2f")
}

/// A name of one test's own on the broker. Everything under it is deleted when it is dropped.
#[derive(Debug)]
pub struct Names(pub String);

impl Names {
    /// `None`, said aloud, where there is no broker; a failure where there must be one.
    pub async fn fresh() -> Option<Self> {
        if let Err(error) = TcpStream::connect(BROKER).await {
            let required = std::env::var("HDIP_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
            assert!(!required, "RabbitMQ does not answer on {BROKER}: {error}");
            println!("skipped: queue_rabbitmq: no RabbitMQ on {BROKER}");
            return None;
        }
        Some(Self(format!("hdip_test_{:032x}", rand::random::<u128>())))
    }

    /// The way a test looks, past the adapter.
    pub async fn connection() -> Connection {
        Connection::connect(&url(BROKER), ConnectionProperties::default()).await.expect("the broker answers")
    }

    pub fn jobs(&self) -> String {
        format!("{}.jobs", self.0)
    }

    pub fn unreadable(&self) -> String {
        format!("{}.unreadable", self.0)
    }

    /// Settings under this name; what breaks is noticed and mended quickly.
    pub fn config(&self, address: &str) -> RabbitConfig {
        let config = RabbitConfig::new(&url(address)).unwrap().prefix(&self.0).unwrap();
        // Quorum queues are what production has; the tests of the contract run on both.
        config.pauses(Wait::from_millis(10), Wait::from_millis(100)).announce_timeout(Wait::from_secs(5))
    }

    /// A queue that is connected.
    pub async fn queue(&self, change: impl FnOnce(RabbitConfig) -> RabbitConfig) -> RabbitQueue {
        let queue = RabbitQueue::start(change(self.config(BROKER)));
        assert!(queue.connected(Wait::from_secs(20)).await, "{:?}", queue.ping().await);
        queue
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        let (queues, exchange) = ([self.jobs(), self.unreadable()], self.unreadable());
        let tidy = async move {
            let connection = Names::connection().await;
            let channel = connection.create_channel().await.unwrap();
            for queue in queues {
                channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
            }
            channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.unwrap();
            connection.close(200, "done".into()).await.unwrap();
        };
        // A test's own runtime cannot be waited for within it.
        let thread = std::thread::spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(tidy)
        });
        let _ = thread.join();
    }
}

/// A queue with its names: what the contract suite is run on.
#[derive(Debug)]
pub struct OwnQueue {
    queue: RabbitQueue,
    _names: Names,
}

impl OwnQueue {
    pub async fn new(queue_type: QueueType) -> Option<Self> {
        let names = Names::fresh().await?;
        Some(Self { queue: names.queue(|config| config.queue_type(queue_type)).await, _names: names })
    }
}

#[async_trait]
impl Queue for OwnQueue {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        self.queue.announce(jobs).await
    }
    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        self.queue.next(wait).await
    }
    async fn ping(&self) -> Result<(), PortError> {
        self.queue.ping().await
    }
}

/// What a way does with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Passes it on.
    Open,
    /// Ends every connection.
    Cut,
    /// Keeps connections and passes nothing on, as when a cable is pulled.
    Stalled,
}

/// A way to the broker that can be cut.
#[derive(Debug)]
pub struct Way {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
}

impl Way {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, modes) = watch::channel(Mode::Open);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                tokio::spawn(pass(here, modes.clone()));
            }
        });
        Self { address, mode }
    }

    pub fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
    }

    pub fn stall(&self) {
        self.mode.send_replace(Mode::Stalled);
    }

    pub fn mend(&self) {
        self.mode.send_replace(Mode::Open);
    }
}

async fn pass(mut here: TcpStream, mut modes: watch::Receiver<Mode>) {
    if *modes.borrow() == Mode::Cut {
        return;
    }
    let mut there = TcpStream::connect(BROKER).await.unwrap();
    loop {
        let mode = *modes.borrow_and_update();
        let passing = async {
            match mode {
                Mode::Open => drop(tokio::io::copy_bidirectional(&mut here, &mut there).await),
                Mode::Stalled => std::future::pending().await,
                Mode::Cut => {}
            }
        };
        tokio::select! {
            () = passing => return,
            changed = modes.changed() => if changed.is_err() { return },
        }
    }
}
