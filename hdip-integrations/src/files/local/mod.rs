//! Files in a directory of this machine.
//!
//! Each is one file of the file system: the content, then a trailer with length and digest (see
//! `trailer.rs`). Since both move together in one rename, no crash can leave a content with another's
//! digest, which a file beside it could not promise. A new content is written to `tmp/`, synced and then
//! renamed over the old one.
//!
//! ```text
//! <directory>/tmp/…              puts in work
//! <directory>/<xx>/<file id>     xx: the id's last two characters, which are random
//! ```

mod trailer;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use hdip_core::ports::{ByteStream, FileMeta, Files, PortError, PortErrorKind, PutFile};
use hdip_core::values::FileId;
use sha2::{Digest, Sha256};
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Temporary files older than this were left by a crash.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps files in a directory, which several processes of one machine may share.
#[derive(Debug)]
pub struct LocalFiles {
    directory: PathBuf,
    puts: AtomicU64,
}

impl LocalFiles {
    /// Opens a directory, which is made if it is not there, and removes what crashed puts left in it more
    /// than a day ago (blocking, once).
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, PortError> {
        let directory = directory.into();
        let open = || {
            let temporary = directory.join("tmp");
            std::fs::create_dir_all(&temporary)?;
            for entry in std::fs::read_dir(temporary)? {
                let entry = entry?;
                let age = entry.metadata()?.modified().map(|at| SystemTime::now().duration_since(at));
                if age.is_ok_and(|age| age.is_ok_and(|age| age > STALE)) {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        open().map_err(failed("open", "the directory cannot be opened"))?;
        Ok(Self { directory, puts: AtomicU64::new(0) })
    }

    fn path(&self, id: FileId) -> PathBuf {
        let name = id.to_string();
        self.directory.join(&name[name.len() - 2..]).join(name)
    }

    fn temporary(&self, id: FileId) -> Temporary {
        let n = self.puts.fetch_add(1, Ordering::Relaxed);
        Temporary(self.directory.join("tmp").join(format!("{id}.{}.{n}", std::process::id())))
    }
}

#[async_trait]
impl Files for LocalFiles {
    async fn put(&self, mut file: PutFile) -> Result<FileMeta, PortError> {
        let failed = failed("put", "the file cannot be written");
        let temporary = self.temporary(file.id);
        let mut to = File::create(&temporary.0).await.map_err(&failed)?;
        let (mut length, mut sha256) = (0, Sha256::new());
        while let Some(piece) = file.body.try_next().await? {
            length += piece.len() as u64;
            if length > file.limit {
                let why = format!("more than {} bytes", file.limit);
                return Err(PortError::new(PortErrorKind::Rejected, "files", "put", why));
            }
            sha256.update(&piece);
            to.write_all(&piece).await.map_err(&failed)?;
        }
        let meta = FileMeta { length, sha256: sha256.finalize().into() };
        to.write_all(&trailer::write(&meta)).await.map_err(&failed)?;
        to.sync_all().await.map_err(&failed)?;
        self.publish(temporary, file.id).await.map_err(&failed)?;
        Ok(meta)
    }

    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError> {
        let open = async {
            let mut file = File::open(self.path(id)).await?;
            let size = file.metadata().await?.len();
            let mut end = [0; trailer::LENGTH];
            if let Some(at) = size.checked_sub(end.len() as u64) {
                file.seek(SeekFrom::Start(at)).await?;
                file.read_exact(&mut end).await?;
                file.rewind().await?;
            }
            io::Result::Ok((file, size, end))
        };
        let (file, size, end) = open.await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                PortError::new(PortErrorKind::NotFound, "files", "get", "no such file")
            }
            _ => failed("get", "the file cannot be read")(error),
        })?;
        let meta =
            trailer::read(&end, size).ok_or_else(|| damaged("the file has no trailer of its length"))?;
        Ok((meta.clone(), pieces(file, meta)))
    }

    async fn delete(&self, id: FileId) -> Result<(), PortError> {
        let path = self.path(id);
        match fs::remove_file(&path).await {
            Ok(()) => sync_folder(&path).await.map_err(failed("delete", "the folder cannot be synced")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed("delete", "the file cannot be removed")(error)),
        }
    }
}

impl LocalFiles {
    /// Gives a finished file its name; durable when it answers.
    async fn publish(&self, temporary: Temporary, id: FileId) -> io::Result<()> {
        let path = self.path(id);
        if let Some(folder) = path.parent() {
            match fs::create_dir(folder).await {
                Ok(()) => sync_folder(folder).await?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        fs::rename(&temporary.0, &path).await?;
        sync_folder(&path).await
    }
}

/// A name is durable when the folder that holds it is synced.
async fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder).await?.sync_all().await,
        None => Ok(()),
    }
}

/// The content, which ends with an error instead of quietly if it is not what was put.
fn pieces(file: File, meta: FileMeta) -> ByteStream {
    let start = (file.take(meta.length), Sha256::new());
    Box::pin(stream::try_unfold(start, move |(mut file, mut sha256)| {
        let expected = meta.sha256;
        async move {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).await.map_err(failed("get", "the file cannot be read"))?;
            if read == 0 {
                let found: [u8; 32] = sha256.finalize().into();
                return if found == expected {
                    Ok(None)
                } else {
                    Err(damaged("the content is not what was put"))
                };
            }
            piece.truncate(read);
            sha256.update(&piece);
            Ok(Some((Bytes::from(piece), (file, sha256))))
        }
    }))
}

/// A file in work; removed unless it was renamed, also when the put is cancelled.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Not there any more after a rename.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn damaged(what: &'static str) -> PortError {
    PortError::new(PortErrorKind::Corrupt, "files", "get", what)
}

fn failed(operation: &'static str, context: &'static str) -> impl Fn(io::Error) -> PortError {
    move |error| PortError::new(PortErrorKind::Other, "files", operation, context).with_source(error)
}
