//! People at a client who sign in nowhere.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, nullable};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::clients as domain;
use hdip_core::values::{ClientContactId, ClientId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/clients/{id}/contacts`, `/v1/client-contacts/{id}`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_client_contacts, add_client_contact)).routes(routes!(
        get_client_contact,
        update_client_contact,
        remove_client_contact
    ))
}

/// A person at a client who signs in nowhere.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ClientContact {
    /// Its id.
    #[schema(value_type = String, example = "ccon_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ClientContactId,
    /// At which client.
    #[schema(value_type = String, example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub client_id: ClientId,
    /// Name.
    #[schema(example = "Priya Payables")]
    pub name: String,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "payables@acme.example")]
    pub email: Option<String>,
    /// Phone, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// What the person does there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "accounts payable")]
    pub designation: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl From<domain::ClientContact> for ClientContact {
    fn from(contact: domain::ClientContact) -> Self {
        Self {
            id: contact.id,
            client_id: contact.client_id,
            name: contact.name,
            email: contact.email.map(|email| email.to_string()),
            phone: contact.phone.map(|phone| phone.to_string()),
            designation: contact.designation,
            created_at: contact.created_at,
        }
    }
}

/// A contact to add; an address or a phone number is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClientContact {
    /// Name.
    #[schema(example = "Priya Payables", max_length = 120)]
    pub name: String,
    /// E-mail address.
    #[schema(example = "payables@acme.example")]
    pub email: Option<String>,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// What the person does there.
    #[schema(example = "accounts payable", max_length = 100)]
    pub designation: Option<String>,
}

/// What to change about a contact; what is left out stays, `null` empties.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientContactPatch {
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Phone, E.164.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    /// What the person does there.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub designation: Option<Option<String>>,
}

/// List a client's contacts
///
/// People who sign in nowhere, newest first. For the operator and the client's owner and admins.
#[utoipa::path(
    get, path = "/v1/clients/{id}/contacts", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa"), PageQuery),
    responses((status = 200, description = "A page of contacts", body = PageOf<ClientContact>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_client_contacts(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<ClientContact>>> {
    let page = page.page::<ClientContactId>()?;
    Ok(Json(PageOf::of(state.hdip.client_contacts(&caller, id, &page).await?)))
}

/// Add a contact to a client
#[utoipa::path(
    post, path = "/v1/clients/{id}/contacts", tag = "clients",
    params(("id" = String, Path, description = "Client", example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    request_body = NewClientContact,
    responses((status = 201, description = "Added", body = ClientContact), (status = "default", description = "Refused", body = Problem))
)]
async fn add_client_contact(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientId>,
    Json(input): Json<NewClientContact>,
) -> ApiResult<Created<ClientContact>> {
    let NewClientContact { name, email, phone, designation } = input;
    let input = domain::ContactInput { name, email, phone, designation };
    let done = state.hdip.add_client_contact(&caller, id, input).await?;
    let contact = state.hdip.client_contact(&caller, done.output).await?;
    Ok(Created {
        location: format!("/v1/client-contacts/{}", contact.id),
        version: Some(contact.version),
        replayed: done.replayed,
        body: contact.into(),
    })
}

/// Read a contact of a client
#[utoipa::path(
    get, path = "/v1/client-contacts/{id}", tag = "clients",
    params(("id" = String, Path, description = "Contact", example = "ccon_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The contact", body = ClientContact), (status = "default", description = "Refused", body = Problem))
)]
async fn get_client_contact(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientContactId>,
) -> ApiResult<(ETag, Json<ClientContact>)> {
    let contact = state.hdip.client_contact(&caller, id).await?;
    Ok((ETag(contact.version), Json(contact.into())))
}

/// Change a contact of a client
#[utoipa::path(
    patch, path = "/v1/client-contacts/{id}", tag = "clients",
    params(
        ("id" = String, Path, description = "Contact", example = "ccon_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the contact you saw. If it has changed since, the answer is 412.")
    ),
    request_body = ClientContactPatch,
    responses((status = 200, description = "Changed", body = ClientContact), (status = "default", description = "Refused", body = Problem))
)]
async fn update_client_contact(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientContactId>,
    IfMatch(expected_version): IfMatch,
    Json(input): Json<ClientContactPatch>,
) -> ApiResult<(ETag, Json<ClientContact>)> {
    let ClientContactPatch { name, email, phone, designation } = input;
    let input = domain::UpdateContact { name, email, phone, designation, expected_version };
    let contact = state.hdip.update_client_contact(&caller, id, input).await?;
    Ok((ETag(contact.version), Json(contact.into())))
}

/// Remove a contact of a client
#[utoipa::path(
    delete, path = "/v1/client-contacts/{id}", tag = "clients",
    params(
        ("id" = String, Path, description = "Contact", example = "ccon_01j9z3w6v5k2m8x4t7q0r1s2aa"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the contact you saw. If it has changed since, the answer is 412.")
    ),
    responses((status = 204, description = "Removed"), (status = "default", description = "Refused", body = Problem))
)]
async fn remove_client_contact(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ClientContactId>,
    IfMatch(expected_version): IfMatch,
) -> ApiResult<StatusCode> {
    state.hdip.remove_client_contact(&caller, id, expected_version).await?;
    Ok(StatusCode::NO_CONTENT)
}
