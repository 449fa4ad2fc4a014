//! Certifications: for a specialisation, at a level; by a mentor's signature or the operator's word.

use super::*;
use crate::hdip::Decision;
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::notifications::MailKind;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A certification by the operator's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certify {
    /// One of the interviewer's specialisations, by any of its names.
    pub specialisation: String,
    /// 1 to 3.
    pub level: u8,
    /// Why without a mentor, at most 500 characters.
    pub reason: String,
}

impl Hdip {
    /// Certifies an interviewer by the operator's word, without a mentor's: at a level above or below the one it had,
    /// or for the first time.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] naming the fields;
    /// [`LadderError::CertifiedAlready`]; [`Error::NotFound`].
    pub async fn certify(&self, ctx: &Ctx, id: InterviewerId, certify: Certify) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        self.decide(ctx, "certify", &(id, &certify), || async {
            let interviewer: Interviewer = self.storage.get(id).await?;
            let mut fields = Fields::new();
            let reason = fields.text("reason", &certify.reason, 1, 500);
            let level = fields.range("level", certify.level, 1, 3);
            let slug = self.own_specialisation(&mut fields, &interviewer, &certify.specialisation).await?;
            let slug = fields.finish(slug)?;
            if interviewer.certifications.get(&slug) == Some(&level) {
                return Err(LadderError::CertifiedAlready.into());
            }
            let mut changes = Changes::new();
            self.add_certification(ctx, &mut changes, interviewer, &slug, level, Some(reason)).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Takes the certification for a specialisation away. Confirmed interviews stay.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] without a reason; [`Error::NotFound`] for
    /// one that is not there.
    pub async fn withdraw_certification(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        specialisation: &str,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let reason = fields.text("reason", reason, 1, 500);
        fields.done()?;
        self.decide(ctx, "withdraw_certification", &(id, specialisation, &reason), || async {
            let mut interviewer: Interviewer = self.storage.get(id).await?;
            let level = interviewer.certifications.remove(specialisation);
            let level = level.ok_or(Error::NotFound("certification"))?;
            let mut changes = Changes::new();
            changes.update(&interviewer);
            self.bump_schedule(&mut changes, id).await?;
            let (step, status) = (LadderStepKind::CertificationWithdrawn, interviewer.status);
            let mut step = self.ladder_step(ctx, &interviewer, status, step, Some(reason.clone()));
            step.specialisation = Some(specialisation.to_owned());
            step.level = Some(level);
            changes.insert(&step);
            changes.jobs.push(self.ladder_mail(ctx, MailKind::InterviewerCertified, &step));
            let kind = "interviewer.certification_withdrawn";
            self.tell_certification(ctx, &mut changes, kind, &step);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The slug of one of an interviewer's own specialisations.
    pub(super) async fn own_specialisation(
        &self,
        fields: &mut Fields,
        interviewer: &Interviewer,
        said: &str,
    ) -> Result<Option<String>, Error> {
        let held = |slug: &str| interviewer.specialisations.contains(slug);
        let slug = self.words().await?.specialisation(fields, "specialisation", said, held);
        if let Some(slug) = &slug {
            let message = "is none of the interviewer's specialisations";
            fields.ensure(held(slug), "specialisation", "not_theirs", message);
        }
        Ok(slug)
    }

    /// Adds a certification that was decided: record, owner row, history, mail, event, audit. Who had none becomes
    /// certified.
    pub(super) async fn add_certification(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut interviewer: Interviewer,
        slug: &str,
        level: u8,
        reason: Option<String>,
    ) -> Result<(), Error> {
        let from = interviewer.status;
        if matches!(from, InterviewerStatus::Invited | InterviewerStatus::Shadowing) {
            interviewer.status = InterviewerStatus::Certified;
        }
        interviewer.certifications.insert(slug.to_owned(), level);
        changes.update(&interviewer);
        self.bump_schedule(changes, interviewer.id).await?;
        let mut step = self.ladder_step(ctx, &interviewer, from, LadderStepKind::Certified, reason);
        step.specialisation = Some(slug.to_owned());
        step.level = Some(level);
        changes.insert(&step);
        changes.jobs.push(self.ladder_mail(ctx, MailKind::InterviewerCertified, &step));
        self.tell_certification(ctx, changes, "interviewer.certified", &step);
        Ok(())
    }

    fn tell_certification(&self, ctx: &Ctx, changes: &mut Changes, kind: &str, step: &LadderStep) {
        let (slug, level) = (&step.specialisation, step.level);
        let data = json!({
            "interviewer_id": step.interviewer_id,
            "status": step.status_to,
            "specialisation": slug,
            "level": level,
        });
        changes.events.push(self.event(ctx, Stream::Operator, kind, step.interviewer_id, data));
        let mut audit = self.audit(ctx, kind, step.interviewer_id, None);
        audit.changes = json!({"specialisation": slug, "level": level});
        audit.reason = step.reason.clone();
        changes.audit.push(audit);
    }
}
