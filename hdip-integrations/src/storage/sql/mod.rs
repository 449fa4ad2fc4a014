//! What all databases share: queries, commit, rows and columns. Written once; what differs is in [`dialect`].

mod access;
mod agencies;
mod cells;
mod clients;
mod commit;
pub mod copy;
mod desk;
pub mod dialect;
mod feedback;
mod filter;
mod hiring;
mod interviewers;
mod ladder;
pub mod rows;
mod scheduling;
pub mod schema;
mod search;
mod work;

use async_trait::async_trait;
use dialect::{Class, Dialect};
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use rows::{Bound, SqlRow, Statements};
use std::sync::{Arc, Mutex, PoisonError};

/// Storage in a relational database.
#[derive(Debug)]
pub struct SqlStorage<D: Dialect> {
    pub(super) writer: D::Pool,
    /// The same as `writer`, where writers do not exclude each other.
    pub(super) reader: D::Pool,
    listener: Option<Listener>,
}

/// Statements as they were run, with their values: for a look at their plans.
pub type Listener = Arc<Mutex<Vec<(String, Vec<Bound>)>>>;

impl<D: Dialect> Clone for SqlStorage<D> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), reader: self.reader.clone(), listener: self.listener.clone() }
    }
}

impl<D: Dialect> SqlStorage<D> {
    pub(super) fn over(writer: D::Pool, reader: D::Pool) -> Self {
        Self { writer, reader, listener: None }
    }

    /// The same, and every query it runs from now on.
    pub fn listened_to(&self) -> (Self, Listener) {
        let listener = Listener::default();
        (Self { listener: Some(listener.clone()), ..self.clone() }, listener)
    }

    fn heard(&self, sql: &str, values: &[Bound]) {
        let Some(listener) = &self.listener else { return };
        listener.lock().unwrap_or_else(PoisonError::into_inner).push((sql.to_owned(), values.to_vec()));
    }

    /// Closes all connections, in good order.
    pub async fn close(&self) {
        D::close(&self.reader).await;
        D::close(&self.writer).await;
    }

    /// The versions of the migrations that were applied; none before the first.
    pub(super) async fn applied(&self) -> Result<std::collections::BTreeSet<i64>, PortError> {
        if self.rows(D::MIGRATIONS.begun.to_owned(), vec![]).await?.is_empty() {
            return Ok(std::collections::BTreeSet::new());
        }
        let rows = self.rows(D::MIGRATIONS.versions.to_owned(), vec![]).await?;
        rows.iter().map(|row| row.try_get(0).map_err(|e| error::<D>("read", e))).collect()
    }

    /// Rows of an entity: `rest` follows `SELECT … FROM table`.
    async fn select<E: Entity>(&self, rest: &str, values: Vec<Bound>) -> Result<Vec<E>, PortError> {
        let sql = format!("{} {rest}", Statements::of(E::TABLE).select);
        let rows = self.rows(sql, values).await?;
        rows.iter().map(|row| rows::read(E::TABLE, row)).collect()
    }

    /// The first of [`SqlStorage::select`].
    async fn first<E: Entity>(&self, rest: &str, values: Vec<Bound>) -> Result<Option<E>, PortError> {
        Ok(self.select(&format!("{rest} LIMIT 1"), values).await?.into_iter().next())
    }

    /// A page of an entity, newest first: `filter` is what follows `WHERE`.
    async fn page<E: Entity>(
        &self,
        filter: &str,
        mut values: Vec<Bound>,
        page: &Page,
    ) -> Result<Vec<E>, PortError> {
        let after = match &page.after {
            Some(after) => {
                values.push(cursor(after)?);
                " AND \"id\" < ?"
            }
            None => "",
        };
        values.push(Bound::Int(page.limit.into()));
        self.select(&format!("WHERE ({filter}){after} ORDER BY \"id\" DESC LIMIT ?"), values).await
    }

    async fn rows(&self, sql: String, values: Vec<Bound>) -> Result<Vec<SqlRow<D>>, PortError> {
        self.heard(&sql, &values);
        let rows = D::rows(&self.reader, &sql, values).await.map_err(|e| error::<D>("read", e))?;
        Ok(rows.into_iter().map(SqlRow).collect())
    }

    /// Runs a statement that is a transaction of its own, again if another was in its way.
    async fn run(&self, sql: &str, values: Vec<Bound>) -> Result<u64, PortError> {
        self.heard(sql, &values);
        let mut attempts = commit::Attempts::default();
        loop {
            match D::run(&self.writer, sql, values.clone()).await {
                Err(e) if attempts.again::<D>(&e).await => {}
                done => return done.map_err(|e| error::<D>("write", e)),
            }
        }
    }

    /// Reads that are all of one moment.
    async fn snapshot(&self) -> Result<Snapshot<'_, D>, PortError> {
        let begun = D::begin(&self.reader, D::BEGIN_SNAPSHOT).await;
        Ok(Snapshot { storage: self, tx: begun.map_err(|e| error::<D>("begin", e))? })
    }
}

/// A transaction that reads as of one moment.
struct Snapshot<'s, D: Dialect> {
    storage: &'s SqlStorage<D>,
    tx: D::Tx,
}

impl<D: Dialect> Snapshot<'_, D> {
    async fn rows(&mut self, sql: &str, values: Vec<Bound>) -> Result<Vec<SqlRow<D>>, PortError> {
        self.storage.heard(sql, &values);
        let rows = D::tx_rows(&mut self.tx, sql, values).await.map_err(|e| error::<D>("read", e))?;
        Ok(rows.into_iter().map(SqlRow).collect())
    }
}

/// A list cursor: the id of the last row seen.
fn cursor(after: &str) -> Result<Bound, PortError> {
    let id = after.split_once('_').is_some_and(|(prefix, rest)| !prefix.is_empty() && rest.len() == 26);
    match id {
        true => Ok(after.into()),
        false => Err(PortError::new(PortErrorKind::Rejected, "storage", "page", "not a cursor")),
    }
}

/// An error of the database as the port's.
pub(super) fn error<D: Dialect>(operation: &'static str, source: sqlx::Error) -> PortError {
    let kind = match dialect::class::<D>(&source) {
        Class::Lost => PortErrorKind::Unreachable,
        Class::Conflict | Class::Overloaded => PortErrorKind::Throttled,
        Class::Refused => PortErrorKind::Rejected,
        Class::Corrupt => PortErrorKind::Corrupt,
        Class::Unique | Class::Other => PortErrorKind::Other,
    };
    PortError::new(kind, "storage", operation, D::NAME).with_source(source)
}

#[async_trait]
impl<D: Dialect> Records for SqlStorage<D> {
    async fn load(&self, table: Table, ids: &[String]) -> Result<Vec<Option<Row>>, PortError> {
        let mut found = std::collections::BTreeMap::new();
        // Below every limit on variables, and few enough that plans are cached.
        for some in ids.chunks(200) {
            let marks = rows::marks(some.len());
            let sql = format!("{} WHERE \"id\" IN ({marks})", Statements::of(table).select);
            for row in self.rows(sql, some.iter().map(|id| id.as_str().into()).collect()).await? {
                let row: Row = rows::read(table, &row)?;
                let id = row.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                found.insert(id, row);
            }
        }
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        commit::commit::<D>(&self.writer, changes).await
    }
}
