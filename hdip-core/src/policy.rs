//! The policy: one typed, versioned document per operator, overridable per client (product §3 "Policy").
//!
//! Numbers live here as defaults of data, never as constants in rules. A stored version holds a JSON
//! merge patch (RFC 7396) over the defaults, and over the operator's for a client's; the policy in force
//! is the merge. Interviews pin the version they were requested under.

use crate::feedback::DeductionTable;
use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The policy in force. Field names are part of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Minutes between offered starts; a multiple of 5.
    pub slot_step_minutes: u32,
    /// Hours from now to the first offered start.
    pub minimum_notice_hours: u32,
    /// Days from now within which starts are offered, exclusive.
    pub horizon_days: u32,
    /// Minutes kept free before and after an interview; a multiple of 5.
    pub buffer_minutes: u32,
    /// Minutes a picked start is held.
    pub hold_minutes: u32,
    /// Days a scheduling link lives.
    pub link_days: u32,
    /// Days after which a candidate who has not picked a start is reminded.
    pub link_reminder_days: u32,
    /// Minutes an invitation lives.
    pub invitation_minutes: u32,
    /// Calls before an interview nobody takes expires.
    pub calls: u32,
    /// Invitations per call, best first; 0 invites everybody who matches.
    pub wave_size: u32,
    /// No invitation is open later than this many minutes before the start.
    pub invitation_end_before_start_minutes: u32,
    /// Hours that must remain for a withdrawn interviewer to be replaced.
    pub replacement_hours: u32,
    /// How often an interviewer is replaced.
    pub replacements: u32,
    /// Minutes before the start at which reminders go out.
    pub reminder_minutes: Vec<u32>,
    /// Hours before the start from which a change is late.
    pub late_change_hours: u32,
    /// What a client pays for a late change or a candidate's no-show, by currency, minor units.
    pub late_fee_minor: BTreeMap<Currency, i64>,
    /// How often a candidate may move the interview of a round.
    pub candidate_reschedules: u32,
    /// Minutes after the start from which a no-show can be filed.
    pub no_show_after_minutes: u32,
    /// Minutes after the end at which feedback is due.
    pub feedback_due_minutes: u32,
    /// Hours after feedback was due at which the operator is alerted.
    pub feedback_alert_hours: u32,
    /// Local hour from which time does not count against an interviewer who files late.
    pub feedback_night_from_hour: u32,
    /// Local hour until which it does not, exclusive.
    pub feedback_night_until_hour: u32,
    /// What filing late takes from an earning, by pay currency.
    pub feedback_deductions: BTreeMap<Currency, DeductionTable>,
    /// Days after which a client that has not decided is reminded.
    pub decision_reminder_days: u32,
    /// Days for which a candidate can rate the interviewer.
    pub rating_link_days: u32,
    /// Hours after feedback was due at which an interview without it is closed.
    pub close_without_feedback_hours: u32,
    /// Local hour from which a start is odd for the candidate.
    pub odd_from_hour: u32,
    /// Local hour until which a start is odd, exclusive.
    pub odd_until_hour: u32,
    /// Months within which an earlier interview of the same person causes a warning.
    pub repeat_warning_months: u32,
    /// Days after completion within which a client can ask for a repeat with another interviewer.
    pub redo_days: u32,
    /// Days after an outcome within which client, candidate and interviewer can contest it.
    pub contest_days: u32,
    /// Hours before the start from which an interview without interviewer needs a person (operator's).
    pub unassigned_alert_hours: u32,
    /// Absences (late withdrawals included) that suspend an interviewer.
    pub no_show_strikes: u32,
    /// Days within which they count.
    pub no_show_window_days: u32,
    /// Interviews somebody observes before being certified.
    pub shadowing_observed: u32,
    /// Interviews somebody leads under a mentor before being certified.
    pub shadowing_led: u32,
    /// Days between an interviewer's notice and its last day.
    pub leaving_notice_days: u32,
    /// Days for which another agency cannot submit a person to a job again.
    pub agency_ownership_days: u32,
    /// Days a new user's invitation is good.
    pub user_invitation_days: u32,
    /// Minutes a link for setting another password is good.
    pub password_reset_minutes: u32,
    /// Hours within which a new address must be confirmed.
    pub email_verification_hours: u32,
    /// Version of the terms a client's users accept; a client may have terms of its own.
    pub client_terms_version: String,
    /// Version of the terms interviewers accept.
    pub interviewer_terms_version: String,
    /// Version of the notice candidates consent under.
    pub consent_notice_version: String,
}

/// Up to 1 hour nothing, then up to 2, 3, 5 and 8 hours, then the rest (product §3 "Feedback clock").
fn deductions(minor: [i64; 4], beyond_minor: i64) -> DeductionTable {
    let steps = [60, 120, 180, 300, 480].into_iter().zip([0].into_iter().chain(minor)).collect();
    DeductionTable { steps, beyond_minor }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            slot_step_minutes: 15,
            minimum_notice_hours: 8,
            horizon_days: 14,
            buffer_minutes: 15,
            hold_minutes: 5,
            link_days: 7,
            link_reminder_days: 2,
            invitation_minutes: 60,
            calls: 3,
            wave_size: 0,
            invitation_end_before_start_minutes: 60,
            replacement_hours: 2,
            replacements: 3,
            reminder_minutes: vec![1440, 60, 10],
            late_change_hours: 3,
            late_fee_minor: BTreeMap::from([(Currency::Inr, 800_00), (Currency::Usd, 32_00)]),
            candidate_reschedules: 2,
            no_show_after_minutes: 10,
            feedback_due_minutes: 60,
            feedback_alert_hours: 24,
            feedback_night_from_hour: 23,
            feedback_night_until_hour: 9,
            feedback_deductions: BTreeMap::from([
                (Currency::Inr, deductions([100_00, 300_00, 500_00, 700_00], 1_000_00)),
                (Currency::Usd, deductions([1_50, 4_50, 7_00, 10_00], 14_00)),
            ]),
            decision_reminder_days: 3,
            rating_link_days: 30,
            close_without_feedback_hours: 72,
            odd_from_hour: 22,
            odd_until_hour: 7,
            repeat_warning_months: 6,
            redo_days: 14,
            contest_days: 7,
            unassigned_alert_hours: 12,
            no_show_strikes: 3,
            no_show_window_days: 90,
            shadowing_observed: 2,
            shadowing_led: 1,
            leaving_notice_days: 7,
            agency_ownership_days: 90,
            user_invitation_days: 7,
            password_reset_minutes: 60,
            email_verification_hours: 24,
            client_terms_version: "2026-01".into(),
            interviewer_terms_version: "2026-01".into(),
            consent_notice_version: "2026-01".into(),
        }
    }
}

impl Policy {
    /// Checks every number against the range in which the rules make sense.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) naming the fields.
    pub fn check(&self) -> Result<(), crate::Error> {
        let mut fields = Fields::new();
        let five = |n: u32| n.is_multiple_of(5);
        fields.range("slot_step_minutes", self.slot_step_minutes, 5, 120);
        fields.ensure(
            five(self.slot_step_minutes),
            "slot_step_minutes",
            "not_multiple_of_5",
            "must be a multiple of 5",
        );
        fields.range("minimum_notice_hours", self.minimum_notice_hours, 0, 168);
        fields.range("horizon_days", self.horizon_days, 1, 90);
        fields.range("buffer_minutes", self.buffer_minutes, 0, 120);
        fields.ensure(
            five(self.buffer_minutes),
            "buffer_minutes",
            "not_multiple_of_5",
            "must be a multiple of 5",
        );
        fields.range("hold_minutes", self.hold_minutes, 1, 60);
        fields.range("link_days", self.link_days, 1, 60);
        fields.range("link_reminder_days", self.link_reminder_days, 1, 60);
        fields.range("invitation_minutes", self.invitation_minutes, 5, 2880);
        fields.range("calls", self.calls, 1, 10);
        fields.range("wave_size", self.wave_size, 0, 1000);
        fields.range(
            "invitation_end_before_start_minutes",
            self.invitation_end_before_start_minutes,
            0,
            1440,
        );
        fields.range("replacement_hours", self.replacement_hours, 0, 48);
        fields.range("replacements", self.replacements, 0, 10);
        fields.ensure(
            self.reminder_minutes.len() <= 5,
            "reminder_minutes",
            "too_many",
            "at most 5 reminders",
        );
        for (i, minutes) in self.reminder_minutes.iter().enumerate() {
            fields.range(&format!("reminder_minutes[{i}]"), *minutes, 5, 10_080);
        }
        fields.range("late_change_hours", self.late_change_hours, 0, 72);
        for (currency, fee) in &self.late_fee_minor {
            fields.range(&format!("late_fee_minor.{}", currency.code()), *fee, 0, 1_000_000_00);
        }
        fields.range("candidate_reschedules", self.candidate_reschedules, 0, 20);
        fields.range("no_show_after_minutes", self.no_show_after_minutes, 0, 60);
        fields.range("feedback_alert_hours", self.feedback_alert_hours, 1, 720);
        fields.range("feedback_night_from_hour", self.feedback_night_from_hour, 0, 24);
        fields.range("feedback_night_until_hour", self.feedback_night_until_hour, 0, 24);
        for (currency, table) in &self.feedback_deductions {
            let field = format!("feedback_deductions.{}", currency.code());
            let up = table.steps.windows(2).all(|pair| pair[0].0 < pair[1].0);
            fields.ensure(up, &field, "not_ascending", "steps must be in ascending order");
            let amounts = table.steps.iter().map(|step| step.1).chain([table.beyond_minor]);
            for minor in amounts {
                fields.range(&field, minor, 0, 1_000_000_00);
            }
        }
        fields.range("decision_reminder_days", self.decision_reminder_days, 1, 60);
        fields.range("rating_link_days", self.rating_link_days, 1, 180);
        fields.range("close_without_feedback_hours", self.close_without_feedback_hours, 1, 720);
        fields.range("odd_from_hour", self.odd_from_hour, 0, 24);
        fields.range("odd_until_hour", self.odd_until_hour, 0, 24);
        fields.range("repeat_warning_months", self.repeat_warning_months, 0, 60);
        fields.range("feedback_due_minutes", self.feedback_due_minutes, 1, 10_080);
        fields.range("redo_days", self.redo_days, 0, 365);
        fields.range("contest_days", self.contest_days, 0, 90);
        fields.range("unassigned_alert_hours", self.unassigned_alert_hours, 0, 168);
        fields.range("no_show_strikes", self.no_show_strikes, 1, 100);
        fields.range("no_show_window_days", self.no_show_window_days, 1, 730);
        fields.range("shadowing_observed", self.shadowing_observed, 0, 20);
        fields.range("shadowing_led", self.shadowing_led, 0, 20);
        fields.range("leaving_notice_days", self.leaving_notice_days, 0, 180);
        fields.range("agency_ownership_days", self.agency_ownership_days, 0, 730);
        fields.range("user_invitation_days", self.user_invitation_days, 1, 60);
        fields.range("password_reset_minutes", self.password_reset_minutes, 5, 1440);
        fields.range("email_verification_hours", self.email_verification_hours, 1, 168);
        fields.line("client_terms_version", &self.client_terms_version, 1, 40);
        fields.line("interviewer_terms_version", &self.interviewer_terms_version, 1, 40);
        fields.line("consent_notice_version", &self.consent_notice_version, 1, 40);
        fields.done()
    }

    /// The policy that `patches` (operator's first, then the client's) make of the defaults.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when the result is no policy: unknown or mistyped fields, or numbers out of range.
    pub fn merged<'a>(patches: impl IntoIterator<Item = &'a Value>) -> Result<Self, crate::Error> {
        let mut document = serde_json::to_value(Self::default()).unwrap_or_default();
        for patch in patches {
            merge(&mut document, patch);
        }
        let policy: Self = serde_json::from_value(document)
            .map_err(|e| crate::Error::field("document", "invalid_policy", e.to_string()))?;
        policy.check()?;
        Ok(policy)
    }

    /// How far from the start a change still is early.
    pub fn late_from(&self, start: Timestamp) -> Timestamp {
        start - hours(self.late_change_hours.into())
    }

    /// Whether a start is at an odd hour for someone in `zone`.
    pub fn is_odd_hour(&self, start: Timestamp, zone: Zone) -> bool {
        let hour = chrono::Timelike::hour(&zone.local(start));
        if self.odd_from_hour <= self.odd_until_hour {
            (self.odd_from_hour..self.odd_until_hour).contains(&hour)
        } else {
            hour >= self.odd_from_hour || hour < self.odd_until_hour
        }
    }
}

/// JSON merge patch (RFC 7396).
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Default::default());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// A stored version of the policy: the operator's, or a client's override.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its id.
    pub id: PolicyId,
    /// Whose override; the operator's own when none.
    pub client_id: Option<ClientId>,
    /// 1, 2, 3 … at its level.
    pub number: u32,
    /// `client:number` (or `operator:number`), unique: of two changes at once one is made on top of the other.
    pub natural_key: String,
    /// Merge patch.
    pub document: Value,
    /// In force from then on, until a later one.
    pub effective_from: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(PolicyVersion, Policies, "policy version");

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_clients_patch_wins_over_the_operators_which_wins_over_the_defaults() {
        let operator = json!({"calls": 2, "hold_minutes": 10});
        let client = json!({"calls": 1, "late_fee_minor": {"EUR": 3000}});
        let policy = Policy::merged([&operator, &client]).unwrap();
        assert_eq!((policy.calls, policy.hold_minutes, policy.buffer_minutes), (1, 10, 15));
        assert_eq!(policy.late_fee_minor.len(), 3);
    }

    #[test]
    fn unknown_fields_and_numbers_out_of_range_are_named() {
        let unknown = Policy::merged([&json!({"holdminutes": 3})]).unwrap_err();
        assert!(
            matches!(&unknown, crate::Error::Invalid(f) if f[0].message.contains("holdminutes")),
            "{unknown:?}"
        );
        let range = Policy::merged([&json!({"buffer_minutes": 7, "calls": 0})]).unwrap_err();
        let crate::Error::Invalid(fields) = range else { panic!("{range:?}") };
        assert_eq!(fields.iter().map(|f| &*f.field).collect::<Vec<_>>(), ["buffer_minutes", "calls"]);
    }

    #[test]
    fn odd_hours_are_the_candidates() {
        let policy = Policy::default();
        let start: Timestamp = "2026-01-05T16:30:00Z".parse().unwrap(); // 22:00 in Kolkata, 11:30 in New York
        assert!(policy.is_odd_hour(start, "Asia/Kolkata".parse().unwrap()));
        assert!(!policy.is_odd_hour(start - minutes(1), "Asia/Kolkata".parse().unwrap()));
        assert!(!policy.is_odd_hour(start, "America/New_York".parse().unwrap()));
    }
}
