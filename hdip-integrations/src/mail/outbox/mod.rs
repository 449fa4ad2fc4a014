//! A mailbox for development: mails become files in a directory and can be looked at. Nothing leaves this
//! machine. Several processes may share the directory.

mod entry;
mod store;

pub use entry::{OutboxAttachment, OutboxCalendar, OutboxEntry};

use async_trait::async_trait;
use hdip_core::ports::{Clock, Mail, Message, PortError, PortErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;

/// One JSON file per Message-ID, named by its SHA-256. A repeat of a Message-ID counts up
/// [`OutboxEntry::deliveries`] and keeps the content of the first.
#[derive(Debug, Clone)]
pub struct OutboxMail {
    store: Arc<Mutex<Store>>,
    clock: Arc<dyn Clock>,
}

impl OutboxMail {
    /// Opens the mailbox in `directory`, which is made if it is not there; reads what lies in it (blocking,
    /// once). The clock says when a mail was sent.
    pub fn new(directory: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        let store = Store::open(directory.into())?;
        Ok(Self { store: Arc::new(Mutex::new(store)), clock })
    }

    /// The newest mails, at most `limit`, newest first; only those to the address `to` (compared without
    /// case) if one is given. A file that cannot be read is left out.
    pub async fn list(&self, limit: usize, to: Option<&str>) -> Result<Vec<OutboxEntry>, PortError> {
        let to = to.map(str::to_lowercase);
        self.blocking("list", move |store| store.list(limit, to.as_deref())).await
    }

    /// One mail by [`OutboxEntry::name`]; `NotFound` if there is none.
    pub async fn get(&self, name: &str) -> Result<OutboxEntry, PortError> {
        let name = name.to_owned();
        self.blocking("get", move |store| store.get(&name)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Store) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            // The store is right after any interruption: the files are the truth.
            work(&mut store.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.map_err(|error| {
            PortError::new(PortErrorKind::Other, "mail", operation, "the outbox task did not finish")
                .with_source(error)
        })?
    }
}

#[async_trait]
impl Mail for OutboxMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let entry = OutboxEntry::new(message, self.clock.now());
        self.blocking("send", move |store| store.add(entry)).await
    }
}
