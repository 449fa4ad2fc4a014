//! Against a real SMTP server (mailin) that keeps what it takes, and against a scripted one that
//! misbehaves. What arrived is read by mail-parser, which shares no code with lettre.

mod read;
mod scripted;
mod trouble;

use async_trait::async_trait;
use hdip_core::ports::{Clock, Mail};
use hdip_core::testkit::ManualClock;
use hdip_core::testkit::contract::mail::{MailHarness, ReceivedMail, message};
use hdip_core::values::Email;
use hdip_integrations::mail::smtp::{SmtpConfig, SmtpMail, SmtpTls};
use mailin::{Action, Handler, Response, SessionBuilder, response};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server took: recipients and the message's bytes.
type Taken = Arc<Mutex<Vec<(Vec<String>, Vec<u8>)>>>;

#[derive(Clone, Default)]
struct FarEnd {
    taken: Taken,
    recipients: Vec<String>,
    bytes: Vec<u8>,
}

impl Handler for FarEnd {
    fn rcpt(&mut self, to: &str) -> Response {
        match to {
            "nobody@corp.example" => response::NO_MAILBOX,
            "later@corp.example" => Response::custom(451, "4.7.1 greylisted, come back later".into()),
            _ => response::OK,
        }
    }
    fn data_start(&mut self, _domain: &str, _from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.recipients = to.to_vec();
        self.bytes.clear();
        response::OK
    }
    fn data(&mut self, piece: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
    fn data_end(&mut self) -> Response {
        self.taken.lock().unwrap().push((self.recipients.clone(), std::mem::take(&mut self.bytes)));
        response::OK
    }
}

/// A server on a port of its own, for as long as the test's runtime lives.
async fn serve() -> (u16, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let far_end = FarEnd::default();
    let taken = far_end.taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(session(stream, far_end.clone()));
        }
    });
    (port, taken)
}

async fn session(stream: TcpStream, far_end: FarEnd) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut session = SessionBuilder::new("relay.test").build(Ipv4Addr::LOCALHOST.into(), far_end);
    let mut answer = session.greeting();
    loop {
        if answer.action != Action::NoReply {
            let mut bytes = Vec::new();
            answer.write_to(&mut bytes)?;
            stream.write_all(&bytes).await?;
        }
        let mut line = Vec::new();
        if answer.action == Action::Close || stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        answer = session.process(&line);
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at("2026-01-01T06:00:00Z"))
}

fn config(port: u16) -> SmtpConfig {
    SmtpConfig::new("127.0.0.1", port, SmtpTls::None).helo_name("hdip.test")
}

fn mail(config: SmtpConfig) -> SmtpMail {
    SmtpMail::new(config, clock()).unwrap()
}

struct Harness {
    mail: SmtpMail,
    taken: Taken,
}

async fn harness() -> Harness {
    let (port, taken) = serve().await;
    Harness { mail: mail(config(port)), taken }
}

#[async_trait]
impl MailHarness for Harness {
    fn port(&self) -> &dyn Mail {
        &self.mail
    }
    async fn received(&self) -> Vec<ReceivedMail> {
        self.taken.lock().unwrap().iter().map(|(to, bytes)| read::mail(to, bytes)).collect()
    }
    fn refused(&self) -> Option<Email> {
        "nobody@corp.example".parse().ok()
    }
    fn deferred(&self) -> Option<Email> {
        "later@corp.example".parse().ok()
    }
}

mod contract {
    hdip_core::mail_contract!(attr = tokio::test, harness = super::harness().await);
}

async fn wire(message: &hdip_core::ports::Message) -> String {
    let h = harness().await;
    h.mail.send(message).await.unwrap();
    let (_, bytes) = h.taken.lock().unwrap().remove(0);
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_headers_that_mail_programs_go_by_are_there() {
    let text = wire(&message()).await;
    for header in [
        "Message-ID: <bjob_01-invite@mail.hdip.example>",
        "Auto-Submitted: auto-generated",
        "Content-Language: hi-IN",
        "X-HDIP-Kind: interview_confirmed",
        "Date: Thu, 01 Jan 2026 06:00:00 +0000",
        "MIME-Version: 1.0",
    ] {
        assert!(text.contains(&format!("{header}\r\n")), "no {header} in\n{text}");
    }
}

#[tokio::test]
async fn the_wire_is_seven_bits_in_lines_of_at_most_998() {
    let text = wire(&hdip_core::ports::Message { html: "ü".repeat(5000), ..message() }).await;
    assert!(text.is_ascii());
    assert!(text.lines().all(|line| line.len() <= 998));
}

#[tokio::test]
async fn parts_are_nested_as_gmail_outlook_and_apple_mail_want_them() {
    use hdip_core::ports::{CalendarObject, Method};
    let calendar =
        Some(CalendarObject { method: Method::Request, text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into() });
    let text = wire(&hdip_core::ports::Message { calendar, ..message() }).await;
    assert_eq!(
        read::structure(text.as_bytes()),
        "multipart/mixed[multipart/alternative[text/plain text/html text/calendar] application/ics]"
    );
    assert_eq!(
        read::structure(wire(&message()).await.as_bytes()),
        "multipart/alternative[text/plain text/html]"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_all_arrive_once() {
    let (port, taken) = serve().await;
    let mail = Arc::new(mail(config(port).pool_size(3)));
    let sends: Vec<_> = (0..30)
        .map(|n| {
            let mail = mail.clone();
            tokio::spawn(async move {
                let id = format!("{n}@mail.hdip.example");
                mail.send(&hdip_core::ports::Message { message_id: id, ..message() }).await
            })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let mut ids: Vec<_> =
        taken.lock().unwrap().iter().map(|(to, bytes)| read::mail(to, bytes).message_id).collect();
    assert_eq!(ids.len(), 30);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 30);
}
