//! What is wrong with the deployment, and what was deployed: for the operator.

use crate::auth::Caller;
use crate::extract::{Json, Query};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::alerts as domain;
use hdip_core::values::AlertId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/alerts`, `/v1/deploys`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_alerts)).routes(routes!(report_deploy))
}

/// A trouble of the deployment, from its beginning to its end; or a deploy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Its id.
    #[schema(value_type = String, example = "alrt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AlertId,
    /// `dead_letters`, `provider_down`, `queue_lag`, `deploy_finished`, `deploy_rolled_back`.
    #[schema(example = "provider_down")]
    pub kind: String,
    /// The provider or release; empty where the kind says it all.
    #[schema(example = "mail")]
    pub about: String,
    /// What was measured when it began: jobs; for `queue_lag` minutes.
    #[schema(example = 7)]
    pub measured: i64,
    /// From where on it is an alert.
    #[schema(example = 3)]
    pub threshold: i64,
    /// When it was noticed.
    pub opened_at: DateTime<Utc>,
    /// When it was over; absent while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_at: Option<DateTime<Utc>>,
}

impl From<domain::Alert> for Alert {
    fn from(alert: domain::Alert) -> Self {
        Self {
            id: alert.id,
            kind: alert.kind.as_str().into(),
            about: alert.subject,
            measured: alert.measured,
            threshold: alert.threshold,
            opened_at: alert.opened_at,
            over_at: alert.over_at,
        }
    }
}

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertsQuery {
    /// Only those that last.
    #[serde(default)]
    #[param(example = true)]
    pub lasting: bool,
}

/// List alerts
///
/// Newest first. For the operator.
#[utoipa::path(
    get, path = "/v1/alerts", tag = "operations", params(PageQuery, AlertsQuery),
    responses((status = 200, description = "A page of alerts", body = PageOf<Alert>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_alerts(
    State(state): State<AppState>,
    caller: Caller,
    Query(page): Query<PageQuery>,
    Query(query): Query<AlertsQuery>,
) -> ApiResult<Json<PageOf<Alert>>> {
    let page = page.page::<AlertId>()?;
    Ok(Json(PageOf::of(state.hdip.alerts(&caller, query.lasting, &page).await?)))
}

/// How a deploy ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeployOutcome {
    /// Every instance runs the release.
    Finished,
    /// It was taken back.
    RolledBack,
}

/// What is told of a deploy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Deploy {
    /// How it ended.
    pub outcome: DeployOutcome,
    /// Name of the release, 1 to 100 characters.
    #[schema(example = "0.2.0")]
    pub release: String,
}

/// What the deploy is known by.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeployReported {
    /// Its alert.
    #[schema(value_type = String, example = "alrt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub alert_id: AlertId,
}

/// Report a deploy
///
/// Whoever is on call is told, by mail and in the operator's channel. Machines that report the same deploy use one
/// `Idempotency-Key`. For platform admins.
#[utoipa::path(
    post, path = "/v1/deploys", tag = "operations", request_body = Deploy,
    responses((status = 202, description = "It will be told", body = DeployReported), (status = "default", description = "Refused", body = Problem))
)]
async fn report_deploy(
    State(state): State<AppState>,
    caller: Caller,
    Json(deploy): Json<Deploy>,
) -> ApiResult<(StatusCode, Replayed, Json<DeployReported>)> {
    let outcome = match deploy.outcome {
        DeployOutcome::Finished => domain::DeployOutcome::Finished,
        DeployOutcome::RolledBack => domain::DeployOutcome::RolledBack,
    };
    let input = domain::ReportDeploy { outcome, release: deploy.release };
    let done = state.hdip.report_deploy(&caller, input).await?;
    Ok((StatusCode::ACCEPTED, Replayed(done.replayed), Json(DeployReported { alert_id: done.output })))
}
