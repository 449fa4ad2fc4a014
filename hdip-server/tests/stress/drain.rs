//! Several processes over one database: one serves and does not work, two work and are told to stop in turn while
//! interviews are requested and accepted. Jobs are announced through RabbitMQ.

use crate::client::{answer, http};
use crate::crash::{Server, drive, mailbox, settle, sign_in};
use lapin::options::{ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const BROKER: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";
/// How often a worker is told to stop and another begins.
const STOPS: usize = 6;
/// How long workers may take to come up on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than a worker may take to stop.
const BOUND: Duration = Duration::from_secs(30);

/// `None`, said aloud, where there is no broker; a failure where there must be one.
async fn broker() -> Option<Connection> {
    match Connection::connect(BROKER, ConnectionProperties::default()).await {
        Ok(connection) => Some(connection),
        Err(error) => {
            let required = std::env::var("HDIP_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
            assert!(!required, "RabbitMQ does not answer: {error}");
            println!("skipped: fleet: no RabbitMQ on 127.0.0.1:5672");
            None
        }
    }
}

/// The binary with the queue's settings.
fn command(dir: &Path, port: u16, prefix: &str) -> Command {
    let mut command = Server::command(dir, port);
    command
        .env("HDIP_QUEUE", "rabbitmq")
        .env("HDIP_RABBITMQ_URL", BROKER)
        .env("HDIP_QUEUE_PREFIX", prefix)
        .env("HDIP_WORKER", "false");
    command
}

/// A process that does not outlive the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until so many workers listen to the broker.
async fn listening(connection: &Connection, queue: &str, wanted: u32) {
    let begin = Instant::now();
    loop {
        // A queue that is not there yet costs the channel.
        let channel = connection.create_channel().await.unwrap();
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declared = channel.queue_declare(queue.into(), passive, FieldTable::default()).await;
        if declared.is_ok_and(|declared| declared.consumer_count() == wanted) {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{wanted} workers do not come up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// In order and within its bound.
async fn stops(mut process: Process) {
    let told = Command::new("kill").args(["-TERM", &process.0.id().to_string()]).status().unwrap();
    assert!(told.success());
    let begin = Instant::now();
    loop {
        if let Some(status) = process.0.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        assert!(begin.elapsed() < BOUND, "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_come_and_go_leave_nothing_behind() {
    let Some(connection) = broker().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let prefix = format!("hdip_test_{port}_{}", std::process::id());
    for step in ["migrate", "seed"] {
        assert!(Server::command(dir.path(), port).arg(step).status().unwrap().success(), "{step}");
    }
    let client = http();
    let server = Server::ready(&client, command(dir.path(), port, &prefix), "serve", port).await;
    let (base, server) = (server.base, Process(server.child));
    let work = || Process(command(dir.path(), port, &prefix).arg("work").spawn().unwrap());
    let mut workers = [work(), work()];
    let token = sign_in(&client, &base, "admin@hdip.example").await.expect("the operator signs in");
    let url = format!("{base}/v1/applications?status=to_schedule&limit=200");
    let (_, page) = answer(client.get(url).bearer_auth(&token)).await.unwrap();
    let items = page["items"].as_array().unwrap();
    let applications: Vec<String> = items.iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();

    let mut interviews = BTreeSet::new();
    let (jobs, unreadable) = (format!("{prefix}.jobs"), format!("{prefix}.unreadable"));
    for (round, application) in (0..STOPS).zip(applications.iter().cycle()) {
        let driven =
            tokio::spawn(drive(client.clone(), base.clone(), token.clone(), application.clone(), round));
        listening(&connection, &jobs, 2).await;
        // In the middle of it.
        stops(std::mem::replace(&mut workers[round % 2], work())).await;
        interviews.extend(driven.await.unwrap());
    }
    let begin = Instant::now();
    settle(&client, &base, &token).await;
    assert!(begin.elapsed() < Duration::from_secs(60), "no lease was left to run out");
    let url = format!("{base}/v1/background-jobs?state=dead");
    let (_, dead) = answer(client.get(url).bearer_auth(&token)).await.unwrap();
    assert_eq!(dead["items"], json!([]), "no job died");
    let (_, ready) = answer(client.get(format!("{base}/readyz"))).await.unwrap();
    assert_eq!(ready["status"], json!("ok"), "{ready}");
    for worker in workers {
        stops(worker).await;
    }
    stops(server).await;
    assert!(
        command(dir.path(), port, &prefix).arg("doctor").status().unwrap().success(),
        "doctor finds nothing"
    );
    mailbox(dir.path(), &interviews);

    let channel = connection.create_channel().await.unwrap();
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let lying =
        channel.queue_declare(unreadable.as_str().into(), passive, FieldTable::default()).await.unwrap();
    assert_eq!(lying.message_count(), 0, "nothing was unreadable");
    for queue in [jobs, unreadable.clone()] {
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    }
    channel.exchange_delete(unreadable.into(), ExchangeDeleteOptions::default()).await.unwrap();
}
