//! What happens around every request: id, peer, log line, measurements, security headers.

use crate::config::Proxies;
use crate::state::AppState;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use hdip_core::ports::{Ids, IdsExt};
use hdip_core::values::AuditId;
use hdip_integrations::telemetry::{continue_trace, is_traceparent, traceparent};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use tracing::Instrument;

/// Header of a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Id and peer of a request, in its extensions.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// Sent by the caller in `X-Request-Id`, or made here.
    pub id: String,
    /// Who is connected: the socket's address, or what a proxy we trust says.
    pub peer: Option<IpAddr>,
    /// The trace it is part of: the caller's, continued, or one that began here.
    pub traceparent: Option<String>,
}

/// Names the request, logs and measures it.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let mut info = RequestInfo {
        id: request_id(request.headers()).unwrap_or_else(|| fresh_id(&state.ids)),
        peer: peer(&request, &state.config.trusted_proxies),
        traceparent: None,
    };
    // The template, not the path: paths hold ids and link tokens, which belong neither in logs nor in
    // metric names.
    let route =
        request.extensions().get::<MatchedPath>().map_or("unmatched".into(), |p| p.as_str().to_owned());
    let method = request.method().clone();
    let keeps_connections = request.version() <= Version::HTTP_11;
    // Somebody asks every few seconds, for ever: neither a log line nor a trace each time.
    let probe = matches!(&*route, "/healthz" | "/readyz" | "/metrics");
    let span = match probe {
        true => tracing::debug_span!("request", id = %info.id, %method, route),
        false => tracing::info_span!("request", id = %info.id, %method, route),
    };
    let came = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let came = came.filter(|text| is_traceparent(text)).map(str::to_owned);
    continue_trace(&span, came.as_deref());
    info.traceparent = traceparent(&span, came.as_deref());
    let id = HeaderValue::from_str(&info.id);
    request.extensions_mut().insert(info);
    async move {
        let mut response = next.run(request).await;
        if let Ok(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if state.health.is_stopping() && keeps_connections {
            // Whoever keeps connections open finds another instance for the next request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let took = started.elapsed();
        let status = response.status().as_u16();
        crate::metrics::request(&method, &route, status, took);
        let ms = took.as_millis() as u64;
        match probe {
            true => tracing::debug!(status, ms, "answered"),
            false => tracing::info!(status, ms, "answered"),
        }
        response
    }
    .instrument(span)
    .await
}

/// An id a caller sent, if it can stand in a log line: 1 to 128 characters of `A–Z a–z 0–9 . _ -`.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    fits.then(|| id.to_owned())
}

fn fresh_id(ids: &std::sync::Arc<dyn Ids>) -> String {
    // The 26 characters of any typed id serve; requests are no records and have no type of their own.
    let id = ids.fresh::<AuditId>().to_string();
    format!("req_{}", id.rsplit('_').next().unwrap_or_default())
}

/// The socket's address; behind proxies we trust, the nearest address they name that is none of them.
fn peer(request: &Request, trusted: &Proxies) -> Option<IpAddr> {
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if !trusted.contains(socket) {
        return Some(socket);
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().rev();
    forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','))
        .map_while(|address| address.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !trusted.contains(*address))
        .or(Some(socket))
}

/// Swagger UI styles its elements in place, and nothing comes from another host.
const DOCS_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers that tell browsers to be careful. A handler's own value stays.
pub async fn security_headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let policy = match request.uri().path().starts_with("/docs") {
        true => DOCS_POLICY,
        // An answer of the API that somebody opens as a page can do nothing.
        false => "default-src 'none'; frame-ancestors 'none'",
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    // Answers of the API and pages behind links are nobody's to keep.
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if state.config.base_url.starts_with("https://") {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_from(socket: &str, forwarded: &str) -> Option<String> {
        let mut request = Request::new(axum::body::Body::empty());
        let socket: SocketAddr = format!("{socket}:1234").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(socket));
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted = "10.0.0.0/8, 192.0.2.7".parse().unwrap();
        peer(&request, &trusted).map(|ip| ip.to_string())
    }

    #[test]
    fn only_proxies_we_trust_may_name_the_peer() {
        assert_eq!(asked_from("203.0.113.5", "198.51.100.1").as_deref(), Some("203.0.113.5"));
        assert_eq!(asked_from("10.1.2.3", "198.51.100.1").as_deref(), Some("198.51.100.1"));
        // What the peer itself put in front is not believed.
        assert_eq!(
            asked_from("10.1.2.3", "1.1.1.1, 198.51.100.1, 192.0.2.7").as_deref(),
            Some("198.51.100.1")
        );
        assert_eq!(asked_from("10.1.2.3", "nonsense").as_deref(), Some("10.1.2.3"));
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_taken() {
        let with = |id: &'static str| {
            request_id(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(id))]))
        };
        assert_eq!(with("abc-1.2_3").as_deref(), Some("abc-1.2_3"));
        assert_eq!(with("a b"), None);
        assert_eq!(with(""), None);
    }
}
