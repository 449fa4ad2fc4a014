//! A Slack-compatible incoming webhook: Slack itself, Mattermost, Rocket.Chat, Zulip, Google Chat's proxies.
//!
//! One POST of `{"text": …}` with `&`, `<` and `>` escaped, so that no text can call people or pose as a link
//! (<https://api.slack.com/reference/surfaces/formatting>). The whole address is a secret: whoever has it can post.

use async_trait::async_trait;
use hdip_core::ports::{Chat, ChatPost, PortError, PortErrorKind, Retry};
use hdip_core::values::Duration;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use std::fmt;

/// A webhook.
pub struct SlackWebhook {
    client: Client,
    address: Url,
}

impl fmt::Debug for SlackWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackWebhook").field("host", &self.address.host_str()).finish_non_exhaustive()
    }
}

impl SlackWebhook {
    /// At this address, with a limit for the whole exchange.
    ///
    /// # Errors
    /// `Rejected` for what is no http(s) address.
    pub fn new(address: &str, limit: std::time::Duration) -> Result<Self, PortError> {
        let unusable = |why: &str| error(PortErrorKind::Rejected, why);
        // The parser's error would say what it could not parse.
        let address = Url::parse(address).map_err(|_| unusable("the webhook's address is no URL"))?;
        if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
            return Err(unusable("the webhook's address must begin with https://"));
        }
        // Whoever was first has chosen; it is the only one there is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("hdip/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|cause| unusable("no HTTP client can be made").with_source(cause.without_url()))?;
        Ok(Self { client, address })
    }

    /// Whether something listens at the address; nothing is posted.
    ///
    /// # Errors
    /// `Unreachable` when nobody answers.
    pub async fn answers(&self) -> Result<(), PortError> {
        // A webhook takes POST only: any answer to this one shows that it is there.
        self.client.get(self.address.clone()).send().await.map(|_| ()).map_err(not_reached)
    }
}

#[async_trait]
impl Chat for SlackWebhook {
    async fn post(&self, post: &ChatPost) -> Result<(), PortError> {
        let body = serde_json::json!({"text": escaped(&post.text)}).to_string();
        let request =
            self.client.post(self.address.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(not_reached)?;
        match response.status() {
            status if status.is_success() => Ok(()),
            StatusCode::TOO_MANY_REQUESTS => Err(throttled(&response)),
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                Err(error(PortErrorKind::Unreachable, format!("the channel answers {status}")))
            }
            // Slack: 400 invalid_payload, 403 action_prohibited, 404 no_service, 410 channel_is_archived.
            status => Err(error(PortErrorKind::Rejected, format!("the channel refuses with {status}"))),
        }
    }
}

fn error(kind: PortErrorKind, context: impl Into<String>) -> PortError {
    PortError::new(kind, "chat", "post", context)
}

/// No answer. What never got a connection was not posted; of anything else we do not know.
fn not_reached(cause: reqwest::Error) -> PortError {
    let connected = !cause.is_connect();
    let error =
        error(PortErrorKind::Unreachable, "the channel gives no answer").with_source(cause.without_url());
    if connected { error.unknown_outcome() } else { error }
}

fn throttled(response: &Response) -> PortError {
    let error = error(PortErrorKind::Throttled, "the channel takes no more for now");
    let seconds =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    match seconds {
        // A channel that is closed for longer than an hour is asked again in an hour.
        Some(seconds) => error.with_retry(Retry::After(Duration::seconds(i64::min(seconds, 3600)))),
        None => error,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
