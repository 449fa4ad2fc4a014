//! The real binary is killed with SIGKILL twenty times while interviews are requested and accepted, and
//! started again. Afterwards nothing is lost, nothing is stuck, nothing is mailed twice under two names.

use crate::client::{answer, http};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: usize = 20;
/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(240);

pub struct Server {
    pub child: Child,
    pub base: String,
}

impl Server {
    pub fn command(dir: &Path, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdip-server"));
        command
            .env("HDIP_DATA_DIR", dir)
            .env("HDIP_LISTEN", format!("127.0.0.1:{port}"))
            .env("HDIP_BASE_URL", format!("http://127.0.0.1:{port}"))
            .env("HDIP_LOG", "warn")
            .env("HDIP_RATE_LIMIT_PER_MINUTE", "1000000")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Starts it and waits until it is ready.
    pub async fn start(client: &reqwest::Client, dir: &Path, port: u16) -> Self {
        Self::ready(client, Self::command(dir, port), "all", port).await
    }

    pub async fn ready(client: &reqwest::Client, mut command: Command, role: &str, port: u16) -> Self {
        let child = command.arg(role).spawn().unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let begin = Instant::now();
        while !matches!(answer(client.get(format!("{base}/readyz"))).await, Ok((200, _))) {
            assert!(begin.elapsed() < PATIENCE, "the server does not come up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, base }
    }

    /// SIGKILL: no handler runs, no buffer is flushed.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub async fn sign_in(client: &reqwest::Client, base: &str, email: &str) -> Option<String> {
    let input = json!({"email": email, "password": hdip_server::seed::PASSWORD});
    let (status, body) = answer(client.post(format!("{base}/v1/auth/sign-in")).json(&input)).await.ok()?;
    (status == 200).then(|| body["access_token"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_twenty_times_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for step in ["migrate", "seed"] {
        assert!(Server::command(dir.path(), port).arg(step).status().unwrap().success(), "{step}");
    }
    let client = http();
    let begin = Instant::now();
    let mut server = Server::start(&client, dir.path(), port).await;
    let token = sign_in(&client, &server.base, "admin@hdip.example").await.expect("the operator signs in");
    let (_, page) = answer(
        client
            .get(format!("{}/v1/applications?status=to_schedule&limit=200", server.base))
            .bearer_auth(&token),
    )
    .await
    .unwrap();
    let applications: Vec<String> =
        page["items"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
    assert!(applications.len() >= 8, "the demo leaves some to schedule: {}", page);

    // Each round requests some interviews, lets an interviewer accept, and kills in the middle of it. Every
    // request carries a key, and is repeated until it is answered.
    let mut interviews: BTreeSet<String> = BTreeSet::new();
    let mut waiting = applications.iter().cycle();
    for round in 0..KILLS {
        let application = waiting.next().unwrap().clone();
        let work = drive(client.clone(), server.base.clone(), token.clone(), application, round);
        // A different moment each time, from before the first write to after the last.
        let moment = Duration::from_millis(15 * (round as u64 % 10) + 5);
        if let Ok(Some(interview)) = tokio::time::timeout(moment, work).await {
            interviews.insert(interview);
        }
        server.kill();
        server = Server::start(&client, dir.path(), port).await;
        assert!(begin.elapsed() < PATIENCE);
    }
    // Everything that was interrupted is asked for again, under its old key, and runs to its end.
    for (round, application) in (0..KILLS).zip(applications.iter().cycle()) {
        let done =
            drive(client.clone(), server.base.clone(), token.clone(), application.clone(), round).await;
        interviews.extend(done);
    }
    settle(&client, &server.base, &token).await;

    let (_, dead) =
        answer(client.get(format!("{}/v1/background-jobs?state=dead", server.base)).bearer_auth(&token))
            .await
            .unwrap();
    assert_eq!(dead["items"], json!([]), "no job died");
    let mut seen = BTreeMap::new();
    for interview in &interviews {
        let (status, body) =
            answer(client.get(format!("{}/v1/interviews/{interview}", server.base)).bearer_auth(&token))
                .await
                .unwrap();
        assert_eq!(status, 200);
        let state = body["state"].as_str().unwrap().to_owned();
        assert!(["inviting", "confirmed"].contains(&&*state), "{interview} is stuck in {state}");
        *seen.entry(state).or_insert(0) += 1;
    }
    server.kill();
    assert!(
        Server::command(dir.path(), port).arg("doctor").status().unwrap().success(),
        "doctor finds nothing"
    );
    mailbox(dir.path(), &interviews);
    println!("{KILLS} kills, {} interviews: {seen:?}", interviews.len());
    assert!(seen.get("confirmed").copied().unwrap_or(0) >= 3, "{seen:?}");
}

/// Requests an interview for an application and has the first invited accept it; the interview, if it got
/// that far. Broken connections are expected.
pub async fn drive(
    client: reqwest::Client,
    base: String,
    token: String,
    application: String,
    round: usize,
) -> Option<String> {
    let get = |path: String| answer(client.get(format!("{base}{path}")).bearer_auth(&token));
    let (status, slots) = get(format!("/v1/applications/{application}/slots")).await.ok()?;
    if status != 200 {
        return None;
    }
    // A start two days ahead, so that no deadline passes while the test runs.
    let starts = slots["starts"].as_array()?;
    let start = starts.iter().filter(|s| s["odd_hour"] == json!(false)).nth(40 + round)?["start"].as_str()?;
    let input = json!({"application_id": application, "start": start});
    let request = client
        .post(format!("{base}/v1/interviews"))
        .bearer_auth(&token)
        .header("idempotency-key", format!("crash-{application}"));
    let (status, body) = answer(request.json(&input)).await.ok()?;
    let interview = match status {
        201 | 200 => body["id"].as_str()?.to_owned(),
        // Another start than the first time under the same key, or it is scheduled: look it up.
        409 | 422 => {
            let (_, page) = get(format!("/v1/interviews?application_id={application}&limit=1")).await.ok()?;
            page["items"][0]["id"].as_str()?.to_owned()
        }
        _ => panic!("{status}: {body}"),
    };
    let mut patience = 200;
    let invited = loop {
        let (_, body) = get(format!("/v1/interviews/{interview}")).await.ok()?;
        match body["state"].as_str() {
            Some("inviting") => break body,
            Some("requested") if patience > 0 => patience -= 1,
            _ => return Some(interview),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    drop(invited);
    // Whoever of the demo's first interviewers was invited takes it.
    for n in 1..=24 {
        let email = format!("interviewer{n:02}@hdip.example");
        let Some(theirs) = sign_in(&client, &base, &email).await else { continue };
        let (_, open) =
            answer(client.get(format!("{base}/v1/invitations?open=true")).bearer_auth(&theirs)).await.ok()?;
        let own = open["items"]
            .as_array()?
            .iter()
            .find(|i| i["interview_id"] == Value::String(interview.clone()))
            .cloned();
        if let Some(invitation) = own {
            let url = format!("{base}/v1/invitations/{}/accept", invitation["id"].as_str()?);
            let (status, body) = answer(client.post(url).bearer_auth(&theirs)).await.ok()?;
            assert!([200, 409].contains(&status), "{status}: {body}");
            if status == 200 {
                break;
            }
        }
    }
    Some(interview)
}

/// Waits until no job is waiting or under way. Leases of killed workers run out after two minutes.
pub async fn settle(client: &reqwest::Client, base: &str, token: &str) {
    let begin = Instant::now();
    loop {
        let mut left = 0;
        for state in ["queued", "leased"] {
            let url = format!("{base}/v1/background-jobs?state={state}&limit=200");
            let (_, page) = answer(client.get(url).bearer_auth(token)).await.unwrap();
            left += page["items"].as_array().unwrap().len();
        }
        if left == 0 {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{left} jobs are stuck");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Every confirmed interview was mailed to candidate and interviewer; nothing twice under two names.
pub fn mailbox(dir: &Path, interviews: &BTreeSet<String>) {
    let mut kinds: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    let mut repeated = 0;
    for entry in std::fs::read_dir(dir.join("mailbox")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Ok(mail) = serde_json::from_str::<Value>(&text) else { continue };
        let field = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        repeated += mail["deliveries"].as_u64().unwrap_or(1) - 1;
        let uid = mail["calendar"]["text"]
            .as_str()
            .map(|text| text.replace("\r\n ", ""))
            .and_then(|text| text.lines().find_map(|line| line.strip_prefix("UID:").map(str::to_owned)));
        // Mails without a calendar entry can be alike (reminders of two interviews); those with one cannot.
        if let Some(uid) = uid {
            kinds.entry((field("kind"), field("to"), uid)).or_default().insert(field("message_id"));
        }
    }
    for (mail, ids) in &kinds {
        assert_eq!(ids.len(), 1, "{mail:?} was mailed under {ids:?}");
    }
    println!("{} calendar mails, {repeated} repeated under the same Message-ID after a kill", kinds.len());
    assert!(!kinds.is_empty() && !interviews.is_empty());
}
