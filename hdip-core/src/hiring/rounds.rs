//! Rounds: the steps of a job, in order.

use super::*;
use crate::access::KeyScope;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::InterviewState;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long a round may last, in minutes.
pub const ROUND_MINUTES: [u32; 5] = [30, 45, 60, 90, 120];
/// More rounds than any job has.
pub(crate) const MAX_ROUNDS: usize = 20;

/// A round to add.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewRound {
    /// Name, at most 100 characters.
    pub name: String,
    /// One of [`ROUND_MINUTES`].
    pub duration_minutes: u32,
    /// What the interviewer should look at, at most 5,000 characters.
    pub guidelines: String,
}

/// Changes to a round: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as NewRound
pub struct UpdateRound {
    /// The version the editor saw.
    pub expected: Option<i64>,
    pub name: Option<String>,
    pub duration_minutes: Option<u32>,
    pub guidelines: Option<String>,
}

impl NewRound {
    /// Checks everything, naming fields after `prefix`; the texts as they are kept.
    pub(crate) fn check(&self, fields: &mut Fields, prefix: &str) -> Self {
        let known = ROUND_MINUTES.contains(&self.duration_minutes);
        fields.ensure(
            known,
            &format!("{prefix}duration_minutes"),
            "unknown_duration",
            "must be 30, 45, 60, 90 or 120 minutes",
        );
        Self {
            name: fields.line(&format!("{prefix}name"), &self.name, 1, 100),
            duration_minutes: self.duration_minutes,
            guidelines: fields.text(&format!("{prefix}guidelines"), &self.guidelines, 0, 5_000),
        }
    }

    pub(crate) fn round(self, id: RoundId, job: &Job, position: u32, now: Timestamp) -> Round {
        Round {
            id,
            client_id: job.client_id,
            job_id: job.id,
            position,
            name: self.name,
            duration_minutes: self.duration_minutes,
            guidelines: self.guidelines,
            created_at: now,
            version: 0,
        }
    }
}

impl Hdip {
    /// Adds a round after the last one.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields, or with `too_many` at 20 rounds; [`Error::NotFound`] for a job the
    /// caller does not see; [`HiringError::JobArchived`]; [`Error::Forbidden`] for agencies.
    pub async fn add_round(&self, ctx: &Ctx, job: JobId, new: NewRound) -> Result<Done<RoundId>, Error> {
        let mut fields = Fields::new();
        let checked = new.check(&mut fields, "");
        fields.done()?;
        self.decide(ctx, "add_round", &(job, &new), || async {
            let job = self.job_to_edit(ctx, job).await?;
            if job.status == JobStatus::Archived {
                return Err(HiringError::JobArchived.into());
            }
            let rounds = self.storage.rounds(job.id).await?;
            if rounds.len() >= MAX_ROUNDS {
                return Err(Error::field(
                    "rounds",
                    "too_many",
                    format!("a job has at most {MAX_ROUNDS} rounds"),
                ));
            }
            let position = rounds.last().map_or(1, |last| last.position + 1);
            let round = checked.clone().round(self.ids.fresh(), &job, position, ctx.now);
            let mut changes = Changes::new();
            changes.insert(&round);
            // The job owns the order of its rounds: two that are added at once get two positions.
            changes.update(&job);
            self.tell_round(ctx, &mut changes, &round, "round.created");
            Ok(Decision { changes, output: round.id })
        })
        .await
    }

    /// Changes a round. Its length changes only while no interview of it is under way.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields; [`Error::NotFound`]; [`Error::Stale`]; [`HiringError::RoundInUse`].
    pub async fn update_round(
        &self,
        ctx: &Ctx,
        id: RoundId,
        update: UpdateRound,
    ) -> Result<Done<RoundId>, Error> {
        self.decide(ctx, "update_round", &(id, &update), || async {
            let before: Round = self.storage.get(id).await?;
            self.job_to_edit(ctx, before.job_id).await.map_err(|error| match error {
                Error::NotFound(_) => Error::NotFound(Round::NAME),
                error => error,
            })?;
            expect_version(&before, update.expected)?;
            let wanted = NewRound {
                name: update.name.clone().unwrap_or_else(|| before.name.clone()),
                duration_minutes: update.duration_minutes.unwrap_or(before.duration_minutes),
                guidelines: update.guidelines.clone().unwrap_or_else(|| before.guidelines.clone()),
            };
            let mut fields = Fields::new();
            let NewRound { name, duration_minutes, guidelines } = wanted.check(&mut fields, "");
            fields.done()?;
            if duration_minutes != before.duration_minutes && self.round_is_in_use(&before).await? {
                return Err(HiringError::RoundInUse.into());
            }
            let after = Round { name, duration_minutes, guidelines, ..before.clone() };
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.tell_round(ctx, &mut changes, &after, "round.updated");
                if let Some(audit) = changes.audit.last_mut() {
                    audit.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// The rounds of a job, by position.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a job the caller does not see.
    pub async fn rounds(&self, ctx: &Ctx, job: JobId) -> Result<Vec<RoundView>, Error> {
        let job = self.seen_job(ctx, job, KeyScope::HiringRead).await?;
        let rounds = self.storage.rounds(job.id).await?;
        Ok(rounds.into_iter().map(|round| round_view(&ctx.actor, round)).collect())
    }

    async fn round_is_in_use(&self, round: &Round) -> Result<bool, Error> {
        let states = InterviewState::ALL.into_iter().filter(|state| state.is_live()).collect();
        let filter = InterviewFilter { states, job: Some(round.job_id), ..Default::default() };
        let (scope, mut page) = (crate::access::Scope::Client(round.client_id), Page::first(Page::MAX));
        loop {
            let rows = self.storage.interviews(&scope, &filter, &page).await?;
            if rows.iter().any(|interview| interview.round_id == round.id) {
                return Ok(true);
            }
            if rows.len() < page.limit as usize {
                return Ok(false);
            }
            page.after = rows.last().map(|interview| interview.id.to_string());
        }
    }

    pub(crate) fn tell_round(&self, ctx: &Ctx, changes: &mut Changes, round: &Round, kind: &str) {
        let data = json!({"round_id": round.id, "job_id": round.job_id, "position": round.position});
        changes.events.push(self.event(ctx, Stream::Client(round.client_id), kind, round.id, data));
        changes.audit.push(self.audit(ctx, kind, round.id, Some(round.client_id)));
    }
}
