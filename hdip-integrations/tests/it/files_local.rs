use async_trait::async_trait;
use bytes::Bytes;
use hdip_core::ports::{Files, PortErrorKind, PutFile};
use hdip_core::testkit::contract::files::FilesHarness;
use hdip_core::testkit::{read_all, stream_of};
use hdip_core::values::{FileId, Id};
use hdip_integrations::files::local::LocalFiles;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

struct Harness {
    files: LocalFiles,
    directory: TempDir,
}

fn harness() -> Harness {
    let directory = TempDir::new().unwrap();
    Harness { files: LocalFiles::new(directory.path().join("files")).unwrap(), directory }
}

/// Every file below, temporary ones included.
fn all(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

#[async_trait]
impl FilesHarness for Harness {
    fn port(&self) -> &dyn Files {
        &self.files
    }
    async fn objects(&self) -> Option<usize> {
        Some(all(self.directory.path()).len())
    }
    async fn reopened(&self) -> Option<Box<dyn Files>> {
        Some(Box::new(LocalFiles::new(self.directory.path().join("files")).unwrap()))
    }
}

mod contract {
    hdip_core::files_contract!(attr = tokio::test, harness = super::harness());
}

fn id() -> FileId {
    FileId::from_bits(7)
}

async fn put(files: &LocalFiles, content: &'static [u8]) {
    let body = stream_of([Ok(Bytes::from_static(content))]);
    files.put(PutFile { id: id(), body, limit: 1000 }).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_never_a_shorter_content() {
    let h = harness();
    put(&h.files, b"the content").await;
    let path = all(h.directory.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    // Cut, grown, emptied: seen at once.
    for broken in [&whole[..20], &whole[1..], &[whole.as_slice(), b"x"].concat(), &[]] {
        fs::write(&path, broken).unwrap();
        assert_eq!(h.files.get(id()).await.err().unwrap().kind, PortErrorKind::Corrupt);
    }
    // A flipped bit: seen at the end of the stream.
    let mut flipped = whole.clone();
    flipped[3] ^= 1;
    fs::write(&path, flipped).unwrap();
    let (_, stream) = h.files.get(id()).await.unwrap();
    assert_eq!(read_all(stream).await.unwrap_err().kind, PortErrorKind::Corrupt);
}

#[tokio::test]
async fn a_reader_keeps_its_content_while_it_is_replaced_and_removed() {
    let h = harness();
    put(&h.files, b"old").await;
    let (_, stream) = h.files.get(id()).await.unwrap();
    put(&h.files, b"newer").await;
    h.files.delete(id()).await.unwrap();
    assert_eq!(read_all(stream).await.unwrap(), b"old");
}

#[tokio::test]
async fn a_put_that_is_cancelled_leaves_nothing() {
    let h = harness();
    let body = Box::pin(futures_util::stream::pending());
    let put = h.files.put(PutFile { id: id(), body, limit: 1000 });
    assert!(tokio::time::timeout(Duration::from_millis(200), put).await.is_err());
    assert_eq!(all(h.directory.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_puts_at_once_one_is_there_whole() {
    let h = harness();
    let puts = (0..8u8).map(|n| {
        let body = stream_of((0..50).map(|_| Ok(Bytes::from(vec![n; 1000]))));
        h.files.put(PutFile { id: id(), body, limit: u64::MAX })
    });
    for put in futures_util::future::join_all(puts).await {
        assert_eq!(put.unwrap().length, 50_000);
    }
    let content = read_all(h.files.get(id()).await.unwrap().1).await.unwrap();
    assert!(content.len() == 50_000 && content.iter().all(|byte| *byte == content[0]));
    assert_eq!(all(h.directory.path()).len(), 1);
}

#[test]
fn what_a_crash_left_is_removed_after_a_day() {
    let directory = TempDir::new().unwrap();
    LocalFiles::new(directory.path()).unwrap();
    let (old, young) = (directory.path().join("tmp/old"), directory.path().join("tmp/young"));
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    fs::File::create(&old).unwrap().set_modified(two_days_ago).unwrap();
    fs::File::create(&young).unwrap();
    LocalFiles::new(directory.path()).unwrap();
    assert!(!old.exists() && young.exists());
}
