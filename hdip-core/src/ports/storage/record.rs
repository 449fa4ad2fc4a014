//! Entities: what has a table of its own.

use super::{Records, Row, Table};
use crate::Error;
use crate::ports::{PortError, PortErrorKind};
use crate::search::Entry;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

/// A stored thing. Its serde form is its row: one field per column, in any order.
pub trait Entity: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    /// The table.
    const TABLE: Table;
    /// Its name in "there is no such …".
    const NAME: &'static str;
    /// The value of `id`.
    fn id_text(&self) -> String;
    /// The version read, 0 before it was stored.
    fn version(&self) -> i64;

    /// What it is found by in search, for kinds that are: an entry without tokens takes an earlier one away.
    fn entry(&self) -> Option<Entry> {
        None
    }

    /// Its row.
    fn to_row(&self) -> Row {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(row)) => row,
            // Entities are plain structs with string keys; anything else cannot be constructed.
            other => unreachable!("{} must serialise to an object, not {other:?}", Self::NAME),
        }
    }

    /// From its row.
    ///
    /// # Errors
    /// `Corrupt` when the row does not fit the type.
    fn from_row(row: Row) -> Result<Self, PortError> {
        serde_json::from_value(serde_json::Value::Object(row)).map_err(|e| {
            PortError::new(
                PortErrorKind::Corrupt,
                "storage",
                "read",
                format!("row of {}", Self::TABLE.name()),
            )
            .with_source(e)
        })
    }
}

macro_rules! entity {
    ($type:ty, $table:ident, $name:literal $(, found by $entry:path)?) => {
        impl $crate::ports::storage::Entity for $type {
            const TABLE: $crate::ports::storage::Table = $crate::ports::storage::Table::$table;
            const NAME: &'static str = $name;
            fn id_text(&self) -> String {
                self.id.to_string()
            }
            fn version(&self) -> i64 {
                self.version
            }
            $(fn entry(&self) -> Option<$crate::search::Entry> {
                Some($entry(self))
            })?
        }
    };
}
pub(crate) use entity;

/// Typed reads over [`Records`].
#[allow(async_fn_in_trait)]
pub trait RecordsExt: Records {
    /// The entity with this id.
    fn find<E: Entity>(&self, id: impl Display) -> impl Future<Output = Result<Option<E>, PortError>> + Send {
        let id = id.to_string();
        async move {
            let mut rows = self.load(E::TABLE, std::slice::from_ref(&id)).await?;
            rows.pop().flatten().map(E::from_row).transpose()
        }
    }

    /// The entity with this id, which must be there.
    fn get<E: Entity>(&self, id: impl Display) -> impl Future<Output = Result<E, Error>> + Send {
        let found = self.find::<E>(id);
        async move { found.await?.ok_or(Error::NotFound(E::NAME)) }
    }

    /// The entities with these ids, by id; missing ones are left out. Each id is asked for once.
    fn find_all<E: Entity>(
        &self,
        ids: impl IntoIterator<Item = impl Display>,
    ) -> impl Future<Output = Result<BTreeMap<String, E>, PortError>> + Send {
        let mut ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        ids.sort_unstable();
        ids.dedup();
        async move {
            let rows = if ids.is_empty() { Vec::new() } else { self.load(E::TABLE, &ids).await? };
            ids.into_iter()
                .zip(rows)
                .filter_map(|(id, row)| row.map(|row| E::from_row(row).map(|entity| (id, entity))))
                .collect()
        }
    }
}
impl<T: Records + ?Sized> RecordsExt for T {}
