//! Interviewers and their times through the API.

use crate::stage::{Answer, Stage};
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::User;
use serde_json::{Value, json};

fn new() -> Value {
    json!({
        "name": "Ravi Kumar",
        "email": "ravi@interviewers.example",
        "country": "IN",
        "zone": "Asia/Kolkata",
        "level": 2,
        "specialisations": ["backend"],
        "skills": ["Golang", "Rust"],
        "experience_months": 120,
        "pay_currency": "INR",
        "password": "correct horse battery"
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

async fn edit(stage: &Stage, user: &User, method: Method, path: &str, etag: &str, body: Value) -> Answer {
    let token = stage.token(user).await;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, etag);
    stage.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn an_interviewer_is_entered_signs_in_and_climbs() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let made = stage.post(&operator, "/v1/interviewers", new()).await.is(201);
    let path = made.header("location").to_owned();
    assert_eq!(made.json()["status"], "invited");
    assert_eq!(made.json()["skills"], json!(["go", "rust"]));
    assert!(!made.body.contains("correct horse"));
    stage.post(&operator, "/v1/interviewers", new()).await.refused(409, "email_taken");
    let credentials = json!({"email": "ravi@interviewers.example", "password": "correct horse battery"});
    let signed_in = stage.open(Method::POST, "/v1/auth/sign-in", credentials).await.is(200).json();
    assert!(signed_in["access_token"].is_string());

    let status = format!("{path}/status");
    stage
        .post(&operator, &status, json!({"status": "mentor"}))
        .await
        .refused(409, "wrong_interviewer_status");
    let done = stage.post(&operator, &status, json!({"status": "certified"})).await.is(200).json();
    assert_eq!(done["interviewer"]["status"], "certified");
    let said = complaints(&stage.post(&operator, &status, json!({"status": "left"})).await.is(422));
    assert_eq!(said, ["reason:required"]);
    let listed =
        stage.get(&operator, "/v1/interviewers?status=certified&specialisation=backend").await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        complaints(&stage.get(&operator, "/v1/interviewers?status=gone").await.is(422)),
        ["status:unknown_value"]
    );
    stage.get(&stage.world.owner, "/v1/interviewers").await.refused(403, "forbidden");
    stage.get(&stage.world.owner, &path).await.refused(403, "forbidden");
}

#[tokio::test]
async fn bad_interviewers_are_refused_by_field() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    for (field, value, said) in [
        ("zone", json!("Asia/Nowhere"), "zone:unknown_zone"),
        ("country", json!("India"), "country:invalid_country"),
        ("level", json!(4), "level:out_of_range"),
        ("specialisations", json!(["magic"]), "specialisations[0]:unknown_specialisation"),
        ("skills", json!([]), "skills:required"),
        ("pay_currency", json!("XAU"), "pay_currency:unknown_currency"),
        ("minimum_gap_minutes", json!(7), "minimum_gap_minutes:not_multiple_of_5"),
        ("password", json!("short"), "password:too_short"),
        ("password", json!("Password123"), "password:password_common"),
        ("rating", json!(5), "rating:unknown_field"),
    ] {
        let answer = stage.post(&operator, "/v1/interviewers", with(new(), field, value)).await.is(422);
        assert_eq!(complaints(&answer), [said]);
    }
}

#[tokio::test]
async fn an_interviewer_keeps_itself_and_nobody_else() {
    let stage = Stage::new().await;
    let [ravi, lena] = stage.interviewers().await;
    let me = stage.user_of_interviewer(&ravi).await;
    let path = format!("/v1/interviewers/{}", ravi.id);
    let seen = stage.get(&me, &path).await.is(200);
    assert!(seen.json().get("level").is_none() && seen.json().get("rating_hundredths").is_none());
    let etag = seen.header("etag").to_owned();
    let moved =
        edit(&stage, &me, Method::PATCH, &path, &etag, json!({"weekly_cap": 3, "phone": null})).await.is(200);
    assert_eq!(moved.json()["weekly_cap"], 3);
    edit(&stage, &me, Method::PATCH, &path, &etag, json!({"weekly_cap": 4})).await.refused(412, "stale");
    let climb = edit(&stage, &me, Method::PATCH, &path, "*", json!({"level": 3})).await.is(422);
    assert_eq!(complaints(&climb), ["level:operator_only"]);
    let other = format!("/v1/interviewers/{}", lena.id);
    stage.get(&me, &other).await.refused(404, "not_found");
    stage.get(&me, &format!("{other}/availability")).await.refused(404, "not_found");
    stage.get(&me, &format!("{other}/busy-times")).await.refused(404, "not_found");
    edit(&stage, &me, Method::PATCH, &other, "*", json!({"weekly_cap": 1})).await.refused(404, "not_found");
    let rule = json!({"kind": "blackout", "start": "2026-01-06T00:00:00Z", "end": "2026-01-07T00:00:00Z"});
    stage.post(&me, &format!("{other}/availability"), rule).await.refused(404, "not_found");
    stage.post(&me, &format!("{path}/status"), json!({"status": "mentor"})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn times_that_cannot_be_meant_are_refused_by_field() {
    let stage = Stage::new().await;
    let [ravi, _] = stage.interviewers().await;
    let me = stage.user_of_interviewer(&ravi).await;
    let path = format!("/v1/interviewers/{}/availability", ravi.id);
    let rule = || json!({"kind": "rule", "rrule": "FREQ=WEEKLY;BYDAY=MO", "first_day": "2026-01-05", "local_start": "09:00", "duration_minutes": 120});
    let window = || json!({"kind": "window", "start": "2026-02-01T10:00:00Z", "end": "2026-02-01T12:00:00Z"});
    for (body, said) in [
        (with(rule(), "rrule", json!("FREQ=SECONDLY")), "rrule:invalid_rrule"),
        (with(rule(), "first_day", json!("2026-02-29")), "first_day:invalid_date"),
        (with(rule(), "local_start", json!("24:00")), "local_start:invalid_time"),
        (with(rule(), "local_start", json!("09:00:01")), "local_start:invalid_time"),
        (with(rule(), "duration_minutes", json!(1441)), "duration_minutes:out_of_range"),
        (with(rule(), "local_start", Value::Null), "local_start:required"),
        (with(rule(), "start", json!("2026-02-01T10:00:00Z")), "start:not_for_kind"),
        (with(rule(), "kind", json!("sometimes")), "kind:unknown_value"),
        (with(window(), "end", json!("2026-02-01T10:00:00Z")), "end:end_before_start"),
        (with(window(), "end", json!("2026-02-01T09:00:00Z")), "end:end_before_start"),
        (with(window(), "end", json!("2026-04-01T09:00:00Z")), "end:too_long"),
        (with(window(), "start", json!("2026-02-01T10:02:00Z")), "start:not_multiple_of_5"),
        (with(window(), "start", json!("tomorrow")), "start:invalid_time"),
        (with(window(), "rrule", json!("FREQ=DAILY")), "rrule:not_for_kind"),
    ] {
        let answer = stage.post(&me, &path, body.clone()).await.is(422);
        assert_eq!(complaints(&answer)[0], said, "{body}");
    }
}

#[tokio::test]
async fn times_are_added_replaced_and_deleted() {
    let stage = Stage::new().await;
    let [ravi, _] = stage.interviewers().await;
    let me = stage.user_of_interviewer(&ravi).await;
    let path = format!("/v1/interviewers/{}/availability", ravi.id);
    let rule = json!({
        "kind": "rule", "rrule": "FREQ=WEEKLY;BYDAY=MO,WE", "first_day": "2028-02-29", "local_start": "09:30",
        "duration_minutes": 180, "exceptions": ["2028-03-01"], "note": "Mornings"
    });
    let made = stage.post(&me, &path, rule.clone()).await.is(201);
    let entry = made.header("location").to_owned();
    for (field, value) in rule.as_object().unwrap() {
        assert_eq!(&made.json()[field], value, "{field}");
    }
    let window =
        json!({"kind": "window", "start": "2026-02-01T10:00:00+05:30", "end": "2026-02-01T12:00:00+05:30"});
    let put = edit(&stage, &me, Method::PUT, &entry, "\"1\"", window.clone()).await.is(200);
    assert_eq!(
        (&put.json()["kind"], &put.json()["start"]),
        (&json!("window"), &json!("2026-02-01T04:30:00Z"))
    );
    assert!(put.json().get("rrule").is_none());
    edit(&stage, &me, Method::PUT, &entry, "\"1\"", window).await.refused(412, "stale");
    assert_eq!(stage.get(&me, &path).await.is(200).json()["items"].as_array().unwrap().len(), 2);
    edit(&stage, &me, Method::DELETE, &entry, "\"1\"", Value::Null).await.refused(412, "stale");
    edit(&stage, &me, Method::DELETE, &entry, "\"2\"", Value::Null).await.is(204);
    stage.get(&me, &entry).await.refused(404, "not_found");

    let busy = format!("/v1/interviewers/{}/busy-times", ravi.id);
    assert_eq!(stage.get(&me, &busy).await.is(200).json(), json!({"busy_times": []}));
    let times = json!({"busy_times": [
        {"start": "2026-01-06T09:00:00Z", "end": "2026-01-06T10:00:00Z"},
        {"start": "2026-01-06T08:30:00Z", "end": "2026-01-06T09:30:00Z"}
    ]});
    let known = stage.call(&stage.world.manager, Method::PUT, &busy, times).await.is(200).json();
    assert_eq!(
        known["busy_times"],
        json!([{"start": "2026-01-06T08:30:00Z", "end": "2026-01-06T10:00:00Z"}])
    );
    let bad = json!({"busy_times": [{"start": "2026-01-06T09:00:00Z", "end": "2026-01-06T09:00:00Z"}]});
    let said = complaints(&stage.call(&me, Method::PUT, &busy, bad).await.is(422));
    assert_eq!(said, ["busy_times[0].end:end_before_start"]);
}

#[tokio::test]
async fn a_suspended_interviewers_interview_finds_somebody_else() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let application = stage.application("Asha Rao").await;
    let (interview, ravi) = stage.confirmed(&application, "2026-01-06T09:30:00Z").await;
    let status = format!("/v1/interviewers/{}/status", ravi.id);
    let suspend = json!({"status": "suspended", "reason": "under review"});
    stage.post(&operator, &status, suspend.clone()).await.refused(409, "has_confirmed_interviews");
    let done = stage
        .post(&operator, &status, with(suspend, "confirmed_interviews", json!("release")))
        .await
        .is(200)
        .json();
    assert_eq!((&done["released"], &done["kept"]), (&json!(1), &json!(0)));
    stage.drain().await;
    assert_eq!(stage.mails("lena@interviewers.example").await[0].kind, "interviewer_invitation");
    let view = stage.get(&stage.world.owner, &format!("/v1/interviews/{interview}")).await.is(200).json();
    assert_eq!(view["state"], "inviting");
}
