//! `hdip-server`: see `hdip-server --help`.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match hdip_server::cli::Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", hdip_server::problem::chain(&*error));
            ExitCode::FAILURE
        }
    }
}
