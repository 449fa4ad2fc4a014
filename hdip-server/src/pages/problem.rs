//! Refusals in the words of a page: what is so, and what to do now.

use super::layout;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::http::StatusCode;
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::AccessError;
use hdip_core::desk::DeskError;
use hdip_core::scheduling::SchedulingError as S;
use hdip_core::values::Zone;
use minijinja::context;
use minijinja::value::Value;

/// A page that says why not. `back` is where the person can go on.
pub fn page(state: &AppState, error: Error, back: Option<String>, zone: Zone) -> Response {
    let (title, text) = words(&error, zone);
    let lines: Vec<String> = match &error {
        Error::Invalid(fields) => fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect(),
        _ => Vec::new(),
    };
    // The same status as in the API, and logged in the same place.
    let status = ApiError::from(error).problem().status;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let back = back.map(Value::from_safe_string);
    layout::page(state, status, "problem.html", context! { title, text, lines, back })
}

fn words(error: &Error, zone: Zone) -> (&'static str, String) {
    let (title, text) = match error {
        Error::Access(AccessError::LinkInvalid) => (
            "This link does not work",
            "Please check that the whole link from the mail was opened. If it was, write to us and we send you a new one.",
        ),
        Error::Access(AccessError::LinkExpired) => (
            "This link has expired",
            "Its time is over. Please ask the person who invited you for a new one, or write to us.",
        ),
        Error::Access(AccessError::LinkSpent) => (
            "This link is no longer in use",
            "A newer mail may have a link that works. If not, please ask the person who invited you, or write to us.",
        ),
        Error::Access(AccessError::LinkUsed) => (
            "This link was used already",
            "What it was for is done; it is good once. If that was not you, write to us at once.",
        ),
        Error::Access(AccessError::EmailTaken) => (
            "This address belongs to another account",
            "Somebody has got it in the meantime. Nothing was changed; please use another address, or write to us.",
        ),
        Error::NotFound(_) => ("There is nothing here", "What this link led to does not exist any more."),
        Error::Forbidden => ("This is not possible here", "This link does not allow what you tried."),
        Error::Scheduling(refusal) => return scheduling(refusal, zone),
        Error::Hiring(_) => (
            "This application is not open",
            "Interviews for it cannot be arranged at the moment. Please ask the person who invited you.",
        ),
        Error::Desk(DeskError::ContestTooLate { .. }) => (
            "The time for this is over",
            "An outcome can be contested for some days only. If there is a reason why you could not, write to us.",
        ),
        Error::Desk(DeskError::NothingToContest { .. }) => (
            "There is nothing to contest yet",
            "The interview has no outcome yet, or was changed meanwhile. Go back to see how things stand.",
        ),
        Error::Desk(_) => (
            "We have your objection already",
            "It is being looked into, or was decided. Go back to see how things stand.",
        ),
        Error::Invalid(_) => ("Something is not right yet", "Please go back and correct this:"),
        Error::IdempotencyMismatch => ("This was sent already", "It was carried out the first time."),
        _ => (
            "This did not work just now",
            "Nothing was changed. Please try again in a minute; if it keeps failing, write to us.",
        ),
    };
    (title, text.to_owned())
}

fn scheduling(refusal: &S, zone: Zone) -> (&'static str, String) {
    let (title, text) = match refusal {
        S::NotOffered { .. } => (
            "This time is no longer free",
            "Somebody else was a little faster, or it has come too close. Please go back and pick another one.",
        ),
        S::HoldLapsed => (
            "We could not keep this time any longer",
            "It was kept for a few minutes, and these are over. Nothing was booked; please go back and pick a time again.",
        ),
        S::AlreadyScheduled => {
            ("There is an interview already", "A time has been picked for this round. Go back to see it.")
        }
        S::AlreadyTaken => (
            "This interview is already taken",
            "Somebody else was a little faster. There is nothing for you to do; thank you for being ready to take it.",
        ),
        S::InvitationClosed { .. } => (
            "This invitation is closed",
            "It was answered before, its time is over, or the interview was called off. There is nothing for you to do.",
        ),
        S::NotFree { .. } => (
            "You are not free at that time",
            "Another interview, your weekly limit or the gap you asked for between interviews is in the way. Nothing was changed.",
        ),
        S::CandidateNotFree => (
            "The candidate is not free any more",
            "The candidate has another interview at that time. Nothing was changed.",
        ),
        S::WrongState { .. } => (
            "This is not possible any more",
            "The interview has moved on in the meantime. Go back to see how things stand.",
        ),
        S::RescheduleLimit => (
            "This interview cannot be moved again",
            "Please ask the person who invited you if you need another time.",
        ),
        S::OddHours => {
            ("Is this time meant?", "It lies in the night where you live. Please go back and confirm it.")
        }
        S::LateNotConfirmed => {
            ("This is a late change", "The start is close. Please go back and confirm that you understand.")
        }
        S::TooEarly { from } => {
            return ("It is too early for this", format!("This is possible from {}.", zone.describe(*from)));
        }
        S::TooLate { until } => {
            return (
                "It is too late for this",
                format!("This was possible until {}.", zone.describe(*until)),
            );
        }
        _ => ("This is not possible", "Go back to see how things stand."),
    };
    (title, text.to_owned())
}
