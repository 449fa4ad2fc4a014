//! The interviewer's scorecard, filled in without any script: one form, saved as a draft or filed.

use super::guest::{Guest, PageForm};
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::LinkPurpose;
use hdip_core::feedback::*;
use hdip_core::values::InterviewId;
use minijinja::context;
use minijinja::value::Value;

fn own(guest: &Guest) -> Result<InterviewId, Error> {
    match guest.purpose() {
        LinkPurpose::InterviewerInterview => guest.holder.subject(),
        _ => Err(Error::Forbidden),
    }
}

/// `GET /l/{token}/scorecard`.
pub async fn show(guest: Guest) -> Response {
    let shown = page(&guest).await;
    guest.answer(shown)
}

async fn page(guest: &Guest) -> Result<Response, Error> {
    let id = own(guest)?;
    let form = guest.hdip().scorecard_form(guest.ctx(), id).await?;
    let interview = guest.hdip().interview_of_interviewer(guest.ctx(), id).await?;
    let zone = guest.zone(interview.zone);
    let filed = form.submitted.first();
    let body = form.draft.as_ref().or(filed).map(|card| card.body.clone()).unwrap_or_default();
    let skills: Vec<Value> = form
        .rubric
        .skills
        .iter()
        .enumerate()
        .map(|(i, skill)| {
            let said = body.skills.iter().find(|said| said.skill == skill.name).cloned().unwrap_or_default();
            let levels: Vec<Value> = skill
                .levels
                .iter()
                .enumerate()
                .map(|(n, text)| context! { n => n + 1, text, chosen => said.level == Some(n as u32 + 1) })
                .collect();
            context! { i, name => &*skill.name, levels, score => said.score, summary => said.summary }
        })
        .collect();
    let rows: Vec<Value> = std::iter::once(COMMUNICATION)
        .chain(form.rubric.evaluation_rows.iter().map(String::as_str))
        .enumerate()
        .map(|(i, name)| {
            let said = body.evaluation.iter().find(|said| said.row == name).and_then(|said| said.grade);
            let grades: Vec<Value> = GRADES
                .iter()
                .map(|(word, grade)| context! { word => *word, chosen => said == Some(*grade) })
                .collect();
            context! { i, name, grades }
        })
        .collect();
    let recommendations: Vec<Value> = Recommendation::ALL
        .iter()
        .rev()
        .map(|word| {
            let label = word.as_str().replace('_', " ");
            context! { word => word.as_str(), label, chosen => body.recommendation == Some(*word) }
        })
        .collect();
    let values = context! {
        name => interview.candidate_name,
        filed => filed.is_some(),
        deduction => filed.and_then(|card| card.deduction).filter(|d| d.amount_minor > 0).map(|d| d.to_string()),
        due => form.due_at.map(|due| zone.describe(due)),
        deduction_now => form.deduction_now.filter(|d| d.amount_minor > 0).map(|d| d.to_string()),
        guidelines => form.guidelines,
        questions => form.rubric.questions.iter().map(|q| context! {
            question => &*q.question, minutes => q.minutes, guideline => &*q.guideline
        }).collect::<Vec<_>>(),
        skills,
        rows,
        recommendations,
        strengths => body.strengths,
        improvements => body.improvements,
        overall_score => body.overall_score,
        material => body.link,
        attachments => form.draft.as_ref().or(filed).map(|card| {
            card.attachments.iter().map(|file| file.name.clone()).collect::<Vec<_>>()
        }),
        version => form.draft.as_ref().map(|draft| draft.version),
        open => filed.is_none(),
    };
    Ok(guest.page("scorecard.html", interview.zone, values))
}

const GRADES: [(&str, Grade); 4] = [
    ("poor", Grade::Poor),
    ("average", Grade::Average),
    ("good", Grade::Good),
    ("excellent", Grade::Excellent),
];

/// `POST /l/{token}/scorecard`: saves a draft, or files.
pub async fn file(guest: Guest, form: PageForm) -> Response {
    match act(&guest, &form).await {
        Ok(()) => guest.to("/scorecard"),
        Err(error) => guest.answer_back(Err(error), "/scorecard"),
    }
}

async fn act(guest: &Guest, form: &PageForm) -> Result<(), Error> {
    let id = own(guest)?;
    let rubric = guest.hdip().scorecard_form(guest.ctx(), id).await?.rubric;
    let body = read(form, &rubric)?;
    // Kept whatever comes of it: what somebody has written is never lost to a refusal.
    let expected = form.number("version")?.map(i64::from);
    let saved = guest.hdip().save_scorecard_draft(guest.ctx(), id, SaveDraft { body, expected }).await?;
    if form.on("file") {
        let mark = saved.output.version.to_string();
        guest.hdip().submit_scorecard(&guest.once("scorecard", &mark)?, id, None).await?;
    }
    Ok(())
}

fn read(form: &PageForm, rubric: &Rubric) -> Result<ScorecardBody, Error> {
    let mut body = ScorecardBody {
        strengths: form.text("strengths").unwrap_or_default(),
        improvements: form.text("improvements").unwrap_or_default(),
        overall_score: form.number("overall_score")?,
        link: form.text("link"),
        ..Default::default()
    };
    for (i, skill) in rubric.skills.iter().enumerate() {
        body.skills.push(SkillFeedback {
            skill: skill.name.clone(),
            level: form.number(&format!("level-{i}"))?,
            score: form.number(&format!("score-{i}"))?,
            summary: form.text(&format!("summary-{i}")).unwrap_or_default(),
            questions: Vec::new(),
        });
    }
    let rows = std::iter::once(COMMUNICATION).chain(rubric.evaluation_rows.iter().map(String::as_str));
    for (i, row) in rows.enumerate() {
        let word = form.text(&format!("grade-{i}"));
        let grade = GRADES.iter().find(|(known, _)| word.as_deref() == Some(known)).map(|(_, grade)| *grade);
        body.evaluation.push(EvaluationFeedback { row: row.to_owned(), grade });
    }
    let word = form.text("recommendation");
    body.recommendation =
        Recommendation::ALL.into_iter().find(|known| word.as_deref() == Some(known.as_str()));
    Ok(body)
}
