//! A whole slot question from a SQLite file: 1,000 interviewers with weekly rules and exceptions, 20,000 busy
//! spans, 14 days. And accepting: one commit. `cargo bench -p hdip-integrations --bench slots_sqlite
//! --all-features` prints medians and 99th percentiles over 200 runs.

use hdip_core::interviewers::*;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::Changes;
use hdip_core::scheduling::*;
use hdip_core::testkit::World;
use hdip_core::values::*;
use hdip_integrations::storage::sqlite::{SqliteConfig, SqliteStorage};
use std::sync::Arc;
use std::time::{Duration as Elapsed, Instant};

const INTERVIEWERS: usize = 1_000;
const BUSY_EACH: i64 = 20;
const RUNS: usize = 200;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let storage =
        SqliteStorage::open(dir.path().join("bench.db"), &SqliteConfig::default()).await.expect("a database");
    let world = World::over(Arc::new(storage)).await;
    let (_, round) = world.job().await;
    for n in 0..INTERVIEWERS {
        fill(&world, n).await;
    }
    let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let mut took = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begin = Instant::now();
        let offer = world.hdip.slots(&world.as_owner(), application.id, None, None).await.expect("slots");
        took.push(begin.elapsed());
        assert!(offer.starts.len() > 500, "{}", offer.starts.len());
    }
    report("slots, 1,000 interviewers, 14 days, 20,000 busy spans", took);

    // Accepting, among 1,000 invited.
    let mut took = Vec::new();
    for n in 0..20 {
        let person = world.application(&round, &format!("Candidate {n}"), "Asia/Kolkata").await;
        let offer = world.hdip.slots(&world.as_owner(), person.id, None, None).await.expect("slots");
        let start = offer.starts.iter().filter(|s| !s.odd_hour).nth(n * 5).expect("a start").start;
        let pick = StartChoice::Picked(Pick { start, odd_hours_ok: false });
        let request = RequestInterview { application: person.id, start: pick, consents: None };
        let interview = world.hdip.request_interview(&world.as_owner(), request).await.expect("requested");
        // All of them: the mails of earlier calls stay leased, nobody sends them here.
        let jobs = world.hdip.claim_jobs(5_000).await.expect("jobs");
        for job in jobs.iter().filter(|job| job.kind == "call_interviewers") {
            world.hdip.run_job(job).await.expect("called");
        }
        let invited = world.storage.invitations(interview.output.interview_id).await.expect("invitations");
        let winner = &invited[n % invited.len()];
        let begin = Instant::now();
        world
            .hdip
            .accept_invitation(&world.as_interviewer(winner.interviewer_id), winner.id)
            .await
            .expect("accepted");
        took.push(begin.elapsed());
    }
    report("accept, one commit (synchronous=FULL)", took);
}

async fn fill(world: &World, n: usize) {
    let zones =
        ["Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Singapore"];
    let who = world.interviewer(&format!("Interviewer {n}"), zones[n % zones.len()]).await;
    let now = world.hdip.now();
    let mut changes = Changes::new();
    changes.insert(&Availability {
        id: world.ids.fresh(),
        interviewer_id: who.id,
        times: AvailabilityTimes::Rule {
            rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU".parse().expect("a rule"),
            first_day: "2025-01-06".parse().expect("a day"),
            local_start: "10:00:00".parse().expect("a time"),
            duration_minutes: 240,
            exceptions: (0..4).map(|d| now.date_naive() + days(d * 3)).collect(),
        },
        note: None,
        created_at: now,
        version: 0,
    });
    let busy = (0..BUSY_EACH)
        .map(|k| {
            let quarter = (n as i64 * 37 + k * 67) % (14 * 96);
            Span::starting(now + minutes(quarter * 15), minutes(30)).expect("a span")
        })
        .collect();
    changes.insert(&ExternalBusy { id: who.id, spans: spans::union(busy), synced_at: now, version: 0 });
    world.storage.commit(changes).await.expect("stored");
}

fn report(what: &str, mut took: Vec<Elapsed>) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    println!("{what}: median {:.1} ms, p99 {:.1} ms, {} runs", at(50), at(99), took.len());
}
