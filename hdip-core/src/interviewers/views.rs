//! What each side sees of an interviewer. Clients see none of this: they see an
//! [`InterviewerCard`](crate::scheduling::InterviewerCard) on their interviews, without a name.

use super::*;
use crate::access::Actor;
use crate::values::*;
use std::collections::{BTreeMap, BTreeSet};

/// An interviewer, as its reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum InterviewerView {
    /// The operator: the record.
    Operator(Interviewer),
    /// The interviewer itself.
    Own(OwnProfile),
}

/// An interviewer as it sees itself: all but how the operator classes it and how candidates rate it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as Interviewer
pub struct OwnProfile {
    pub id: InterviewerId,
    pub name: String,
    pub email: Email,
    pub phone: Option<Phone>,
    pub country: String,
    pub zone: Zone,
    pub locale: Locale,
    pub status: InterviewerStatus,
    pub specialisations: BTreeSet<String>,
    pub skills: BTreeSet<String>,
    pub experience_months: u32,
    pub current_company: Option<String>,
    pub previous_companies: Vec<String>,
    pub designation: Option<String>,
    pub weekly_cap: u32,
    pub minimum_gap_minutes: u32,
    pub pay_currency: Currency,
    /// Level by slug: it was told when it was certified.
    pub certifications: BTreeMap<String, u8>,
    pub leaves_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: i64,
}

pub(crate) fn interviewer_view(actor: &Actor, interviewer: Interviewer) -> InterviewerView {
    if actor.is_operator() {
        return InterviewerView::Operator(interviewer);
    }
    InterviewerView::Own(OwnProfile {
        id: interviewer.id,
        name: interviewer.name,
        email: interviewer.email,
        phone: interviewer.phone,
        country: interviewer.country,
        zone: interviewer.zone,
        locale: interviewer.locale,
        status: interviewer.status,
        specialisations: interviewer.specialisations,
        skills: interviewer.skills,
        experience_months: interviewer.experience_months,
        current_company: interviewer.current_company,
        previous_companies: interviewer.previous_companies,
        designation: interviewer.designation,
        weekly_cap: interviewer.weekly_cap,
        minimum_gap_minutes: interviewer.minimum_gap_minutes,
        pay_currency: interviewer.pay_currency,
        certifications: interviewer.certifications,
        leaves_at: interviewer.leaves_at,
        created_at: interviewer.created_at,
        version: interviewer.version,
    })
}
