//! The ladder of clients, and who owns one.

use super::clients::{Client, ClientStatus};
use super::jobs::ArchiveMode;
use super::users::User;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path};
use crate::problem::{ApiResult, Problem};
use crate::reply::Replayed;
use crate::state::AppState;
use axum::extract::State;
use chrono::NaiveDate;
use hdip_core::access::TransferOwnership;
use hdip_core::clients as domain;
use hdip_core::values::{ClientId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients/{id}/status`, `/v1/clients/{id}/ownership`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(change_client_status)).routes(routes!(transfer_ownership))
}

/// A step of a client on the ladder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientStatusInput {
    /// Where to: prospect → active ⇄ suspended → archived.
    pub status: ClientStatus,
    /// Why; required except when a prospect becomes active. The owners read it.
    #[schema(example = "invoices unpaid for 30 days", max_length = 500)]
    pub reason: Option<String>,
    /// The day the agreement was signed; required when a prospect becomes active.
    pub signed_on: Option<NaiveDate>,
    /// Must be said when a client with undecided applications is archived (409 `client_has_open_work`).
    pub open_work: Option<ArchiveMode>,
    /// Yes to the consequences of late changes, where interviews are called off late.
    #[serde(default)]
    pub late_ok: bool,
}

/// What a step of a client on the ladder did.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ClientStatusResult {
    /// The client.
    pub client: Client,
    /// Applications dropped.
    pub dropped: u32,
    /// Applications left alone because their interview has begun.
    pub still_running: u32,
}

/// Move a client on the ladder
///
/// A suspended client hands over no candidates and requests no interviews; confirmed ones take place. Archiving
/// archives its jobs, too. The owners are told by mail. Repeating a step is no failure. For the operator's staff.
#[utoipa::path(
    post, path = "/v1/clients/{id}/status", tag = "clients",
    params(
        ("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the client you saw. If it has changed since, the answer is 412.")
    ),
    request_body = ClientStatusInput,
    responses((status = 200, description = "Moved", body = ClientStatusResult), (status = "default", description = "Refused", body = Problem))
)]
async fn change_client_status(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<ClientStatusInput>,
) -> ApiResult<(Replayed, Json<ClientStatusResult>)> {
    let change = domain::ChangeClientStatus {
        to: input.status.into(),
        reason: input.reason,
        signed_on: input.signed_on,
        open_work: input.open_work.map(Into::into),
        late_ok: input.late_ok,
        expected_version,
    };
    let done = state.hdip.change_client_status(&caller, id, change).await?;
    let client = state.hdip.client(&caller, id).await?.into();
    let domain::ClientStatusChanged { dropped, still_running } = done.output;
    Ok((Replayed(done.replayed), Json(ClientStatusResult { client, dropped, still_running })))
}

/// Who is to own a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnershipInput {
    /// The owner who becomes an admin: the caller if it is one, else the only owner there is.
    #[schema(value_type = Option<String>, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub from: Option<UserId>,
    /// The user who becomes owner.
    #[schema(value_type = String, example = "user_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub to: UserId,
}

/// Hand a client to another owner
///
/// The owner becomes an admin, at once. For the owner about itself, and for the operator's staff.
#[utoipa::path(
    post, path = "/v1/clients/{id}/ownership", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    request_body = OwnershipInput,
    responses((status = 200, description = "The new owner", body = User), (status = "default", description = "Refused", body = Problem))
)]
async fn transfer_ownership(
    State(state): State<AppState>,
    caller: Caller,
    Path(client): Path<ClientId>,
    Json(input): Json<OwnershipInput>,
) -> ApiResult<(Replayed, Json<User>)> {
    let to = input.to;
    let done =
        state.hdip.transfer_ownership(&caller, TransferOwnership { client, from: input.from, to }).await?;
    let owner = state.hdip.user(&caller, to).await?;
    Ok((Replayed(done.replayed), Json(owner.into())))
}
