//! A mail relay that takes everything and remembers what came under which Message-ID.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How often each Message-ID was delivered.
#[derive(Debug, Clone, Default)]
pub struct Delivered(Arc<Mutex<BTreeMap<String, usize>>>);

impl Delivered {
    /// So far.
    pub fn so_far(&self) -> BTreeMap<String, usize> {
        self.0.lock().unwrap().clone()
    }
}

/// Starts one; its port, and what it gets.
pub async fn start() -> (u16, Delivered) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let delivered = Delivered::default();
    let all = delivered.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that is killed breaks its own connection only.
            tokio::spawn(talk(stream, all.clone()));
        }
    });
    (port, delivered)
}

async fn talk(stream: TcpStream, delivered: Delivered) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink.test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb: String = line.chars().take(4).collect::<String>().to_uppercase();
        let answer = match &*verb {
            "EHLO" | "HELO" => "250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut id = None;
                loop {
                    // The connection broke in the middle of a message: nothing was delivered.
                    let Some(line) = lines.next_line().await? else { return Ok(()) };
                    if line == "." {
                        break;
                    }
                    if let Some(value) = line.strip_prefix("Message-ID:") {
                        id.get_or_insert_with(|| value.trim().trim_matches(['<', '>']).to_owned());
                    }
                }
                let id = id.expect("every mail has a Message-ID");
                *delivered.0.lock().unwrap().entry(id).or_default() += 1;
                "250 taken\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 fine\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
