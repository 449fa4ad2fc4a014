//! Applications: candidates put forward for jobs.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{Json, Path, Query, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::reply::{Created, Replayed};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use hdip_core::hiring as domain;
use hdip_core::ports::storage::ApplicationFilter;
use hdip_core::values::{AgencyId, ApplicationId, CandidateId, ClientId, JobId, RoundId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/applications…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_applications, submit_candidate))
        .routes(routes!(get_application))
        .routes(routes!(drop_application))
        .routes(routes!(put_application_on_hold))
        .routes(routes!(resume_application))
}

/// A candidate's application to a job. Agencies see their own, with fewer fields.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Application {
    /// Its id.
    #[schema(value_type = String, example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: ApplicationId,
    /// Whose; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
    /// Name of the client; for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Acme")]
    pub client_brand: Option<String>,
    /// To what.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// Title of the job.
    #[schema(example = "Backend Engineer")]
    pub job_title: String,
    /// Who.
    #[schema(value_type = String, example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub candidate_id: CandidateId,
    /// Name of the candidate.
    #[schema(example = "Asha Rao")]
    pub candidate_name: String,
    /// The round it is in.
    #[schema(value_type = String, example = "rnd_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub round_id: RoundId,
    /// Name of the round.
    #[schema(example = "Technical")]
    pub round_name: String,
    /// Number of the round.
    #[schema(example = 1)]
    pub round_position: u32,
    /// `to_schedule`, `interviewing`, `decision_due`, `on_hold`, `rejected`, `selected`, `offered`,
    /// `offer_declined`, `dropped`; new ones may appear.
    #[schema(example = "to_schedule")]
    pub status: String,
    /// Why it was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "not_interested")]
    pub drop_reason: Option<String>,
    /// `round` or `hiring_manager`, where it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "round")]
    pub rejected_by: Option<String>,
    /// What was said to the last decision. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<String>,
    /// When the status changed.
    pub status_at: DateTime<Utc>,
    /// `internal`, `agency`, `ats`. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ats")]
    pub source: Option<String>,
    /// The agency that submitted it. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "agcy_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub agency_id: Option<AgencyId>,
    /// Name of that agency. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Best Hires")]
    pub agency_name: Option<String>,
    /// Who hears about it. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub recruiter_id: Option<UserId>,
    /// A note. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The submitter's own reference. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ATS-77120")]
    pub ats_reference: Option<String>,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
}

impl From<domain::ApplicationView> for Application {
    fn from(view: domain::ApplicationView) -> Self {
        let (basics, mut detail, client) = match view {
            domain::ApplicationView::Agency(basics) => (basics, None, None),
            domain::ApplicationView::Client(basics, detail) => (basics, Some(detail), None),
            domain::ApplicationView::Operator { basics, detail, client_id, client_brand } => {
                (basics, Some(detail), Some((client_id, client_brand)))
            }
        };
        let (client_id, client_brand) = client.unzip();
        Self {
            id: basics.id,
            client_id,
            client_brand,
            job_id: basics.job_id,
            job_title: basics.job_title,
            candidate_id: basics.candidate_id,
            candidate_name: basics.candidate_name,
            round_id: basics.round_id,
            round_name: basics.round_name,
            round_position: basics.round_position,
            status: basics.status.as_str().to_owned(),
            drop_reason: basics.drop_reason.map(|reason| reason.as_str().to_owned()),
            status_at: basics.status_at,
            rejected_by: basics.rejected_by.map(|by| by.as_str().to_owned()),
            source: detail.as_ref().map(|detail| detail.source.as_str().to_owned()),
            agency_id: detail.as_ref().and_then(|detail| detail.agency_id),
            recruiter_id: detail.as_ref().and_then(|detail| detail.recruiter_id),
            agency_name: detail.as_mut().and_then(|detail| detail.agency_name.take()),
            decision_reason: detail.as_mut().and_then(|detail| detail.decision_reason.take()),
            remark: detail.as_mut().and_then(|detail| detail.remark.take()),
            ats_reference: detail.and_then(|detail| detail.ats_reference),
            created_at: basics.created_at,
        }
    }
}

/// A candidate for a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// For which job.
    #[schema(value_type = String, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: JobId,
    /// Name, at most 200 characters.
    #[schema(example = "Asha Rao")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "asha.rao@mail.example")]
    pub email: String,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// Months of experience.
    #[schema(example = 60, maximum = 720)]
    pub experience_months: u32,
    /// Present employer.
    #[schema(example = "Initech")]
    pub current_company: Option<String>,
    /// Present role.
    #[schema(example = "Engineer")]
    pub designation: Option<String>,
    /// IANA time zone; the job's if not said.
    #[schema(example = "Asia/Kolkata")]
    pub zone: Option<String>,
    /// BCP 47 language tag; the client's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// As the person gave it; required where the job hires for diversity.
    pub gender: Option<String>,
    /// Your own reference, unique per client: submitting it again for the same job and address answers with the
    /// application that is there.
    #[schema(example = "ATS-77120", max_length = 100)]
    pub ats_reference: Option<String>,
    /// A note for the client's people.
    #[schema(max_length = 2000)]
    pub remark: Option<String>,
    /// Who hears about it; yourself if not said. Agencies cannot say.
    #[schema(value_type = Option<String>)]
    pub recruiter_id: Option<UserId>,
}

impl From<NewApplication> for domain::SubmitCandidate {
    fn from(new: NewApplication) -> Self {
        Self {
            job: new.job_id,
            person: domain::CandidateFields {
                name: new.name,
                email: new.email,
                phone: new.phone,
                experience_months: new.experience_months,
                current_company: new.current_company,
                designation: new.designation,
                zone: new.zone,
                locale: new.locale,
                gender: new.gender,
            },
            ats_reference: new.ats_reference,
            remark: new.remark,
            recruiter: new.recruiter_id,
        }
    }
}

/// Something the submitter should know; it did not stand in the way.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// Stable word; new ones may appear.
    #[schema(example = "experience_out_of_range")]
    pub code: String,
    /// A sentence for people.
    #[schema(example = "the job asks for 24 to 96 months of experience, the candidate has 12")]
    pub message: String,
    /// The earlier application it is about. Not for agencies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub application_id: Option<ApplicationId>,
}

impl From<domain::Warning> for Warning {
    fn from(warning: domain::Warning) -> Self {
        Self { code: warning.code, message: warning.message, application_id: warning.application_id }
    }
}

/// The application a submission led to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Submission {
    /// The application.
    pub application: Application,
    /// False if `ats_reference` named an application that was there already.
    pub created: bool,
    /// What the submitter should know.
    pub warnings: Vec<Warning>,
}

/// Which applications.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApplicationsQuery {
    /// Only to this job.
    #[param(value_type = Option<String>, example = "job_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub job_id: Option<JobId>,
    /// Only of this candidate.
    #[param(value_type = Option<String>, example = "cand_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub candidate_id: Option<CandidateId>,
    /// Only in this status.
    #[param(example = "to_schedule")]
    pub status: Option<String>,
    /// Only with this reference.
    #[param(example = "ATS-77120")]
    pub ats_reference: Option<String>,
}

/// List applications
///
/// Newest first. What the caller's role may see: a client's people their client's, a recruiter limited to
/// jobs those, an agency its own.
#[utoipa::path(
    get, path = "/v1/applications", tag = "hiring", params(ApplicationsQuery, PageQuery),
    responses((status = 200, description = "A page of applications", body = PageOf<Application>))
)]
async fn list_applications(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ApplicationsQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Application>>> {
    use domain::ApplicationStatus as Status;
    let status = query.status.as_deref().map(|text| word("status", text, &Status::ALL, Status::as_str));
    let filter = ApplicationFilter {
        job: query.job_id,
        candidate: query.candidate_id,
        status: status.transpose()?,
        ats_reference: query.ats_reference,
    };
    Ok(Json(PageOf::of(state.hdip.applications(&caller, &filter, &page.page::<ApplicationId>()?).await?)))
}

/// Submit a candidate
///
/// Makes the candidate's record and an application in the job's first round. Somebody with the same address
/// or phone already on the job: 409 `already_submitted`. A known `ats_reference` with the same job and
/// address: 200 with the application that is there.
#[utoipa::path(
    post, path = "/v1/applications", tag = "hiring", request_body = NewApplication,
    responses(
        (status = 201, description = "Submitted", body = Submission),
        (status = 200, description = "Was there already", body = Submission)
    )
)]
async fn submit_candidate(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewApplication>,
) -> ApiResult<Response> {
    let done = state.hdip.submit_candidate(&caller, new.into()).await?;
    let (id, created) = (done.output.application_id, done.output.created);
    let body = Submission {
        application: state.hdip.application(&caller, id).await?.into(),
        created,
        warnings: done.output.warnings.into_iter().map(Into::into).collect(),
    };
    if !created {
        return Ok((Replayed(done.replayed), Json(body)).into_response());
    }
    let location = format!("/v1/applications/{id}");
    Ok(Created { location, version: None, replayed: done.replayed, body }.into_response())
}

/// Read an application
#[utoipa::path(
    get, path = "/v1/applications/{id}", tag = "hiring",
    params(("id" = String, Path, description = "Application", example = "appl_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The application", body = Application))
)]
async fn get_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
) -> ApiResult<Json<Application>> {
    Ok(Json(state.hdip.application(&caller, id).await?.into()))
}

/// Why an application is dropped.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DropReason {
    NotInterested,
    NotAvailable,
    NotResponding,
    NoShow,
    Rejected,
    JobArchived,
    Other,
}
same_variants!(
    DropReason,
    domain::DropReason,
    NotInterested,
    NotAvailable,
    NotResponding,
    NoShow,
    Rejected,
    JobArchived,
    Other
);

/// How to drop an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DropInput {
    /// Why.
    pub reason: DropReason,
    /// Yes to the consequence of a late change, where its interview is called off late.
    #[serde(default)]
    pub late_ok: bool,
}

/// Drop an application
///
/// An interview that is still to come is called off with it. The candidate's scheduling link dies.
#[utoipa::path(
    post, path = "/v1/applications/{id}/drop", tag = "hiring",
    params(("id" = String, Path, description = "Application")), request_body = DropInput,
    responses((status = 200, description = "Dropped", body = Application))
)]
async fn drop_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Json(input): Json<DropInput>,
) -> ApiResult<(Replayed, Json<Application>)> {
    let drop = domain::DropApplication { reason: input.reason.into(), late_ok: input.late_ok };
    let done = state.hdip.drop_application(&caller, id, drop).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.application(&caller, id).await?.into())))
}

/// Put an application on hold
///
/// One with an interview under way cannot be (409 `wrong_application_status`).
#[utoipa::path(
    post, path = "/v1/applications/{id}/put-on-hold", tag = "hiring",
    params(("id" = String, Path, description = "Application")),
    responses((status = 200, description = "On hold", body = Application))
)]
async fn put_application_on_hold(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
) -> ApiResult<(Replayed, Json<Application>)> {
    let done = state.hdip.hold_application(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.application(&caller, id).await?.into())))
}

/// Take an application up again
///
/// A decision is due if the round's interview took place, else it is to be scheduled.
#[utoipa::path(
    post, path = "/v1/applications/{id}/resume", tag = "hiring",
    params(("id" = String, Path, description = "Application")),
    responses((status = 200, description = "Taken up again", body = Application))
)]
async fn resume_application(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
) -> ApiResult<(Replayed, Json<Application>)> {
    let done = state.hdip.resume_application(&caller, id).await?;
    Ok((Replayed(done.replayed), Json(state.hdip.application(&caller, id).await?.into())))
}
