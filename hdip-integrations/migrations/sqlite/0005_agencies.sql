-- Agencies, who was first with whom, search.

CREATE TABLE "agencies" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "live_key" TEXT UNIQUE,
    "created_at" INTEGER NOT NULL,
    "ended_at" INTEGER,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "agencies_1" ON "agencies" ("client_id", "id");

-- What was a name becomes an agency. Names that differ in case only are one. Hex digits are letters of our ids.
INSERT INTO "agencies" ("id", "client_id", "name", "status", "live_key", "created_at", "ended_at", "version")
SELECT 'agcy_0' || lower(hex(randomblob(12))) || '0', MIN("client_id"), MIN("name"), 'active', "live_key",
    MIN("created_at"), NULL, 1
FROM (
    SELECT "client_id", TRIM("agency") AS "name", "client_id" || ':' || LOWER(TRIM("agency")) AS "live_key", "created_at"
    FROM (
        SELECT "client_id", "agency", "created_at" FROM "users" WHERE "agency" IS NOT NULL AND "client_id" IS NOT NULL
        UNION ALL SELECT "client_id", "agency", "created_at" FROM "candidates" WHERE "agency" IS NOT NULL
        UNION ALL SELECT "client_id", "agency", "created_at" FROM "applications" WHERE "agency" IS NOT NULL
    ) AS "written"
) AS "named"
GROUP BY "live_key";

ALTER TABLE "users" RENAME COLUMN "agency" TO "agency_id";
ALTER TABLE "candidates" RENAME COLUMN "agency" TO "agency_id";
ALTER TABLE "applications" RENAME COLUMN "agency" TO "agency_id";

UPDATE "users" SET "agency_id" = (SELECT "id" FROM "agencies"
    WHERE "live_key" = "users"."client_id" || ':' || LOWER(TRIM("users"."agency_id")))
WHERE "agency_id" IS NOT NULL;

UPDATE "candidates" SET "agency_id" = (SELECT "id" FROM "agencies"
    WHERE "live_key" = "candidates"."client_id" || ':' || LOWER(TRIM("candidates"."agency_id")))
WHERE "agency_id" IS NOT NULL;

UPDATE "applications" SET "agency_id" = (SELECT "id" FROM "agencies"
    WHERE "live_key" = "applications"."client_id" || ':' || LOWER(TRIM("applications"."agency_id")))
WHERE "agency_id" IS NOT NULL;

CREATE INDEX "users_agency" ON "users" ("agency_id", "id");

CREATE INDEX "candidates_agency" ON "candidates" ("agency_id", "id");

CREATE INDEX "applications_agency" ON "applications" ("agency_id", "id");

-- The id is the job and the hash of an address or phone: one owner each.
CREATE TABLE "submission_ownerships" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "agency_id" TEXT,
    "owned_until" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("application_id") REFERENCES "applications" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- 90 days from submission, as the policy was. Closed applications gave their keys up.
INSERT INTO "submission_ownerships" ("id", "client_id", "job_id", "application_id", "agency_id", "owned_until", "version")
SELECT "live_key", "client_id", "job_id", "id", "agency_id", "created_at" + 7776000000000, 1
FROM "applications" WHERE "live_key" IS NOT NULL
UNION ALL
SELECT "live_phone_key", "client_id", "job_id", "id", "agency_id", "created_at" + 7776000000000, 1
FROM "applications" WHERE "live_phone_key" IS NOT NULL;

CREATE TABLE "submission_attempts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "application_id" TEXT NOT NULL,
    "agency_id" TEXT,
    "source" TEXT NOT NULL,
    "accepted" INTEGER NOT NULL,
    "matched_by" TEXT,
    "times" INTEGER NOT NULL,
    "first_at" INTEGER NOT NULL,
    "last_at" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("application_id") REFERENCES "applications" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "submission_attempts_1" ON "submission_attempts" ("application_id", "id");

CREATE INDEX "submission_attempts_2" ON "submission_attempts" ("job_id", "id");

INSERT INTO "submission_attempts" ("id", "client_id", "job_id", "application_id", "agency_id", "source", "accepted",
    "matched_by", "times", "first_at", "last_at", "natural_key", "version")
SELECT 'satt_' || SUBSTR("id", 6), "client_id", "job_id", "id", "agency_id", "source", 1, NULL, 1, "created_at",
    "created_at", "id" || ':' || COALESCE("agency_id", "source") || ':accepted', 1
FROM "applications";

-- What records are found by. Written with them; `hdip-server search rebuild` writes what was there before.
CREATE TABLE "search_tokens" (
    "source" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "client_id" TEXT,
    "agency_id" TEXT,
    "job_id" TEXT,
    "inner" INTEGER NOT NULL,
    PRIMARY KEY ("source", "token")
) STRICT, WITHOUT ROWID;

CREATE INDEX "search_tokens_1" ON "search_tokens" ("client_id", "token", "subject");

CREATE INDEX "search_tokens_2" ON "search_tokens" ("token", "subject");
