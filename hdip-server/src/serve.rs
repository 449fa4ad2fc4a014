//! Running: the HTTP server, the worker beside it or alone, and an orderly end.
//!
//! Told to stop (SIGTERM, Ctrl-C), a process is not ready from that moment on, takes up no more jobs, goes on
//! answering for [`Config::shutdown_delay_seconds`] so that load balancers notice, then takes no more
//! connections, and ends when what is under way has ended, at the latest after
//! [`Config::shutdown_grace_seconds`].

use crate::config::Config;
use crate::state::{self, AppState, Replaced};
use hdip_integrations::worker::{Worker, WorkerConfig};
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The end of the grace, when jobs are not waited for any more.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// HTTP; jobs and timers too where [`Config::worker`] says so.
    Serve,
    /// Jobs and timers.
    Work,
    /// Both.
    All,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// When the ports cannot be opened or the address cannot be had.
pub async fn run(config: Config, role: Role) -> Result<(), Box<dyn Error>> {
    // From the first moment on: a signal that comes early must not end the process where it stands.
    let told = tokio::spawn(told_to_stop());
    let ports = state::open(&config, Replaced::default()).await?;
    let state = AppState::new(config, ports);
    let works = role != Role::Serve || state.config.worker;
    // Bound before anything else begins: an address in use is told at once.
    let http = match role {
        Role::Work => match state.config.operations_listen {
            Some(address) => Some((bind(address).await?, crate::operations(state.clone()))),
            None => None,
        },
        Role::Serve | Role::All => Some((bind(state.config.listen).await?, crate::app(state.clone()))),
    };
    let (stop_work, work_stopping) = watch::channel(false);
    let (stop_http, http_stopping) = watch::channel(false);
    let background =
        if works { start_worker(&state, work_stopping) } else { watch_only(&state, work_stopping) };
    let server = match http {
        None => None,
        Some((listener, app)) => {
            let address = listener.local_addr()?;
            tracing::info!(%address, base_url = state.config.base_url, env = ?state.config.env, ?role, "serving");
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            let mut ended = http_stopping;
            let server = axum::serve(listener, app)
                .with_graceful_shutdown(async move { turned_true(&mut ended).await });
            Some(tokio::spawn(async move { server.await }))
        }
    };
    if works {
        tracing::info!(concurrency = state.config.worker_concurrency, "working");
    }

    let _ = told.await;
    state.health.stop();
    stop_work.send_replace(true);
    // No balancer sends anything to a worker.
    let delay = if role == Role::Work { 0 } else { state.config.shutdown_delay_seconds };
    let delay = Duration::from_secs(delay);
    tracing::info!(delay_seconds = delay.as_secs(), "stopping: not ready any more");
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        // Told twice: somebody waits at a terminal.
        () = told_to_stop() => {}
    }
    stop_http.send_replace(true);
    let rest = async {
        if let Some(server) = server {
            server.await??;
        }
        let _ = background.await;
        if let Some(broker) = &state.broker {
            // It is told what was done, and gives the rest to others at once.
            broker.close().await;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    let grace = Duration::from_secs(state.config.shutdown_grace_seconds);
    match tokio::time::timeout(grace, rest).await {
        Ok(ended) => ended?,
        Err(_) => tracing::warn!("requests or jobs were still under way; jobs will be taken up again"),
    }
    tracing::info!("stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
}

fn start_worker(state: &AppState, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let grace = Duration::from_secs(state.config.shutdown_grace_seconds);
    let config = WorkerConfig {
        concurrency: state.config.worker_concurrency,
        // The rest is for taking back leases and for a word to the broker.
        drain: grace.saturating_sub(LAST_WORDS),
        ..WorkerConfig::default()
    };
    let worker = Worker::new(state.hdip.clone(), config);
    state.health.has_worker(worker.counts());
    let state = state.clone();
    let mut told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = schema_is_there(&state) => worker.run(stop).await,
            () = turned_true(&mut told) => {}
        }
    })
}

/// Waits until somebody has migrated: jobs over an old schema would only fail.
async fn schema_is_there(state: &AppState) {
    let mut told = false;
    loop {
        match state.hdip.storage().pending_migrations().await {
            Ok(0) => return,
            Ok(pending) if !told => {
                tracing::warn!(
                    pending,
                    "the schema is of an older release; waiting for `hdip-server migrate`"
                );
                told = true;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = crate::problem::chain(&error), "the schema cannot be read"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Looks for trouble without doing anybody's work: where all workers are gone, nobody else can tell.
fn watch_only(state: &AppState, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    let (hdip, pause) = (state.hdip.clone(), Duration::from_secs(state.config.alert_check_seconds.into()));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = turned_true(&mut stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
            if let Err(error) = hdip.check_alerts().await {
                tracing::warn!(error = crate::problem::chain(&error), "could not look for trouble");
            }
        }
    })
}

/// Returns when the flag is set, or whoever could set it is gone.
async fn turned_true(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|set| *set).await;
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
