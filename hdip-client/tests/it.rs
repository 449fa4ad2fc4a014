//! The hand-written part over real HTTP: credentials, keys, repeats, problems, pages, the import.

use futures_util::TryStreamExt;
use hdip_client::{Client, Connect, ConnectError, Error, pages, problem, types};
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{body_json, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn user() -> Value {
    json!({
        "id": "user_1", "name": "Olivia", "email": "owner@acme.example", "role": "client_owner",
        "status": "active", "zone": "Asia/Kolkata", "locale": "en", "assigned_jobs_only": false,
        "has_password": true, "created_at": "2026-01-01T00:00:00Z",
    })
}

fn tokens(access: &str, refresh: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"access_token": access, "refresh_token": refresh}))
}

fn refused(status: u16, code: &str) -> ResponseTemplate {
    let problem = json!({
        "type": format!("urn:hdip:problem:{code}"), "title": "Refused", "status": status, "code": code,
        "detail": "no", "errors": [{"field": "zone", "code": "unknown_zone", "message": "unknown"}],
    });
    ResponseTemplate::new(status).set_body_raw(problem.to_string(), "application/problem+json")
}

fn as_user(server: &MockServer) -> Client {
    Connect::to(server.uri()).user("owner@acme.example", "secret").client().unwrap()
}

fn by_key(server: &MockServer) -> Client {
    Connect::to(server.uri()).api_key("hdip_key").client().unwrap()
}

async fn requests(server: &MockServer, to: &str) -> Vec<Request> {
    server.received_requests().await.unwrap().into_iter().filter(|r| r.url.path() == to).collect()
}

#[tokio::test]
async fn a_user_signs_in_with_the_first_request_and_once() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/auth/sign-in"))
        .and(body_json(json!({"email": "owner@acme.example", "password": "secret"})))
        .respond_with(tokens("a1", "r1"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/v1/me"))
        .and(header("authorization", "Bearer a1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(user()))
        .expect(2)
        .mount(&server)
        .await;
    let client = as_user(&server);
    assert_eq!(client.get_me().send().await.unwrap().name, "Olivia");
    client.clone().get_me().send().await.unwrap();
}

#[tokio::test]
async fn an_ended_access_token_is_renewed_once_for_all_requests_that_meet_it() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/auth/sign-in")).respond_with(tokens("a1", "r1")).expect(1).mount(&server).await;
    Mock::given(path("/v1/auth/refresh"))
        .and(body_json(json!({"refresh_token": "r1"})))
        .respond_with(tokens("a2", "r2"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/v1/me"))
        .and(header("authorization", "Bearer a1"))
        .respond_with(refused(401, "token_expired"))
        .mount(&server)
        .await;
    Mock::given(path("/v1/me"))
        .and(header("authorization", "Bearer a2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(user()))
        .mount(&server)
        .await;
    let client = as_user(&server);
    let me = || async { client.get_me().send().await.unwrap().id.clone() };
    assert_eq!(futures_util::join!(me(), me(), me()), ("user_1".into(), "user_1".into(), "user_1".into()));
}

#[tokio::test]
async fn when_the_refresh_token_is_no_longer_good_the_user_signs_in_again() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/auth/sign-in"))
        .respond_with(tokens("a1", "r1"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/v1/auth/sign-in")).respond_with(tokens("a2", "r2")).expect(1).mount(&server).await;
    Mock::given(path("/v1/auth/refresh"))
        .respond_with(refused(401, "refresh_token_reused"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/v1/me"))
        .and(header("authorization", "Bearer a1"))
        .respond_with(refused(401, "token_expired"))
        .mount(&server)
        .await;
    Mock::given(path("/v1/me"))
        .and(header("authorization", "Bearer a2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(user()))
        .mount(&server)
        .await;
    assert_eq!(as_user(&server).get_me().send().await.unwrap().id, "user_1");
}

#[tokio::test]
async fn a_request_that_is_refused_with_a_fresh_token_is_the_callers_problem() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/auth/sign-in"))
        .respond_with(refused(401, "wrong_credentials"))
        .mount(&server)
        .await;
    Mock::given(path("/v1/me")).respond_with(refused(401, "not_signed_in")).expect(1).mount(&server).await;
    let error = as_user(&server).get_me().send().await.unwrap_err();
    assert_eq!(problem(&error).map(|p| p.code.as_str()), Some("not_signed_in"));
}

#[tokio::test]
async fn every_post_has_a_key_and_an_overloaded_server_is_asked_again_under_the_same() {
    let server = MockServer::start().await;
    let accept = "/v1/invitations/inv_1/accept";
    Mock::given(path(accept))
        .respond_with(refused(503, "unavailable").insert_header("retry-after", "0"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(path(accept)).respond_with(refused(409, "already_taken")).mount(&server).await;
    let error = by_key(&server).accept_invitation().id("inv_1").send().await.unwrap_err();
    assert_eq!(problem(&error).map(|p| p.code.as_str()), Some("already_taken"));
    let keys: Vec<_> =
        requests(&server, accept).await.iter().map(|r| r.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 36), "{keys:?}");

    let own = by_key(&server).accept_invitation().id("inv_1").idempotency_key("mine").send().await;
    assert!(own.is_err());
    assert_eq!(requests(&server, accept).await[3].headers["idempotency-key"], "mine");
}

#[tokio::test]
async fn a_server_that_stays_overloaded_is_asked_as_often_as_was_said() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/me"))
        .respond_with(refused(429, "rate_limited").insert_header("retry-after", "0"))
        .expect(3)
        .mount(&server)
        .await;
    let client = Connect::to(server.uri()).api_key("k").tries(3).client().unwrap();
    let error = client.get_me().send().await.unwrap_err();
    assert_eq!(problem(&error).map(|p| p.code.as_str()), Some("rate_limited"));
}

#[tokio::test]
async fn what_has_no_key_is_not_sent_again() {
    let server = MockServer::start().await;
    Mock::given(method("PATCH"))
        .and(path("/v1/jobs/job_1"))
        .respond_with(refused(503, "unavailable").insert_header("retry-after", "0"))
        .expect(1)
        .mount(&server)
        .await;
    let patched =
        by_key(&server).update_job().id("job_1").body_map(|job| job.title("T".to_owned())).send().await;
    assert!(patched.is_err());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error_of_communication() {
    // Port 9 of this machine: nobody listens.
    let client = Connect::to("http://127.0.0.1:9").timeout(Duration::from_secs(1)).tries(1).client().unwrap();
    let error = client.list_jobs().send().await.unwrap_err();
    assert!(matches!(error, Error::CommunicationError(_)), "{error}");
    assert!(problem(&error).is_none());
}

#[tokio::test]
async fn a_problem_names_the_fields_at_fault() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/candidates")).respond_with(refused(422, "invalid_fields")).mount(&server).await;
    let sent = by_key(&server)
        .create_candidate()
        .body_map(|candidate| {
            candidate.name("A").email("a@b.example").experience_months(3).zone("Mars".to_owned())
        })
        .send()
        .await;
    let error = sent.unwrap_err();
    let problem = problem(&error).unwrap();
    assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, "zone"));
}

#[tokio::test]
async fn pages_are_walked_to_the_end_and_an_error_ends_the_walk() {
    let server = MockServer::start().await;
    let found = |items: Vec<Value>, next: Option<&str>| {
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "next_cursor": next}))
    };
    let key = |id: &str| {
        json!({"id": id, "client_id": "clnt_1", "name": "n", "scopes": ["events:read"], "created_by": "user_1",
               "created_at": "2026-01-01T00:00:00Z"})
    };
    let keys = "/v1/clients/clnt_1/api-keys";
    Mock::given(path(keys))
        .and(query_param("cursor", "c2"))
        .respond_with(found(vec![key("3")], None))
        .mount(&server)
        .await;
    Mock::given(path(keys))
        .and(query_param("cursor", "bad"))
        .respond_with(refused(400, "bad_cursor"))
        .mount(&server)
        .await;
    Mock::given(path(keys)).respond_with(found(vec![key("1"), key("2")], Some("c2"))).mount(&server).await;
    let client = by_key(&server);
    let page = async |cursor: Option<String>| {
        let mut request = client.list_api_keys().id("clnt_1");
        if let Some(cursor) = cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await?.into_inner();
        Ok::<_, Error<types::Problem>>((page.items, page.next_cursor))
    };
    let all: Vec<_> = pages(&page).map_ok(|key| key.id).try_collect().await.unwrap();
    assert_eq!(all, ["1", "2", "3"]);
    let broken = pages(async |cursor: Option<String>| page(cursor.or(Some("bad".into()))).await);
    let error = broken.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(problem(&error).map(|p| p.code.as_str()), Some("bad_cursor"));
}

#[tokio::test]
async fn a_file_is_imported_as_csv_with_a_key() {
    let server = MockServer::start().await;
    let file = "name,email,experience_months\nAsha,a@mail.example,60\n";
    Mock::given(path("/v1/jobs/job_1/imports"))
        .and(query_param("dry_run", "true"))
        .and(header("content-type", "text/csv; charset=utf-8"))
        .and(body_string(file))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "dry_run": true, "created": 1, "existing": 0, "failed": 0, "ignored_columns": [],
            "rows": [{"row": 2, "status": "created"}],
        })))
        .expect(1)
        .mount(&server)
        .await;
    let import = by_key(&server).import_candidates("job_1", file, true).await.unwrap();
    assert_eq!((import.created, import.rows[0].row), (1, 2));
    assert!(requests(&server, "/v1/jobs/job_1/imports").await[0].headers.contains_key("idempotency-key"));
}

#[test]
fn a_key_that_cannot_stand_in_a_header_is_refused_at_once() {
    let made = Connect::to("http://127.0.0.1:9").api_key("line\nbreak").client();
    assert!(matches!(made, Err(ConnectError::InvalidKey)));
}
