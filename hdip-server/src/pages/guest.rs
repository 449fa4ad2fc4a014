//! The holder of a link on a page.

use super::{layout, problem, times};
use crate::auth;
use crate::routes::links::{self, LinkHolder};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use hdip_core::access::LinkPurpose;
use hdip_core::scheduling::ConsentChoices;
use hdip_core::values::{ApplicationId, Timestamp, Zone};
use hdip_core::{Ctx, Error, Hdip};
use minijinja::context;
use minijinja::value::{Value, merge_maps};
use std::collections::BTreeMap;

type Words = BTreeMap<String, String>;

/// Who opened a link page or sent one of its forms. A link that is no good is answered with a page that
/// says why.
pub struct Guest {
    pub state: AppState,
    pub holder: LinkHolder,
    query: Words,
}

impl FromRequestParts<AppState> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Query(query) = Query::<Words>::from_request_parts(parts, state).await.unwrap_or_default();
        let anybody = auth::Visitor::from_request_parts(parts, state).await.map_err(|e| e.into_response())?;
        let token = links::token(parts, state).await.map_err(|e| e.into_response())?;
        match LinkHolder::open(&state.hdip, anybody.0, token).await {
            Ok(holder) => Ok(Self { state: state.clone(), holder, query }),
            Err(error) => Err(problem::page(state, error, None, Zone::UTC)),
        }
    }
}

impl Guest {
    pub fn hdip(&self) -> &Hdip {
        &self.state.hdip
    }

    pub fn ctx(&self) -> &Ctx {
        &self.holder.ctx
    }

    pub fn purpose(&self) -> LinkPurpose {
        self.holder.purpose
    }

    /// The application a candidate's link is about.
    pub async fn application(&self) -> Result<ApplicationId, Error> {
        self.holder.application(self.hdip()).await
    }

    /// A word of the address after `?`.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A context under which a repeat of the same form is the same request. `mark` says what the form was
    /// about, so that the same act on a later state is another one.
    pub fn once(&self, operation: &str, mark: &str) -> Result<Ctx, Error> {
        let mut ctx = self.ctx().clone();
        ctx.idempotency = Some(format!("page:{operation}:{mark}").parse()?);
        Ok(ctx)
    }

    /// The zone times are shown in: the one asked for, else the person's own.
    pub fn zone(&self, own: Zone) -> Zone {
        self.asked("zone").and_then(|name| name.parse().ok()).unwrap_or(own)
    }

    /// The address of the link's page, or of one below it, with the zone asked for.
    pub fn path(&self, below: &str) -> String {
        self.path_with(below, [])
    }

    fn path_with<'a>(&'a self, below: &str, words: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let zone = self.asked("zone").and_then(|name| name.parse::<Zone>().ok());
        let words: Vec<_> = zone.iter().map(|zone| ("zone", zone.name())).chain(words).collect();
        let mark = if words.is_empty() { "" } else { "?" };
        format!("{}{below}{mark}{}", self.link(), query(words))
    }

    fn link(&self) -> String {
        // The token was checked, and its letters need no escaping.
        format!("/l/{}", self.holder.token)
    }

    /// A page with what all link pages show.
    pub fn page(&self, template: &str, own: Zone, values: Value) -> Response {
        let zone = self.zone(own).name();
        let unknown = self.asked("zone").and_then(|name| name.parse::<Zone>().err());
        let shared = context! {
            link => Value::from_safe_string(self.link()),
            at => Value::from_safe_string(format!("?{}", query([("zone", zone)]))),
            zone,
            zones => times::ZONES.clone(),
            unknown_zone => unknown.map(|problem| format!("This is an {problem}.")),
        };
        layout::page(&self.state, StatusCode::OK, template, merge_maps([shared, values]))
    }

    /// What was asked for, or a page that says why not and leads back to the link's page.
    pub fn answer(&self, shown: Result<Response, Error>) -> Response {
        self.answer_back(shown, "")
    }

    /// The same, leading back to a page below the link.
    pub fn answer_back(&self, shown: Result<Response, Error>, below: &str) -> Response {
        shown.unwrap_or_else(|error| {
            problem::page(&self.state, error, Some(self.path(below)), self.zone(Zone::UTC))
        })
    }

    /// After a form: to the link's page, which shows what is so now. A form that was sent twice with
    /// different words has done its work the first time.
    pub fn acted<T>(&self, done: Result<T, Error>) -> Response {
        match done {
            Ok(_) | Err(Error::IdempotencyMismatch) => self.to_link(),
            Err(error) => self.answer(Err(error)),
        }
    }

    pub fn to_link(&self) -> Response {
        self.to("")
    }

    pub fn to(&self, below: &str) -> Response {
        Redirect::to(&self.path(below)).into_response()
    }

    /// To a page below the link that is told more words.
    pub fn to_with<'a>(
        &'a self,
        below: &str,
        words: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Response {
        Redirect::to(&self.path_with(below, words)).into_response()
    }
}

/// `a=1&b=2`, encoded.
pub fn query<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    // Pairs of texts can always be written.
    serde_urlencoded::to_string(words).unwrap_or_default()
}

/// The fields of a form of ours.
pub struct PageForm(Words);

impl FromRequest<AppState> for PageForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        Form::<Words>::from_request(request, state).await.map(|Form(fields)| Self(fields)).map_err(|_| {
            let error = Error::field("form", "unreadable", "could not be read; go back and send it again");
            problem::page(state, error, None, Zone::UTC)
        })
    }
}

impl PageForm {
    /// A field that was filled in.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A field as it was typed: in a password every character counts.
    pub fn typed(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A box that was ticked.
    pub fn on(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field that must be there.
    pub fn need<T: std::str::FromStr>(&self, name: &str) -> Result<T, Error> {
        let value = self.0.get(name).and_then(|text| text.parse().ok());
        value
            .ok_or_else(|| Error::field(name, "invalid", "is missing or was changed; go back and pick again"))
    }

    /// A number that was filled in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else than digits.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Error> {
        let number = self.text(name).map(|text| text.parse());
        number.transpose().map_err(|_| Error::field(name, "not_a_number", "must be a whole number"))
    }

    /// The state a question was asked about.
    pub fn shown(&self) -> &str {
        self.0.get("shown").map_or("", String::as_str)
    }

    /// Answers to the three questions.
    pub fn consents(&self) -> ConsentChoices {
        ConsentChoices {
            recording: self.on("recording"),
            transcript: self.on("transcript"),
            ai: self.on("ai"),
        }
    }
}

/// A mark of a state, for [`Guest::once`].
pub fn mark(at: Timestamp) -> String {
    at.timestamp_micros().to_string()
}
