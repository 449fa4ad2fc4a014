//! Background jobs per second: rows committed, announced, claimed, carried out and finished by a worker in
//! this process, over the queue and the database the settings name. Mails end in nothing.

use crate::wire::Failure;
use async_trait::async_trait;
use clap::Args;
use hdip_core::access::Scope;
use hdip_core::notifications::{MailKind, Recipient, SEND_MAIL};
use hdip_core::ports::storage::*;
use hdip_core::ports::{IdsExt, Mail, Message, PortError};
use hdip_integrations::worker::{Worker, WorkerConfig};
use hdip_server::config::Config;
use hdip_server::state::{self, AppState, Replaced};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How many.
#[derive(Debug, Clone, Copy, Args)]
pub struct Amount {
    /// Jobs of each kind.
    #[arg(long, default_value_t = 5_000)]
    count: usize,
    /// Jobs run at the same time.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
}

/// Jobs committed together, as a decision of that size would.
const CHUNK: usize = 100;

#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Mail for Nowhere {
    async fn send(&self, _: &Message) -> Result<(), PortError> {
        Ok(())
    }
}

/// Measures a job that finds nothing to do, and one that renders a mail.
pub async fn run(config: &Config, amount: Amount) -> Result<(), Failure> {
    let mut ports = state::open(config, Replaced::default()).await?;
    ports.builder.mail = Arc::new(Nowhere);
    let state = AppState::new(config.clone(), ports);
    let storage = state.hdip.storage();
    let applications =
        storage.applications(&Scope::Operator, &ApplicationFilter::default(), &Page::first(200)).await?;
    let interviews =
        storage.interviews(&Scope::Operator, &InterviewFilter::default(), &Page::first(200)).await?;
    let past =
        interviews.iter().find(|i| !i.state.is_live()).ok_or("no interview: fill the database first")?;
    let reminder = json!({
        "kind": MailKind::Reminder, "to": Recipient::Candidate(past.candidate_id), "interview": past.id,
    });
    let open = applications.first().ok_or("no application: fill the database first")?;
    let link = json!({
        "kind": MailKind::SchedulingLink, "to": Recipient::Candidate(open.candidate_id), "application": open.id,
    });
    println!("| what | rate | count |\n|---|---|---|");
    for (what, data) in [("a job that finds nothing to do", reminder), ("a job that renders a mail", link)] {
        let rate = measure(&state, amount, &data).await?;
        println!("| {what} | {rate:.0} /s | {} |", amount.count);
    }
    Ok(())
}

/// Waits until the queue takes announcements: a broker's connection is made in the background.
async fn connected(state: &AppState) -> Result<(), Failure> {
    let begin = Instant::now();
    while let Err(error) = state.hdip.queue().announce(&[state.ids.fresh()]).await {
        if begin.elapsed() > Duration::from_secs(20) {
            return Err(error.into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn measure(state: &AppState, amount: Amount, data: &Value) -> Result<f64, Failure> {
    let config = WorkerConfig { concurrency: amount.concurrency, ..WorkerConfig::default() };
    let worker = Worker::new(state.hdip.clone(), config);
    let counts = worker.counts();
    let (stop, stopping) = watch::channel(false);
    connected(state).await?;
    let begin = Instant::now();
    let working = tokio::spawn(worker.run(stopping));
    for from in (0..amount.count).step_by(CHUNK) {
        let mut changes = Changes::new();
        let now = state.hdip.now();
        for _ in from..amount.count.min(from + CHUNK) {
            let id = state.ids.fresh();
            changes.jobs.push(NewJob {
                id,
                client_id: None,
                kind: SEND_MAIL.into(),
                cause: format!("load:{id}"),
                subject: "load".into(),
                data: data.clone(),
                due_at: now,
                created_at: now,
                request_id: None,
            });
        }
        let ids: Vec<_> = changes.jobs.iter().map(|job| job.id).collect();
        state.hdip.storage().commit(changes).await?;
        state.hdip.queue().announce(&ids).await?;
    }
    while counts.done.load(Ordering::Relaxed) < amount.count as u64 {
        if counts.dead.load(Ordering::Relaxed) > 0 || begin.elapsed() > Duration::from_secs(300) {
            return Err("jobs failed, or took over five minutes".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let elapsed = begin.elapsed();
    stop.send_replace(true);
    working.await?;
    Ok(amount.count as f64 / elapsed.as_secs_f64())
}
