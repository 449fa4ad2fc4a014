//! What is an alert, and when it is over. Pure.

use super::{Alert, AlertKind, AlertThresholds};
use crate::ports::storage::WorkHealth;
use crate::values::*;
use std::collections::BTreeMap;

/// Whoever can be down: the ports behind which another party stands.
pub const PROVIDERS: [&str; 9] =
    ["mail", "calendar", "video", "files", "payments", "writer", "webhooks", "chat", "queue"];

/// Something that is wrong now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What.
    pub kind: AlertKind,
    /// With whom; empty where the kind says it all.
    pub subject: String,
    /// How much; see [`AlertKind`].
    pub measured: i64,
    /// From where on it is an alert.
    pub threshold: i64,
}

/// The provider a job failed at, by what [`BackgroundJob::last_error`](crate::ports::storage::BackgroundJob::last_error)
/// says. `None` where it is nobody's fault.
pub fn provider_of(error: &str) -> Option<&'static str> {
    let (port, _) = error.strip_prefix("unavailable: ")?.split_once('.')?;
    PROVIDERS.into_iter().find(|provider| *provider == port)
}

/// Jobs that each provider has failed again and again.
fn failures(health: &WorkHealth) -> BTreeMap<&'static str, i64> {
    let mut failures = BTreeMap::new();
    for failing in &health.failing {
        if let Some(provider) = provider_of(&failing.error) {
            *failures.entry(provider).or_default() += failing.stubborn as i64;
        }
    }
    failures
}

/// Minutes for which the oldest due job or timer has waited.
fn lag_minutes(health: &WorkHealth, now: Timestamp) -> i64 {
    let since = [health.job_due_since, health.timer_due_since].into_iter().flatten().min();
    since.map_or(0, |since| (now - since).num_minutes())
}

/// Everything that is wrong.
pub fn conditions(health: &WorkHealth, thresholds: &AlertThresholds, now: Timestamp) -> Vec<Condition> {
    let all = failures(health).into_iter().map(|(provider, jobs)| {
        (AlertKind::ProviderDown, provider.to_owned(), jobs, thresholds.provider_failures)
    });
    let dead = (AlertKind::DeadLetters, String::new(), health.dead as i64, thresholds.dead_letters);
    let lag = (AlertKind::QueueLag, String::new(), lag_minutes(health, now), thresholds.queue_lag_minutes);
    all.chain([dead, lag])
        .map(|(kind, subject, measured, threshold)| (kind, subject, measured, i64::from(threshold)))
        .filter(|(.., measured, threshold)| *threshold > 0 && measured >= threshold)
        .map(|(kind, subject, measured, threshold)| Condition { kind, subject, measured, threshold })
        .collect()
}

/// Whether a trouble is over: well below where it began, so that it does not come and go at the edge.
pub fn has_recovered(alert: &Alert, health: &WorkHealth, now: Timestamp) -> bool {
    match alert.kind {
        AlertKind::DeadLetters => (health.dead as i64) < alert.threshold,
        AlertKind::ProviderDown => failures(health).get(&*alert.subject).is_none_or(|jobs| *jobs == 0),
        AlertKind::QueueLag => lag_minutes(health, now) * 2 < alert.threshold,
        AlertKind::DeployFinished | AlertKind::DeployRolledBack => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::storage::FailingJobs;

    fn at(minute: u32) -> Timestamp {
        format!("2026-01-05T04:{minute:02}:00Z").parse().unwrap()
    }

    fn failing(error: &str, jobs: u64, stubborn: u64) -> FailingJobs {
        FailingJobs { kind: "send_mail".into(), error: error.into(), jobs, stubborn }
    }

    #[test]
    fn a_provider_is_read_from_an_error_and_nobody_from_others() {
        assert_eq!(provider_of("unavailable: mail.send: no answer: connection refused"), Some("mail"));
        assert_eq!(provider_of("unavailable: storage.read: SQLite"), None);
        assert_eq!(provider_of("not_found: there is no such interview"), None);
        assert_eq!(provider_of("unavailable: scheduling.wait: an interviewer is looked for"), None);
    }

    #[test]
    fn a_blip_is_no_outage() {
        let thresholds = AlertThresholds::default();
        let blip = WorkHealth {
            failing: vec![failing("unavailable: mail.send: x", 50, 2)],
            ..WorkHealth::default()
        };
        assert_eq!(conditions(&blip, &thresholds, at(0)), []);
        let errors = vec![
            failing("unavailable: mail.send: x", 50, 2),
            failing("unavailable: mail.send: y", 50, 1),
            failing("unavailable: storage.read: SQLite", 9, 9),
        ];
        let outage = WorkHealth { failing: errors, ..WorkHealth::default() };
        let found = conditions(&outage, &thresholds, at(0));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].kind, &*found[0].subject, found[0].measured),
            (AlertKind::ProviderDown, "mail", 3)
        );
    }

    #[test]
    fn lag_is_that_of_the_oldest_and_zero_switches_off() {
        let health =
            WorkHealth { job_due_since: Some(at(5)), timer_due_since: Some(at(0)), ..WorkHealth::default() };
        let mut thresholds = AlertThresholds::default();
        assert_eq!(conditions(&health, &thresholds, at(9)), []);
        assert_eq!(conditions(&health, &thresholds, at(10))[0].measured, 10);
        thresholds.queue_lag_minutes = 0;
        assert_eq!(conditions(&health, &thresholds, at(30)), []);
    }

    #[test]
    fn a_trouble_is_over_well_below_where_it_began() {
        let alert = |kind| Alert {
            id: AlertId::from_bits(1),
            kind,
            subject: "mail".into(),
            measured: 12,
            threshold: 10,
            live_key: None,
            opened_at: at(0),
            over_at: None,
            version: 1,
        };
        let lagging = WorkHealth { job_due_since: Some(at(0)), ..WorkHealth::default() };
        assert!(!has_recovered(&alert(AlertKind::QueueLag), &lagging, at(9)));
        assert!(!has_recovered(&alert(AlertKind::QueueLag), &lagging, at(5)));
        assert!(has_recovered(&alert(AlertKind::QueueLag), &lagging, at(4)));
        let one_left =
            WorkHealth { failing: vec![failing("unavailable: mail.send: x", 1, 1)], ..WorkHealth::default() };
        assert!(!has_recovered(&alert(AlertKind::ProviderDown), &one_left, at(0)));
        assert!(has_recovered(&alert(AlertKind::ProviderDown), &WorkHealth::default(), at(0)));
        assert!(has_recovered(&alert(AlertKind::DeadLetters), &WorkHealth::default(), at(0)));
    }
}
