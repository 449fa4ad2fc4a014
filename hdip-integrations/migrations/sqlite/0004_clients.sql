-- Clients: status with reason and date, tax numbers, address, billing mode, logo; people at a client; departments.

ALTER TABLE "clients" ADD COLUMN "status_reason" TEXT;
ALTER TABLE "clients" ADD COLUMN "status_at" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "clients" ADD COLUMN "signed_on" TEXT;
ALTER TABLE "clients" ADD COLUMN "domain" TEXT;
ALTER TABLE "clients" ADD COLUMN "gstin" TEXT;
ALTER TABLE "clients" ADD COLUMN "pan" TEXT;
ALTER TABLE "clients" ADD COLUMN "address" TEXT;
ALTER TABLE "clients" ADD COLUMN "billing_mode" TEXT NOT NULL DEFAULT 'postpaid';
ALTER TABLE "clients" ADD COLUMN "free_interviews" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "clients" ADD COLUMN "logo_file_id" TEXT;
ALTER TABLE "clients" ADD COLUMN "logo_type" TEXT;

UPDATE "clients" SET "status_at" = "created_at";

CREATE TABLE "client_contacts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "phone" TEXT,
    "designation" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "client_contacts_1" ON "client_contacts" ("client_id", "id");

CREATE TABLE "departments" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "departments_1" ON "departments" ("client_id", "id");

-- Departments that jobs name already. Their ids are those of the first job that names them.
INSERT INTO "departments" ("id", "client_id", "name", "natural_key", "created_at", "version")
SELECT 'dept_' || SUBSTR(MIN("id"), 5), MIN("client_id"), MIN("department"), "natural_key", MIN("created_at"), 1
FROM (
    SELECT "id", "client_id", TRIM("department") AS "department", "created_at",
        "client_id" || ':' || LOWER(TRIM("department")) AS "natural_key"
    FROM "jobs" WHERE "department" IS NOT NULL
) AS "named"
GROUP BY "natural_key";

CREATE INDEX "applications_recruiter" ON "applications" ("recruiter_id", "id");
