//! An SMTP server that misbehaves as it is told.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does instead of the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Says this line.
    Say(&'static str),
    /// Closes the connection.
    HangUp,
    /// Says nothing and waits.
    Silence,
}

/// Commands it was given (`CONNECT` for a new connection, `.` for the end of a content), in order.
pub(super) type Log = Arc<Mutex<Vec<String>>>;

/// `script(command, n)` says what to do at the `n`-th such command; `None` is the usual.
pub(super) async fn serve(script: impl Fn(&str, usize) -> Option<Act> + Send + Sync + 'static) -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Log::default();
    let (seen, script) = (log.clone(), Arc::new(script));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (seen, script) = (seen.clone(), script.clone());
            tokio::spawn(async move { session(stream, &seen, &*script).await });
        }
    });
    (port, log)
}

async fn session(stream: TcpStream, log: &Log, script: &(impl Fn(&str, usize) -> Option<Act> + Send + Sync)) {
    let mut stream = BufReader::new(stream);
    let mut command = "CONNECT".to_owned();
    loop {
        let n = {
            let mut log = log.lock().unwrap();
            log.push(command.clone());
            log.iter().filter(|seen| **seen == command).count()
        };
        let answer = match script(&command, n) {
            Some(Act::HangUp) => return,
            Some(Act::Silence) => std::future::pending().await,
            Some(Act::Say(line)) => line,
            None => usual(&command),
        };
        let in_content = answer.starts_with("354");
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || answer.starts_with("221") {
            return;
        }
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if !in_content {
                command = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
                break;
            } else if line == ".\r\n" {
                command = ".".into();
                break;
            }
        }
    }
}

fn usual(command: &str) -> &'static str {
    match command {
        "CONNECT" => "220 scripted.test",
        "EHLO" => "250-scripted.test\r\n250-AUTH PLAIN\r\n250 8BITMIME",
        "AUTH" => "235 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 fine",
    }
}
