//! An interviewer's times: recurring rules, one-off windows, black-outs, busy times of its own calendar.

use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path};
use crate::paging::PageOf;
use crate::problem::ApiResult;
use crate::reply::{Created, ETag};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::interviewers as domain;
use hdip_core::values::{AvailabilityId, Fields, InterviewerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/interviewers/{id}/availability…`, `/v1/interviewers/{id}/busy-times`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_availability, add_availability))
        .routes(routes!(get_availability, replace_availability, delete_availability))
        .routes(routes!(get_busy_times, set_busy_times))
}

/// What kind of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityKind {
    /// A recurring rule in the interviewer's zone.
    Rule,
    /// A one-off window.
    Window,
    /// Never, whatever the rules say.
    Blackout,
}

/// An entry of an interviewer's availability. A rule has `rrule`, `first_day`, `local_start`,
/// `duration_minutes` and `exceptions`; a window or black-out has `start` and `end`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// Its id.
    #[schema(value_type = String, example = "avail_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AvailabilityId,
    /// What kind of entry it is.
    pub kind: AvailabilityKind,
    /// RFC 5545 RRULE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO,WE")]
    pub rrule: Option<String>,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-05")]
    pub first_day: Option<String>,
    /// Local start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "09:00")]
    pub local_start: Option<String>,
    /// Elapsed minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 180)]
    pub duration_minutes: Option<u32>,
    /// Days left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["2026-01-26"]))]
    pub exceptions: Option<Vec<String>>,
    /// Start of a window or black-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// End of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// A note to self.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl From<domain::Availability> for Availability {
    fn from(entry: domain::Availability) -> Self {
        let mut answer = Self {
            id: entry.id,
            kind: AvailabilityKind::Rule,
            rrule: None,
            first_day: None,
            local_start: None,
            duration_minutes: None,
            exceptions: None,
            start: None,
            end: None,
            note: entry.note,
            created_at: entry.created_at,
        };
        let span = match entry.times {
            domain::AvailabilityTimes::Rule {
                rrule,
                first_day,
                local_start,
                duration_minutes,
                exceptions,
            } => {
                answer.rrule = Some(rrule.to_string());
                answer.first_day = Some(first_day.to_string());
                answer.local_start = Some(local_start.format("%H:%M").to_string());
                answer.duration_minutes = Some(duration_minutes);
                answer.exceptions = Some(exceptions.iter().map(ToString::to_string).collect());
                return answer;
            }
            domain::AvailabilityTimes::Window { span } => {
                answer.kind = AvailabilityKind::Window;
                span
            }
            domain::AvailabilityTimes::Blackout { span } => {
                answer.kind = AvailabilityKind::Blackout;
                span
            }
        };
        (answer.start, answer.end) = (Some(span.start()), Some(span.end()));
        answer
    }
}

/// An entry to add, or to put in the place of another. A rule needs `rrule`, `first_day`, `local_start` and
/// `duration_minutes`; a window or black-out needs `start` and `end`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityInput {
    /// What kind of entry it is.
    pub kind: AvailabilityKind,
    /// RFC 5545 RRULE with FREQ DAILY or WEEKLY, INTERVAL, BYDAY, UNTIL, COUNT.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO,WE")]
    pub rrule: Option<String>,
    /// First day, `YYYY-MM-DD`.
    #[schema(example = "2026-01-05")]
    pub first_day: Option<String>,
    /// Start in the interviewer's zone, `HH:MM`, on a multiple of 5 minutes.
    #[schema(example = "09:00")]
    pub local_start: Option<String>,
    /// Elapsed minutes, 15 to 1440, a multiple of 5.
    #[schema(example = 180)]
    pub duration_minutes: Option<u32>,
    /// Days left out, `YYYY-MM-DD`, at most 366.
    #[schema(example = json!(["2026-01-26"]))]
    pub exceptions: Option<Vec<String>>,
    /// Start of a window (at most 31 days) or black-out (at most 366 days), RFC 3339, on a multiple of 5 minutes.
    pub start: Option<String>,
    /// End of it.
    pub end: Option<String>,
    /// A note to self, at most 200 characters.
    #[schema(example = "Mornings")]
    pub note: Option<String>,
}

impl AvailabilityInput {
    /// The entry, if it has what its kind needs and nothing else.
    fn put(self) -> ApiResult<domain::PutAvailability> {
        let rule = self.kind == AvailabilityKind::Rule;
        let mut fields = Fields::new();
        for (given, required, of_rule, field) in [
            (self.rrule.is_some(), true, true, "rrule"),
            (self.first_day.is_some(), true, true, "first_day"),
            (self.local_start.is_some(), true, true, "local_start"),
            (self.duration_minutes.is_some(), true, true, "duration_minutes"),
            (self.exceptions.is_some(), false, true, "exceptions"),
            (self.start.is_some(), true, false, "start"),
            (self.end.is_some(), true, false, "end"),
        ] {
            if of_rule == rule {
                fields.ensure(given || !required, field, "required", "is missing");
            } else {
                fields.ensure(!given, field, "not_for_kind", "does not go with this kind of entry");
            }
        }
        fields.done()?;
        let text = Option::unwrap_or_default;
        let (start, end) = (text(self.start), text(self.end));
        let times = match self.kind {
            AvailabilityKind::Rule => domain::Times::Rule {
                rrule: text(self.rrule),
                first_day: text(self.first_day),
                local_start: text(self.local_start),
                duration_minutes: self.duration_minutes.unwrap_or_default(),
                exceptions: self.exceptions.unwrap_or_default(),
            },
            AvailabilityKind::Window => domain::Times::Window { start, end },
            AvailabilityKind::Blackout => domain::Times::Blackout { start, end },
        };
        Ok(domain::PutAvailability { times, note: self.note })
    }
}

/// List an interviewer's availability
///
/// All entries, oldest first.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/availability", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The entries", body = PageOf<Availability>))
)]
async fn list_availability(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<Json<PageOf<Availability>>> {
    let entries = state.hdip.availability(&caller, id).await?;
    Ok(Json(PageOf { items: entries.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Add to an interviewer's availability
///
/// It counts at once.
#[utoipa::path(
    post, path = "/v1/interviewers/{id}/availability", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer")), request_body = AvailabilityInput,
    responses((status = 201, description = "Added", body = Availability))
)]
async fn add_availability(
    State(state): State<AppState>,
    caller: Caller,
    Path(of): Path<InterviewerId>,
    Json(input): Json<AvailabilityInput>,
) -> ApiResult<Created<Availability>> {
    let done = state.hdip.add_availability(&caller, of, input.put()?).await?;
    let entry = state.hdip.availability_entry(&caller, of, done.output).await?;
    Ok(Created {
        location: format!("/v1/interviewers/{of}/availability/{}", entry.id),
        version: Some(entry.version),
        replayed: done.replayed,
        body: entry.into(),
    })
}

/// Read an availability entry
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/availability/{entry_id}", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer"), ("entry_id" = String, Path, description = "Entry")),
    responses((status = 200, description = "The entry", body = Availability))
)]
async fn get_availability(
    State(state): State<AppState>,
    caller: Caller,
    Path((of, id)): Path<(InterviewerId, AvailabilityId)>,
) -> ApiResult<(ETag, Json<Availability>)> {
    let entry = state.hdip.availability_entry(&caller, of, id).await?;
    Ok((ETag(entry.version), Json(entry.into())))
}

/// Replace an availability entry
///
/// Interviews confirmed before stay.
#[utoipa::path(
    put, path = "/v1/interviewers/{id}/availability/{entry_id}", tag = "interviewers",
    params(
        ("id" = String, Path, description = "Interviewer"),
        ("entry_id" = String, Path, description = "Entry"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the entry you replace. If it has changed since, the answer is 412.")
    ),
    request_body = AvailabilityInput,
    responses((status = 200, description = "Replaced", body = Availability))
)]
async fn replace_availability(
    State(state): State<AppState>,
    caller: Caller,
    Path((of, id)): Path<(InterviewerId, AvailabilityId)>,
    IfMatch(expected): IfMatch,
    Json(input): Json<AvailabilityInput>,
) -> ApiResult<(ETag, Json<Availability>)> {
    state.hdip.update_availability(&caller, of, id, input.put()?, expected).await?;
    let entry = state.hdip.availability_entry(&caller, of, id).await?;
    Ok((ETag(entry.version), Json(entry.into())))
}

/// Delete an availability entry
///
/// Interviews confirmed before stay.
#[utoipa::path(
    delete, path = "/v1/interviewers/{id}/availability/{entry_id}", tag = "interviewers",
    params(
        ("id" = String, Path, description = "Interviewer"),
        ("entry_id" = String, Path, description = "Entry"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the entry you delete. If it has changed since, the answer is 412.")
    ),
    responses((status = 204, description = "Deleted"))
)]
async fn delete_availability(
    State(state): State<AppState>,
    caller: Caller,
    Path((of, id)): Path<(InterviewerId, AvailabilityId)>,
    IfMatch(expected): IfMatch,
) -> ApiResult<StatusCode> {
    state.hdip.delete_availability(&caller, of, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Busy times to put in the place of those known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusyTimesInput {
    /// At most 2,000, in any order.
    pub busy_times: Vec<BusyTimeInput>,
}

/// A busy time of an interviewer's own calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusyTimeInput {
    /// RFC 3339.
    #[schema(example = "2026-01-06T08:30:00Z")]
    pub start: String,
    /// RFC 3339, after the start.
    #[schema(example = "2026-01-06T09:00:00Z")]
    pub end: String,
}

/// Busy times of an interviewer's own calendar.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BusyTimes {
    /// In order and merged.
    pub busy_times: Vec<BusyTime>,
    /// When they were handed over; absent before any were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<DateTime<Utc>>,
}

/// A busy time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BusyTime {
    /// From.
    pub start: DateTime<Utc>,
    /// To, exclusive.
    pub end: DateTime<Utc>,
}

impl From<Option<domain::ExternalBusy>> for BusyTimes {
    fn from(known: Option<domain::ExternalBusy>) -> Self {
        let synced_at = known.as_ref().map(|known| known.synced_at);
        let spans = known.into_iter().flat_map(|known| known.spans);
        let busy_times = spans.map(|span| BusyTime { start: span.start(), end: span.end() }).collect();
        Self { busy_times, synced_at }
    }
}

/// Read an interviewer's busy times
#[utoipa::path(
    get, path = "/v1/interviewers/{id}/busy-times", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer")),
    responses((status = 200, description = "The busy times", body = BusyTimes))
)]
async fn get_busy_times(
    State(state): State<AppState>,
    caller: Caller,
    Path(of): Path<InterviewerId>,
) -> ApiResult<Json<BusyTimes>> {
    Ok(Json(state.hdip.external_busy(&caller, of).await?.into()))
}

/// Replace an interviewer's busy times
///
/// As a whole; past ones are left out. For whoever reads the interviewer's own calendar.
#[utoipa::path(
    put, path = "/v1/interviewers/{id}/busy-times", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer")), request_body = BusyTimesInput,
    responses((status = 200, description = "The busy times", body = BusyTimes))
)]
async fn set_busy_times(
    State(state): State<AppState>,
    caller: Caller,
    Path(of): Path<InterviewerId>,
    Json(input): Json<BusyTimesInput>,
) -> ApiResult<Json<BusyTimes>> {
    let times =
        input.busy_times.into_iter().map(|time| domain::BusyTime { start: time.start, end: time.end });
    state.hdip.set_external_busy(&caller, of, times.collect()).await?;
    Ok(Json(state.hdip.external_busy(&caller, of).await?.into()))
}
