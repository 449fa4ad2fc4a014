//! Attachments of scorecards.

use super::links::LinkHolder;
use super::scorecards::own;
use crate::auth::Caller;
use crate::extract::{self, Path, Query};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hdip_core::Ctx;
use hdip_core::feedback as domain;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/interviews/{id}/scorecard/attachments…` and the same below `/v1/links/{token}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_attachment))
        .routes(routes!(get_attachment, remove_attachment))
        .routes(routes!(link_add_attachment))
        .routes(routes!(link_remove_attachment))
        // One byte more than allowed arrives, so that the domain can name the field.
        .layer(DefaultBodyLimit::max(domain::MAX_ATTACHMENT_BYTES + 1))
}

/// A file that goes with a scorecard.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// The file.
    #[schema(value_type = String, example = "file_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: FileId,
    /// Its name.
    #[schema(example = "notes.pdf")]
    pub name: String,
    /// Its media type, by its content.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// How long it is.
    #[schema(example = 20480)]
    pub bytes: u64,
    /// SHA-256 of the content, hex.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub sha256: String,
    /// When it was attached.
    pub added_at: DateTime<Utc>,
}

impl From<domain::Attachment> for Attachment {
    fn from(file: domain::Attachment) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.kind.media_type().to_owned(),
            bytes: file.bytes,
            sha256: file.sha256,
            added_at: file.added_at,
        }
    }
}

/// That a file was attached.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Attached {
    /// The file.
    #[schema(value_type = String, example = "file_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: FileId,
}

/// What to call it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentQuery {
    /// Name of the file.
    #[param(min_length = 1, max_length = 120, example = "notes.pdf")]
    pub name: String,
}

/// The bytes of a file, whatever it is declared to be.
pub struct FileBody(Bytes);

impl FromRequest<AppState> for FileBody {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &AppState) -> ApiResult<Self> {
        Bytes::from_request(request, state).await.map(Self).map_err(extract::unreadable)
    }
}

async fn add(
    state: &AppState,
    ctx: &Ctx,
    id: InterviewId,
    name: String,
    content: Bytes,
) -> ApiResult<(StatusCode, Replayed, extract::Json<Attached>)> {
    let done = state.hdip.add_attachment(ctx, id, domain::AddAttachment { name, content }).await?;
    Ok((StatusCode::CREATED, Replayed(done.replayed), extract::Json(Attached { id: done.output })))
}

/// Attach a file
///
/// To the draft of the scorecard: the body is the file, at most 5 MiB, PDF, Word, PNG, JPEG, WebP or text by its
/// content; at most ten. For the interview's interviewer.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/scorecard/attachments", tag = "feedback",
    params(("id" = String, Path, description = "Interview"), AttachmentQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "Attached", body = Attached), (status = "default", description = "Refused", body = Problem))
)]
async fn add_attachment(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewId>,
    Query(query): Query<AttachmentQuery>,
    FileBody(content): FileBody,
) -> ApiResult<(StatusCode, Replayed, extract::Json<Attached>)> {
    add(&state, &caller, id, query.name, content).await
}

/// Take a file off
///
/// Off the draft of the scorecard. For the interview's interviewer.
#[utoipa::path(
    delete, path = "/v1/interviews/{id}/scorecard/attachments/{file_id}", tag = "feedback",
    params(("id" = String, Path, description = "Interview"), ("file_id" = String, Path, description = "File")),
    responses((status = 204, description = "Taken off"), (status = "default", description = "Refused", body = Problem))
)]
async fn remove_attachment(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, file)): Path<(InterviewId, FileId)>,
) -> ApiResult<StatusCode> {
    state.hdip.remove_attachment(&caller, id, file).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read an attachment
///
/// As a file to save. Its interviewer and the operator read all, those who see the result what was filed with it.
#[utoipa::path(
    get, path = "/v1/interviews/{id}/scorecard/attachments/{file_id}", tag = "feedback",
    params(("id" = String, Path, description = "Interview"), ("file_id" = String, Path, description = "File")),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = "default", description = "Refused", body = Problem)
    )
)]
async fn get_attachment(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, file)): Path<(InterviewId, FileId)>,
) -> ApiResult<Response> {
    let found = state.hdip.attachment(&caller, id, file).await?;
    let headers = [
        (header::CONTENT_TYPE, found.attachment.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, found.meta.length.to_string()),
        (header::CONTENT_DISPOSITION, disposition(&found.attachment.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(found.body)).into_response())
}

/// A file to save under its name, in any script (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

/// Attach a file
///
/// For the interviewer's link of an interview.
#[utoipa::path(
    post, path = "/v1/links/{token}/scorecard/attachments", tag = "links",
    params(("token" = String, Path, description = "Token of the link"), AttachmentQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "Attached", body = Attached), (status = "default", description = "Refused", body = Problem))
)]
async fn link_add_attachment(
    State(state): State<AppState>,
    holder: LinkHolder,
    Query(query): Query<AttachmentQuery>,
    FileBody(content): FileBody,
) -> ApiResult<(StatusCode, Replayed, extract::Json<Attached>)> {
    add(&state, &holder.ctx, own(&holder)?, query.name, content).await
}

/// Take a file off
///
/// For the interviewer's link of an interview.
#[utoipa::path(
    delete, path = "/v1/links/{token}/scorecard/attachments/{file_id}", tag = "links",
    params(("token" = String, Path, description = "Token of the link"), ("file_id" = String, Path, description = "File")),
    responses((status = 204, description = "Taken off"), (status = "default", description = "Refused", body = Problem))
)]
async fn link_remove_attachment(
    State(state): State<AppState>,
    holder: LinkHolder,
    Path((_token, file)): Path<(String, FileId)>,
) -> ApiResult<StatusCode> {
    state.hdip.remove_attachment(&holder.ctx, own(&holder)?, file).await?;
    Ok(StatusCode::NO_CONTENT)
}
