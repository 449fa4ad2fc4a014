//! What the relay got, held against the background jobs: a job's id is the Message-ID of its mail.

use crate::sink::Delivered;
use hdip_core::notifications::{MailJob, MailKind, SEND_MAIL};
use hdip_core::ports::storage::{BackgroundJob, JobFilter, JobState, Page};
use hdip_core::testkit::World;
use hdip_core::values::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(600);

/// All jobs in that state.
pub async fn jobs(world: &World, state: JobState, kind: Option<&str>) -> Vec<BackgroundJob> {
    let filter = JobFilter { state: Some(state), kind: kind.map(str::to_owned) };
    let mut page = Page::first(Page::MAX);
    let mut all = Vec::new();
    loop {
        let some = world.storage.background_jobs(&filter, &page).await.unwrap();
        page.after = some.last().map(|job| job.id.to_string());
        let last = some.len() < page.limit as usize;
        all.extend(some);
        if last {
            return all;
        }
    }
}

/// Waits until no job is waiting or under way. Leases of killed workers run out after two minutes.
pub async fn settled(world: &World) {
    let begin = Instant::now();
    loop {
        let counts = world.storage.job_counts().await.unwrap();
        let left: u64 = ["queued", "leased"].iter().filter_map(|state| counts.get(*state)).sum();
        if left == 0 {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{left} jobs are stuck");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every confirmed interview was mailed to candidate, interviewer, recruiter and account manager; no mail went out
/// under two names; nothing was sent that no job asked for. How many were sent again under their old name.
pub async fn check(world: &World, confirmed: &[InterviewId], delivered: &Delivered) -> usize {
    assert_eq!(jobs(world, JobState::Dead, None).await, [], "no job died");
    let sent = delivered.so_far();
    let local = |id: &str| id.split('@').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = sent.keys().map(|id| local(id)).collect();
    let mut asked_for = BTreeSet::new();
    let mut causes: BTreeMap<String, usize> = BTreeMap::new();
    let mut confirmations: BTreeMap<InterviewId, usize> = BTreeMap::new();
    for job in jobs(world, JobState::Done, Some(SEND_MAIL)).await {
        let mail: MailJob = serde_json::from_value(job.data.clone()).unwrap();
        *causes.entry(job.cause).or_default() += 1;
        let name = job.id.to_string();
        if let (MailKind::InterviewConfirmed, Some(interview)) = (mail.kind, mail.interview) {
            assert!(names.contains(&name), "the confirmation {name} never reached the relay");
            *confirmations.entry(interview).or_default() += 1;
        }
        asked_for.insert(name);
    }
    assert!(causes.values().all(|count| *count == 1), "one cause, one job");
    for interview in confirmed {
        assert_eq!(confirmations.get(interview), Some(&4), "{interview}: four people are told");
    }
    let unasked: Vec<_> = names.difference(&asked_for).collect();
    assert!(unasked.is_empty(), "nobody asked for {unasked:?}");
    let repeated = sent.values().map(|count| count - 1).sum();
    println!("{} mails, {repeated} of them sent again under their Message-ID", sent.len());
    repeated
}
