//! Rubrics, scorecards, ratings.

use super::AttachmentType;
use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};

/// A skill of a rubric, with what each level means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricSkill {
    /// Name, as the scorecard and the report show it.
    pub name: String,
    /// What each level looks like, lowest first; 2 to 6 of them.
    pub levels: Vec<String>,
}

/// A version of what a round is judged by. Never changed: another version is another rubric, and interviews
/// keep the one they were requested under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// Its id.
    pub id: RubricId,
    /// Tenant.
    pub client_id: ClientId,
    /// Of which round.
    pub round_id: RoundId,
    /// 1, 2, 3 … per round.
    pub number: u32,
    /// `round:number`, unique.
    pub natural_key: String,
    /// At least one.
    pub skills: Vec<RubricSkill>,
    /// Rows people grade from poor to excellent, besides [`COMMUNICATION`].
    pub evaluation_rows: Vec<String>,
    /// Questions to ask, in order.
    pub questions: Vec<PlannedQuestion>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Rubric, Rubrics, "rubric");

/// A question an interviewer should ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedQuestion {
    /// The question.
    pub question: String,
    /// How long it should take, minutes.
    pub minutes: u32,
    /// What a good answer has.
    pub guideline: String,
}

/// The evaluation row every scorecard has.
pub const COMMUNICATION: &str = "Communication";

/// What the levels mean where a round has no rubric of its own.
pub const DEFAULT_LEVELS: [&str; 4] = [
    "Could not work on it even with help",
    "Worked on it with much help",
    "Worked on it alone, with gaps",
    "Mastered it and explained why",
];

/// A grade of an evaluation row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Grade {
    Poor,
    Average,
    Good,
    Excellent,
}

/// What an interviewer recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Recommendation {
    StronglyNotRecommended,
    NotRecommended,
    Recommended,
    HighlyRecommended,
}

impl Recommendation {
    /// Every recommendation, worst first.
    pub const ALL: [Self; 4] =
        [Self::StronglyNotRecommended, Self::NotRecommended, Self::Recommended, Self::HighlyRecommended];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StronglyNotRecommended => "strongly_not_recommended",
            Self::NotRecommended => "not_recommended",
            Self::Recommended => "recommended",
            Self::HighlyRecommended => "highly_recommended",
        }
    }

    /// Advancing such a candidate asks for a yes.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::StronglyNotRecommended | Self::NotRecommended)
    }
}

/// A question that was asked, and what was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskedQuestion {
    /// At most 1,000 characters.
    pub question: String,
    /// At most 4,000 characters.
    pub answer: String,
}

/// What is said of one skill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkillFeedback {
    /// Its name in the rubric.
    pub skill: String,
    /// 1 up to the number of the rubric's levels.
    pub level: Option<u32>,
    /// 0 to 100.
    pub score: Option<u32>,
    /// At most 1,000 characters.
    pub summary: String,
    /// At most 30.
    pub questions: Vec<AskedQuestion>,
}

/// A graded row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluationFeedback {
    /// [`COMMUNICATION`] or one of the rubric's rows.
    pub row: String,
    /// The grade, filled by people only.
    pub grade: Option<Grade>,
}

/// What a scorecard says. Everything may be missing in a draft; [`ScorecardBody::check`] says what a submission
/// needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScorecardBody {
    /// One per skill of the rubric.
    pub skills: Vec<SkillFeedback>,
    /// One per row.
    pub evaluation: Vec<EvaluationFeedback>,
    /// At most 800 characters.
    pub strengths: String,
    /// At most 800 characters.
    pub improvements: String,
    /// 0 to 100; the mean of the skills if not said.
    pub overall_score: Option<u32>,
    /// The recommendation.
    pub recommendation: Option<Recommendation>,
    /// Further material, `https://…`.
    pub link: Option<String>,
}

/// Where a scorecard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScorecardState {
    /// Being written.
    Draft,
    /// Filed; never changed again.
    Submitted,
}

impl ScorecardState {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
        }
    }
}

/// A file that goes with a scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file.
    pub id: FileId,
    /// Its name, with an end that says what it is.
    pub name: String,
    /// What it is, by its content.
    pub kind: AttachmentType,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of the content, hex.
    pub sha256: String,
    /// When it was attached.
    pub added_at: Timestamp,
}

/// A version of an interview's scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Its id.
    pub id: ScorecardId,
    /// Tenant.
    pub client_id: ClientId,
    /// Of which interview.
    pub interview_id: InterviewId,
    /// Who files it.
    pub interviewer_id: InterviewerId,
    /// 1, and up with every correction; the highest submitted counts.
    pub number: u32,
    /// `interview:number`, unique.
    pub natural_key: String,
    /// Draft or submitted.
    pub state: ScorecardState,
    /// What it says.
    pub body: ScorecardBody,
    /// Why it was corrected (versions above 1).
    pub reason: Option<String>,
    /// From when the clock ran (version 1).
    pub reference_at: Option<Timestamp>,
    /// What was taken from the earning for filing late (version 1).
    pub deduction: Option<Money>,
    /// When it was filed.
    pub submitted_at: Option<Timestamp>,
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Files that go with it; fixed by the submission like everything else.
    pub attachments: Vec<Attachment>,
    /// Record version.
    pub version: i64,
}
entity!(Scorecard, Scorecards, "scorecard");

/// What a candidate says of the interviewer; one per interview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Its id.
    pub id: RatingId,
    /// Tenant.
    pub client_id: ClientId,
    /// Of which interview.
    pub interview_id: InterviewId,
    /// About whom.
    pub interviewer_id: InterviewerId,
    /// By whom.
    pub candidate_id: CandidateId,
    /// The interview's id, unique: rated once.
    pub natural_key: String,
    /// 1 to 5.
    pub stars: u32,
    /// At most 1,000 characters; for the operator only.
    pub comment: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(Rating, Ratings, "rating");
