//! What the server puts around its ports: a broker that may be away, providers that may be away.

use crate::stage::Stage;
use hdip_core::jobs::JobReport;
use hdip_core::scheduling::{Pick, RequestInterview, StartChoice};
use hdip_server::config::{Config, QueueChoice, Secret, SmtpProtection};
use hdip_server::state::{AppState, Replaced, open};

/// The stage's database and clock under other settings.
async fn stage_with(change: impl FnOnce(Config) -> Config) -> Stage {
    let stage = Stage::new().await;
    let config = change((*stage.state.config).clone());
    let replaced = Replaced { clock: Some(stage.clock.clone()), cheap_passwords: true };
    let ports = open(&config, replaced).await.expect("the adapters open");
    let state = AppState::new(config, ports);
    stage.with(state)
}

/// An address of this machine on which nobody listens.
fn nobody() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A call and three mails.
async fn request(stage: &Stage) {
    let asha = stage.application("Asha Rao").await;
    stage.interviewers().await;
    let pick = Pick { start: "2026-01-06T08:00:00Z".parse().unwrap(), odd_hours_ok: false };
    let request = RequestInterview { application: asha.id, start: StartChoice::Picked(pick), consents: None };
    stage.state.hdip.request_interview(&stage.world.as_owner(), request).await.unwrap();
}

#[tokio::test]
async fn a_broker_that_is_away_degrades_and_stops_nothing() {
    let url = format!("amqp://hdip:pa55word@127.0.0.1:{}/%2f", nobody());
    let stage = stage_with(|config| Config {
        queue: QueueChoice::Rabbitmq,
        rabbitmq_url: Some(Secret::new(url)),
        ..config
    })
    .await;
    let ready = stage.page("/readyz").await.is(200).json();
    assert_eq!(ready["status"], "degraded", "{ready}");
    let checks = ready["checks"].as_array().unwrap();
    let queue = checks.iter().find(|check| check["name"] == "queue").unwrap();
    assert_eq!(queue["status"], "unavailable", "{ready}");
    stage.page("/healthz").await.is(200);
    request(&stage).await;
    stage.drain().await;
    assert_eq!(stage.mails("asha.rao@mail.example").await.len(), 1, "found without an announcement");
    let metrics = stage.page("/metrics").await.is(200).body;
    let failed = r#"hdip_port_calls_total{port="queue",operation="announce",outcome="unreachable"}"#;
    assert!(metrics.contains(failed), "{metrics}");
    assert!(!metrics.contains("pa55word"));
}

#[tokio::test]
async fn the_queue_of_one_process_is_always_ready() {
    let ready = Stage::new().await.page("/readyz").await.is(200).json();
    assert_eq!(ready["status"], "ok", "{ready}");
}

#[tokio::test]
async fn a_relay_that_is_away_is_counted_and_left_alone_for_a_while() {
    let port = nobody();
    let stage = stage_with(|config| Config {
        smtp_host: Some("127.0.0.1".into()),
        smtp_port: port,
        smtp_tls: SmtpProtection::None,
        breaker_failures: 2,
        ..config
    })
    .await;
    request(&stage).await;
    let hdip = &stage.state.hdip;
    let mut errors = Vec::new();
    loop {
        let jobs = hdip.claim_jobs(50).await.unwrap();
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            if let JobReport::Retry { error, .. } = hdip.run_job(&job).await.unwrap() {
                errors.push(error);
            }
        }
    }
    assert_eq!(errors.len(), 3, "three mails wait: {errors:?}");
    let asked: Vec<_> = errors.iter().map(|error| !error.contains("not asked")).collect();
    assert_eq!(asked, [true, true, false], "{errors:?}");
    let metrics = stage.page("/metrics").await.is(200).body;
    for line in [
        r#"hdip_port_calls_total{port="mail",operation="send",outcome="unreachable"}"#,
        r#"hdip_port_call_duration_seconds_bucket{port="mail",operation="send",le="0.001"}"#,
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}
