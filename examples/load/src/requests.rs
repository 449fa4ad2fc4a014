//! What people ask of the server most, one measurement after the other.

use crate::bulk::SPECIALISTS;
use crate::measure::{AsyncOnce, Measured, Pressure, press};
use crate::people;
use crate::wire::{Failure, Wire};
use hdip_core::access::Scope;
use hdip_core::hiring::Application;
use hdip_core::ports::storage::{ApplicationFilter, CandidateFilter, HiringJobFilter, Page};
use hdip_core::scheduling::InvitationState;
use hdip_core::values::*;
use hdip_server::state::AppState;
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Interviewers who accept at the same moment.
const RACERS: usize = 8;
/// An invitation that has not come after that long will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A GET of one of several paths, in turn.
#[derive(Debug, Clone)]
struct Get {
    token: Arc<str>,
    paths: Arc<[String]>,
}

impl AsyncOnce for Get {
    async fn once(&self, wire: &mut Wire, number: usize) -> Result<(), Failure> {
        let path = &self.paths[number % self.paths.len()];
        match wire.ask(Method::GET, path, Some(&self.token), None).await? {
            (200, _) => Ok(()),
            (status, body) => Err(format!("{path}: {status} {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

/// A new candidate with an application.
#[derive(Debug, Clone)]
struct Submit {
    token: Arc<str>,
    jobs: Arc<[String]>,
    /// Tells the people of this run from those of others.
    run: i64,
}

impl AsyncOnce for Submit {
    async fn once(&self, wire: &mut Wire, number: usize) -> Result<(), Failure> {
        let body = json!({
            "job_id": self.jobs[number % self.jobs.len()],
            "name": format!("Newcomer {number}"),
            "email": format!("newcomer.{}.{number}@load.example", self.run),
            "experience_months": 60,
        });
        match wire.ask(Method::POST, "/v1/applications", Some(&self.token), Some(&body)).await? {
            (200 | 201, _) => Ok(()),
            (status, body) => Err(format!("submit: {status} {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

/// Runs those that are asked for, or all.
pub async fn run(state: &AppState, pressure: Pressure, only: &[String]) -> Result<(), Failure> {
    let storage = state.hdip.storage();
    let owner = people::token(state, "owner0@load.example").await?;
    let operator = people::token(state, "operator@load.example").await?;
    let user = storage.user_by_email("owner0@load.example").await?.ok_or("no owner")?;
    let scope = Scope::Client(user.client_id.ok_or("an owner without a client")?);
    let candidates = storage.candidates(&scope, &CandidateFilter::default(), &Page::first(200)).await?;
    let applications = storage.applications(&scope, &ApplicationFilter::default(), &Page::first(200)).await?;
    let jobs = storage.jobs(&scope, &HiringJobFilter::default(), &Page::first(200)).await?;
    let from = state.hdip.now() + days(1);
    let asked = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    let get = |token: &str, paths: Vec<String>| Get { token: token.into(), paths: paths.into() };

    println!("| what | rate | median | p99 | count |\n|---|---|---|---|---|");
    let reads = [
        ("read", "read a candidate", get(&owner, each(&candidates, |c| format!("/v1/candidates/{}", c.id)))),
        ("list", "list 50 candidates", get(&owner, vec!["/v1/candidates?limit=50".into()])),
        ("interviews", "list 50 interviews", get(&operator, vec!["/v1/interviews?limit=50".into()])),
        ("dashboard", "operations desk, all queues", get(&operator, vec!["/v1/desk".into()])),
        ("slots", "slots of 7 days", get(&owner, each(&applications, |a| slots(a, from)))),
    ];
    for (name, what, once) in reads {
        if asked(name) {
            press(pressure, once).await?.print(what);
        }
    }
    if asked("submit") {
        let jobs = each(&jobs, |job| job.id.to_string());
        let once =
            Submit { token: owner.as_str().into(), jobs: jobs.into(), run: state.hdip.now().timestamp() };
        press(pressure, once).await?.print("submit a candidate");
    }
    if asked("race") {
        race(state, pressure, &operator).await?.print("schedule, and 8 accept at once");
    }
    Ok(())
}

fn each<T>(all: &[T], path: impl Fn(&T) -> String) -> Vec<String> {
    all.iter().map(path).collect()
}

fn slots(application: &Application, from: Timestamp) -> String {
    let text = |at: Timestamp| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("/v1/applications/{}/slots?from={}&until={}", application.id, text(from), text(from + days(7)))
}

/// Interviews are requested at offered starts; when the invitations are out, eight accept at once. Every
/// interview must have exactly one winner, and the losers a clean refusal.
async fn race(state: &AppState, pressure: Pressure, operator: &str) -> Result<Measured, Failure> {
    let applications = state
        .hdip
        .storage()
        .applications(&Scope::Operator, &ApplicationFilter::default(), &Page::first(200))
        .await?;
    // As many as there are connections over nine: each interview needs one for the client and one per racer.
    let lanes = (pressure.connections / (RACERS + 1)).max(2);
    let next = Arc::new(AtomicUsize::new(0));
    let tokens = Arc::new(Mutex::new(BTreeMap::new()));
    let (begin, applications) = (Instant::now(), Arc::new(applications));
    let mut running = JoinSet::new();
    for _ in 0..lanes {
        let (state, operator) = (state.clone(), operator.to_owned());
        let (next, tokens, applications) = (next.clone(), tokens.clone(), applications.clone());
        running.spawn(async move {
            let mut wires = Vec::new();
            for _ in 0..=RACERS {
                wires.push(Wire::open(pressure.address).await?);
            }
            let mut took = Vec::new();
            while begin.elapsed() < pressure.length {
                let Some(application) = applications.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let start = Instant::now();
                one_race(&state, &operator, &mut wires, application, &tokens).await?;
                took.push(start.elapsed());
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

async fn one_race(
    state: &AppState,
    operator: &str,
    wires: &mut [Wire],
    application: &Application,
    tokens: &Mutex<BTreeMap<InterviewerId, String>>,
) -> Result<(), Failure> {
    let storage = state.hdip.storage();
    let (client, racers) = wires.split_first_mut().ok_or("no connections")?;
    let path = slots(application, state.hdip.now() + days(1));
    let (status, body) = client.ask(Method::GET, &path, Some(operator), None).await?;
    let offered: Value = serde_json::from_slice(&body)?;
    let starts = offered["starts"].as_array().filter(|_| status == 200).ok_or("no starts")?;
    let wanted = starts.iter().filter(|s| s["count"].as_u64() >= Some(RACERS as u64));
    let wanted: Vec<_> = wanted.collect();
    // Spread over the week, so that interviews of one job seldom draw on the same hour.
    let spread = application.id.to_string().bytes().map(usize::from).sum::<usize>();
    let start = wanted.get(spread % wanted.len().max(1)).map(|s| s["start"].clone());
    let Some(start) = start else { return Err(format!("{application:?} has no start for {RACERS}").into()) };
    let body = json!({"application_id": application.id, "start": start, "odd_hours_ok": true});
    let (status, body) = client.ask(Method::POST, "/v1/interviews", Some(operator), Some(&body)).await?;
    let interview: Value = serde_json::from_slice(&body)?;
    let Some(id) = interview["id"].as_str().filter(|_| status == 201) else {
        return Err(format!("request: {status} {interview}").into());
    };
    let id: InterviewId = id.parse().map_err(|_| "not an id")?;
    let waiting = Instant::now();
    let open = loop {
        let invitations = storage.invitations(id).await?;
        if invitations.len() >= RACERS {
            break invitations;
        }
        if waiting.elapsed() > PATIENCE {
            return Err(format!(
                "only {} of {SPECIALISTS} are invited; does a worker run?",
                invitations.len()
            )
            .into());
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    };
    let mut accepts = Vec::new();
    for invitation in open.iter().filter(|i| i.state == InvitationState::Open).take(RACERS) {
        let mut tokens = tokens.lock().await;
        let token = match tokens.get(&invitation.interviewer_id) {
            Some(token) => String::clone(token),
            None => people::token_of_interviewer(state, invitation.interviewer_id).await?,
        };
        tokens.insert(invitation.interviewer_id, token.clone());
        accepts.push((format!("/v1/invitations/{}/accept", invitation.id), token));
    }
    let answers = racers.iter_mut().zip(&accepts).map(|(wire, (path, token))| async move {
        wire.ask(Method::POST, path, Some(token), None).await.map(|(status, _)| status)
    });
    let mut won = 0;
    for status in futures_util::future::join_all(answers).await {
        match status? {
            200 => won += 1,
            409 => {}
            status => return Err(format!("accept: {status}").into()),
        }
    }
    if won == 1 { Ok(()) } else { Err(format!("{won} winners of {id}").into()) }
}
