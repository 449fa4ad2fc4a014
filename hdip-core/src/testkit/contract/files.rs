//! What [`Files`] promises.

use super::skipped;
use crate::ports::{FileMeta, Files, PortError, PortErrorKind, PutFile, Retry};
use crate::testkit::{MemoryFiles, read_all, stream_of};
use crate::values::{FileId, Id};
use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// An adapter under test.
#[async_trait]
pub trait FilesHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> &dyn Files;
    /// How many objects lie in the store, temporary ones included, if the harness can look inside.
    async fn objects(&self) -> Option<usize>;
    /// A fresh adapter over the same store, as after a restart; `None` where nothing outlives the adapter.
    async fn reopened(&self) -> Option<Box<dyn Files>>;
}

/// Tests of a [`FilesHarness`], one per clause. Every test needs a store of its own.
#[macro_export]
macro_rules! files_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, files:
            what_was_put_is_got,
            length_and_sha256_are_those_of_the_content,
            a_put_replaces,
            a_source_error_leaves_nothing,
            a_source_error_keeps_the_old_content,
            over_the_limit_is_rejected_and_leaves_nothing,
            over_the_limit_keeps_the_old_content,
            exactly_the_limit_is_fine,
            an_unknown_id_is_not_found,
            a_deleted_file_is_gone_and_deleting_again_is_fine,
            ids_do_not_mix,
            files_outlive_the_adapter,
        );
    };
}

fn id(n: u128) -> FileId {
    FileId::from_bits(n)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

/// In pieces of uneven size, some of them empty.
fn pieces(content: &[u8]) -> Vec<Result<Bytes, PortError>> {
    let mut pieces = vec![Ok(Bytes::new())];
    let (mut rest, mut size) = (content, 1);
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(size.min(rest.len()));
        pieces.push(Ok(Bytes::copy_from_slice(piece)));
        (rest, size) = (more, size * 3);
    }
    pieces
}

fn whole(id: FileId, content: &[u8]) -> PutFile {
    PutFile { id, body: stream_of(pieces(content)), limit: u64::MAX }
}

/// Gives `content`, then fails as a broken upload does.
fn broken(id: FileId, content: &[u8]) -> PutFile {
    let error = PortError::new(PortErrorKind::Unreachable, "test", "read", "the sender hung up");
    let body = pieces(content).into_iter().chain([Err(error)]).chain(pieces(content));
    PutFile { body: stream_of(body), ..whole(id, content) }
}

async fn put(port: &dyn Files, id: FileId, content: &[u8]) -> FileMeta {
    port.put(whole(id, content)).await.expect("stored")
}

async fn read(port: &dyn Files, id: FileId) -> Vec<u8> {
    let (meta, stream) = port.get(id).await.expect("found");
    let content = read_all(stream).await.expect("read");
    assert_eq!(meta.length, content.len() as u64, "the length says otherwise");
    assert_eq!(meta.sha256, <[u8; 32]>::from(Sha256::digest(&content)), "the digest says otherwise");
    content
}

async fn assert_unknown(port: &dyn Files, id: FileId) {
    let answer = port.get(id).await;
    let Err(error) = answer else { panic!("something is there") };
    assert_eq!(error.kind, PortErrorKind::NotFound);
}

/// Empty, small and large, in pieces.
pub async fn what_was_put_is_got(harness: &impl FilesHarness) {
    for (n, length) in [0, 1, 1000, 400_000].into_iter().enumerate() {
        put(harness.port(), id(n as u128), &content(length)).await;
        assert!(
            read(harness.port(), id(n as u128)).await == content(length),
            "{length} bytes came back changed"
        );
    }
}

/// In the answer to `put` as to `get`.
pub async fn length_and_sha256_are_those_of_the_content(harness: &impl FilesHarness) {
    for (n, length) in [0, 70_000].into_iter().enumerate() {
        let meta = put(harness.port(), id(n as u128), &content(length)).await;
        let sha256 = Sha256::digest(content(length)).into();
        assert_eq!(meta, FileMeta { length: length as u64, sha256 });
        assert_eq!(harness.port().get(id(n as u128)).await.expect("found").0, meta);
    }
}

/// A longer content by a shorter one, and the other way round.
pub async fn a_put_replaces(harness: &impl FilesHarness) {
    for text in [&b"the first content"[..], b"short", b"", b"longer than all the ones before"] {
        put(harness.port(), id(1), text).await;
        assert_eq!(read(harness.port(), id(1)).await, text);
    }
}

/// Neither a file nor a temporary one.
pub async fn a_source_error_leaves_nothing(harness: &impl FilesHarness) {
    let before = harness.objects().await;
    harness.port().put(broken(id(1), &content(100_000))).await.expect_err("the source failed");
    assert_unknown(harness.port(), id(1)).await;
    unchanged("a_source_error_leaves_nothing", harness, before).await;
}

/// The file that was there is as it was.
pub async fn a_source_error_keeps_the_old_content(harness: &impl FilesHarness) {
    put(harness.port(), id(1), b"old").await;
    harness.port().put(broken(id(1), &content(100_000))).await.expect_err("the source failed");
    assert_eq!(read(harness.port(), id(1)).await, b"old");
}

/// `Rejected`, never to be tried again.
pub async fn over_the_limit_is_rejected_and_leaves_nothing(harness: &impl FilesHarness) {
    let before = harness.objects().await;
    for (n, (length, limit)) in [(1, 0), (100_001, 100_000)].into_iter().enumerate() {
        let file = PutFile { limit, ..whole(id(n as u128), &content(length)) };
        let error = harness.port().put(file).await.expect_err("over the limit");
        assert_eq!((error.kind, error.retry), (PortErrorKind::Rejected, Retry::Never));
        assert_unknown(harness.port(), id(n as u128)).await;
    }
    unchanged("over_the_limit_is_rejected_and_leaves_nothing", harness, before).await;
}

/// The file that was there is as it was.
pub async fn over_the_limit_keeps_the_old_content(harness: &impl FilesHarness) {
    put(harness.port(), id(1), b"old").await;
    let file = PutFile { limit: 10, ..whole(id(1), b"eleven byte") };
    harness.port().put(file).await.expect_err("over the limit");
    assert_eq!(read(harness.port(), id(1)).await, b"old");
}

/// More than the limit is refused, the limit is not.
pub async fn exactly_the_limit_is_fine(harness: &impl FilesHarness) {
    for limit in [0, 1, 65_536] {
        let content = content(limit);
        let file = PutFile { limit: limit as u64, ..whole(id(1), &content) };
        harness.port().put(file).await.expect("within the limit");
        assert!(read(harness.port(), id(1)).await == content);
    }
}

/// `NotFound`.
pub async fn an_unknown_id_is_not_found(harness: &impl FilesHarness) {
    assert_unknown(harness.port(), id(1)).await;
    put(harness.port(), id(1), b"one").await;
    assert_unknown(harness.port(), id(2)).await;
}

/// The one that is deleted, no other.
pub async fn a_deleted_file_is_gone_and_deleting_again_is_fine(harness: &impl FilesHarness) {
    put(harness.port(), id(1), b"one").await;
    put(harness.port(), id(2), b"two").await;
    for _ in 0..2 {
        harness.port().delete(id(1)).await.expect("deleted");
        assert_unknown(harness.port(), id(1)).await;
    }
    assert_eq!(read(harness.port(), id(2)).await, b"two");
    put(harness.port(), id(1), b"again").await;
    assert_eq!(read(harness.port(), id(1)).await, b"again");
}

/// Also those that differ in their first or last bit only.
pub async fn ids_do_not_mix(harness: &impl FilesHarness) {
    let ids = [0, 1, 1 << 31, 1 << 127, u128::MAX];
    for n in ids {
        put(harness.port(), id(n), &n.to_be_bytes()).await;
    }
    for n in ids {
        assert_eq!(read(harness.port(), id(n)).await, n.to_be_bytes());
    }
}

/// A restart finds everything.
pub async fn files_outlive_the_adapter(harness: &impl FilesHarness) {
    put(harness.port(), id(1), &content(100_000)).await;
    let Some(fresh) = harness.reopened().await else {
        return skipped("files_outlive_the_adapter", "nothing outlives this adapter");
    };
    assert!(read(&*fresh, id(1)).await == content(100_000));
}

async fn unchanged(clause: &str, harness: &impl FilesHarness, before: Option<usize>) {
    match before {
        Some(_) => assert_eq!(harness.objects().await, before, "something was left behind"),
        None => skipped(clause, "the harness cannot look inside for leftovers"),
    }
}

#[async_trait]
impl FilesHarness for MemoryFiles {
    fn port(&self) -> &dyn Files {
        self
    }
    async fn objects(&self) -> Option<usize> {
        Some(self.count())
    }
    async fn reopened(&self) -> Option<Box<dyn Files>> {
        None
    }
}

#[cfg(test)]
mod memory {
    crate::files_contract!(attr = tokio::test, harness = crate::testkit::MemoryFiles::new());
}
