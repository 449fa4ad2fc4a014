//! Rows and columns: how a record of the port becomes a row of a table and back, by the kind of each column.

use crate::storage::cells::{self, Cell};
use chrono::{DateTime, Utc};
use hdip_core::ports::storage::{ColumnKind, Row, Table};
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::values::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    Int(i64),
    Text(String),
    Null,
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Bound {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<Timestamp> for Bound {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.timestamp_micros())
    }
}
impl<T: Into<Bound>> From<Option<T>> for Bound {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Anything that is written as its text: ids, mostly.
pub(super) fn text(value: impl ToString) -> Bound {
    Bound::Text(value.to_string())
}

/// `?, ?, ?`
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// The statements of a table, written once from its columns.
#[derive(Debug)]
pub(super) struct Statements {
    /// `SELECT "id", … FROM "table"`
    pub select: String,
    /// All columns.
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
            insert: format!("INSERT INTO \"{name}\" ({list}) VALUES ({})", marks(columns.len())),
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
                (_, Value::Null) => Some(Bound::Null),
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

/// What is in a row that was selected with [`Statements::select`]: an entity, or the port's form of a row.
pub(super) fn read<T: DeserializeOwned>(table: Table, row: &SqliteRow) -> Result<T, PortError> {
    cells::read(table, |index, kind| match kind {
        ColumnKind::Text | ColumnKind::Json => {
            Ok(row.try_get::<Option<&str>, _>(index).map_err(Error::custom)?.map_or(Cell::Null, Cell::Text))
        }
        ColumnKind::Int | ColumnKind::Bool | ColumnKind::Time => {
            Ok(row.try_get::<Option<i64>, _>(index).map_err(Error::custom)?.map_or(Cell::Null, Cell::Int))
        }
    })
}

/// The instant of a time column.
pub(super) fn at(micros: i64) -> Result<Timestamp, PortError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| PortError::new(PortErrorKind::Corrupt, "storage", "read", "a time out of range"))
}
