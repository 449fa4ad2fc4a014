//! `/apply`: the public form by which somebody applies to become an interviewer, and the thanks.

use super::layout;
use crate::auth::Visitor;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use hdip_core::Error;
use hdip_core::ladder::{ApplicantFields, Apply, CvUpload};
use hdip_core::values::{FieldError, MAX_DOCUMENT_BYTES};
use minijinja::context;
use minijinja::value::Value;
use std::collections::BTreeMap;

/// Bytes the form may have: the largest CV, the fields, and what is around them.
pub const MAX_FORM: usize = MAX_DOCUMENT_BYTES + 256 * 1024;
/// Parts a form of ours has; a few more do no harm, thousands do.
const MAX_PARTS: usize = 100;
/// Hidden from people: what fills it in is no person.
const TRAP: &str = "website";

/// `GET /apply`.
pub async fn show(State(state): State<AppState>) -> Response {
    form(&state, StatusCode::OK, &Filled::default(), &[]).await
}

/// `GET /apply/thanks`.
pub async fn thanks(State(state): State<AppState>) -> Response {
    let title = "Thank you";
    let text = "Your application has arrived. A mail says so, and another one will say what becomes of it.";
    layout::page(&state, StatusCode::OK, "account_done.html", context! { title, text })
}

/// `POST /apply`: what is wrong is said on the form, with everything but the file still filled in. Whether the person
/// is known is not said.
pub async fn apply(State(state): State<AppState>, visitor: Visitor, request: Request) -> Response {
    let filled = match Filled::read(request, &state).await {
        Ok(filled) => filled,
        Err(wrong) => {
            return form(&state, StatusCode::UNPROCESSABLE_ENTITY, &Filled::default(), &[wrong]).await;
        }
    };
    if !filled.text(TRAP).is_empty() {
        // The same answer as anybody's; nothing is kept.
        return Redirect::to("/apply/thanks").into_response();
    }
    let applied = match filled.apply() {
        Ok(apply) => state.hdip.apply_as_interviewer(&visitor, apply).await,
        Err(wrong) => Err(Error::Invalid(wrong)),
    };
    match applied {
        Ok(_) => Redirect::to("/apply/thanks").into_response(),
        Err(Error::Invalid(wrong)) => form(&state, StatusCode::UNPROCESSABLE_ENTITY, &filled, &wrong).await,
        Err(error) => {
            let status = ApiError::from(error).problem().status;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let message = match status {
                StatusCode::TOO_MANY_REQUESTS => {
                    "were sent too often from here; please wait a quarter of an hour"
                }
                _ => "cannot be taken right now; please try again later",
            };
            let wrong =
                FieldError { field: "applications".into(), code: String::new(), message: message.into() };
            form(&state, status, &filled, &[wrong]).await
        }
    }
}

async fn form(state: &AppState, status: StatusCode, filled: &Filled, wrong: &[FieldError]) -> Response {
    let Ok(offered) = state.hdip.offered_specialisations().await else {
        let title = "Not right now";
        let text = "Applications cannot be taken at the moment. Please try again later.";
        let values = context! { title, text };
        return layout::page(state, StatusCode::SERVICE_UNAVAILABLE, "account_done.html", values);
    };
    let chosen = filled.all("specialisations");
    let offered: Vec<Value> = offered
        .into_iter()
        .map(|(slug, name)| context! { chosen => chosen.contains(&slug), slug, name })
        .collect();
    let wrong: Vec<String> = wrong.iter().map(|e| format!("{}: {}", label(&e.field), e.message)).collect();
    let was: BTreeMap<&str, String> = FIELDS.iter().map(|name| (*name, filled.text(name))).collect();
    layout::page(state, status, "apply.html", context! { offered, wrong, was })
}

/// Single-line fields that are filled in again.
const FIELDS: &[&str] = &[
    "name",
    "email",
    "phone",
    "country",
    "zone",
    "years",
    "interviewing_years",
    "skills",
    "current_company",
    "previous_companies",
    "designation",
    "link1",
    "link2",
    "link3",
];

/// A field in the words of the form.
fn label(field: &str) -> String {
    let name = field.split('[').next().unwrap_or(field);
    let label = match name {
        "cv" => "CV",
        "email" => "E-mail",
        "zone" => "Time zone",
        "experience_months" | "years" => "Years of experience",
        "interviewing_months" | "interviewing_years" => "Years as an interviewer",
        "current_company" => "Present employer",
        "previous_companies" => "Former employers",
        "designation" => "Present role",
        other => other,
    };
    let mut letters = label.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The form as it was sent.
#[derive(Default)]
struct Filled {
    texts: BTreeMap<String, Vec<String>>,
    cv: Option<Bytes>,
}

impl Filled {
    async fn read(request: Request, state: &AppState) -> Result<Self, FieldError> {
        let wrong = |code: &str, message: &str| FieldError {
            field: "form".into(),
            code: code.into(),
            message: message.into(),
        };
        let unreadable = |error: MultipartError| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                wrong("too_large", "is too large; the CV must have at most 5 MiB")
            }
            _ => wrong("unreadable", "could not be read; please send it again"),
        };
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| wrong("unreadable", "could not be read; please send it again"))?;
        let (mut filled, mut count) = (Self::default(), 0);
        while let Some(part) = parts.next_field().await.map_err(unreadable)? {
            count += 1;
            if count > MAX_PARTS {
                return Err(wrong("too_many", "has too many fields"));
            }
            let name = part.name().unwrap_or_default().to_owned();
            if name == "cv" {
                let content = part.bytes().await.map_err(unreadable)?;
                // A browser sends an empty part for a file that was not chosen.
                filled.cv = Some(content).filter(|content| !content.is_empty());
            } else {
                let text = part.text().await.map_err(unreadable)?;
                filled.texts.entry(name).or_default().push(text.trim().to_owned());
            }
        }
        Ok(filled)
    }

    fn text(&self, name: &str) -> String {
        self.texts.get(name).and_then(|all| all.first()).cloned().unwrap_or_default()
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.texts.get(name).cloned().unwrap_or_default()
    }

    /// Items parted by commas or line breaks.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name);
        text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn apply(&self) -> Result<Apply, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut months = |field: &str| match self.text(field).parse::<u32>() {
            Ok(years) => years.saturating_mul(12),
            Err(_) => {
                let message = "must be a whole number of years".into();
                wrong.push(FieldError { field: field.into(), code: "not_a_number".into(), message });
                0
            }
        };
        let (experience_months, interviewing_months) = (months("years"), months("interviewing_years"));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let said = |name: &str| Some(self.text(name)).filter(|text| !text.is_empty());
        let applicant = ApplicantFields {
            name: self.text("name"),
            email: self.text("email"),
            phone: self.text("phone"),
            country: self.text("country"),
            zone: self.text("zone"),
            locale: None,
            experience_months,
            interviewing_months,
            specialisations: self.all("specialisations"),
            skills: self.list("skills"),
            current_company: said("current_company"),
            previous_companies: self.list("previous_companies"),
            designation: said("designation"),
            links: ["link1", "link2", "link3"].into_iter().filter_map(said).collect(),
        };
        Ok(Apply { applicant, cv: self.cv.clone().map(CvUpload) })
    }
}
