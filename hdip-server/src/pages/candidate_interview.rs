//! The candidate's link of an interview: see it, move it, call it off, change the choices, say that the
//! interviewer is not there.

use super::ask::Question;
use super::guest::{Guest, PageForm};
use super::{contest, times};
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::LinkPurpose;
use hdip_core::scheduling::{
    Absent, Cancel, CandidateInterview, InterviewState, Reschedule, SchedulingError, StartChoice,
};
use hdip_core::values::{HoldId, InterviewId};
use minijinja::context;

/// What a candidate reads about a state: its name, and what comes next.
pub fn words(state: InterviewState, has_link: bool) -> (&'static str, &'static str) {
    match state {
        InterviewState::Requested | InterviewState::Inviting => (
            "Looking for your interviewer",
            "We are asking our interviewers for this time. You get a mail as soon as one has confirmed.",
        ),
        InterviewState::Confirmed if has_link => {
            ("Confirmed", "Open the meeting link a few minutes before the start.")
        }
        InterviewState::Confirmed => {
            ("Confirmed", "The time is certain. The meeting link follows by mail and will be shown here.")
        }
        InterviewState::InProgress => {
            ("Under way", "It has begun; open the meeting link if you are not there yet.")
        }
        InterviewState::AwaitingFeedback | InterviewState::Completed => {
            ("Over", "Thank you for your time. The company will be in touch about what comes next.")
        }
        InterviewState::Cancelled => ("Called off", "This interview does not take place."),
        InterviewState::Expired => (
            "No interviewer found",
            "None of our interviewers could make it. You have a mail with a link to pick another time; we are sorry.",
        ),
        InterviewState::Rescheduled => {
            ("Moved", "This interview was moved to another time. The mail about it has a link of its own.")
        }
        InterviewState::CandidateNoShow => {
            ("Missed", "We were told that you could not come. If that is wrong, please write to us.")
        }
        InterviewState::InterviewerNoShow => (
            "The interviewer did not come",
            "We are sorry. You have a mail with a link to pick another time.",
        ),
        InterviewState::ClosedWithoutFeedback => (
            "Closed",
            "The interview cannot be assessed; we are sorry. The company may ask you to repeat it.",
        ),
        InterviewState::Interrupted => {
            ("Interrupted", "We are looking into what happened and will write to you.")
        }
    }
}

async fn read(guest: &Guest) -> Result<(InterviewId, CandidateInterview), Error> {
    if guest.purpose() != LinkPurpose::CandidateInterview {
        return Err(Error::Forbidden);
    }
    let id = guest.holder.subject()?;
    Ok((id, guest.hdip().interview_of_candidate(guest.ctx(), id).await?))
}

/// `GET /l/{token}`.
pub async fn show(guest: &Guest) -> Result<Response, Error> {
    let (id, view) = read(guest).await?;
    let (basics, now) = (&view.basics, guest.ctx().now);
    let notice = guest.hdip().scheduling_page(guest.ctx(), view.application_id).await?.consent_notice_version;
    let zone = guest.zone(view.zone);
    let (status, next) = words(basics.state, basics.meeting_url.is_some());
    let given: Vec<&str> = view.consents.iter().filter(|c| c.given).map(|c| c.kind.as_str()).collect();
    let before = now < basics.start && (basics.state.is_open() || basics.state == InterviewState::Confirmed);
    let values = context! {
        name => view.candidate_name,
        status,
        next,
        job => &*basics.job_title,
        brand => &*basics.client_brand,
        round => &*basics.round_name,
        time => times::from_to(zone, basics.start, basics.end),
        minutes => times::minutes(basics.start, basics.end),
        meeting_url => basics.meeting_url.as_deref(),
        may_reschedule => view.may_reschedule,
        may_cancel => before,
        may_report => now >= basics.start && is_under_way(basics.state),
        contest => contest::shown(guest, id, zone).await?,
        version => notice,
        given,
    };
    Ok(guest.page("candidate_interview.html", view.zone, values))
}

/// Somebody may be missing.
pub fn is_under_way(state: InterviewState) -> bool {
    state.holds_time() || state == InterviewState::AwaitingFeedback
}

/// `POST /l/{token}/consents`. Not under a key: the last answer counts, however often it is sent.
pub async fn consents(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let (_, view) = read(&guest).await?;
        guest.hdip().record_consents(guest.ctx(), view.application_id, form.consents()).await
    };
    let done = done.await;
    guest.acted(done)
}

/// `GET /l/{token}/move`: the consequence, then the starts it could move to.
pub async fn other_times(guest: Guest) -> Response {
    let shown = async {
        let (id, view) = read(&guest).await?;
        let (hdip, ctx) = (guest.hdip(), guest.ctx());
        let late = hdip.change_consequence(ctx, id).await?.late;
        if !view.may_reschedule {
            return Err(SchedulingError::RescheduleLimit.into());
        }
        let zone = guest.zone(view.zone);
        let offer = crate::metrics::finding_starts(hdip.slots(ctx, view.application_id, None, None)).await?;
        let values = context! {
            job => view.basics.job_title,
            brand => view.basics.client_brand,
            time => times::from_to(zone, view.basics.start, view.basics.end),
            late,
            offer => times::offer(&offer, zone, guest.asked("day")),
        };
        Ok(guest.page("move.html", view.zone, values))
    };
    let shown = shown.await;
    guest.answer(shown)
}

/// `POST /l/{token}/reschedule`.
pub async fn reschedule(guest: Guest, form: PageForm) -> Response {
    match try_reschedule(&guest, &form).await {
        // It has become late while the page was open: ask again, with the box to tick.
        Err(Error::Scheduling(SchedulingError::LateNotConfirmed)) => {
            let words = ["hold", "start", "until"].map(|name| (name, form.text(name).unwrap_or_default()));
            guest.to_with("/confirm", words.iter().map(|(name, value)| (*name, &**value)))
        }
        Err(error @ Error::Scheduling(SchedulingError::HoldLapsed | SchedulingError::NotOffered { .. })) => {
            guest.answer_back(Err(error), "/move")
        }
        done => guest.acted(done),
    }
}

async fn try_reschedule(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let (id, _) = read(guest).await?;
    let hold: HoldId = form.need("hold")?;
    let to = Reschedule {
        start: StartChoice::Held(hold),
        reason: form.text("reason"),
        late_ok: form.on("late_ok"),
    };
    let ctx = guest.once("reschedule", &hold.to_string())?;
    guest.hdip().reschedule_interview(&ctx, id, to).await?;
    Ok(())
}

/// `GET /l/{token}/cancel`: the consequence first.
pub async fn ask_cancel(guest: Guest) -> Response {
    let shown = async {
        let (id, view) = read(&guest).await?;
        let late = guest.hdip().change_consequence(guest.ctx(), id).await?.late;
        let mut lines = vec!["The company and the interviewer are told at once."];
        if late {
            lines.push("The start is close: this is a late change.");
        }
        let question = Question {
            act: "/cancel",
            title: "Call off your interview?",
            lines,
            reason: Some("Why? (optional)"),
            choices: Vec::new(),
            late,
            yes: "Yes, call it off",
            no: "No, keep it",
        };
        Ok(question.page(&guest, &view.basics, view.zone))
    };
    let shown = shown.await;
    guest.answer(shown)
}

/// `POST /l/{token}/cancel`.
pub async fn cancel(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let (id, _) = read(&guest).await?;
        let ctx = guest.once("cancel", form.shown())?;
        let cancel = Cancel { reason: form.text("reason"), late_ok: form.on("late_ok") };
        guest.hdip().cancel_interview(&ctx, id, cancel).await
    };
    match done.await {
        // It has become late while the page was open: ask again, with the box to tick.
        Err(Error::Scheduling(SchedulingError::LateNotConfirmed)) => guest.to("/cancel"),
        done => guest.acted(done),
    }
}

/// `GET /l/{token}/absence`.
pub async fn ask_absence(guest: &Guest) -> Result<Response, Error> {
    let (_, view) = read(guest).await?;
    let question = Question {
        act: "/absence",
        title: "The interviewer is not there?",
        lines: vec![
            "Please wait in the meeting for the first ten minutes; people come late.",
            "When you report it, the interview ends and you get a link to pick another time, free of charge.",
        ],
        reason: Some("What happened? (optional)"),
        yes: "Report that nobody came",
        no: "Back",
        ..Default::default()
    };
    Ok(question.page(guest, &view.basics, view.zone))
}

/// `POST /l/{token}/absence`.
pub async fn absence(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let (id, _) = read(guest).await?;
    let ctx = guest.once("absence", form.shown())?;
    guest.hdip().report_no_show(&ctx, id, Absent::Interviewer, form.text("reason")).await?;
    Ok(())
}
