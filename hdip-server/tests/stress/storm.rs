//! Servers and workers are killed with SIGKILL at random, and the broker with them, while interviews are
//! requested and accepted. Afterwards every promise is kept: nothing lost, nothing stuck, nothing twice.
//!
//! `STORM_SECONDS` says how long; a minute if it is not said, 600 by `make storm`.

use crate::client::{answer, http};
use crate::fleet::{beside, settings};
use crate::fresh::{Fresh, Kind};
use crate::processes::{Broker, Process, faults, run};
use crate::{mails, scene, sink};
use hdip_core::access::Scope;
use hdip_core::ports::storage::{InterviewFilter, Page};
use hdip_core::scheduling::{Interview, InterviewState};
use hdip_core::values::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const INTERVIEWERS: usize = 24;
const DRIVERS: usize = 3;
/// A request that is not answered after that long never will be.
const PATIENCE: Duration = Duration::from_secs(120);

fn length() -> Duration {
    let seconds = std::env::var("STORM_SECONDS").map_or(60, |text| text.parse().expect("seconds"));
    Duration::from_secs(seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_nothing_is_lost_stuck_or_doubled() {
    let Some(database) = Fresh::empty(Kind::Mysql).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(mut broker) = Broker::start(folder.path()).await else { return };
    let (relay, delivered) = sink::start().await;
    let settings = settings(dir.path(), &database.url, &broker.url(), relay);
    assert!(run(&settings, "migrate"));
    let (state, world) = beside(dir.path(), &database.url).await;
    let tokens = Arc::new(scene::interviewers(&world, &state, INTERVIEWERS, 200, 0).await);
    let owner = scene::signed_in(&world, &state, &world.owner).await;
    let (_, round) = world.job().await;

    let client = http();
    let mut servers = [Process::serve(&settings), Process::serve(&settings)];
    let mut workers = [Process::work(&settings), Process::work(&settings)];
    for server in &servers {
        server.ready(&client).await;
    }
    let bases: Arc<[String]> = servers.iter().map(Process::base).collect();
    let over = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicUsize::new(0));
    let mut drivers = Vec::new();
    let begin = Instant::now();
    // Applications are made ahead: what is under test begins with the request.
    let count = 40 + length().as_secs() as usize * 3;
    let mut applications = Vec::new();
    for n in 0..count {
        applications.push(world.application(&round, &format!("Candidate {n}"), "Asia/Kolkata").await.id);
    }
    let applications: Arc<[ApplicationId]> = applications.into();
    for _ in 0..DRIVERS {
        let driver = Driver {
            client: client.clone(),
            bases: bases.clone(),
            owner: owner.clone(),
            tokens: tokens.clone(),
            storage: world.storage.clone(),
            from: world.hdip.now().date_naive(),
        };
        let (over, next, applications) = (over.clone(), next.clone(), applications.clone());
        drivers.push(tokio::spawn(async move {
            let mut driven = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(application) = applications.get(n) else { break };
                driven.push((*application, driver.drive(*application, n).await));
            }
            driven
        }));
    }

    // The weather: one of them falls every second or so, the broker twice for a tenth of the time.
    let mut weather = StdRng::seed_from_u64(20261125);
    let (mut kills, mut outages) = (0, 0);
    let storm = Instant::now();
    while storm.elapsed() < length() {
        tokio::time::sleep(Duration::from_millis(weather.random_range(400..1_200))).await;
        let part = storm.elapsed().as_secs_f64() / length().as_secs_f64();
        if (outages == 0 && part > 0.2) || (outages == 1 && part > 0.6) {
            broker.down();
            outages += 1;
            tokio::time::sleep(length() / 10).await;
            broker.up().await;
        }
        let n = weather.random_range(0..4);
        let victim = if n < 2 { &mut servers[n] } else { &mut workers[n - 2] };
        victim.kill();
        kills += 1;
        tokio::time::sleep(Duration::from_millis(weather.random_range(0..300))).await;
        victim.start();
    }
    over.store(true, Ordering::Relaxed);
    let mut driven = BTreeMap::new();
    for driver in drivers {
        driven.extend(driver.await.unwrap());
    }
    mails::settled(&world).await;

    // What the drivers were told is what is stored; each application has one interview and no second.
    let mut stored: BTreeMap<ApplicationId, Vec<Interview>> = BTreeMap::new();
    let mut page = Page::first(Page::MAX);
    loop {
        let some =
            world.storage.interviews(&Scope::Operator, &InterviewFilter::default(), &page).await.unwrap();
        page.after = some.last().map(|interview| interview.id.to_string());
        let last = some.len() < page.limit as usize;
        for interview in some {
            stored.entry(interview.application_id).or_default().push(interview);
        }
        if last {
            break;
        }
    }
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let mut confirmed = Vec::new();
    for (application, told) in &driven {
        let [interview] = &stored[application][..] else {
            panic!("{application} has {:?}", stored[application])
        };
        assert_eq!(interview.id, told.interview);
        assert_eq!(interview.interviewer_id, told.winner, "{interview:?}");
        assert_eq!(interview.state, InterviewState::Confirmed, "{interview:?} is stuck");
        *states.entry(interview.state.as_str()).or_default() += 1;
        confirmed.push(interview.id);
    }
    assert_eq!(stored.len(), driven.len(), "nothing happened that nobody was told of");
    let repeated = mails::check(&world, &confirmed, &delivered).await;
    assert_eq!(faults(&settings), [] as [String; 0]);
    println!(
        "{kills} kills and {outages} outages of the broker in {} s: {states:?}, {repeated} mails sent again under \
         the same Message-ID",
        begin.elapsed().as_secs()
    );
    assert!(kills >= 8 && outages == 2 && confirmed.len() >= 10, "too calm to prove anything");
}

/// What somebody was told in the end.
#[derive(Debug)]
struct Told {
    interview: InterviewId,
    winner: Option<InterviewerId>,
}

struct Driver {
    client: reqwest::Client,
    bases: Arc<[String]>,
    owner: String,
    tokens: Arc<BTreeMap<InterviewerId, String>>,
    storage: Arc<dyn hdip_core::ports::storage::Storage>,
    from: chrono::NaiveDate,
}

impl Driver {
    /// Asks one server after the other until one answers: that is what a client does when a connection breaks.
    async fn ask(&self, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
        let begin = Instant::now();
        for base in self.bases.iter().cycle() {
            let request = self.client.post(format!("{base}{path}")).bearer_auth(token);
            match answer(request.header("idempotency-key", key).json(body)).await {
                // The database was not to be had for a moment, or the server is going: the next one.
                Ok((502..=504, _)) | Err(_) => {}
                Ok(answered) => return answered,
            }
            assert!(begin.elapsed() < PATIENCE, "nobody answers {path}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        unreachable!("the servers are asked in turn for ever")
    }

    /// Requests an interview and lets three of the invited accept at once.
    async fn drive(&self, application: ApplicationId, n: usize) -> Told {
        // Twelve starts a day, an hour and a quarter apart, from tomorrow on.
        let minute = 4 * 60 + (n % 8) as u32 * 75;
        let start =
            (self.from + days(1 + (n / 8 % 12) as i64)).and_hms_opt(minute / 60, minute % 60, 0).unwrap();
        let body = json!({"application_id": application, "start": start.and_utc(), "odd_hours_ok": true});
        let (status, body) = self.ask("/v1/interviews", &self.owner, &format!("request-{n}"), &body).await;
        assert!([200, 201].contains(&status), "{status}: {body}");
        let interview: InterviewId = body["id"].as_str().unwrap().parse().unwrap();
        let begin = Instant::now();
        let invitations = loop {
            let invitations = self.storage.invitations(interview).await.unwrap();
            if invitations.len() >= 3 {
                break invitations;
            }
            assert!(begin.elapsed() < 2 * PATIENCE, "{interview}: only {} are invited", invitations.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let mut winners = BTreeSet::new();
        // Beginning with another one each time, so that all of them get interviews.
        for k in 0..invitations.len() {
            let invitation = &invitations[(n + k) % invitations.len()];
            let path = format!("/v1/invitations/{}/accept", invitation.id);
            let token = &self.tokens[&invitation.interviewer_id];
            let (status, body) =
                self.ask(&path, token, &format!("accept-{}", invitation.id), &Value::Null).await;
            match status {
                200 => drop(winners.insert(invitation.interviewer_id)),
                409 => {}
                _ => panic!("{status}: {body}"),
            }
            if k >= 2 && !winners.is_empty() {
                break;
            }
        }
        assert_eq!(winners.len(), 1, "one winner of {interview}");
        Told { interview, winner: winners.pop_first() }
    }
}
