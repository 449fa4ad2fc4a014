//! Extractors whose refusals are problem documents that name the field: [`Json`], [`Query`], [`Path`],
//! [`IfMatch`]. Handlers use these, never axum's own.

use crate::problem::{ApiError, ApiResult};
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Path as FieldPath;

/// A JSON body, both ways. 400 for what is not JSON, 422 naming the field for what does not fit, 415 for
/// another media type, 413 for too much.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        if !is_json(request.headers().get(header::CONTENT_TYPE)) {
            let detail = "the body must be JSON with Content-Type: application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        let body = Bytes::from_request(request, state).await.map_err(unreadable)?;
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(unfit_json)?;
        json.end().map_err(|error| malformed(&error))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json(kind: Option<&axum::http::HeaderValue>) -> bool {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A body that did not arrive whole: too large, or the line was lost.
pub fn unreadable(rejection: BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        status => ApiError::new(status, "unreadable_body", "the request's body did not arrive whole"),
    }
}

/// The refusal of a body above the limit.
pub fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the request's body is too large")
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "malformed_json", format!("the body is not JSON: {error}"))
}

fn unfit_json(error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if !error.inner().is_data() {
        return malformed(error.inner());
    }
    // serde_json adds where in the text it was, which the field's path says better.
    let text = error.inner().to_string();
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    unfit(error.path(), &message)
}

/// The refusal of a value that does not fit its type, in the words and the field the caller knows.
fn unfit(path: &FieldPath, message: &str) -> ApiError {
    let path = match path.to_string() {
        root if root == "." => String::new(),
        path => path,
    };
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let quoted = |prefix: &str| {
        message.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned)
    };
    if let Some(name) = quoted("missing field `") {
        return ApiError::field(&join(&name), "required", "is missing");
    }
    if let Some(name) = quoted("unknown field `") {
        // The path may or may not have reached the field's own name.
        let field = if path.rsplit('.').next() == Some(&*name) { path.clone() } else { join(&name) };
        let known = message.split_once(", ").map(|(_, known)| known).unwrap_or("there are no fields");
        return ApiError::field(&field, "unknown_field", format!("is not a field here; {known}"));
    }
    if message.starts_with("unknown variant") {
        return ApiError::field(&path, "unknown_value", message);
    }
    if message.contains("invalid digit") || message.contains("cannot parse integer") {
        return ApiError::field(&path, "invalid_type", "must be a whole number, not negative");
    }
    let code = if message.starts_with("invalid type") { "invalid_type" } else { "invalid_value" };
    ApiError::field(&path, code, message)
}

/// Query parameters. 422 naming the parameter.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs = serde_urlencoded::Deserializer::new(query);
        serde_path_to_error::deserialize(pairs)
            .map(Self)
            .map_err(|error| unfit(error.path(), &error.inner().to_string()))
    }
}

/// Path parameters. An id that is none is 404, like one that does not exist.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(ApiError::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "an id in the path is not one of the kind that belongs there",
            )),
            Err(other) => {
                tracing::error!(error = %other, "a route and its handler disagree about the path");
                Err(ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something went wrong on our side",
                ))
            }
        }
    }
}

/// The record version of the `If-Match` header, where there is one: the `ETag` of an earlier answer.
/// Without it an edit is made on whatever is newest.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match quoted.and_then(|version| version.parse().ok()) {
            Some(version) => Ok(Self(Some(version))),
            None => Err(ApiError::field(
                "If-Match",
                "invalid_etag",
                "must be the ETag of an earlier answer, for example \"3\", or *",
            )),
        }
    }
}

/// For fields of a PATCH that can be emptied: left out they stay (`None`), `null` empties them
/// (`Some(None)`). Goes with `#[serde(default)]`.
pub fn nullable<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(from).map(Some)
}

/// A filter's word, from the words there are.
///
/// # Errors
/// `unknown_value` on `field`, naming them.
pub fn word<T: Copy>(field: &str, text: &str, all: &[T], as_str: fn(T) -> &'static str) -> ApiResult<T> {
    all.iter().copied().find(|value| as_str(*value) == text).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|value| as_str(*value)).collect();
        ApiError::field(field, "unknown_value", format!("is none of {}", words.join(", ")))
    })
}
