//! Server-rendered pages: what people who are not signed in reach by the links in their mails (`/l/{token}`),
//! the public application form (`/apply`), the start page, and the development mailbox.
//!
//! Opening a page never changes anything, whoever opens it: mail scanners and browsers follow links by
//! themselves. Acting is a POST from a form. No page needs a script. Forms need no CSRF token: the link in
//! the URL is the capability, and nobody else's page knows it.

mod account;
mod apply;
mod ask;
mod candidate_interview;
mod contest;
mod guest;
mod home;
mod interviewer_interview;
mod invitation;
mod layout;
mod mailbox;
mod pick;
mod problem;
mod rating;
mod schedule;
mod scorecard;
mod times;

use crate::state::AppState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use guest::Guest;
use hdip_core::access::LinkPurpose;

/// Every page. The mailbox is there where mails go into one.
pub fn router(state: &AppState) -> Router<AppState> {
    let links = Router::new()
        .route("/l/{token}", get(open))
        .route("/l/{token}/hold", post(pick::hold).get(back))
        .route("/l/{token}/odd", get(pick::odd))
        .route("/l/{token}/confirm", get(pick::confirm))
        .route("/l/{token}/request", post(schedule::request).get(back))
        .route("/l/{token}/accept", post(invitation::accept).get(back))
        .route("/l/{token}/decline", post(invitation::decline).get(back))
        .route("/l/{token}/consents", post(candidate_interview::consents).get(back))
        .route("/l/{token}/move", get(candidate_interview::other_times))
        .route("/l/{token}/reschedule", post(candidate_interview::reschedule).get(back))
        .route("/l/{token}/cancel", get(candidate_interview::ask_cancel).post(candidate_interview::cancel))
        .route("/l/{token}/absence", get(ask_absence).post(absence))
        .route(
            "/l/{token}/withdraw",
            get(interviewer_interview::ask_withdraw).post(interviewer_interview::withdraw),
        )
        .route("/l/{token}/end", get(interviewer_interview::ask_end).post(interviewer_interview::end))
        .route(
            "/l/{token}/interrupt",
            get(interviewer_interview::ask_interrupt).post(interviewer_interview::interrupt),
        )
        .route("/l/{token}/contest", get(contest::ask).post(contest::send))
        .route("/l/{token}/rating", post(rating::rate).get(back))
        .route("/l/{token}/scorecard", get(scorecard::show).post(scorecard::file))
        .route("/l/{token}/password", post(account::set_password).get(back))
        .route("/l/{token}/confirm-email", post(account::confirm_email).get(back))
        .layer(map_response(layout::private));
    let apply = Router::new()
        .route("/apply", get(apply::show).post(apply::apply))
        .route("/apply/thanks", get(apply::thanks))
        .layer(DefaultBodyLimit::max(apply::MAX_FORM))
        .layer(map_response(layout::private));
    let mut all = Router::new().route("/", get(home::show)).merge(links).merge(apply);
    if state.outbox.is_some() {
        all = all.merge(mailbox::router());
    }
    all
}

/// `/l/{token}`: what the link is for decides what is shown.
async fn open(guest: Guest) -> Response {
    let shown = match guest.purpose() {
        LinkPurpose::Schedule => schedule::show(&guest).await,
        LinkPurpose::Invitation => invitation::show(&guest).await,
        LinkPurpose::CandidateInterview => candidate_interview::show(&guest).await,
        LinkPurpose::InterviewerInterview => interviewer_interview::show(&guest).await,
        LinkPurpose::Rating => rating::show(&guest).await,
        LinkPurpose::UserInvitation | LinkPurpose::PasswordReset => account::ask_password(&guest).await,
        LinkPurpose::EmailVerification => account::ask_confirmation(&guest).await,
    };
    guest.answer(shown)
}

/// Somebody reloads the address of a form: back to the page the form was on.
async fn back(guest: Guest) -> Response {
    guest.to_link()
}

async fn ask_absence(guest: Guest) -> Response {
    let shown = match guest.purpose() {
        LinkPurpose::InterviewerInterview => interviewer_interview::ask_absence(&guest).await,
        _ => candidate_interview::ask_absence(&guest).await,
    };
    guest.answer(shown)
}

async fn absence(guest: Guest, form: guest::PageForm) -> Response {
    let done = match guest.purpose() {
        LinkPurpose::InterviewerInterview => interviewer_interview::absence(&guest, &form).await,
        _ => candidate_interview::absence(&guest, &form).await,
    };
    guest.acted(done)
}
