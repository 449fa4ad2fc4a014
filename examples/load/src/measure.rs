//! How many, how fast: a closed loop on a number of connections for a number of seconds.

use crate::wire::{Failure, Wire};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How hard, how long, against whom.
#[derive(Debug, Clone, Copy)]
pub struct Pressure {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Connections, each with one request under way.
    pub connections: usize,
    /// How long.
    pub length: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Measured {
    /// Time each took, sorted.
    took: Vec<Duration>,
    /// From the first to the last.
    elapsed: Duration,
}

impl Measured {
    /// From single times and the time of all together.
    pub fn new(mut took: Vec<Duration>, elapsed: Duration) -> Self {
        took.sort_unstable();
        Self { took, elapsed }
    }

    /// A second.
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// That part of them was at most so slow.
    pub fn percentile(&self, part: f64) -> Duration {
        let last = self.took.len().saturating_sub(1);
        self.took.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
    }

    /// One line of a Markdown table.
    pub fn print(&self, what: &str) {
        let millis = |part| self.percentile(part).as_secs_f64() * 1000.0;
        println!(
            "| {what} | {:.0} /s | {:.2} ms | {:.2} ms | {} |",
            self.rate(),
            millis(0.5),
            millis(0.99),
            self.took.len()
        );
    }
}

/// Repeats `once` on every connection until the time is over. `once` gets the connection and a number no other
/// call gets; what it fails with ends the run.
pub async fn press<F>(pressure: Pressure, once: F) -> Result<Measured, Failure>
where
    F: AsyncOnce,
{
    let begin = Instant::now();
    let mut running = JoinSet::new();
    for connection in 0..pressure.connections {
        let once = once.clone();
        running.spawn(async move {
            let mut wire = Wire::open(pressure.address).await?;
            let mut took = Vec::new();
            let mut number = connection;
            while begin.elapsed() < pressure.length {
                let start = Instant::now();
                once.once(&mut wire, number).await?;
                took.push(start.elapsed());
                number += pressure.connections;
            }
            Ok::<_, Failure>(took)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = running.join_next().await {
        took.append(&mut done??);
    }
    Ok(Measured::new(took, begin.elapsed()))
}

/// One request, or one piece of work made of several.
pub trait AsyncOnce: Clone + Send + Sync + 'static {
    /// Does it, with a number no other call gets.
    fn once(&self, wire: &mut Wire, number: usize) -> impl Future<Output = Result<(), Failure>> + Send;
}
