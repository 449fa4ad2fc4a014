//! The audit trail.

use crate::auth::Caller;
use crate::extract::{Json, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::ports::storage as domain;
use hdip_core::values::{AuditId, ClientId};
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

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only about this id.
    #[param(example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: Option<String>,
    /// Only by this actor.
    #[param(example = "user:user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub actor: Option<String>,
    /// Only this action.
    #[param(example = "desk.correct_outcome")]
    pub action: Option<String>,
    /// Only of this client; for the operator.
    #[param(value_type = Option<String>, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: Option<ClientId>,
    /// Only from then on.
    #[param(example = "2026-01-05T00:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// Only before.
    #[param(example = "2026-02-05T00:00:00Z")]
    pub until: Option<DateTime<Utc>>,
}

impl From<AuditQuery> for domain::AuditFilter {
    fn from(query: AuditQuery) -> Self {
        Self {
            client: query.client_id,
            subject: query.subject,
            actor: query.actor,
            action: query.action,
            from: query.from,
            until: query.until,
        }
    }
}

/// Read the audit trail
///
/// Newest first: of something, by somebody, of a kind, of a time. For the operator, and a client's owner and admins
/// about their own client, without the reasons the operator's desk notes for itself.
#[utoipa::path(
    get, path = "/v1/audit-entries", tag = "events", params(AuditQuery, PageQuery),
    responses((status = 200, description = "A page of entries", body = PageOf<AuditEntry>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_audit_entries(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<AuditEntry>>> {
    let page = page.page::<AuditId>()?;
    Ok(Json(PageOf::of(state.hdip.audit_trail(&caller, query.into(), &page).await?)))
}
