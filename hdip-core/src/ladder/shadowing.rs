//! Shadowing: begun under a mentor, signed off by that mentor alone, or ended.

use super::*;
use crate::hdip::Decision;
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A shadowing to begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartShadowing {
    /// Who learns.
    pub interviewer: InterviewerId,
    /// Who signs it off.
    pub mentor: InterviewerId,
    /// One of the learner's specialisations, by any of its names.
    pub specialisation: String,
    /// 1 to 3.
    pub level: u8,
}

/// What was attended, and what the policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Observed so far.
    pub observed: u32,
    /// Led so far.
    pub led: u32,
    /// To be observed.
    pub observed_needed: u32,
    /// To be led.
    pub led_needed: u32,
}

impl Progress {
    /// Whether the mentor may sign it off.
    pub fn is_complete(&self) -> bool {
        self.observed >= self.observed_needed && self.led >= self.led_needed
    }
}

/// A shadowing with its sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowingView {
    /// The shadowing.
    pub shadowing: Shadowing,
    /// Name of who learns.
    pub interviewer_name: String,
    /// Name of the mentor.
    pub mentor_name: String,
    /// Sessions, oldest first.
    pub sessions: Vec<ShadowingSession>,
    /// How far it has come.
    pub progress: Progress,
}

impl Hdip {
    /// Begins a shadowing; an invited interviewer is `shadowing` from then on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] naming the fields; [`Error::NotFound`];
    /// [`LadderError::ChecklistIncomplete`], [`LadderError::CertifiedAlready`], [`LadderError::ShadowingAlready`],
    /// [`LadderError::NotAMentorFor`]; `wrong_interviewer_status` for who is suspended or has left.
    pub async fn start_shadowing(
        &self,
        ctx: &Ctx,
        start: StartShadowing,
    ) -> Result<Done<ShadowingId>, Error> {
        ctx.actor.need_operator()?;
        self.decide(ctx, "start_shadowing", &start, || async {
            let mut learner: Interviewer = self.storage.get(start.interviewer).await?;
            let from = learner.status;
            if !from.is_there() {
                let (from, to) = (from.as_str(), InterviewerStatus::Shadowing.as_str());
                return Err(crate::interviewers::InterviewerError::WrongStatus { from, to }.into());
            }
            let mut fields = Fields::new();
            let level = fields.range("level", start.level, 1, 3);
            let slug = self.own_specialisation(&mut fields, &learner, &start.specialisation).await?;
            let slug = fields.finish(slug)?;
            if learner.certifications.get(&slug).is_some_and(|certified| *certified >= level) {
                return Err(LadderError::CertifiedAlready.into());
            }
            let missing = self.checklist_of(ctx, learner.id).await?.missing();
            if !missing.is_empty() {
                let missing: Vec<&str> = missing.into_iter().map(ChecklistItem::as_str).collect();
                return Err(LadderError::ChecklistIncomplete { missing: missing.join(", ") }.into());
            }
            let mentor = self.mentor_for(start.mentor, learner.id, &slug, level).await?;
            let live_key = Shadowing::key(learner.id, &slug, level);
            if self
                .open_shadowings(learner.id)
                .await?
                .iter()
                .any(|other| other.live_key == Some(live_key.clone()))
            {
                return Err(LadderError::ShadowingAlready.into());
            }
            let shadowing = Shadowing {
                id: self.ids.fresh(),
                interviewer_id: learner.id,
                mentor_id: mentor.id,
                specialisation: slug,
                level,
                status: ShadowingStatus::Open,
                live_key: Some(live_key),
                note: None,
                ended_at: None,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&shadowing).guard(&mentor);
            if from == InterviewerStatus::Invited {
                learner.status = InterviewerStatus::Shadowing;
                self.put_standing(ctx, &mut changes, &learner, from, None).await?;
            } else {
                changes.guard(&learner);
            }
            let mut step = self.ladder_step(ctx, &learner, from, LadderStepKind::ShadowingStarted, None);
            step.specialisation = Some(shadowing.specialisation.clone());
            step.level = Some(level);
            changes.insert(&step);
            changes.jobs.push(self.ladder_mail(ctx, MailKind::ShadowingStarted, &step));
            let to_mentor =
                MailJob::about_step(MailKind::ShadowingStarted, step.id, Recipient::Interviewer(mentor.id));
            changes.jobs.push(self.mail(ctx, None, to_mentor, "mentor"));
            self.tell_shadowing(ctx, &mut changes, &shadowing, "shadowing.started", None);
            Ok(Decision { changes, output: shadowing.id })
        })
        .await
    }

    /// A mentor who can sign off a specialisation and level for a learner.
    async fn mentor_for(
        &self,
        mentor: InterviewerId,
        learner: InterviewerId,
        slug: &str,
        level: u8,
    ) -> Result<Interviewer, Error> {
        let mentor: Interviewer = self.storage.get(mentor).await?;
        let able = mentor.status == InterviewerStatus::Mentor
            && mentor.certifications.get(slug).is_some_and(|certified| *certified >= level);
        if able && mentor.id != learner { Ok(mentor) } else { Err(LadderError::NotAMentorFor.into()) }
    }

    /// Puts another mentor in the place of the one there was. What was attended stays attended.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::NotFound`]; [`LadderError::ShadowingOver`],
    /// [`LadderError::NotAMentorFor`]; [`Error::Stale`].
    pub async fn change_mentor(
        &self,
        ctx: &Ctx,
        id: ShadowingId,
        mentor: InterviewerId,
        expected: Option<i64>,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        self.decide(ctx, "change_mentor", &(id, mentor, expected), || async {
            let mut shadowing = self.open_shadowing(ctx, id).await?;
            crate::edits::expect_version(&shadowing, expected)?;
            let learner = shadowing.interviewer_id;
            let mentor = self.mentor_for(mentor, learner, &shadowing.specialisation, shadowing.level).await?;
            shadowing.mentor_id = mentor.id;
            let mut changes = Changes::new();
            changes.update(&shadowing).guard(&mentor);
            self.tell_shadowing(ctx, &mut changes, &shadowing, "shadowing.mentor_changed", None);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The mentor signs a shadowing off: the learner is certified.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the mentor, the operator included; [`Error::NotFound`] for others'
    /// shadowings; [`Error::Invalid`] without a note; [`LadderError::ShadowingIncomplete`];
    /// [`LadderError::ShadowingOver`]; [`LadderError::NotAMentorFor`] for who is no longer one.
    pub async fn sign_off_shadowing(
        &self,
        ctx: &Ctx,
        id: ShadowingId,
        note: &str,
    ) -> Result<Done<()>, Error> {
        let me = ctx.actor.interviewer()?;
        let mut fields = Fields::new();
        let note = fields.text("note", note, 1, 2000);
        fields.done()?;
        self.decide(ctx, "sign_off_shadowing", &(id, &note), || async {
            let mut shadowing = self.open_shadowing(ctx, id).await?;
            if shadowing.mentor_id != me {
                return Err(Error::Forbidden);
            }
            let (learner, slug, level) =
                (shadowing.interviewer_id, shadowing.specialisation.clone(), shadowing.level);
            let mentor = self.mentor_for(me, learner, &slug, level).await?;
            let learner: Interviewer = self.storage.get(learner).await?;
            if !learner.status.is_there() {
                let (from, to) = (learner.status.as_str(), InterviewerStatus::Certified.as_str());
                return Err(crate::interviewers::InterviewerError::WrongStatus { from, to }.into());
            }
            let sessions = self.storage.shadowing_sessions(id).await?;
            let progress = self.progress(ctx, &sessions).await?;
            if !progress.is_complete() {
                let Progress { observed, led, observed_needed, led_needed } = progress;
                return Err(
                    LadderError::ShadowingIncomplete { observed, led, observed_needed, led_needed }.into()
                );
            }
            let mut changes = Changes::new();
            changes.guard(&mentor);
            self.cancel_planned(ctx, &mut changes, sessions).await?;
            shadowing.status = ShadowingStatus::SignedOff;
            shadowing.live_key = None;
            shadowing.note = Some(note.clone());
            shadowing.ended_at = Some(ctx.now);
            changes.update(&shadowing);
            self.tell_shadowing(ctx, &mut changes, &shadowing, "shadowing.signed_off", None);
            self.add_certification(ctx, &mut changes, learner, &slug, level, None).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Ends a shadowing without a certification; planned sessions are called off.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] without a reason; [`Error::NotFound`];
    /// [`LadderError::ShadowingOver`].
    pub async fn end_shadowing(&self, ctx: &Ctx, id: ShadowingId, reason: &str) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let reason = fields.text("reason", reason, 1, 500);
        fields.done()?;
        self.decide(ctx, "end_shadowing", &(id, &reason), || async {
            let mut shadowing = self.open_shadowing(ctx, id).await?;
            let mut changes = Changes::new();
            self.cancel_planned(ctx, &mut changes, self.storage.shadowing_sessions(id).await?).await?;
            shadowing.status = ShadowingStatus::Ended;
            shadowing.live_key = None;
            shadowing.note = Some(reason.clone());
            shadowing.ended_at = Some(ctx.now);
            changes.update(&shadowing);
            self.tell_shadowing(ctx, &mut changes, &shadowing, "shadowing.ended", Some(reason.clone()));
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// A shadowing, for the operator, its learner and its mentor.
    ///
    /// # Errors
    /// [`Error::NotFound`] for other interviewers; [`Error::Forbidden`] for everybody else.
    pub async fn shadowing(&self, ctx: &Ctx, id: ShadowingId) -> Result<ShadowingView, Error> {
        let shadowing = self.seen_shadowing(ctx, id).await?;
        self.shadowing_views(ctx, vec![shadowing]).await?.pop().ok_or(Error::NotFound(Shadowing::NAME))
    }

    /// Shadowings, newest first: all for the operator, of one interviewer if so asked; for an interviewer those it
    /// learns or mentors in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::InvalidCursor`].
    pub async fn shadowings(
        &self,
        ctx: &Ctx,
        of: Option<InterviewerId>,
        page: &Page,
    ) -> Result<Paged<ShadowingView>, Error> {
        let of = match ctx.actor.is_operator() {
            true => of,
            false => Some(ctx.actor.interviewer()?),
        };
        let rows = self.storage.shadowings(of, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |shadowing| shadowing.id.to_string());
        Ok(Paged { items: self.shadowing_views(ctx, items).await?, next_cursor })
    }

    async fn shadowing_views(&self, ctx: &Ctx, rows: Vec<Shadowing>) -> Result<Vec<ShadowingView>, Error> {
        let ids = rows.iter().flat_map(|row| [row.interviewer_id, row.mentor_id]);
        let people = self.storage.find_all::<Interviewer>(ids).await?;
        let name =
            |id: InterviewerId| people.get(&id.to_string()).map(|who| who.name.clone()).unwrap_or_default();
        let mut views = Vec::with_capacity(rows.len());
        for shadowing in rows {
            let sessions = self.storage.shadowing_sessions(shadowing.id).await?;
            let progress = self.progress(ctx, &sessions).await?;
            views.push(ShadowingView {
                interviewer_name: name(shadowing.interviewer_id),
                mentor_name: name(shadowing.mentor_id),
                shadowing,
                sessions,
                progress,
            });
        }
        Ok(views)
    }

    async fn progress(&self, ctx: &Ctx, sessions: &[ShadowingSession]) -> Result<Progress, Error> {
        let (policy, ..) = self.policy_for(None, ctx.now).await?;
        let attended = |kind: SessionKind| {
            let there = |s: &&ShadowingSession| s.kind == kind && s.state == SessionState::Attended;
            sessions.iter().filter(there).count() as u32
        };
        Ok(Progress {
            observed: attended(SessionKind::Observed),
            led: attended(SessionKind::Led),
            observed_needed: policy.shadowing_observed,
            led_needed: policy.shadowing_led,
        })
    }

    /// A shadowing the caller sees.
    pub(super) async fn seen_shadowing(&self, ctx: &Ctx, id: ShadowingId) -> Result<Shadowing, Error> {
        let me = if ctx.actor.is_operator() { None } else { Some(ctx.actor.interviewer()?) };
        let shadowing: Shadowing = self.storage.get(id).await?;
        match me {
            Some(me) if shadowing.interviewer_id != me && shadowing.mentor_id != me => {
                Err(Error::NotFound(Shadowing::NAME))
            }
            _ => Ok(shadowing),
        }
    }

    pub(super) async fn open_shadowing(&self, ctx: &Ctx, id: ShadowingId) -> Result<Shadowing, Error> {
        let shadowing = self.seen_shadowing(ctx, id).await?;
        match shadowing.status {
            ShadowingStatus::Open => Ok(shadowing),
            status => Err(LadderError::ShadowingOver { status: status.as_str() }.into()),
        }
    }

    /// Where an interviewer learns at the moment.
    pub(super) async fn open_shadowings(&self, learner: InterviewerId) -> Result<Vec<Shadowing>, Error> {
        let (mut page, mut all) = (Page::first(Page::MAX), Vec::new());
        loop {
            let rows = self.storage.shadowings(Some(learner), &page).await?;
            page.after = rows.last().map(|row| row.id.to_string());
            let last = rows.len() < page.limit as usize;
            let open = |row: &Shadowing| row.status == ShadowingStatus::Open && row.interviewer_id == learner;
            all.extend(rows.into_iter().filter(open));
            if last {
                return Ok(all);
            }
        }
    }

    pub(super) fn tell_shadowing(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        shadowing: &Shadowing,
        kind: &str,
        reason: Option<String>,
    ) {
        let data = json!({
            "interviewer_id": shadowing.interviewer_id,
            "mentor_id": shadowing.mentor_id,
            "specialisation": shadowing.specialisation,
            "level": shadowing.level,
            "status": shadowing.status,
        });
        changes.events.push(self.event(ctx, Stream::Operator, kind, shadowing.id, data));
        let mut audit = self.audit(ctx, kind, shadowing.id, None);
        audit.reason = reason;
        changes.audit.push(audit);
    }
}
