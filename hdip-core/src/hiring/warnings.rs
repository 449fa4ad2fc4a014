//! What a submitter should know of: a record that is kept, experience out of range, a recent interview.

use super::candidates::Person;
use super::submit::Opening;
use super::*;
use crate::access::Scope;
use crate::ports::storage::*;
use crate::scheduling::InterviewState;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Something the submitter should know; it did not stand in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable word: `experience_out_of_range`, `interviewed_recently`, `candidate_kept`,
    /// `candidate_completed`.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
    /// The earlier application it is about; not for agencies.
    pub application_id: Option<ApplicationId>,
}

impl Warning {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), application_id: None }
    }
}

impl Hdip {
    /// Keeps a record that is there: what it says stays, its blanks are filled, and the submitter hears both.
    pub(super) fn keep(
        &self,
        ctx: &Ctx,
        known: Candidate,
        person: Person,
        changes: &mut Changes,
        warnings: &mut Vec<Warning>,
    ) -> Candidate {
        let mut candidate = known;
        let (mut kept, mut filled) = (Vec::new(), Vec::new());
        macro_rules! blank {
            ($($field:ident),*) => {$(
                match (&candidate.$field, person.$field) {
                    (None, Some(new)) => { candidate.$field = Some(new); filled.push(stringify!($field)); }
                    (Some(old), Some(new)) if *old != new => kept.push(stringify!($field)),
                    _ => {}
                }
            )*};
        }
        blank!(phone, current_company, designation, gender);
        for (differs, field) in [
            (candidate.name != person.name, "name"),
            (candidate.experience_months != person.experience_months, "experience_months"),
            (person.zone.is_some_and(|zone| zone != candidate.zone), "zone"),
        ] {
            if differs {
                kept.push(field);
            }
        }
        if !kept.is_empty() {
            let message = format!(
                "this person is on record; what was said about {} is not taken over",
                kept.join(", ")
            );
            warnings.push(Warning::new("candidate_kept", message));
        }
        if !filled.is_empty() {
            let message = format!("this person is on record; {} was added to it", filled.join(", "));
            warnings.push(Warning::new("candidate_completed", message));
            changes.update(&candidate);
            self.tell_candidate(ctx, changes, &candidate, "candidate.updated");
            if let Some(audit) = changes.audit.last_mut() {
                audit.changes = json!({"fields": filled});
            }
        }
        candidate
    }

    /// Whether the person was interviewed for the same specialisation lately.
    pub(super) async fn repeat_warning(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        earlier: &[Application],
    ) -> Result<Option<Warning>, Error> {
        let months = chrono::Months::new(opening.repeat_months);
        let Some(since) = ctx.now.checked_sub_months(months).filter(|_| opening.repeat_months > 0) else {
            return Ok(None);
        };
        let jobs: BTreeMap<String, Job> = self.storage.find_all(earlier.iter().map(|a| a.job_id)).await?;
        let alike = earlier.iter().filter(|a| {
            jobs.get(&a.job_id.to_string())
                .is_some_and(|job| job.specialisation == opening.job.specialisation)
        });
        for application in alike {
            let filter = InterviewFilter {
                states: vec![
                    InterviewState::InProgress,
                    InterviewState::AwaitingFeedback,
                    InterviewState::Completed,
                    InterviewState::ClosedWithoutFeedback,
                ],
                application: Some(application.id),
                from: Some(since),
                ..Default::default()
            };
            let scope = Scope::Client(opening.client.id);
            if !self.storage.interviews(&scope, &filter, &Page::first(1)).await?.is_empty() {
                let message = format!(
                    "this person was interviewed for the same specialisation within {} months",
                    opening.repeat_months
                );
                let mut warning = Warning::new("interviewed_recently", message);
                warning.application_id = Some(application.id).filter(|_| agency_of(&ctx.actor).is_none());
                return Ok(Some(warning));
            }
        }
        Ok(None)
    }
}

pub(super) fn experience_warning(job: &Job, months: u32) -> Option<Warning> {
    let range = job.experience_min_months..=job.experience_max_months;
    (!range.contains(&months)).then(|| {
        let message = format!(
            "the job asks for {} to {} months of experience, the candidate has {months}",
            range.start(),
            range.end()
        );
        Warning::new("experience_out_of_range", message)
    })
}
