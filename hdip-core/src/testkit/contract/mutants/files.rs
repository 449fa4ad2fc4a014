use crate::ports::{ByteStream, FileMeta, Files, PortError, PortErrorKind, PutFile, Retry};
use crate::testkit::contract::files::FilesHarness;
use crate::testkit::{MemoryFiles, lock, stream_of};
use crate::values::{FileId, Id};
use async_trait::async_trait;
use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a [`MutantFiles`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilesFault {
    /// Stores the first piece that is not empty, and no more.
    FirstPieceOnly,
    /// Says that the digest is zero.
    NoDigest,
    /// Keeps the first content for ever.
    NeverReplaces,
    /// Leaves what came before the source failed.
    KeepsPartial,
    /// Leaves a temporary object when a put fails.
    LeavesTemporary,
    /// Removes the old content before the new one has come.
    DeletesFirst,
    /// Has no limit.
    Unlimited,
    /// Would have the caller send a too large file again.
    RetriesTooLarge,
    /// Refuses a file of exactly the limit.
    LimitIsTooMuch,
    /// An unknown file is an empty one.
    UnknownIsEmpty,
    /// Deleting an unknown file is an error.
    DeletesOnce,
    /// Looks at the lower half of an id only.
    MixesIds,
    /// Forgets everything at a restart.
    Forgets,
}

/// A [`MemoryFiles`] with a fault.
#[derive(Debug)]
pub struct MutantFiles {
    fault: FilesFault,
    inner: MemoryFiles,
    leftovers: AtomicUsize,
    seen: Mutex<Vec<FileId>>,
}

impl MutantFiles {
    /// With this fault.
    pub fn new(fault: FilesFault) -> Self {
        Self { fault, inner: MemoryFiles::new(), leftovers: AtomicUsize::new(0), seen: Mutex::default() }
    }

    fn id(&self, id: FileId) -> FileId {
        let short = || id.to_string().chars().rev().take(10).fold(0, |n, c| n << 8 | c as u128);
        if self.fault == FilesFault::MixesIds { FileId::from_bits(short()) } else { id }
    }
}

#[async_trait]
impl Files for MutantFiles {
    async fn put(&self, mut file: PutFile) -> Result<FileMeta, PortError> {
        file.id = self.id(file.id);
        let known = lock(&self.seen).contains(&file.id);
        match self.fault {
            FilesFault::FirstPieceOnly => {
                let mut pieces = drain(&mut file.body).await;
                pieces.retain(|piece| piece.as_ref().is_ok_and(|bytes| !bytes.is_empty()));
                pieces.truncate(1);
                file.body = stream_of(pieces);
            }
            FilesFault::NeverReplaces if known => {
                return self.inner.get(file.id).await.map(|(meta, _)| meta);
            }
            FilesFault::DeletesFirst => self.inner.delete(file.id).await?,
            FilesFault::Unlimited => file.limit = u64::MAX,
            FilesFault::LimitIsTooMuch => file.limit = file.limit.saturating_sub(1),
            FilesFault::KeepsPartial => {
                let mut pieces = drain(&mut file.body).await;
                if let Some(at) = pieces.iter().position(Result::is_err) {
                    let error = pieces.split_off(at).remove(0);
                    self.inner.put(PutFile { body: stream_of(pieces), ..file }).await?;
                    return error.map(|_| unreachable!("it is an error"));
                }
                file.body = stream_of(pieces);
            }
            _ => {}
        }
        lock(&self.seen).push(file.id);
        let answer = self.inner.put(file).await;
        match (self.fault, answer) {
            (FilesFault::NoDigest, Ok(meta)) => Ok(FileMeta { sha256: [0; 32], ..meta }),
            (FilesFault::RetriesTooLarge, Err(error)) => Err(error.with_retry(Retry::Backoff)),
            (FilesFault::LeavesTemporary, Err(error)) => {
                self.leftovers.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
            (_, answer) => answer,
        }
    }

    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError> {
        let answer = self.inner.get(self.id(id)).await;
        match (self.fault, answer) {
            (FilesFault::UnknownIsEmpty, Err(_)) => {
                Ok((FileMeta { length: 0, sha256: [0; 32] }, stream_of([])))
            }
            (_, answer) => answer,
        }
    }

    async fn delete(&self, id: FileId) -> Result<(), PortError> {
        if self.fault == FilesFault::DeletesOnce && self.inner.get(id).await.is_err() {
            return Err(PortError::new(PortErrorKind::NotFound, "files", "delete", "no such file"));
        }
        self.inner.delete(self.id(id)).await
    }
}

async fn drain(body: &mut ByteStream) -> Vec<Result<bytes::Bytes, PortError>> {
    let mut pieces = Vec::new();
    while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        pieces.push(piece);
    }
    pieces
}

#[async_trait]
impl FilesHarness for MutantFiles {
    fn port(&self) -> &dyn Files {
        self
    }
    async fn objects(&self) -> Option<usize> {
        Some(self.inner.count() + self.leftovers.load(Ordering::Relaxed))
    }
    async fn reopened(&self) -> Option<Box<dyn Files>> {
        (self.fault == FilesFault::Forgets).then(|| Box::new(MemoryFiles::new()) as Box<dyn Files>)
    }
}
