//! One schema, said in three ways.

use hdip_integrations::storage::sql::schema::{Target, migrations, statements, translate};

const MYSQL: Target<'static> = Target::Mysql { collation: "utf8mb4_nopad_bin" };

fn said(sources: &[&str], target: Target<'_>) -> Result<Vec<String>, String> {
    let sources: Vec<_> = (1..).zip(sources.iter().copied()).collect();
    Ok(translate(&sources, target)?.into_iter().flat_map(|(_, statements)| statements).collect())
}

/// Whatever is written next is portable too, or this fails and says why.
#[test]
fn every_migration_can_be_said_to_every_database() {
    for target in [MYSQL, Target::Postgres] {
        let all = migrations(target).unwrap();
        assert!(all.len() >= 3);
        for statement in all.iter().flat_map(|(_, statements)| statements) {
            assert!(!statement.contains("STRICT") && !statement.contains(';'), "{statement}");
        }
    }
}

#[test]
fn a_table_is_said_in_each_databases_words() {
    let source = r#"-- A table; with a comment.
        CREATE TABLE "links" (
            "id" TEXT NOT NULL PRIMARY KEY,
            "client_id" TEXT,
            "note" TEXT NOT NULL DEFAULT 'a, b; (c)',
            "natural_key" TEXT UNIQUE,
            "count" INTEGER NOT NULL DEFAULT 0,
            FOREIGN KEY ("client_id") REFERENCES "clients" ("id") DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX "links_1" ON "links" ("client_id", "id");"#;
    assert_eq!(
        said(&[source], MYSQL).unwrap(),
        [
            "CREATE TABLE \"links\" (\n    \"id\" VARCHAR(255) NOT NULL PRIMARY KEY,\n    \"client_id\" VARCHAR(255),\n    \
            \"note\" LONGTEXT NOT NULL DEFAULT ('a, b; (c)'),\n    \"natural_key\" VARCHAR(700) UNIQUE,\n    \
            \"count\" BIGINT NOT NULL DEFAULT 0\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE \
            utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC",
            "CREATE INDEX \"links_1\" ON \"links\" (\"client_id\", \"id\")",
        ]
    );
    assert_eq!(
        said(&[source], Target::Postgres).unwrap()[0],
        "CREATE TABLE \"links\" (\n    \"id\" TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,\n    \"client_id\" TEXT COLLATE \"C\",\n    \
        \"note\" TEXT COLLATE \"C\" NOT NULL DEFAULT 'a, b; (c)',\n    \"natural_key\" TEXT COLLATE \"C\" UNIQUE,\n    \
        \"count\" BIGINT NOT NULL DEFAULT 0\n)"
    );
}

/// At the end of its migration, when what it refers to is there; and again, when a table takes the place of the one
/// it referred to.
#[test]
fn a_foreign_key_is_said_last() {
    let first = r#"CREATE TABLE "a" ("id" TEXT PRIMARY KEY, "b" TEXT,
            FOREIGN KEY ("b") REFERENCES "b" ("id") DEFERRABLE INITIALLY DEFERRED) STRICT;
        CREATE TABLE "b" ("id" TEXT PRIMARY KEY) STRICT;"#;
    let second = r#"CREATE TABLE "b_new" ("id" TEXT PRIMARY KEY) STRICT;
        DROP TABLE "b";
        ALTER TABLE "b_new" RENAME TO "b";"#;
    let key = r#"ALTER TABLE "a" ADD FOREIGN KEY ("b") REFERENCES "b" ("id") DEFERRABLE INITIALLY DEFERRED"#;
    let all = said(&[first, second], Target::Postgres).unwrap();
    assert_eq!((&*all[3], &*all[5], &*all[8]), (key, r#"DROP TABLE "b" CASCADE"#, key));
    assert_eq!((&*all[2], &*all[7], all.len()), ("SET CONSTRAINTS ALL IMMEDIATE", &*all[2], 9));
    assert!(!said(&[first, second], MYSQL).unwrap().join(";").contains("FOREIGN"));
}

/// A flag is one by the type of its field, also while its table has another name, and when it is added later.
#[test]
fn a_flag_is_a_small_number() {
    let source = r#"CREATE TABLE "clients_new" ("agencies_see_results" INTEGER NOT NULL, "level" INTEGER) STRICT;
        ALTER TABLE "clients_new" RENAME TO "clients";
        ALTER TABLE "clients" ADD COLUMN "candidate_may_reschedule" INTEGER NOT NULL DEFAULT 1;"#;
    for target in [MYSQL, Target::Postgres] {
        let said = said(&[source], target).unwrap();
        assert!(said[0].contains(r#""agencies_see_results" SMALLINT NOT NULL"#), "{}", said[0]);
        assert!(said[0].contains(r#""level" BIGINT"#), "{}", said[0]);
        assert_eq!(
            said[2],
            r#"ALTER TABLE "clients" ADD COLUMN "candidate_may_reschedule" SMALLINT NOT NULL DEFAULT 1"#
        );
    }
}

/// In MySQL such a column gets a length first; what the earlier migration says stays the same, because it has
/// been applied.
#[test]
fn an_index_may_come_later_than_its_column() {
    let (first, later) = (
        r#"CREATE TABLE "t" ("id" TEXT NOT NULL PRIMARY KEY, "a" TEXT NOT NULL) STRICT;"#,
        r#"CREATE INDEX "t_1" ON "t" ("a", "id");"#,
    );
    let alone = said(&[first], MYSQL).unwrap();
    let both = said(&[first, later], MYSQL).unwrap();
    assert_eq!(both[..1], alone);
    assert_eq!(both[1], r#"ALTER TABLE "t" MODIFY COLUMN "a" VARCHAR(255) NOT NULL"#);
    assert_eq!(said(&[first, later], Target::Postgres).unwrap()[1], later.trim_end_matches(';'));
}

/// A column that gets a new name keeps what it is; ids of rows that a migration adds are random everywhere.
#[test]
fn columns_are_renamed_and_rows_get_ids() {
    let source = r#"CREATE TABLE "t" ("id" TEXT PRIMARY KEY, "a" TEXT NOT NULL) STRICT;"#;
    let later = r#"ALTER TABLE "t" RENAME COLUMN "a" TO "b";
        CREATE INDEX "t_1" ON "t" ("b");
        INSERT INTO "t" ("id", "b") SELECT 'x_' || lower(hex(randomblob(12))) || '0', "id" FROM "t" WHERE "b" = 'é';"#;
    let mysql = said(&[source, later], MYSQL).unwrap();
    assert_eq!(mysql[1], r#"ALTER TABLE "t" RENAME COLUMN "a" TO "b""#);
    assert_eq!(mysql[2], r#"ALTER TABLE "t" MODIFY COLUMN "b" VARCHAR(255) NOT NULL"#);
    assert!(mysql[4].contains("'x_' || LEFT(REPLACE(UUID(), '-', ''), 24) || '0'"), "{}", mysql[4]);
    let postgres = said(&[source, later], Target::Postgres).unwrap();
    assert!(
        postgres[3].contains("LEFT(REPLACE(CAST(GEN_RANDOM_UUID() AS TEXT), '-', ''), 24)"),
        "{}",
        postgres[3]
    );
}

#[test]
fn what_is_not_portable_is_refused_by_name() {
    let table = r#"CREATE TABLE "t" ("a" TEXT) STRICT;"#;
    for (wrong, why) in [
        (r#"CREATE TABLE "u" ("a" BLOB) STRICT"#, "neither TEXT nor INTEGER"),
        (r#"CREATE TABLE "u" ("a" TEXT, CHECK ("a" <> ''))"#, "neither a column nor a key"),
        ("PRAGMA foreign_keys = OFF", "not a statement every database has"),
        (r#"ALTER TABLE "t" DROP COLUMN "a""#, "only ADD COLUMN, RENAME COLUMN"),
        (r#"DROP INDEX "t_1""#, "said differently everywhere"),
        (r#"CREATE INDEX "u_1" ON "u" ("a")"#, "no such table"),
        (r#"CREATE INDEX "t_1" ON "t" ("b")"#, "no such column"),
    ] {
        let error = said(&[table, wrong], Target::Postgres).unwrap_err();
        assert!(error.contains(why) && error.starts_with("migration 2"), "{error}");
    }
}

#[test]
fn a_script_is_split_at_its_semicolons_only() {
    let script = "-- one; two\nINSERT INTO \"a;b\" VALUES ('x;''y', '--');\n\n;UPDATE t SET a = 1 -- end\n";
    assert_eq!(statements(script), ["INSERT INTO \"a;b\" VALUES ('x;''y', '--')", "UPDATE t SET a = 1"]);
}
