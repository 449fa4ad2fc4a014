//! The tables: one column per field, so that adapters are generic and a test can compare types, schema
//! and database.

use std::fmt;

/// What a column holds. Every column may be null where the field is an `Option`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// 64-bit integer.
    Int,
    /// True or false.
    Bool,
    /// An instant; stored as microseconds since 1970 so that it compares and sorts.
    Time,
    /// A JSON document: lists, tagged values, money.
    Json,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name, also of the field.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A table of records. Its key is `id`; `version` is the record version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// Name in the database, without the host's prefix.
    pub name: &'static str,
    /// Columns, `id` first.
    pub columns: &'static [Column],
    /// Columns unique each on its own; null does not collide.
    pub unique: &'static [&'static str],
}

impl TableSpec {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident $name:literal [$($column:ident $kind:ident),* $(,)?] unique [$($unique:ident),*];)*) => {
        /// A table of records. What refers to another comes after it: a commit inserts in this order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $table),* }

        impl Table {
            /// Every table that holds entities.
            pub const ALL: &'static [Table] = &[$(Table::$table),*];

            /// Columns and uniques.
            pub const fn spec(self) -> &'static TableSpec {
                match self { $(Table::$table => &TableSpec {
                    name: $name,
                    columns: &[$(Column { name: stringify!($column), kind: ColumnKind::$kind }),*],
                    unique: &[$(stringify!($unique)),*],
                }),* }
            }

            /// Name in the database, without the host's prefix.
            pub const fn name(self) -> &'static str {
                self.spec().name
            }
        }
    };
}

tables! {
    /// [`Client`](crate::clients::Client)
    Clients "clients" [id Text, legal_name Text, brand Text, country Text, level Int, zone Text, locale Text,
        currency Text, status Text, account_manager_id Text, blocked_interviewers Json,
        candidate_may_reschedule Bool, agencies_see_results Bool, created_at Time, version Int,
        status_reason Text, status_at Time, signed_on Text, domain Text, gstin Text, pan Text, address Json,
        billing_mode Text, free_interviews Int, logo_file_id Text, logo_type Text] unique [];
    /// [`User`](crate::access::User)
    Users "users" [id Text, client_id Text, interviewer_id Text, agency_id Text, role Text, name Text, email Text,
        email_key Text, password_hash Text, status Text, zone Text, locale Text, assigned_jobs_only Bool,
        created_at Time, version Int] unique [email_key];
    /// [`SignIn`](crate::access::SignIn)
    SignIns "sign_ins" [id Text, user_id Text, refresh_hash Text, generation Int, created_at Time,
        refreshed_at Time, expires_at Time, ended_at Time, ended_because Text, user_agent Text, version Int] unique [];
    /// [`LoginThrottle`](crate::access::LoginThrottle)
    LoginThrottles "login_throttles" [id Text, failures Int, window_from Time, blocked_until Time, version Int] unique [];
    /// [`ApiKey`](crate::access::ApiKey)
    ApiKeys "api_keys" [id Text, client_id Text, name Text, secret_hash Text, scopes Json, created_by Text,
        created_at Time, revoked_at Time, version Int] unique [];
    /// [`Link`](crate::access::Link)
    Links "links" [id Text, client_id Text, purpose Text, subject Text, party Text, generation Int, expires_at Time,
        revoked_at Time, used_at Time, created_at Time, natural_key Text, version Int] unique [natural_key];
    /// [`EmailChange`](crate::access::EmailChange)
    EmailChanges "email_changes" [id Text, user_id Text, new_email Text, old_email Text, status Text, sign_in_id Text,
        expires_at Time, created_at Time, live_key Text, version Int] unique [live_key];
    /// [`TermsAcceptance`](crate::access::TermsAcceptance)
    TermsAcceptances "terms_acceptances" [id Text, user_id Text, audience Text, terms_version Text, accepted_at Time,
        natural_key Text, version Int] unique [natural_key];
    /// [`NotificationPreferences`](crate::notifications::NotificationPreferences)
    NotificationPreferences "notification_preferences" [id Text, email_off Json, updated_at Time, version Int] unique [];
    /// [`ProductFeedback`](crate::product_feedback::ProductFeedback)
    ProductFeedback "product_feedback" [id Text, client_id Text, user_id Text, kind Text, priority Text, text Text,
        screenshot_file_id Text, screenshot_type Text, status Text, answered_at Time, answered_by Text,
        created_at Time, version Int] unique [];
    /// [`ClientContact`](crate::clients::ClientContact)
    ClientContacts "client_contacts" [id Text, client_id Text, name Text, email Text, phone Text, designation Text,
        created_at Time, version Int] unique [];
    /// [`Department`](crate::clients::Department)
    Departments "departments" [id Text, client_id Text, name Text, natural_key Text, created_at Time,
        version Int] unique [natural_key];
    /// [`Agency`](crate::agencies::Agency)
    Agencies "agencies" [id Text, client_id Text, name Text, status Text, live_key Text, created_at Time, ended_at Time,
        version Int] unique [live_key];
    /// [`Agreement`](crate::clients::Agreement)
    Agreements "agreements" [id Text, client_id Text, currency Text, prices_minor Json, effective_from Text,
        created_at Time, version Int] unique [];
    /// [`PayTable`](crate::clients::PayTable)
    PayTables "pay_tables" [id Text, currency Text, pay_minor Json, late_minor Int, effective_from Text,
        created_at Time, version Int] unique [];
    /// [`PolicyVersion`](crate::policy::PolicyVersion)
    Policies "policies" [id Text, client_id Text, number Int, natural_key Text, document Json, effective_from Time,
        created_at Time, version Int] unique [natural_key];
    /// [`Job`](crate::hiring::Job)
    Jobs "jobs" [id Text, client_id Text, title Text, external_id Text, department Text, hiring_manager_id Text,
        recruiter_ids Json, experience_min_months Int, experience_max_months Int, positions Int,
        specialisation Text, mandatory_skills Json, description Text, zone Text, diversity_hiring Bool,
        recommended_score Int, status Text, created_at Time, version Int] unique [];
    /// [`Round`](crate::hiring::Round)
    Rounds "rounds" [id Text, client_id Text, job_id Text, position Int, name Text, duration_minutes Int,
        guidelines Text, created_at Time, version Int] unique [];
    /// [`Candidate`](crate::hiring::Candidate)
    Candidates "candidates" [id Text, client_id Text, name Text, email Text, email_key Text, phone Text,
        experience_months Int, current_company Text, designation Text, zone Text, locale Text, gender Text,
        agency_id Text, created_at Time, version Int] unique [];
    /// [`Application`](crate::hiring::Application)
    Applications "applications" [id Text, client_id Text, job_id Text, candidate_id Text, source Text, agency_id Text,
        recruiter_id Text, remark Text, ats_reference Text, reference_key Text, round_id Text, status Text,
        drop_reason Text, candidate_reschedules Int, live_key Text, live_phone_key Text, held_from Text, rejected_by Text, decision_reason Text,
        status_at Time, created_at Time, version Int] unique [reference_key, live_key, live_phone_key];
    /// [`SubmissionOwnership`](crate::agencies::SubmissionOwnership)
    SubmissionOwnerships "submission_ownerships" [id Text, client_id Text, job_id Text, application_id Text,
        agency_id Text, owned_until Time, version Int] unique [];
    /// [`SubmissionAttempt`](crate::agencies::SubmissionAttempt)
    SubmissionAttempts "submission_attempts" [id Text, client_id Text, job_id Text, application_id Text,
        agency_id Text, source Text, accepted Bool, matched_by Text, times Int, first_at Time, last_at Time,
        natural_key Text, version Int] unique [natural_key];
    /// [`Consent`](crate::hiring::Consent)
    Consents "consents" [id Text, client_id Text, application_id Text, candidate_id Text, kind Text, given Bool,
        notice_version Text, at Time, version Int] unique [];
    /// [`Interviewer`](crate::interviewers::Interviewer)
    Interviewers "interviewers" [id Text, name Text, email Text, email_key Text, phone Text, country Text, zone Text,
        locale Text, level Int, status Text, specialisations Json, skills Json, experience_months Int,
        current_company Text, previous_companies Json, designation Text, weekly_cap Int, minimum_gap_minutes Int,
        pay_currency Text, rating_hundredths Int, ratings Int, created_at Time, version Int,
        certifications Json, leaves_at Time] unique [email_key];
    /// [`InterviewerSchedule`](crate::interviewers::InterviewerSchedule)
    InterviewerSchedules "interviewer_schedules" [id Text, confirmed_total Int, version Int] unique [];
    /// [`Availability`](crate::interviewers::Availability)
    Availabilities "availabilities" [id Text, interviewer_id Text, times Json, note Text, created_at Time,
        version Int] unique [];
    /// [`ExternalBusy`](crate::interviewers::ExternalBusy)
    ExternalBusies "external_busies" [id Text, spans Json, synced_at Time, version Int] unique [];
    /// [`Hold`](crate::scheduling::Hold)
    Holds "holds" [id Text, hold_id Text, client_id Text, application_id Text, round_id Text, start Time, end Time,
        demand Json, expires_at Time, created_at Time, version Int] unique [];
    /// [`Interview`](crate::scheduling::Interview)
    Interviews "interviews" [id Text, client_id Text, application_id Text, job_id Text, round_id Text,
        candidate_id Text, state Text, start Time, end Time, interviewer_id Text, demand Json, calls Int,
        replacements Int, replacing Bool, predecessor_id Text, successor_id Text, requested_by Text,
        requested_at Time, confirmed_at Time, state_at Time, state_by Text, reason Text, ended_at Time, feedback_extended_until Time,
        meeting Json, calendar_sequence Int, pins Json, live_key Text, version Int] unique [live_key];
    /// [`Invitation`](crate::scheduling::Invitation)
    Invitations "invitations" [id Text, client_id Text, interview_id Text, interviewer_id Text, natural_key Text,
        call Int, state Text, expires_at Time, pay Json, answered_at Time, decline_reason Text,
        conflict_of_interest Bool, created_at Time, version Int] unique [natural_key];
    /// [`Charge`](crate::scheduling::Charge)
    Charges "charges" [id Text, client_id Text, interview_id Text, kind Text, natural_key Text, amount Json,
        policy Text, outcome_at Time, version Int, grant_id Text, counters_id Text, cause Text] unique [natural_key];
    /// [`Earning`](crate::scheduling::Earning)
    Earnings "earnings" [id Text, client_id Text, interviewer_id Text, interview_id Text, kind Text,
        natural_key Text, amount Json, policy Text, outcome_at Time, version Int, counters_id Text, cause Text] unique [natural_key];
    /// [`Rubric`](crate::feedback::Rubric)
    Rubrics "rubrics" [id Text, client_id Text, round_id Text, number Int, natural_key Text, skills Json,
        evaluation_rows Json, questions Json, created_at Time, version Int] unique [natural_key];
    /// [`Scorecard`](crate::feedback::Scorecard)
    Scorecards "scorecards" [id Text, client_id Text, interview_id Text, interviewer_id Text, number Int,
        natural_key Text, state Text, body Json, reason Text, reference_at Time, deduction Json,
        submitted_at Time, saved_at Time, created_at Time, version Int, attachments Json] unique [natural_key];
    /// [`Rating`](crate::feedback::Rating)
    Ratings "ratings" [id Text, client_id Text, interview_id Text, interviewer_id Text, candidate_id Text,
        natural_key Text, stars Int, comment Text, created_at Time, version Int] unique [natural_key];
    /// [`Contest`](crate::desk::Contest)
    Contests "contests" [id Text, client_id Text, interview_id Text, interviewer_id Text, party Text, opened_by Text,
        user_id Text, about Text, reason Text, state Text, answer Text, decided_by Text, decided_at Time, live_key Text,
        created_at Time, version Int] unique [live_key];
    /// [`Grant`](crate::desk::Grant)
    Grants "grants" [id Text, client_id Text, kind Text, amount Int, used Int, expires_at Time, reason Text,
        granted_by Text, created_at Time, version Int] unique [];
    /// [`Acknowledgement`](crate::desk::Acknowledgement)
    Acknowledgements "acknowledgements" [id Text, queue Text, subject Text, natural_key Text, reason Text,
        acknowledged_by Text, acknowledged_at Time, version Int] unique [natural_key];
    /// [`Catalogue`](crate::hiring::Catalogue)
    Catalogues "catalogues" [id Text, entries Json, updated_at Time, version Int] unique [];
    /// [`InterviewerApplication`](crate::ladder::InterviewerApplication)
    InterviewerApplications "interviewer_applications" [id Text, source Text, name Text, email Text, email_key Text,
        phone Text, country Text, zone Text, locale Text, experience_months Int, interviewing_months Int,
        specialisations Json, skills Json, current_company Text, previous_companies Json, designation Text,
        links Json, cv_file_id Text, cv_type Text, status Text, decided_at Time, decided_by Text, reason Text,
        interviewer_id Text, created_at Time, version Int] unique [];
    /// [`InterviewerProfile`](crate::ladder::InterviewerProfile)
    InterviewerProfiles "interviewer_profiles" [id Text, interviewing_months Int, links Json, cv_file_id Text,
        cv_type Text, updated_at Time, version Int] unique [];
    /// [`PayoutAccount`](crate::ladder::PayoutAccount)
    PayoutAccounts "payout_accounts" [id Text, holder Text, sealed Text, account_last4 Text, bank_code_last4 Text,
        pan_last4 Text, gstin_last4 Text, updated_at Time, version Int] unique [];
    /// [`LadderStep`](crate::ladder::LadderStep)
    LadderSteps "ladder_steps" [id Text, interviewer_id Text, step Text, status_from Text, status_to Text,
        specialisation Text, level Int, actor Text, reason Text, at Time, version Int] unique [];
    /// [`Shadowing`](crate::ladder::Shadowing)
    Shadowings "shadowings" [id Text, interviewer_id Text, mentor_id Text, specialisation Text, level Int,
        status Text, live_key Text, note Text, ended_at Time, created_at Time, version Int] unique [live_key];
    /// [`ShadowingSession`](crate::ladder::ShadowingSession)
    ShadowingSessions "shadowing_sessions" [id Text, client_id Text, shadowing_id Text, interview_id Text,
        shadower_id Text, lead_id Text, kind Text, start Time, end Time, state Text, live_key Text, settled_at Time,
        note Text, created_at Time, version Int] unique [live_key];
    /// [`Alert`](crate::alerts::Alert)
    Alerts "alerts" [id Text, kind Text, subject Text, measured Int, threshold Int, live_key Text, opened_at Time,
        over_at Time, version Int] unique [live_key];
    /// Answers kept for repeated requests ([`IdempotencyRecord`](super::IdempotencyRecord)); not read by id.
    Idempotency "idempotency" [id Text, fingerprint Text, output Json, created_at Time, expires_at Time, version Int] unique [];
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
