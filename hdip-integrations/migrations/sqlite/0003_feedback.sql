CREATE TABLE "rubrics" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "skills" TEXT NOT NULL,
    "evaluation_rows" TEXT NOT NULL,
    "questions" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id", "round_id") REFERENCES "rounds" ("client_id", "id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "rubrics_1" ON "rubrics" ("round_id", "number");

CREATE TABLE "scorecards" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "interviewer_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "state" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "reason" TEXT,
    "reference_at" INTEGER,
    "deduction" TEXT,
    "submitted_at" INTEGER,
    "saved_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interview_id") REFERENCES "interviews" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("interviewer_id") REFERENCES "interviewers" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "scorecards_1" ON "scorecards" ("interview_id", "number");

CREATE TABLE "ratings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "interview_id" TEXT NOT NULL,
    "interviewer_id" TEXT NOT NULL,
    "candidate_id" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "stars" INTEGER NOT NULL,
    "comment" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("interview_id") REFERENCES "interviews" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "ratings_1" ON "ratings" ("interviewer_id", "id");
