//! What goes wrong, where, and what is made of it.

use super::scripted::{Act, Log, serve};
use super::{config, mail};
use hdip_core::ports::{Mail, Message, Outcome, PortError, PortErrorKind, Retry};
use hdip_core::testkit::contract::mail::message;
use hdip_integrations::mail::smtp::{SmtpConfig, SmtpMail, SmtpTls};
use std::net::TcpListener;
use std::time::Duration;

/// Sends to a server that acts so at the first such command.
async fn sent_while(at: &'static str, act: Act) -> Result<(), PortError> {
    let (port, _) = serve(move |command, n| (command == at && n == 1).then(|| act.clone())).await;
    mail(impatient(port)).send(&message()).await
}

fn impatient(port: u16) -> SmtpConfig {
    let short = Duration::from_millis(300);
    config(port).timeouts(short, short, short)
}

fn verdict(sent: Result<(), PortError>) -> (PortErrorKind, Retry, Outcome) {
    let error = sent.expect_err("not sent");
    (error.kind, error.retry, error.outcome)
}

fn commands(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

const GONE: (PortErrorKind, Retry, Outcome) = (PortErrorKind::Unreachable, Retry::Backoff, Outcome::NotDone);
const LOST: (PortErrorKind, Retry, Outcome) = (PortErrorKind::Unreachable, Retry::Backoff, Outcome::Unknown);
const DEFERRED: (PortErrorKind, Retry, Outcome) =
    (PortErrorKind::Throttled, Retry::Backoff, Outcome::NotDone);
const REFUSED: (PortErrorKind, Retry, Outcome) = (PortErrorKind::Rejected, Retry::Never, Outcome::NotDone);
const MISCONFIGURED: (PortErrorKind, Retry, Outcome) =
    (PortErrorKind::Rejected, Retry::Backoff, Outcome::NotDone);

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(verdict(mail(impatient(port)).send(&message()).await), GONE);
}

#[tokio::test]
async fn before_the_content_a_broken_connection_means_not_sent() {
    for at in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"] {
        assert_eq!(verdict(sent_while(at, Act::HangUp).await), GONE, "hung up at {at}");
        assert_eq!(verdict(sent_while(at, Act::Silence).await), GONE, "silent at {at}");
    }
}

#[tokio::test]
async fn after_the_content_a_broken_connection_means_unknown() {
    assert_eq!(verdict(sent_while(".", Act::HangUp).await), LOST);
    assert_eq!(verdict(sent_while(".", Act::Silence).await), LOST);
    assert_eq!(verdict(sent_while(".", Act::Say("what?")).await), LOST);
}

#[tokio::test]
async fn an_answer_of_4xx_backs_off_wherever_it_comes() {
    for at in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        assert_eq!(verdict(sent_while(at, Act::Say("421 too busy")).await), DEFERRED, "{at}");
    }
    assert_eq!(verdict(sent_while("RCPT", Act::Say("452 4.2.2 mailbox full")).await), DEFERRED);
}

#[tokio::test]
async fn an_answer_of_5xx_is_final_where_it_is_about_the_message() {
    for at in ["MAIL", "RCPT", "DATA", "."] {
        assert_eq!(verdict(sent_while(at, Act::Say("554 no")).await), REFUSED, "{at}");
    }
    for at in ["CONNECT", "EHLO"] {
        assert_eq!(verdict(sent_while(at, Act::Say("554 not you")).await), MISCONFIGURED, "{at}");
    }
    assert_eq!(verdict(sent_while("MAIL", Act::Say("530 sign in first")).await), MISCONFIGURED);
}

#[tokio::test]
async fn a_wrong_password_can_be_mended_and_is_not_shown() {
    let (port, log) = serve(|command, _| (command == "AUTH").then_some(Act::Say("535 wrong"))).await;
    let mail = mail(impatient(port).credentials("hdip", "swordfish"));
    let error = mail.send(&message()).await.unwrap_err();
    assert!(!format!("{error:?} {error} {mail:?}").contains("swordfish"));
    assert_eq!(verdict(Err(error)), MISCONFIGURED);
    assert!(!commands(&log).contains(&"MAIL".to_owned()));
}

#[tokio::test]
async fn credentials_are_sent_when_there_are_some() {
    let (port, log) = serve(|_, _| None).await;
    mail(impatient(port).credentials("hdip", "swordfish")).send(&message()).await.unwrap();
    assert_eq!(commands(&log), ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."]);
}

#[tokio::test]
async fn credentials_never_cross_a_network_in_the_clear() {
    let config = SmtpConfig::new("relay.example", 25, SmtpTls::None).credentials("hdip", "swordfish");
    let error = SmtpMail::new(config, super::clock()).unwrap_err();
    assert_eq!(verdict(Err(error)), REFUSED);
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let (port, log) = serve(|_, _| None).await;
    let mut config = impatient(port).credentials("hdip", "swordfish");
    config.tls = SmtpTls::StartTls;
    assert_eq!(verdict(mail(config).send(&message()).await), MISCONFIGURED);
    assert_eq!(commands(&log), ["CONNECT", "EHLO"]);
}

#[tokio::test]
async fn a_relay_that_speaks_no_tls_is_unreachable() {
    let (port, log) = serve(|_, _| None).await;
    let mut config = impatient(port);
    config.tls = SmtpTls::Implicit;
    assert_eq!(verdict(mail(config).send(&message()).await), GONE);
    assert!(!commands(&log).contains(&"MAIL".to_owned()));
}

#[tokio::test]
async fn a_connection_is_used_again_also_after_a_refusal() {
    let (port, log) =
        serve(|command, n| (command == "RCPT" && n == 2).then_some(Act::Say("550 nobody"))).await;
    let mail = mail(impatient(port));
    mail.send(&message()).await.unwrap();
    assert_eq!(verdict(mail.send(&message()).await), REFUSED);
    mail.send(&message()).await.unwrap();
    let commands = commands(&log);
    assert_eq!(commands.iter().filter(|command| *command == "CONNECT").count(), 1, "{commands:?}");
    assert!(commands.contains(&"RSET".to_owned()));
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_is_opened_again() {
    for act in [Act::HangUp, Act::Say("421 idle for too long")] {
        let (port, log) = serve(move |command, n| (command == "NOOP" && n == 1).then(|| act.clone())).await;
        let mail = mail(impatient(port));
        mail.send(&message()).await.unwrap();
        mail.send(&message()).await.unwrap();
        assert_eq!(commands(&log).iter().filter(|command| *command == "CONNECT").count(), 2);
    }
}

#[tokio::test]
async fn a_send_that_is_dropped_takes_its_connection_along() {
    // The relay is silent at the first end of a content; used again, the connection would answer the
    // second mail with the first one's word.
    let (port, log) = serve(|command, n| (command == "." && n == 1).then_some(Act::Silence)).await;
    let mail = mail(config(port).pool_size(1));
    assert!(tokio::time::timeout(Duration::from_millis(300), mail.send(&message())).await.is_err());
    mail.send(&message()).await.unwrap();
    assert_eq!(commands(&log).iter().filter(|command| *command == "CONNECT").count(), 2);
}

#[tokio::test]
async fn what_no_header_can_hold_is_rejected() {
    for message_id in ["", "a b@c", "a@b>\r\nBcc: x@y.zz", "ä@b.c", &"x".repeat(300)] {
        let (port, log) = serve(|_, _| None).await;
        let message = Message { message_id: message_id.into(), ..message() };
        assert_eq!(verdict(mail(impatient(port)).send(&message).await), REFUSED, "{message_id:?}");
        assert_eq!(commands(&log), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_address_outside_of_ascii_needs_a_relay_that_takes_it() {
    let to = || "münchen@bücher.example".parse().unwrap();
    let (port, _) = serve(|_, _| None).await;
    assert_eq!(verdict(mail(impatient(port)).send(&Message { to: to(), ..message() }).await), REFUSED);
    let (port, log) = serve(|command, _| {
        (command == "EHLO").then_some(Act::Say("250-scripted.test\r\n250-8BITMIME\r\n250 SMTPUTF8"))
    })
    .await;
    mail(impatient(port)).send(&Message { to: to(), ..message() }).await.unwrap();
    assert!(commands(&log).contains(&".".to_owned()));
}

#[test]
fn an_adapter_may_outlive_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = runtime.block_on(async {
        let (port, _) = serve(|_, _| None).await;
        let mail = mail(impatient(port));
        mail.send(&message()).await.unwrap();
        mail
    });
    drop(runtime);
    drop(mail);
}
