//! The generator against next to nothing: a handler of the same framework that answers 1 kB from memory.

use crate::measure::{AsyncOnce, Pressure, press};
use crate::wire::{Failure, Wire};
use axum::Router;
use axum::routing::get;
use hyper::Method;
use std::time::Duration;

#[derive(Debug, Clone)]
struct Bare;

impl AsyncOnce for Bare {
    async fn once(&self, wire: &mut Wire, _: usize) -> Result<(), Failure> {
        match wire.ask(Method::GET, "/", None, None).await? {
            (200, body) if body.len() == 1024 => Ok(()),
            (status, _) => Err(format!("the bare handler answers {status}").into()),
        }
    }
}

/// Measures.
pub async fn run(connections: usize, length: Duration) -> Result<(), Failure> {
    static KILOBYTE: [u8; 1024] = [b'x'; 1024];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/", get(|| async { KILOBYTE.as_slice() }));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    press(Pressure { address, connections, length }, Bare).await?.print("ceiling: 1 kB from memory");
    server.abort();
    Ok(())
}
