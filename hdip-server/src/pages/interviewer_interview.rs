//! The interviewer's link of an interview: see it, give it back, end it, say what went wrong.

use super::ask::Question;
use super::candidate_interview::is_under_way;
use super::guest::{Guest, PageForm};
use super::{contest, layout, times};
use axum::http::StatusCode;
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::LinkPurpose;
use hdip_core::scheduling::{Absent, InterviewState, InterviewerInterview};
use hdip_core::values::InterviewId;
use minijinja::context;

async fn read(guest: &Guest) -> Result<(InterviewId, InterviewerInterview), Error> {
    if guest.purpose() != LinkPurpose::InterviewerInterview {
        return Err(Error::Forbidden);
    }
    let id = guest.holder.subject()?;
    Ok((id, guest.hdip().interview_of_interviewer(guest.ctx(), id).await?))
}

/// `GET /l/{token}`.
pub async fn show(guest: &Guest) -> Result<Response, Error> {
    let (id, view) = match read(guest).await {
        Ok(own) => own,
        // The link is good, but the interview is somebody else's by now.
        Err(Error::NotFound(_)) => return Ok(no_longer_yours(guest)),
        Err(error) => return Err(error),
    };
    let (basics, now) = (&view.basics, guest.ctx().now);
    let zone = guest.zone(view.zone);
    let values = context! {
        name => view.candidate_name,
        status => status(basics.state),
        job => &*basics.job_title,
        brand => &*basics.client_brand,
        round => &*basics.round_name,
        time => times::from_to(zone, basics.start, basics.end),
        minutes => times::minutes(basics.start, basics.end),
        meeting_url => basics.meeting_url.as_deref(),
        skills => view.mandatory_skills.join(", "),
        experience => times::experience(view.candidate_experience_months),
        company => view.candidate_company,
        pay => view.pay.map(|pay| pay.to_string()),
        guidelines => view.guidelines,
        description => view.job_description,
        may_withdraw => basics.state == InterviewState::Confirmed && now < basics.start,
        may_file => matches!(basics.state, InterviewState::InProgress | InterviewState::AwaitingFeedback),
        filed => basics.state == InterviewState::Completed,
        under_way => basics.state == InterviewState::InProgress,
        may_report => now >= basics.start && is_under_way(basics.state),
        contest => contest::shown(guest, id, zone).await?,
    };
    Ok(guest.page("interviewer_interview.html", view.zone, values))
}

fn no_longer_yours(guest: &Guest) -> Response {
    let values = context! {
        title => "This interview is no longer yours",
        text => "It was given back or passed on. There is nothing left for you to do.",
        lines => Vec::<String>::new(),
        back => (),
    };
    layout::page(&guest.state, StatusCode::GONE, "problem.html", values)
}

fn status(state: InterviewState) -> &'static str {
    match state {
        InterviewState::Requested | InterviewState::Inviting => "Looking for an interviewer",
        InterviewState::Confirmed => "Confirmed",
        InterviewState::InProgress => "Under way",
        InterviewState::AwaitingFeedback => "Over; your feedback is due",
        InterviewState::Completed => "Completed",
        InterviewState::Cancelled => "Called off",
        InterviewState::Expired => "Closed",
        InterviewState::Rescheduled => "Moved to another time; you are free",
        InterviewState::CandidateNoShow => "The candidate did not come",
        InterviewState::InterviewerNoShow => "Reported: you did not come",
        InterviewState::ClosedWithoutFeedback => "Closed without feedback",
        InterviewState::Interrupted => "Interrupted; we decide what it counts as",
    }
}

async fn ask(guest: &Guest, question: Question) -> Result<Response, Error> {
    let (_, view) = read(guest).await?;
    Ok(question.page(guest, &view.basics, view.zone))
}

/// `GET /l/{token}/withdraw`.
pub async fn ask_withdraw(guest: Guest) -> Response {
    let question = Question {
        act: "/withdraw",
        title: "Give this interview back?",
        lines: vec![
            "We look for somebody else at the same time; you are not asked again for this interview.",
            "Very shortly before the start a withdrawal counts as an absence.",
        ],
        reason: Some("Why? (optional)"),
        yes: "Yes, give it back",
        no: "No, keep it",
        ..Default::default()
    };
    let shown = ask(&guest, question).await;
    guest.answer(shown)
}

/// `POST /l/{token}/withdraw`.
pub async fn withdraw(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let id = guest.holder.subject()?;
        let ctx = guest.once("withdraw", form.shown())?;
        guest.hdip().withdraw_interviewer(&ctx, id, form.text("reason")).await
    };
    let done = done.await;
    guest.acted(done)
}

/// `GET /l/{token}/end`.
pub async fn ask_end(guest: Guest) -> Response {
    let question = Question {
        act: "/end",
        title: "Is the interview over?",
        lines: vec!["Then the time for your feedback begins. Without a word from you it ends by the clock."],
        yes: "Yes, it is over",
        no: "No, it goes on",
        ..Default::default()
    };
    let shown = ask(&guest, question).await;
    guest.answer(shown)
}

/// `POST /l/{token}/end`.
pub async fn end(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let id = guest.holder.subject()?;
        guest.hdip().end_interview(&guest.once("end", form.shown())?, id).await
    };
    let done = done.await;
    guest.acted(done)
}

/// `GET /l/{token}/interrupt`.
pub async fn ask_interrupt(guest: Guest) -> Response {
    let question = Question {
        act: "/interrupt",
        title: "Was the interview cut short?",
        lines: vec!["For a lost line, or a candidate who left. We then decide what the interview counts as."],
        reason: Some("What happened? (optional)"),
        yes: "Yes, it was cut short",
        no: "No, it goes on",
        ..Default::default()
    };
    let shown = ask(&guest, question).await;
    guest.answer(shown)
}

/// `POST /l/{token}/interrupt`.
pub async fn interrupt(guest: Guest, form: PageForm) -> Response {
    let done = async {
        let id = guest.holder.subject()?;
        let ctx = guest.once("interrupt", form.shown())?;
        guest.hdip().interrupt_interview(&ctx, id, form.text("reason")).await
    };
    let done = done.await;
    guest.acted(done)
}

/// `GET /l/{token}/absence`.
pub async fn ask_absence(guest: &Guest) -> Result<Response, Error> {
    let question = Question {
        act: "/absence",
        title: "The candidate is not there?",
        lines: vec![
            "Please wait in the meeting for the first ten minutes; people come late.",
            "When you report it, the interview ends and the company is told.",
        ],
        reason: Some("When did you wait, and what happened?"),
        yes: "Report that nobody came",
        no: "Back",
        ..Default::default()
    };
    ask(guest, question).await
}

/// `POST /l/{token}/absence`.
pub async fn absence(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let (id, _) = read(guest).await?;
    let ctx = guest.once("absence", form.shown())?;
    guest.hdip().report_no_show(&ctx, id, Absent::Candidate, form.text("reason")).await?;
    Ok(())
}
