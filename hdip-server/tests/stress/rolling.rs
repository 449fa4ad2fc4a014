//! Two instances of the real binary on one database behind a balancer that asks `/readyz`. Requests run all the time
//! while one after the other is told to stop and replaced, and while the schema of a newer release appears under
//! them. No request fails, no job is lost. On SQLite and on PostgreSQL.

use crate::client::{answer, http};
use crate::fresh::{Fresh, Kind};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Who sends requests at the same time.
const CALLERS: usize = 6;

struct Instance {
    child: Child,
    port: u16,
}

/// What both instances work on.
struct Place {
    dir: tempfile::TempDir,
    /// None: SQLite, in the folder.
    database: Option<Fresh>,
}

impl Place {
    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdip-server"));
        command
            .env("HDIP_DATA_DIR", self.dir.path())
            .envs(self.database.iter().map(|database| ("HDIP_DATABASE_URL", &database.url)))
            .env("HDIP_LISTEN", format!("127.0.0.1:{port}"))
            .env("HDIP_BASE_URL", "http://127.0.0.1:8080")
            .env("HDIP_MIGRATE_ON_START", "false")
            .env("HDIP_SHUTDOWN_DELAY_SECONDS", "1")
            .env("HDIP_LOG", "warn")
            .env("HDIP_RATE_LIMIT_PER_MINUTE", "1000000")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// What a migration of a newer release may do, and what that release leaves in the queue.
    async fn is_migrated_by_a_newer_release(&self) {
        for statement in OF_NEXT_YEAR {
            let done = match &self.database {
                Some(database) => database.raw().await.run(statement).await,
                None => {
                    let url = format!("sqlite:{}", self.dir.path().join("hdip.sqlite").display());
                    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                    sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut connection).await.map(|_| ())
                }
            };
            done.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    }
}

const OF_NEXT_YEAR: &[&str] = &[
    "ALTER TABLE \"interviews\" ADD COLUMN \"of_next_year\" TEXT",
    "ALTER TABLE \"background_jobs\" ADD COLUMN \"of_next_year\" INTEGER NOT NULL DEFAULT 1",
    "CREATE TABLE \"of_next_year\" (\"id\" TEXT NOT NULL PRIMARY KEY)",
    "INSERT INTO \"_sqlx_migrations\" (\"version\", \"description\", \"installed_on\", \"success\", \"checksum\", \"execution_time\")
        SELECT 9999, 'of next year', \"installed_on\", \"success\", \"checksum\", 1 FROM \"_sqlx_migrations\" WHERE \"version\" = 1",
    "INSERT INTO \"background_jobs\" (\"id\", \"kind\", \"cause\", \"subject\", \"data\", \"state\", \"attempt\", \"due_at\", \"created_at\")
        SELECT 'bjob_01j9z3w6v5k2m8x4t7q0r1s2aa', 'of_next_year', 'of_next_year', 'x', '{}', 'queued', 0,
        MAX(\"created_at\"), MAX(\"created_at\") FROM \"background_jobs\"",
    "INSERT INTO \"timers\" (\"kind\", \"subject\", \"due_at\", \"generation\") VALUES ('of_next_year', 'x', 0, 1)",
];

impl Instance {
    fn start(place: &Place, port: u16) -> Self {
        Self { child: place.command(port).arg("all").spawn().unwrap(), port }
    }

    /// SIGTERM, as systemd sends it; it must end by itself and say that all is well.
    async fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Only where the test failed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request to an instance that says it is ready.
#[derive(Clone)]
struct Balancer {
    client: reqwest::Client,
    ports: [u16; 2],
    turn: Arc<AtomicUsize>,
}

impl Balancer {
    async fn ready(&self, port: u16) -> bool {
        let asked =
            self.client.get(format!("http://127.0.0.1:{port}/readyz")).timeout(Duration::from_secs(3));
        matches!(answer(asked).await, Ok((200, _)))
    }

    async fn pick(&self) -> String {
        let begin = Instant::now();
        loop {
            let port = self.ports[self.turn.fetch_add(1, Ordering::Relaxed) % 2];
            if self.ready(port).await {
                return format!("http://127.0.0.1:{port}");
            }
            assert!(begin.elapsed() < PATIENCE, "no instance is ready");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until_ready(&self, port: u16) {
        let begin = Instant::now();
        while !self.ready(port).await {
            assert!(begin.elapsed() < PATIENCE, "the instance does not come up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_are_replaced_one_by_one_and_no_request_fails() {
    roll(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_are_replaced_on_postgresql_and_no_request_fails() {
    let Some(database) = Fresh::empty(Kind::Postgres).await else { return };
    roll(Some(database)).await;
}

async fn roll(database: Option<Fresh>) {
    let place = Place { dir: tempfile::tempdir().unwrap(), database };
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (one, two) = (free(), free());
    let ports = [one.local_addr().unwrap().port(), two.local_addr().unwrap().port()];
    drop((one, two));
    for step in ["migrate", "seed"] {
        assert!(place.command(ports[0]).arg(step).status().unwrap().success(), "{step}");
    }
    let client = http();
    let balancer = Balancer { client: client.clone(), ports, turn: Arc::default() };
    let mut instances: Vec<_> = ports.iter().map(|port| Instance::start(&place, *port)).collect();
    for port in ports {
        balancer.until_ready(port).await;
    }
    let base = balancer.pick().await;
    let input = json!({"email": "admin@hdip.example", "password": hdip_server::seed::PASSWORD});
    let (status, body) = answer(client.post(format!("{base}/v1/auth/sign-in")).json(&input)).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap().to_owned();
    let list = format!("{base}/v1/applications?status=to_schedule&limit=200");
    let (_, page) = answer(client.get(list).bearer_auth(&token)).await.unwrap();
    let applications: Vec<String> =
        page["items"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
    assert!(!applications.is_empty());

    // Reads and writes without a pause, each answered well or the test fails.
    let over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let callers: Vec<_> = (0..CALLERS)
        .map(|n| {
            let (balancer, token, over, answered) =
                (balancer.clone(), token.clone(), over.clone(), answered.clone());
            let application = applications[n % applications.len()].clone();
            tokio::spawn(async move {
                let mut round = 0;
                while !over.load(Ordering::Relaxed) {
                    round += 1;
                    let base = balancer.pick().await;
                    let path = match (n + round) % 3 {
                        0 => format!("/v1/applications/{application}/slots"),
                        1 => "/v1/jobs".to_owned(),
                        _ => format!("/v1/applications/{application}/scheduling-link"),
                    };
                    let writes = path.ends_with("link");
                    let url = format!("{base}{path}");
                    let request = if writes {
                        balancer.client.post(&url).header("idempotency-key", format!("rolling-{n}-{round}"))
                    } else {
                        balancer.client.get(&url)
                    };
                    let (status, body) = answer(request.bearer_auth(&token))
                        .await
                        .unwrap_or_else(|error| panic!("{path} at {base} was not answered: {error:?}"));
                    assert!((200..300).contains(&status), "{path} at {base}: {status} {body}");
                    answered[usize::from(writes)].fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let so_far = || [0, 1].map(|n| answered[n].load(Ordering::Relaxed));
    let more = async |than: [usize; 2]| {
        let begin = Instant::now();
        while so_far()[0] < than[0] + 10 || so_far()[1] < than[1] + 5 {
            assert!(begin.elapsed() < PATIENCE, "nothing is answered any more: {:?}", so_far());
            assert!(!callers.iter().any(|caller| caller.is_finished()), "a request failed");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    more([0, 0]).await;
    for n in 0..2 {
        let old = instances.remove(0);
        let port = old.port;
        old.stop().await;
        more(so_far()).await; // the other one carries all
        if n == 1 {
            // Expand first: both releases run on the new schema.
            place.is_migrated_by_a_newer_release().await;
            more(so_far()).await;
        }
        instances.push(Instance::start(&place, port));
        balancer.until_ready(port).await;
        more(so_far()).await;
    }
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("no request failed");
    }

    // Everything that was decided is carried out; what is of next year is left to next year.
    let base = balancer.pick().await;
    let begin = Instant::now();
    let left = loop {
        let mut left = Vec::new();
        for state in ["queued", "leased"] {
            let url = format!("{base}/v1/background-jobs?state={state}&limit=200");
            let (_, page) = answer(client.get(url).bearer_auth(&token)).await.unwrap();
            let items = page["items"].as_array().unwrap().iter();
            left.extend(items.map(|job| (job["kind"].clone(), job["attempt"].clone())));
        }
        // Looked at between two states, it is seen in neither.
        if left.len() == 1 && left[0].0 == "of_next_year" {
            break left;
        }
        assert!(begin.elapsed() < PATIENCE, "{} jobs are stuck", left.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(left[0].1.as_i64().unwrap() <= 1, "it was not counted as tried: {left:?}");
    let url = format!("{base}/v1/background-jobs?state=dead");
    let (_, dead) = answer(client.get(url).bearer_auth(&token)).await.unwrap();
    assert_eq!(dead["items"], Value::Array(vec![]), "no job died");
    for instance in instances {
        instance.stop().await;
    }
    println!("{:?} reads and writes were answered while two instances were replaced", so_far());
}
