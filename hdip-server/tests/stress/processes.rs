//! The real binary as several processes: `serve` and `work`, over settings they share. Whatever the test does,
//! they are gone when it ends.

use crate::client::answer;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian's package has the node itself; the one in the path is a wrapper that becomes another user.
const RABBITMQ: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// How long a process has to come up.
const PATIENCE: Duration = Duration::from_secs(90);

/// `HDIP_…` variables.
pub type Settings = Vec<(&'static str, String)>;

/// A port nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs the binary to its end.
pub fn run(settings: &Settings, argument: &str) -> bool {
    command(settings).arg(argument).status().unwrap().success()
}

/// What `doctor` finds wrong, but for how safely a database of tests stores.
pub fn faults(settings: &Settings) -> Vec<String> {
    let output = command(settings).arg("doctor").stdout(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let looked = said.lines().any(|line| line.starts_with("invariants") || line.starts_with("FAULT"));
    assert!(looked, "doctor did not get to the end: {said}");
    let unsafe_on_purpose = |line: &&str| line.contains("innodb_flush_log_at_trx_commit");
    said.lines()
        .filter(|line| line.starts_with("FAULT"))
        .filter(|line| !unsafe_on_purpose(line))
        .map(str::to_owned)
        .collect()
}

fn command(settings: &Settings) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdip-server"));
    command.envs(settings.iter().map(|(name, value)| (*name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// One process, which may be killed and started again under the same settings.
#[derive(Debug)]
pub struct Process {
    argument: &'static str,
    settings: Settings,
    port: Option<u16>,
    child: Option<Child>,
}

impl Process {
    /// A server on a port of its own, which leaves background jobs to others.
    pub fn serve(settings: &Settings) -> Self {
        let port = free_port();
        let mut settings = settings.clone();
        settings.push(("HDIP_LISTEN", format!("127.0.0.1:{port}")));
        settings.push(("HDIP_WORKER", "false".into()));
        Self { argument: "serve", settings, port: Some(port), child: None }.started()
    }

    /// A worker.
    pub fn work(settings: &Settings) -> Self {
        Self { argument: "work", settings: settings.clone(), port: None, child: None }.started()
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Starts it, if it does not run.
    pub fn start(&mut self) {
        if self.child.is_none() {
            self.child = Some(command(&self.settings).arg(self.argument).spawn().unwrap());
        }
    }

    /// SIGKILL: no handler runs, no buffer is flushed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Where it listens.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.expect("a server"))
    }

    /// Waits until it is ready to serve.
    pub async fn ready(&self, client: &reqwest::Client) {
        let begin = Instant::now();
        while !matches!(answer(client.get(format!("{}/readyz", self.base()))).await, Ok((200, _))) {
            assert!(begin.elapsed() < PATIENCE, "a server does not come up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A RabbitMQ node of the test's own, which it may kill without disturbing anybody. Its data stays in `folder`.
#[derive(Debug)]
pub struct Broker {
    folder: std::path::PathBuf,
    port: u16,
    distribution: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts a node and waits until it takes connections. `None`, said aloud, where RabbitMQ is not installed; a
    /// failure where it must be.
    pub async fn start(folder: &Path) -> Option<Self> {
        if !Path::new(RABBITMQ).exists() {
            let required = std::env::var("HDIP_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
            assert!(!required, "RabbitMQ is not installed: no {RABBITMQ}");
            println!("skipped: stress: no {RABBITMQ}");
            return None;
        }
        let mut broker =
            Self { folder: folder.to_owned(), port: free_port(), distribution: free_port(), child: None };
        broker.up().await;
        Some(broker)
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Starts the node again over the data it left.
    pub async fn up(&mut self) {
        if self.child.is_some() {
            return;
        }
        let folder = self.folder.to_str().unwrap();
        let configuration = self.folder.join("rabbitmq.conf");
        std::fs::write(&configuration, format!("listeners.tcp.local = 127.0.0.1:{}\n", self.port)).unwrap();
        std::fs::write(self.folder.join("enabled_plugins"), "[].\n").unwrap();
        let mut command = Command::new(RABBITMQ);
        command
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", format!("hdip_test_{}@localhost", self.port))
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("RABBITMQ_CONFIG_FILE", &configuration)
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", format!("{folder}/enabled_plugins"))
            .env("RABBITMQ_MNESIA_BASE", format!("{folder}/data"))
            .env("RABBITMQ_LOG_BASE", format!("{folder}/log"))
            .env("RABBITMQ_PID_FILE", format!("{folder}/pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // The script starts others; a group of its own ends them all.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        self.child = Some(command.spawn().expect("rabbitmq-server is installed"));
        let begin = Instant::now();
        while !self.greets().await {
            assert!(begin.elapsed() < PATIENCE, "the broker does not come up");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Whether it answers the protocol's first frame: its port opens before it is ready.
    async fn greets(&self) -> bool {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let hello = async {
            let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
            stream.read_u8().await
        };
        matches!(tokio::time::timeout(Duration::from_secs(2), hello).await, Ok(Ok(1)))
    }

    /// Kills the node.
    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = format!("-{}", child.id());
            let killed = Command::new("kill").args(["-KILL", "--", &group]).status().unwrap();
            assert!(killed.success(), "the broker is killed");
            child.wait().unwrap();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.down();
    }
}
