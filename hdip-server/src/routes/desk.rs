//! The operations desk: queues of what needs a person, and the word that something was dealt with.

use crate::auth::Caller;
use crate::extract::{Json, Path, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::{ApiError, ApiResult, Problem};
use crate::reply::Created;
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hdip_core::desk as domain;
use hdip_core::values::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/desk…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_desk))
        .routes(routes!(list_desk_queue))
        .routes(routes!(acknowledge_desk_entry))
}

/// How much is in a queue.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeskCount {
    /// Which: `expired`, `unassigned`, `interrupted`, `feedback_overdue`, `closed_without_feedback`, `contested`,
    /// `mail_failed`, `provider_pending`, `dead_jobs`, `suspended_interviewers`.
    #[schema(example = "unassigned")]
    pub queue: String,
    /// How many entries.
    #[schema(example = 3)]
    pub count: u64,
}

/// The queues.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Desk {
    /// Every queue, also the empty ones.
    pub queues: Vec<DeskCount>,
}

/// An entry of a queue: what, since when, whose, and what can be done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeskEntry {
    /// In which queue.
    #[schema(example = "unassigned")]
    pub queue: String,
    /// Id of the entry: an interview, a contest, a background job or an interviewer.
    #[schema(example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
    /// What it is: a state, a kind of mail or job, what is contested.
    #[schema(example = "inviting")]
    pub what: String,
    /// Since when it is so.
    pub since: DateTime<Utc>,
    /// More of it: an error, the reason of a contest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whose, where it is a client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
    /// The client's brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Acme")]
    pub client_brand: Option<String>,
    /// About which interview.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub interview_id: Option<InterviewId>,
    /// Its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// Its application.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub application_id: Option<ApplicationId>,
    /// Its candidate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub candidate_id: Option<CandidateId>,
    /// The candidate's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Asha Rao")]
    pub candidate_name: Option<String>,
    /// Which interviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub interviewer_id: Option<InterviewerId>,
    /// The interviewer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ravi")]
    pub interviewer_name: Option<String>,
    /// What can be done about it.
    #[schema(example = json!(["assign_interviewer", "resend_invitations", "cancel_interview"]))]
    pub actions: Vec<String>,
}

impl From<domain::DeskEntry> for DeskEntry {
    fn from(entry: domain::DeskEntry) -> Self {
        Self {
            queue: entry.queue.as_str().to_owned(),
            subject: entry.subject,
            what: entry.what,
            since: entry.since,
            detail: entry.detail,
            client_id: entry.client_id,
            client_brand: entry.client_brand,
            interview_id: entry.interview_id,
            start: entry.start,
            application_id: entry.application_id,
            candidate_id: entry.candidate_id,
            candidate_name: entry.candidate_name,
            interviewer_id: entry.interviewer_id,
            interviewer_name: entry.interviewer_name,
            actions: entry.actions.iter().map(|action| action.as_str().to_owned()).collect(),
        }
    }
}

/// The word that an entry was dealt with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeInput {
    /// Id of the entry.
    #[schema(example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub subject: String,
    /// What was done about it; on the record.
    #[schema(
        min_length = 3,
        max_length = 500,
        example = "called the candidate, who no longer wants the job"
    )]
    pub reason: String,
}

/// An entry was dealt with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Acknowledged {
    /// Id of the acknowledgement.
    #[schema(value_type = String, example = "ackn_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: AcknowledgementId,
}

fn queue(text: &str) -> ApiResult<domain::DeskQueue> {
    word("queue", text, domain::DeskQueue::ALL, domain::DeskQueue::as_str)
        .map_err(|_| ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such queue"))
}

/// Read the operations desk
///
/// How many entries each queue has. For the operator's staff.
#[utoipa::path(
    get, path = "/v1/desk", tag = "operations",
    responses((status = 200, description = "The queues", body = Desk), (status = "default", description = "Refused", body = Problem))
)]
async fn get_desk(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<Desk>> {
    let counts = state.hdip.desk(&caller).await?;
    let count =
        |count: domain::DeskCount| DeskCount { queue: count.queue.as_str().to_owned(), count: count.count };
    Ok(Json(Desk { queues: counts.into_iter().map(count).collect() }))
}

/// List a queue of the desk
///
/// Newest first. For the operator's staff. An entry leaves when what is behind it changes, or, where that cannot
/// be, when it is acknowledged.
#[utoipa::path(
    get, path = "/v1/desk/{queue}", tag = "operations",
    params(("queue" = String, Path, description = "Queue", example = "unassigned"), PageQuery),
    responses((status = 200, description = "A page of entries", body = PageOf<DeskEntry>), (status = "default", description = "Refused", body = Problem))
)]
async fn list_desk_queue(
    State(state): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<DeskEntry>>> {
    use domain::DeskQueue as Queue;
    let queue = queue(&name)?;
    let page = match queue {
        Queue::Contested => page.page::<ContestId>()?,
        Queue::MailFailed | Queue::ProviderPending | Queue::DeadJobs => page.page::<BackgroundJobId>()?,
        Queue::SuspendedInterviewers => page.page::<InterviewerId>()?,
        _ => page.page::<InterviewId>()?,
    };
    Ok(Json(PageOf::of(state.hdip.desk_queue(&caller, queue, &page).await?)))
}

/// Acknowledge an entry of the desk
///
/// For entries whose facts cannot change any more: expired, closed without feedback, mails and jobs given up,
/// rooms that were not made. The entry leaves its queue until something new happens to it. For the operator's
/// staff.
#[utoipa::path(
    post, path = "/v1/desk/{queue}/acknowledgements", tag = "operations",
    params(("queue" = String, Path, description = "Queue", example = "expired")), request_body = AcknowledgeInput,
    responses((status = 201, description = "Acknowledged", body = Acknowledged), (status = "default", description = "Refused", body = Problem))
)]
async fn acknowledge_desk_entry(
    State(state): State<AppState>,
    caller: Caller,
    Path(name): Path<String>,
    Json(input): Json<AcknowledgeInput>,
) -> ApiResult<Created<Acknowledged>> {
    let queue = queue(&name)?;
    let done = state.hdip.acknowledge(&caller, queue, &input.subject, &input.reason).await?;
    Ok(Created {
        location: format!("/v1/desk/{name}"),
        version: None,
        replayed: done.replayed,
        body: Acknowledged { id: done.output },
    })
}
