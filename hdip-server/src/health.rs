//! Whether this process can take work: told by `/readyz`, and to nobody else.

use crate::state::AppState;
use hdip_integrations::worker::WorkerCounts;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a check may take: a load balancer does not wait longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The worker's loop goes round every second; after that long without it hangs.
const WORKER_HANGS: Duration = Duration::from_secs(60);

/// What a process knows about itself.
#[derive(Debug, Default)]
pub struct ProcessHealth {
    stopping: AtomicBool,
    worker: OnceLock<Arc<WorkerCounts>>,
}

impl ProcessHealth {
    /// The process was told to stop: it is not ready from now on.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// A worker runs in this process.
    pub fn has_worker(&self, counts: Arc<WorkerCounts>) {
        // The first one is the one that is looked at.
        let _ = self.worker.set(counts);
    }

    /// What the worker of this process has done, if there is one.
    pub fn worker(&self) -> Option<&WorkerCounts> {
        self.worker.get().map(|counts| &**counts)
    }
}

/// What a fault means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Work is done later than it could be.
    Delays,
    /// This process cannot take work.
    Stops,
}

/// One thing that has to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What, for example `database`.
    pub name: &'static str,
    /// What it means when it is wrong.
    pub gravity: Gravity,
    /// What is wrong; nothing if it is right.
    pub fault: Option<String>,
}

/// Looks at everything this process needs. Nobody outside learns more than what is at fault.
pub async fn checks(state: &AppState) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |name, fault: Option<String>| checks.push(Check { name, gravity: Gravity::Stops, fault });
    let storage = state.hdip.storage();
    let within = |what: &'static str| move |_| format!("{what} does not answer");
    let database = tokio::time::timeout(PATIENCE, storage.ping()).await.map_err(within("the database"));
    let database = database.and_then(|answer| {
        answer.map_err(|error| {
            tracing::error!(error = crate::problem::chain(&error), "the database does not answer");
            "the database does not answer".to_owned()
        })
    });
    let answers = database.is_ok();
    add("database", database.err());
    if answers {
        let pending = tokio::time::timeout(PATIENCE, storage.pending_migrations()).await;
        add(
            "schema",
            match pending {
                Ok(Ok(0)) => None,
                Ok(Ok(n)) => Some(format!("{n} migrations are pending: `hdip-server migrate`")),
                Ok(Err(error)) => Some(error.to_string()),
                Err(late) => Some(within("the schema")(late)),
            },
        );
    }
    if let Some(worker) = state.health.worker() {
        let hangs = worker.idle_for().filter(|idle| *idle > WORKER_HANGS);
        add("worker", hangs.map(|idle| format!("its loop has not gone round for {} s", idle.as_secs())));
    }
    if state.broker.is_some() {
        let fault = state.hdip.queue().ping().await.err().map(|error| {
            tracing::warn!(error = crate::problem::chain(&error), "the queue does not answer");
            "the broker does not answer; jobs are found by the sweep".to_owned()
        });
        checks.push(Check { name: "queue", gravity: Gravity::Delays, fault });
    }
    checks
}
