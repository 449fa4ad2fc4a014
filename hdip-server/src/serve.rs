//! Running: the HTTP server, the worker beside it or alone, and an orderly end.

use crate::config::Config;
use crate::state::{self, AppState, Replaced};
use hdip_core::Hdip;
use hdip_integrations::queue::rabbitmq::RabbitQueue;
use hdip_integrations::worker::{Worker, WorkerConfig};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long requests and jobs under way have when the process is told to stop.
const GRACE: Duration = Duration::from_secs(25);

/// Serves until the process is told to stop.
///
/// # Errors
/// When the ports cannot be opened or the address cannot be had.
pub async fn serve(config: Config) -> Result<(), Box<dyn Error>> {
    // From the first moment on: a signal that comes early must not end the process where it stands.
    let told = tokio::spawn(told_to_stop());
    let ports = state::open(&config, Replaced::default()).await?;
    let state = AppState::new(config, ports);
    let listener = TcpListener::bind(state.config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", state.config.listen))?;
    let (stop, stopping) = watch::channel(false);
    let worker = state.config.worker.then(|| start_worker(&state.hdip, &state.config, stopping.clone()));
    let broker = state.broker.clone();
    tracing::info!(address = %listener.local_addr()?, base_url = state.config.base_url, env = ?state.config.env, "serving");
    let app = crate::app(state).into_make_service_with_connect_info::<SocketAddr>();
    let mut ended = stopping.clone();
    let server = axum::serve(listener, app)
        .with_graceful_shutdown(async move { drop(ended.wait_for(|stop| *stop).await) });
    let server = tokio::spawn(async move { server.await });
    let _ = told.await;
    tracing::info!("stopping");
    stop.send_replace(true);
    let rest = async {
        let served = server.await;
        if let Some(worker) = worker {
            let _ = worker.await;
        }
        say_goodbye(broker).await;
        served
    };
    match tokio::time::timeout(GRACE, rest).await {
        Ok(served) => served??,
        Err(_) => tracing::warn!("requests or jobs were still under way; jobs will be taken up again"),
    }
    Ok(())
}

/// Runs background jobs and timers, without HTTP, until the process is told to stop.
///
/// # Errors
/// When the ports cannot be opened.
pub async fn work(config: Config) -> Result<(), Box<dyn Error>> {
    let told = tokio::spawn(told_to_stop());
    let ports = state::open(&config, Replaced::default()).await?;
    let state = AppState::new(config, ports);
    let (stop, stopping) = watch::channel(false);
    let worker = start_worker(&state.hdip, &state.config, stopping);
    tracing::info!("working");
    let _ = told.await;
    tracing::info!("stopping");
    stop.send_replace(true);
    let rest = async {
        let _ = worker.await;
        say_goodbye(state.broker).await;
    };
    if tokio::time::timeout(GRACE, rest).await.is_err() {
        tracing::warn!("jobs were still under way; they will be taken up again");
    }
    Ok(())
}

fn start_worker(hdip: &Hdip, config: &Config, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let config = WorkerConfig { concurrency: config.worker_concurrency, ..WorkerConfig::default() };
    tokio::spawn(Worker::new(hdip.clone(), config).run(stop))
}

/// After requests and jobs: the broker is told what was done, and gives the rest to others at once.
async fn say_goodbye(broker: Option<Arc<RabbitQueue>>) {
    if let Some(broker) = broker {
        broker.close().await;
    }
}

/// Returns on Ctrl-C or SIGTERM.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
