//! The event feed.

use crate::auth::Caller;
use crate::extract::{Json, Query};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::Error;
use hdip_core::ports::storage::{self as domain, Page};
use hdip_core::values::{ClientId, EventId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/events`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// Something that happened. Ids, states, amounts; never names, addresses or free text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its id.
    #[schema(value_type = String, example = "evt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: EventId,
    /// 1, 2, 3 … within the feed, without gaps, in the order things were decided.
    #[schema(example = 42)]
    pub position: i64,
    /// Stable word; expect new ones.
    #[schema(example = "interview.confirmed")]
    pub kind: String,
    /// Version of the kind's data.
    #[schema(example = 1)]
    pub version: i64,
    /// Id of what it is about.
    #[schema(example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
    /// Who caused it, for example `user:user_…`, `api_key:key_…`, `system`.
    #[schema(example = "api_key:key_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The request it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the kind says.
    #[schema(value_type = Object, example = json!({"state": "confirmed"}))]
    pub data: Value,
}

impl From<domain::Event> for Event {
    fn from(event: domain::Event) -> Self {
        Self {
            id: event.id,
            position: event.position,
            kind: event.kind,
            version: event.version,
            subject: event.subject,
            actor: event.actor,
            at: event.at,
            request_id: event.request_id,
            data: event.data,
        }
    }
}

/// A part of the feed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// In order.
    pub items: Vec<Event>,
    /// Keep it, and send it as `cursor` next time; always there.
    #[schema(example = "42")]
    pub next_cursor: String,
    /// True if there is more already; else come back later.
    pub more: bool,
}

/// Which part of which feed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// At most that many, 1 to 200; 50 if not said.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the last answer; from the beginning if not said.
    #[param(example = "42")]
    pub cursor: Option<String>,
    /// The operator asks for a client's feed; its own if not said.
    #[param(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
}

/// Read the event feed
///
/// Everything that happened at a client, oldest first, each once. Needs `events:read` as an API key; events
/// with amounts (`billing.…`) need `billing:read` too.
#[utoipa::path(
    get, path = "/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, description = "What came after the cursor", body = Events), (status = "default", description = "Refused", body = Problem))
)]
async fn list_events(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<EventsQuery>,
) -> ApiResult<Json<Events>> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=Page::MAX).contains(&limit) {
        let message = format!("must be between 1 and {}", Page::MAX);
        return Err(ApiError::field("limit", "out_of_range", message));
    }
    let after = match &query.cursor {
        Some(cursor) => cursor.parse().ok().filter(|position| *position >= 0).ok_or(Error::InvalidCursor)?,
        None => 0,
    };
    let page = state.hdip.events(&caller, query.client_id, after, limit).await?;
    Ok(Json(Events {
        items: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next.to_string(),
        more: page.more,
    }))
}
