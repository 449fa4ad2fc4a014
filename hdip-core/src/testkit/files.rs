use super::lock;
use crate::ports::{ByteStream, FileMeta, Files, PortError, PortErrorKind, PutFile};
use crate::values::FileId;
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

/// Files in memory.
#[derive(Debug, Default)]
pub struct MemoryFiles(Mutex<BTreeMap<FileId, Bytes>>);

impl MemoryFiles {
    /// With no file.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        lock(&self.0).len()
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn put(&self, mut file: PutFile) -> Result<FileMeta, PortError> {
        let mut content = Vec::new();
        while let Some(piece) = next(&mut file.body).await {
            content.extend_from_slice(&piece?);
            if content.len() as u64 > file.limit {
                return Err(PortError::new(PortErrorKind::Rejected, "files", "put", "over the limit"));
            }
        }
        let meta = meta(&content);
        lock(&self.0).insert(file.id, content.into());
        Ok(meta)
    }

    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError> {
        let content = lock(&self.0).get(&id).cloned();
        let content =
            content.ok_or_else(|| PortError::new(PortErrorKind::NotFound, "files", "get", "no such file"))?;
        Ok((meta(&content), stream_of([Ok(content)])))
    }

    async fn delete(&self, id: FileId) -> Result<(), PortError> {
        lock(&self.0).remove(&id);
        Ok(())
    }
}

fn meta(content: &[u8]) -> FileMeta {
    FileMeta { length: content.len() as u64, sha256: Sha256::digest(content).into() }
}

/// The pieces as a [`ByteStream`].
pub fn stream_of(pieces: impl IntoIterator<Item = Result<Bytes, PortError>>) -> ByteStream {
    Box::pin(Pieces(pieces.into_iter().collect()))
}

/// Everything a [`ByteStream`] has to give, in one buffer. For tests: files need not fit in memory.
pub async fn read_all(mut stream: ByteStream) -> Result<Vec<u8>, PortError> {
    let mut all = Vec::new();
    while let Some(piece) = next(&mut stream).await {
        all.extend_from_slice(&piece?);
    }
    Ok(all)
}

async fn next(stream: &mut ByteStream) -> Option<Result<Bytes, PortError>> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

struct Pieces(VecDeque<Result<Bytes, PortError>>);

impl Stream for Pieces {
    type Item = Result<Bytes, PortError>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}
