//! Matching: who may interview whom, and in which order they are asked (product §3 "Matching rules").

use crate::values::{CandidateId, InterviewerId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Months an interviewer must be ahead of the candidate.
const MONTHS_AHEAD: u32 = 24;
/// What an interviewer without ratings is ranked as: better than a bad one, behind a good one.
const UNRATED_HUNDREDTHS: u32 = 400;

/// What an interview asks of an interviewer; pinned on holds and interviews.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Slug.
    pub specialisation: String,
    /// In the form skills are compared in; at least one must be covered.
    pub mandatory_skills: Vec<String>,
    /// Months.
    pub candidate_experience_months: u32,
    /// 1 to 3.
    pub client_level: u8,
    /// [`company_key`] of the candidate's present employer.
    pub candidate_company: Option<String>,
    /// [`company_key`] of the client's brand.
    pub client_brand: String,
    /// Who is interviewed.
    pub candidate: CandidateId,
    /// Were on this interview before, or know the candidate.
    pub excluded: BTreeSet<InterviewerId>,
    /// Not wanted by the client.
    pub blocked: BTreeSet<InterviewerId>,
    /// Have met this candidate.
    pub evaluated_by: BTreeSet<InterviewerId>,
}

/// What matching looks at in an interviewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Who.
    pub id: InterviewerId,
    /// Certified or mentor.
    pub active: bool,
    /// Slugs.
    pub specialisations: BTreeSet<String>,
    /// In the form skills are compared in.
    pub skills: BTreeSet<String>,
    /// Months.
    pub experience_months: u32,
    /// Level it is certified at, 1 to 3, by specialisation.
    pub certifications: BTreeMap<String, u8>,
    /// [`company_key`]s of present and former employers.
    pub companies: Vec<String>,
    /// Mean rating × 100.
    pub rating_hundredths: Option<u32>,
    /// Interviews lately, for fairness.
    pub recent_interviews: u32,
}

macro_rules! why_not {
    ($($(#[$doc:meta])* $name:ident $word:literal $sentence:literal;)*) => {
        /// Why an interviewer, or a start, is not to be had.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum WhyNot { $($(#[$doc])* #[serde(rename = $word)] $name),* }

        impl WhyNot {
            /// Stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// A sentence for a person.
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

why_not! {
    /// The start is not on the grid.
    OffGrid "off_grid" "starts lie on the quarter hours";
    /// Inside the minimum notice.
    TooSoon "too_soon" "the start is closer than the minimum notice";
    /// At or past the horizon.
    TooFar "too_far" "the start is further away than can be booked";
    /// The candidate has another interview then.
    CandidateBusy "candidate_busy" "the candidate has another interview at that time";
    /// Not said why: it is another tenant's business.
    Unavailable "unavailable" "the start is not available";
    /// Others who could take it are asked for already.
    Outnumbered "outnumbered" "all who could take it are asked for by others at that time";
    /// Not certified.
    NotActive "not_active" "is not certified, or suspended";
    /// Other field.
    Specialisation "specialisation" "does not have the specialisation";
    /// Has the field, but is not certified in it.
    NotCertified "not_certified" "is not certified for the specialisation";
    /// None of the mandatory skills.
    Skills "skills" "has none of the mandatory skills";
    /// Not 24 months ahead.
    Experience "experience" "is not 24 months ahead of the candidate";
    /// Wrong level for the client.
    Level "level" "is not certified at a level this client gets";
    /// Works or worked where the candidate works, or at the client.
    Company "company" "works or worked at the candidate's company or the client";
    /// Met the candidate before.
    EvaluatedBefore "evaluated_before" "has met this candidate before";
    /// Was on this interview before.
    Excluded "excluded" "was on this interview before, or knows the candidate";
    /// Not wanted by the client.
    Blocked "blocked" "is not wanted by the client";
    /// Outside the availability.
    NotAvailable "not_available" "is not available for the whole time";
    /// Something else then, or within the buffer.
    Busy "busy" "has something else at that time";
    /// Another interview too close.
    MinimumGap "minimum_gap" "has another interview too close to it";
    /// Week is full.
    WeeklyCap "weekly_cap" "has no room left in that week";
}

/// An interviewer who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// How many of the mandatory skills are covered.
    pub skill_cover: usize,
}

/// Whether an interviewer may take an interview, whenever it is.
///
/// # Errors
/// Every reason why not, in a fixed order.
pub fn match_interviewer(demand: &Demand, profile: &Profile) -> Result<Match, Vec<WhyNot>> {
    let skill_cover = demand.mandatory_skills.iter().filter(|skill| profile.skills.contains(*skill)).count();
    // One level below the client's and not above it; level 1 has none below.
    let levels = demand.client_level.saturating_sub(1).max(1)..=demand.client_level;
    let has_field = profile.specialisations.contains(&demand.specialisation);
    let certified = profile.certifications.get(&demand.specialisation);
    let company = profile
        .companies
        .iter()
        .any(|company| *company == demand.client_brand || demand.candidate_company.as_ref() == Some(company));
    let reasons: Vec<WhyNot> = [
        (!profile.active, WhyNot::NotActive),
        (!has_field, WhyNot::Specialisation),
        (has_field && certified.is_none(), WhyNot::NotCertified),
        (skill_cover == 0, WhyNot::Skills),
        (profile.experience_months < demand.candidate_experience_months + MONTHS_AHEAD, WhyNot::Experience),
        (has_field && certified.is_some_and(|level| !levels.contains(level)), WhyNot::Level),
        (company, WhyNot::Company),
        (demand.evaluated_by.contains(&profile.id), WhyNot::EvaluatedBefore),
        (demand.excluded.contains(&profile.id), WhyNot::Excluded),
        (demand.blocked.contains(&profile.id), WhyNot::Blocked),
    ]
    .into_iter()
    .filter_map(|(wrong, why)| wrong.then_some(why))
    .collect();
    if reasons.is_empty() { Ok(Match { skill_cover }) } else { Err(reasons) }
}

/// The key interviewers are asked in, ascending: most skills covered, best rating, fewest recent interviews,
/// then id, so that the order is the same everywhere.
pub fn rank(found: Match, profile: &Profile) -> impl Ord + use<> {
    (
        Reverse(found.skill_cover),
        Reverse(profile.rating_hundredths.unwrap_or(UNRATED_HUNDREDTHS)),
        profile.recent_interviews,
        profile.id,
    )
}

/// The form company names are compared in: without case, punctuation and legal suffixes.
pub fn company_key(name: &str) -> String {
    const SUFFIXES: &[&str] = &[
        "private",
        "pvt",
        "limited",
        "ltd",
        "llp",
        "llc",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "gmbh",
        "ag",
        "plc",
        "sa",
        "bv",
        "pte",
        "pty",
        "p",
    ];
    let lower = name.to_lowercase().replace('&', " and ");
    let mut words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && words.last().is_some_and(|word| SUFFIXES.contains(word)) {
        words.pop();
    }
    words.join(" ").replace('\'', "")
}
