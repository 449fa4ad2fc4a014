-- Counter-entries, free interviews, contests, acknowledgements, attachments.

ALTER TABLE "charges" ADD COLUMN "grant_id" TEXT;
ALTER TABLE "charges" ADD COLUMN "counters_id" TEXT;
ALTER TABLE "charges" ADD COLUMN "cause" TEXT;
ALTER TABLE "earnings" ADD COLUMN "counters_id" TEXT;
ALTER TABLE "earnings" ADD COLUMN "cause" TEXT;
ALTER TABLE "scorecards" ADD COLUMN "attachments" TEXT NOT NULL DEFAULT '[]';

CREATE TABLE "contests" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "interviewer_id" TEXT,
    "party" TEXT NOT NULL,
    "opened_by" TEXT NOT NULL,
    "user_id" TEXT,
    "about" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "answer" TEXT,
    "decided_by" TEXT,
    "decided_at" INTEGER,
    "live_key" TEXT UNIQUE,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "interview_id") REFERENCES "interviews" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "contests_1" ON "contests" ("state", "id");
CREATE INDEX "contests_2" ON "contests" ("interview_id", "state");
CREATE INDEX "contests_3" ON "contests" ("client_id", "id");
CREATE INDEX "contests_4" ON "contests" ("interviewer_id", "id");

CREATE TABLE "grants" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "used" INTEGER NOT NULL,
    "expires_at" INTEGER,
    "reason" TEXT NOT NULL,
    "granted_by" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "grants_1" ON "grants" ("client_id", "id");

CREATE TABLE "acknowledgements" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "queue" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "reason" TEXT NOT NULL,
    "acknowledged_by" TEXT NOT NULL,
    "acknowledged_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE INDEX "acknowledgements_1" ON "acknowledgements" ("subject", "queue");

CREATE INDEX "background_jobs_4" ON "background_jobs" ("kind", "state", "id");
CREATE INDEX "audit_2" ON "audit" ("client_id", "id");
CREATE INDEX "audit_3" ON "audit" ("actor", "id");
CREATE INDEX "audit_4" ON "audit" ("at");
