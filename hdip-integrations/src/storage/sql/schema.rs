//! The schema: written once, for SQLite, in `migrations/sqlite`, and said in the words of the other databases by
//! [`translate`], when it is applied. There is no second copy to keep in step; what `translate` does not
//! know it refuses, and a test compares the columns of every database with [`Table::spec`].
//!
//! A migration is forward-only and portable: tables and columns in double quotes, `TEXT` and `INTEGER`,
//! keys and indexes by column lists, `ALTER TABLE … ADD COLUMN`, `RENAME COLUMN` and `RENAME TO`, and statements on
//! rows that are the same everywhere; `lower(hex(randomblob(N)))` makes ids.
//!
//! | written | MySQL | PostgreSQL |
//! |---|---|---|
//! | `TEXT` in a key or index | `VARCHAR` by [`length`] | `TEXT COLLATE "C"` |
//! | other `TEXT` | `LONGTEXT` | `TEXT COLLATE "C"` |
//! | `INTEGER` | `BIGINT` | `BIGINT` |
//! | `INTEGER` that is a flag by [`Table::spec`] | `SMALLINT` | `SMALLINT` |
//! | `FOREIGN KEY … DEFERRABLE` | left out | at the end of the migration |
//! | `STRICT, WITHOUT ROWID` | engine, character set, collation | left out |
//!
//! MySQL has no foreign keys here because it checks them statement by statement: a commit of HDIP is whole
//! only at its end.

use hdip_core::ports::storage::{ColumnKind, Table};
use hdip_core::ports::{PortError, PortErrorKind};
use sqlx::migrate::Migrator;
use std::collections::{BTreeMap, BTreeSet};

/// What is written: see the module.
pub(in crate::storage) static SOURCE: Migrator = sqlx::migrate!("migrations/sqlite");

/// Applies migrations where a schema changes in a transaction. Those of a newer release only add, so that this one
/// goes on working beside it.
#[cfg(any(feature = "storage-sqlite", feature = "storage-postgres"))]
pub(in crate::storage) fn migrator(migrations: Vec<sqlx::migrate::Migration>) -> Migrator {
    let mut all = Migrator::with_migrations(migrations);
    all.set_ignore_missing(true);
    all
}

/// The migrations that are still to be applied, as version and description.
pub(in crate::storage) fn pending(applied: &BTreeSet<i64>) -> Vec<String> {
    let wanted = SOURCE.iter().filter(|migration| !applied.contains(&migration.version));
    wanted.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect()
}

/// The schema could not be brought up to date.
pub(in crate::storage) fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
    let what = "the schema could not be brought up to date";
    PortError::new(PortErrorKind::Rejected, "storage", "migrate", what).with_source(source)
}

/// Another database's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// MySQL and MariaDB, with the collation that compares bytes and does not pad: they name it differently.
    Mysql {
        /// Its name.
        collation: &'a str,
    },
    /// PostgreSQL.
    Postgres,
}

/// The statements of every migration, in order, in the words of `target`.
///
/// # Errors
/// The statement that is not portable, and why.
pub fn migrations(target: Target<'_>) -> Result<Vec<(i64, Vec<String>)>, String> {
    let sources: Vec<_> = SOURCE.iter().map(|m| (m.version, m.sql.as_str())).collect();
    translate(&sources, target)
}

/// The statements of these migrations, in order, in the words of `target`.
///
/// # Errors
/// The statement that is not portable, and why.
pub fn translate(sources: &[(i64, &str)], target: Target<'_>) -> Result<Vec<(i64, Vec<String>)>, String> {
    let mut schema =
        Schema { target, tables: BTreeMap::new(), finally: BTreeMap::new(), references: Vec::new() };
    let all: Vec<(i64, Vec<String>)> = sources.iter().map(|(v, sql)| (*v, statements(sql))).collect();
    // The name each table ends up with: flags are known by it.
    for statement in all.iter().flat_map(|(_, statements)| statements) {
        if let Some((from, to)) = renamed(statement) {
            schema.finally.insert(from, to);
        }
    }
    all.into_iter()
        .map(|(version, statements)| {
            let keyed = keyed(&statements);
            let mut said = Vec::new();
            for statement in &statements {
                let parts = schema.statement(statement, &keyed);
                said.extend(parts.map_err(|why| format!("migration {version}: {why}: {statement}"))?);
            }
            said.extend(schema.foreign_keys());
            Ok((version, said))
        })
        .collect()
}

/// Characters that a `VARCHAR` in a key has: three such columns fit into the 3072 bytes of an index of InnoDB at
/// four bytes each. Keys put together from several things are alone in theirs.
pub fn length(column: &str) -> u32 {
    match column {
        "cause" | "key" | "natural_key" | "live_key" | "live_phone_key" | "reference_key" => 700,
        _ => 255,
    }
}

/// Splits a script at its semicolons, without comments.
pub fn statements(sql: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut statement = String::new();
    let mut quote = None;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '-') if letters.peek() == Some(&'-') => {
                for comment in letters.by_ref() {
                    if comment == '\n' {
                        break;
                    }
                }
                statement.push('\n');
            }
            (None, ';') => all.push(std::mem::take(&mut statement)),
            (None, '\'' | '"') => {
                quote = Some(letter);
                statement.push(letter);
            }
            (Some(open), _) => {
                if letter == open {
                    quote = None;
                }
                statement.push(letter);
            }
            (None, _) => statement.push(letter),
        }
    }
    all.push(statement);
    all.iter().map(|statement| statement.trim().to_owned()).filter(|s| !s.is_empty()).collect()
}

/// What follows `words`, if the text begins with them, whatever their case and spacing.
fn after<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let mut rest = text;
    for word in words.split(' ') {
        rest = rest.trim_start();
        let (head, tail) = rest.split_at_checked(word.len())?;
        let ends = tail.chars().next().is_none_or(|next| !next.is_ascii_alphanumeric() && next != '_');
        if !head.eq_ignore_ascii_case(word) || !ends {
            return None;
        }
        rest = tail;
    }
    Some(rest.trim_start())
}

/// A name in double quotes, and what follows.
fn name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    Some((name, rest.trim_start()))
}

/// What is in the first parentheses, and what follows them.
fn parenthesised(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('(')?;
    let mut depth = 1;
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], text[at + 1..].trim_start()));
        }
    }
    None
}

/// Parts between commas that are in no parentheses and no text.
fn items(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts
}

/// The names in a list of columns.
fn names(list: &str) -> Vec<String> {
    items(list).into_iter().filter_map(|item| Some(name(item)?.0.to_owned())).collect()
}

fn renamed(statement: &str) -> Option<(String, String)> {
    let (from, rest) = name(after(statement, "ALTER TABLE")?)?;
    let (to, _) = name(after(rest, "RENAME TO")?)?;
    Some((from.to_owned(), to.to_owned()))
}

/// `CREATE [UNIQUE] INDEX "name" ON "table" (columns)`: table and columns.
fn index(statement: &str) -> Option<(&str, Vec<String>)> {
    let rest = after(statement, "CREATE INDEX").or_else(|| after(statement, "CREATE UNIQUE INDEX"))?;
    let (table, rest) = name(after(name(rest)?.1, "ON")?)?;
    Some((table, names(parenthesised(rest)?.0)))
}

/// Table and column of every column that some key or index of these statements has.
fn keyed(statements: &[String]) -> BTreeSet<(String, String)> {
    let mut keyed = BTreeSet::new();
    for statement in statements {
        if let Some((table, columns)) = index(statement) {
            keyed.extend(columns.into_iter().map(|column| (table.to_owned(), column)));
        }
        let Some((table, rest)) = after(statement, "CREATE TABLE").and_then(name) else { continue };
        for item in parenthesised(rest).map(|(body, _)| items(body)).unwrap_or_default() {
            let columns = match name(item) {
                Some((column, rest)) if rest.contains("PRIMARY KEY") || rest.contains("UNIQUE") => {
                    vec![column.to_owned()]
                }
                Some(_) => vec![],
                None => item
                    .split_once('(')
                    .and_then(|(_, list)| list.split_once(')'))
                    .map(|(list, _)| names(list))
                    .unwrap_or_default(),
            };
            keyed.extend(columns.into_iter().map(|column| (table.to_owned(), column)));
        }
    }
    for (from, to) in statements.iter().filter_map(|statement| renamed(statement)) {
        let of = |table: &str| {
            let columns = keyed.iter().filter(|(of, _)| of == table);
            columns.map(|(_, column)| column.clone()).collect::<Vec<_>>()
        };
        let both: Vec<_> = of(&from).into_iter().chain(of(&to)).collect();
        for column in both {
            keyed.insert((from.clone(), column.clone()));
            keyed.insert((to.clone(), column));
        }
    }
    keyed
}

/// A column as the migrations so far have left it.
#[derive(Debug, Clone)]
struct Made {
    /// `TEXT` without a length: of no use in a key of MySQL.
    long: bool,
    /// `NOT NULL`, a default.
    rest: String,
}

struct Schema<'a> {
    target: Target<'a>,
    tables: BTreeMap<String, BTreeMap<String, Made>>,
    finally: BTreeMap<String, String>,
    /// Table and words of every foreign key: said at the end of its migration, when what it refers to is there.
    references: Vec<Reference>,
}

struct Reference {
    table: String,
    words: String,
    said: bool,
}

impl Schema<'_> {
    fn statement(
        &mut self,
        statement: &str,
        keyed: &BTreeSet<(String, String)>,
    ) -> Result<Vec<String>, String> {
        if let Some((table, rest)) = after(statement, "CREATE TABLE").and_then(name) {
            return self.create(table, rest, keyed).map(|said| vec![said]);
        }
        if let Some((table, columns)) = index(statement) {
            return self.index(statement, table, &columns);
        }
        if let Some((from, to)) = renamed(statement) {
            let columns = self.tables.remove(&from).ok_or("no such table")?;
            for reference in self.references.iter_mut().filter(|reference| reference.table == from) {
                reference.table.clone_from(&to);
            }
            self.tables.insert(to, columns);
            return Ok(vec![statement.to_owned()]);
        }
        if let Some((table, rest)) = after(statement, "ALTER TABLE").and_then(name) {
            if let Some((from, to)) = after(rest, "RENAME COLUMN").and_then(name) {
                let (to, _) = after(to, "TO").and_then(name).ok_or("no new name")?;
                let columns = self.tables.get_mut(table).ok_or("no such table")?;
                let column = columns.remove(from).ok_or("no such column")?;
                columns.insert(to.to_owned(), column);
                return Ok(vec![statement.to_owned()]);
            }
            let column = after(rest, "ADD COLUMN")
                .ok_or("only ADD COLUMN, RENAME COLUMN and RENAME TO are portable")?;
            let column = self.column(table, column, keyed)?;
            return Ok(vec![format!("ALTER TABLE \"{table}\" ADD COLUMN {column}")]);
        }
        if let Some((table, _)) = after(statement, "DROP TABLE").and_then(name) {
            self.tables.remove(table).ok_or("no such table")?;
            self.references.retain(|reference| reference.table != table);
            if self.target != Target::Postgres {
                return Ok(vec![statement.to_owned()]);
            }
            // Another takes its place, or nothing may refer to it: that is found out at the end of the migration.
            let to = format!("REFERENCES \"{table}\"");
            for reference in self.references.iter_mut().filter(|reference| reference.words.contains(&to)) {
                reference.said = false;
            }
            return Ok(vec![format!("{statement} CASCADE")]);
        }
        if let Some((index, _)) = after(statement, "DROP INDEX").and_then(name) {
            return Err(format!("DROP INDEX \"{index}\" is said differently everywhere; add one instead"));
        }
        let rows = ["INSERT INTO", "UPDATE", "DELETE FROM"];
        match rows.iter().any(|words| after(statement, words).is_some()) {
            true => self.random(statement).map(|said| vec![said]),
            false => Err("not a statement every database has".to_owned()),
        }
    }

    fn create(
        &mut self,
        table: &str,
        rest: &str,
        keyed: &BTreeSet<(String, String)>,
    ) -> Result<String, String> {
        let (body, tail) = parenthesised(rest).ok_or("no columns")?;
        for word in tail.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if word != "STRICT" && word != "WITHOUT ROWID" {
                return Err(format!("{word} after the columns"));
            }
        }
        let mut lines = Vec::new();
        self.tables.insert(table.to_owned(), BTreeMap::new());
        for item in items(body) {
            if item.starts_with('"') {
                lines.push(self.column(table, item, keyed)?);
            } else if after(item, "FOREIGN KEY").is_some() {
                match self.target {
                    Target::Mysql { .. } => {}
                    Target::Postgres => self.references.push(Reference {
                        table: table.to_owned(),
                        words: item.to_owned(),
                        said: false,
                    }),
                }
            } else if after(item, "PRIMARY KEY").is_some() || after(item, "UNIQUE").is_some() {
                lines.push(item.to_owned());
            } else {
                return Err(format!("{item} is neither a column nor a key"));
            }
        }
        let tail = match self.target {
            Target::Mysql { collation } => {
                format!(" ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation} ROW_FORMAT=DYNAMIC")
            }
            Target::Postgres => String::new(),
        };
        Ok(format!("CREATE TABLE \"{table}\" (\n    {}\n){tail}", lines.join(",\n    ")))
    }

    /// `"column" TYPE rest`
    fn column(
        &mut self,
        table: &str,
        item: &str,
        keyed: &BTreeSet<(String, String)>,
    ) -> Result<String, String> {
        let (column, rest) = name(item).ok_or("a column without quotes")?;
        let (kind, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let rest = rest.trim();
        let keyed = keyed.contains(&(table.to_owned(), column.to_owned()));
        let (said, rest) = match (kind, self.target) {
            ("INTEGER", _) if self.is_flag(table, column) => ("SMALLINT".to_owned(), rest.to_owned()),
            ("INTEGER", _) => ("BIGINT".to_owned(), rest.to_owned()),
            ("TEXT", Target::Postgres) => ("TEXT COLLATE \"C\"".to_owned(), rest.to_owned()),
            ("TEXT", Target::Mysql { .. }) if keyed => {
                (format!("VARCHAR({})", length(column)), rest.to_owned())
            }
            // A default of a LONGTEXT has to be an expression.
            ("TEXT", Target::Mysql { .. }) => ("LONGTEXT".to_owned(), bracketed_default(rest)),
            _ => return Err(format!("{column} is neither TEXT nor INTEGER")),
        };
        let made = Made { long: said == "LONGTEXT", rest: rest.clone() };
        let columns = self.tables.get_mut(table).ok_or("no such table")?;
        columns.insert(column.to_owned(), made);
        Ok(format!("\"{column}\" {said} {rest}").trim_end().to_owned())
    }

    /// An index; columns an earlier migration made without a length are given one first.
    fn index(&mut self, statement: &str, table: &str, columns: &[String]) -> Result<Vec<String>, String> {
        let made = self.tables.get_mut(table).ok_or("no such table")?;
        let mut said = Vec::new();
        for column in columns {
            let made = made.get_mut(column).ok_or("no such column")?;
            if std::mem::take(&mut made.long) {
                said.push(
                    format!(
                        "ALTER TABLE \"{table}\" MODIFY COLUMN \"{column}\" VARCHAR({}) {}",
                        length(column),
                        made.rest
                    )
                    .trim_end()
                    .to_owned(),
                );
            }
        }
        said.push(statement.to_owned());
        Ok(said)
    }

    /// `lower(hex(randomblob(N)))`, N up to 16: fresh ids of rows that a migration adds.
    fn random(&self, statement: &str) -> Result<String, String> {
        const RANDOM: &str = "lower(hex(randomblob(";
        let mut said = String::new();
        let mut rest = statement;
        while let Some(at) = rest.to_ascii_lowercase().find(RANDOM) {
            let (count, after) = rest[at + RANDOM.len()..].split_once(")))").ok_or("randomblob")?;
            let digits = 2 * count.trim().parse::<usize>().ok().filter(|n| *n <= 16).ok_or("randomblob")?;
            let uuid = match self.target {
                Target::Mysql { .. } => "UUID()",
                Target::Postgres => "CAST(GEN_RANDOM_UUID() AS TEXT)",
            };
            said += &format!("{}LEFT(REPLACE({uuid}, '-', ''), {digits})", &rest[..at]);
            rest = after;
        }
        match rest.contains("randomblob") {
            true => Err("only lower(hex(randomblob(N))) is portable".to_owned()),
            false => Ok(said + rest),
        }
    }

    /// Those that are not said yet.
    fn foreign_keys(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        for reference in self.references.iter_mut().filter(|reference| !reference.said) {
            reference.said = true;
            said.push(format!("ALTER TABLE \"{}\" ADD {}", reference.table, reference.words));
        }
        if !said.is_empty() {
            // Rows that were changed before are checked first: a table with checks to come cannot be altered.
            said.insert(0, "SET CONSTRAINTS ALL IMMEDIATE".to_owned());
        }
        said
    }

    fn is_flag(&self, table: &str, column: &str) -> bool {
        let mut table = table;
        // As often as there are names at most: two tables can change places.
        for _ in 0..self.finally.len() {
            table = self.finally.get(table).map_or(table, |to| to);
        }
        let spec = Table::ALL.iter().map(|known| known.spec()).find(|spec| spec.name == table);
        spec.and_then(|spec| spec.column(column)).is_some_and(|column| column.kind == ColumnKind::Bool)
    }
}

/// `DEFAULT 'x'` as `DEFAULT ('x')`.
fn bracketed_default(rest: &str) -> String {
    match rest.split_once("DEFAULT '") {
        Some((before, value)) => match value.split_once('\'') {
            Some((value, after)) => format!("{before}DEFAULT ('{value}'){after}"),
            None => rest.to_owned(),
        },
        None => rest.to_owned(),
    }
}
