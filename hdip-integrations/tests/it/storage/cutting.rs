//! A connection that is cut exactly when the server has been told to commit: nobody knows whether it did.

use super::common::event;
use super::fresh::{Fresh, Kind};
use hdip_core::ports::Outcome;
use hdip_core::ports::storage::*;
use hdip_core::testkit::SeededIds;
use hdip_integrations::storage::Database;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Hands everything on between a client and a server, until it is armed and the client says `COMMIT`: that still
/// reaches the server, whose answer reaches nobody.
async fn cutter(server: String) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let armed = Arc::new(AtomicBool::new(false));
    let watched = armed.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(between(client, server, watched.clone()));
        }
    });
    (port, armed)
}

/// Whether a packet has the word in it; not `READ COMMITTED`.
fn is_commit(packet: &[u8]) -> bool {
    packet.windows(6).enumerate().any(|(at, word)| word == b"COMMIT" && packet.get(at + 6) != Some(&b'T'))
}

async fn between(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                if count == 0 || server.write_all(&asked[..count]).await.is_err() {
                    return;
                }
                if armed.load(Ordering::SeqCst) && is_commit(&asked[..count]) {
                    // The server has done it when it answers.
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            Ok(count) = server.read(&mut answered) => {
                if count == 0 || client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

async fn a_commit_nobody_heard_of_is_of_unknown_outcome(kind: Kind) {
    let Some((fresh, _)) = Fresh::migrated(kind).await else { return };
    let (address, name) = fresh.url.rsplit_once('/').unwrap();
    let (scheme, host) = address.split_once("://").unwrap();
    let (user, server) = host.rsplit_once('@').unwrap();
    let (port, armed) = cutter(server.to_owned()).await;
    // Encrypted, nobody could tell a COMMIT.
    let plain = if kind == Kind::Mysql { "ssl-mode=DISABLED" } else { "sslmode=disable" };
    let url = format!("{scheme}://{user}@127.0.0.1:{port}/{name}?{plain}");
    let database = Database::connect(&url, 2).await.unwrap();
    let storage = database.storage();
    let ids = SeededIds::new(1);
    let changes = |subject: &str| Changes { events: vec![event(&ids, subject)], ..Changes::new() };
    storage.commit(changes("heard")).await.unwrap();
    armed.store(true, Ordering::SeqCst);
    let Err(CommitError::Port(error)) = storage.commit(changes("not heard")).await else {
        panic!("nobody heard of it")
    };
    assert_eq!(error.outcome, Outcome::Unknown, "{error:?}");
    armed.store(false, Ordering::SeqCst);
    let events = storage.events(Stream::Operator, 0, 10).await.unwrap();
    assert_eq!(events.iter().map(|e| &*e.subject).collect::<Vec<_>>(), ["heard", "not heard"], "it was done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_nobody_heard_of_is_of_unknown_outcome_in_mysql() {
    a_commit_nobody_heard_of_is_of_unknown_outcome(Kind::Mysql).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_nobody_heard_of_is_of_unknown_outcome_in_postgres() {
    a_commit_nobody_heard_of_is_of_unknown_outcome(Kind::Postgres).await;
}
