//! Parts of answers that many routes share: `ETag`, `Idempotent-Replayed`, `Location`.

use crate::extract::Json;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use hdip_core::ports::Picture;
use serde::Serialize;

/// Says that the answer is the stored one of an earlier request under the same `Idempotency-Key`.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The record version, as `ETag: "3"`.
#[derive(Debug, Clone, Copy)]
pub struct ETag(pub i64);

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;
    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            answer.headers_mut().insert(header::ETAG, value);
        }
        Ok(answer)
    }
}

/// `Idempotent-Replayed: true`, when it is.
#[derive(Debug, Clone, Copy)]
pub struct Replayed(pub bool);

impl IntoResponseParts for Replayed {
    type Error = std::convert::Infallible;
    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if self.0 {
            answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(answer)
    }
}

/// A picture, as it is: never taken for something else, kept by no shared cache.
pub fn picture(picture: Picture, disposition: &str, name: &str) -> Response {
    let file = format!("{disposition}; filename=\"{name}.{}\"", picture.kind.extension());
    let headers = [
        (header::CONTENT_TYPE, picture.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, picture.meta.length.to_string()),
        (header::CONTENT_DISPOSITION, file),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(picture.body)).into_response()
}

/// 201 with the new thing, its address, and whether it is a replay.
#[derive(Debug)]
pub struct Created<T> {
    /// Path of the new thing.
    pub location: String,
    /// Its record version, if it is edited under `If-Match`.
    pub version: Option<i64>,
    /// From [`Done::replayed`](hdip_core::Done).
    pub replayed: bool,
    /// The new thing.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Replayed(self.replayed), Json(self.body)).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        match self.version {
            Some(version) => (ETag(version), response).into_response(),
            None => response,
        }
    }
}
