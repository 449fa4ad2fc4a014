//! Log lines and traces of this process.

use crate::config::{Config, LogFormat};
use std::error::Error;
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// What is traced: our own spans. Those of libraries say nothing about an interview, and the exporter's own would
/// never end.
#[cfg(feature = "otel")]
const TRACED: &str = "off,hdip_server=info,hdip_integrations=info,hdip_core=info";

/// Keeps traces going; what was not sent yet is sent by [`Telemetry::finish`].
#[derive(Debug, Default)]
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    traces: Option<hdip_integrations::telemetry::Traces>,
}

impl Telemetry {
    /// Sends what is left of the traces. A collector that is down delays the end by a few seconds, no more.
    pub async fn finish(self) {
        #[cfg(feature = "otel")]
        if let Some(traces) = self.traces {
            let sent = tokio::task::spawn_blocking(move || traces.finish()).await;
            if let Ok(Err(error)) = sent {
                tracing::warn!(error = crate::problem::chain(&error), "the last traces were not sent");
            }
        }
    }
}

/// Starts logging to standard error, and tracing where a collector is configured. `service` tells the process's
/// traces from those of others.
///
/// # Errors
/// A sentence naming the setting.
pub fn start(config: &Config, service: &str) -> Result<Telemetry, Box<dyn Error>> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("log: {error}"))?;
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_filter(filter).boxed()
        }
        LogFormat::Json => fmt::layer().json().with_writer(std::io::stderr).with_filter(filter).boxed(),
    };
    let registry = tracing_subscriber::registry().with(lines);
    #[cfg(feature = "otel")]
    if let Some(endpoint) = &config.otlp_endpoint {
        let (layer, traces) = hdip_integrations::telemetry::layer(endpoint, service, config.otlp_sample)
            .map_err(|error| format!("otlp_endpoint: {}", crate::problem::chain(&error)))?;
        registry.with(layer.with_filter(EnvFilter::new(TRACED))).try_init()?;
        return Ok(Telemetry { traces: Some(traces) });
    }
    #[cfg(not(feature = "otel"))]
    let _ = service;
    registry.try_init()?;
    Ok(Telemetry::default())
}
