//! Two releases at work on one database: what a release does not understand is left to the other.

use hdip_core::jobs::JobReport;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use serde_json::{Value, json};
use std::sync::Arc;

async fn queue(world: &World, kind: &str, data: Value) -> BackgroundJobId {
    let id = world.ids.fresh();
    let now = world.hdip.now();
    let job = NewJob {
        id,
        client_id: None,
        kind: kind.into(),
        cause: format!("{kind}:{data}"),
        subject: "x".into(),
        data,
        due_at: now,
        created_at: now,
        request_id: None,
    };
    world.storage.commit(Changes { jobs: vec![job], ..Changes::new() }).await.unwrap();
    id
}

#[test]
fn a_job_of_a_newer_release_is_left_to_it() {
    block_on(async {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let new_kind = queue(&world, "read_tea_leaves", json!({})).await;
        let mail = json!({"kind": "a_mail_of_next_year", "to": {"as": "support"}, "leaves": 3});
        let new_data = queue(&world, "send_mail", mail).await;
        // Far more often than a job that fails would be tried.
        for _ in 0..30 {
            let jobs = world.hdip.claim_jobs(10).await.unwrap();
            assert_eq!(jobs.len(), 2);
            for job in jobs {
                assert_eq!((job.attempt, world.hdip.run_job(&job).await.unwrap()), (1, JobReport::Unknown));
            }
            assert!(
                world.hdip.claim_jobs(10).await.unwrap().is_empty(),
                "a newer worker has time to take it"
            );
            world.clock.set(world.hdip.now() + Duration::seconds(30));
        }
        for id in [new_kind, new_data] {
            let job = world.storage.background_job(id).await.unwrap().unwrap();
            assert_eq!((job.state, job.attempt, job.last_error), (JobState::Queued, 0, None));
        }
        // Nobody has taken it for a day: there is no such release, and a person looks.
        world.clock.set(world.hdip.now() + days(1));
        for job in world.hdip.claim_jobs(10).await.unwrap() {
            let JobReport::Dead { error } = world.hdip.run_job(&job).await.unwrap() else { panic!() };
            assert!(error.contains(&format!("kind or data of {}", job.kind)), "{error}");
        }
    });
}

#[test]
fn a_trace_goes_from_a_request_through_its_jobs_and_timers() {
    block_on(async {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await.id;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let ctx = hdip_core::Ctx { traceparent: Some(trace.into()), ..world.as_owner() };
        let start = crate::flow::pick("2026-01-06T08:00:00Z".parse().unwrap());
        let input = hdip_core::scheduling::RequestInterview { application: asha.id, start, consents: None };
        let interview = world.hdip.request_interview(&ctx, input).await.unwrap().output.interview_id;
        world.drain().await;
        crate::flow::accept(&world, interview, ravi).await.unwrap();
        let timers = world.storage.due_timers(world.hdip.now() + days(9), 100).await.unwrap();
        assert!(!timers.is_empty());
        let filter = JobFilter::default();
        let jobs = world.storage.background_jobs(&filter, &Page::default()).await.unwrap();
        let of = |kind: &str| {
            let jobs = jobs.iter().filter(|job| job.kind == kind || job.data["kind"] == kind);
            jobs.map(|job| job.traceparent.as_deref()).collect::<Vec<_>>()
        };
        assert_eq!(of("call_interviewers"), [Some(trace)], "by the request");
        assert_eq!(of("interviewer_invitation"), [Some(trace)], "by the request's job");
        assert_eq!(of("open_meeting"), [None], "accepting was a request of its own");
        let events = world.storage.events(Stream::Client(world.client.id), 0, 100).await.unwrap();
        let requested = events.iter().find(|event| event.kind == "interview.requested").unwrap();
        assert_eq!(requested.traceparent.as_deref(), Some(trace));
    });
}
