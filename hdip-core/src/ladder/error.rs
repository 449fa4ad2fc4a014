use crate::ErrorKind;

/// What the ladder refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LadderError {
    /// The application was accepted or rejected before.
    #[error("the application is {status} already")]
    ApplicationDecided {
        /// What it is.
        status: &'static str,
    },
    /// Something the interviewer must do comes first.
    #[error("before shadowing can begin the interviewer still has to see to: {missing}")]
    ChecklistIncomplete {
        /// Items of the checklist.
        missing: String,
    },
    /// There is no need for it.
    #[error("the interviewer is certified for this specialisation and level already")]
    CertifiedAlready,
    /// The interviewer learns it at the moment.
    #[error("the interviewer is shadowing for this specialisation and level already")]
    ShadowingAlready,
    /// The mentor cannot sign this off.
    #[error("the mentor must be a mentor certified for the specialisation, at the level or above")]
    NotAMentorFor,
    /// The shadowing was signed off or ended.
    #[error("the shadowing is {status} already")]
    ShadowingOver {
        /// What it is.
        status: &'static str,
    },
    /// The interview cannot be shadowed.
    #[error("this interview cannot be shadowed: {why}")]
    NotToBeShadowed {
        /// A sentence.
        why: &'static str,
    },
    /// The interviewer may not, or cannot, be there.
    #[error("the interviewer {why}")]
    MayNotObserve {
        /// A sentence.
        why: &'static str,
    },
    /// Somebody else observes it.
    #[error("somebody observes this interview already")]
    ObservedAlready,
    /// The session took place, or not, and was settled.
    #[error("the session is {state} already")]
    SessionSettled {
        /// What it is.
        state: &'static str,
    },
    /// The interview is not over.
    #[error("the interview is not over yet")]
    SessionNotOver,
    /// Sessions are missing.
    #[error("attended so far: {observed} observed and {led} led; needed: {observed_needed} and {led_needed}")]
    ShadowingIncomplete {
        /// Observed so far.
        observed: u32,
        /// Led so far.
        led: u32,
        /// To be observed.
        observed_needed: u32,
        /// To be led.
        led_needed: u32,
    },
    /// Notice was given before.
    #[error("notice was given already")]
    NoticeGiven,
    /// There is no notice to take back.
    #[error("there is no notice to take back")]
    NoNotice,
    /// A spelling belongs to another entry.
    #[error("{spelling:?} is {key}'s already")]
    SpellingTaken {
        /// Folded.
        spelling: String,
        /// Whose.
        key: String,
    },
    /// The catalogue is full.
    #[error("a catalogue can have at most {limit} entries")]
    CatalogueFull {
        /// The limit.
        limit: usize,
    },
}

impl LadderError {
    /// Stable word for the refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ApplicationDecided { .. } => "application_decided",
            Self::ChecklistIncomplete { .. } => "checklist_incomplete",
            Self::CertifiedAlready => "certified_already",
            Self::ShadowingAlready => "shadowing_already",
            Self::NotAMentorFor => "not_a_mentor_for",
            Self::ShadowingOver { .. } => "shadowing_over",
            Self::NotToBeShadowed { .. } => "not_to_be_shadowed",
            Self::MayNotObserve { .. } => "may_not_observe",
            Self::ObservedAlready => "observed_already",
            Self::SessionSettled { .. } => "session_settled",
            Self::SessionNotOver => "session_not_over",
            Self::ShadowingIncomplete { .. } => "shadowing_incomplete",
            Self::NoticeGiven => "notice_given",
            Self::NoNotice => "no_notice",
            Self::SpellingTaken { .. } => "spelling_taken",
            Self::CatalogueFull { .. } => "catalogue_full",
        }
    }

    /// Class of the refusal.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}
