//! What people who run HDIP look at: readiness, metrics, the dead-letter list, alerts, deploys.

use crate::stage::{Answer, Stage};
use axum::http::Method;
use hdip_core::access::Role;
use hdip_core::jobs::JobReport;
use hdip_core::ports::storage::{Changes, NewJob};
use hdip_core::ports::{IdsExt, storage::JobState};
use hdip_core::values::*;
use hdip_integrations::worker::{Worker, WorkerConfig, WorkerCounts};
use hdip_server::config::Config;
use hdip_server::state::{self, AppState, Replaced};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A job that nobody can carry out: its data names an interview that is not there.
async fn dead_letters(stage: &Stage, count: usize) -> Vec<String> {
    let now = stage.state.hdip.now();
    let job = |n: usize| NewJob {
        id: stage.state.ids.fresh(),
        client_id: None,
        kind: "open_meeting".into(),
        cause: format!("test:{n}"),
        subject: "x".into(),
        data: json!({}),
        due_at: now - days(3),
        created_at: now - days(3),
        request_id: None,
    };
    let jobs: Vec<_> = (0..count).map(job).collect();
    let ids = jobs.iter().map(|job| job.id.to_string()).collect();
    stage.world.storage.commit(Changes { jobs, ..Changes::new() }).await.unwrap();
    for job in stage.state.hdip.claim_jobs(100).await.unwrap() {
        assert!(matches!(stage.state.hdip.run_job(&job).await.unwrap(), JobReport::Dead { .. }));
    }
    ids
}

async fn page(stage: &Stage, path: &str) -> Answer {
    stage.open(Method::GET, path, Value::Null).await
}

fn check<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {answer}"))
}

#[tokio::test]
async fn readiness_is_the_truth() {
    let stage = Stage::new().await;
    let ready = page(&stage, "/readyz").await.is(200).json();
    assert_eq!((&ready["status"], &check(&ready, "database")["status"]), (&json!("ok"), &json!("ok")));
    assert_eq!(check(&ready, "schema")["status"], "ok");

    // A worker in this process that hangs.
    let counts = Arc::new(WorkerCounts::default());
    stage.state.health.has_worker(counts.clone());
    page(&stage, "/readyz").await.is(200);
    counts.turned_at.store(1, Ordering::Relaxed);
    let hangs = page(&stage, "/readyz").await.is(503).json();
    assert_eq!(check(&hangs, "worker")["status"], "unavailable");
    assert!(check(&hangs, "worker")["fault"].as_str().unwrap().contains("has not gone round"));
    counts.turned_at.store(u64::MAX, Ordering::Relaxed);
    page(&stage, "/readyz").await.is(200);

    // Told to stop: not ready at once, but what comes is still answered, and connections are let go.
    stage.state.health.stop();
    let stopping = page(&stage, "/readyz").await.is(503);
    assert_eq!(
        (stopping.json()["status"].as_str(), stopping.header("connection")),
        (Some("stopping"), "close")
    );
    page(&stage, "/healthz").await.is(200);
    stage.get(&stage.world.owner, "/v1/jobs").await.is(200);
}

#[tokio::test]
async fn an_instance_waits_for_its_schema_and_a_newer_one_is_fine() {
    let directory = tempfile::tempdir().unwrap();
    let waiting = Config { migrate_on_start: false, ..Config::for_tests(directory.path().to_owned()) };
    let open = async |config: &Config| {
        let ports =
            state::open(config, Replaced { cheap_passwords: true, ..Replaced::default() }).await.unwrap();
        AppState::new(config.clone(), ports)
    };
    let new = open(&waiting).await;
    let pending = new.hdip.storage().pending_migrations().await.unwrap();
    assert!(pending > 0);
    let checks = hdip_server::health::checks(&new).await;
    let schema = checks.iter().find(|check| check.name == "schema").unwrap();
    assert!(schema.fault.as_ref().unwrap().contains("hdip-server migrate"), "{schema:?}");
    // Somebody migrates; it need not be started again.
    let migrating = Config { migrate_on_start: true, ..waiting.clone() };
    open(&migrating).await;
    assert!(hdip_server::health::checks(&new).await.iter().all(|check| check.fault.is_none()));
    assert_eq!(new.hdip.storage().pending_migrations().await.unwrap(), 0);
}

#[tokio::test]
async fn metrics_tell_of_a_flow_in_words_of_ours_only() {
    let stage = Stage::new().await;
    let asha = stage.application("Asha Rao").await;
    stage.interviewers().await;
    let path = format!("/v1/applications/{}/slots", asha.id);
    stage.get(&stage.world.owner, &path).await.is(200);
    let body = json!({"application_id": asha.id, "start": "2026-01-06T08:00:00Z"});
    stage.post(&stage.world.owner, "/v1/interviews", body).await.is(201);
    page(&stage, "/v1/nothing-here/asha.rao@mail.example").await.is(404);
    let worker = Worker::new(stage.state.hdip.clone(), WorkerConfig::default());
    while worker.turn().await {}
    dead_letters(&stage, 2).await;
    stage.state.hdip.check_alerts().await.unwrap();
    let late = NewJob {
        id: stage.state.ids.fresh(),
        client_id: None,
        kind: "of_next_year".into(),
        cause: "late".into(),
        subject: "x".into(),
        data: json!({}),
        due_at: stage.state.hdip.now() - minutes(5),
        created_at: stage.state.hdip.now() - minutes(5),
        request_id: None,
    };
    stage.world.storage.commit(Changes { jobs: vec![late], ..Changes::new() }).await.unwrap();

    // Other tests of this process count into the same counters: of those only what this one certainly did is asked.
    let text = page(&stage, "/metrics").await.is(200).body;
    let value = |series: &str| -> f64 {
        let line =
            text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("no {series} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("hdip_background_jobs{state=\"dead\"}") >= 0.0);
    assert!(value("hdip_work_lag_seconds{of=\"jobs\"}") >= 0.0);
    assert!(value("hdip_work_lag_seconds{of=\"timers\"}") >= 0.0);
    assert!(value("hdip_background_jobs_failing{provider=\"mail\"}") >= 0.0);
    assert!(value("hdip_alerts_lasting") >= 0.0);
    assert!(value("hdip_jobs_total{kind=\"call_interviewers\",outcome=\"done\"}") >= 1.0);
    assert!(value("hdip_jobs_total{kind=\"send_mail\",outcome=\"done\"}") >= 1.0);
    assert!(value("hdip_slots_duration_seconds_count") >= 1.0);
    assert!(value("hdip_timers_total{outcome=\"fired\"}") >= 0.0);
    assert!(value("hdip_job_duration_seconds_count{kind=\"send_mail\"}") >= 1.0);
    let route = "method=\"GET\",route=\"/v1/applications/{id}/slots\"";
    assert!(value(&format!("hdip_http_requests_total{{{route},status=\"200\"}}")) >= 1.0);
    assert!(value("hdip_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"}") >= 1.0);
    for personal in ["asha", "appl_", "of_next_year", "nothing-here", "bjob_"] {
        assert!(!text.to_lowercase().contains(personal), "{personal} is in a label");
    }
    // The gauges of this database, without the others' noise.
    let health = stage.world.storage.work_health(stage.state.hdip.now()).await.unwrap();
    assert_eq!((health.dead, health.job_due_since), (2, Some(stage.state.hdip.now() - minutes(5))));
}

#[tokio::test]
async fn dead_letters_are_listed_and_put_back_by_kind_with_a_reason() {
    let stage = Stage::new().await;
    let operator = stage.user(Role::PlatformModerator, "Mona").await;
    let ids = dead_letters(&stage, 3).await;
    let path = "/v1/background-jobs?state=dead&kind=open_meeting";
    let listed = stage.get(&operator, path).await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert!(listed["items"][0]["last_error"].as_str().is_some());
    let none = stage.get(&operator, "/v1/background-jobs?state=dead&kind=send_mail").await.is(200).json();
    assert_eq!(none["items"], json!([]));

    let retry = "/v1/background-jobs/retry";
    let refused = stage.post(&operator, retry, json!({"kind": "open_meeting", "reason": ""})).await;
    let refused = refused.refused(422, "invalid_fields").json();
    assert_eq!(refused["errors"][0]["field"], "reason", "{refused}");
    stage.post(&operator, retry, json!({"kind": "open_meeting"})).await.is(422);
    stage.post(&stage.world.owner, retry, json!({"reason": "because"})).await.refused(403, "forbidden");
    let one = format!("/v1/background-jobs/{}/retry?reason=the%20host%20is%20back", ids[0]);
    stage.post(&operator, &one, Value::Null).await.is(202);
    stage.post(&operator, &one, Value::Null).await.refused(404, "not_found");
    let body = json!({"kind": "open_meeting", "reason": "the meeting host is back"});
    let done = stage.post(&operator, retry, body).await.is(202).json();
    assert_eq!(done, json!({"jobs": 2, "more": false}));
    for (id, reason) in [(&ids[0], "the host is back"), (&ids[1], "the meeting host is back")] {
        let trail = stage.get(&operator, &format!("/v1/audit-entries?subject={id}")).await.is(200).json();
        assert_eq!(trail["items"][0]["action"], "background_job.retry");
        assert_eq!(trail["items"][0]["reason"], reason);
        assert_eq!(trail["items"][0]["actor"], format!("user:{}", operator.id));
        let job = stage.world.storage.background_job(id.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(job.state, JobState::Queued);
    }
}

#[tokio::test]
async fn alerts_and_deploys_are_told_to_whoever_is_on_call() {
    let stage = Stage::new().await;
    let admin = stage.user(Role::PlatformAdmin, "Ada").await;
    let moderator = stage.user(Role::PlatformModerator, "Mona").await;
    dead_letters(&stage, 1).await;
    stage.state.hdip.check_alerts().await.unwrap();
    let lasting = stage.get(&moderator, "/v1/alerts?lasting=true").await.is(200).json();
    assert_eq!(lasting["items"][0]["kind"], "dead_letters");
    assert!(lasting["items"][0].get("over_at").is_none());
    let support = stage.state.config.operator_support.to_string();
    assert_eq!(stage.mails(&support).await.len(), 1);

    let deploy = json!({"outcome": "finished", "release": "0.2.0"});
    stage.post(&moderator, "/v1/deploys", deploy.clone()).await.refused(403, "forbidden");
    stage.post(&admin, "/v1/deploys", json!({"outcome": "exploded", "release": "0.2.0"})).await.is(422);
    let no_name = stage.post(&admin, "/v1/deploys", json!({"outcome": "finished", "release": ""})).await;
    assert_eq!(no_name.refused(422, "invalid_fields").json()["errors"][0]["field"], "release");
    for replayed in ["", "true"] {
        let told = stage
            .call_under(&admin, Some("release-0.2.0"), Method::POST, "/v1/deploys", deploy.clone())
            .await;
        assert_eq!(told.is(202).header("idempotent-replayed"), replayed);
    }
    let back = json!({"outcome": "rolled_back", "release": "0.2.0"});
    stage.post(&admin, "/v1/deploys", back).await.is(202);
    stage.drain().await;
    let subjects: Vec<_> = stage.mails(&support).await.into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    for told in ["release 0.2.0 is in service", "release 0.2.0 was taken back"] {
        assert_eq!(subjects.iter().filter(|subject| subject.contains(told)).count(), 1, "{subjects:?}");
    }
    let all = stage.get(&admin, "/v1/alerts?limit=2").await.is(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert!(all["next_cursor"].is_string());
    stage.get(&stage.world.owner, "/v1/alerts").await.refused(403, "forbidden");
}
