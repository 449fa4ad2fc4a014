//! What holds for every request: refusals are problem documents, headers, limits.

use crate::stage::{Answer, Stage};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use axum::middleware::from_fn;
use axum::routing::get;
use hdip_server::state::AppState;
use hdip_server::{limits::RateLimits, problem};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

fn body(path: &str, kind: Option<&str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path);
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    request.body(body.into()).unwrap()
}

/// Fails unless the answer is a whole problem document.
#[track_caller]
fn problem_of(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16());
    assert_eq!(problem["type"], format!("urn:hdip:problem:{}", problem["code"].as_str().unwrap()));
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    assert!(
        !problem["detail"].as_str().unwrap().is_empty() && !problem["title"].as_str().unwrap().is_empty()
    );
    problem
}

#[tokio::test]
async fn whatever_is_wrong_with_a_request_is_said_in_a_problem_document() {
    let stage = Stage::new().await;
    let sign_in = "/v1/auth/sign-in";
    let json_type = Some("application/json");
    for (request, status, code) in [
        (body(sign_in, json_type, "{\"email\":"), 400, "malformed_json"),
        (body(sign_in, json_type, "{} {}"), 422, "invalid_fields"),
        (body(sign_in, json_type, "[1"), 422, "invalid_fields"),
        (body(sign_in, json_type, vec![0xff, 0xfe]), 400, "malformed_json"),
        (body(sign_in, None, "{}"), 415, "unsupported_media_type"),
        (body(sign_in, Some("text/plain"), "{}"), 415, "unsupported_media_type"),
        (body(sign_in, json_type, vec![b' '; 1_048_577]), 413, "body_too_large"),
        (body("/v1/me", json_type, "{}"), 405, "method_not_allowed"),
        (body("/v1/nothing", json_type, "{}"), 404, "unknown_route"),
        (Request::get("/nowhere/at/all").body(Body::empty()).unwrap(), 404, "unknown_route"),
        (Request::get("/v1/me").body(Body::empty()).unwrap(), 401, "unauthenticated"),
    ] {
        let answer = stage.send(request).await.refused(status, code);
        problem_of(&answer);
        match status {
            401 => assert_eq!(answer.header("www-authenticate"), "Bearer"),
            405 => assert!(answer.header("allow").contains("PATCH"), "{answer:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_too() {
    let stage = Stage::new().await;
    let piece = || Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b' '; 65_536]));
    let endless = Body::from_stream(futures_util::stream::repeat_with(piece).take_pieces(40));
    let answer = stage.send(body("/v1/auth/sign-in", Some("application/json"), endless)).await;
    problem_of(&answer.refused(413, "body_too_large"));
}

trait TakePieces: futures_util::Stream + Sized {
    fn take_pieces(self, n: usize) -> futures_util::stream::Take<Self> {
        futures_util::StreamExt::take(self, n)
    }
}
impl<S: futures_util::Stream> TakePieces for S {}

#[tokio::test]
async fn the_field_at_fault_is_named_wherever_it_is() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let client = json!({
        "legal_name": "Zeta GmbH", "brand": "Zeta", "country": "DE", "level": 2, "zone": "Europe/Berlin", "currency": "USD",
        "contacts": [{"name": "Zoe Zeta", "email": "zoe@zeta.example"}]
    });
    let with = |name: &str, value: Value| {
        let mut changed = client.clone();
        changed[name] = value;
        changed
    };
    for (input, field, code) in [
        (with("level", json!("two")), "level", "invalid_type"),
        (with("level", json!(-1)), "level", "invalid_value"),
        (with("level", json!(9)), "level", "out_of_range"),
        (with("prices_minor", json!([1, 2, "x", 4, 5])), "prices_minor[2]", "invalid_type"),
        (with("colour", json!("red")), "colour", "unknown_field"),
        (with("zone", json!("Mars/Base")), "zone", "unknown_zone"),
        (with("account_manager_id", json!("clnt_x")), "account_manager_id", "invalid_value"),
        (json!({"legal_name": "Zeta"}), "brand", "required"),
    ] {
        let answer = stage.post(&operator, "/v1/clients", input).await.refused(422, "invalid_fields");
        let errors = &problem_of(&answer)["errors"];
        assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&json!(field), &json!(code)), "{errors}");
    }
    for (path, field) in [
        ("/v1/clients?limit=x", "limit"),
        ("/v1/clients?limit=0", "limit"),
        ("/v1/clients?limit=201", "limit"),
        ("/v1/background-jobs?state=lost", "state"),
        ("/v1/audit-entries?client_id=nope", "client_id"),
        ("/v1/users?client_id=nope", "client_id"),
    ] {
        let answer = stage.get(&operator, path).await.refused(422, "invalid_fields");
        assert_eq!(problem_of(&answer)["errors"][0]["field"], field, "{path}");
    }
    problem_of(&stage.get(&operator, "/v1/clients?cursor=user_x").await.refused(422, "invalid_cursor"));
    problem_of(&stage.get(&operator, "/v1/clients/not-an-id").await.refused(404, "not_found"));
}

#[tokio::test]
async fn a_panic_and_a_time_out_are_problem_documents() {
    let app = Router::new()
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("a bug")
                }
            }),
        )
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(20)))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn(problem::problems));
    for (path, status, code) in [("/panic", 500, "internal"), ("/slow", 504, "timeout")] {
        let response = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()[header::CONTENT_TYPE], problem::PROBLEM_JSON);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], code);
        assert!(!problem.to_string().contains("a bug"));
    }
}

#[tokio::test]
async fn every_answer_has_its_id_and_careful_headers() {
    let stage = Stage::new().await;
    let mut request = Request::get("/healthz").body(Body::empty()).unwrap();
    request.headers_mut().insert("x-request-id", "from-the-caller.1".parse().unwrap());
    let answer = stage.send(request).await.is(200);
    assert_eq!(answer.header("x-request-id"), "from-the-caller.1");
    let answer = stage.page("/v1/nothing").await;
    assert!(answer.header("x-request-id").starts_with("req_"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn an_event_names_the_request_it_came_from() {
    let stage = Stage::new().await;
    let token = stage.token(&stage.world.owner).await;
    let path = format!("/v1/clients/{}", stage.world.client.id);
    let request = Request::patch(path)
        .header("x-request-id", "deploy-7")
        .header(header::AUTHORIZATION, format!("bearer {token}"))
        .header(header::CONTENT_TYPE, "application/merge-patch+json")
        .body(Body::from(r#"{"brand":"Acme II"}"#));
    stage.send(request.unwrap()).await.is(200);
    let events = stage.get(&stage.world.owner, "/v1/events").await.is(200).json();
    assert_eq!(events["items"][0]["request_id"], "deploy-7");
}

#[tokio::test]
async fn other_origins_may_call_only_where_settings_say_so() {
    let stage = Stage::new().await;
    let preflight = |origin: &str| {
        Request::options("/v1/me")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization,idempotency-key")
            .body(Body::empty())
            .unwrap()
    };
    let answer = stage.send(preflight("https://app.example")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let mut config = (*stage.state.config).clone();
    config.cors_origins.0 = vec!["https://app.example".into()];
    let state = AppState { config: Arc::new(config), ..stage.state.clone() };
    let stage = stage.with(state);
    let answer = stage.send(preflight("https://app.example")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    assert!(answer.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(stage.send(preflight("https://evil.example")).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_caller_who_floods_is_told_to_slow_down_and_others_are_not() {
    let stage = Stage::new().await;
    let state = AppState { limits: Arc::new(RateLimits::new(3)), ..stage.state.clone() };
    let stage = stage.with(state);
    let (owner, operator) = (stage.world.owner.clone(), stage.world.manager.clone());
    for left in [2, 1, 0] {
        let answer = stage.get(&owner, "/v1/me").await.is(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"default\";r={left};t=")), "{answer:?}");
    }
    let answer = stage.get(&owner, "/v1/me").await.refused(429, "rate_limited");
    assert!((1..=60).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    stage.get(&operator, "/v1/me").await.is(200);
}

#[tokio::test]
async fn a_peer_without_credentials_is_limited_by_address() {
    let stage = Stage::new().await;
    let state = AppState { limits: Arc::new(RateLimits::new(2)), ..stage.state.clone() };
    let stage = stage.with(state);
    let ask = |peer: &str| {
        let mut request = Request::get("/v1/nothing").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(format!("{peer}:9").parse().unwrap()));
        stage.send(request)
    };
    for _ in 0..10 {
        ask("203.0.113.5").await.is(404);
    }
    problem_of(&ask("203.0.113.5").await.refused(429, "rate_limited"));
    ask("203.0.113.6").await.is(404);
}

#[tokio::test]
async fn answers_are_compressed_for_whoever_asks() {
    let stage = Stage::new().await;
    let request =
        Request::get("/openapi.json").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let response = hdip_server::app(stage.state.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
}

#[tokio::test]
async fn health_metrics_and_docs_need_no_credentials() {
    let stage = Stage::new().await;
    assert_eq!(stage.page("/healthz").await.is(200).json()["status"], "ok");
    assert_eq!(stage.page("/readyz").await.is(200).json()["status"], "ok");
    stage.open(Method::GET, "/v1/clients/x", Value::Null).await;
    let metrics = stage.page("/metrics").await.is(200).body;
    for line in [
        r#"hdip_http_requests_total{method="GET",route="/healthz",status="200"}"#,
        r#"route="/v1/clients/{id}""#,
        "hdip_http_request_duration_seconds_bucket",
        r#"hdip_background_jobs{state="dead"} 0"#,
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
    let docs = stage.page("/docs/").await.is(200);
    let foreign = |text: &str| text.split("src=\"").skip(1).any(|rest| !rest.starts_with("./"));
    assert!(docs.body.contains("swagger-ui") && !foreign(&docs.body), "nothing comes from another host");
    assert_eq!(stage.page("/docs").await.is(303).header("location"), "/docs/");
}
