//! Three servers and two workers over one database and one broker: 64 interviewers who all accept each of
//! many interviews at once, through whichever server. One wins, nobody is at two places, caps and gaps hold,
//! and every effect happens once.
//!
//! `FLEET_INTERVIEWS` says how many; 500 by hand (`make race`), fewer by default.

use crate::client::{answer, http};
use crate::fresh::{Fresh, Kind};
use crate::processes::{Broker, Process, Settings, faults, run};
use crate::race::check;
use crate::{mails, scene, sink};
use hdip_core::ports::Clock;
use hdip_core::testkit::World;
use hdip_core::values::*;
use hdip_integrations::system::SystemClock;
use hdip_server::config::{Config, Secret};
use hdip_server::state::{self, AppState, Replaced};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const INTERVIEWERS: usize = 64;
/// Interviews that are raced for at the same time.
const AT_ONCE: usize = 4;
const GAP_MINUTES: u32 = 45;
const PATIENCE: Duration = Duration::from_secs(600);

fn interviews() -> usize {
    std::env::var("FLEET_INTERVIEWS").map_or(40, |text| text.parse().expect("a number of interviews"))
}

/// So low that it is reached, so high that there is somebody for every interview: forty a day are raced for, which is
/// 280 of the 64 × 6 a week has room for.
fn weekly_cap(interviews: usize) -> u32 {
    if interviews <= 60 { 1 } else { 6 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_one_wins_through_three_servers_on_mariadb() {
    race(Kind::Mysql).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_one_wins_through_three_servers_on_postgresql() {
    race(Kind::Postgres).await;
}

/// What the processes of a fleet share.
pub fn settings(dir: &std::path::Path, database: &str, broker: &str, relay: u16) -> Settings {
    vec![
        ("HDIP_DATA_DIR", dir.to_str().unwrap().to_owned()),
        ("HDIP_DATABASE_URL", database.to_owned()),
        ("HDIP_QUEUE", "rabbitmq".into()),
        ("HDIP_RABBITMQ_URL", broker.to_owned()),
        ("HDIP_SMTP_HOST", "127.0.0.1".into()),
        ("HDIP_SMTP_PORT", relay.to_string()),
        ("HDIP_SMTP_TLS", "none".into()),
        ("HDIP_LOG", "error".into()),
        ("HDIP_RATE_LIMIT_PER_MINUTE", "100000000".into()),
    ]
}

/// The database of the processes, opened beside them: to set the scene, and to look at what came of it.
pub async fn beside(dir: &std::path::Path, database: &str) -> (AppState, World) {
    let mut config = Config::for_tests(dir.to_owned());
    config.database_url = Some(Secret::new(database));
    let state = AppState::new(config.clone(), state::open(&config, Replaced::default()).await.unwrap());
    let world = World::over(state.hdip.storage().clone()).await;
    world.clock.set(SystemClock.now());
    (state, world)
}

async fn race(kind: Kind) {
    let Some(database) = Fresh::empty(kind).await else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some(broker) = Broker::start(folder.path()).await else { return };
    let (relay, delivered) = sink::start().await;
    let settings = settings(dir.path(), &database.url, &broker.url(), relay);
    assert!(run(&settings, "migrate"));
    let (state, world) = beside(dir.path(), &database.url).await;
    let weekly_cap = weekly_cap(interviews());
    let tokens = scene::interviewers(&world, &state, INTERVIEWERS, weekly_cap, GAP_MINUTES).await;
    let interviews = scene::requested(&world, interviews(), 20).await;

    let client = http();
    let workers = [Process::work(&settings), Process::work(&settings)];
    let servers = [Process::serve(&settings), Process::serve(&settings), Process::serve(&settings)];
    for server in &servers {
        server.ready(&client).await;
    }
    // Everybody is invited to everything before anybody has the time taken from under an invitation.
    let begin = Instant::now();
    let mut invited = BTreeMap::new();
    for interview in &interviews {
        let invitations = loop {
            let invitations = world.storage.invitations(*interview).await.unwrap();
            if invitations.len() == INTERVIEWERS {
                break invitations;
            }
            assert!(begin.elapsed() < PATIENCE, "only {} are invited", invitations.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        invited.insert(*interview, invitations);
    }
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let begin = Instant::now();
    for batch in interviews.chunks(AT_ONCE) {
        let mut racing = JoinSet::new();
        for interview in batch {
            let invitations = invited.remove(interview).unwrap();
            for (n, invitation) in invitations.into_iter().enumerate() {
                let url = format!("{}/v1/invitations/{}/accept", servers[n % 3].base(), invitation.id);
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
    println!(
        "{kind:?}: {} interviews, {INTERVIEWERS} accepts each, 3 servers, 2 workers, {:.0} s: {codes:?}",
        interviews.len(),
        begin.elapsed().as_secs_f64()
    );
    check(&world, &interviews, weekly_cap, GAP_MINUTES).await;
    mails::settled(&world).await;
    drop(workers);
    drop(servers);
    let repeated = mails::check(&world, &interviews, &delivered).await;
    assert_eq!(repeated, 0, "nothing was killed, so nothing is sent twice");
    assert_eq!(faults(&settings), [] as [String; 0]);
}
