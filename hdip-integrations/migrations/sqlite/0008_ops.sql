-- The trace of the commit, on what it left behind.
ALTER TABLE "events" ADD COLUMN "traceparent" TEXT;
ALTER TABLE "background_jobs" ADD COLUMN "traceparent" TEXT;
ALTER TABLE "timers" ADD COLUMN "traceparent" TEXT;

-- The health of the work: jobs that fail, by kind and error.
CREATE INDEX "background_jobs_5" ON "background_jobs" ("state", "kind", "id");

CREATE TABLE "alerts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "measured" INTEGER NOT NULL,
    "threshold" INTEGER NOT NULL,
    "live_key" TEXT UNIQUE,
    "opened_at" INTEGER NOT NULL,
    "over_at" INTEGER,
    "version" INTEGER NOT NULL
) STRICT;
