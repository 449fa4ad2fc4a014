//! The audit trail.

use crate::auth::Caller;
use crate::extract::{Json, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::ports::storage as domain;
use hdip_core::values::AuditId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/audit-entries`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_audit_entries))
}

/// Who did what, when, from where.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    #[schema(value_type = String, example = "audt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, for example `user:user_…`.
    #[schema(example = "user:user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub actor: String,
    /// What was done.
    #[schema(example = "client.update")]
    pub action: String,
    /// Id of what it was done to.
    #[schema(example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
    /// Why, where a reason is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Names of changed fields; values only of non-personal ones.
    #[schema(value_type = Object, example = json!({"fields": ["level"]}))]
    pub changes: Value,
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The peer's address; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
}

impl From<domain::AuditEntry> for AuditEntry {
    fn from(entry: domain::AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            reason: entry.reason,
            changes: entry.changes,
            request_id: entry.request_id,
            peer: entry.peer,
        }
    }
}

/// About what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubjectQuery {
    /// Id of what it was done to.
    #[param(example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
}

/// Read the audit trail of something
///
/// Newest first. For the operator, and a client's owner and admins about what is theirs.
#[utoipa::path(
    get, path = "/v1/audit-entries", tag = "events", params(SubjectQuery, PageQuery),
    responses((status = 200, description = "A page of entries", body = PageOf<AuditEntry>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_audit_entries(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<SubjectQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<AuditEntry>>> {
    let page = page.page::<AuditId>()?;
    Ok(Json(PageOf::of(state.hdip.audit_trail(&caller, &query.subject, &page).await?)))
}
