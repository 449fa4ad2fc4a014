//! Changing users, and handing over what they work on, over HTTP.

use crate::stage::Stage;
use axum::http::Method;
use hdip_core::access::Role;
use hdip_core::hiring::Application;
use serde_json::{Value, json};

#[tokio::test]
async fn roles_and_limits_are_changed_and_ownership_moves() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let rita = stage.user(Role::ClientRecruiter, "Rita").await;
    let path = format!("/v1/users/{}", rita.id);
    let limited = stage.call(&owner, Method::PATCH, &path, json!({"assigned_jobs_only": true})).await.is(200);
    assert_eq!(limited.json()["assigned_jobs_only"], true);
    let promoted =
        stage.call(&owner, Method::PATCH, &path, json!({"role": "client_admin"})).await.is(200).json();
    assert_eq!((&promoted["role"], &promoted["assigned_jobs_only"]), (&json!("client_admin"), &json!(false)));
    let own = format!("/v1/users/{}", owner.id);
    stage.call(&owner, Method::PATCH, &own, json!({"role": "client_admin"})).await.refused(409, "last_owner");
    stage.call(&owner, Method::PATCH, &own, json!({"role": "interviewer"})).await.refused(409, "role_fixed");
    let stranger = stage.stranger().await;
    stage
        .call(&stranger, Method::PATCH, &path, json!({"role": "client_recruiter"}))
        .await
        .refused(404, "not_found");

    let ownership = format!("/v1/clients/{}/ownership", stage.world.client.id);
    stage.post(&stranger, &ownership, json!({"to": rita.id})).await.refused(404, "not_found");
    let given = stage.post(&owner, &ownership, json!({"to": rita.id})).await.is(200).json();
    assert_eq!((&given["id"], &given["role"]), (&json!(rita.id), &json!("client_owner")));
    assert_eq!(stage.get(&owner, &own).await.is(200).json()["role"], "client_admin");
    stage.post(&owner, &ownership, json!({"to": owner.id})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn who_leaves_is_told_what_to_hand_over() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let (rita, rolf) =
        (stage.user(Role::ClientRecruiter, "Rita").await, stage.user(Role::ClientRecruiter, "Rolf").await);
    let jobs = format!("/v1/users/{}/jobs", rita.id);
    let job = stage.round.job_id;
    let put = stage.post(&owner, &jobs, json!({"add": [job]})).await.is(200).json();
    assert_eq!((&put["items"][0]["job_id"], &put["items"][0]["recruiter"]), (&json!(job), &json!(true)));
    let application = stage.application("Asha Rao").await;
    let application = Application { recruiter_id: Some(rita.id), ..application };
    stage.world.put(&application).await;

    let deactivate = format!("/v1/users/{}/deactivate", rita.id);
    let refused = stage.post(&owner, &deactivate, Value::Null).await.refused(409, "needs_hand_over").json();
    let listed: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].clone()).collect();
    assert_eq!(listed, [json!("recruiter"), json!("application")]);
    assert_eq!(refused["errors"][0]["field"], "reassign_to");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains(&job.to_string()));
    let left = stage.get(&owner, &format!("/v1/users/{}/responsibilities", rita.id)).await.is(200).json();
    assert_eq!((&left["recruiter_on"], &left["applications"]), (&json!([job]), &json!([application.id])));

    let unknown = format!("{deactivate}?reassign_to={}", stage.world.manager.id);
    stage.post(&owner, &unknown, Value::Null).await.refused(422, "invalid_fields");
    let token = stage.token(&rita).await;
    let gone =
        stage.post(&owner, &format!("{deactivate}?reassign_to={}", rolf.id), Value::Null).await.is(200);
    assert_eq!(gone.json()["status"], "deactivated");
    let me = axum::http::Request::get("/v1/me").header("authorization", format!("Bearer {token}"));
    stage.send(me.body(axum::body::Body::empty()).unwrap()).await.is(401);
    let theirs = stage.get(&owner, &format!("/v1/users/{}/jobs", rolf.id)).await.is(200).json();
    assert_eq!(theirs["items"][0]["job_id"], json!(job));
    assert_eq!(stage.world.get::<Application>(application.id).await.recruiter_id, Some(rolf.id));
}

#[tokio::test]
async fn an_account_manager_hands_clients_over() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let nina = stage.user(Role::PlatformAdmin, "Nina").await;
    let deactivate = format!("/v1/users/{}/deactivate", operator.id);
    let refused = stage.post(&nina, &deactivate, Value::Null).await.refused(409, "manages_clients").json();
    assert_eq!(refused["errors"][0]["code"], "account_manager");
    let path = format!("/v1/users/{}/reassign-clients", operator.id);
    stage.post(&stage.world.owner, &path, json!({"to": nina.id})).await.refused(403, "forbidden");
    let client = stage.world.client.id;
    let done = stage
        .call_under(&operator, Some("k"), Method::POST, &path, json!({"to": nina.id, "clients": [client]}))
        .await;
    assert_eq!(done.is(200).json(), json!({"clients": 1}));
    let again = stage
        .call_under(&operator, Some("k"), Method::POST, &path, json!({"to": nina.id, "clients": [client]}))
        .await;
    assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", json!({"clients": 1})));
    let seen = stage.get(&operator, &format!("/v1/clients/{client}")).await.is(200).json();
    assert_eq!(seen["account_manager_id"], json!(nina.id));
    stage.post(&nina, &deactivate, Value::Null).await.is(200);
}
