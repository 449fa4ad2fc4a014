//! Interviewers. Their times are in `availability`.

use super::users::same_variants;
use crate::auth::Caller;
use crate::extract::{IfMatch, Json, Path, Query, nullable, word};
use crate::paging::{PageOf, PageQuery};
use crate::problem::ApiResult;
use crate::reply::{Created, ETag, Replayed};
use crate::state::AppState;
use axum::extract::State;
use chrono::{DateTime, Utc};
use hdip_core::interviewers as domain;
use hdip_core::ports::storage::InterviewerFilter;
use hdip_core::values::{InterviewId, InterviewerId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// `/v1/interviewers…`.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_interviewers, create_interviewer))
        .routes(routes!(get_interviewer, update_interviewer))
        .routes(routes!(change_interviewer_status))
}

/// A freelance interviewer. It sees itself without level and rating.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Interviewer {
    /// Its id.
    #[schema(value_type = String, example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InterviewerId,
    /// Name.
    #[schema(example = "Ravi Kumar")]
    pub name: String,
    /// E-mail address.
    #[schema(example = "ravi@interviewers.example")]
    pub email: String,
    /// Phone, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// IANA time zone of its availability, weekly cap and mails.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    pub locale: String,
    /// `invited`, `shadowing`, `certified`, `mentor`, `suspended`, `left`; new ones may appear.
    #[schema(example = "certified")]
    pub status: String,
    /// 1 to 3. For the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub level: Option<u8>,
    /// Slugs of `/v1/specialisations`.
    #[schema(example = json!(["backend"]))]
    pub specialisations: Vec<String>,
    /// In the form they are compared in.
    #[schema(example = json!(["go", "rust"]))]
    pub skills: Vec<String>,
    /// Months of experience.
    #[schema(example = 120)]
    pub experience_months: u32,
    /// Present employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Globex")]
    pub current_company: Option<String>,
    /// Former employers.
    #[schema(example = json!(["Hooli"]))]
    pub previous_companies: Vec<String>,
    /// Present role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Staff Engineer")]
    pub designation: Option<String>,
    /// At most that many interviews per ISO week.
    #[schema(example = 10)]
    pub weekly_cap: u32,
    /// At least that many minutes between two interviews.
    #[schema(example = 15)]
    pub minimum_gap_minutes: u32,
    /// ISO 4217 code of what it is paid in.
    #[schema(example = "INR")]
    pub pay_currency: String,
    /// Level it is certified at, by slug: what matching asks for.
    #[schema(example = json!({"backend": 2}))]
    pub certifications: BTreeMap<String, u8>,
    /// When its notice is over; nothing that begins later is offered to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves_at: Option<DateTime<Utc>>,
    /// Mean rating × 100, if rated. For the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 460)]
    pub rating_hundredths: Option<u32>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

impl From<domain::InterviewerView> for Interviewer {
    fn from(view: domain::InterviewerView) -> Self {
        macro_rules! from {
            ($who:ident, $level:expr, $rating:expr) => {
                Self {
                    id: $who.id,
                    name: $who.name,
                    email: $who.email.to_string(),
                    phone: $who.phone.map(|phone| phone.to_string()),
                    country: $who.country,
                    zone: $who.zone.to_string(),
                    locale: $who.locale.as_str().to_owned(),
                    status: $who.status.as_str().to_owned(),
                    level: $level,
                    specialisations: $who.specialisations.into_iter().collect(),
                    skills: $who.skills.into_iter().collect(),
                    experience_months: $who.experience_months,
                    current_company: $who.current_company,
                    previous_companies: $who.previous_companies,
                    designation: $who.designation,
                    weekly_cap: $who.weekly_cap,
                    minimum_gap_minutes: $who.minimum_gap_minutes,
                    pay_currency: $who.pay_currency.code().to_owned(),
                    certifications: $who.certifications,
                    leaves_at: $who.leaves_at,
                    rating_hundredths: $rating,
                    created_at: $who.created_at,
                }
            };
        }
        match view {
            domain::InterviewerView::Operator(who) => from!(who, Some(who.level), who.rating_hundredths),
            domain::InterviewerView::Own(who) => from!(who, None, None),
        }
    }
}

fn answer(view: domain::InterviewerView) -> (ETag, Json<Interviewer>) {
    let version = match &view {
        domain::InterviewerView::Operator(who) => who.version,
        domain::InterviewerView::Own(who) => who.version,
    };
    (ETag(version), Json(view.into()))
}

/// An interviewer to enter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInterviewer {
    /// Name, at most 200 characters.
    #[schema(example = "Ravi Kumar")]
    pub name: String,
    /// E-mail address; unique among interviewers and users.
    #[schema(example = "ravi@interviewers.example")]
    pub email: String,
    /// Phone, E.164.
    #[schema(example = "+919876543210")]
    pub phone: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IN")]
    pub country: String,
    /// IANA time zone.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// BCP 47 language tag; the operator's if not said.
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// 1 to 3.
    #[schema(example = 2, minimum = 1, maximum = 3)]
    pub level: u8,
    /// Slugs of `/v1/specialisations`, at least one.
    #[schema(example = json!(["backend"]), min_items = 1)]
    pub specialisations: Vec<String>,
    /// 1 to 30 skills.
    #[schema(example = json!(["Golang", "Rust"]), min_items = 1, max_items = 30)]
    pub skills: Vec<String>,
    /// Months of experience.
    #[schema(example = 120, maximum = 720)]
    pub experience_months: u32,
    /// Present employer.
    #[schema(example = "Globex")]
    pub current_company: Option<String>,
    /// Former employers, at most 30.
    #[serde(default)]
    #[schema(example = json!(["Hooli"]))]
    pub previous_companies: Vec<String>,
    /// Present role.
    #[schema(example = "Staff Engineer")]
    pub designation: Option<String>,
    /// Interviews per ISO week, 1 to 100; 10 if not said.
    #[schema(example = 10)]
    pub weekly_cap: Option<u32>,
    /// Minutes between two interviews, 0 to 480, a multiple of 5; 15 if not said.
    #[schema(example = 15)]
    pub minimum_gap_minutes: Option<u32>,
    /// ISO 4217 code of what it is paid in.
    #[schema(example = "INR")]
    pub pay_currency: String,
    /// First password of its user, 10 to 128 characters; without one it cannot sign in yet.
    #[schema(format = Password, min_length = 10, max_length = 128)]
    pub password: Option<String>,
}

impl From<NewInterviewer> for domain::CreateInterviewer {
    fn from(new: NewInterviewer) -> Self {
        Self {
            interviewer: domain::InterviewerFields {
                name: new.name,
                email: new.email,
                phone: new.phone,
                country: new.country,
                zone: new.zone,
                locale: new.locale,
                level: new.level,
                specialisations: new.specialisations,
                skills: new.skills,
                experience_months: new.experience_months,
                current_company: new.current_company,
                previous_companies: new.previous_companies,
                designation: new.designation,
                weekly_cap: new.weekly_cap,
                minimum_gap_minutes: new.minimum_gap_minutes,
                pay_currency: new.pay_currency,
            },
            password: new.password,
        }
    }
}

/// Changes to an interviewer: what is left out stays; `null` empties what can be empty. An interviewer cannot
/// change its own e-mail, country, level, specialisations, skills, experience and currency.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewerPatch {
    /// Name.
    pub name: Option<String>,
    /// E-mail address; it signs in with this one from then on.
    pub email: Option<String>,
    /// Phone, E.164.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// IANA time zone; recurring availability moves with it.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// 1 to 3.
    pub level: Option<u8>,
    /// All of them.
    pub specialisations: Option<Vec<String>>,
    /// All of them.
    pub skills: Option<Vec<String>>,
    /// Months of experience.
    pub experience_months: Option<u32>,
    /// Present employer.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub current_company: Option<Option<String>>,
    /// Former employers: all of them.
    pub previous_companies: Option<Vec<String>>,
    /// Present role.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub designation: Option<Option<String>>,
    /// Interviews per ISO week.
    #[schema(example = 5)]
    pub weekly_cap: Option<u32>,
    /// Minutes between two interviews, a multiple of 5.
    pub minimum_gap_minutes: Option<u32>,
    /// ISO 4217 code of what it is paid in.
    pub pay_currency: Option<String>,
}

/// Which interviewers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InterviewersQuery {
    /// Only on this rung.
    #[param(example = "certified")]
    pub status: Option<String>,
    /// Only with this specialisation.
    #[param(example = "backend")]
    pub specialisation: Option<String>,
}

/// List interviewers
///
/// Newest first. For the operator.
#[utoipa::path(
    get, path = "/v1/interviewers", tag = "interviewers", params(InterviewersQuery, PageQuery),
    responses((status = 200, description = "A page of interviewers", body = PageOf<Interviewer>))
)]
async fn list_interviewers(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<InterviewersQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<PageOf<Interviewer>>> {
    use domain::InterviewerStatus as Status;
    let status = query.status.as_deref().map(|text| word("status", text, &Status::ALL, Status::as_str));
    let filter = InterviewerFilter { status: status.transpose()?, specialisation: query.specialisation };
    Ok(Json(PageOf::of(state.hdip.interviewers(&caller, &filter, &page.page::<InterviewerId>()?).await?)))
}

/// Enter an interviewer
///
/// `invited`, with the user it signs in as. For the operator.
#[utoipa::path(
    post, path = "/v1/interviewers", tag = "interviewers", request_body = NewInterviewer,
    responses((status = 201, description = "Entered", body = Interviewer))
)]
async fn create_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewInterviewer>,
) -> ApiResult<Created<Interviewer>> {
    let done = state.hdip.create_interviewer(&caller, new.into()).await?;
    let id = done.output.interviewer_id;
    let (ETag(version), Json(body)) = answer(state.hdip.interviewer(&caller, id).await?);
    let location = format!("/v1/interviewers/{id}");
    Ok(Created { location, version: Some(version), replayed: done.replayed, body })
}

/// Read an interviewer
///
/// For the operator and the interviewer itself.
#[utoipa::path(
    get, path = "/v1/interviewers/{id}", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer", example = "intr_01j9z3w6v5k2m8x4t7q0r1s2aa")),
    responses((status = 200, description = "The interviewer", body = Interviewer))
)]
async fn get_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
) -> ApiResult<(ETag, Json<Interviewer>)> {
    Ok(answer(state.hdip.interviewer(&caller, id).await?))
}

/// Change an interviewer
///
/// For the operator, and within bounds for the interviewer itself.
#[utoipa::path(
    patch, path = "/v1/interviewers/{id}", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer")), request_body = InterviewerPatch,
    responses((status = 200, description = "Changed", body = Interviewer))
)]
async fn update_interviewer(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<InterviewerPatch>,
) -> ApiResult<(ETag, Json<Interviewer>)> {
    let update = domain::UpdateInterviewer {
        expected,
        name: patch.name,
        email: patch.email,
        phone: patch.phone,
        country: patch.country,
        zone: patch.zone,
        locale: patch.locale,
        level: patch.level,
        specialisations: patch.specialisations,
        skills: patch.skills,
        experience_months: patch.experience_months,
        current_company: patch.current_company,
        previous_companies: patch.previous_companies,
        designation: patch.designation,
        weekly_cap: patch.weekly_cap,
        minimum_gap_minutes: patch.minimum_gap_minutes,
        pay_currency: patch.pay_currency,
    };
    state.hdip.update_interviewer(&caller, id, update).await?;
    Ok(answer(state.hdip.interviewer(&caller, id).await?))
}

/// A rung of the ladder.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterviewerStatus {
    /// Invited, has not set up yet.
    Invited,
    /// Learns under a mentor.
    Shadowing,
    /// Interviews.
    Certified,
    /// Interviews and signs off others.
    Mentor,
    /// Gets no invitations.
    Suspended,
    /// Gone.
    Left,
}
same_variants!(
    InterviewerStatus,
    domain::InterviewerStatus,
    Invited,
    Shadowing,
    Certified,
    Mentor,
    Suspended,
    Left
);

/// What becomes of confirmed interviews.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedInterviews {
    /// They take place.
    Finish,
    /// Somebody else is looked for.
    Release,
}
same_variants!(ConfirmedInterviews, domain::ConfirmedInterviews, Finish, Release);

/// A step on the ladder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusInput {
    /// Where to.
    pub status: InterviewerStatus,
    /// Why; required to suspend and to leave.
    #[schema(example = "under review", max_length = 500)]
    pub reason: Option<String>,
    /// Required to suspend or leave with confirmed interviews (409 `has_confirmed_interviews`).
    pub confirmed_interviews: Option<ConfirmedInterviews>,
    /// What becomes of single ones, whatever is said of all.
    #[serde(default)]
    pub interviews: Vec<InterviewChoice>,
}

/// What becomes of one confirmed interview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewChoice {
    /// Which.
    #[schema(value_type = String, example = "int_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub id: InterviewId,
    /// What.
    pub then: ConfirmedInterviews,
}

impl From<InterviewChoice> for (InterviewId, domain::ConfirmedInterviews) {
    fn from(choice: InterviewChoice) -> Self {
        (choice.id, choice.then.into())
    }
}

/// What a step on the ladder did.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusResult {
    /// The interviewer.
    pub interviewer: Interviewer,
    /// Interviews somebody else is now looked for.
    pub released: u32,
    /// Confirmed interviews left as they are.
    pub kept: u32,
}

/// Move an interviewer on the ladder
///
/// Who is suspended or leaves gets no invitations any more. Repeating a step is no failure. For the operator.
#[utoipa::path(
    post, path = "/v1/interviewers/{id}/status", tag = "interviewers",
    params(("id" = String, Path, description = "Interviewer")), request_body = StatusInput,
    responses((status = 200, description = "Moved", body = StatusResult))
)]
async fn change_interviewer_status(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<InterviewerId>,
    Json(input): Json<StatusInput>,
) -> ApiResult<(Replayed, Json<StatusResult>)> {
    let change = domain::ChangeInterviewerStatus {
        to: input.status.into(),
        reason: input.reason,
        confirmed_interviews: input.confirmed_interviews.map(Into::into),
        interviews: input.interviews.into_iter().map(Into::into).collect(),
    };
    let done = state.hdip.change_interviewer_status(&caller, id, change).await?;
    let domain::StatusChanged { released, kept } = done.output;
    let interviewer = state.hdip.interviewer(&caller, id).await?.into();
    Ok((Replayed(done.replayed), Json(StatusResult { interviewer, released, kept })))
}
