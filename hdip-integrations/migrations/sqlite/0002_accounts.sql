-- Accounts: links of users, who may belong to no client and whose links are good once; changes of address.

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
) STRICT, WITHOUT ROWID;

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
) STRICT, WITHOUT ROWID;

CREATE INDEX "email_changes_1" ON "email_changes" ("user_id");
