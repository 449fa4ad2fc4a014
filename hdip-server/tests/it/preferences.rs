//! Terms and notification preferences over HTTP.

use crate::stage::{Answer, Stage, TUESDAY};
use axum::http::Method;
use hdip_core::access::{Role, User};
use serde_json::{Value, json};

async fn put(stage: &Stage, user: &User, items: Value) -> Answer {
    let path = "/v1/me/notification-preferences";
    stage.call(user, Method::PUT, path, json!({ "items": items })).await
}

#[tokio::test]
async fn the_terms_in_force_are_shown_and_accepted() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let me = stage.get(&owner, "/v1/me").await.is(200).json();
    assert_eq!(me["terms"], json!({"audience": "client_users", "version": "2026-01"}));
    let wrong = stage.post(&owner, "/v1/me/terms", json!({"version": "2025-01"})).await;
    let wrong = wrong.refused(422, "invalid_fields").json();
    assert_eq!(
        (&wrong["errors"][0]["field"], &wrong["errors"][0]["code"]),
        (&json!("version"), &json!("not_in_force"))
    );
    for _ in 0..2 {
        let me = stage.post(&owner, "/v1/me/terms", json!({"version": "2026-01"})).await.is(200).json();
        assert_eq!(me["terms"]["accepted_at"], "2026-01-05T04:30:00Z");
    }
    let path = format!("/v1/audit-entries?subject={}", owner.id);
    let trail = stage.get(&owner, &path).await.is(200).json();
    assert_eq!(trail["items"].as_array().unwrap().len(), 1);
    assert_eq!(trail["items"][0]["action"], "user.accept_terms");

    let ravi = stage.world.interviewer("Ravi", "Asia/Kolkata").await;
    let ravi = stage.user_of_interviewer(&ravi).await;
    assert_eq!(stage.get(&ravi, "/v1/me").await.json()["terms"]["audience"], "interviewers");
    let manager = stage.world.manager.clone();
    assert_eq!(stage.get(&manager, "/v1/me").await.json().get("terms"), None);
    stage.post(&manager, "/v1/me/terms", json!({"version": "2026-01"})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn preferences_are_read_replaced_and_guarded() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = "/v1/me/notification-preferences";
    let all = stage.get(&owner, path).await.is(200);
    assert_eq!(all.header("etag"), "\"0\"");
    let all = all.json()["items"].as_array().unwrap().clone();
    assert!(all.iter().all(|item| item["on"] == true && item["channel"] == "email"), "{all:?}");
    let item = |event: &str, on: bool| json!({"event": event, "channel": "email", "on": on});
    let refused = put(&stage, &owner, json!([item("reminder", false), item("email_changed", false)])).await;
    let refused = refused.refused(422, "invalid_fields").json();
    let errors = refused["errors"].as_array().unwrap();
    let errors: Vec<_> = errors.iter().map(|error| (&error["field"], &error["code"])).collect();
    assert_eq!(
        errors,
        [(&json!("items[0].event"), &json!("unknown_event")), (&json!("items[1].on"), &json!("always_on"))]
    );
    let changed = put(&stage, &owner, json!([item("nobody_accepted", false)])).await.is(200);
    assert_eq!(changed.header("etag"), "\"1\"");
    let off = |answer: &Answer| -> Vec<Value> {
        let items = answer.json()["items"].as_array().unwrap().clone();
        items.into_iter().filter(|item| item["on"] == false).map(|item| item["event"].clone()).collect()
    };
    assert_eq!(off(&changed), ["nobody_accepted"]);
    assert_eq!(off(&put(&stage, &owner, json!([])).await.is(200)), [""; 0]);
    let recruiter = stage.user(Role::ClientRecruiter, "rita").await;
    put(&stage, &recruiter, json!([item("interview_confirmed", false)])).await.is(200);
    assert_eq!(off(&stage.get(&owner, path).await), [""; 0], "each has one's own");
}

#[tokio::test]
async fn what_was_switched_off_is_not_mailed() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let items = json!([{"event": "interview_confirmed", "channel": "email", "on": false}]);
    put(&stage, &owner, items).await.is(200);
    let application = stage.application("Asha Rao").await;
    stage.confirmed(&application, TUESDAY).await;
    let kinds =
        async |to: &str| -> Vec<String> { stage.mails(to).await.into_iter().map(|mail| mail.kind).collect() };
    assert_eq!(kinds("omar@acme.example").await, [""; 0]);
    assert_eq!(kinds("mira@hdip.example").await, ["interview_confirmed"]);
}
