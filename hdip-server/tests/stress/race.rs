//! 200 interviews, 64 interviewers who all accept each of them at once, four interviews at a time, on SQLite. `fleet` does
//! it with many processes on the databases that have a server.

use crate::client::{answer, http};
use crate::scene;
use hdip_core::ports::storage::{Claim, InterviewFilter, Page};
use hdip_core::scheduling::*;
use hdip_core::testkit::{ManualClock, World};
use hdip_core::values::*;
use hdip_server::config::Config;
use hdip_server::state::{self, AppState, Replaced};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

const COUNT: usize = 200;
const INTERVIEWERS: usize = 64;
const AT_ONCE: usize = 4;
const WEEKLY_CAP: u32 = 3;
const GAP_MINUTES: u32 = 45;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_who_accept_one_wins_and_nobody_is_at_two_places() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(dir.path().to_owned());
    config.rate_limit_per_minute = u32::MAX;
    let clock = Arc::new(ManualClock::at("2026-01-05T04:30:00Z"));
    let replaced = Replaced { clock: Some(clock), cheap_passwords: true };
    let app_state = AppState::new(config.clone(), state::open(&config, replaced).await.unwrap());
    let world = World::over(app_state.hdip.storage().clone()).await;

    let tokens = scene::interviewers(&world, &app_state, INTERVIEWERS, WEEKLY_CAP, GAP_MINUTES).await;
    let interviews = scene::requested(&world, COUNT, 10).await;
    // The calls go out; the mails stay where they are.
    loop {
        let jobs = world.hdip.claim_jobs(1_000).await.unwrap();
        if jobs.is_empty() {
            break;
        }
        for job in jobs.iter().filter(|job| job.kind == "call_interviewers") {
            world.hdip.run_job(job).await.unwrap();
        }
    }

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = hdip_server::app(app_state).into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let client = http();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for batch in interviews.chunks(AT_ONCE) {
        let mut racing = tokio::task::JoinSet::new();
        for interview in batch {
            let invitations = world.storage.invitations(*interview).await.unwrap();
            assert_eq!(invitations.len(), INTERVIEWERS, "everybody who matches is invited");
            for invitation in invitations {
                let url = format!("{base}/v1/invitations/{}/accept", invitation.id);
                let request = client.post(url).bearer_auth(&tokens[&invitation.interviewer_id]);
                let interview = *interview;
                racing.spawn(async move { (interview, answer(request).await.unwrap()) });
            }
        }
        let mut winners: BTreeMap<InterviewId, usize> = BTreeMap::new();
        while let Some(done) = racing.join_next().await {
            let (interview, (status, body)) = done.unwrap();
            let code = body["code"].as_str().unwrap_or("won").to_owned();
            match status {
                200 => *winners.entry(interview).or_default() += 1,
                409 => assert!(["already_taken", "not_free"].contains(&&*code), "{body}"),
                _ => panic!("{status}: {body}"),
            }
            *codes.entry(code).or_default() += 1;
        }
        let wanted: BTreeMap<InterviewId, usize> = batch.iter().map(|interview| (*interview, 1)).collect();
        assert_eq!(winners, wanted, "one winner each");
    }
    println!("{COUNT} interviews, {INTERVIEWERS} accepts each: {codes:?}");
    assert_eq!(codes["won"], COUNT);
    check(&world, &interviews, WEEKLY_CAP, GAP_MINUTES).await;
    server.abort();
}

/// What must hold afterwards, looked at from the stored records.
pub async fn check(world: &World, interviews: &[InterviewId], weekly_cap: u32, gap_minutes: u32) {
    let mut all = Vec::new();
    for interview in interviews {
        let row: Interview = world.get(interview).await;
        assert_eq!(row.state, InterviewState::Confirmed);
        let accepted = world.storage.invitations(*interview).await.unwrap();
        let accepted: Vec<_> = accepted.iter().filter(|i| i.state == InvitationState::Accepted).collect();
        assert_eq!(accepted.len(), 1);
        assert_eq!(Some(accepted[0].interviewer_id), row.interviewer_id);
        all.push(row);
    }
    let mut of: BTreeMap<InterviewerId, Vec<Span>> = BTreeMap::new();
    for row in &all {
        of.entry(row.interviewer_id.unwrap()).or_default().push(row.span());
    }
    let zone: Zone = "Asia/Kolkata".parse().unwrap();
    let mut full = 0;
    for spans in of.values_mut() {
        spans.sort();
        for pair in spans.windows(2) {
            let gap = pair[1].start() - pair[0].end();
            assert!(gap >= minutes(gap_minutes.into()), "two interviews {gap} apart");
        }
        let mut weeks: BTreeMap<_, u32> = BTreeMap::new();
        for span in spans {
            *weeks.entry(chrono::Datelike::iso_week(&zone.local(span.start()))).or_default() += 1;
        }
        assert!(weeks.values().all(|n| *n <= weekly_cap), "{weeks:?}");
        full += weeks.values().filter(|n| **n == weekly_cap).count();
    }
    assert!(full > 0, "no cap was ever reached: the test would not notice a broken one");

    // The claimed ticks are exactly those of the confirmed interviews.
    let claims = all.iter().flat_map(|row| {
        let buffered = Span::new(row.start, row.end + minutes(row.pins.buffer_minutes.into())).unwrap();
        [
            Claim { party: row.interviewer_id.unwrap().to_string(), interview: row.id, span: buffered },
            Claim { party: row.pins.person.clone(), interview: row.id, span: row.span() },
        ]
    });
    let wanted: BTreeSet<(String, String, Timestamp)> = claims
        .flat_map(|claim| {
            let ticks = claim.span.length().num_minutes() / 5;
            (0..ticks).map(move |n| {
                (claim.party.clone(), claim.interview.to_string(), claim.span.start() + minutes(5 * n))
            })
        })
        .collect();
    let got: BTreeSet<_> = world.storage.claimed_ticks().await.unwrap().into_iter().collect();
    assert!(got == wanted, "{} ticks are claimed, {} should be", got.len(), wanted.len());
    let listed = world
        .storage
        .interviews(&hdip_core::access::Scope::Operator, &InterviewFilter::default(), &Page::first(1))
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
}
