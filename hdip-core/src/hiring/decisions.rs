//! Decisions: what the client makes of a result. One by one, or many at once, each on its own.

use super::*;
use crate::access::{KeyScope, LinkPurpose};
use crate::feedback::FeedbackError;
use crate::hdip::Decision;
use crate::ports::storage::*;
use crate::scheduling::{Interview, InterviewState};
use crate::values::*;
use crate::{Ctx, Done, Error, ErrorKind, Hdip};
use serde::{Deserialize, Serialize};

/// How many applications one bulk decision may name.
pub const MAX_DECISIONS: usize = 200;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Into the next round.
    Advance,
    /// Put aside.
    Hold,
    /// Not this one.
    Reject,
    /// This one.
    Select,
    /// An offer was made.
    Offer,
    /// The offer was declined.
    OfferDeclined,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Advance, Self::Hold, Self::Reject, Self::Select, Self::Offer, Self::OfferDeclined];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Hold => "hold",
            Self::Reject => "reject",
            Self::Select => "select",
            Self::Offer => "offer",
            Self::OfferDeclined => "offer_declined",
        }
    }

    /// What an application becomes by it; none where its status does not allow it.
    pub const fn leads(self, from: ApplicationStatus) -> Option<ApplicationStatus> {
        use ApplicationStatus::*;
        match (self, from) {
            // A round added later is the next also for those who were selected after the last.
            (Self::Advance, DecisionDue | Selected) => Some(ToSchedule),
            (Self::Hold, ToSchedule | DecisionDue) => Some(OnHold),
            (Self::Reject, ToSchedule | DecisionDue | OnHold | Selected) => Some(Rejected),
            (Self::Select, DecisionDue | OnHold) => Some(Selected),
            (Self::Offer, Selected) => Some(Offered),
            (Self::OfferDeclined, Offered) => Some(ApplicationStatus::OfferDeclined),
            _ => None,
        }
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decide {
    /// What.
    pub verdict: Verdict,
    /// On whose word; rejections only, `round` if not said.
    pub rejected_by: Option<RejectedBy>,
    /// Why, at most 500 characters; the client's people read it.
    pub reason: Option<String>,
    /// Yes to going on with somebody the interviewer does not recommend.
    pub not_recommended_ok: bool,
}

/// What became of one application of a bulk decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// Which.
    pub application: ApplicationId,
    /// Its status now, or why not.
    pub outcome: Result<ApplicationStatus, (&'static str, String)>,
}

impl Hdip {
    /// Decides on an application.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`] for agencies;
    /// [`HiringError::WrongStatus`]; [`HiringError::NoNextRound`] when there is no round to advance to;
    /// [`HiringError::JobArchived`] when advancing on an archived job;
    /// [`FeedbackError::NotRecommendedNotConfirmed`]; [`Error::Invalid`].
    pub async fn decide_application(
        &self,
        ctx: &Ctx,
        id: ApplicationId,
        decision: Decide,
    ) -> Result<Done<ApplicationStatus>, Error> {
        let mut fields = Fields::new();
        let reason = decision.reason.as_deref().map(|reason| fields.text("reason", reason, 0, 500));
        let stray = decision.rejected_by.is_some() && decision.verdict != Verdict::Reject;
        fields.ensure(!stray, "rejected_by", "not_allowed", "belongs to rejections only");
        fields.done()?;
        let reason = &reason.filter(|reason| !reason.is_empty());
        self.decide(ctx, "decide_application", &(id, &decision), || async {
            let mut application = self.seen_application(ctx, id, KeyScope::HiringWrite).await?;
            if agency_of(&ctx.actor).is_some() {
                return Err(Error::Forbidden);
            }
            let from = application.status;
            let to = application.step(ApplicationEvent::Decide(decision.verdict), ctx.now)?;
            let mut changes = Changes::new();
            if matches!(decision.verdict, Verdict::Advance | Verdict::Select) && !decision.not_recommended_ok
            {
                self.refuse_not_recommended(&application).await?;
            }
            if decision.verdict == Verdict::Advance {
                let round = self.next_round(&application).await?;
                changes.guard(&round);
                application.round_id = round.id;
                application.candidate_reschedules = 0;
            }
            application.held_from = (to == ApplicationStatus::OnHold).then_some(from);
            application.rejected_by = (to == ApplicationStatus::Rejected)
                .then(|| decision.rejected_by.unwrap_or(RejectedBy::Round));
            application.decision_reason = reason.clone();
            if to != ApplicationStatus::ToSchedule {
                let (subject, party) = (application.id.to_string(), application.candidate_id.to_string());
                self.revoke_link(ctx, &mut changes, LinkPurpose::Schedule, &subject, &party).await?;
            }
            changes.update(&application);
            self.tell_application(ctx, &mut changes, &application, "application.status_changed");
            Ok(Decision { changes, output: to })
        })
        .await
    }

    /// Decides the same on many applications; each is a decision of its own, and one that is refused stops
    /// none of the others. Repeating it is safe: what is decided already is answered as it stands.
    ///
    /// # Errors
    /// [`Error::Invalid`] for none or more than 200; [`Error::Forbidden`] for those who decide on nothing:
    /// interviewers, agencies, links, keys without `hiring:write`; what storage answers.
    pub async fn decide_applications(
        &self,
        ctx: &Ctx,
        ids: &[ApplicationId],
        decision: &Decide,
    ) -> Result<Vec<Decided>, Error> {
        if ids.is_empty() || ids.len() > MAX_DECISIONS {
            return Err(Error::field("application_ids", "wrong_count", "must be 1 to 200"));
        }
        // Told once, not once per application.
        ctx.actor.client_scope(KeyScope::HiringWrite)?;
        if agency_of(&ctx.actor).is_some() {
            return Err(Error::Forbidden);
        }
        // One key stands for one commit; these are many, each of which finds out by itself what is left.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let outcome = match self.decide_application(ctx, *id, decision.clone()).await {
                Ok(done) => Ok(done.output),
                Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal) => {
                    return Err(error);
                }
                Err(error) => Err((error.code(), error.to_string())),
            };
            all.push(Decided { application: *id, outcome });
        }
        Ok(all)
    }

    /// The round after the present one. A round added later is the next for those who finished the last.
    async fn next_round(&self, application: &Application) -> Result<Round, Error> {
        let job: Job = self.storage.get(application.job_id).await?;
        if job.status != JobStatus::Open {
            return Err(HiringError::JobArchived.into());
        }
        let present: Round = self.storage.get(application.round_id).await?;
        let mut rounds = self.storage.rounds(job.id).await?;
        rounds.retain(|round| round.position > present.position);
        rounds.sort_by_key(|round| round.position);
        Ok(rounds.into_iter().next().ok_or(HiringError::NoNextRound)?)
    }

    async fn refuse_not_recommended(&self, application: &Application) -> Result<(), Error> {
        let done = self.interviews_of(application, vec![InterviewState::Completed]).await?;
        let newest: Option<Interview> = done
            .into_iter()
            .filter(|interview| interview.round_id == application.round_id)
            .max_by_key(|interview| interview.start);
        let Some(interview) = newest else { return Ok(()) };
        let card = self.newest_card(interview.id).await?;
        let negative = card.and_then(|card| card.body.recommendation).is_some_and(|word| word.is_negative());
        if negative { Err(FeedbackError::NotRecommendedNotConfirmed.into()) } else { Ok(()) }
    }
}
