//! Everything that differs between the databases, in one place: how statements reach a driver ([`driver!`],
//! the same body over each native driver) and what is said in another way ([`Dialect`]).
//!
//! The SQL of this adapter is written once, in the subset the three share: identifiers in double quotes
//! (MySQL runs with `ANSI_QUOTES`), `?` for values (numbered for PostgreSQL), text compared by bytes, numbers
//! for flags, no JSON functions, no `RETURNING`. What the subset has not, this trait has.

use super::rows::Bound;
use std::fmt::Debug;
use std::future::Future;

/// What a driver's error means for what was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Another transaction was in the way: a deadlock, a lock that was not had in time. The same may succeed now.
    Conflict,
    /// A unique value is in use.
    Unique,
    /// The connection is gone, or was never there.
    Lost,
    /// A statement took too long, or the server has too many to serve.
    Overloaded,
    /// The database understood and refuses: a reference to nothing, a value too long.
    Refused,
    /// What was read is not what should be there.
    Corrupt,
    /// Anything else.
    Other,
}

/// A cell: by position or name.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// Position, from 0.
    Index(usize),
    /// Name.
    Name(&'a str),
}

/// How statements reach a database. Implemented by [`driver!`], one body for all.
pub trait Driver: Debug + Send + Sync + Sized + 'static {
    /// Connections.
    type Pool: Clone + Debug + Send + Sync;
    /// A transaction; dropping it rolls back.
    type Tx: Send;
    /// A row.
    type Row: Send + Sync;

    /// Rows, outside any transaction.
    fn rows(
        pool: &Self::Pool,
        sql: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;
    /// Rows in a transaction.
    fn tx_rows(
        tx: &mut Self::Tx,
        sql: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;
    /// Runs a statement outside any transaction; how many rows it met.
    fn run(
        pool: &Self::Pool,
        sql: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
    /// Runs a statement in a transaction; how many rows it met.
    fn tx_run(
        tx: &mut Self::Tx,
        sql: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
    /// Begins a transaction.
    fn begin(
        pool: &Self::Pool,
        with: &'static str,
    ) -> impl Future<Output = Result<Self::Tx, sqlx::Error>> + Send;
    /// Ends a transaction.
    fn commit(tx: Self::Tx) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
    /// Ends all connections.
    fn close(pool: &Self::Pool) -> impl Future<Output = ()> + Send;
    /// The text of a cell, if it is not null.
    fn text<'r>(row: &'r Self::Row, at: At<'_>) -> Result<Option<&'r str>, sqlx::Error>;
    /// The number in a cell, if it is not null.
    fn int(row: &Self::Row, at: At<'_>) -> Result<Option<i64>, sqlx::Error>;
}

/// How a database is asked which migrations were applied.
#[derive(Debug, Clone, Copy)]
pub struct Applied {
    /// A row if any was begun.
    pub begun: &'static str,
    /// Their versions.
    pub versions: &'static str,
}

/// What is said in another way from database to database.
pub trait Dialect: Driver {
    /// For error messages.
    const NAME: &'static str;
    /// Begins a transaction that writes. Isolation is READ COMMITTED by name where there is a choice: what a
    /// commit relies on is versions, locks and unique keys, not a snapshot.
    const BEGIN_WRITE: &'static str;
    /// Begins a transaction that reads as of one moment.
    const BEGIN_SNAPSHOT: &'static str;
    /// Follows a `SELECT` whose rows must stay as they are until the commit.
    const SHARE_LOCK: &'static str;
    /// Follows a `SELECT` that takes rows nobody else is taking.
    const SKIP_LOCKED: &'static str;
    /// Follows the insert of a timer: moves the one that is there.
    const MOVE_TIMER: &'static str;
    /// Where migrations are noted.
    const MIGRATIONS: Applied;
    /// Follows the insert of a background job: leaves the one with the same cause.
    const SAME_CAUSE: &'static str;
    /// Follows the insert of a stream's head: counts on.
    const ADD_TO_HEAD: &'static str;

    /// The statement as the driver wants it.
    fn statement(sql: &str) -> String {
        sql.to_owned()
    }
    /// A condition with one `?`: the text of `column` has it somewhere.
    fn contains(column: &str) -> String {
        format!("INSTR(\"{column}\", ?) > 0")
    }
    /// Text without case.
    fn lower(text: &str) -> String {
        format!("LOWER({text})")
    }
    /// What the code of an error means, where the driver does not say.
    fn class_of_code(code: &str, number: Option<u16>) -> Class;
}

/// What an error means.
pub(super) fn class<D: Dialect>(error: &sqlx::Error) -> Class {
    use sqlx::error::ErrorKind;
    match error {
        sqlx::Error::Database(e) => match e.kind() {
            ErrorKind::UniqueViolation => Class::Unique,
            ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
                Class::Refused
            }
            _ => D::class_of_code(&e.code().unwrap_or_default(), number(&**e)),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => Class::Lost,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
            Class::Corrupt
        }
        _ => Class::Other,
    }
}

/// MySQL's own number of an error: its SQLSTATE says too little.
fn number(_error: &dyn sqlx::error::DatabaseError) -> Option<u16> {
    #[cfg(feature = "storage-mysql")]
    if let Some(e) = _error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Some(e.number());
    }
    None
}

/// The one body of [`Driver`], over a native driver of sqlx.
macro_rules! driver {
    ($name:ident, $db:ty, $row:ty, |$cell:ident, $at:ident| $int:expr) => {
        impl $crate::storage::sql::dialect::Driver for $name {
            type Pool = sqlx::Pool<$db>;
            type Tx = sqlx::Transaction<'static, $db>;
            type Row = $row;

            async fn rows(
                pool: &Self::Pool,
                sql: &str,
                values: Vec<Bound>,
            ) -> Result<Vec<$row>, sqlx::Error> {
                bound(sql, values).fetch_all(pool).await
            }
            async fn tx_rows(
                tx: &mut Self::Tx,
                sql: &str,
                values: Vec<Bound>,
            ) -> Result<Vec<$row>, sqlx::Error> {
                bound(sql, values).fetch_all(&mut **tx).await
            }
            async fn run(pool: &Self::Pool, sql: &str, values: Vec<Bound>) -> Result<u64, sqlx::Error> {
                Ok(bound(sql, values).execute(pool).await?.rows_affected())
            }
            async fn tx_run(tx: &mut Self::Tx, sql: &str, values: Vec<Bound>) -> Result<u64, sqlx::Error> {
                Ok(bound(sql, values).execute(&mut **tx).await?.rows_affected())
            }
            async fn begin(pool: &Self::Pool, with: &'static str) -> Result<Self::Tx, sqlx::Error> {
                pool.begin_with(with).await
            }
            async fn commit(tx: Self::Tx) -> Result<(), sqlx::Error> {
                tx.commit().await
            }
            async fn close(pool: &Self::Pool) {
                pool.close().await;
            }
            fn text<'r>(row: &'r $row, at: At<'_>) -> Result<Option<&'r str>, sqlx::Error> {
                use sqlx::Row as _;
                match at {
                    At::Index(index) => row.try_get(index),
                    At::Name(name) => row.try_get(name),
                }
            }
            fn int($cell: &$row, at: At<'_>) -> Result<Option<i64>, sqlx::Error> {
                use sqlx::{Column as _, Row as _};
                let $at = match at {
                    At::Index(index) => index,
                    At::Name(name) => $cell.try_column(name)?.ordinal(),
                };
                $int
            }
        }

        /// A statement with its values. The text is always put together from parts of this adapter; values
        /// are bound, never written into it.
        fn bound(
            sql: &str,
            values: Vec<Bound>,
        ) -> sqlx::query::Query<'static, $db, <$db as sqlx::Database>::Arguments> {
            let sql = <$name as $crate::storage::sql::dialect::Dialect>::statement(sql);
            values.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, value| match value {
                Bound::Int(value) => query.bind(value),
                Bound::Text(value) => query.bind(value),
                Bound::NoInt => query.bind(None::<i64>),
                Bound::NoText => query.bind(None::<String>),
            })
        }
    };
}
pub(in crate::storage) use driver;
