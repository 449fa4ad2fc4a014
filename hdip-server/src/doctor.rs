//! `doctor`: what an operator would look at first when something seems wrong. Reads, changes nothing.

use crate::config::{Config, Environment};
use crate::database;
use crate::problem::chain;
use crate::state::{self, AppState, Replaced};
use hdip_core::access::Scope;
use hdip_core::ports::storage::{InterviewFilter, Page, Storage};
use hdip_core::ports::{PortError, Queue};
use hdip_core::scheduling::{Interview, InterviewState};
use hdip_core::values::{Span, Timestamp, minutes};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Duration;

/// How long the broker has to take the connection.
const BROKER_WAIT: Duration = Duration::from_secs(5);

/// Prints what it finds.
///
/// # Errors
/// When something is wrong, so that scripts can tell.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    println!("settings     {:?}, {}, data in {}", config.env, config.base_url, config.data_dir.display());
    if config.env == Environment::Development {
        println!("             development: the secret is known to everybody");
    }
    println!("time zones   chrono-tz, tzdata 2025b");
    match &config.smtp_host {
        Some(host) => match tokio::net::TcpStream::connect((&**host, config.smtp_port)).await {
            Ok(_) => println!("mail         {host}:{} answers", config.smtp_port),
            Err(error) => println!("mail         {host}:{} does not answer: {error}", config.smtp_port),
        },
        None => println!("mail         development mailbox in {}", config.outbox().display()),
    }
    if let Some(trouble) = database_faults(&config).await {
        for fault in &trouble {
            println!("FAULT        {fault}");
        }
        return Err(format!("{} faults", trouble.len()).into());
    }
    let ports = state::open(&config, Replaced::default()).await?;
    let state = AppState::new(config, ports);
    let storage = &**state.hdip.storage();
    storage.ping().await?;
    let mut faults = Vec::new();
    match &state.broker {
        None => println!("queue        within this process"),
        Some(broker) => {
            broker.connected(BROKER_WAIT).await;
            match broker.ping().await {
                Ok(()) => println!("queue        RabbitMQ answers, queues {}.*", state.config.queue_prefix),
                Err(error) => faults.push(format!("{}; jobs are found by the sweep only", chain(&error))),
            }
        }
    }
    let counts = storage.job_counts().await?;
    let listed: Vec<_> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    println!("jobs         {}", if listed.is_empty() { "none".into() } else { listed.join(", ") });
    if let Some(dead) = counts.get("dead").filter(|dead| **dead > 0) {
        faults.push(format!("{dead} background jobs were given up: `hdip-server jobs list`"));
    }
    let now = state.hdip.now();
    if let Some(due) = storage.next_due().await?.filter(|due| now - *due > minutes(5)) {
        faults.push(format!("work has been due since {due}: is a worker running?"));
    }
    faults.extend(tick_faults(storage, now).await?);
    if faults.is_empty() {
        println!("invariants   hold");
        return Ok(());
    }
    for fault in &faults {
        println!("FAULT        {fault}");
    }
    Err(format!("{} faults", faults.len()).into())
}

/// Looks at the database before anything is opened: opening would bring its schema up to date.
async fn database_faults(config: &Config) -> Option<Vec<String>> {
    let (url, shown) = (config.database(), database::shown(&config.database()));
    if let Some(file) = database::missing_file(&url) {
        return Some(vec![format!(
            "there is no database {}: `hdip-server migrate` makes it",
            file.display()
        )]);
    }
    let report = async { database::connect(&url, 2).await?.report().await };
    let report = match report.await {
        Ok(report) => report,
        Err(error) => {
            return Some(vec![format!(
                "the database {shown} does not answer: {}",
                chain(&error)
            )]);
        }
    };
    println!("database     {shown}: {}, isolation {}", report.server, report.isolation);
    let mut faults = report.faults;
    if report.pending.is_empty() {
        println!("             schema up to date");
    } else {
        faults.push(format!(
            "the schema is older than this release: {}; `hdip-server migrate` brings it up to date",
            report.pending.join(", ")
        ));
    }
    (!faults.is_empty()).then_some(faults)
}

/// Nobody is at two places because claimed ticks are unique; that holds only while the ticks are what the
/// live interviews say.
async fn tick_faults(storage: &dyn Storage, now: Timestamp) -> Result<Vec<String>, PortError> {
    let mut claimed: BTreeMap<(String, String), BTreeSet<Timestamp>> = BTreeMap::new();
    for (party, interview, tick) in storage.claimed_ticks().await? {
        // Past ones are deleted some time later; they can hurt nobody.
        if tick >= now {
            claimed.entry((interview, party)).or_default().insert(tick);
        }
    }
    let mut faults = Vec::new();
    for interview in live_interviews(storage).await? {
        let observer = storage.planned_session(interview.id).await?.and_then(|session| session.claim());
        for claim in interview.claims().into_iter().chain(observer) {
            let (party, span) = (claim.party, claim.span);
            let wanted: BTreeSet<_> = ticks(span).filter(|tick| *tick >= now).collect();
            let found = claimed.remove(&(interview.id.to_string(), party.clone())).unwrap_or_default();
            if wanted != found {
                faults.push(format!(
                    "{}: {party} holds {} ticks, not {}",
                    interview.id,
                    found.len(),
                    wanted.len()
                ));
            }
        }
    }
    for ((interview, party), ticks) in claimed {
        faults.push(format!("{interview}: {party} still holds {} ticks", ticks.len()));
    }
    Ok(faults)
}

async fn live_interviews(storage: &dyn Storage) -> Result<Vec<Interview>, PortError> {
    let filter = InterviewFilter {
        states: vec![InterviewState::Confirmed, InterviewState::InProgress],
        ..InterviewFilter::default()
    };
    let mut page = Page::first(Page::MAX);
    let mut all = Vec::new();
    loop {
        let some = storage.interviews(&Scope::Operator, &filter, &page).await?;
        page.after = some.last().map(|interview| interview.id.to_string());
        let last = some.len() < page.limit as usize;
        all.extend(some);
        if last {
            return Ok(all);
        }
    }
}

fn ticks(span: Span) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(span.start()), |tick| Some(*tick + minutes(5)))
        .take_while(move |tick| *tick < span.end())
}
