//! The files of the outbox. Blocking; the files are the truth, the index only says what lies where.

use super::OutboxEntry;
use hdip_core::ports::{PortError, PortErrorKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is needed to find and sort an entry without reading its file.
#[derive(Debug)]
struct Seen {
    sequence: u64,
    to: String,
}

#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    index: BTreeMap<String, Seen>,
}

impl Store {
    pub(super) fn open(directory: PathBuf) -> Result<Self, PortError> {
        fs::create_dir_all(&directory).map_err(failed("open", "the outbox directory cannot be made"))?;
        let mut store = Self { directory, index: BTreeMap::new() };
        store.refresh("open")?;
        Ok(store)
    }

    /// Stores a new mail, or counts a repeat.
    pub(super) fn add(&mut self, mut entry: OutboxEntry) -> Result<(), PortError> {
        let first = match self.get(&entry.name) {
            Ok(first) => Some(first),
            Err(error) if error.kind == PortErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Some(first) = first {
            entry = OutboxEntry {
                deliveries: first.deliveries.saturating_add(1),
                last_at: entry.last_at,
                ..first
            };
        } else {
            self.refresh("send")?;
            let last = self.index.values().map(|seen| seen.sequence).max();
            entry.sequence = last.unwrap_or(0) + 1;
        }
        self.write(&entry).map_err(failed("send", "the mail cannot be written to the outbox"))?;
        self.note(&entry);
        Ok(())
    }

    pub(super) fn list(&mut self, limit: usize, to: Option<&str>) -> Result<Vec<OutboxEntry>, PortError> {
        self.refresh("list")?;
        let wanted = self.index.iter().filter(|(_, seen)| to.is_none_or(|to| seen.to == to));
        let mut newest: Vec<_> = wanted.map(|(name, seen)| (seen.sequence, name)).collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        // A file may have been removed since; the next one takes its place.
        Ok(newest.into_iter().filter_map(|(_, name)| self.read(name).ok()).take(limit).collect())
    }

    pub(super) fn get(&self, name: &str) -> Result<OutboxEntry, PortError> {
        // Names come from links: anything but a digest could lead out of the directory.
        if !is_name(name) {
            return Err(PortError::new(PortErrorKind::NotFound, "mail", "get", "no such mail"));
        }
        self.read(name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PortError::new(PortErrorKind::NotFound, "mail", "get", "no such mail"),
            io::ErrorKind::InvalidData => {
                PortError::new(PortErrorKind::Corrupt, "mail", "get", "the mail's file is damaged")
                    .with_source(error)
            }
            _ => failed("get", "the mail's file cannot be read")(error),
        })
    }

    /// Takes notice of files that came or went, by hand or by another process.
    fn refresh(&mut self, operation: &'static str) -> Result<(), PortError> {
        let names =
            names(&self.directory).map_err(failed(operation, "the outbox directory cannot be read"))?;
        self.index.retain(|name, _| names.contains(name));
        for name in names {
            // A damaged file stays out of lists; `get` says what is wrong with it.
            if !self.index.contains_key(&name)
                && let Ok(entry) = self.read(&name)
            {
                self.note(&entry);
            }
        }
        Ok(())
    }

    fn note(&mut self, entry: &OutboxEntry) {
        self.index.insert(entry.name.clone(), Seen { sequence: entry.sequence, to: entry.to.key() });
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.json"))
    }

    fn read(&self, name: &str) -> io::Result<OutboxEntry> {
        Ok(serde_json::from_slice(&fs::read(self.path(name))?)?)
    }

    /// All or nothing, also when the machine stops: a temporary file is synced, then takes the name.
    fn write(&self, entry: &OutboxEntry) -> io::Result<()> {
        let temporary = self.directory.join(format!(".{}.{}.tmp", entry.name, std::process::id()));
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(entry)?)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path(&entry.name))?;
        File::open(&self.directory)?.sync_all()
    }
}

fn names(directory: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let file = PathBuf::from(entry?.file_name());
        let stem = file.file_stem().and_then(OsStr::to_str).filter(|stem| is_name(stem));
        if let (Some(stem), Some("json")) = (stem, file.extension().and_then(OsStr::to_str)) {
            names.insert(stem.to_owned());
        }
    }
    Ok(names)
}

fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn failed(operation: &'static str, context: &'static str) -> impl Fn(io::Error) -> PortError {
    move |error| PortError::new(PortErrorKind::Other, "mail", operation, context).with_source(error)
}
