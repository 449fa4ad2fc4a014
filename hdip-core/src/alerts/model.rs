use crate::ports::Chat;
use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Background jobs were given up; measured in jobs.
    DeadLetters,
    /// Jobs keep failing at a provider, the subject; measured in jobs.
    ProviderDown,
    /// Jobs or timers wait too long; measured in minutes.
    QueueLag,
    /// A release, the subject, is in service.
    DeployFinished,
    /// A release, the subject, was taken back.
    DeployRolledBack,
}

impl AlertKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeadLetters => "dead_letters",
            Self::ProviderDown => "provider_down",
            Self::QueueLag => "queue_lag",
            Self::DeployFinished => "deploy_finished",
            Self::DeployRolledBack => "deploy_rolled_back",
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A trouble of the deployment, from its beginning to its end; or a deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// The provider or release; empty where the kind says it all.
    pub subject: String,
    /// What was measured when it began; see [`AlertKind`].
    pub measured: i64,
    /// From where on it is an alert.
    pub threshold: i64,
    /// `kind:subject` while it lasts: one at a time.
    pub live_key: Option<String>,
    /// When it was noticed.
    pub opened_at: Timestamp,
    /// When it was over.
    pub over_at: Option<Timestamp>,
    /// Record version.
    pub version: i64,
}
entity!(Alert, Alerts, "alert");

impl Alert {
    /// The key of a trouble that lasts.
    pub fn key(kind: AlertKind, subject: &str) -> String {
        format!("{kind}:{subject}")
    }
}

/// From where on something is an alert. 0 switches a kind off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertThresholds {
    /// Background jobs given up.
    pub dead_letters: u32,
    /// Jobs that one provider has failed three times or more.
    pub provider_failures: u32,
    /// Minutes for which the oldest due job or timer has waited.
    pub queue_lag_minutes: u32,
    /// Seconds between two looks.
    pub every_seconds: u32,
}

impl Default for AlertThresholds {
    fn default() -> Self {
        Self { dead_letters: 1, provider_failures: 3, queue_lag_minutes: 10, every_seconds: 60 }
    }
}

/// How the operator is told of trouble.
#[derive(Debug, Clone, Default)]
pub struct Alerting {
    /// When.
    pub thresholds: AlertThresholds,
    /// Who is on call; the operator's support address if not said.
    pub mail_to: Option<Email>,
    /// The operator's channel.
    pub chat: Option<Arc<dyn Chat>>,
}
