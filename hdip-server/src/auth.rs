//! Who asks: access tokens (JWT), API keys, the [`Caller`] extractor.
//!
//! An access token names user and sign-in only. Role, tenant and job limits are read on every request, so
//! that revoking acts at once.

use crate::middleware::RequestInfo;
use crate::problem::{ApiError, ApiResult};
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use hdip_core::access::{AccessError, Actor};
use hdip_core::ports::Secrets;
use hdip_core::values::{Duration, SignInId, Timestamp, UserId};
use hdip_core::{Ctx, Hdip, IdempotencyKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// What the text of an API key begins with; anything else behind `Bearer` is an access token.
const KEY_PREFIX: &str = "hdip_";
const ISSUER: &str = "hdip";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The user.
    sub: UserId,
    /// The sign-in.
    sid: SignInId,
    iat: i64,
    exp: i64,
}

/// Makes and reads access tokens: HS256 under a key derived from the deployment's secret.
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    lifetime: Duration,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// Tokens that live that long.
    pub fn new(secrets: &dyn Secrets, lifetime: Duration) -> Self {
        let key = secrets.mac("access-token", b"HS256");
        Self { encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key), lifetime }
    }

    /// A token and when it ends.
    ///
    /// # Errors
    /// `internal`, if the token cannot be written; does not happen with HMAC keys.
    pub fn issue(&self, user: UserId, sign_in: SignInId, now: Timestamp) -> ApiResult<(String, Timestamp)> {
        let ends = now + self.lifetime;
        let claims = Claims {
            iss: ISSUER.into(),
            sub: user,
            sid: sign_in,
            iat: now.timestamp(),
            exp: ends.timestamp(),
        };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|error| {
            tracing::error!(%error, "an access token could not be written");
            ApiError::new(
                axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "something went wrong on our side",
            )
        })?;
        Ok((token, ends))
    }

    fn read(&self, token: &str, now: Timestamp) -> Result<(UserId, SignInId), AccessError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // By our clock port below, not by the system's.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &self.decoding, &validation)
            .map_err(|_| AccessError::Unauthenticated)?
            .claims;
        if now.timestamp() >= claims.exp {
            return Err(AccessError::Unauthenticated);
        }
        Ok((claims.sub, claims.sid))
    }
}

/// The context of a request with good credentials: a user's access token or an API key in
/// `Authorization: Bearer …`. Derefs to [`Ctx`].
#[derive(Debug, Clone)]
pub struct Caller(pub Ctx);

impl Deref for Caller {
    type Target = Ctx;
    fn deref(&self) -> &Ctx {
        &self.0
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let token = bearer(parts).ok_or(AccessError::Unauthenticated)?;
        let actor = if token.starts_with(KEY_PREFIX) {
            state.hdip.authenticate_key(token).await?
        } else {
            let (user, sign_in) = state.tokens.read(token, state.hdip.now())?;
            state.hdip.authenticate_user(user, sign_in).await?
        };
        state.limits.count_caller(parts, &actor.label())?;
        Ok(Self(context(parts, &state.hdip, actor)?))
    }
}

/// The context of a request without credentials: signing in, links, public pages.
#[derive(Debug, Clone)]
pub struct Visitor(pub Ctx);

impl Visitor {
    /// The context of the holder of a link's token.
    ///
    /// # Errors
    /// `link_invalid`, `link_spent`, `link_expired`.
    pub async fn with_link(self, hdip: &Hdip, token: &str) -> ApiResult<Ctx> {
        let actor = hdip.open_link(token).await?;
        Ok(Ctx { actor, ..self.0 })
    }
}

impl Deref for Visitor {
    type Target = Ctx;
    fn deref(&self) -> &Ctx {
        &self.0
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        Ok(Self(context(parts, &state.hdip, Actor::Anonymous)?))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn context(parts: &Parts, hdip: &Hdip, actor: Actor) -> ApiResult<Ctx> {
    let key = parts.headers.get("idempotency-key").map(|value| {
        // What is no text is no valid key either.
        value.to_str().unwrap_or_default().parse::<IdempotencyKey>()
    });
    let info = parts.extensions.get::<RequestInfo>();
    let mut ctx = hdip.ctx(actor);
    ctx.request_id = info.map(|info| info.id.clone());
    ctx.traceparent = info.and_then(|info| info.traceparent.clone());
    ctx.peer = info.and_then(|info| info.peer).map(|peer| peer.to_string());
    ctx.idempotency = key.transpose()?;
    Ok(ctx)
}
