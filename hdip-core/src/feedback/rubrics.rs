//! Rubrics: what a round is judged by. A version is never changed; an interview keeps the one it was
//! requested under.

use super::*;
use crate::access::KeyScope;
use crate::hdip::Decision;
use crate::hiring::{Round, agency_of};
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::Interview;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

const MAX_SKILLS: usize = 20;
const MAX_ROWS: usize = 12;
const MAX_QUESTIONS: usize = 50;

/// A skill of a new rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewRubricSkill {
    /// 1 to 80 characters, distinct.
    pub name: String,
    /// What each level looks like, lowest first: 2 to 6, each 1 to 200 characters; the standard four if empty.
    pub levels: Vec<String>,
}

/// A new version of a round's rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewRubric {
    /// 1 to 20.
    pub skills: Vec<NewRubricSkill>,
    /// At most 12 rows besides Communication, each 1 to 60 characters.
    pub evaluation_rows: Vec<String>,
    /// At most 50.
    pub questions: Vec<PlannedQuestion>,
}

/// A [`NewRubric`] that holds.
struct Checked {
    skills: Vec<RubricSkill>,
    evaluation_rows: Vec<String>,
    questions: Vec<PlannedQuestion>,
}

impl NewRubric {
    fn check(&self) -> Result<Checked, Error> {
        let mut fields = Fields::new();
        let count = self.skills.len();
        fields.ensure((1..=MAX_SKILLS).contains(&count), "skills", "wrong_count", "must be 1 to 20");
        let rows = self.evaluation_rows.len();
        fields.ensure(rows <= MAX_ROWS, "evaluation_rows", "too_many", "must be at most 12");
        fields.ensure(self.questions.len() <= MAX_QUESTIONS, "questions", "too_many", "must be at most 50");
        let mut names = BTreeSet::new();
        let mut skills = Vec::new();
        for (i, skill) in self.skills.iter().enumerate() {
            let name = fields.line(&format!("skills[{i}].name"), &skill.name, 1, 80);
            let fresh = names.insert(name.to_lowercase());
            fields.ensure(fresh, &format!("skills[{i}].name"), "duplicate", "is there twice");
            let levels: Vec<String> = match skill.levels.is_empty() {
                true => DEFAULT_LEVELS.iter().map(|level| (*level).to_owned()).collect(),
                false => {
                    let levels = skill.levels.iter().enumerate();
                    levels
                        .map(|(n, text)| fields.line(&format!("skills[{i}].levels[{n}]"), text, 1, 200))
                        .collect()
                }
            };
            let enough = (2..=6).contains(&levels.len());
            fields.ensure(enough, &format!("skills[{i}].levels"), "wrong_count", "must be 2 to 6");
            skills.push(RubricSkill { name, levels });
        }
        let mut seen = BTreeSet::from([COMMUNICATION.to_lowercase()]);
        let mut evaluation_rows = Vec::new();
        for (i, row) in self.evaluation_rows.iter().enumerate() {
            let row = fields.line(&format!("evaluation_rows[{i}]"), row, 1, 60);
            let fresh = seen.insert(row.to_lowercase());
            fields.ensure(fresh, &format!("evaluation_rows[{i}]"), "duplicate", "is there already");
            evaluation_rows.push(row);
        }
        let mut questions = Vec::new();
        for (i, planned) in self.questions.iter().enumerate() {
            questions.push(PlannedQuestion {
                question: fields.text(&format!("questions[{i}].question"), &planned.question, 1, 1_000),
                minutes: fields.range(&format!("questions[{i}].minutes"), planned.minutes, 1, 120),
                guideline: fields.text(&format!("questions[{i}].guideline"), &planned.guideline, 0, 2_000),
            });
        }
        fields.done()?;
        Ok(Checked { skills, evaluation_rows, questions })
    }
}

impl Hdip {
    /// Gives a round another version of its rubric; interviews requested from now on are judged by it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a round the caller does not see; [`Error::Forbidden`] for agencies;
    /// [`Error::Invalid`] naming the fields.
    pub async fn set_rubric(
        &self,
        ctx: &Ctx,
        round: RoundId,
        new: NewRubric,
    ) -> Result<Done<RubricId>, Error> {
        let checked = &new.check()?;
        self.decide(ctx, "set_rubric", &(round, &new), || async move {
            let round: Round = self.storage.get(round).await?;
            self.job_to_edit(ctx, round.job_id).await.map_err(|_| Error::NotFound(Round::NAME))?;
            let number = self.storage.rubrics(round.id).await?.first().map_or(0, |rubric| rubric.number) + 1;
            let rubric = Rubric {
                id: self.ids.fresh(),
                client_id: round.client_id,
                round_id: round.id,
                number,
                natural_key: format!("{}:{number}", round.id),
                skills: checked.skills.clone(),
                evaluation_rows: checked.evaluation_rows.clone(),
                questions: checked.questions.clone(),
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&rubric);
            let mut audit = self.audit(ctx, "rubric.set", round.id, Some(round.client_id));
            audit.changes = json!({"rubric_id": rubric.id, "number": number});
            changes.audit.push(audit);
            Ok(Decision { changes, output: rubric.id })
        })
        .await
    }

    /// The present rubric of a round: its newest version, or what its job's mandatory skills make.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a round the caller does not see; [`Error::Forbidden`] for agencies, links,
    /// interviewers (who see it in the form of an interview).
    pub async fn rubric(&self, ctx: &Ctx, round: RoundId) -> Result<Rubric, Error> {
        let round: Round = self.storage.get(round).await?;
        let job = self.seen_job(ctx, round.job_id, KeyScope::HiringRead).await?;
        if agency_of(&ctx.actor).is_some() {
            return Err(Error::Forbidden);
        }
        let stored = self.storage.rubrics(round.id).await?.into_iter().next();
        let skills = job.mandatory_skills.iter().cloned();
        Ok(stored.unwrap_or_else(|| plain(round.id, round.client_id, skills, round.created_at)))
    }

    /// The rubric an interview was requested under.
    pub(super) async fn rubric_of(&self, interview: &Interview) -> Result<Rubric, Error> {
        match interview.pins.rubric {
            Some(id) => Ok(self.storage.get(id).await?),
            None => {
                let skills = interview.demand.mandatory_skills.iter().cloned();
                Ok(plain(interview.round_id, interview.client_id, skills, interview.requested_at))
            }
        }
    }
}

/// Where a round has no rubric of its own: its job's mandatory skills, with levels that fit any.
fn plain(round: RoundId, client: ClientId, skills: impl Iterator<Item = String>, at: Timestamp) -> Rubric {
    let levels = || DEFAULT_LEVELS.iter().map(|level| (*level).to_owned()).collect();
    Rubric {
        id: RubricId::from_bits(0),
        client_id: client,
        round_id: round,
        number: 0,
        natural_key: format!("{round}:0"),
        skills: skills.map(|name| RubricSkill { name, levels: levels() }).collect(),
        evaluation_rows: Vec::new(),
        questions: Vec::new(),
        created_at: at,
        version: 0,
    }
}
