-- Indexes of listings that had to look at every row, found by the test that reads the plan of every query.

-- The operator's staff.
CREATE INDEX "users_by_role" ON "users" ("role", "id");

-- Pages of a client's candidates.
CREATE INDEX "candidates_by_client" ON "candidates" ("client_id", "id");

-- Pages of the operator, who has no client.
CREATE INDEX "applications_by_status" ON "applications" ("status", "id");
CREATE INDEX "applications_by_reference" ON "applications" ("ats_reference");
CREATE INDEX "jobs_by_status" ON "jobs" ("status", "id");
CREATE INDEX "jobs_by_external_id" ON "jobs" ("external_id");

-- A calendar's weeks.
CREATE INDEX "interviews_by_start" ON "interviews" ("start");
CREATE INDEX "interviews_by_client_and_start" ON "interviews" ("client_id", "start");

-- How often somebody was confirmed lately.
CREATE INDEX "interviews_by_confirmation" ON "interviews" ("interviewer_id", "confirmed_at");

CREATE INDEX "background_jobs_by_kind" ON "background_jobs" ("kind", "id");

-- Whose clients somebody looks after.
CREATE INDEX "clients_by_manager" ON "clients" ("account_manager_id", "id");

-- What is observed in a range of time, by whomever.
CREATE INDEX "shadowing_sessions_by_end" ON "shadowing_sessions" ("end");

-- The audit trail by what was done.
CREATE INDEX "audit_by_action" ON "audit" ("action", "id");
