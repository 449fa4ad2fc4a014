//! Alerts: what is wrong with the deployment and needs a person who runs it.
//!
//! A durable timer looks every minute at how the work stands ([`WorkHealth`](crate::ports::storage::WorkHealth)):
//! jobs given up, a provider that keeps failing, work that waits too long. A trouble is one row from its
//! beginning to its end, so that however many schedulers look, its beginning and its end are told once
//! each: by mail to whoever is on call, and in the operator's [`Chat`](crate::ports::Chat) channel if there is one.
//! The jobs that tell it go before whatever is waiting. A server without a worker looks, too
//! ([`Hdip::check_alerts`](crate::Hdip::check_alerts)): nobody else can tell that no worker is there.
//!
//! Deploys are told the same way, as rows that are over at once.
//!
//! Invariants: one alert per episode (`alerts::two_schedulers_tell_it_once`, a unique key); what lasts is not
//! told again (`alerts::a_dead_letter_is_told_once_and_its_end_too`).

mod conditions;
mod model;
mod tell;
mod use_cases;

pub use conditions::{Condition, PROVIDERS, conditions, has_recovered, provider_of};
pub use model::{Alert, AlertKind, AlertThresholds, Alerting};
pub(crate) use tell::POST_TO_CHAT;
pub(crate) use use_cases::{ALERT_CHECK, ALERT_SUBJECT};
pub use use_cases::{DeployOutcome, ReportDeploy};
