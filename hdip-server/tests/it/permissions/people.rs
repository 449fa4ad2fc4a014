//! Everybody who may ask: users signed in through the server, keys, holders of links.

use super::around::PICTURE;
use super::cast::{PASSWORD, Person, Things, person, user};
use crate::stage::Stage;
use axum::http::Method;
use hdip_core::access::{ApiKey, KeyScope, LinkPurpose, Role, User};
use hdip_core::scheduling::Interview;
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn bearing(stage: &Stage, bearer: &str, method: Method, path: &str, body: Value) -> Value {
    stage.bearing(Some(bearer), method, path, body).await.is(201).json()
}

pub async fn give_feedback(stage: &Stage, bearer: &str) -> String {
    let body = json!({"kind": "bug", "priority": "low", "text": "It forgets.", "screenshot": PICTURE});
    let made = bearing(stage, bearer, Method::POST, "/v1/product-feedback", body).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// Everybody with an account, and the keys with all scopes and with none.
pub async fn people(stage: &Stage, sets: &BTreeMap<&'static str, Things>) -> Vec<Person> {
    let world = &stage.world;
    let a = &sets["a"];
    let hash = world.get::<User>(world.owner.id).await.password_hash;
    let mut interviewers = Vec::new();
    for (name, key) in [("Ravi User", "interviewer"), ("Lena User", "other_interviewer")] {
        let mut user = user(world, Role::Interviewer, None, name, hash.as_deref()).await;
        user.interviewer_id = Some(a[key].parse().expect("an id"));
        world.put(&user).await;
        interviewers.push(user.id.to_string());
    }
    let mut people = Vec::new();
    for (name, id, own) in [
        ("platform admin", world.manager.id.to_string(), "a"),
        ("platform moderator", a["other_staff"].clone(), "a"),
        ("client owner", a["owner"].clone(), "a"),
        ("client admin", a["admin"].clone(), "a"),
        ("client recruiter", a["recruiter"].clone(), "a"),
        ("recruiter on the job", a["recruiter_on_job"].clone(), "a"),
        ("recruiter on another job", a["recruiter_elsewhere"].clone(), "a"),
        ("agency user, own", a["agency_user"].clone(), "agency"),
        ("agency user, not own", a["agency_user"].clone(), "a"),
        ("interviewer, own", interviewers[0].clone(), "a"),
        ("interviewer, not own", interviewers[1].clone(), "a"),
    ] {
        let user: User = world.get(&id).await;
        let sign_in = json!({"email": user.email, "password": PASSWORD});
        let signed = stage.open(Method::POST, "/v1/auth/sign-in", sign_in.clone()).await.is(200).json();
        // A second one, to be ended.
        let other = stage.open(Method::POST, "/v1/auth/sign-in", sign_in).await.is(200).json();
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        let other = word(&other["refresh_token"]);
        let mut person = person(name, Some(word(&signed["access_token"])), own);
        person.operator = user.role.is_operator();
        person.things.insert("email".into(), user.email.to_string());
        person.things.insert("refresh_token".into(), word(&signed["refresh_token"]));
        person.things.insert("sign_in".into(), other.split('.').next().expect("an id").into());
        people.push(person);
    }
    for (name, none) in [("API key, all scopes", false), ("API key, no scope", true)] {
        let scopes: Vec<&str> = KeyScope::ALL.iter().map(|scope| scope.as_str()).collect();
        people.push(person(name, Some(key(stage, a, &scopes, none).await), "a"));
    }
    people
}

async fn key(stage: &Stage, a: &Things, scopes: &[&str], emptied: bool) -> String {
    let path = format!("/v1/clients/{}/api-keys", a["client"]);
    let body = json!({"name": "ATS", "scopes": scopes});
    let made = stage.post(&stage.world.owner, &path, body).await.is(201).json();
    if emptied {
        let id = made["api_key"]["id"].as_str().expect("an id");
        let mut key: ApiKey = stage.world.get(id).await;
        key.scopes.clear();
        stage.world.put(&key).await;
    }
    made["text"].as_str().expect("a text").to_owned()
}

/// One key per scope.
pub async fn keys(stage: &Stage, a: &Things) -> Vec<Person> {
    let mut keys = Vec::new();
    for scope in KeyScope::ALL {
        keys.push(person(scope.as_str(), Some(key(stage, a, &[scope.as_str()], false).await), "a"));
    }
    keys
}

/// A link of every purpose, and links that are no good.
pub async fn links(stage: &Stage, a: &Things) -> Vec<Person> {
    let world = &stage.world;
    let party = |interview: Interview| (interview.candidate_id, interview.interviewer_id.expect("confirmed"));
    let sure = party(world.get(&a["interview"]).await);
    let running = party(world.get(&a["interview_running"]).await);
    let ended = party(world.get(&a["interview_ended"]).await);
    let done = party(world.get(&a["interview_completed"]).await);
    let away = party(world.get(&a["interview_no_show"]).await);
    let mut links = Vec::new();
    for (name, purpose, subject, party) in [
        ("schedule", LinkPurpose::Schedule, &a["application"], a["candidate"].clone()),
        ("candidate_interview", LinkPurpose::CandidateInterview, &a["interview"], sure.0.to_string()),
        (
            "candidate_interview, running",
            LinkPurpose::CandidateInterview,
            &a["interview_running"],
            running.0.to_string(),
        ),
        (
            "candidate_interview, no-show",
            LinkPurpose::CandidateInterview,
            &a["interview_no_show"],
            away.0.to_string(),
        ),
        ("invitation", LinkPurpose::Invitation, &a["invitation"], a["interviewer"].clone()),
        ("interviewer_interview", LinkPurpose::InterviewerInterview, &a["interview"], sure.1.to_string()),
        (
            "interviewer_interview, running",
            LinkPurpose::InterviewerInterview,
            &a["interview_running"],
            running.1.to_string(),
        ),
        (
            "interviewer_interview, ended",
            LinkPurpose::InterviewerInterview,
            &a["interview_ended"],
            ended.1.to_string(),
        ),
        (
            "interviewer_interview, no-show",
            LinkPurpose::InterviewerInterview,
            &a["interview_no_show"],
            away.1.to_string(),
        ),
        ("rating", LinkPurpose::Rating, &a["interview_completed"], done.0.to_string()),
    ] {
        links.push((name, stage.link(purpose, subject, party).await));
    }
    // Links of users.
    let made = json!({"email": "lia@users.example", "name": "Lia", "role": "client_recruiter"});
    let made = stage.post(&world.owner, "/v1/users", made).await.is(201).json();
    let lia = made["id"].as_str().expect("an id").to_owned();
    let invited = stage.link(LinkPurpose::UserInvitation, &lia, &lia).await;
    let recruiter: User = world.get(&a["recruiter"]).await;
    let ask = json!({"email": recruiter.email});
    stage.open(Method::POST, "/v1/auth/password-reset", ask).await;
    let reset = stage.link(LinkPurpose::PasswordReset, recruiter.id, recruiter.id).await;
    let body = json!({"email": "olga@users.example", "password": PASSWORD});
    let owner: User = world.get(&a["owner"]).await;
    let asked = stage.post(&owner, "/v1/me/email", body).await;
    assert!(asked.status.is_success(), "{}", asked.body);
    let change = world.storage.pending_email_change(owner.id).await.expect("storage").expect("a change");
    let verify = stage.link(LinkPurpose::EmailVerification, change.id, owner.id).await;
    links.extend([("user_invitation", invited), ("password_reset", reset), ("email_verification", verify)]);
    // Tampered with: the MAC of another link.
    let mixed = format!(
        "{}.{}",
        links[0].1.split('.').next().expect("an id"),
        links[1].1.split('.').nth(1).expect("a MAC")
    );
    links.push(("tampered with", mixed));
    links
        .into_iter()
        .map(|(name, token)| {
            let mut person = person(name, None, "a");
            person.things.insert("link".into(), token);
            person
        })
        .collect()
}
