//! Rows and columns: how a record of the port becomes a row of a table and back, by the kind of each column.

use super::cells::{self, Cell};
use super::dialect::{At, Dialect};
use chrono::{DateTime, Utc};
use hdip_core::ports::storage::{ColumnKind, Row, Table};
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::values::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// A value to bind. A null has a type too: PostgreSQL asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A number, an instant, a flag.
    Int(i64),
    /// Text, JSON.
    Text(String),
    /// No number.
    NoInt,
    /// No text.
    NoText,
}

/// What can be bound, also where it may be missing.
pub(super) trait Bindable {
    /// The null of this type.
    const NULL: Bound;
    fn bound(self) -> Bound;
}

macro_rules! bindable {
    ($($type:ty, $null:ident, |$value:ident| $bound:expr;)*) => {
        $(impl Bindable for $type {
            const NULL: Bound = Bound::$null;
            fn bound(self) -> Bound {
                let $value = self;
                $bound
            }
        }
        impl From<$type> for Bound {
            fn from(value: $type) -> Self {
                value.bound()
            }
        }
        impl From<Option<$type>> for Bound {
            fn from(value: Option<$type>) -> Self {
                value.map_or(<$type>::NULL, Bindable::bound)
            }
        })*
    };
}

bindable! {
    &str, NoText, |text| Bound::Text(text.to_owned());
    String, NoText, |text| Bound::Text(text);
    i64, NoInt, |number| Bound::Int(number);
    Timestamp, NoInt, |at| Bound::Int(at.timestamp_micros());
}

/// Anything that is written as its text: ids, mostly.
pub(super) fn text(value: impl ToString) -> Bound {
    Bound::Text(value.to_string())
}

/// A text as it stands in a JSON list of texts: what [`Dialect::contains`] is asked for. It cannot be part of
/// another entry, because a quote within one is escaped.
pub(super) fn listed(value: &str) -> Bound {
    Bound::Text(Value::from(value).to_string())
}

/// `?, ?, ?`
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// `VALUES (?, ?), (?, ?)`
pub(super) fn values(rows: usize, columns: usize) -> String {
    format!("VALUES {}", vec![format!("({})", marks(columns)); rows].join(", "))
}

/// Cuts what is inserted into pieces for one statement each: of few different sizes, so that there are few
/// different statements, and below every limit on variables.
pub(super) fn pieces<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = 1 << rest.len().checked_ilog2()?.min(4);
        let (piece, left) = rest.split_at(size);
        rest = left;
        Some(piece)
    })
}

/// The statements of a table, written once from its columns.
#[derive(Debug)]
pub(super) struct Statements {
    /// `SELECT "id", … FROM "table"`
    pub select: String,
    /// `INSERT INTO "table" ("id", …)`, to be followed by [`values`].
    pub insert: String,
    /// All columns, by id and version.
    pub update: String,
}

impl Statements {
    pub fn of(table: Table) -> &'static Self {
        static ALL: LazyLock<BTreeMap<Table, Statements>> =
            LazyLock::new(|| Table::ALL.iter().map(|table| (*table, Statements::new(*table))).collect());
        &ALL[&table]
    }

    fn new(table: Table) -> Self {
        let spec = table.spec();
        let columns: Vec<String> = spec.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let (name, list) = (spec.name, columns.join(", "));
        let sets: Vec<String> = columns.iter().map(|c| format!("{c} = ?")).collect();
        Self {
            select: format!("SELECT {list} FROM \"{name}\""),
            insert: format!("INSERT INTO \"{name}\" ({list})"),
            update: format!("UPDATE \"{name}\" SET {} WHERE \"id\" = ? AND \"version\" = ?", sets.join(", ")),
        }
    }
}

fn corrupt(table: Table, column: &str) -> PortError {
    PortError::new(
        PortErrorKind::Corrupt,
        "storage",
        "row",
        format!("{table}.{column} does not hold what it should"),
    )
}

/// The values of a row, in the order of the table's columns.
pub(super) fn bind(table: Table, row: &Row) -> Result<Vec<Bound>, PortError> {
    let columns = table.spec().columns;
    if row.len() != columns.len() {
        return Err(corrupt(table, "*"));
    }
    columns
        .iter()
        .map(|column| {
            let value = row.get(column.name).ok_or_else(|| corrupt(table, column.name))?;
            let bound = match (column.kind, value) {
                (ColumnKind::Text | ColumnKind::Json, Value::Null) => Some(Bound::NoText),
                (_, Value::Null) => Some(Bound::NoInt),
                (ColumnKind::Text, Value::String(text)) => Some(text.as_str().into()),
                (ColumnKind::Int, Value::Number(number)) => number.as_i64().map(Bound::Int),
                (ColumnKind::Bool, Value::Bool(flag)) => Some(Bound::Int((*flag).into())),
                (ColumnKind::Time, Value::String(text)) => {
                    text.parse::<DateTime<Utc>>().ok().map(|at| Bound::Int(at.timestamp_micros()))
                }
                (ColumnKind::Json, value) => Some(Bound::Text(value.to_string())),
                _ => None,
            };
            bound.ok_or_else(|| corrupt(table, column.name))
        })
        .collect()
}

/// A row of a result.
pub(super) struct SqlRow<D: Dialect>(pub(super) D::Row);

/// What can be read from a cell.
pub(super) trait FromCell<'r>: Sized {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error>;
}

/// How a cell is named: its position or its name.
pub(super) trait CellIndex {
    fn at(&self) -> At<'_>;
}
impl CellIndex for usize {
    fn at(&self) -> At<'_> {
        At::Index(*self)
    }
}
impl CellIndex for &str {
    fn at(&self) -> At<'_> {
        At::Name(self)
    }
}

impl<D: Dialect> SqlRow<D> {
    /// A cell as what is wanted; what is not that is [`sqlx::Error::ColumnDecode`].
    pub fn try_get<'r, T: FromCell<'r>, I: CellIndex>(&'r self, index: I) -> Result<T, sqlx::Error> {
        T::from_cell::<D>(&self.0, index.at())
    }
}

fn unreadable(at: At<'_>, what: impl fmt::Display) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: format!("{at:?}"), source: what.to_string().into() }
}

impl<'r> FromCell<'r> for Option<&'r str> {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        D::text(row, at)
    }
}
impl<'r> FromCell<'r> for &'r str {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        D::text(row, at)?.ok_or_else(|| unreadable(at, "null"))
    }
}
impl<'r> FromCell<'r> for Option<String> {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        Ok(D::text(row, at)?.map(str::to_owned))
    }
}
impl<'r> FromCell<'r> for String {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        <&str>::from_cell::<D>(row, at).map(str::to_owned)
    }
}
impl<'r> FromCell<'r> for Option<i64> {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        D::int(row, at)
    }
}
impl<'r> FromCell<'r> for i64 {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        D::int(row, at)?.ok_or_else(|| unreadable(at, "null"))
    }
}
impl<'r> FromCell<'r> for u32 {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        i64::from_cell::<D>(row, at)?.try_into().map_err(|e| unreadable(at, e))
    }
}
impl<'r> FromCell<'r> for bool {
    fn from_cell<D: Dialect>(row: &'r D::Row, at: At<'_>) -> Result<Self, sqlx::Error> {
        Ok(i64::from_cell::<D>(row, at)? != 0)
    }
}

/// What is in a row that was selected with [`Statements::select`]: an entity, or the port's form of a row.
pub(super) fn read<D: Dialect, T: DeserializeOwned>(table: Table, row: &SqlRow<D>) -> Result<T, PortError> {
    cells::read(table, |index, kind| match kind {
        ColumnKind::Text | ColumnKind::Json => {
            Ok(D::text(&row.0, At::Index(index)).map_err(Error::custom)?.map_or(Cell::Null, Cell::Text))
        }
        ColumnKind::Int | ColumnKind::Bool | ColumnKind::Time => {
            Ok(D::int(&row.0, At::Index(index)).map_err(Error::custom)?.map_or(Cell::Null, Cell::Int))
        }
    })
}

/// The instant of a time column.
pub(super) fn at(micros: i64) -> Result<Timestamp, PortError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| PortError::new(PortErrorKind::Corrupt, "storage", "read", "a time out of range"))
}
