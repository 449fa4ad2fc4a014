//! The invitation link: an interviewer accepts or declines.

use super::guest::{Guest, PageForm};
use super::times;
use axum::response::Response;
use hdip_core::Error;
use hdip_core::scheduling::{Decline, InvitationState};
use minijinja::context;

/// `GET /l/{token}`: what the interview is, and the two answers while it is open.
pub async fn show(guest: &Guest) -> Result<Response, Error> {
    let view = guest.hdip().invitation(guest.ctx(), guest.holder.subject()?).await?;
    let zone = guest.zone(view.zone);
    let (heading, text) = words(view.state);
    let open = view.state == InvitationState::Open;
    let values = context! {
        heading,
        text,
        open,
        may_decline => open || view.state == InvitationState::Expired,
        job => view.job_title,
        specialisation => view.specialisation,
        skills => view.mandatory_skills.join(", "),
        experience => times::experience(view.candidate_experience_months),
        company => view.candidate_company,
        time => times::from_to(zone, view.start, view.end),
        minutes => times::minutes(view.start, view.end),
        pay => view.pay.to_string(),
        until => zone.describe(view.expires_at),
    };
    Ok(guest.page("invitation.html", view.zone, values))
}

fn words(state: InvitationState) -> (&'static str, &'static str) {
    match state {
        InvitationState::Open => {
            ("Would you take this interview?", "Opening this page has not accepted anything yet.")
        }
        InvitationState::Accepted => (
            "This interview is yours",
            "Thank you. The details, with the meeting link and an entry for your calendar, come by mail. \
             If you cannot make it after all, use the link in that mail.",
        ),
        InvitationState::Declined => {
            ("You have declined", "Thank you for telling us. There is nothing left to do.")
        }
        InvitationState::Expired => (
            "The time to answer is over",
            "This invitation can no longer be accepted. If you say why it was not for you, we can ask better next time.",
        ),
        InvitationState::Withdrawn | InvitationState::WithdrawnLate => {
            ("You no longer have this interview", "It was given back. There is nothing left to do.")
        }
        InvitationState::NoShow => ("This interview is closed", "There is nothing left to do."),
        InvitationState::Closed => (
            "This interview is no longer open",
            "Somebody else has taken it, or it was called off. There is nothing for you to do; thank you for \
             being ready to take it.",
        ),
    }
}

/// `POST /l/{token}/accept`.
pub async fn accept(guest: Guest) -> Response {
    let done = async {
        let id = guest.holder.subject()?;
        guest.hdip().accept_invitation(guest.ctx(), id).await
    };
    let done = done.await;
    guest.acted(done)
}

/// `POST /l/{token}/decline`.
pub async fn decline(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let id = guest.holder.subject()?;
        let decline =
            Decline { reason: form.text("reason"), conflict_of_interest: form.on("conflict_of_interest") };
        guest.hdip().decline_invitation(guest.ctx(), id, decline).await
    };
    let done = done.await;
    guest.acted(done)
}
