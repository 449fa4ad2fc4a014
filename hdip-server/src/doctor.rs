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
use std::fmt::Display;
use std::time::Duration;

/// How long somebody outside may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong, each with how to mend it.
#[derive(Debug, Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, what: impl Display, mend: &str) {
        self.0.push(format!("{what}. {mend}"));
    }

    /// Prints them, or that all is well.
    fn end(self) -> Result<(), Box<dyn Error>> {
        if self.0.is_empty() {
            println!("invariants   hold");
            return Ok(());
        }
        for fault in &self.0 {
            println!("FAULT        {fault}");
        }
        Err(match self.0.len() {
            1 => "1 fault".into(),
            count => format!("{count} faults").into(),
        })
    }
}

/// Prints what it finds.
///
/// # Errors
/// When something is wrong, so that scripts can tell.
pub async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let mut faults = Faults::default();
    println!("settings     {:?}, {}, data in {}", config.env, config.base_url, config.data_dir.display());
    if config.env == Environment::Development {
        println!("             development: the secret is known to everybody");
    }
    println!("time zones   chrono-tz, tzdata 2025b");
    outside(&config, &mut faults).await;
    // It reads and changes nothing: neither a database nor a schema is made.
    if !database(&config, &mut faults).await {
        return faults.end();
    }
    let config = Config { migrate_on_start: false, ..config };
    let ports = match state::open(&config, Replaced::default()).await {
        Ok(ports) => ports,
        Err(error) => {
            let mend = "Is the path right, and may this user read and write it?";
            faults.add(format!("cannot open: {}", chain(&error)), mend);
            return faults.end();
        }
    };
    let state = AppState::new(config, ports);
    let storage = &**state.hdip.storage();
    storage.ping().await?;
    queue(&state, &mut faults).await;
    work(&state, &mut faults).await?;
    for fault in tick_faults(storage, state.hdip.now()).await? {
        faults.add(fault, "A defect: please report it with the log of that interview");
    }
    faults.end()
}

/// Looks at the database before anything is opened. Whether there is one to go on with.
async fn database(config: &Config, faults: &mut Faults) -> bool {
    let (url, shown) = (config.database(), database::shown(&config.database()));
    if let Some(file) = database::missing_file(&url) {
        faults.add(
            format!("there is no database {}", file.display()),
            "`hdip-server migrate` makes it; or set HDIP_DATA_DIR, HDIP_DATABASE_PATH or HDIP_DATABASE_URL",
        );
        return false;
    }
    let report = async { database::connect(&url, 2).await?.report().await };
    let report = match report.await {
        Ok(report) => report,
        Err(error) => {
            let mend = "Is the address right, and may this user read and write there?";
            faults.add(format!("the database {shown} does not answer: {}", chain(&error)), mend);
            return false;
        }
    };
    println!("database     {shown}: {}, isolation {}", report.server, report.isolation);
    for fault in &report.faults {
        faults.add(fault, "See docs/databases.md");
    }
    if report.pending.is_empty() {
        println!("             schema up to date");
        return true;
    }
    let pending = report.pending.join(", ");
    faults.add(format!("the schema is older than this release: {pending}"), "Run `hdip-server migrate`");
    false
}

/// Everybody outside that the settings name.
async fn outside(config: &Config, faults: &mut Faults) {
    match &config.smtp_host {
        Some(host) => {
            let relay = format!("{host}:{}", config.smtp_port);
            match answers(&relay).await {
                Ok(()) => println!("mail         {relay} answers"),
                Err(why) => {
                    println!("mail         {relay} does not answer");
                    let mend = "Check HDIP_SMTP_HOST and HDIP_SMTP_PORT, and the firewall";
                    faults.add(format!("the mail relay {relay} does not answer: {why}"), mend);
                }
            }
        }
        None => println!("mail         development mailbox in {}", config.outbox().display()),
    }
    let on_call = config.alert_mail_to.as_ref().unwrap_or(&config.operator_support);
    match state::webhook(config) {
        Ok(None) => println!("alerts       by mail to {on_call}; no channel (HDIP_ALERT_WEBHOOK_URL)"),
        Ok(Some(webhook)) => match webhook.answers().await {
            Ok(()) => println!("alerts       by mail to {on_call} and in a channel that answers"),
            Err(error) => {
                println!("alerts       by mail to {on_call}; the channel does not answer");
                faults.add(chain(&error), "Check HDIP_ALERT_WEBHOOK_URL and the firewall");
            }
        },
        Err(error) => faults.add(chain(&error), "Check HDIP_ALERT_WEBHOOK_URL"),
    }
    if let Some(endpoint) = &config.otlp_endpoint {
        let host = endpoint.split_once("://").map_or(&**endpoint, |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let port = if endpoint.starts_with("https://") { 443 } else { 80 };
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
        match answers(&host).await {
            Ok(()) => println!("traces       {host} answers"),
            Err(why) => {
                println!("traces       {host} does not answer");
                let mend =
                    "Check HDIP_OTLP_ENDPOINT: scheme, host and port of the collector's OTLP over HTTP";
                faults.add(format!("the collector {host} does not answer: {why}"), mend);
            }
        }
    }
}

/// Whether somebody listens at `host:port`.
async fn answers(address: &str) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("nothing within {} s", PATIENCE.as_secs())),
    }
}

/// The broker, where jobs are announced through one.
async fn queue(state: &AppState, faults: &mut Faults) {
    let Some(broker) = &state.broker else {
        println!("queue        within each process");
        return;
    };
    broker.connected(PATIENCE).await;
    match broker.ping().await {
        Ok(()) => println!("queue        RabbitMQ answers, queues {}.*", state.config.queue_prefix),
        Err(error) => {
            println!("queue        RabbitMQ does not answer; jobs are found by the sweep only");
            let mend = "Check HDIP_RABBITMQ_URL, HDIP_QUEUE_TYPE and the firewall";
            faults.add(chain(&error), mend);
        }
    }
}

/// Jobs, timers, alerts.
async fn work(state: &AppState, faults: &mut Faults) -> Result<(), Box<dyn Error>> {
    let (storage, now) = (state.hdip.storage(), state.hdip.now());
    let counts = storage.job_counts().await?;
    let listed: Vec<_> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    println!("jobs         {}", if listed.is_empty() { "none".into() } else { listed.join(", ") });
    let health = storage.work_health(now).await?;
    if health.dead > 0 {
        faults.add(
            format!("{} background jobs were given up", health.dead),
            "See `hdip-server jobs list`, mend the cause, then `hdip-server jobs retry`",
        );
    }
    let due = [health.job_due_since, health.timer_due_since].into_iter().flatten().min();
    if let Some(due) = due.filter(|due| now - *due > minutes(5)) {
        let mend = "Is a worker running (`hdip-server work`, or `all`)?";
        faults.add(format!("work has been due since {due}"), mend);
    }
    for failing in &health.failing {
        println!(
            "             {} {} failed and will be tried again: {}",
            failing.jobs, failing.kind, failing.error
        );
    }
    let lasting = storage.alerts(true, &Page::first(Page::MAX)).await?;
    for alert in &lasting {
        println!("alert        {} {} since {}", alert.kind, alert.subject, alert.opened_at);
    }
    Ok(())
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
