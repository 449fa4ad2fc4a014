//! Picking a start: hold it, say yes to night hours, look at it again before confirming. The same for a
//! first pick (scheduling link) and for moving an interview (the candidate's link of the interview).

use super::guest::{Guest, PageForm};
use super::times;
use axum::response::Response;
use hdip_core::access::LinkPurpose;
use hdip_core::scheduling::{Pick, SchedulingError};
use hdip_core::values::{HoldId, Timestamp};
use hdip_core::{Error, Hdip};
use minijinja::context;
use minijinja::value::Value;

/// Below the link; where starts are picked.
fn picking(guest: &Guest) -> &'static str {
    if guest.purpose() == LinkPurpose::CandidateInterview { "/move" } else { "" }
}

/// `POST /l/{token}/hold`: keeps a start for a few minutes, then shows it for confirmation.
pub async fn hold(guest: Guest, form: PageForm) -> Response {
    match try_hold(&guest, &form).await {
        Err(Error::Scheduling(SchedulingError::OddHours)) => {
            guest.to_with("/odd", [("start", &*form.text("start").unwrap_or_default())])
        }
        done => guest.answer_back(done, picking(&guest)),
    }
}

async fn try_hold(guest: &Guest, form: &PageForm) -> Result<Response, Error> {
    let pick = Pick { start: form.need("start")?, odd_hours_ok: form.on("odd_hours_ok") };
    let held = guest.hdip().hold_start(guest.ctx(), guest.application().await?, pick).await?.output;
    let words = [
        ("hold", held.hold_id.to_string()),
        ("start", times::instant(held.start)),
        ("until", times::instant(held.expires_at)),
    ];
    Ok(guest.to_with("/confirm", words.iter().map(|(name, value)| (*name, &**value))))
}

/// `GET /l/{token}/odd`: asks whether a start in the night is meant.
pub async fn odd(guest: Guest) -> Response {
    let shown = try_odd(&guest).await;
    guest.answer_back(shown, picking(&guest))
}

async fn try_odd(guest: &Guest) -> Result<Response, Error> {
    let start = asked_time(guest, "start")?;
    let page = guest.hdip().scheduling_page(guest.ctx(), guest.application().await?).await?;
    let values = context! {
        start => times::instant(start),
        time => guest.zone(page.zone).describe(start),
        own_time => page.zone.describe(start),
        back => Value::from_safe_string(guest.path(picking(guest))),
    };
    Ok(guest.page("odd.html", page.zone, values))
}

/// `GET /l/{token}/confirm`: the held start, and what else is asked before it is requested. What the
/// address says about the hold is only shown; what counts is the stored hold.
pub async fn confirm(guest: Guest) -> Response {
    let shown = try_confirm(&guest).await;
    guest.answer_back(shown, picking(&guest))
}

async fn try_confirm(guest: &Guest) -> Result<Response, Error> {
    let hdip: &Hdip = guest.hdip();
    let (hold, start, until) =
        (asked::<HoldId>(guest, "hold")?, asked_time(guest, "start")?, asked_time(guest, "until")?);
    let page = hdip.scheduling_page(guest.ctx(), guest.application().await?).await?;
    let zone = guest.zone(page.zone);
    let end = start + hdip_core::values::minutes(page.duration_minutes.into());
    let (moving, late) = match (guest.purpose(), &page.interview) {
        (LinkPurpose::CandidateInterview, Some(now)) => {
            let late = hdip.change_consequence(guest.ctx(), now.id).await?.late;
            (Some(times::from_to(zone, now.start, now.end)), late)
        }
        _ => (None, false),
    };
    let now = guest.ctx().now;
    let values = context! {
        hold => hold.to_string(),
        start_at => times::instant(start),
        until_at => times::instant(until),
        time => times::from_to(zone, start, end),
        until => zone.local(until).format("%H:%M").to_string(),
        left => times::left(now, until),
        lapsed => now >= until,
        moving,
        late,
        job => page.job_title,
        brand => page.client_brand,
        version => page.consent_notice_version,
        back => Value::from_safe_string(guest.path(picking(guest))),
    };
    Ok(guest.page("confirm.html", page.zone, values))
}

/// A time near enough that arithmetic on it stays within the calendar.
fn asked_time(guest: &Guest, name: &str) -> Result<Timestamp, Error> {
    let time: Timestamp = asked(guest, name)?;
    let near = (time - guest.ctx().now).abs() < hdip_core::values::days(366);
    if near { Ok(time) } else { Err(Error::field(name, "out_of_range", "must be within a year from now")) }
}

fn asked<T: std::str::FromStr>(guest: &Guest, name: &str) -> Result<T, Error> {
    let value = guest.asked(name).and_then(|text| text.parse().ok());
    value.ok_or_else(|| Error::field(name, "invalid", "is missing or was changed; go back and pick again"))
}
