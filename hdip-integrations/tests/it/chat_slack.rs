//! The webhook against a server that answers as Slack documents it
//! (<https://api.slack.com/messaging/webhooks#handling_errors>).

use async_trait::async_trait;
use hdip_core::ports::{Chat, ChatPost, Outcome, PortErrorKind, Retry};
use hdip_core::testkit::contract::chat::{ChatHarness, ChatTrouble};
use hdip_core::values::Duration;
use hdip_integrations::chat::slack::SlackWebhook;
use serde_json::Value;
use std::time::Duration as Wait;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SECRET: &str = "T00000000/B00000000/very-secret";

struct Harness {
    server: MockServer,
    webhook: SlackWebhook,
}

async fn harness() -> Harness {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string("ok");
    Mock::given(method("POST"))
        .and(path(format!("/services/{SECRET}")))
        .and(header("content-type", "application/json"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let webhook =
        SlackWebhook::new(&format!("{}/services/{SECRET}", server.uri()), Wait::from_secs(5)).unwrap();
    Harness { server, webhook }
}

impl Harness {
    /// The next request is answered like that.
    async fn answer(&self, answer: ResponseTemplate) {
        Mock::given(method("POST"))
            .respond_with(answer)
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }
}

/// A text as Slack shows it: `<!channel>` and `<@U1>` call people, `<a|b>` is a link, three entities are read.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end);
        let inner = &rest[at + 1..end];
        out.push_str(&format!("@{}", inner.trim_start_matches(['!', '@'])));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[async_trait]
impl ChatHarness for Harness {
    fn port(&self) -> &dyn Chat {
        &self.webhook
    }

    async fn read(&self) -> Vec<String> {
        // What was answered with trouble was not taken; each trouble is one request of the text "hello".
        let requests = self.server.received_requests().await.unwrap();
        let texts = requests.iter().map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            shown(body["text"].as_str().unwrap())
        });
        texts.filter(|text| text != "hello").collect()
    }

    async fn trouble(&self, trouble: ChatTrouble) {
        self.answer(match trouble {
            ChatTrouble::NoSuchChannel => ResponseTemplate::new(404).set_body_string("no_service"),
            ChatTrouble::TooMany(seconds) => ResponseTemplate::new(429)
                .insert_header("retry-after", seconds.to_string())
                .set_body_string("rate_limited"),
            ChatTrouble::Down => ResponseTemplate::new(503),
        })
        .await;
    }

    fn secret(&self) -> Option<&str> {
        Some("very-secret")
    }
}

mod contract {
    hdip_core::chat_contract!(attr = tokio::test, harness = super::harness().await);
}

fn post() -> ChatPost {
    ChatPost { id: "chat:alrt_1:opened".into(), text: "hello".into() }
}

#[tokio::test]
async fn every_answer_slack_documents_has_its_verdict() {
    let harness = harness().await;
    for (status, kind, retry) in [
        (400, PortErrorKind::Rejected, Retry::Never),
        (403, PortErrorKind::Rejected, Retry::Never),
        (410, PortErrorKind::Rejected, Retry::Never),
        (302, PortErrorKind::Rejected, Retry::Never),
        (408, PortErrorKind::Unreachable, Retry::Backoff),
        (500, PortErrorKind::Unreachable, Retry::Backoff),
        (429, PortErrorKind::Throttled, Retry::Backoff),
    ] {
        harness.answer(ResponseTemplate::new(status)).await;
        let error = harness.webhook.post(&post()).await.unwrap_err();
        assert_eq!((error.kind, error.retry), (kind, retry), "{status}: {error}");
        assert!(error.to_string().contains("chat.post"), "{error}");
    }
    // A pause of a day, and one that is no number.
    harness.answer(ResponseTemplate::new(429).insert_header("retry-after", "86400")).await;
    assert_eq!(harness.webhook.post(&post()).await.unwrap_err().retry, Retry::After(Duration::seconds(3600)));
    harness.answer(ResponseTemplate::new(429).insert_header("retry-after", "soon")).await;
    assert_eq!(harness.webhook.post(&post()).await.unwrap_err().retry, Retry::Backoff);
}

#[tokio::test]
async fn a_slow_channel_is_given_up_and_may_have_taken_it() {
    let harness = harness().await;
    harness.answer(ResponseTemplate::new(200).set_delay(Wait::from_secs(30))).await;
    let address = format!("{}/services/{SECRET}", harness.server.uri());
    let hasty = SlackWebhook::new(&address, Wait::from_millis(200)).unwrap();
    let error = hasty.post(&post()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.retry, error.outcome),
        (PortErrorKind::Unreachable, Retry::Backoff, Outcome::Unknown)
    );
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_posted() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = SlackWebhook::new(&format!("http://127.0.0.1:{port}/{SECRET}"), Wait::from_secs(5)).unwrap();
    let error = nobody.post(&post()).await.unwrap_err();
    assert_eq!((error.kind, error.outcome), (PortErrorKind::Unreachable, Outcome::NotDone));
    assert!(nobody.answers().await.is_err());
    let source = std::error::Error::source(&error).unwrap();
    assert!(!format!("{source} {source:?}").contains("very-secret"), "{source:?}");
}

#[tokio::test]
async fn a_look_posts_nothing() {
    let harness = harness().await;
    harness.webhook.answers().await.unwrap();
    let requests = harness.server.received_requests().await.unwrap();
    assert_eq!(requests.iter().map(|request| request.method.as_str()).collect::<Vec<_>>(), ["GET"]);
}

#[test]
fn what_is_no_address_is_refused_without_showing_it() {
    for wrong in ["", "very-secret", "ftp://chat.example/very-secret", "https://"] {
        let error = SlackWebhook::new(wrong, Wait::from_secs(5)).unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Rejected);
        assert!(!format!("{error} {error:?}").contains("very-secret"), "{error:?}");
    }
}
