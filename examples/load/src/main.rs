//! Fills a database with a believable amount of data, and measures what a server and its workers do with it.
//!
//! It reads the same `HDIP_…` settings as the server, opens the same database, and gives itself the sign-ins it
//! needs, so that what is measured is the work and not the hashing of passwords. Only for databases that may
//! be thrown away. `.ci/load` runs all of it on every database; docs/performance.md has a table of results.

mod bulk;
mod ceiling;
mod jobs;
mod measure;
mod people;
mod requests;
mod wire;

use clap::{Args, Parser, Subcommand};
use hdip_server::config::Config;
use hdip_server::state::{self, AppState, Replaced};
use measure::Pressure;
use std::net::SocketAddr;
use std::time::Duration;
use wire::Failure;

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill an empty, migrated database.
    Fill(bulk::Size),
    /// Measure requests against a running server over a filled database.
    Http(HttpArgs),
    /// Measure background jobs of a filled database in this process.
    Jobs(jobs::Amount),
    /// Measure what the generator itself can do, against a handler that answers 1 kB from memory.
    Ceiling {
        /// How long, in seconds.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Connections.
        #[arg(long, default_value_t = 16)]
        connections: usize,
    },
}

#[derive(Debug, Args)]
struct HttpArgs {
    /// Where the server listens. Loopback only.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Only these, by name; all if not said.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match Cli::parse().command {
        Command::Fill(size) => {
            let state = open().await?;
            bulk::fill(&state, size).await
        }
        Command::Http(args) => {
            if !args.address.ip().is_loopback() {
                return Err("load is measured on loopback addresses only".into());
            }
            let length = Duration::from_secs(args.seconds);
            let pressure = Pressure { address: args.address, connections: args.connections, length };
            requests::run(&open().await?, pressure, &args.only).await
        }
        Command::Jobs(amount) => jobs::run(&Config::read(None)?, amount).await,
        Command::Ceiling { seconds, connections } => {
            ceiling::run(connections, Duration::from_secs(seconds)).await
        }
    }
}

async fn open() -> Result<AppState, Failure> {
    let config = Config::read(None)?;
    let ports = state::open(&config, Replaced::default()).await?;
    Ok(AppState::new(config, ports))
}
