//! The candidate's rating link: how was the interviewer?

use super::guest::{Guest, PageForm};
use axum::response::Response;
use hdip_core::Error;
use hdip_core::feedback::RateInterviewer;
use hdip_core::values::{InterviewId, Zone};
use minijinja::context;

/// `GET /l/{token}`.
pub async fn show(guest: &Guest) -> Result<Response, Error> {
    let id: InterviewId = guest.holder.subject()?;
    let rated = guest.hdip().is_rated(guest.ctx(), id).await?;
    let start = guest.hdip().rated_interview(guest.ctx(), id).await?.start;
    let zone = guest.zone(Zone::UTC);
    Ok(guest.page("rating.html", Zone::UTC, context! { rated, time => zone.describe(start) }))
}

/// `POST /l/{token}/rating`.
pub async fn rate(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let id: InterviewId = guest.holder.subject()?;
        let rating = RateInterviewer { stars: form.need("stars")?, comment: form.text("comment") };
        guest.hdip().rate_interviewer(&guest.once("rating", "1")?, id, rating).await
    };
    let done = done.await;
    guest.acted(done)
}
