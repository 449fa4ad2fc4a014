//! The database by its address: opening it, and what its operator does with it.

use hdip_core::ports::{PortError, PortErrorKind};
use hdip_integrations::storage::Database;
use hdip_integrations::storage::sql::copy as rows;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Connects, and leaves the schema as it is; the directory of an SQLite file is made.
///
/// # Errors
/// When the directory cannot be made, or the database cannot be reached.
pub async fn connect(url: &str, connections: u32) -> Result<Database, PortError> {
    if let Some(directory) = file(url).and_then(Path::parent) {
        std::fs::create_dir_all(directory).map_err(|error| {
            let what = "the database's directory cannot be made";
            PortError::new(PortErrorKind::Rejected, "server", "open", what).with_source(error)
        })?;
    }
    Database::connect(url, connections).await
}

/// The file of an SQLite address.
fn file(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite:").map(|rest| Path::new(rest.trim_start_matches("//")))
}

/// The file of an SQLite address, if it is not there. Connecting would make it.
pub fn missing_file(url: &str) -> Option<PathBuf> {
    file(url).filter(|file| !file.is_file()).map(Path::to_owned)
}

/// An address without its password.
pub fn shown(url: &str) -> String {
    // The password ends at the last @ of the authority, whatever it is made of.
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let path = path.split('?').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}/{path}")
        }
        None => format!("{scheme}://{authority}/{path}"),
    }
}

/// Copies everything, and prints what.
///
/// # Errors
/// When a database cannot be reached, or the copy is refused.
pub async fn copy(from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    if from == to {
        return Err("from and to are the same".into());
    }
    for url in [from, to] {
        if let Some(file) = missing_file(url) {
            return Err(format!("there is no database {}", file.display()).into());
        }
    }
    println!("from {}\nto   {}", shown(from), shown(to));
    let (from, to) = (connect(from, 2).await?, connect(to, 2).await?);
    let copied = rows::copy(&from, &to).await?;
    println!("{:<26} {:>10}  same rows, as a number", "table", "rows");
    for table in &copied {
        println!("{:<26} {:>10}  {:032x}", table.table, table.rows, table.hash);
    }
    println!(
        "{:<26} {:>10}  read back and compared",
        "all",
        copied.iter().map(|table| table.rows).sum::<u64>()
    );
    from.close().await;
    to.close().await;
    Ok(())
}

/// Writes the SQLite database into a new file.
///
/// # Errors
/// When it is another database, or the file is there or cannot be written.
pub async fn backup(url: &str, to: &Path) -> Result<(), Box<dyn Error>> {
    if let Some(file) = missing_file(url) {
        return Err(format!("there is no database {}", file.display()).into());
    }
    match connect(url, 2).await? {
        Database::Sqlite(storage) => storage.backup(to).await?,
        _ => {
            return Err(
                "only SQLite is backed up by this; use the database's own tools (docs/backup.md)".into()
            );
        }
    }
    println!("{} is in {}", shown(url), to.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (url, wanted) in [
            ("sqlite:/var/lib/hdip.sqlite", "sqlite:/var/lib/hdip.sqlite"),
            (
                "mysql://hdip:se@cr:et@db.example:3306/hdip?ssl-mode=REQUIRED",
                "mysql://hdip@db.example:3306/hdip",
            ),
            ("postgres://hdip@db.example/hdip", "postgres://hdip@db.example/hdip"),
            ("postgres://db.example/hdip?password=secret", "postgres://db.example/hdip"),
        ] {
            assert_eq!(shown(url), wanted);
        }
    }
}
