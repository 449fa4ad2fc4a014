//! Signing in, API keys, users over HTTP.

use crate::stage::{Answer, Stage};
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::Role;
use hdip_core::values::{days, minutes};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";

/// A recruiter who can sign in.
async fn recruiter(stage: &Stage) -> Value {
    let body = json!({"email": "rita@acme.example", "name": "Rita", "role": "client_recruiter", "password": PASSWORD});
    stage.post(&stage.world.owner, "/v1/users", body).await.is(201).json()
}

async fn sign_in(stage: &Stage, password: &str) -> Answer {
    let body = json!({"email": "rita@acme.example", "password": password});
    stage.open(Method::POST, "/v1/auth/sign-in", body).await
}

async fn with_token(stage: &Stage, method: Method, path: &str, token: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    stage.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn get(stage: &Stage, path: &str, token: &str) -> Answer {
    with_token(stage, Method::GET, path, token, Value::Null).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

#[tokio::test]
async fn a_user_signs_in_refreshes_and_signs_out() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    let first = sign_in(&stage, PASSWORD).await.is(200).json();
    assert_eq!(first["user"]["role"], "client_recruiter");
    assert!(!first.to_string().contains("password_hash"));
    let me = get(&stage, "/v1/me", text(&first, "access_token")).await.is(200);
    assert_eq!((me.json()["email"].as_str(), me.header("etag")), (Some("rita@acme.example"), "\"1\""));

    stage.clock.advance(minutes(15));
    get(&stage, "/v1/me", text(&first, "access_token")).await.refused(401, "unauthenticated");
    let refresh =
        |token: &str| stage.open(Method::POST, "/v1/auth/refresh", json!({ "refresh_token": token }));
    let second = refresh(text(&first, "refresh_token")).await.is(200).json();
    let token = text(&second, "access_token");
    let listed = get(&stage, "/v1/me/sign-ins", token).await.is(200).json();
    assert_eq!(
        (listed["items"].as_array().unwrap().len(), &listed["items"][0]["current"]),
        (1, &json!(true))
    );
    with_token(&stage, Method::POST, "/v1/auth/sign-out", token, Value::Null).await.is(204);
    get(&stage, "/v1/me", token).await.refused(401, "sign_in_ended");
    refresh(text(&second, "refresh_token")).await.refused(401, "sign_in_ended");
    refresh("nonsense").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_copied_refresh_token_ends_the_sign_in_for_both() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    let first = sign_in(&stage, PASSWORD).await.is(200).json();
    let refresh =
        |token: &str| stage.open(Method::POST, "/v1/auth/refresh", json!({ "refresh_token": token }));
    let second = refresh(text(&first, "refresh_token")).await.is(200).json();
    refresh(text(&first, "refresh_token")).await.refused(401, "refresh_token_reused");
    refresh(text(&second, "refresh_token")).await.refused(401, "sign_in_ended");
    get(&stage, "/v1/me", text(&second, "access_token")).await.refused(401, "sign_in_ended");
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_never_both_win() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    let first = sign_in(&stage, PASSWORD).await.is(200).json();
    let body = json!({"refresh_token": text(&first, "refresh_token")});
    let refresh = || stage.open(Method::POST, "/v1/auth/refresh", body.clone());
    let (a, b) = tokio::join!(refresh(), refresh());
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    // The second ends the sign-in, sometimes before the first has its answer.
    assert!([[200, 401], [401, 401]].contains(&statuses), "{statuses:?}");
}

#[tokio::test]
async fn guessing_is_throttled_and_says_when_to_come_back() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    for _ in 0..5 {
        sign_in(&stage, "wrong wrong").await.refused(401, "wrong_credentials");
    }
    let blocked = sign_in(&stage, PASSWORD).await.refused(429, "throttled");
    assert!(!blocked.header("retry-after").is_empty());
    stage.clock.advance(minutes(15));
    sign_in(&stage, PASSWORD).await.is(200);
}

#[tokio::test]
async fn simultaneous_guesses_get_no_more_than_five() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    let guesses = (0..12).map(|_| sign_in(&stage, "wrong wrong"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status.as_u16() == 401).count();
    assert_eq!(looked_at, 5, "{answers:?}");
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status.as_u16())));
}

#[tokio::test]
async fn tokens_of_others_or_of_nobody_open_nothing() {
    let stage = Stage::new().await;
    let other = Stage::new().await;
    let foreign = {
        let mut config = (*other.state.config).clone();
        config.secret = hdip_server::config::Secret::new("another secret of thirty-two or more");
        let directory = tempfile::tempdir().unwrap();
        config.data_dir = directory.path().to_owned();
        let ports = hdip_server::state::open(&config, Default::default()).await.unwrap();
        let state = hdip_server::state::AppState::new(config, ports);
        let sign_in = stage.token(&stage.world.owner).await;
        drop(sign_in);
        state.tokens.issue(stage.world.owner.id, stage.state.ids_fresh(), stage.state.hdip.now()).unwrap().0
    };
    // {"alg":"none"}
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAxIn0.";
    for token in [&*foreign, unsigned, "", "x.y.z", "hdip_key_x_y"] {
        get(&stage, "/v1/me", token).await.refused(401, "unauthenticated");
    }
    let request = Request::get("/v1/me").header(header::AUTHORIZATION, "Basic eDp5").body(Body::empty());
    stage.send(request.unwrap()).await.refused(401, "unauthenticated");
}

/// A fresh sign-in id for a token that names none.
trait FreshSignIn {
    fn ids_fresh(&self) -> hdip_core::values::SignInId;
}
impl FreshSignIn for hdip_server::state::AppState {
    fn ids_fresh(&self) -> hdip_core::values::SignInId {
        use hdip_core::ports::IdsExt;
        self.ids.fresh()
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sign_ins() {
    let stage = Stage::new().await;
    recruiter(&stage).await;
    let here = sign_in(&stage, PASSWORD).await.is(200).json();
    let there = sign_in(&stage, PASSWORD).await.is(200).json();
    let change = |new: &str| {
        let body = json!({"current_password": PASSWORD, "new_password": new});
        let token = text(&here, "access_token").to_owned();
        let stage = &stage;
        async move { with_token(stage, Method::POST, "/v1/me/password", &token, body).await }
    };
    let refused = change("password123").await.refused(422, "invalid_fields").json();
    assert_eq!(refused["errors"][0]["code"], "password_common");
    change("battery staple").await.is(204);
    get(&stage, "/v1/me", text(&here, "access_token")).await.is(200);
    get(&stage, "/v1/me", text(&there, "access_token")).await.refused(401, "sign_in_ended");
    sign_in(&stage, PASSWORD).await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_does_what_its_scopes_say() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}/api-keys", stage.world.client.id);
    let body = json!({"name": "ATS", "scopes": ["events:read"]});
    let made = stage.call_under(&owner, Some("k1"), Method::POST, &path, body.clone()).await.is(201);
    stage.call_under(&owner, Some("k1"), Method::POST, &path, body).await.refused(409, "secret_not_replayed");
    let other = json!({"name": "Other", "scopes": ["events:read"]});
    stage
        .call_under(&owner, Some("k1"), Method::POST, &path, other)
        .await
        .refused(422, "idempotency_mismatch");
    let made = made.json();
    let key = text(&made, "text");
    get(&stage, "/v1/events", key).await.is(200);
    get(&stage, "/v1/jobs", key).await.refused(403, "missing_scope");
    get(&stage, "/v1/me", key).await.refused(403, "forbidden");
    let listed = stage.get(&owner, &path).await.is(200);
    assert!(!listed.body.contains(key.rsplit('_').next().unwrap()) && !listed.body.contains("hash"));
    let own = format!("/v1/api-keys/{}", text(&made["api_key"], "id"));
    let stranger = stage.stranger().await;
    stage.call(&stranger, Method::DELETE, &own, Value::Null).await.refused(404, "not_found");
    stage.call(&owner, Method::DELETE, &own, Value::Null).await.is(204);
    get(&stage, "/v1/events", key).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn making_a_user_is_replayed_under_its_key() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let body = json!({"email": "adam@acme.example", "name": "Adam", "role": "client_admin"});
    let make =
        |key: &'static str, body: Value| stage.call_under(&owner, Some(key), Method::POST, "/v1/users", body);
    let first = make("once", body.clone()).await.is(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = make("once", body.clone()).await.is(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), format!("/v1/users/{}", text(&first.json(), "id")));
    make("twice", body.clone()).await.refused(409, "email_taken");
    make("bad key", body).await.refused(422, "invalid_fields");
    stage.clock.advance(days(1));
    let other = json!({"email": "eve@acme.example", "name": "Eve", "role": "client_admin"});
    make("once", other).await.is(201);
}

#[tokio::test]
async fn a_deactivated_user_is_out_at_once() {
    let stage = Stage::new().await;
    let made = recruiter(&stage).await;
    let signed_in = sign_in(&stage, PASSWORD).await.is(200).json();
    let path = format!("/v1/users/{}/deactivate", text(&made, "id"));
    stage.post(&stage.stranger().await, &path, Value::Null).await.refused(404, "not_found");
    let after = stage.post(&stage.world.owner, &path, Value::Null).await.is(200).json();
    assert_eq!(after["status"], "deactivated");
    get(&stage, "/v1/me", text(&signed_in, "access_token")).await.refused(401, "sign_in_ended");
    let own = format!("/v1/users/{}/deactivate", stage.world.owner.id);
    stage.post(&stage.world.owner, &own, Value::Null).await.refused(409, "last_owner");
}

#[tokio::test]
async fn users_are_paged() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    for n in 0..4 {
        stage.user(Role::ClientRecruiter, &format!("r{n}")).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.get(&owner, &format!("/v1/users?limit=2{cursor}")).await.is(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|user| text(user, "id").to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (5, &sorted), "each once, newest first");
}
