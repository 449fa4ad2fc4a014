-- Accounts: links of users, who may belong to no client and whose links are good once; changes of address,
-- accepted terms, notification preferences, feedback about the product.

-- SQLite cannot take NOT NULL away from a column: the table is made anew, with its rows.
CREATE TABLE "links_new" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "purpose" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "revoked_at" INTEGER,
    "used_at" INTEGER,
    "created_at" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "version" INTEGER NOT NULL
) STRICT;

INSERT INTO "links_new" ("id", "client_id", "purpose", "subject", "party", "generation", "expires_at",
    "revoked_at", "used_at", "created_at", "natural_key", "version")
SELECT "id", "client_id", "purpose", "subject", "party", "generation", "expires_at",
    "revoked_at", NULL, "created_at", "natural_key", "version"
FROM "links";

DROP TABLE "links";

ALTER TABLE "links_new" RENAME TO "links";

CREATE TABLE "email_changes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "new_email" TEXT NOT NULL,
    "old_email" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "sign_in_id" TEXT NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "live_key" TEXT UNIQUE,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "email_changes_1" ON "email_changes" ("user_id");

CREATE TABLE "terms_acceptances" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "terms_version" TEXT NOT NULL,
    "accepted_at" INTEGER NOT NULL,
    "natural_key" TEXT NOT NULL UNIQUE,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "terms_acceptances_1" ON "terms_acceptances" ("user_id", "id");

-- The id is the user's.
CREATE TABLE "notification_preferences" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email_off" TEXT NOT NULL,
    "updated_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE "product_feedback" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT,
    "user_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "priority" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "screenshot_file_id" TEXT,
    "screenshot_type" TEXT,
    "status" TEXT NOT NULL,
    "answered_at" INTEGER,
    "answered_by" TEXT,
    "created_at" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX "product_feedback_1" ON "product_feedback" ("status", "id");
