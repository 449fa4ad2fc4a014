//! What is logged, in JSON, while an interview runs its course: enough to follow it, nothing about a person.

use crate::stage::Stage;
use axum::http::Method;
use hdip_core::values::*;
use hdip_integrations::worker::{Worker, WorkerConfig};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines written so far.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_log_follows_an_interview_and_names_nobody() {
    let lines = Lines::default();
    // As much as anybody would ever switch on.
    let filter = EnvFilter::new("debug,hdip_server=trace,hdip_core=trace,hdip_integrations=trace");
    let subscriber =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let stage = Stage::new().await;
    let worker = Worker::new(stage.state.hdip.clone(), WorkerConfig::default());
    let owner = &stage.world.owner;
    let token = stage.token(owner).await;
    let asha = stage.application("Asha Rao").await;
    let [ravi, _] = stage.interviewers().await;
    let path = format!("/v1/applications/{}/scheduling-link", asha.id);
    stage.post(owner, &path, Value::Null).await.is(202);
    while worker.turn().await {}
    let link = stage.link(hdip_core::access::LinkPurpose::Schedule, asha.id, asha.candidate_id).await;
    stage.open(Method::GET, &format!("/v1/links/{link}/slots"), Value::Null).await.is(200);
    stage.page(&format!("/schedule/{link}")).await;
    stage.page(&format!("/schedule/{link}-forged")).await;
    let password = "correct-horse-battery";
    let wrong = json!({"email": "omar@acme.example", "password": password});
    stage.open(Method::POST, "/v1/auth/sign-in", wrong).await.is(401);
    let body = json!({"application_id": asha.id, "start": "2026-01-06T08:00:00Z"});
    let made = stage.post(owner, "/v1/interviews", body).await.is(201).json();
    let interview: InterviewId = made["id"].as_str().unwrap().parse().unwrap();
    while worker.turn().await {}
    let invitation = stage.invitation_link(interview, &ravi).await;
    stage.open(Method::POST, &format!("/v1/links/{invitation}/accept"), Value::Null).await.is(200);
    // A mail that cannot be sent, and is told.
    stage.at("2026-01-06T07:55:00Z");
    while worker.turn().await {}
    stage.at("2026-01-06T11:00:00Z");
    while worker.turn().await {}
    let candidate = stage.candidate_link(interview, &asha).await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let logged: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect();
    let answered = logged.iter().filter(|line| line["fields"]["message"] == "answered").count();
    assert!(answered >= 7, "{answered} requests were logged");
    let spans = |line: &Value| line["spans"].as_array().cloned().unwrap_or_default();
    let routes: Vec<_> =
        logged.iter().flat_map(spans).filter_map(|span| span["route"].as_str().map(str::to_owned)).collect();
    assert!(routes.iter().any(|route| route == "/v1/links/{token}/accept"), "{routes:?}");
    let personal = [
        ("a name", "Asha"),
        ("a name", "Ravi"),
        ("a name", "Lena"),
        ("a name", "Omar"),
        ("a company", "Initech"),
        ("an address", "@mail.example"),
        ("an address", "@interviewers.example"),
        ("an address", "@acme.example"),
        ("a password", password),
        ("an access token", &token),
        ("a link's token", &link),
        ("a link's token", &invitation),
        ("a link's token", &candidate),
        ("a room", "meet.jit.si/"),
    ];
    for (what, word) in personal {
        let found = text.lines().find(|line| line.to_lowercase().contains(&word.to_lowercase()));
        assert_eq!(found, None, "{what} is in the log");
    }
}
