//! What mails about becoming an interviewer say.

use super::deliver::Addressee;
use super::{MailJob, MailKind, Recipient};
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::ladder::{InterviewerApplication, LadderStep, LadderStepKind, SessionState, ShadowingSession};
use crate::ports::storage::RecordsExt;
use crate::values::*;
use crate::{Error, Hdip};
use serde_json::{Map, Value};

impl Hdip {
    /// Adds what the mail about an application may say.
    pub(super) async fn about_applicant(
        &self,
        values: &mut Map<String, Value>,
        id: InterviewerApplicationId,
    ) -> Result<(), Error> {
        let application: InterviewerApplication = self.storage.get(id).await?;
        values.insert("reason".into(), application.reason.into());
        values.insert("fields".into(), self.names_of(application.specialisations).await?.into());
        Ok(())
    }

    /// Adds what the mail about a step may say; false when a later step has overtaken it.
    pub(super) async fn about_step(
        &self,
        values: &mut Map<String, Value>,
        mail: &MailJob,
        id: LadderStepId,
        to: &Addressee,
    ) -> Result<bool, Error> {
        let step: LadderStep = self.storage.get(id).await?;
        let who: Interviewer = self.storage.get(step.interviewer_id).await?;
        let overtaken = match mail.kind {
            MailKind::InterviewerSuspended => who.status != InterviewerStatus::Suspended,
            MailKind::InterviewerReinstated => !who.status.is_there(),
            MailKind::InterviewerNotice => {
                who.leaves_at.is_some() != (step.step == LadderStepKind::NoticeGiven)
            }
            _ => false,
        };
        if overtaken {
            return Ok(false);
        }
        let fields = match step.specialisation {
            Some(slug) => self.names_of([slug]).await?,
            None => self.names_of(who.certifications.keys().cloned()).await?,
        };
        let own = matches!(mail.to, Recipient::Interviewer(id) if id == step.interviewer_id);
        values.insert("own".into(), own.into());
        values.insert("person".into(), who.name.into());
        values.insert("step".into(), step.step.as_str().into());
        values.insert("reason".into(), step.reason.into());
        values.insert("fields".into(), fields.into());
        values.insert("level".into(), step.level.into());
        values.insert("last_day".into(), who.leaves_at.map(|at| to.time(at)).into());
        Ok(true)
    }

    /// Adds what a mail about a shadowing session may say; false when it was overtaken.
    pub(super) async fn about_session(
        &self,
        values: &mut Map<String, Value>,
        kind: MailKind,
        id: ShadowingSessionId,
    ) -> Result<bool, Error> {
        let session: ShadowingSession = self.storage.get(id).await?;
        if kind == MailKind::ShadowingPlanned && session.state != SessionState::Planned {
            return Ok(false);
        }
        let learner: Interviewer = self.storage.get(session.shadower_id).await?;
        let lead: Interviewer = self.storage.get(session.lead_id).await?;
        values.insert("kind".into(), session.kind.as_str().into());
        values.insert("learner".into(), learner.name.into());
        values.insert("lead_name".into(), lead.name.into());
        Ok(true)
    }

    /// Names of specialisations as people read them: `Backend, AI/ML`.
    async fn names_of(&self, slugs: impl IntoIterator<Item = String>) -> Result<String, Error> {
        let catalogue = self.words().await?.specialisations;
        let name = |slug: String| catalogue.entry(&slug).map_or(slug.clone(), |entry| entry.name.clone());
        Ok(slugs.into_iter().map(name).collect::<Vec<_>>().join(", "))
    }
}
