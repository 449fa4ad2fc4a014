//! What each operation is tried with.
//!
//! Ids in paths follow from the path (`/v1/jobs/{id}` takes the `job` of the staged world); what an operation
//! needs besides stands here. A word that begins with `$` is a thing of the staged world. An operation that is
//! new works without an entry when its path says everything; if it then succeeds for nobody, the test asks for
//! one.

use serde_json::{Value, json};

/// One way to call an operation.
#[derive(Debug, Clone, Default)]
pub struct Try {
    /// Tells the ways of one operation apart; empty for the first.
    pub variant: &'static str,
    /// Path parameters that do not follow from the path.
    pub path: &'static [(&'static str, &'static str)],
    /// Query, without `?`.
    pub query: &'static str,
    /// JSON body; none if null. A text is sent as `text/csv`.
    pub body: Value,
}

fn body(body: Value) -> Vec<Try> {
    vec![Try { body, ..Try::default() }]
}

fn on(thing: &'static str, body: Value) -> Vec<Try> {
    let path: &'static [(&str, &str)] = match thing {
        "application_decision_due" => &[("id", "application_decision_due")],
        "application_on_hold" => &[("id", "application_on_hold")],
        "interview_open" => &[("id", "interview_open")],
        "interview_running" => &[("id", "interview_running")],
        "interview_ended" => &[("id", "interview_ended")],
        "interview_completed" => &[("id", "interview_completed")],
        "interview_no_show" => &[("id", "interview_no_show")],
        "contest_of_interviewer" => &[("id", "contest_of_interviewer")],
        "shadowing_session_over" => &[("id", "shadowing_session_over")],
        "session_learning" => &[("id", "session_learning")],
        "mentor" => &[("id", "mentor")],
        "staff" => &[("id", "staff")],
        "job_archived" => &[("id", "job_archived")],
        "user_spare" => &[("id", "user_spare")],
        "user_invited" => &[("id", "user_invited")],
        other => panic!("no thing {other}"),
    };
    vec![Try { path, body, ..Try::default() }]
}

fn query(query: &'static str) -> Vec<Try> {
    vec![Try { query, ..Try::default() }]
}

/// Another way of the same operation.
fn and(mut tries: Vec<Try>, variant: &'static str, body: Value) -> Vec<Try> {
    tries.push(Try { variant, body, ..tries[0].clone() });
    tries
}

/// Another thing of the same operation.
fn and_on(mut tries: Vec<Try>, variant: &'static str, thing: &'static str) -> Vec<Try> {
    let path = on(thing, Value::Null).remove(0).path;
    tries.push(Try { variant, path, ..tries[0].clone() });
    tries
}

/// A file to attach.
fn file(mut tries: Vec<Try>) -> Vec<Try> {
    tries[0].query = "name=notes.txt";
    tries[0].body = Value::String("Notes.".into());
    tries
}

fn applicant() -> Value {
    json!({
        "name": "Nora New", "email": "nora@interviewers.example", "phone": "+918765499999", "country": "IN",
        "zone": "Asia/Kolkata", "experience_months": 120, "interviewing_months": 24,
        "specialisations": ["backend"], "skills": ["rust"], "cv": super::around::cv(),
    })
}

/// A whole scorecard.
fn scorecard() -> Value {
    let skill = |name: &str| {
        json!({"skill": name, "level": 3, "score": 80, "summary": "Solid.",
               "questions": [{"question": "What is a lock?", "answer": "A promise."}]})
    };
    json!({
        "skills": [skill("postgresql"), skill("rust")],
        "evaluation": [{"row": "Communication", "grade": "good"}],
        "strengths": "Clear", "improvements": "Tests", "recommendation": "recommended",
    })
}

fn new_user(role: &str) -> Value {
    json!({"client_id": "$client", "email": "nina@users.example", "name": "Nina New", "role": role})
}

fn new_client() -> Value {
    json!({"legal_name": "Umbra Private Limited", "brand": "Umbra", "country": "IN", "level": 2,
           "zone": "Asia/Kolkata", "currency": "INR", "signed": true, "signed_on": "2026-01-02",
           "contacts": [{"name": "Una Owner", "email": "una@users.example"}]})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// The ways in which an operation is tried.
pub fn of(operation: &str) -> Vec<Try> {
    let window = json!({"kind": "window", "start": "2026-01-20T08:00:00Z", "end": "2026-01-20T12:00:00Z"});
    let reason = json!({"reason": "asked for on the phone"});
    let prices = json!({"prices_minor": [1, 2, 3, 4, 5], "effective_from": "2026-02-01"});
    match operation {
        // Access
        "sign_in" => body(json!({"email": "$email", "password": "correct horse"})),
        "refresh_sign_in" => body(json!({"refresh_token": "$refresh_token"})),
        "ask_password_reset" => body(json!({"email": "$email"})),
        "update_me" => body(json!({"name": "Somebody Else"})),
        "change_password" => {
            body(json!({"current_password": "correct horse", "new_password": "battery staple"}))
        }
        "ask_email_change" => body(json!({"email": "moved@users.example", "password": "correct horse"})),
        "accept_terms" => body(json!({"version": "2026-01"})),
        "set_notification_preferences" => body(json!({"items": []})),
        "create_user" => and(
            and(body(new_user("client_recruiter")), "an owner", new_user("client_owner")),
            "staff",
            json!({"email": "nina@users.example", "name": "Nina New", "role": "platform_moderator"}),
        ),
        "list_users" => query("client_id=$client"),
        "deactivate_user" => on("user_spare", Value::Null),
        "invite_user" => on("user_invited", Value::Null),
        "resend_user_invitation" => on("user_invited", reason),
        "update_user" => and(
            on("user_spare", json!({"role": "client_admin"})),
            "to owner",
            json!({"role": "client_owner"}),
        ),
        "assign_jobs" => body(json!({"add": ["$job"]})),
        "reassign_clients" => on("staff", json!({"to": "$other_staff"})),
        "transfer_ownership" => body(json!({"to": "$admin"})),
        "create_api_key" => and(
            body(json!({"name": "ATS", "scopes": ["hiring:read"]})),
            "with billing",
            json!({"name": "ATS", "scopes": ["billing:read"]}),
        ),
        // Clients
        "create_client" => {
            and(body(new_client()), "with prices", with(new_client(), "prices_minor", json!([1, 2, 3, 4, 5])))
        }
        "update_client" => {
            and(body(json!({"brand": "Acme Two"})), "what is the operator's", json!({"level": 3}))
        }
        "change_client_status" => and(
            body(json!({"status": "suspended", "reason": "invoices unpaid"})),
            "archived",
            json!({"status": "archived", "reason": "over", "open_work": "cancel", "late_ok": true}),
        ),
        "add_client_contact" => {
            body(json!({"name": "Nina New", "email": "nina@users.example", "designation": "accounts"}))
        }
        "update_client_contact" => body(json!({"name": "Priya Payroll"})),
        "add_department" => body(json!({"name": "Mobile"})),
        "rename_department" => body(json!({"name": "Data Platform"})),
        "set_client_logo" => body(json!({"logo": super::around::PICTURE})),
        "give_grant" => body(json!({"kind": "free_interviews", "amount": 2, "reason": "goodwill"})),
        "waive_charge" => body(json!({"reason": "our mail was late"})),
        "set_prices" => body(prices),
        "set_pay_table" => {
            body(json!({"pay_minor": [1, 2, 3, 4], "late_minor": 1, "effective_from": "2026-02-01"}))
        }
        "patch_policy" | "patch_client_policy" => {
            and(body(json!({"hold_minutes": 10})), "fees", json!({"late_fee_minor": {"INR": 1}}))
        }
        // Hiring
        "create_agency" => body(json!({"client_id": "$client", "name": "Best Hires"})),
        "list_agencies" => query("client_id=$client"),
        "rename_agency" => body(json!({"name": "Better Hires"})),
        "invite_agency_user" => body(json!({"email": "nina@users.example", "name": "Nina New"})),
        "search" => {
            let mut tries = query("q=free");
            tries.push(Try {
                variant: "the operator's",
                query: "q=ravi&kinds=interviewer",
                ..Try::default()
            });
            tries
        }
        "add_specialisation" | "add_skill" => body(json!({"name": "Embedded systems"})),
        "update_specialisation" | "update_skill" => body(json!({"name": "Something Else"})),
        "create_job" => body(json!({
            "client_id": "$client", "title": "Data Engineer", "experience_min_months": 24,
            "experience_max_months": 96, "specialisation": "data_engineering", "mandatory_skills": ["sql"],
            "zone": "Asia/Kolkata",
        })),
        "update_job" => body(json!({"title": "Senior Backend Engineer"})),
        "archive_job" => body(json!({"mode": "finish"})),
        "reopen_job" => on("job_archived", Value::Null),
        "add_round" => body(json!({"name": "System design", "duration_minutes": 60})),
        "update_round" => body(json!({"name": "System design"})),
        "set_rubric" => body(json!({"skills": [{"name": "rust", "levels": ["no", "yes"]}]})),
        "create_candidate" => body(json!({
            "client_id": "$client", "name": "Nila New", "email": "nila@mail.example", "experience_months": 60,
            "zone": "Asia/Kolkata",
        })),
        "update_candidate" => body(json!({"designation": "Lead Engineer"})),
        "submit_candidate" => body(json!({
            "job_id": "$job", "name": "Nila New", "email": "nila@mail.example", "experience_months": 60,
            "zone": "Asia/Kolkata",
        })),
        "import_candidates" => {
            body(Value::String("name,email,experience_months\nNila New,nila@mail.example,60\n".into()))
        }
        "decide_application" => on("application_decision_due", json!({"verdict": "select"})),
        "decide_applications" => body(json!({
            "application_ids": ["$application_decision_due"], "decision": {"verdict": "select"},
        })),
        "drop_application" => body(json!({"reason": "not_interested", "late_ok": true})),
        "resume_application" => on("application_on_hold", Value::Null),
        // Interviewers
        "create_interviewer" => body(json!({
            "name": "Nora New", "email": "nora@interviewers.example", "country": "IN", "zone": "Asia/Kolkata",
            "level": 2, "specialisations": ["backend"], "skills": ["rust"], "experience_months": 120,
            "pay_currency": "INR",
        })),
        "update_interviewer" => body(json!({"zone": "Europe/Berlin"})),
        "change_interviewer_status" => body(json!({
            "status": "suspended", "reason": "under review", "confirmed_interviews": "finish",
        })),
        "add_availability" | "replace_availability" => body(window),
        "set_busy_times" => body(json!({
            "busy_times": [{"start": "2026-01-20T08:00:00Z", "end": "2026-01-20T12:00:00Z"}],
        })),
        // The ladder
        "apply" | "enter_interviewer_application" => body(applicant()),
        "accept_application" => body(json!({"level": 2, "pay_currency": "INR"})),
        "reject_application" | "reveal_payout_account" | "end_shadowing" => body(reason),
        "update_interviewer_profile" => body(json!({"interviewing_months": 30})),
        "put_interviewer_cv" => body(json!({"content": super::around::cv()})),
        "put_payout_account" => body(json!({
            "holder": "Nila Bose", "account_number": "50100099999999", "ifsc": "HDFC0001234", "pan": "ABCPE1234F",
        })),
        "certify_interviewer" => {
            body(json!({"specialisation": "backend", "level": 1, "reason": "certified elsewhere"}))
        }
        "withdraw_certification" => query("reason=complaints"),
        "give_notice" => body(json!({"reason": "a new job", "confirmed_interviews": "finish"})),
        // The interviewer has given none: 409 is for those who may.
        "take_back_notice" => and_on(body(Value::Null), "of one who has given it", "mentor"),
        "start_shadowing" => body(json!({
            "interviewer_id": "$learner", "mentor_id": "$interviewer", "specialisation": "backend", "level": 1,
        })),
        "change_mentor" => body(json!({"mentor_id": "$mentor"})),
        "sign_off_shadowing" => body(json!({"note": "Asks openly."})),
        "plan_shadowing_session" => body(json!({"interview_id": "$interview", "kind": "observed"})),
        "settle_shadowing_session" => on("shadowing_session_over", json!({"attended": true})),
        "get_observed_interview" => and_on(body(Value::Null), "as the learner", "session_learning"),
        // Operations
        "acknowledge_desk_entry" => body(json!({"subject": "$background_job", "reason": "sent by hand"})),
        "report_deploy" => body(json!({"outcome": "finished", "release": "0.2.0"})),
        "retry_background_jobs" => body(reason),
        "resend_invitations" => on("interview_open", reason),
        "resend_scheduling_link" => body(reason),
        "set_meeting_link" => {
            body(json!({"url": "https://meet.example/abc", "reason": "the provider is down"}))
        }
        "extend_feedback" => on(
            "interview_ended",
            json!({"until": "2026-01-07T08:00:00Z", "reason": "the interviewer was ill"}),
        ),
        "correct_outcome" => {
            on("interview_no_show", json!({"outcome": "interviewer_no_show", "reason": "the log shows it"}))
        }
        "open_contest" => {
            let contest = |about: &str| json!({"about": about, "reason": "it was not so"});
            let tries = on("interview_completed", contest("outcome"));
            and(and(tries, "the charge", contest("charge")), "the earning", contest("earning"))
        }
        "get_contest" => and_on(body(Value::Null), "the interviewer's", "contest_of_interviewer"),
        "decide_contest" => and(
            and(
                body(json!({"verdict": "rejected", "answer": "The log says so."})),
                "with an outcome",
                json!({"verdict": "upheld", "answer": "You are right.", "outcome": "interviewer_no_show"}),
            ),
            "with an amount",
            json!({"verdict": "upheld", "answer": "You are right.", "credit_minor": 100}),
        ),
        // Scheduling
        "hold_start" => body(json!({"start": "2026-01-08T08:00:00Z"})),
        "why_not" => query("start=2026-01-08T08:00:00Z"),
        "request_interview" => {
            body(json!({"application_id": "$application", "start": "2026-01-08T10:00:00Z"}))
        }
        "reschedule_interview" => body(json!({"start": "2026-01-08T10:00:00Z", "late_ok": true})),
        "cancel_interview" => body(json!({"late_ok": true})),
        "assign_interviewer" => {
            on("interview_open", json!({"interviewer_id": "$interviewer", "reason": "asked for"}))
        }
        "release_interviewer" => body(reason),
        "withdraw_interviewer" => body(json!({})),
        "decline_invitation" => body(json!({})),
        "end_interview" => on("interview_running", Value::Null),
        "interrupt_interview" => on("interview_running", json!({})),
        "report_no_show" => and(
            on("interview_running", json!({"who": "interviewer"})),
            "of the candidate",
            json!({"who": "candidate"}),
        ),
        "close_interview" => {
            on("interview_ended", json!({"closing": "completed", "reason": "told on the phone"}))
        }
        "request_redo" => on("interview_completed", reason),
        // Feedback
        "get_scorecard" => on("interview_ended", Value::Null),
        "submit_scorecard" => on("interview_ended", scorecard()),
        "save_scorecard_draft" => on("interview_ended", json!({"strengths": "Clear"})),
        "correct_scorecard" => {
            on("interview_completed", json!({"body": scorecard(), "reason": "a question was missing"}))
        }
        "add_attachment" => file(on("interview_ended", Value::Null)),
        "remove_attachment" => on("interview_ended", Value::Null),
        "get_attachment" => {
            let mut tries = on("interview_ended", Value::Null);
            let path: &'static [(&str, &str)] = &[("id", "interview_completed"), ("file_id", "file_filed")];
            tries.push(Try { variant: "filed", path, ..Try::default() });
            tries
        }
        "get_result" => on("interview_completed", Value::Null),
        // Events, product feedback
        "list_audit_entries" => query("subject=$job"),
        "list_events" => {
            let mut tries = query("client_id=$client");
            tries.push(Try { variant: "the operator's", ..Try::default() });
            tries
        }
        "give_product_feedback" => body(json!({"kind": "bug", "priority": "low", "text": "It forgets."})),
        // Links
        "link_hold" => body(json!({"start": "2026-01-08T08:00:00Z"})),
        "link_request" => body(json!({"hold_id": "$hold", "consents": {"recording": true}})),
        "link_consents" => body(json!({"recording": true})),
        "link_reschedule" => body(json!({"start": "2026-01-08T10:00:00Z", "late_ok": true})),
        "link_cancel" => body(json!({"late_ok": true})),
        "link_decline" | "link_withdraw" | "link_interrupt" | "link_no_show" => body(json!({})),
        "link_contest" => body(json!({"about": "outcome", "reason": "it was not so"})),
        "link_add_attachment" => file(body(Value::Null)),
        "link_rate" => body(json!({"stars": 5})),
        "link_set_password" => body(json!({"password": "battery staple"})),
        "link_submit_scorecard" => body(scorecard()),
        "link_save_draft" => body(json!({"strengths": "Clear"})),
        _ => vec![Try::default()],
    }
}

/// The thing of the staged world that a path parameter names, from what stands before it.
pub fn thing(before: &str, parameter: &str) -> Option<&'static str> {
    Some(match (before, parameter) {
        (_, "currency") => "INR",
        ("clients", _) => "$client",
        ("api-keys", _) => "$api_key",
        ("users", _) => "$user",
        ("sign-ins", _) => "$sign_in",
        ("jobs", _) => "$job",
        ("rounds", _) => "$round",
        ("candidates", _) => "$candidate",
        ("applications", _) => "$application",
        ("interviewers", _) => "$interviewer",
        ("availability", _) => "$availability",
        ("interviews", _) => "$interview",
        ("invitations", _) => "$invitation",
        ("background-jobs", _) => "$background_job",
        ("product-feedback", _) => "$product_feedback",
        ("links", _) => "$link",
        ("agencies", _) => "$agency",
        ("attachments", _) => "$file",
        ("certifications" | "specialisations", _) => "backend",
        ("skills", _) => "kubernetes",
        ("charges", _) => "$charge",
        ("client-contacts", _) => "$client_contact",
        ("contests", _) => "$contest",
        ("departments", _) => "$department",
        ("desk", _) => "dead_jobs",
        ("interviewer-applications", _) => "$interviewer_application",
        ("shadowings", _) => "$shadowing",
        ("shadowing-sessions", _) => "$shadowing_session",
        _ => return None,
    })
}

/// Operations that answer nobody with 2xx, and why that is right.
pub const SUCCEEDS_FOR_NOBODY: &[(&str, &str)] = &[];
