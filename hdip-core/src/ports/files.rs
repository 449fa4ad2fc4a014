use super::PortError;
use crate::values::{FileId, ImageType};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes in pieces. Files never cross a port as one buffer.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, PortError>> + Send>>;

/// A content that is in memory already, in one piece.
pub fn one_piece(content: Bytes) -> ByteStream {
    Box::pin(OnePiece(Some(content)))
}

struct OnePiece(Option<Bytes>);

impl Stream for OnePiece {
    type Item = Result<Bytes, PortError>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMeta {
    /// Bytes.
    pub length: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// A stored picture to read.
pub struct Picture {
    /// What it is.
    pub kind: ImageType,
    /// How long it is.
    pub meta: FileMeta,
    /// The content.
    pub body: ByteStream,
}

/// A file to store.
pub struct PutFile {
    /// The key it is stored under.
    pub id: FileId,
    /// The content.
    pub body: ByteStream,
    /// More bytes than this are refused.
    pub limit: u64,
}

impl Debug for PutFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutFile").field("id", &self.id).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Stores files.
///
/// Contract:
/// - After `put` answers, `get` gives the same bytes, and length and SHA-256 are those of the content.
/// - A `put` that fails (source error, over the limit: `Rejected`) leaves nothing behind, not even under
///   a name that existed before: the old content stays.
/// - `get` of an unknown id is `NotFound`; `delete` of one is fine.
#[async_trait]
pub trait Files: Debug + Send + Sync {
    /// Stores a file, replacing one of the same id.
    async fn put(&self, file: PutFile) -> Result<FileMeta, PortError>;
    /// Reads a file.
    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError>;
    /// Removes a file.
    async fn delete(&self, id: FileId) -> Result<(), PortError>;
}
