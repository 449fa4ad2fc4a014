//! The server over SQLite and the outbox in a temporary directory, with a clock that is moved by hand, a
//! client with a job, and people to play with. Records that are not what a test is about come from the
//! domain's test kit.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use hdip_core::HdipBuilder;
use hdip_core::access::{Link, LinkPurpose, Role, SignIn, User};
use hdip_core::clients::Client;
use hdip_core::hiring::{Application, Round};
use hdip_core::interviewers::Interviewer;
use hdip_core::ports::storage::{Page, Storage, Stream};
use hdip_core::ports::{Files, IdsExt};
use hdip_core::testkit::{ManualClock, World, email};
use hdip_core::values::*;
use hdip_integrations::mail::outbox::OutboxEntry;
use hdip_server::config::Config;
use hdip_server::state::{AppState, Replaced, open};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;

/// Monday 10:00 in Kolkata.
pub const BEGINNING: &str = "2026-01-05T04:30:00Z";
/// Tuesday 10:00 in Kolkata.
pub const TUESDAY: &str = "2026-01-06T04:30:00Z";

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// Fails unless it has the status; the answer itself.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// Fails unless it is that refusal.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.json()["code"], code, "{}", answer.body);
        answer
    }
}

/// Everything a test needs.
pub struct Stage {
    pub state: AppState,
    pub clock: Arc<ManualClock>,
    pub world: World,
    pub round: Round,
    app: Router,
    _directory: tempfile::TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::over(|_| {}).await
    }

    /// A stage with some of the ports replaced.
    pub async fn over(replace: impl FnOnce(&mut HdipBuilder)) -> Self {
        Self::set(|_| {}, replace).await
    }

    /// Over a given storage and given files, without a rate limit, instead of SQLite and a directory.
    pub async fn over_memory(storage: Arc<dyn Storage>, files: Arc<dyn Files>) -> Self {
        let replace = |ports: &mut HdipBuilder| {
            ports.storage = storage;
            ports.files = files;
        };
        Self::set(|config| config.rate_limit_per_minute = 0, replace).await
    }

    async fn set(configure: impl FnOnce(&mut Config), replace: impl FnOnce(&mut HdipBuilder)) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut config = Config::for_tests(directory.path().to_owned());
        let clock = Arc::new(ManualClock::at(BEGINNING));
        let replaced = Replaced { clock: Some(clock.clone()), cheap_passwords: true };
        let mut ports = open(&config, replaced).await.expect("the adapters open");
        configure(&mut config);
        replace(&mut ports.builder);
        // Only its records are used; what happens, happens through the server.
        let world = World::over(ports.builder.storage.clone()).await;
        let state = AppState::new(config, ports);
        let app = hdip_server::app(state.clone());
        let (_, round) = world.job().await;
        Self { state, clock, world, round, app, _directory: directory }
    }

    /// The same stage with another state.
    pub fn with(self, state: AppState) -> Self {
        Self { app: hdip_server::app(state.clone()), state, ..self }
    }

    pub fn at(&self, time: &str) {
        self.clock.set(time.parse().expect("a time"));
    }

    pub async fn application(&self, name: &str) -> Application {
        self.world.application(&self.round, name, "Asia/Kolkata").await
    }

    pub async fn interviewers(&self) -> [Interviewer; 2] {
        [
            self.world.interviewer("Ravi", "Asia/Kolkata").await,
            self.world.interviewer("Lena", "Europe/Berlin").await,
        ]
    }

    /// A user of a role, at the world's client.
    pub async fn user(&self, role: Role, name: &str) -> User {
        let client = role.is_client().then_some(self.world.client.id);
        self.user_of(role, client, name).await
    }

    async fn user_of(&self, role: Role, client: Option<ClientId>, name: &str) -> User {
        let address = format!("{}@users.example", name.to_lowercase());
        let user = User {
            id: self.state.ids.fresh(),
            client_id: client,
            role,
            name: name.into(),
            email: email(&address),
            email_key: address,
            version: 0,
            ..self.world.owner.clone()
        };
        self.world.put(&user).await;
        user
    }

    /// The user an interviewer is.
    pub async fn user_of_interviewer(&self, interviewer: &Interviewer) -> User {
        let mut user = self.user(Role::Interviewer, &format!("{}-user", interviewer.name)).await;
        user.interviewer_id = Some(interviewer.id);
        user.version = 1;
        self.world.put(&user).await;
        user
    }

    /// The owner of another client.
    pub async fn stranger(&self) -> User {
        let client = Client {
            id: self.state.ids.fresh(),
            brand: "Zenith".into(),
            version: 0,
            ..self.world.client.clone()
        };
        self.world.put(&client).await;
        self.user_of(Role::ClientOwner, Some(client.id), "Stella").await
    }

    /// A fresh access token.
    pub async fn token(&self, user: &User) -> String {
        let now = self.state.hdip.now();
        let sign_in = SignIn {
            id: self.state.ids.fresh(),
            user_id: user.id,
            refresh_hash: "0".repeat(64),
            generation: 1,
            created_at: now,
            refreshed_at: now,
            expires_at: now + days(30),
            ended_at: None,
            ended_because: None,
            user_agent: None,
            version: 0,
        };
        self.world.put(&sign_in).await;
        self.state.tokens.issue(user.id, sign_in.id, now).expect("a token").0
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (answer, bytes) = self.send_for_bytes(request).await;
        Answer { body: String::from_utf8(bytes).expect("a text"), ..answer }
    }

    async fn send_for_bytes(&self, request: Request<Body>) -> (Answer, Vec<u8>) {
        let response = self.app.clone().oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (Answer { status: parts.status, headers: parts.headers, body: String::new() }, bytes.to_vec())
    }

    /// What a user gets as a file.
    pub async fn download(&self, user: &User, path: &str) -> (Answer, Vec<u8>) {
        let token = self.token(user).await;
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send_for_bytes(request.body(Body::empty()).expect("a request")).await
    }

    /// A request of a user with a JSON body (none if it is null).
    pub async fn call(&self, user: &User, method: Method, path: &str, body: Value) -> Answer {
        self.call_under(user, None, method, path, body).await
    }

    /// The same under an idempotency key.
    pub async fn call_under(
        &self,
        user: &User,
        key: Option<&str>,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answer {
        let token = self.token(user).await;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(with_json(request, body)).await
    }

    pub async fn get(&self, user: &User, path: &str) -> Answer {
        self.call(user, Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, user: &User, path: &str, body: Value) -> Answer {
        self.call(user, Method::POST, path, body).await
    }

    /// A request of whoever holds that token or key; a text is sent as CSV.
    pub async fn bearing(&self, bearer: Option<&str>, method: Method, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = match body {
            Value::String(text) => {
                request.header(header::CONTENT_TYPE, "text/csv").body(Body::from(text)).expect("a request")
            }
            body => with_json(request, body),
        };
        let (answer, bytes) = self.send_for_bytes(request).await;
        Answer { body: String::from_utf8_lossy(&bytes).into_owned(), ..answer }
    }

    /// A request without credentials.
    pub async fn open(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send(with_json(Request::builder().method(method).uri(path), body)).await
    }

    /// A page.
    pub async fn page(&self, path: &str) -> Answer {
        self.open(Method::GET, path, Value::Null).await
    }

    /// A form of a page.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("fields");
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Fires what is due and runs what is ready, until nothing is left to do now.
    pub async fn drain(&self) {
        let hdip = &self.state.hdip;
        for _ in 0..1000 {
            let fired = hdip.fire_due(100).await.expect("timers are read");
            assert!(fired.failed.is_empty(), "a timer failed: {:?}", fired.failed);
            let jobs = hdip.claim_jobs(50).await.expect("jobs are claimed");
            if jobs.is_empty() && fired.fired == 0 {
                return;
            }
            for job in jobs {
                let report = hdip.run_job(&job).await.expect("the end is recorded");
                assert_eq!(report, hdip_core::jobs::JobReport::Done, "{}", job.cause);
            }
        }
        panic!("work never comes to rest");
    }

    /// Mails to an address, newest first.
    pub async fn mails(&self, to: &str) -> Vec<OutboxEntry> {
        self.state.outbox.as_ref().expect("an outbox").list(100, Some(to)).await.expect("mails")
    }

    /// The token of the link with that purpose, subject and party.
    pub async fn link(&self, purpose: LinkPurpose, subject: impl ToString, party: impl ToString) -> String {
        let key = format!("{}:{}:{}", purpose.as_str(), subject.to_string(), party.to_string());
        let link: Link = self
            .world
            .storage
            .link_by_key(&key)
            .await
            .expect("storage")
            .unwrap_or_else(|| panic!("no link {key}"));
        self.state.hdip.link_token(&link)
    }

    /// How much has happened: events and background jobs.
    pub async fn happened(&self) -> (usize, u64) {
        let storage = &self.world.storage;
        let mut events = 0;
        for stream in [Stream::Operator, Stream::Client(self.world.client.id)] {
            events += storage.events(stream, 0, 10_000).await.expect("events").len();
        }
        (events, storage.job_counts().await.expect("counts").values().sum())
    }

    /// An interview of an application, requested by the client's owner for that start, with its invitations out.
    pub async fn requested(&self, application: &Application, start: &str) -> InterviewId {
        let body = serde_json::json!({"application_id": application.id, "start": start});
        let answer = self.post(&self.world.owner, "/v1/interviews", body).await.is(201);
        self.drain().await;
        answer.json()["id"].as_str().expect("an id").parse().expect("an id")
    }

    /// The token of an interviewer's invitation link.
    pub async fn invitation_link(&self, interview: InterviewId, who: &Interviewer) -> String {
        let all = self.world.storage.invitations(interview).await.expect("invitations");
        let own = all.into_iter().find(|i| i.interviewer_id == who.id).expect("was invited");
        self.link(LinkPurpose::Invitation, own.id, who.id).await
    }

    /// A confirmed interview, and the interviewer who has it.
    pub async fn confirmed(&self, application: &Application, start: &str) -> (InterviewId, Interviewer) {
        let [ravi, _] = self.interviewers().await;
        let id = self.requested(application, start).await;
        let token = self.invitation_link(id, &ravi).await;
        self.open(Method::POST, &format!("/v1/links/{token}/accept"), Value::Null).await.is(200);
        self.drain().await;
        (id, ravi)
    }

    /// The token of the candidate's link of an interview.
    pub async fn candidate_link(&self, interview: InterviewId, application: &Application) -> String {
        self.link(LinkPurpose::CandidateInterview, interview, application.candidate_id).await
    }

    /// The token of a scheduling link that was just sent.
    pub async fn scheduling_link(&self, application: &Application) -> String {
        let path = format!("/v1/applications/{}/scheduling-link", application.id);
        self.post(&self.world.owner, &path, Value::Null).await.is(202);
        self.drain().await;
        self.link(LinkPurpose::Schedule, application.id, application.candidate_id).await
    }
}

/// All interviews there are, newest first.
pub async fn interviews(stage: &Stage) -> Vec<hdip_core::scheduling::Interview> {
    let scope = hdip_core::access::Scope::Operator;
    stage.world.storage.interviews(&scope, &Default::default(), &Page::first(200)).await.expect("interviews")
}

fn with_json(request: axum::http::request::Builder, body: Value) -> Request<Body> {
    match body {
        Value::Null => request.body(Body::empty()),
        body => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
    }
    .expect("a request")
}
