//! Credentials, idempotency keys, retries: what goes with every request.

use crate::Client;
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An API key that cannot stand in a header.
    #[error("the API key holds characters that no API key has")]
    InvalidKey,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[from] reqwest::Error),
}

/// Settings of a [`Client`]; [`Connect::client`] makes it.
#[derive(Debug)]
pub struct Connect {
    base_url: String,
    credentials: Credentials,
    timeout: Duration,
    tries: u32,
}

impl Connect {
    /// To a server, for example `https://app.hdip.example`.
    pub fn to(base_url: impl Into<String>) -> Self {
        let base_url: String = base_url.into();
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            credentials: Credentials::None,
            timeout: Duration::from_secs(30),
            tries: 4,
        }
    }

    /// With an API key.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.credentials = Credentials::ApiKey(key.into());
        self
    }

    /// As a user. The client signs in with the first request that needs it, renews the access token before
    /// requests fail, and signs in again when the refresh token is no longer good.
    pub fn user(mut self, email: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Credentials::User { email: email.into(), password: password.into() };
        self
    }

    /// How long one attempt may take; 30 s if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a request is sent at most when the connection breaks or the server is overloaded; 4 if not
    /// said.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn client(self) -> Result<Client, ConnectError> {
        // Fails when the program has installed a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if let Credentials::ApiKey(key) = &self.credentials
            && HeaderValue::from_str(key).is_err()
        {
            return Err(ConnectError::InvalidKey);
        }
        let http = reqwest::Client::builder()
            .timeout(self.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("hdip-client/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let session = Session {
            credentials: self.credentials,
            tokens: Arc::new(Mutex::new(Tokens::default())),
            tries: self.tries,
        };
        Ok(Client::new_with_client(&self.base_url, http, session))
    }
}

enum Credentials {
    None,
    ApiKey(String),
    User { email: String, password: String },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::ApiKey(_) => "ApiKey(…)",
            Self::User { .. } => "User(…)",
        })
    }
}

impl Clone for Credentials {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::ApiKey(key) => Self::ApiKey(key.clone()),
            Self::User { email, password } => Self::User { email: email.clone(), password: password.clone() },
        }
    }
}

#[derive(Default)]
struct Tokens {
    access: Option<String>,
    refresh: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// What a [`Client`] carries from request to request. Clones share tokens.
#[derive(Debug, Clone)]
pub struct Session {
    credentials: Credentials,
    /// One lock: of many requests that meet an expired token, one renews it.
    tokens: Arc<Mutex<Tokens>>,
    tries: u32,
}

impl Session {
    /// What goes behind `Bearer`.
    async fn bearer(&self, client: &Client) -> reqwest::Result<Option<String>> {
        match &self.credentials {
            Credentials::None => Ok(None),
            Credentials::ApiKey(key) => Ok(Some(key.clone())),
            Credentials::User { .. } => {
                let mut tokens = self.tokens.lock().await;
                if tokens.access.is_none() {
                    self.renew(client, &mut tokens).await?;
                }
                Ok(tokens.access.clone())
            }
        }
    }

    /// Gets another token after `used` was refused; false where there is none to be had.
    async fn renewed(&self, client: &Client, used: &str) -> reqwest::Result<bool> {
        let Credentials::User { .. } = &self.credentials else { return Ok(false) };
        let mut tokens = self.tokens.lock().await;
        if tokens.access.as_deref() == Some(used) {
            tokens.access = None;
            self.renew(client, &mut tokens).await?;
        }
        Ok(tokens.access.is_some())
    }

    /// By the refresh token, else by signing in. A refresh token that the server refuses is forgotten: it is
    /// used once, whatever the answer.
    async fn renew(&self, client: &Client, tokens: &mut Tokens) -> reqwest::Result<()> {
        if let Some(refresh) = tokens.refresh.take() {
            self.ask(client, "refresh", json!({"refresh_token": refresh}), tokens).await?;
        }
        if let (None, Credentials::User { email, password }) = (&tokens.access, &self.credentials) {
            self.ask(client, "sign-in", json!({"email": email, "password": password}), tokens).await?;
        }
        Ok(())
    }

    async fn ask(
        &self,
        client: &Client,
        what: &str,
        input: Value,
        tokens: &mut Tokens,
    ) -> reqwest::Result<()> {
        let url = format!("{}/v1/auth/{what}", client.baseurl());
        let answer = client.client().post(url).json(&input).send().await?;
        if answer.status().is_success() {
            let answer: Value = answer.json().await?;
            let text = |field: &str| answer[field].as_str().map(str::to_owned);
            *tokens = Tokens { access: text("access_token"), refresh: text("refresh_token") };
        }
        Ok(())
    }
}

impl ClientHooks<Session> for Client {
    /// Sends a request with credentials and key, and again as long as that is safe and may help.
    async fn exec(&self, mut request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let session = self.inner();
        if request.method() == Method::POST && !request.headers().contains_key(IDEMPOTENCY_KEY) {
            let key = uuid::Uuid::new_v4().to_string();
            request.headers_mut().extend(HeaderValue::from_str(&key).ok().map(|key| (IDEMPOTENCY_KEY, key)));
        }
        // A sign-in must not sign in first.
        let open =
            request.url().path().starts_with("/v1/auth/") || request.url().path().starts_with("/v1/links/");
        // What changes a record without a key is sent once.
        let repeatable = request.method() == Method::GET || request.headers().contains_key(IDEMPOTENCY_KEY);
        let mut renewed = false;
        let mut attempt = 1;
        loop {
            let bearer = if open { None } else { session.bearer(self).await? };
            if let Some(bearer) = &bearer
                && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {bearer}"))
            {
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
            }
            let copy = request.try_clone();
            let answer = self.client().execute(request).await;
            // A streamed body cannot be sent again.
            let Some(again) = copy else { return answer };
            if let (Ok(answer), Some(used), false) = (&answer, &bearer, renewed)
                && answer.status() == StatusCode::UNAUTHORIZED
            {
                renewed = true;
                if session.renewed(self, used).await? {
                    request = again;
                    continue;
                }
            }
            let Some(pause) = pause(&answer, attempt).filter(|_| repeatable && attempt < session.tries)
            else {
                return answer;
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
            request = again;
        }
    }
}

/// How long to wait before another attempt; none where it would not help. `Retry-After` in seconds is
/// honoured, up to a minute.
fn pause(answer: &reqwest::Result<Response>, attempt: u32) -> Option<Duration> {
    let backoff = Duration::from_millis(100 << attempt.min(6));
    match answer {
        Err(error) if error.is_connect() || error.is_timeout() || error.is_request() => Some(backoff),
        Err(_) => None,
        Ok(answer) => match answer.status().as_u16() {
            429 | 502 | 503 | 504 => {
                let after =
                    answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                Some(after.map_or(backoff, |seconds: u64| Duration::from_secs(seconds.min(60))))
            }
            _ => None,
        },
    }
}
