//! The scheduling link: a candidate picks a start.

use super::candidate_interview::words;
use super::guest::{Guest, PageForm};
use super::times;
use axum::response::Response;
use hdip_core::Error;
use hdip_core::scheduling::{RequestInterview, StartChoice};
use hdip_core::values::{ApplicationId, HoldId};
use minijinja::context;

/// `GET /l/{token}`: the starts, or the interview there is already.
pub async fn show(guest: &Guest) -> Result<Response, Error> {
    let application: ApplicationId = guest.holder.subject()?;
    let page = guest.hdip().scheduling_page(guest.ctx(), application).await?;
    let zone = guest.zone(page.zone);
    let offer = match page.interview {
        Some(_) => None,
        None => {
            let slots = guest.hdip().slots(guest.ctx(), application, None, None);
            Some(crate::metrics::finding_starts(slots).await?)
        }
    };
    let interview = page.interview.as_ref().map(|interview| {
        let (status, next) = words(interview.state, interview.meeting_url.is_some());
        context! {
            status,
            next,
            time => times::from_to(zone, interview.start, interview.end),
            meeting_url => interview.meeting_url.as_deref(),
        }
    });
    let values = context! {
        name => page.candidate_name,
        brand => page.client_brand,
        job => page.job_title,
        round => page.round_name,
        minutes => page.duration_minutes,
        interview,
        offer => offer.map(|offer| times::offer(&offer, zone, guest.asked("day"))),
    };
    Ok(guest.page("schedule.html", page.zone, values))
}

/// `POST /l/{token}/request`: the held start becomes an interview request, with the candidate's choices.
pub async fn request(guest: Guest, form: PageForm) -> Response {
    let done = try_request(&guest, &form).await;
    guest.acted(done)
}

async fn try_request(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let hold: HoldId = form.need("hold")?;
    let request = RequestInterview {
        application: guest.application().await?,
        start: StartChoice::Held(hold),
        consents: Some(form.consents()),
    };
    // One request per hold, however often the button is pressed.
    let ctx = guest.once("request", &hold.to_string())?;
    guest.hdip().request_interview(&ctx, request).await?;
    Ok(())
}
