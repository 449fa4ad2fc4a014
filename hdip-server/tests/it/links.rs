//! What the holder of a link can do through the API, and what a link does not open.

use crate::stage::{Stage, TUESDAY, interviews};
use axum::http::Method;
use hdip_core::access::LinkPurpose;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn opening_a_link_shows_what_it_is_for_and_changes_nothing() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let schedule = stage.scheduling_link(&application).await;
    let shown = stage.page(&format!("/v1/links/{schedule}")).await.is(200).json();
    assert_eq!(
        (&shown["purpose"], &shown["scheduling"]["candidate_name"]),
        (&json!("schedule"), &json!("Asha Rao"))
    );
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let all = [
        ("scheduling", schedule),
        ("invitation", stage.invitation_link(id, &ravi).await),
        ("candidate_interview", stage.candidate_link(id, &application).await),
        ("interviewer_interview", stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await),
    ];
    let before = stage.happened().await;
    for (view, token) in &all {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            stage.open(method, &format!("/v1/links/{token}"), Value::Null).await.is(200);
        }
        let shown = stage.page(&format!("/v1/links/{token}")).await.json();
        let others = ["scheduling", "invitation", "candidate_interview", "interviewer_interview"];
        let there: Vec<_> = others.into_iter().filter(|name| shown.get(*name).is_some()).collect();
        assert_eq!(there, [*view]);
    }
    assert_eq!(stage.happened().await, before);
    let shown = stage.page(&format!("/v1/links/{}", all[3].1)).await.json();
    assert!(!shown.to_string().contains("asha.rao@"), "an interviewer never sees an address: {shown}");
    assert_eq!(shown["interviewer_interview"]["pay"]["amount_minor"], 180_000);
}

#[tokio::test]
async fn a_candidate_picks_answers_moves_and_calls_off() {
    let stage = Stage::new().await;
    stage.interviewers().await;
    let application = stage.application("Asha Rao").await;
    let link = format!("/v1/links/{}", stage.scheduling_link(&application).await);
    let slots = stage.page(&format!("{link}/slots")).await.is(200).json();
    let start = slots["starts"][0]["start"].clone();
    let hold =
        stage.open(Method::POST, &format!("{link}/holds"), json!({"start": start})).await.is(201).json();
    let body = json!({"hold_id": hold["hold_id"], "consents": {"recording": true}});
    let asked = stage.open(Method::POST, &format!("{link}/request"), body).await.is(201).json();
    assert_eq!(asked["scheduling"]["interview"]["state"], "requested");
    stage.drain().await;

    let id = interviews(&stage).await[0].id;
    let own = format!("/v1/links/{}", stage.candidate_link(id, &application).await);
    let consents = |link: Value| -> Vec<(String, bool)> {
        let all = link["candidate_interview"]["consents"].as_array().unwrap().clone();
        all.iter().map(|c| (c["kind"].as_str().unwrap().to_owned(), c["given"].as_bool().unwrap())).collect()
    };
    let answers = |given: [bool; 3]| -> Vec<(String, bool)> {
        ["recording", "transcript", "ai"].map(str::to_owned).into_iter().zip(given).collect()
    };
    assert_eq!(consents(stage.page(&own).await.json()), answers([true, false, false]));
    let changed = stage
        .open(Method::POST, &format!("{own}/consents"), json!({"transcript": true, "ai": true}))
        .await
        .is(200);
    assert_eq!(consents(changed.json()), answers([false, true, true]));

    let consequence = stage.page(&format!("{own}/change-consequence")).await.is(200).json();
    assert_eq!(consequence, json!({"late": false, "text": "this is not a late change"}));
    let moved = stage
        .open(Method::POST, &format!("{own}/reschedule"), json!({"start": "2026-01-08T05:30:00Z"}))
        .await
        .is(200)
        .json();
    assert_eq!(moved["candidate_interview"]["state"], "rescheduled");
    stage.drain().await;
    let new = interviews(&stage).await[0].id;
    assert_ne!(new, id);
    let own = format!("/v1/links/{}", stage.candidate_link(new, &application).await);
    let gone = stage
        .open(Method::POST, &format!("{own}/cancel"), json!({"reason": "found a job"}))
        .await
        .is(200)
        .json();
    assert_eq!(
        (&gone["candidate_interview"]["state"], &gone["candidate_interview"]["state_by"]),
        (&json!("cancelled"), &json!("candidate"))
    );
}

#[tokio::test]
async fn a_link_opens_only_what_it_is_for() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let schedule = stage.scheduling_link(&application).await;
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let candidate = stage.candidate_link(id, &application).await;
    let interviewer = stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await;
    let before = stage.happened().await;
    for (token, act, body) in [
        (&schedule, "accept", Value::Null),
        (&schedule, "cancel", json!({})),
        (&schedule, "withdraw", json!({})),
        (&candidate, "accept", Value::Null),
        (&candidate, "withdraw", json!({})),
        (&candidate, "end", Value::Null),
        (&interviewer, "cancel", json!({})),
        (&interviewer, "reschedule", json!({"start": TUESDAY})),
        (&interviewer, "holds", json!({"start": TUESDAY})),
        (&interviewer, "consents", json!({"recording": true})),
    ] {
        stage.open(Method::POST, &format!("/v1/links/{token}/{act}"), body).await.refused(403, "forbidden");
    }
    assert_eq!(stage.happened().await, before);
    // A link's token is no access token.
    let request =
        axum::http::Request::get("/v1/interviews").header("authorization", format!("Bearer {candidate}"));
    stage.send(request.body(axum::body::Body::empty()).unwrap()).await.is(401);
}

#[tokio::test]
async fn a_link_that_was_tampered_with_has_expired_or_is_unknown_opens_nothing() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let other = stage.application("Ben Boro").await;
    let (token, others) = (stage.scheduling_link(&application).await, stage.scheduling_link(&other).await);
    let (id, mac) = token.split_once('.').unwrap();
    let flipped: String = mac.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    let others_mac = others.split_once('.').unwrap().1;
    for bad in [
        format!("{id}.{flipped}"),
        format!("{id}.{others_mac}"),
        format!("{id}."),
        format!("{id}.{}", &mac[..31]),
        id.to_owned(),
        format!("link_{}.{mac}", "0".repeat(26)),
        "..%2f..".to_owned(),
    ] {
        stage.page(&format!("/v1/links/{bad}")).await.refused(404, "link_invalid");
        stage.page(&format!("/l/{bad}")).await.is(404);
    }
    stage.page(&format!("/v1/links/{token}")).await.is(200);
    stage.at("2026-01-12T04:29:59Z");
    stage.page(&format!("/v1/links/{token}")).await.is(200);
    stage.at("2026-01-12T04:30:00Z");
    stage.page(&format!("/v1/links/{token}")).await.refused(410, "link_expired");
    let body = json!({"start": "2026-01-13T04:30:00Z"});
    stage.open(Method::POST, &format!("/v1/links/{token}/holds"), body).await.refused(410, "link_expired");
    let page = stage.page(&format!("/l/{token}")).await.is(410);
    assert!(page.body.contains("This link has expired"), "{}", page.body);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_token_stands_in_no_log_line_and_no_metric() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let token = stage.scheduling_link(&application).await;
    let lines = Lines::default();
    let written = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    for path in
        ["/v1/links/{token}", "/l/{token}", "/v1/links/{token}/slots", "/l/{token}/nowhere", "/l/{token}x"]
    {
        stage.page(&path.replace("{token}", &token)).await;
    }
    stage.open(Method::POST, &format!("/v1/links/{token}/accept"), Value::Null).await.is(403);
    drop(guard);
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("/v1/links/{token}") && written.contains("/l/{token}"), "{written}");
    let (_, mac) = token.split_once('.').unwrap();
    assert!(!written.contains(mac), "{written}");
    let metrics = stage.page("/metrics").await.is(200);
    assert!(!metrics.body.contains(mac));
}
