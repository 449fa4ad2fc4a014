//! From the cells of a row straight to a record, by the kinds of the table's columns: no tree of values in
//! between, which halves the cost of reading a large pool.

use chrono::{DateTime, SecondsFormat, Utc};
use hdip_core::ports::storage::{Column, ColumnKind, Table};
use hdip_core::ports::{PortError, PortErrorKind};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

/// What a database hands over. Flags are numbers; instants are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'de> {
    Null,
    Int(i64),
    Text(&'de str),
}

/// What is in a row of `table` (a record, or the port's own form of a row), whose cells are read by position.
pub(super) fn read<'de, T: Deserialize<'de>>(
    table: Table,
    cell: impl FnMut(usize, ColumnKind) -> Result<Cell<'de>, Error>,
) -> Result<T, PortError> {
    T::deserialize(Cells { columns: table.spec().columns, cell, next: 0 }).map_err(|e| {
        PortError::new(
            PortErrorKind::Corrupt,
            "storage",
            "read",
            format!("a row of {} does not hold what it should", table.name()),
        )
        .with_source(e)
    })
}

/// An instant as records write it.
fn time_text(micros: i64) -> Option<String> {
    let at: DateTime<Utc> = DateTime::from_timestamp_micros(micros)?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

struct Cells<F> {
    columns: &'static [Column],
    cell: F,
    next: usize,
}

impl<'de, F: FnMut(usize, ColumnKind) -> Result<Cell<'de>, Error>> Deserializer<'de> for Cells<F> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, F: FnMut(usize, ColumnKind) -> Result<Cell<'de>, Error>> MapAccess<'de> for Cells<F> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(column) = self.columns.get(self.next) else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::<Error>::new(column.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let column = &self.columns[self.next];
        let cell = (self.cell)(self.next, column.kind)?;
        self.next += 1;
        seed.deserialize(Value { kind: column.kind, cell })
            .map_err(|e| Error::custom(format_args!("{}: {e}", column.name)))
    }
}

struct Value<'de> {
    kind: ColumnKind,
    cell: Cell<'de>,
}

impl<'de> Value<'de> {
    fn json(&self) -> Option<&'de str> {
        match (self.kind, self.cell) {
            (ColumnKind::Json, Cell::Text(json)) => Some(json),
            _ => None,
        }
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.kind, self.cell) {
            (_, Cell::Null) => visitor.visit_unit(),
            (ColumnKind::Text, Cell::Text(text)) => visitor.visit_borrowed_str(text),
            (ColumnKind::Int, Cell::Int(number)) => visitor.visit_i64(number),
            (ColumnKind::Bool, Cell::Int(flag)) => visitor.visit_bool(flag != 0),
            (ColumnKind::Time, Cell::Int(micros)) => {
                visitor.visit_string(time_text(micros).ok_or_else(|| Error::custom("a time out of range"))?)
            }
            (ColumnKind::Json, Cell::Text(json)) => {
                let mut json = serde_json::Deserializer::from_str(json);
                let value = json.deserialize_any(visitor)?;
                json.end().map(|()| value)
            }
            (kind, cell) => Err(Error::custom(format_args!("{kind:?} cannot be {cell:?}"))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.cell {
            Cell::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match (self.json(), self.cell) {
            (Some(json), _) => {
                serde_json::Deserializer::from_str(json).deserialize_enum(name, variants, visitor)
            }
            (None, Cell::Text(word)) => visitor.visit_enum(BorrowedStrDeserializer::<Error>::new(word)),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
