//! Contests: a disputed outcome or amount, opened by one of the parties, decided by the operator.

use super::rules::{LedgerLine, contestable, standing};
use super::{Contest, ContestAbout, ContestState, DeskError, Outcome, desk_reason};
use crate::access::{Actor, KeyScope, LinkPurpose, Role};
use crate::hdip::Decision;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::{CounterCause, Interview, Side, Who};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A contest to open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenContest {
    /// About what: outcome (everybody), charge (client's owner), earning (interviewer).
    pub about: ContestAbout,
    /// Why; 3 to 500 characters, the operator reads it.
    pub reason: String,
}

/// A decision about a contest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecideContest {
    /// Upheld, partly upheld or rejected.
    pub verdict: ContestState,
    /// Told to the one who contested; 3 to 500 characters.
    pub answer: String,
    /// What the interview counts as now, where that changes.
    pub outcome: Option<Outcome>,
    /// Taken off the charge, minor units, at most what is left of it.
    pub credit_minor: Option<i64>,
    /// Added to (or, negative, taken off) the earning, minor units; between nothing and what was promised.
    pub earning_minor: Option<i64>,
}

impl DecideContest {
    /// Nothing changes by it.
    const fn changes_nothing(&self) -> bool {
        self.outcome.is_none() && self.credit_minor.is_none() && self.earning_minor.is_none()
    }

    fn check(&self) -> Result<String, Error> {
        let mut fields = Fields::new();
        let answer = fields.text("answer", &self.answer, 3, 500);
        let amounts = self.credit_minor.is_some() || self.earning_minor.is_some();
        let clash = self.outcome.is_some() && amounts;
        fields.ensure(!clash, "outcome", "one_of", "excludes amounts: they follow from the outcome");
        match self.verdict {
            ContestState::Open => {
                fields.wrong("verdict", "unknown_value", "must be upheld, partly_upheld or rejected");
            }
            ContestState::Rejected => {
                let message = "a rejected contest changes nothing";
                fields.ensure(self.changes_nothing(), "verdict", "changes_nothing", message);
            }
            ContestState::Upheld | ContestState::PartlyUpheld => {
                let message = "must change something: outcome, credit_minor or earning_minor";
                fields.ensure(!self.changes_nothing(), "verdict", "required", message);
            }
        }
        fields.done()?;
        Ok(answer)
    }
}

impl Hdip {
    /// Contests the outcome of an interview, its charge or its earning, within the policy's days: a client's
    /// owner or admin, the candidate by link, the interviewer. The interviewer's pay for it waits until it is
    /// decided.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller does not see; [`Error::Forbidden`] for other roles;
    /// [`Error::Invalid`]; [`DeskError::NothingToContest`], [`DeskError::ContestTooLate`],
    /// [`DeskError::ContestOpen`], [`DeskError::ContestDecided`].
    pub async fn open_contest(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        input: OpenContest,
    ) -> Result<Done<ContestId>, Error> {
        let reason = &desk_reason(&input.reason)?;
        let input = &input;
        self.decide(ctx, "open_contest", &(id, input), || async move {
            let (interview, party) = self.party_to(ctx, id).await?;
            self.check_about(ctx, party, input.about)?;
            let (policy, ..) = self.policy_for(Some(interview.client_id), interview.requested_at).await?;
            let until = contestable(&interview, policy.contest_days)
                .ok_or_else(|| DeskError::NothingToContest { state: interview.state.as_str() })?;
            if ctx.now >= until {
                return Err(DeskError::ContestTooLate { until }.into());
            }
            let filter = ContestFilter { interview: Some(id), party: Some(party), ..Default::default() };
            for known in self.storage.contests(&filter, &Page::first(Page::MAX)).await? {
                if known.state == ContestState::Open {
                    return Err(DeskError::ContestOpen.into());
                }
                // Its decision stands, unless the outcome has changed after it.
                let decided = known.decided_at.unwrap_or(known.created_at);
                if decided >= interview.state_at {
                    return Err(DeskError::ContestDecided.into());
                }
            }
            let contest = Contest {
                id: self.ids.fresh(),
                client_id: interview.client_id,
                interview_id: id,
                interviewer_id: interview.interviewer_id,
                party,
                opened_by: ctx.actor.label(),
                user_id: ctx.actor.user().filter(|_| party == Side::Client).map(|user| user.id),
                about: input.about,
                reason: reason.clone(),
                state: ContestState::Open,
                answer: None,
                decided_by: None,
                decided_at: None,
                live_key: Some(format!("{id}:{}", party.as_str())),
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            // Of the outcome as it is now, not of one that is being corrected.
            changes.guard(&interview).insert(&contest);
            let case = self.case(interview.application_id, ctx.now).await?;
            let manager = self.people(&interview, &case, &[Who::AccountManager]);
            for to in manager.into_iter().chain(contestant(&contest, &interview)) {
                changes.jobs.push(self.contest_mail(ctx, MailKind::ContestOpened, &contest, to));
            }
            let data =
                json!({"contest_id": contest.id, "interview_id": id, "party": party, "about": input.about});
            changes.events.push(self.event(ctx, Stream::Operator, "contest.opened", contest.id, data));
            // What the other sides contest is not the client's to read.
            let tenant = (party == Side::Client).then_some(interview.client_id);
            changes.audit.push(self.audit(ctx, "contest.open", id, tenant));
            Ok(Decision { changes, output: contest.id })
        })
        .await
    }

    /// Decides a contest: money and outcome change in the same commit, by counter-entries.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff, and with amounts for moderators;
    /// [`Error::NotFound`]; [`Error::Invalid`] naming the fields; [`DeskError::ContestClosed`]; as
    /// [`Hdip::correct_outcome`].
    pub async fn decide_contest(
        &self,
        ctx: &Ctx,
        id: ContestId,
        input: DecideContest,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        if input.credit_minor.is_some() || input.earning_minor.is_some() {
            ctx.actor.need_admin()?;
        }
        let answer = &input.check()?;
        let input = &input;
        self.decide(ctx, "decide_contest", &(id, input), || async move {
            let mut contest: Contest = self.storage.get(id).await?;
            if contest.state != ContestState::Open {
                return Err(DeskError::ContestClosed.into());
            }
            let interview: Interview = self.storage.get(contest.interview_id).await?;
            let mut changes = Changes::new();
            contest.state = input.verdict;
            contest.answer = Some(answer.clone());
            contest.decided_by = Some(ctx.actor.label());
            contest.decided_at = Some(ctx.now);
            contest.live_key = None;
            changes.update(&contest);
            if let Some(outcome) = input.outcome {
                self.add_correction(ctx, &mut changes, interview.clone(), outcome, answer, Some(id)).await?;
            } else if !input.changes_nothing() {
                self.counter_by_contest(ctx, &mut changes, &contest, &interview, input).await?;
                // The interview is the owner row of its money.
                changes.update(&interview);
            }
            if let Some(to) = contestant(&contest, &interview) {
                changes.jobs.push(self.contest_mail(ctx, MailKind::ContestDecided, &contest, to));
            }
            let data = json!({"contest_id": id, "interview_id": interview.id, "state": contest.state});
            changes.events.push(self.event(ctx, Stream::Operator, "contest.decided", id, data.clone()));
            let tenant = (contest.party == Side::Client).then_some(contest.client_id);
            if let Some(client) = tenant {
                changes.events.push(self.event(ctx, Stream::Client(client), "contest.decided", id, data));
            }
            let mut audit = self.audit(ctx, "desk.decide_contest", contest.interview_id, tenant);
            audit.reason = Some(answer.clone());
            audit.changes = json!({"contest_id": id, "verdict": input.verdict, "outcome": input.outcome});
            changes.audit.push(audit);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Adds the counter-entries a decision about amounts makes.
    async fn counter_by_contest(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        contest: &Contest,
        interview: &Interview,
        input: &DecideContest,
    ) -> Result<(), Error> {
        let mut fields = Fields::new();
        if let Some(minor) = input.credit_minor {
            let charges = self.charges_of(interview.id).await?;
            match standing(&charges).into_iter().find(|(_, left)| *left > 0) {
                None => {
                    fields.wrong("credit_minor", "nothing_charged", "nothing is charged for this interview")
                }
                Some((line, left)) => {
                    let minor = fields.range("credit_minor", minor, 1, left);
                    let cause = CounterCause::Contest;
                    changes.insert(&line.counter(self.ids.fresh(), ctx.now, -minor, cause, Some(contest.id)));
                }
            }
        }
        if let Some(minor) = input.earning_minor {
            let earnings = self.earnings_of(interview.id).await?;
            let promised = self.promised_pay(interview).await?.map_or(0, |(_, pay)| pay.amount_minor);
            match standing(&earnings).into_iter().next() {
                None => {
                    fields.wrong("earning_minor", "nothing_earned", "nothing was earned with this interview");
                }
                Some((line, left)) => {
                    fields.ensure(minor != 0, "earning_minor", "out_of_range", "must not be 0");
                    let minor = fields.range("earning_minor", minor, -left, (promised - left).max(0));
                    let cause = CounterCause::Contest;
                    changes.insert(&line.counter(self.ids.fresh(), ctx.now, minor, cause, Some(contest.id)));
                }
            }
        }
        fields.done()
    }

    /// The interview, and which side of it the caller is.
    async fn party_to(&self, ctx: &Ctx, id: InterviewId) -> Result<(Interview, Side), Error> {
        if !matches!(ctx.actor, Actor::Link { .. } | Actor::User(_)) {
            // Whoever can be no party learns nothing of what is there.
            ctx.actor.client_scope(KeyScope::BillingRead)?;
            return Err(Error::Forbidden);
        }
        let interview: Interview = self.storage.find(id).await?.ok_or(Error::NotFound(Interview::NAME))?;
        let side = match &ctx.actor {
            Actor::Link { purpose: LinkPurpose::CandidateInterview, subject, party, .. }
                if *subject == id.to_string() && *party == interview.candidate_id.to_string() =>
            {
                Side::Candidate
            }
            Actor::Link { .. } => {
                self.own_interview(ctx, id).await?;
                Side::Interviewer
            }
            Actor::User(user) if user.interviewer.is_some() => {
                self.own_interview(ctx, id).await?;
                Side::Interviewer
            }
            Actor::User(user) if user.client == Some(interview.client_id) => match user.role {
                Role::ClientOwner | Role::ClientAdmin => Side::Client,
                // Outside of the own jobs or candidates there is nothing they could be refused.
                _ => {
                    self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
                    return Err(Error::Forbidden);
                }
            },
            Actor::User(user) if user.client.is_some() => return Err(Error::NotFound(Interview::NAME)),
            _ => return Err(Error::Forbidden),
        };
        Ok((interview, side))
    }

    fn check_about(&self, ctx: &Ctx, party: Side, about: ContestAbout) -> Result<(), Error> {
        match (party, about) {
            (_, ContestAbout::Outcome) | (Side::Interviewer, ContestAbout::Earning) => Ok(()),
            (Side::Client, ContestAbout::Charge) if ctx.actor.sees_amounts() => Ok(()),
            (Side::Client, ContestAbout::Charge) => Err(Error::Forbidden),
            _ => Err(Error::field("about", "not_yours", "is between other parties")),
        }
    }

    /// Contests, newest first: the operator sees all, a client's owner and admins and an interviewer their own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`Error::InvalidCursor`].
    pub async fn contests(
        &self,
        ctx: &Ctx,
        filter: ContestFilter,
        page: &Page,
    ) -> Result<Paged<Contest>, Error> {
        let filter = self.own_contests(ctx, filter)?;
        let rows = self.storage.contests(&filter, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |contest| contest.id.to_string()))
    }

    /// One contest.
    ///
    /// # Errors
    /// As [`Hdip::contests`]; [`Error::NotFound`] for one the caller does not see.
    pub async fn contest(&self, ctx: &Ctx, id: ContestId) -> Result<Contest, Error> {
        let own = self.own_contests(ctx, ContestFilter::default())?;
        let contest: Contest = self.storage.get(id).await?;
        let sees = own.client.is_none_or(|client| client == contest.client_id)
            && own.interviewer.is_none_or(|who| Some(who) == contest.interviewer_id)
            && own.party.is_none_or(|party| party == contest.party);
        if sees { Ok(contest) } else { Err(Error::NotFound(Contest::NAME)) }
    }

    fn own_contests(&self, ctx: &Ctx, filter: ContestFilter) -> Result<ContestFilter, Error> {
        if ctx.actor.is_operator() {
            return Ok(filter);
        }
        let user = ctx.actor.user().ok_or(Error::Forbidden)?;
        match (user.role, user.client, user.interviewer) {
            (Role::ClientOwner | Role::ClientAdmin, Some(client), _) => {
                Ok(ContestFilter { client: Some(client), party: Some(Side::Client), ..filter })
            }
            (_, _, Some(who)) => {
                Ok(ContestFilter { interviewer: Some(who), party: Some(Side::Interviewer), ..filter })
            }
            _ => Err(Error::Forbidden),
        }
    }

    /// The newest contest of the caller about an interview, and until when another outcome can be contested,
    /// for the pages behind links.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an interview the caller is no party to.
    pub async fn own_contest(
        &self,
        ctx: &Ctx,
        id: InterviewId,
    ) -> Result<(Option<Contest>, Option<Timestamp>), Error> {
        let (interview, party) = self.party_to(ctx, id).await?;
        let filter = ContestFilter { interview: Some(id), party: Some(party), ..Default::default() };
        let newest = self.storage.contests(&filter, &Page::first(1)).await?.pop();
        let (policy, ..) = self.policy_for(Some(interview.client_id), interview.requested_at).await?;
        let until = contestable(&interview, policy.contest_days).filter(|until| ctx.now < *until);
        let settled = newest.as_ref().is_some_and(|known| {
            known.state == ContestState::Open || known.decided_at >= Some(interview.state_at)
        });
        Ok((newest, until.filter(|_| !settled)))
    }

    fn contest_mail(&self, ctx: &Ctx, kind: MailKind, contest: &Contest, to: Recipient) -> NewJob {
        let mail = MailJob::contest(kind, contest.interview_id, contest.id, to);
        self.mail(ctx, Some(contest.client_id), mail, &contest.id.to_string())
    }
}

/// Who hears of a contest as the one who opened it.
fn contestant(contest: &Contest, interview: &Interview) -> Option<Recipient> {
    match contest.party {
        Side::Client => contest.user_id.map(Recipient::User),
        Side::Candidate => Some(Recipient::Candidate(interview.candidate_id)),
        Side::Interviewer => contest.interviewer_id.map(Recipient::Interviewer),
        Side::Operator | Side::System => None,
    }
}
