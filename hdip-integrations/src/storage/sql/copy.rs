//! All rows from one database to another, whatever each is: read as of one moment, written in one transaction,
//! read back and compared before it is committed. An attempt that is cut off leaves nothing behind.

use super::dialect::{At, Dialect};
use super::rows::{Bound, marks};
use super::{SqlStorage, error};
use crate::storage::Database;
use async_trait::async_trait;
use hdip_core::ports::storage::{ColumnKind, Table};
use hdip_core::ports::{PortError, PortErrorKind};
use sha2::{Digest as _, Sha256};

/// Rows that are read at once.
const CHUNK: u32 = 200;
/// Bytes that are written at once, about: servers limit a statement.
const BYTES: usize = 1 << 20;

/// A table as rows are copied: its columns, the first `key` of which are its primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// Columns, and whether each holds numbers.
    pub columns: Vec<(&'static str, bool)>,
    /// How many columns its key has.
    pub key: usize,
}

/// Every table, entities first.
pub fn sheets() -> Vec<Sheet> {
    let entities = Table::ALL.iter().filter(|table| **table != Table::Idempotency).map(|table| Sheet {
        name: table.name(),
        columns: table
            .spec()
            .columns
            .iter()
            .map(|c| (c.name, !matches!(c.kind, ColumnKind::Text | ColumnKind::Json)))
            .collect(),
        key: 1,
    });
    let sheet = |name, key, text: &[&'static str], numbers: &[&'static str]| {
        let columns = text.iter().map(|name| (*name, false)).chain(numbers.iter().map(|name| (*name, true)));
        Sheet { name, columns: columns.collect(), key }
    };
    let mut events = sheet(
        "events",
        2,
        &["stream", "id", "kind", "subject", "actor", "request_id", "data", "traceparent"],
        &["position", "version", "at"],
    );
    events.columns.swap(1, 8); // the position after the stream
    let mut ticks = sheet("claimed_ticks", 2, &["party", "interview_id"], &["tick"]);
    ticks.columns.swap(1, 2);
    let jobs = [
        "id",
        "client_id",
        "kind",
        "cause",
        "subject",
        "data",
        "state",
        "last_error",
        "request_id",
        "traceparent",
    ];
    let audit = ["id", "client_id", "actor", "action", "subject", "reason", "changes", "request_id", "peer"];
    entities
        .chain([
            ticks,
            sheet("stream_heads", 1, &["stream"], &["position"]),
            events,
            sheet(
                "background_jobs",
                1,
                &jobs,
                &["attempt", "due_at", "leased_until", "created_at", "finished_at"],
            ),
            sheet("timers", 2, &["kind", "subject", "traceparent"], &["due_at", "generation"]),
            sheet("audit", 1, &audit, &["at"]),
            sheet(
                "search_tokens",
                2,
                &["source", "token", "kind", "subject", "client_id", "agency_id", "job_id"],
                &["inner"],
            ),
            sheet("idempotency", 1, &["key", "fingerprint", "output"], &["created_at", "expires_at"]),
        ])
        .collect()
}

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Which.
    pub table: &'static str,
    /// How many rows, here as there.
    pub rows: u64,
    /// A number that is the same for the same rows in any order.
    pub hash: u128,
}

/// One end of a copy: a transaction.
#[async_trait]
pub(in crate::storage) trait End: Send {
    /// Rows after a key, in the order of the key.
    async fn rows(
        &mut self,
        sheet: &Sheet,
        after: Option<&[Bound]>,
        limit: u32,
    ) -> Result<Vec<Vec<Bound>>, PortError>;
    /// Adds rows.
    async fn insert(&mut self, sheet: &Sheet, rows: Vec<Vec<Bound>>) -> Result<(), PortError>;
    /// Makes it so.
    async fn commit(self: Box<Self>) -> Result<(), PortError>;
}

struct SqlEnd<D: Dialect>(D::Tx);

fn names(sheet: &Sheet) -> String {
    sheet.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl<D: Dialect> End for SqlEnd<D> {
    async fn rows(
        &mut self,
        sheet: &Sheet,
        after: Option<&[Bound]>,
        limit: u32,
    ) -> Result<Vec<Vec<Bound>>, PortError> {
        let key: Vec<_> = sheet.columns[..sheet.key].iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let mut values = Vec::new();
        let condition = match after {
            None => "1 = 1".to_owned(),
            // (a > ?) OR (a = ? AND b > ?)
            Some(after) => {
                let arms = (0..key.len()).map(|last| {
                    values.extend_from_slice(&after[..=last]);
                    let same = key[..last].iter().map(|column| format!("{column} = ? AND "));
                    format!("({}{} > ?)", same.collect::<String>(), key[last])
                });
                arms.collect::<Vec<_>>().join(" OR ")
            }
        };
        values.push(Bound::Int(limit.into()));
        let sql = format!(
            "SELECT {} FROM \"{}\" WHERE {condition} ORDER BY {} LIMIT ?",
            names(sheet),
            sheet.name,
            key.join(", ")
        );
        let failed = |e| error::<D>("copy", e);
        let rows = D::tx_rows(&mut self.0, &sql, values).await.map_err(failed)?;
        rows.iter()
            .map(|row| {
                let cells = sheet.columns.iter().enumerate().map(|(at, (_, number))| match number {
                    true => Ok(D::int(row, At::Index(at))?.into()),
                    false => Ok(D::text(row, At::Index(at))?.map(str::to_owned).into()),
                });
                cells.collect::<Result<_, sqlx::Error>>().map_err(failed)
            })
            .collect()
    }

    async fn insert(&mut self, sheet: &Sheet, rows: Vec<Vec<Bound>>) -> Result<(), PortError> {
        let (mut some, mut bytes) = (Vec::new(), 0);
        let mut rows = rows.into_iter().peekable();
        while let Some(row) = rows.next() {
            bytes += row
                .iter()
                .map(|cell| if let Bound::Text(text) = cell { text.len() } else { 8 })
                .sum::<usize>();
            some.push(row);
            if rows.peek().is_some() && bytes < BYTES {
                continue;
            }
            let one = format!("({})", marks(sheet.columns.len()));
            let sql = format!(
                "INSERT INTO \"{}\" ({}) VALUES {}",
                sheet.name,
                names(sheet),
                vec![one; some.len()].join(", ")
            );
            let values = some.drain(..).flatten().collect();
            D::tx_run(&mut self.0, &sql, values).await.map_err(|e| error::<D>("copy", e))?;
            bytes = 0;
        }
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), PortError> {
        D::commit(self.0).await.map_err(|e| error::<D>("commit", e).unknown_outcome())
    }
}

impl<D: Dialect> SqlStorage<D> {
    /// All that is there, as of now.
    pub(in crate::storage) async fn reading(&self) -> Result<Box<dyn End>, PortError> {
        let begun = D::begin(&self.reader, D::BEGIN_SNAPSHOT).await;
        Ok(Box::new(SqlEnd::<D>(begun.map_err(|e| error::<D>("copy", e))?)))
    }

    /// Where everything goes.
    pub(in crate::storage) async fn writing(&self) -> Result<Box<dyn End>, PortError> {
        let begun = D::begin(&self.writer, D::BEGIN_WRITE).await;
        Ok(Box::new(SqlEnd::<D>(begun.map_err(|e| error::<D>("copy", e))?)))
    }
}

/// Adds a row to the number of its table.
fn add(hash: u128, row: &[Bound]) -> u128 {
    let mut digest = Sha256::new();
    for cell in row {
        let (kind, bytes) = match cell {
            Bound::NoInt | Bound::NoText => (0u8, Vec::new()),
            Bound::Int(number) => (1, number.to_be_bytes().to_vec()),
            Bound::Text(text) => (2, text.as_bytes().to_vec()),
        };
        digest.update([kind]);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    let digest = digest.finalize();
    digest.iter().take(16).fold(0u128, |number, byte| number << 8 | u128::from(*byte)).wrapping_add(hash)
}

/// Rows and their number, of a whole table; each chunk is handed on.
async fn all(from: &mut dyn End, sheet: &Sheet, mut to: Option<&mut dyn End>) -> Result<Copied, PortError> {
    let mut copied = Copied { table: sheet.name, rows: 0, hash: 0 };
    let mut after: Option<Vec<Bound>> = None;
    loop {
        let rows = from.rows(sheet, after.as_deref(), CHUNK).await?;
        let last = rows.len() < CHUNK as usize;
        for row in &rows {
            copied.rows += 1;
            copied.hash = add(copied.hash, row);
        }
        after = rows.last().map(|row| row[..sheet.key].to_vec());
        if let Some(to) = to.as_deref_mut() {
            to.insert(sheet, rows).await?;
        }
        if last {
            return Ok(copied);
        }
    }
}

/// Copies everything that `from` holds into `to`, which must be at the same schema and empty.
///
/// # Errors
/// When either is not at this release's schema, `to` holds something, or what arrived is not what was sent: then
/// `to` is as it was.
pub async fn copy(from: &Database, to: &Database) -> Result<Vec<Copied>, PortError> {
    let refused = |why: String| PortError::new(PortErrorKind::Rejected, "storage", "copy", why);
    for (which, database) in [("the source", from), ("the target", to)] {
        let report = database.report().await?;
        if !report.pending.is_empty() {
            let pending = report.pending.join(", ");
            return Err(refused(format!("{which} is not at this release's schema: {pending} to be applied")));
        }
    }
    let mut reading = from.reading().await?;
    let mut writing = to.writing().await?;
    let sheets = sheets();
    for sheet in &sheets {
        if !writing.rows(sheet, None, 1).await?.is_empty() {
            return Err(refused(format!("the target is not empty: {} has rows", sheet.name)));
        }
    }
    let mut copied = Vec::new();
    for sheet in &sheets {
        copied.push(all(&mut *reading, sheet, Some(&mut *writing)).await?);
    }
    for (sheet, sent) in sheets.iter().zip(&copied) {
        let arrived = all(&mut *writing, sheet, None).await?;
        if arrived != *sent {
            return Err(refused(format!(
                "{}: {} rows were sent and {} arrived, or they are not the same; nothing was kept",
                sheet.name, sent.rows, arrived.rows
            )));
        }
    }
    writing.commit().await?;
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tables_number_knows_rows_and_cells_and_no_order() {
        let row = |a: &str, b: Bound| vec![a.into(), b];
        let of = |rows: &[Vec<Bound>]| rows.iter().fold(0, |hash, row| add(hash, row));
        let (a, b) = (row("a", Bound::Int(1)), row("b", Bound::NoInt));
        assert_eq!(of(&[a.clone(), b.clone()]), of(&[b.clone(), a.clone()]));
        assert_ne!(of(&[a.clone(), b.clone()]), of(std::slice::from_ref(&a)));
        assert_ne!(of(&[row("a", "1".into())]), of(&[a]));
        assert_ne!(of(&[row("b", "".into())]), of(&[b]));
        assert_ne!(of(&[vec!["ab".into(), "c".into()]]), of(&[vec!["a".into(), "bc".into()]]));
    }
}
