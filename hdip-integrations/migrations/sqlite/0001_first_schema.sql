-- The first schema. Times are microseconds since 1970 (UTC); booleans 0 or 1; nested values JSON text.

CREATE TABLE "users" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "interviewer_id" TEXT,
    "agency" TEXT,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL UNIQUE,
    "password_hash" TEXT,
    "status" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "assigned_jobs_only" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE INDEX "users_1" ON "users" ("client_id", "id");

CREATE INDEX "users_2" ON "users" ("interviewer_id");

CREATE TABLE "sign_ins" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "refresh_hash" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "refreshed_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "ended_at" INTEGER,
    "ended_because" TEXT,
    "user_agent" TEXT,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "sign_ins_1" ON "sign_ins" ("user_id");

CREATE TABLE "login_throttles" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "failures" INTEGER NOT NULL,
    "window_from" INTEGER NOT NULL,
    "blocked_until" INTEGER,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "revoked_at" INTEGER,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "api_keys_1" ON "api_keys" ("client_id", "id");

CREATE TABLE "links" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "revoked_at" INTEGER,
    "created_at" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "clients" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "legal_name" TEXT NOT NULL,
    "brand" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "account_manager_id" TEXT NOT NULL,
    "blocked_interviewers" TEXT NOT NULL,
    "candidate_may_reschedule" INTEGER NOT NULL,
    "agencies_see_results" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "agreements" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "prices_minor" TEXT NOT NULL,
    "effective_from" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "agreements_1" ON "agreements" ("client_id", "effective_from");

CREATE TABLE "pay_tables" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "currency" TEXT NOT NULL,
    "pay_minor" TEXT NOT NULL,
    "late_minor" INTEGER NOT NULL,
    "effective_from" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE INDEX "pay_tables_1" ON "pay_tables" ("currency", "effective_from");

CREATE TABLE "policies" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "number" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "document" TEXT NOT NULL,
    "effective_from" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE INDEX "policies_1" ON "policies" ("client_id", "effective_from");

CREATE TABLE "jobs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "external_id" TEXT,
    "department" TEXT,
    "hiring_manager_id" TEXT,
    "recruiter_ids" TEXT NOT NULL,
    "experience_min_months" INTEGER NOT NULL,
    "experience_max_months" INTEGER NOT NULL,
    "positions" INTEGER NOT NULL,
    "specialisation" TEXT NOT NULL,
    "mandatory_skills" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "diversity_hiring" INTEGER NOT NULL,
    "recommended_score" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    UNIQUE ("client_id", "id"),
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "jobs_1" ON "jobs" ("client_id", "status", "id");

CREATE TABLE "rounds" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "duration_minutes" INTEGER NOT NULL,
    "guidelines" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    UNIQUE ("client_id", "id"),
    FOREIGN KEY ("client_id", "job_id") REFERENCES "jobs" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "rounds_1" ON "rounds" ("job_id", "position");

CREATE TABLE "candidates" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "phone" TEXT,
    "experience_months" INTEGER NOT NULL,
    "current_company" TEXT,
    "designation" TEXT,
    "zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "gender" TEXT,
    "agency" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    UNIQUE ("client_id", "id"),
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "candidates_1" ON "candidates" ("client_id", "email_key");

CREATE INDEX "candidates_2" ON "candidates" ("email_key");

CREATE INDEX "candidates_3" ON "candidates" ("client_id", "phone");

CREATE TABLE "applications" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "candidate_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "agency" TEXT,
    "recruiter_id" TEXT,
    "remark" TEXT,
    "ats_reference" TEXT,
    "reference_key" TEXT UNIQUE,
    "round_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "drop_reason" TEXT,
    "candidate_reschedules" INTEGER NOT NULL,
    "live_key" TEXT UNIQUE,
    "live_phone_key" TEXT UNIQUE,
    "held_from" TEXT,
    "rejected_by" TEXT,
    "decision_reason" TEXT,
    "status_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    UNIQUE ("client_id", "id"),
    FOREIGN KEY ("client_id", "job_id") REFERENCES "jobs" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("client_id", "candidate_id") REFERENCES "candidates" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("client_id", "round_id") REFERENCES "rounds" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "applications_1" ON "applications" ("client_id", "status", "id");

CREATE INDEX "applications_2" ON "applications" ("job_id", "status", "id");

CREATE INDEX "applications_3" ON "applications" ("candidate_id");

CREATE INDEX "applications_4" ON "applications" ("client_id", "ats_reference");

CREATE TABLE "consents" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "candidate_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "given" INTEGER NOT NULL,
    "notice_version" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "application_id") REFERENCES "applications" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "consents_1" ON "consents" ("application_id");

CREATE TABLE "interviewers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL UNIQUE,
    "phone" TEXT,
    "country" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "specialisations" TEXT NOT NULL,
    "skills" TEXT NOT NULL,
    "experience_months" INTEGER NOT NULL,
    "current_company" TEXT,
    "previous_companies" TEXT NOT NULL,
    "designation" TEXT,
    "weekly_cap" INTEGER NOT NULL,
    "minimum_gap_minutes" INTEGER NOT NULL,
    "pay_currency" TEXT NOT NULL,
    "rating_hundredths" INTEGER,
    "ratings" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE INDEX "interviewers_1" ON "interviewers" ("status");

CREATE TABLE "interviewer_schedules" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "confirmed_total" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "availabilities" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "interviewer_id" TEXT NOT NULL,
    "times" TEXT NOT NULL,
    "note" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "availabilities_1" ON "availabilities" ("interviewer_id");

CREATE TABLE "external_busies" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "spans" TEXT NOT NULL,
    "synced_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "holds" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hold_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    "demand" TEXT NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "application_id") REFERENCES "applications" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "holds_1" ON "holds" ("start");

CREATE INDEX "holds_2" ON "holds" ("expires_at");

CREATE TABLE "interviews" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "candidate_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    "interviewer_id" TEXT,
    "demand" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,
    "replacements" INTEGER NOT NULL,
    "replacing" INTEGER NOT NULL,
    "predecessor_id" TEXT,
    "successor_id" TEXT,
    "requested_by" TEXT NOT NULL,
    "requested_at" INTEGER NOT NULL,
    "confirmed_at" INTEGER,
    "state_at" INTEGER NOT NULL,
    "state_by" TEXT NOT NULL,
    "reason" TEXT,
    "ended_at" INTEGER,
    "feedback_extended_until" INTEGER,
    "meeting" TEXT NOT NULL,
    "calendar_sequence" INTEGER NOT NULL,
    "pins" TEXT NOT NULL,
    "live_key" TEXT UNIQUE,
    "version" INTEGER NOT NULL,
    UNIQUE ("client_id", "id"),
    FOREIGN KEY ("client_id", "application_id") REFERENCES "applications" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("client_id", "round_id") REFERENCES "rounds" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "interviews_1" ON "interviews" ("client_id", "state", "id");

CREATE INDEX "interviews_2" ON "interviews" ("job_id", "id");

CREATE INDEX "interviews_3" ON "interviews" ("application_id", "id");

CREATE INDEX "interviews_4" ON "interviews" ("candidate_id");

CREATE INDEX "interviews_5" ON "interviews" ("interviewer_id", "start");

CREATE INDEX "interviews_6" ON "interviews" ("state", "start");

CREATE TABLE "invitations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "interviewer_id" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "call" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "pay" TEXT NOT NULL,
    "answered_at" INTEGER,
    "decline_reason" TEXT,
    "conflict_of_interest" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "interview_id") REFERENCES "interviews" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "invitations_1" ON "invitations" ("interview_id");

CREATE INDEX "invitations_2" ON "invitations" ("interviewer_id", "state", "id");

CREATE TABLE "charges" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "amount" TEXT NOT NULL,
    "policy" TEXT,
    "outcome_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "interview_id") REFERENCES "interviews" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "charges_1" ON "charges" ("client_id", "id");

CREATE INDEX "charges_2" ON "charges" ("interview_id");

CREATE TABLE "earnings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interviewer_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "amount" TEXT NOT NULL,
    "policy" TEXT,
    "outcome_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "interview_id") REFERENCES "interviews" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "earnings_1" ON "earnings" ("interviewer_id", "id");

CREATE INDEX "earnings_2" ON "earnings" ("interview_id");

-- Time taken: one row per party and 5 minutes (microseconds since 1970 / 300,000,000).
CREATE TABLE "claimed_ticks" (
    "party" TEXT NOT NULL,
    "tick" INTEGER NOT NULL,
    "interview_id" TEXT NOT NULL,
    PRIMARY KEY ("party", "tick")
) STRICT, WITHOUT ROWID;
CREATE INDEX "claimed_ticks_1" ON "claimed_ticks" ("tick");

CREATE TABLE "stream_heads" (
    "stream" TEXT NOT NULL PRIMARY KEY,
    "position" INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE "events" (
    "stream" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "id" TEXT NOT NULL UNIQUE,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "subject" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "request_id" TEXT,
    "data" TEXT NOT NULL,
    PRIMARY KEY ("stream", "position")
) STRICT;

CREATE TABLE "background_jobs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "kind" TEXT NOT NULL,
    "cause" TEXT NOT NULL UNIQUE,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "due_at" INTEGER NOT NULL,
    "leased_until" INTEGER,
    "last_error" TEXT,
    "created_at" INTEGER NOT NULL,
    "finished_at" INTEGER,
    "request_id" TEXT
) STRICT;
CREATE INDEX "background_jobs_1" ON "background_jobs" ("state", "due_at");
CREATE INDEX "background_jobs_2" ON "background_jobs" ("state", "leased_until");
CREATE INDEX "background_jobs_3" ON "background_jobs" ("state", "finished_at");

CREATE TABLE "timers" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "due_at" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    PRIMARY KEY ("kind", "subject")
) STRICT, WITHOUT ROWID;
CREATE INDEX "timers_1" ON "timers" ("due_at");

CREATE TABLE "audit" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "at" INTEGER NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT,
    "changes" TEXT NOT NULL,
    "request_id" TEXT,
    "peer" TEXT
) STRICT;
CREATE INDEX "audit_1" ON "audit" ("subject", "id");

CREATE TABLE "idempotency" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "fingerprint" TEXT NOT NULL,
    "output" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL
) STRICT;
CREATE INDEX "idempotency_1" ON "idempotency" ("expires_at");
