//! Contesting an outcome from the page of an interview: the candidate and the interviewer say why, in a form.

use super::ask::Question;
use super::guest::{Guest, PageForm};
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::LinkPurpose;
use hdip_core::desk::{Contest, ContestAbout, ContestState, OpenContest};
use hdip_core::values::{InterviewId, Zone};
use minijinja::context;
use minijinja::value::Value;

/// What the page of an interview shows about contests: the newest of this person, and until when one can be
/// opened.
pub async fn shown(guest: &Guest, id: InterviewId, zone: Zone) -> Result<Value, Error> {
    let (newest, until) = guest.hdip().own_contest(guest.ctx(), id).await?;
    Ok(context! {
        until => until.map(|until| zone.describe(until)),
        state => newest.as_ref().map(words),
        answer => newest.and_then(|contest| contest.answer),
    })
}

fn words(contest: &Contest) -> &'static str {
    match contest.state {
        ContestState::Open => "We have your objection and are looking into it.",
        ContestState::Upheld => "Your objection was upheld.",
        ContestState::PartlyUpheld => "Your objection was partly upheld.",
        ContestState::Rejected => "Your objection was rejected.",
    }
}

/// `GET /l/{token}/contest`.
pub async fn ask(guest: Guest) -> Response {
    let shown = page(&guest).await;
    guest.answer(shown)
}

async fn page(guest: &Guest) -> Result<Response, Error> {
    let id: InterviewId = guest.holder.subject()?;
    let (basics, zone, choices) = match guest.purpose() {
        LinkPurpose::CandidateInterview => {
            let view = guest.hdip().interview_of_candidate(guest.ctx(), id).await?;
            (view.basics, view.zone, Vec::new())
        }
        LinkPurpose::InterviewerInterview => {
            let view = guest.hdip().interview_of_interviewer(guest.ctx(), id).await?;
            let choices =
                vec![("outcome", "What the interview counts as"), ("earning", "What I earn with it")];
            (view.basics, view.zone, choices)
        }
        _ => return Err(Error::Forbidden),
    };
    let question = Question {
        act: "/contest",
        title: "Did we get something wrong?",
        lines: vec!["A person looks into it and writes to you. Please say what happened, and when."],
        reason: Some("What happened? (3 to 500 characters)"),
        choices,
        yes: "Send my objection",
        no: "Back",
        ..Default::default()
    };
    Ok(question.page(guest, &basics, zone))
}

/// `POST /l/{token}/contest`.
pub async fn send(guest: Guest, form: PageForm) -> Response {
    match try_send(&guest, &form).await {
        Err(error @ Error::Invalid(_)) => guest.answer_back(Err(error), "/contest"),
        done => guest.acted(done),
    }
}

async fn try_send(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let id: InterviewId = guest.holder.subject()?;
    let about = match form.text("choice").as_deref() {
        Some("earning") => ContestAbout::Earning,
        _ => ContestAbout::Outcome,
    };
    let input = OpenContest { about, reason: form.text("reason").unwrap_or_default() };
    guest.hdip().open_contest(&guest.once("contest", form.shown())?, id, input).await?;
    Ok(())
}
