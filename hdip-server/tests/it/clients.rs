//! Clients, policies, pay tables, the feed, the audit trail, background jobs over HTTP.

use crate::stage::Stage;
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::Role;
use serde_json::{Value, json};

fn zeta() -> Value {
    json!({
        "legal_name": "Zeta GmbH", "brand": "Zeta", "country": "DE", "level": 2, "zone": "Europe/Berlin", "currency": "USD",
        "contacts": [{"name": "Zoe Zeta", "email": "zoe@zeta.example"}]
    })
}

#[tokio::test]
async fn a_client_is_made_once_under_a_key() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let make = || stage.call_under(&operator, Some("zeta"), Method::POST, "/v1/clients", zeta());
    let (first, again) = tokio::join!(make(), make());
    assert_eq!(first.json()["id"], again.json()["id"], "a racing twin gets the same answer");
    let replayed = [first.header("idempotent-replayed"), again.header("idempotent-replayed")];
    assert_eq!(replayed.iter().filter(|value| **value == "true").count(), 1);
    let client = first.is(201).json();
    assert_eq!(client["agreement"]["prices_minor"], json!([10000, 12000, 12800, 14400, 18000]));
    assert_eq!(stage.get(&operator, "/v1/clients").await.json()["items"].as_array().unwrap().len(), 2);
    stage.post(&stage.world.owner, "/v1/clients", zeta()).await.refused(403, "forbidden");
}

#[tokio::test]
async fn another_tenants_client_answers_like_none() {
    let stage = Stage::new().await;
    let stranger = stage.stranger().await;
    let theirs = stage.world.client.id.to_string();
    let none = stranger.client_id.unwrap().to_string().replace(|c: char| c.is_ascii_digit(), "0");
    let none = if none == theirs { unreachable!() } else { none };
    for path in ["", "/policy", "/api-keys"] {
        let foreign = stage
            .get(&stranger, &format!("/v1/clients/{theirs}{path}"))
            .await
            .refused(404, "not_found")
            .json();
        let missing =
            stage.get(&stranger, &format!("/v1/clients/{none}{path}")).await.refused(404, "not_found").json();
        assert_eq!(foreign["detail"], missing["detail"]);
    }
    let patch = json!({"brand": "Stolen"});
    let path = format!("/v1/clients/{theirs}");
    stage.call(&stranger, Method::PATCH, &path, patch).await.refused(404, "not_found");
    stage.get(&stranger, &format!("/v1/events?client_id={theirs}")).await.refused(404, "not_found");
    stage.get(&stranger, &format!("/v1/users?client_id={theirs}")).await.refused(404, "not_found");
    let audit = stage.get(&stranger, &format!("/v1/audit-entries?subject={theirs}")).await.is(200).json();
    assert_eq!(audit["items"], json!([]));
}

#[tokio::test]
async fn an_edit_on_an_old_version_is_refused() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}", stage.world.client.id);
    let etag = stage.get(&owner, &path).await.is(200).header("etag").to_owned();
    let edit = |etag: String, brand: &'static str| {
        let (stage, owner, path) = (&stage, &owner, &path);
        async move {
            let request = Request::patch(path)
                .header(header::AUTHORIZATION, format!("Bearer {}", stage.token(owner).await))
                .header(header::IF_MATCH, etag)
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json!({ "brand": brand }).to_string()));
            stage.send(request.unwrap()).await
        }
    };
    let after = edit(etag.clone(), "Acme A").await.is(200);
    assert_ne!(after.header("etag"), etag);
    edit(etag, "Acme B").await.refused(412, "stale");
    edit("three".into(), "Acme B").await.refused(422, "invalid_fields");
    edit("*".into(), "Acme C").await.is(200);
    stage.call(&owner, Method::PATCH, &path, json!({"level": 3})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn amounts_are_only_for_those_who_see_them() {
    let stage = Stage::new().await;
    let path = format!("/v1/clients/{}", stage.world.client.id);
    let policy = format!("{path}/policy");
    for (role, sees) in
        [(Role::ClientOwner, true), (Role::ClientAdmin, false), (Role::ClientRecruiter, false)]
    {
        let user = stage.user(role, role.as_str()).await;
        let client = stage.get(&user, &path).await.is(200);
        assert_eq!(client.json().get("agreement").is_some(), sees);
        assert_eq!(client.body.contains("_minor"), sees, "{}", client.body);
        let policy = stage.get(&user, &policy).await.is(200);
        assert_eq!(policy.body.contains("_minor"), sees);
        assert!(!policy.body.contains("feedback_deductions"), "what interviewers lose is not for clients");
    }
    for role in [Role::AgencyUser, Role::Interviewer] {
        let mut user = stage.user(role, role.as_str()).await;
        user.agency_id = Some(stage.world.agency(role.as_str()).await.id);
        user.version = 1;
        stage.world.put(&user).await;
        stage.get(&user, &path).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn policy_prices_and_pay_are_set_by_the_operator() {
    let stage = Stage::new().await;
    let (operator, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    let client = format!("/v1/clients/{}", stage.world.client.id);
    let policy = format!("{client}/policy");
    let changed = stage.call(&operator, Method::PATCH, &policy, json!({"calls": 1})).await.is(200).json();
    assert_eq!((&changed["in_force"]["calls"], &changed["overrides"]), (&json!(1), &json!({"calls": 1})));
    let refused = stage.call(&operator, Method::PATCH, &policy, json!({"buffer_minutes": 7})).await;
    assert_eq!(refused.refused(422, "invalid_fields").json()["errors"][0]["field"], "buffer_minutes");
    stage.call(&owner, Method::PATCH, &policy, json!({})).await.refused(403, "forbidden");
    stage.get(&owner, "/v1/policy").await.refused(403, "forbidden");
    stage.get(&operator, "/v1/policy").await.is(200);

    let prices = json!({"prices_minor": [1, 2, 3, 4, 5], "effective_from": "2026-01-05"});
    stage.post(&operator, &format!("{client}/agreements"), prices).await.is(201);
    let agreement = stage.get(&owner, &client).await.json()["agreement"].clone();
    assert_eq!(agreement["prices_minor"], json!([1, 2, 3, 4, 5]));

    let pay = json!({"pay_minor": [1, 2, 3, 4], "late_minor": 1, "effective_from": "2026-02-01"});
    stage.post(&operator, "/v1/pay-tables/EUR", pay.clone()).await.is(201);
    stage.get(&operator, "/v1/pay-tables/EUR").await.refused(404, "not_found");
    stage.get(&operator, "/v1/pay-tables/EUR?on=2026-02-01").await.is(200);
    stage.post(&operator, "/v1/pay-tables/DOGE", pay).await.refused(422, "invalid_fields");
    stage.get(&owner, "/v1/pay-tables/INR").await.refused(403, "forbidden");
}

#[tokio::test]
async fn the_feed_goes_on_from_its_cursor() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}", stage.world.client.id);
    for brand in ["A", "B", "C"] {
        stage.call(&owner, Method::PATCH, &path, json!({ "brand": brand })).await.is(200);
    }
    let first = stage.get(&owner, "/v1/events?limit=2").await.is(200).json();
    assert_eq!((first["items"].as_array().unwrap().len(), &first["more"]), (2, &json!(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = stage.get(&owner, &format!("/v1/events?cursor={cursor}")).await.is(200).json();
    assert_eq!(
        (&rest["items"][0]["position"], &rest["more"], &rest["next_cursor"]),
        (&json!(3), &json!(false), &json!("3"))
    );
    for cursor in ["-1", "x", "clnt_1"] {
        stage.get(&owner, &format!("/v1/events?cursor={cursor}")).await.refused(422, "invalid_cursor");
    }
    let audit = stage
        .get(&owner, &format!("/v1/audit-entries?subject={}", stage.world.client.id))
        .await
        .is(200)
        .json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 3);
    assert_eq!(audit["items"][0]["changes"], json!({"fields": ["brand"]}));
}

#[tokio::test]
async fn background_jobs_are_the_operators() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let application = stage.application("Asha Rao").await;
    stage
        .post(
            &stage.world.owner,
            &format!("/v1/applications/{}/scheduling-link", application.id),
            Value::Null,
        )
        .await
        .is(202);
    let jobs = stage.get(&operator, "/v1/background-jobs?state=queued").await.is(200).json();
    let id = jobs["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(jobs["items"][0]["kind"], "send_mail");
    let retry = format!("/v1/background-jobs/{id}/retry");
    stage.post(&operator, &retry, Value::Null).await.refused(404, "not_found");
    stage.post(&stage.world.owner, &retry, Value::Null).await.refused(403, "forbidden");
    stage.get(&stage.world.owner, "/v1/background-jobs").await.refused(403, "forbidden");
}
