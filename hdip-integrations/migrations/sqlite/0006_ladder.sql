-- The interviewer's ladder. Certifications are per specialisation: whoever interviewed until now is certified for its
-- specialisations at its level, as matching took it to be.
ALTER TABLE "interviewers" ADD COLUMN "certifications" TEXT NOT NULL DEFAULT '{}';

ALTER TABLE "interviewers" ADD COLUMN "leaves_at" INTEGER;

-- ["backend","mobile"] at level 4 becomes {"backend":4,"mobile":4}; slugs have neither commas nor quotes.
UPDATE "interviewers" SET "certifications" = '{' || REPLACE(
    SUBSTR("specialisations", 2, LENGTH("specialisations") - 2), ',', ':' || "level" || ','
) || ':' || "level" || '}'
WHERE "status" IN ('certified', 'mentor', 'suspended') AND "specialisations" <> '[]';

CREATE INDEX "interviewers_2" ON "interviewers" ("phone");

CREATE TABLE "catalogues" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "entries" TEXT NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "interviewer_applications" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "source" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "phone" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "experience_months" INTEGER NOT NULL,
    "interviewing_months" INTEGER NOT NULL,
    "specialisations" TEXT NOT NULL,
    "skills" TEXT NOT NULL,
    "current_company" TEXT,
    "previous_companies" TEXT NOT NULL,
    "designation" TEXT,
    "links" TEXT NOT NULL,
    "cv_file_id" TEXT,
    "cv_type" TEXT,
    "status" TEXT NOT NULL,
    "decided_at" INTEGER,
    "decided_by" TEXT,
    "reason" TEXT,
    "interviewer_id" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "interviewer_applications_1" ON "interviewer_applications" ("status", "id");

CREATE INDEX "interviewer_applications_2" ON "interviewer_applications" ("email_key");

CREATE INDEX "interviewer_applications_3" ON "interviewer_applications" ("phone");

CREATE INDEX "interviewer_applications_4" ON "interviewer_applications" ("cv_file_id");

CREATE TABLE "interviewer_profiles" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "interviewing_months" INTEGER NOT NULL,
    "links" TEXT NOT NULL,
    "cv_file_id" TEXT,
    "cv_type" TEXT,
    "updated_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE "payout_accounts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "account_last4" TEXT NOT NULL,
    "bank_code_last4" TEXT NOT NULL,
    "pan_last4" TEXT,
    "gstin_last4" TEXT,
    "updated_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE "ladder_steps" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "interviewer_id" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "status_from" TEXT NOT NULL,
    "status_to" TEXT NOT NULL,
    "specialisation" TEXT,
    "level" INTEGER,
    "actor" TEXT NOT NULL,
    "reason" TEXT,
    "at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "ladder_steps_1" ON "ladder_steps" ("interviewer_id", "id");

CREATE TABLE "shadowings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "interviewer_id" TEXT NOT NULL,
    "mentor_id" TEXT NOT NULL,
    "specialisation" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "live_key" TEXT UNIQUE,
    "note" TEXT,
    "ended_at" INTEGER,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("mentor_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "shadowings_1" ON "shadowings" ("interviewer_id", "id");

CREATE INDEX "shadowings_2" ON "shadowings" ("mentor_id", "id");

CREATE TABLE "shadowing_sessions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "shadowing_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "shadower_id" TEXT NOT NULL,
    "lead_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "live_key" TEXT UNIQUE,
    "settled_at" INTEGER,
    "note" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("shadowing_id") REFERENCES "shadowings" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interview_id") REFERENCES "interviews" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("shadower_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("lead_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "shadowing_sessions_1" ON "shadowing_sessions" ("shadowing_id", "id");

CREATE INDEX "shadowing_sessions_2" ON "shadowing_sessions" ("shadower_id", "end");
