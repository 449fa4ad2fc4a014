//! A bad day at the operations desk: something in every queue, by what really happens and with the clock moved;
//! then a person deals with all of it through the API, and the queues are empty.

use crate::stage::Stage;
use hdip_core::access::{LinkPurpose, Role, User};
use hdip_core::hiring::Application;
use hdip_core::interviewers::Interviewer;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::{Changes, NewJob};
use hdip_core::scheduling::Interview;
use hdip_core::testkit::{MemoryMail, MemoryVideo, email};
use hdip_core::values::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

struct Day {
    stage: Stage,
    mail: Arc<MemoryMail>,
    video: Arc<MemoryVideo>,
    admin: User,
    ravi: Interviewer,
    lena: Interviewer,
    noor: Interviewer,
}

impl Day {
    async fn new() -> Self {
        let (mail, video) = (Arc::new(MemoryMail::new()), Arc::new(MemoryVideo::new(7)));
        let (to_mail, to_video) = (mail.clone(), video.clone());
        let stage = Stage::over(move |ports| {
            ports.mail = to_mail;
            ports.video = to_video;
        })
        .await;
        let admin = stage.user(Role::PlatformAdmin, "Ada").await;
        let [ravi, lena] = stage.interviewers().await;
        let noor = stage.world.interviewer("Noor", "Asia/Dubai").await;
        Self { stage, mail, video, admin, ravi, lena, noor }
    }

    /// Fires what is due and runs what is ready now; failures are what the day is about.
    async fn work(&self) {
        let hdip = &self.stage.state.hdip;
        for _ in 0..1000 {
            let fired = hdip.fire_due(100).await.expect("timers are read");
            assert!(fired.failed.is_empty(), "{:?}", fired.failed);
            let jobs = hdip.claim_jobs(50).await.expect("jobs are claimed");
            if jobs.is_empty() && fired.fired == 0 {
                return;
            }
            for job in jobs {
                hdip.run_job(&job).await.expect("the end is recorded");
            }
        }
        panic!("work never comes to rest");
    }

    /// Moves the clock to `to`, stopping at everything that falls due on the way.
    async fn go(&self, to: &str) {
        let to: Timestamp = to.parse().expect("a time");
        self.work().await;
        while let Some(due) = self.stage.world.storage.next_due().await.expect("storage answers") {
            if due > to {
                break;
            }
            self.stage.clock.set(due.max(self.stage.state.hdip.now()));
            self.work().await;
        }
        self.stage.clock.set(to);
        self.work().await;
    }

    async fn requested(&self, name: &str, start: &str) -> (Application, InterviewId) {
        let application = self.stage.application(name).await;
        let body = json!({"application_id": application.id, "start": start, "odd_hours_ok": true});
        let made = self.stage.post(&self.stage.world.owner, "/v1/interviews", body).await.is(201).json();
        self.work().await;
        (application, made["id"].as_str().expect("an id").parse().expect("an id"))
    }

    async fn accept(&self, id: InterviewId, who: &Interviewer) {
        let token = self.stage.invitation_link(id, who).await;
        let path = format!("/v1/links/{token}/accept");
        self.stage.open(axum::http::Method::POST, &path, Value::Null).await.is(200);
        self.work().await;
    }

    async fn confirmed(&self, name: &str, start: &str, who: &Interviewer) -> InterviewId {
        let (_, id) = self.requested(name, start).await;
        self.accept(id, who).await;
        id
    }

    /// What is in each queue, by the overview and by the lists.
    async fn queues(&self) -> BTreeMap<String, Vec<Value>> {
        let desk = self.stage.get(&self.admin, "/v1/desk").await.is(200).json();
        let mut all = BTreeMap::new();
        for queue in desk["queues"].as_array().expect("queues") {
            let name = queue["queue"].as_str().expect("a name");
            let list = self.stage.get(&self.admin, &format!("/v1/desk/{name}")).await.is(200).json();
            let items = list["items"].as_array().expect("items").clone();
            assert_eq!(queue["count"], items.len(), "{name}");
            all.insert(name.to_owned(), items);
        }
        all
    }

    async fn act(&self, path: &str, body: Value) -> Value {
        let answer = self.stage.post(&self.admin, path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        self.work().await;
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }
}

async fn bad(day: &Day) {
    let stage = &day.stage;
    let owner = &stage.world.owner;
    // One absence suspends on this day.
    let strict = json!({"no_show_strikes": 1});
    stage.call(&day.admin, axum::http::Method::PATCH, "/v1/policy", strict).await.is(200);

    // Tuesday: a scorecard that never comes. Wednesday: both kinds of absence.
    day.confirmed("Asha Rao", "2026-01-06T04:30:00Z", &day.ravi).await;
    let absent = day.confirmed("Bela Bose", "2026-01-07T10:00:00Z", &day.lena).await;
    let missed = day.confirmed("Chen Wei", "2026-01-07T12:00:00Z", &day.noor).await;
    day.go("2026-01-07T10:15:00Z").await;
    let token = stage.link(LinkPurpose::InterviewerInterview, absent, day.lena.id).await;
    let path = format!("/l/{token}/absence");
    stage.form(&path, &[("reason", "waited"), ("shown", "1")]).await.is(303);
    day.go("2026-01-07T12:15:00Z").await;
    let report = json!({"who": "interviewer", "note": "nobody came"});
    stage.post(owner, &format!("/v1/interviews/{missed}/no-show"), report).await.is(200);

    // Thursday: the line is lost; the client contests Wednesday's absence; a mail cannot be delivered; a job dies.
    let cut = day.confirmed("Dara Khan", "2026-01-08T10:00:00Z", &day.lena).await;
    day.go("2026-01-08T10:20:00Z").await;
    let lena = stage.user_of_interviewer(&day.lena).await;
    let lost = json!({"reason": "the line was lost"});
    stage.post(&lena, &format!("/v1/interviews/{cut}/interrupt"), lost).await.is(200);
    let why = json!({"about": "charge", "reason": "the candidate waited in the room"});
    stage.post(owner, &format!("/v1/interviews/{absent}/contests"), why).await.is(201);
    let esha = stage.application("Esha Nair").await;
    day.mail.refuse(&email("esha.nair@mail.example"));
    let path = format!("/v1/applications/{}/scheduling-link", esha.id);
    stage.post(owner, &path, Value::Null).await.is(202);
    let job = NewJob {
        id: stage.state.ids.fresh(),
        client_id: None,
        kind: "call_interviewers".into(),
        cause: "of an interview that is gone".into(),
        subject: InterviewId::from_bits(7).to_string(),
        data: json!({}),
        due_at: stage.state.hdip.now(),
        created_at: stage.state.hdip.now(),
        request_id: None,
    };
    stage.world.storage.commit(Changes { jobs: vec![job], ..Changes::new() }).await.expect("queued");
    day.work().await;

    // Friday morning: nobody accepts, feedback is late, somebody is wanted at short notice, no room is made.
    let (_, fed) = day.requested("Farah Aziz", "2026-01-09T04:00:00Z").await;
    day.accept(fed, &day.ravi).await;
    day.requested("Gita Sen", "2026-01-09T16:00:00Z").await;
    day.go("2026-01-09T06:50:00Z").await;
    day.requested("Hari Das", "2026-01-09T15:00:00Z").await;
    day.video.fail_next(1_000);
    day.confirmed("Indu Roy", "2026-01-12T10:00:00Z", &day.lena).await;
}

/// Does what the first action of an entry says, or another where that is of more interest.
async fn resolve(day: &Day, queue: &str, entry: &Value) {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let (subject, interview) = (text("subject"), text("interview_id"));
    match queue {
        "expired" => {
            // The candidate gets another link; that somebody has dealt with it is said.
            let path = format!("/v1/applications/{}/scheduling-link/resend", text("application_id"));
            day.act(&path, json!({"reason": "nobody was free"})).await;
            let path = "/v1/desk/expired/acknowledgements";
            day.act(path, json!({"subject": subject, "reason": "another link was sent"})).await;
        }
        "unassigned" => {
            let path = format!("/v1/interviews/{interview}/invitations/resend");
            day.act(&path, json!({"reason": "asked them on the phone"})).await;
            let body = json!({"interviewer_id": day.ravi.id, "reason": "agreed on the phone"});
            day.act(&format!("/v1/interviews/{interview}/assign"), body).await;
        }
        "interrupted" => {
            let body = json!({"closing": "free_repeat", "reason": "the line was ours"});
            day.act(&format!("/v1/interviews/{interview}/close"), body).await;
            let path = "/v1/desk/closed_without_feedback/acknowledgements";
            day.act(path, json!({"subject": interview, "reason": "both were told"})).await;
        }
        "feedback_overdue" => {
            let body = json!({"until": "2026-01-10T12:00:00Z", "reason": "the interviewer was ill"});
            day.act(&format!("/v1/interviews/{interview}/feedback-extension"), body).await;
        }
        "closed_without_feedback" => {
            let body = json!({"outcome": "awaiting_feedback", "reason": "the scorecard was mailed to us"});
            day.act(&format!("/v1/interviews/{interview}/outcome"), body).await;
        }
        "contested" => {
            let body = json!({
                "verdict": "partly_upheld", "credit_minor": 40000,
                "answer": "the room's log shows that both were late",
            });
            day.act(&format!("/v1/contests/{subject}/decision"), body).await;
        }
        "mail_failed" => {
            day.mail.accept_again(&email("esha.nair@mail.example"));
            day.act(&format!("/v1/background-jobs/{subject}/retry"), Value::Null).await;
        }
        "provider_pending" => {
            day.video.fail_next(0);
            let body = json!({"url": "https://meet.example/by-hand", "reason": "the provider is down"});
            day.act(&format!("/v1/interviews/{interview}/meeting-link"), body).await;
        }
        "dead_jobs" => {
            let path = "/v1/desk/dead_jobs/acknowledgements";
            day.act(path, json!({"subject": subject, "reason": "the interview is gone"})).await;
        }
        "suspended_interviewers" => {
            let body = json!({"status": "certified", "reason": "was in hospital"});
            day.act(&format!("/v1/interviewers/{subject}/status"), body).await;
        }
        other => panic!("nobody knows what to do about {other}"),
    }
}

#[tokio::test]
async fn everything_in_every_queue_is_dealt_with_through_the_api() {
    let day = Day::new().await;
    assert!(day.queues().await.values().all(Vec::is_empty), "a good day has empty queues");
    bad(&day).await;
    let queues = day.queues().await;
    assert_eq!(queues.len(), 10);
    for (queue, entries) in &queues {
        assert_eq!(entries.len(), 1, "{queue}: {entries:#?}");
        assert!(!entries[0]["actions"].as_array().expect("actions").is_empty(), "{queue}");
    }
    let mut contested = String::new();
    for (queue, entries) in queues {
        if queue == "contested" {
            contested = entries[0]["interview_id"].as_str().expect("an id").to_owned();
        }
        for entry in entries {
            resolve(&day, &queue, &entry).await;
        }
    }
    let left: Vec<_> = day.queues().await.into_iter().filter(|(_, entries)| !entries.is_empty()).collect();
    assert!(left.is_empty(), "{left:#?}");

    // What was done is on the record, and the money of the contested interview is what was decided.
    let trail = day.stage.get(&day.admin, "/v1/audit-entries?limit=200").await.is(200).json();
    let actions: Vec<_> =
        trail["items"].as_array().expect("items").iter().map(|entry| entry["action"].clone()).collect();
    for action in [
        "desk.resend_scheduling_link",
        "desk.acknowledge",
        "interview.assign",
        "desk.extend_feedback",
        "desk.correct_outcome",
        "desk.decide_contest",
        "desk.set_meeting_link",
        "background_job.retry",
    ] {
        assert!(actions.contains(&json!(action)), "{action} is not on the record: {actions:?}");
    }
    let charges = day.stage.get(&day.stage.world.owner, "/v1/charges").await.is(200).json();
    let sum: i64 = charges["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|charge| charge["interview_id"] == json!(contested))
        .map(|charge| charge["amount"]["amount_minor"].as_i64().expect("a number"))
        .sum();
    assert_eq!(sum, 40_000);
    // The interview whose scorecard was late is filed after all, and paid in full.
    day.go("2026-01-09T12:00:00Z").await;
    assert!(day.queues().await.values().all(|entries| {
        entries.iter().all(|entry| entry["queue"] == "feedback_overdue" || entry["queue"] == "unassigned")
    }));
    let noor: Interviewer = day.stage.world.get(day.noor.id).await;
    assert!(noor.status.is_active());
    let absent: Interview = day.stage.world.get(&contested).await;
    assert_eq!(absent.state.as_str(), "candidate_no_show");
}
