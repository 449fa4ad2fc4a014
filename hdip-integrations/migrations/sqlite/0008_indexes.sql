-- Indexes of listings that had to look at every row, found by the test that reads the plan of every query.

-- The operator's staff.
CREATE INDEX "users_3" ON "users" ("role", "id");

-- Pages of a client's candidates, all of them or an agency's.
CREATE INDEX "candidates_4" ON "candidates" ("client_id", "id");
CREATE INDEX "candidates_5" ON "candidates" ("client_id", "agency", "id");
CREATE INDEX "applications_5" ON "applications" ("client_id", "agency", "id");

-- Pages of the operator, who has no client.
CREATE INDEX "applications_6" ON "applications" ("status", "id");
CREATE INDEX "applications_7" ON "applications" ("ats_reference");
CREATE INDEX "jobs_2" ON "jobs" ("status", "id");
CREATE INDEX "jobs_3" ON "jobs" ("external_id");

-- A calendar's weeks.
CREATE INDEX "interviews_7" ON "interviews" ("start");
CREATE INDEX "interviews_8" ON "interviews" ("client_id", "start");

-- How often somebody was confirmed lately, and did not come.
CREATE INDEX "interviews_9" ON "interviews" ("interviewer_id", "confirmed_at");

CREATE INDEX "background_jobs_4" ON "background_jobs" ("kind", "id");
