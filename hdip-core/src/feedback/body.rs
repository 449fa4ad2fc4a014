//! What a scorecard must say: limits that hold for drafts too, and what a submission needs besides.

use super::*;
use crate::Error;
use crate::values::Fields;
use std::collections::BTreeSet;

const MAX_QUESTIONS: usize = 30;

impl ScorecardBody {
    /// Checks lengths, ranges and names against the rubric; things may be missing.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the fields.
    pub fn check_draft(&self, rubric: &Rubric) -> Result<(), Error> {
        let mut fields = Fields::new();
        self.limits(rubric, &mut fields);
        fields.done()
    }

    /// Checks that nothing is missing, and fills in the overall score as the mean of the skills' where it was
    /// not said.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every field at fault.
    pub fn check(mut self, rubric: &Rubric) -> Result<Self, Error> {
        let mut fields = Fields::new();
        self.limits(rubric, &mut fields);
        for (i, skill) in rubric.skills.iter().enumerate() {
            match self.skills.iter().position(|given| given.skill == skill.name) {
                None => {
                    fields.wrong(&format!("skills[{i}]"), "required", format!("{} is not rated", skill.name));
                }
                Some(n) => {
                    let given = &self.skills[n];
                    let field = |name: &str| format!("skills[{n}].{name}");
                    fields.ensure(given.level.is_some(), &field("level"), "required", "must be given");
                    fields.ensure(given.score.is_some(), &field("score"), "required", "must be given");
                    let summary = !given.summary.trim().is_empty();
                    fields.ensure(summary, &field("summary"), "required", "must not be empty");
                }
            }
        }
        for row in rows(rubric) {
            let graded = self.evaluation.iter().any(|given| given.row == row && given.grade.is_some());
            fields.ensure(graded, "evaluation", "required", format!("{row} is not graded"));
        }
        let strengths = !self.strengths.trim().is_empty();
        fields.ensure(strengths, "strengths", "required", "must not be empty");
        let improvements = !self.improvements.trim().is_empty();
        fields.ensure(improvements, "improvements", "required", "must not be empty");
        fields.ensure(self.recommendation.is_some(), "recommendation", "required", "must be given");
        fields.done()?;
        let scores: Vec<u32> = self.skills.iter().filter_map(|skill| skill.score).collect();
        // Half up: what people expect of a mean.
        let count = scores.len().max(1) as u32;
        let mean = (2 * scores.iter().sum::<u32>() + count) / (2 * count);
        self.overall_score = self.overall_score.or(Some(mean));
        Ok(self)
    }

    fn limits(&self, rubric: &Rubric, fields: &mut Fields) {
        let mut seen = BTreeSet::new();
        for (i, given) in self.skills.iter().enumerate() {
            let field = |name: &str| format!("skills[{i}].{name}");
            let Some(skill) = rubric.skills.iter().find(|skill| skill.name == given.skill) else {
                fields.wrong(&field("skill"), "unknown_skill", "is not in the rubric");
                continue;
            };
            fields.ensure(seen.insert(&skill.name), &field("skill"), "duplicate", "is there twice");
            if let Some(level) = given.level {
                fields.range(&field("level"), level, 1, skill.levels.len() as u32);
            }
            if let Some(score) = given.score {
                fields.range(&field("score"), score, 0, 100);
            }
            fields.text(&field("summary"), &given.summary, 0, 1_000);
            let few = given.questions.len() <= MAX_QUESTIONS;
            fields.ensure(few, &field("questions"), "too_many", "must be at most 30");
            for (n, asked) in given.questions.iter().enumerate() {
                fields.text(&field(&format!("questions[{n}].question")), &asked.question, 1, 1_000);
                fields.text(&field(&format!("questions[{n}].answer")), &asked.answer, 0, 4_000);
            }
        }
        let mut seen = BTreeSet::new();
        for (i, given) in self.evaluation.iter().enumerate() {
            let field = format!("evaluation[{i}].row");
            let known = rows(rubric).any(|row| row == given.row);
            fields.ensure(known, &field, "unknown_row", "is not one of the rows to grade");
            fields.ensure(seen.insert(&given.row), &field, "duplicate", "is there twice");
        }
        fields.text("strengths", &self.strengths, 0, 800);
        fields.text("improvements", &self.improvements, 0, 800);
        if let Some(score) = self.overall_score {
            fields.range("overall_score", score, 0, 100);
        }
        if let Some(link) = &self.link {
            let link = fields.line("link", link, 1, 500);
            let safe = link.starts_with("https://") && !link.contains(char::is_whitespace);
            fields.ensure(safe, "link", "invalid_link", "must begin with https://");
        }
    }
}

/// The rows a scorecard grades.
fn rows(rubric: &Rubric) -> impl Iterator<Item = &str> {
    std::iter::once(COMMUNICATION).chain(rubric.evaluation_rows.iter().map(String::as_str))
}
