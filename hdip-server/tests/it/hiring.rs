//! Jobs, candidates and applications through the API.

use crate::stage::{Answer, Stage, TUESDAY};
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::User;
use hdip_core::hiring::Candidate;
use serde_json::{Value, json};

fn job() -> Value {
    json!({
        "title": "Backend Engineer",
        "experience_min_months": 24,
        "experience_max_months": 96,
        "specialisation": "backend",
        "mandatory_skills": ["Rust", "Postgres"],
        "rounds": [{"name": "Technical", "duration_minutes": 60, "guidelines": "Ask about locks."}]
    })
}

fn person(job_id: impl ToString, name: &str) -> Value {
    json!({
        "job_id": job_id.to_string(),
        "name": name,
        "email": format!("{}@mail.example", name.to_lowercase().replace(' ', ".")),
        "experience_months": 60
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// `field:code` of every complaint.
fn complaints(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors.map(|e| format!("{}:{}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
}

async fn patch(stage: &Stage, user: &User, path: &str, etag: &str, body: Value) -> Answer {
    let token = stage.token(user).await;
    let request = Request::patch(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, etag);
    stage.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_job_is_opened_read_changed_and_archived() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let made = stage.call_under(&owner, Some("job-1"), Method::POST, "/v1/jobs", job()).await.is(201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/jobs/{id}");
    assert_eq!((made.header("location"), made.header("etag")), (&*path, "\"1\""));
    assert_eq!(made.json()["mandatory_skills"], json!(["postgresql", "rust"]));
    let again = stage.call_under(&owner, Some("job-1"), Method::POST, "/v1/jobs", job()).await.is(201);
    assert_eq!((again.header("idempotent-replayed"), &again.json()["id"]), ("true", &json!(id)));
    let other = with(job(), "title", json!("Other"));
    stage
        .call_under(&owner, Some("job-1"), Method::POST, "/v1/jobs", other)
        .await
        .refused(422, "idempotency_mismatch");

    let change = json!({"title": "Rust Engineer", "department": "Payments", "external_id": "REQ-1"});
    let changed = patch(&stage, &owner, &path, "\"1\"", change.clone()).await.is(200);
    assert_eq!((changed.header("etag"), &changed.json()["department"]), ("\"2\"", &json!("Payments")));
    patch(&stage, &owner, &path, "\"1\"", change).await.refused(412, "stale");
    patch(&stage, &owner, &path, "two", json!({})).await.refused(422, "invalid_fields");
    let emptied = patch(&stage, &owner, &path, "*", json!({"department": null})).await.is(200).json();
    assert!(emptied.get("department").is_none() && emptied["external_id"] == "REQ-1", "{emptied}");

    let rounds = format!("{path}/rounds");
    let round = stage.post(&owner, &rounds, json!({"name": "Design", "duration_minutes": 90})).await.is(201);
    assert_eq!(round.json()["position"], 2);
    let round_path = round.header("location").to_owned();
    assert_eq!(stage.get(&owner, &round_path).await.is(200).header("etag"), "\"1\"");
    let renamed = patch(&stage, &owner, &round_path, "\"1\"", json!({"name": "System design"})).await.is(200);
    assert_eq!(renamed.json()["name"], "System design");
    let bad = patch(&stage, &owner, &round_path, "*", json!({"duration_minutes": 40})).await.is(422);
    assert_eq!(complaints(&bad), ["duration_minutes:unknown_duration"]);
    assert_eq!(stage.get(&owner, &rounds).await.is(200).json()["items"].as_array().unwrap().len(), 2);

    let found = stage.get(&owner, "/v1/jobs?status=open&external_id=REQ-1").await.is(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let unknown = stage.get(&owner, "/v1/jobs?status=closed").await.is(422);
    assert_eq!(complaints(&unknown), ["status:unknown_value"]);

    let archive = format!("{path}/archive");
    stage.post(&owner, "/v1/applications", person(&id, "Asha Rao")).await.is(201);
    stage.post(&owner, &archive, json!({})).await.refused(409, "job_has_open_applications");
    let done = stage.post(&owner, &archive, json!({"mode": "cancel"})).await.is(200).json();
    assert_eq!(done, json!({"dropped": 1, "still_running": 0}));
    stage.post(&owner, "/v1/applications", person(&id, "Ravi Roy")).await.refused(409, "job_archived");
    stage.post(&owner, &format!("{path}/reopen"), Value::Null).await.is(200);
    stage.post(&owner, "/v1/applications", person(&id, "Ravi Roy")).await.is(201);
    let catalogue = stage.get(&owner, "/v1/specialisations").await.is(200).json();
    assert_eq!(
        (&catalogue["items"][3]["slug"], &catalogue["items"][3]["name"]),
        (&json!("ai_ml"), &json!("AI/ML"))
    );
}

#[tokio::test]
async fn a_candidate_is_submitted_once_however_often_it_is_sent() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let asha = with(person(stage.round.job_id, "Asha Rao"), "ats_reference", json!("ATS-1"));
    let made = stage.post(&owner, "/v1/applications", asha.clone()).await.is(201);
    let body = made.json();
    assert_eq!((&body["created"], &body["warnings"]), (&json!(true), &json!([])));
    let application = &body["application"];
    assert_eq!(application["job_title"], "Backend Engineer");
    assert_eq!(application["round_name"], "Technical");
    assert_eq!((&application["status"], &application["source"]), (&json!("to_schedule"), &json!("internal")));
    assert!(application.get("client_brand").is_none());
    let path = made.header("location").to_owned();

    let again = stage.post(&owner, "/v1/applications", asha.clone()).await.is(200).json();
    assert_eq!((&again["created"], &again["application"]["id"]), (&json!(false), &application["id"]));
    let other = with(person(stage.round.job_id, "Ravi Roy"), "ats_reference", json!("ATS-1"));
    stage.post(&owner, "/v1/applications", other).await.refused(409, "reference_in_use");
    let twice = person(stage.round.job_id, "Asha Rao");
    stage.post(&owner, "/v1/applications", twice).await.refused(409, "already_submitted");

    let operators = stage.get(&stage.world.manager, &path).await.is(200).json();
    assert_eq!(operators["client_brand"], "Acme");
    let listed = stage.get(&owner, "/v1/applications?ats_reference=ATS-1").await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    stage.post(&owner, &format!("{path}/put-on-hold"), Value::Null).await.is(200);
    let resumed = stage.post(&owner, &format!("{path}/resume"), Value::Null).await.is(200).json();
    assert_eq!(resumed["status"], "to_schedule");
    let unknown = stage.post(&owner, &format!("{path}/drop"), json!({"reason": "tired"})).await.is(422);
    assert_eq!(complaints(&unknown), ["reason:unknown_value"]);
    let dropped =
        stage.post(&owner, &format!("{path}/drop"), json!({"reason": "not_responding"})).await.is(200).json();
    assert_eq!((&dropped["status"], &dropped["drop_reason"]), (&json!("dropped"), &json!("not_responding")));
    stage
        .post(&owner, &format!("{path}/drop"), json!({"reason": "other"}))
        .await
        .refused(409, "wrong_application_status");
}

#[tokio::test]
async fn two_submissions_of_one_person_at_once_have_one_winner() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let asha = person(stage.round.job_id, "Asha Rao");
    let (one, two, three) = tokio::join!(
        stage.post(&owner, "/v1/applications", asha.clone()),
        stage.post(&owner, "/v1/applications", asha.clone()),
        stage.post(&owner, "/v1/applications", asha.clone()),
    );
    let mut statuses = [one, two, three].map(|answer| answer.status.as_u16());
    statuses.sort();
    assert_eq!(statuses, [201, 409, 409]);
}

#[tokio::test]
async fn bad_input_is_refused_by_field() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let asha = || person(stage.round.job_id, "Asha Rao");
    for (body, said) in [
        (with(asha(), "zone", json!("Mars/Base")), "zone:unknown_zone"),
        (with(asha(), "email", json!("nobody")), "email:invalid_email"),
        (with(asha(), "phone", json!("98765")), "phone:invalid_phone"),
        (with(asha(), "name", json!("")), "name:required"),
        (with(asha(), "name", json!("Asha\nBcc: x")), "name:line_break"),
        (with(asha(), "name", json!(7)), "name:invalid_type"),
        (with(asha(), "experience_months", json!(-1)), "experience_months:invalid_value"),
        (with(asha(), "experience_months", json!(6.5)), "experience_months:invalid_type"),
        (with(asha(), "experience_months", json!(100000)), "experience_months:out_of_range"),
        (with(asha(), "favourite_colour", json!("red")), "favourite_colour:unknown_field"),
        (with(asha(), "job_id", json!("cand_1")), "job_id:invalid_value"),
        (with(asha(), "gender", json!("x".repeat(41))), "gender:too_long"),
    ] {
        let answer = stage.post(&owner, "/v1/applications", body.clone()).await.is(422);
        let got = complaints(&answer);
        assert!(
            got.iter().any(|got| got == said || got.split(':').next() == said.split(':').next()),
            "{body}: {got:?}"
        );
    }
    let mut missing = asha();
    missing.as_object_mut().unwrap().remove("email");
    assert_eq!(
        complaints(&stage.post(&owner, "/v1/applications", missing).await.is(422)),
        ["email:required"]
    );
    let huge = with(asha(), "remark", json!("x".repeat(1_100_000)));
    stage.post(&owner, "/v1/applications", huge).await.refused(413, "body_too_large");
    let both = with(job(), "experience_max_months", json!(12));
    let both = with(both, "rounds", json!([{"name": "x", "duration_minutes": 61}]));
    let said = complaints(&stage.post(&owner, "/v1/jobs", both).await.is(422));
    assert_eq!(said, ["rounds[0].duration_minutes:unknown_duration", "experience_max_months:below_minimum"]);
    let operator = stage.world.manager.clone();
    let said = complaints(&stage.post(&operator, "/v1/jobs", job()).await.is(422));
    assert_eq!(said, ["client_id:required"]);
}

#[tokio::test]
async fn names_and_addresses_are_kept_as_they_are() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    for (name, address) in [
        ("Robert'); DROP TABLE candidates;--", "bobby@tables.example"),
        ("आशा राव", "आशा@मेल.example"),
        ("José 🚀 O’Neil", "josé@bücher.example"),
    ] {
        let body = with(with(person(stage.round.job_id, "x"), "name", json!(name)), "email", json!(address));
        let made = stage.post(&owner, "/v1/applications", body).await.is(201).json();
        let id = made["application"]["candidate_id"].as_str().unwrap();
        let read = stage.get(&owner, &format!("/v1/candidates/{id}")).await.is(200).json();
        assert_eq!((&read["name"], &read["email"]), (&json!(name), &json!(address)));
        let stored: Candidate = stage.world.get(id).await;
        assert_eq!(stored.name, name);
    }
    let by_prefix = stage.get(&owner, "/v1/candidates?name=robert%27)%3B").await.is(200).json();
    assert_eq!(by_prefix["items"].as_array().unwrap().len(), 1);
    let wildcard = stage.get(&owner, "/v1/candidates?name=%25").await.is(200).json();
    assert_eq!(wildcard["items"], json!([]), "a percent sign is a percent sign");
}

#[tokio::test]
async fn candidates_are_added_listed_and_changed() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let body = json!({"name": "Asha Rao", "email": "Asha@mail.example", "experience_months": 60, "phone": "+91 98765 43210"});
    let made = stage.post(&owner, "/v1/candidates", body).await.is(201);
    let path = made.header("location").to_owned();
    assert_eq!(
        (&made.json()["phone"], &made.json()["zone"]),
        (&json!("+919876543210"), &json!("Asia/Kolkata"))
    );
    let found = stage.get(&owner, "/v1/candidates?email=ASHA@mail.example").await.is(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let changed =
        patch(&stage, &owner, &path, "\"1\"", json!({"phone": null, "designation": "Lead"})).await.is(200);
    assert!(changed.json().get("phone").is_none() && changed.json()["designation"] == "Lead");
    patch(&stage, &owner, &path, "\"1\"", json!({"designation": "CTO"})).await.refused(412, "stale");
    assert_eq!(
        complaints(&stage.get(&owner, "/v1/candidates?email=nobody").await.is(422)),
        ["email:invalid_email"]
    );
}

#[tokio::test]
async fn foreign_ids_are_as_if_they_did_not_exist() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let stranger = stage.stranger().await;
    let made =
        stage.post(&owner, "/v1/applications", person(stage.round.job_id, "Asha Rao")).await.is(201).json();
    let (job_id, round_id) = (stage.round.job_id, stage.round.id);
    let application = made["application"]["id"].as_str().unwrap();
    let candidate = made["application"]["candidate_id"].as_str().unwrap();
    for path in [
        format!("/v1/jobs/{job_id}"),
        format!("/v1/jobs/{job_id}/rounds"),
        format!("/v1/jobs/{job_id}/rounds/{round_id}"),
        format!("/v1/candidates/{candidate}"),
        format!("/v1/applications/{application}"),
        "/v1/jobs/job_00000000000000000000000000".into(),
        "/v1/jobs/nonsense".into(),
    ] {
        stage.get(&stranger, &path).await.refused(404, "not_found");
    }
    for (path, body) in [
        (format!("/v1/jobs/{job_id}/archive"), json!({})),
        (format!("/v1/jobs/{job_id}/reopen"), Value::Null),
        (format!("/v1/jobs/{job_id}/rounds"), json!({"name": "x", "duration_minutes": 30})),
        (format!("/v1/applications/{application}/drop"), json!({"reason": "other"})),
        (format!("/v1/applications/{application}/put-on-hold"), Value::Null),
        (format!("/v1/applications/{application}/resume"), Value::Null),
        ("/v1/applications".into(), person(job_id, "Ravi Roy")),
    ] {
        stage.post(&stranger, &path, body).await.refused(404, "not_found");
    }
    for path in ["/v1/jobs", "/v1/candidates", "/v1/applications"] {
        assert_eq!(stage.get(&stranger, path).await.is(200).json()["items"], json!([]));
        stage.open(Method::GET, path, Value::Null).await.refused(401, "unauthenticated");
    }
    stage.get(&owner, &format!("/v1/applications?cursor={candidate}")).await.refused(422, "invalid_cursor");
}

#[tokio::test]
async fn an_agency_gets_fewer_fields_and_no_hints() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let agency = stage.world.agency("Best Hires").await;
    let agent = stage.world.agency_user(&agency, "agnes@best.example").await;
    let job_path = format!("/v1/jobs/{}", stage.round.job_id);
    stage.get(&agent, &job_path).await.refused(404, "not_found");
    patch(&stage, &owner, &job_path, "*", json!({"recruiter_ids": [agent.id]})).await.is(200);
    let seen = stage.get(&agent, &job_path).await.is(200);
    assert_eq!(seen.header("etag"), "");
    for hidden in ["client_id", "recruiter_ids", "hiring_manager_id", "recommended_score"] {
        assert!(seen.json().get(hidden).is_none(), "{hidden}");
    }
    stage.post(&owner, "/v1/applications", person(stage.round.job_id, "Asha Rao")).await.is(201);
    let refused = stage.post(&agent, "/v1/applications", person(stage.round.job_id, "Asha Rao")).await;
    assert_eq!(refused.refused(409, "already_submitted").json().get("errors"), None);
    let remarked = with(person(stage.round.job_id, "Bela Bose"), "remark", json!("knows the CEO"));
    let made = stage.post(&agent, "/v1/applications", remarked).await.is(201).json();
    for hidden in ["remark", "source", "recruiter_id", "agency_id", "agency_name", "client_id"] {
        assert!(made["application"].get(hidden).is_none(), "{hidden}");
    }
    let listed = stage.get(&agent, "/v1/applications").await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let rounds = stage.get(&agent, &format!("{job_path}/rounds")).await.is(200).json();
    assert!(rounds["items"][0].get("guidelines").is_none());
    patch(&stage, &agent, &job_path, "*", json!({"title": "x"})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn lists_go_on_where_the_last_page_ended() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    for i in 0..5 {
        let body = person(stage.round.job_id, &format!("Asha {i}"));
        stage.post(&owner, "/v1/applications", body).await.is(201);
    }
    let (mut path, mut names) = ("/v1/applications?limit=2".to_owned(), Vec::new());
    loop {
        let page = stage.get(&owner, &path).await.is(200).json();
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|a| a["candidate_name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/applications?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["Asha 4", "Asha 3", "Asha 2", "Asha 1", "Asha 0"]);
    stage.get(&owner, "/v1/applications?limit=0").await.refused(422, "invalid_fields");
}

#[tokio::test]
async fn dropping_a_confirmed_candidate_calls_the_interview_off() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let application = stage.application("Asha Rao").await;
    let (interview, _) = stage.confirmed(&application, "2026-01-06T09:30:00Z").await;
    stage.at(TUESDAY);
    let drop = format!("/v1/applications/{}/drop", application.id);
    stage.at("2026-01-06T08:00:00Z");
    stage.post(&owner, &drop, json!({"reason": "other"})).await.refused(409, "late_change_not_confirmed");
    stage.post(&owner, &drop, json!({"reason": "other", "late_ok": true})).await.is(200);
    stage.drain().await;
    let view = stage.get(&owner, &format!("/v1/interviews/{interview}")).await.is(200).json();
    assert_eq!(view["state"], "cancelled");
    assert_eq!(stage.mails("asha.rao@mail.example").await[0].kind, "interview_cancelled");
}

#[tokio::test]
async fn a_name_prefix_longer_than_any_name_is_refused() {
    let stage = Stage::new().await;
    let long = "_".repeat(30_000);
    let owner = stage.world.owner.clone();
    let answer = stage.get(&owner, &format!("/v1/candidates?name={long}")).await;
    answer.refused(422, "invalid_fields");
}
