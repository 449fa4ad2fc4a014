//! The back office by the API alone: clients, interviewers, jobs, agencies, results, and people who leave, in one
//! story over real HTTP requests with the clock moved. Everybody signs in with a password chosen by the link they
//! were mailed. Nothing is put into the storage; beside answers only the mailbox is read, and when the next timer
//! is due.

mod clients;
mod hiring;
mod interviewers;
mod leaving;
mod results;
mod shadowing;

use crate::stage::{Answer, Stage};
use axum::http::Method;
use hdip_core::values::{Timestamp, minutes};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

const PASSWORD: &str = "correct horse";

/// The operator's account manager, who is there from the beginning.
const MIRA: &str = "mira@hdip.example";
/// Owner of the client.
const OLIVIA: &str = "olivia@bharat.example";
/// Its admin.
const ADI: &str = "adi@bharat.example";
/// Its recruiters.
const RITA: &str = "rita@bharat.example";
const ROLF: &str = "rolf@bharat.example";
/// Of an agency.
const AGNES: &str = "agnes@best.example";
/// Interviewers: the mentor and the learner.
const VIKRAM: &str = "vikram@mail.example";
const NILA: &str = "nila@mail.example";

/// What has been made so far, by id.
#[derive(Default)]
struct Made {
    client: String,
    adi: String,
    olivia: String,
    rita: String,
    rolf: String,
    vikram: String,
    nila: String,
    /// The job whose interviews are observed.
    platform: String,
    /// The job with two rounds.
    backend: String,
    /// Applications by the name of the candidate.
    applications: BTreeMap<&'static str, String>,
}

struct Story {
    stage: Stage,
    made: Made,
    tokens: Mutex<BTreeMap<String, (Timestamp, String)>>,
    /// Number of the last mail that was looked at.
    told: Mutex<u64>,
}

/// A text of an answer.
#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A field of every item of a page.
#[track_caller]
fn each(page: &Value, field: &str) -> Vec<Value> {
    page["items"].as_array().expect("items").iter().map(|item| item[field].clone()).collect()
}

impl Story {
    async fn begin() -> Self {
        Self {
            stage: Stage::new().await,
            made: Made::default(),
            tokens: Mutex::default(),
            told: Mutex::default(),
        }
    }

    async fn sign_in(&self, who: &str) -> Answer {
        let body = json!({"email": who, "password": PASSWORD});
        self.stage.open(Method::POST, "/v1/auth/sign-in", body).await
    }

    /// An access token, kept while it is good.
    async fn token(&self, who: &str) -> String {
        let now = self.stage.state.hdip.now();
        let kept = self.tokens.lock().expect("no panic").get(who).cloned();
        if let Some((at, token)) = kept
            && now < at + minutes(10)
        {
            return token;
        }
        let token = text(&self.sign_in(who).await.is(200).json()["access_token"]);
        self.tokens.lock().expect("no panic").insert(who.to_owned(), (now, token.clone()));
        token
    }

    async fn call(&self, who: &str, method: Method, path: &str, body: Value) -> Answer {
        let token = self.token(who).await;
        self.stage.bearing(Some(&token), method, path, body).await
    }

    async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, Method::GET, path, Value::Null).await
    }

    async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, Method::POST, path, body).await
    }

    async fn patch(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, Method::PATCH, path, body).await
    }

    /// Token of the link in the newest mail of a kind to an address.
    async fn mailed(&self, kind: &str, to: &str) -> String {
        self.stage.drain().await;
        let mails = self.stage.mails(to).await;
        let mail = mails.into_iter().find(|mail| mail.kind == kind);
        let mail = mail.unwrap_or_else(|| panic!("no {kind} to {to}"));
        let at = mail.text.find("/l/").unwrap_or_else(|| panic!("no link in {}", mail.text)) + 3;
        mail.text[at..].split_whitespace().next().expect("a token").to_owned()
    }

    /// Follows the link in a mail and chooses the password.
    async fn choose_password(&self, kind: &str, who: &str) {
        let path = format!("/v1/links/{}/password", self.mailed(kind, who).await);
        let body = || json!({ "password": PASSWORD });
        self.stage.open(Method::POST, &path, body()).await.is(204);
        self.stage.open(Method::POST, &path, body()).await.refused(410, "link_used");
    }

    /// `kind → name` of every mail since the last time it was asked, in order of the alphabet.
    async fn told(&self) -> Vec<String> {
        self.stage.drain().await;
        let mails = self.stage.state.outbox.as_ref().expect("an outbox").list(10_000, None).await;
        let mails = mails.expect("mails");
        let mut seen = self.told.lock().expect("no panic");
        let new = mails.iter().filter(|mail| mail.sequence > *seen);
        let line = |to: &str| to.split('@').next().unwrap_or_default().to_owned();
        let mut lines: Vec<_> =
            new.map(|mail| format!("{} → {}", mail.kind, line(mail.to.as_str()))).collect();
        *seen = mails.iter().map(|mail| mail.sequence).max().unwrap_or_default().max(*seen);
        lines.sort();
        lines
    }

    /// Every action on the record about something, oldest first.
    async fn audited(&self, subject: &str) -> Vec<String> {
        let path = format!("/v1/audit-entries?subject={subject}&limit=200");
        let page = self.get(MIRA, &path).await.is(200).json();
        let mut actions: Vec<_> = each(&page, "action").iter().map(text).collect();
        actions.reverse();
        actions
    }

    /// The one entry of an action about something.
    async fn entry(&self, subject: &str, action: &str) -> Value {
        let path = format!("/v1/audit-entries?subject={subject}&action={action}");
        let page = self.get(MIRA, &path).await.is(200).json();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{action}: {page}");
        page["items"][0].clone()
    }

    /// Moves the clock, stopping at everything that falls due on the way.
    async fn go(&self, to: &str) {
        let to: Timestamp = to.parse().expect("a time");
        self.stage.drain().await;
        while let Some(due) = self.stage.world.storage.next_due().await.expect("storage answers") {
            if due > to {
                break;
            }
            self.stage.clock.set(due.max(self.stage.state.hdip.now()));
            self.stage.drain().await;
        }
        self.stage.clock.set(to);
        self.stage.drain().await;
    }

    /// A candidate handed over by a recruiter.
    async fn hand_in(&mut self, job: &str, name: &'static str) {
        let address = format!("{}@mail.example", name.to_lowercase());
        let body = json!({
            "job_id": job, "name": name, "email": address, "experience_months": 60, "zone": "Asia/Kolkata",
            "current_company": "Initech",
        });
        let made = self.post(RITA, "/v1/applications", body).await.is(201).json();
        assert_eq!(made["application"]["status"], "to_schedule");
        self.made.applications.insert(name, text(&made["application"]["id"]));
    }

    /// An interview that a recruiter requests for a candidate.
    async fn request(&self, name: &str, start: &str) -> String {
        let body = json!({"application_id": self.made.applications[name], "start": start});
        let made = self.post(RITA, "/v1/interviews", body).await.is(201).json();
        assert_eq!(made["state"], "requested");
        text(&made["id"])
    }

    /// An interviewer takes the interview that is open to it.
    async fn accept(&self, who: &str, interview: &str) {
        self.stage.drain().await;
        let open = self.get(who, "/v1/invitations?open=true").await.is(200).json();
        let all = open["items"].as_array().expect("items");
        let own = all.iter().find(|invitation| invitation["interview_id"] == *interview);
        let id = text(&own.unwrap_or_else(|| panic!("{who} was not asked: {open}"))["id"]);
        let taken = self.post(who, &format!("/v1/invitations/{id}/accept"), Value::Null).await.is(200).json();
        assert_eq!(taken["state"], "accepted");
    }

    async fn status_of(&self, name: &str) -> Value {
        let path = format!("/v1/applications/{}", self.made.applications[name]);
        self.get(ADI, &path).await.is(200).json()["status"].clone()
    }
}

/// A complete scorecard on these skills and rows.
fn card(skills: &[&str], rows: &[&str], recommendation: &str) -> Value {
    let skill = |name: &&str| json!({"skill": name, "level": 2, "score": 80, "summary": "Solid."});
    let row = |name: &&str| json!({"row": name, "grade": "good"});
    json!({
        "skills": skills.iter().map(skill).collect::<Vec<_>>(),
        "evaluation": rows.iter().map(row).collect::<Vec<_>>(),
        "strengths": "Clear", "improvements": "Tests", "recommendation": recommendation,
    })
}

#[tokio::test]
async fn a_client_is_served_from_the_first_contact_to_the_last_hand_over() {
    let mut story = Story::begin().await;
    clients::the_operator_comes_in(&story).await;
    clients::a_client_is_taken_on(&mut story).await;
    clients::its_agreement_and_its_recruiters(&mut story).await;
    interviewers::a_mentor_is_found(&mut story).await;
    interviewers::a_learner_applies(&mut story).await;
    shadowing::a_job_to_learn_on(&mut story).await;
    shadowing::two_observed_one_led_and_certified(&story).await;
    hiring::a_job_with_two_rounds_and_a_rubric(&mut story).await;
    hiring::an_agency_hands_in_a_file(&mut story).await;
    let first = results::the_candidate_picks_and_is_interviewed(&story).await;
    results::the_result_is_filed_read_and_rated(&story, &first).await;
    results::a_second_round_and_selected(&story, &first).await;
    leaving::an_interviewer_is_suspended(&mut story).await;
    leaving::the_job_is_archived(&story).await;
    leaving::a_recruiter_hands_over(&story).await;
    leaving::ownership_moves_before_the_owner_leaves(&story).await;
}
