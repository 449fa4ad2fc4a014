//! One interview, from the request through its jobs, is one trace at the collector.

use crate::stage::Stage;
use axum::body::Body;
use axum::http::{Request, header};
use hdip_integrations::telemetry;
use hdip_integrations::worker::{Worker, WorkerConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use std::collections::BTreeMap;
use tracing_subscriber::layer::SubscriberExt;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &opentelemetry_proto::tonic::common::v1::AnyValue| format!("{:?}", value.value);
    span.attributes.iter().map(|a| (a.key.clone(), a.value.as_ref().map(text).unwrap_or_default())).collect()
}

#[tokio::test]
async fn the_spans_of_one_interview_share_the_callers_trace() {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&collector)
        .await;
    let (layer, traces) = telemetry::layer(&collector.uri(), "hdip-test", 1.0).unwrap();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let stage = Stage::new().await;
    let asha = stage.application("Asha Rao").await;
    stage.interviewers().await;
    let token = stage.token(&stage.world.owner).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let body = json!({"application_id": asha.id, "start": "2026-01-06T08:00:00Z"});
    let request = Request::post("/v1/interviews")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    stage.send(request.body(Body::from(body.to_string())).unwrap()).await.is(201);
    let worker = Worker::new(stage.state.hdip.clone(), WorkerConfig::default());
    while worker.turn().await {}
    // Nobody accepts: the second call goes out an hour later, by a timer of the same trace.
    stage.at("2026-01-05T05:30:00Z");
    while worker.turn().await {}
    // Something else, of a trace of its own.
    stage.get(&stage.world.owner, "/v1/jobs").await.is(200);

    drop(guard);
    tokio::task::spawn_blocking(move || traces.finish()).await.unwrap().unwrap();
    let mut spans: Vec<Span> = Vec::new();
    for request in collector.received_requests().await.unwrap() {
        let export = ExportTraceServiceRequest::decode(&*request.body).unwrap();
        spans.extend(export.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans));
    }
    let ours: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == trace).collect();
    let request = ours.iter().find(|span| span.name == "request").expect("the request");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331", "the caller's span is its parent");
    let kinds: Vec<String> =
        ours.iter().filter(|span| span.name == "job").map(|span| attributes(span)["kind"].clone()).collect();
    let count = |kind: &str| kinds.iter().filter(|found| found.contains(kind)).count();
    assert_eq!(count("call_interviewers"), 1, "{kinds:?}");
    assert_eq!(
        count("send_mail"),
        5,
        "one to the candidate, two by the request's call, two by the timer's: {kinds:?}"
    );
    let call =
        ours.iter().find(|span| span.name == "job" && attributes(span)["kind"].contains("call_interviewers"));
    assert_eq!(call.unwrap().parent_span_id, request.span_id, "the job follows from the request");
    let others = spans.iter().filter(|span| span.name == "request" && hex(&span.trace_id) != trace).count();
    assert_eq!(others, 1, "what has nothing to do with it has a trace of its own");
    for span in &spans {
        let shown = format!("{:?}", attributes(span)).to_lowercase();
        for personal in ["asha", "@", "omar", "bearer"] {
            assert!(!shown.contains(personal), "{personal} in {shown}");
        }
    }
}
