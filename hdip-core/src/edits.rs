//! What edits of records share: which fields changed, and whether the editor saw the newest version.

use crate::Error;
use crate::ports::storage::Entity;
use serde_json::Value;

/// Refuses an edit that was made on an older version than the stored one. `None` asks for no such check.
pub(crate) fn expect_version<E: Entity>(stored: &E, expected: Option<i64>) -> Result<(), Error> {
    match expected {
        Some(version) if version != stored.version() => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Names of the fields in which two states of a record differ, as audit entries hold them: never values,
/// which may be personal.
pub(crate) fn changed_fields<E: Entity>(before: &E, after: &E) -> Value {
    let (before, after) = (before.to_row(), after.to_row());
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    serde_json::json!({"fields": changed.map(|(name, _)| name.as_str()).collect::<Vec<_>>()})
}
