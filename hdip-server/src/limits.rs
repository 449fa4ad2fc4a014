//! Rate limits: fixed windows of a minute per caller, and per peer for whoever has not said who they are.
//!
//! They protect this process against floods; they are counted per process. Guessing passwords is stopped by
//! the domain's throttles, which are rows.

use crate::middleware::RequestInfo;
use crate::problem::{ApiError, ApiResult};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);
/// Peers share addresses (offices, carriers), so one may make several callers' worth of requests.
const CALLERS_PER_PEER: u32 = 5;

/// What is left of a window.
#[derive(Debug, Clone, Copy)]
struct Left {
    limit: u32,
    remaining: u32,
    resets_in: Duration,
}

/// Where the extractor that learns who the caller is leaves what is left for the answer's headers.
#[derive(Debug, Clone, Default)]
struct Slot(Arc<Mutex<Option<Left>>>);

/// Counts requests.
#[derive(Debug)]
pub struct RateLimits {
    per_caller: u32,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    /// By caller or peer. Dropped as a whole when the minute is over, so it cannot grow for ever.
    counts: BTreeMap<String, u32>,
}

impl RateLimits {
    /// `per_caller` requests a minute; 0 means no limit.
    pub fn new(per_caller: u32) -> Self {
        Self { per_caller, window: Mutex::new(Window { began: Instant::now(), counts: BTreeMap::new() }) }
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    /// `rate_limited`, with `Retry-After`.
    pub fn count_caller(&self, parts: &Parts, caller: &str) -> ApiResult<()> {
        let left = self.count(caller, self.per_caller);
        if let (Some(slot), Ok(left) | Err(left)) = (parts.extensions.get::<Slot>(), left) {
            *slot.0.lock().unwrap_or_else(PoisonError::into_inner) = left;
        }
        left.map(|_| ()).map_err(refused)
    }

    /// What is left after this request; `Err` if nothing was. `None` if there is no limit.
    fn count(&self, who: &str, limit: u32) -> Result<Option<Left>, Option<Left>> {
        if limit == 0 {
            return Ok(None);
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.elapsed() >= WINDOW {
            *window = Window { began: Instant::now(), counts: BTreeMap::new() };
        }
        let resets_in = WINDOW.saturating_sub(window.began.elapsed());
        let count = window.counts.entry(who.to_owned()).or_default();
        *count = count.saturating_add(1);
        let left = Some(Left { limit, remaining: limit.saturating_sub(*count), resets_in });
        if *count > limit { Err(left) } else { Ok(left) }
    }
}

fn refused(left: Option<Left>) -> ApiError {
    let seconds = left.map_or(60, |left| left.resets_in.as_secs() as i64 + 1);
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many requests; slow down")
        .retry_after(seconds)
}

/// Limits by peer, and says in `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers-10) what is left.
pub async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let limits = &state.limits;
    let peer = request.extensions().get::<RequestInfo>().and_then(|info| info.peer);
    let by_peer = match peer {
        Some(peer) => {
            limits.count(&format!("peer:{peer}"), limits.per_caller.saturating_mul(CALLERS_PER_PEER))
        }
        None => Ok(None),
    };
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let (mut response, by_peer) = match by_peer {
        Ok(left) => (next.run(request).await, left),
        Err(left) => (refused(left).into_response(), left),
    };
    let by_caller = *slot.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(left) = by_caller.or(by_peer) {
        let policy = format!("\"default\";q={};w={}", left.limit, WINDOW.as_secs());
        let now = format!("\"default\";r={};t={}", left.remaining, left.resets_in.as_secs());
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", now)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
    }
    response
}
