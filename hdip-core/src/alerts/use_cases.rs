use super::{Alert, AlertKind, conditions, has_recovered};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Timer: look how the work stands; subject: [`ALERT_SUBJECT`].
pub(crate) const ALERT_CHECK: &str = "alert_check";
/// What it looks at: the operator's deployment.
pub(crate) const ALERT_SUBJECT: &str = "operator";

/// How a deploy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeployOutcome {
    /// Every instance runs the release.
    Finished,
    /// It was taken back.
    RolledBack,
}

/// What is told of a deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportDeploy {
    /// How it ended.
    pub outcome: DeployOutcome,
    /// Name of the release, 1 to 100 characters.
    pub release: String,
}

impl Hdip {
    /// Makes sure that somebody looks from time to time: sets the timer unless it is set. Whoever runs timers
    /// calls it when it begins.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn watch_for_alerts(&self) -> Result<(), Error> {
        let ctx = self.system();
        let soon = ctx.now + self.alert_pause();
        let timers = self.storage.due_timers(soon, u32::MAX).await?;
        if !timers.iter().any(|timer| timer.kind == ALERT_CHECK) {
            let mut changes = Changes::new();
            changes.timer(ALERT_CHECK, ALERT_SUBJECT, soon);
            self.commit(changes).await?;
        }
        Ok(())
    }

    /// Looks now how the work stands, and tells what there is to tell without waiting for a worker. For
    /// processes that run no timers. Any number may look.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn check_alerts(&self) -> Result<(), Error> {
        let ctx = self.system();
        let done = self
            .decide(&ctx, "check_alerts", &(), || async {
                let changes = self.look(&ctx).await?;
                let jobs: Vec<_> = changes.jobs.iter().map(|job| job.id).collect();
                Ok(Decision { changes, output: jobs })
            })
            .await?;
        for id in done.output {
            // A worker may have been faster; then it is told.
            if let Some(job) = self.claim_job(id).await? {
                self.run_job(&job).await?;
            }
        }
        Ok(())
    }

    /// Timer: looks, and will look again.
    pub(crate) async fn alert_check(&self, ctx: &Ctx) -> Result<Changes, Error> {
        let mut changes = self.look(ctx).await?;
        changes.timer(ALERT_CHECK, ALERT_SUBJECT, ctx.now + self.alert_pause());
        Ok(changes)
    }

    fn alert_pause(&self) -> Duration {
        Duration::seconds(self.alerting.thresholds.every_seconds.max(1).into())
    }

    /// What began and what is over since somebody looked last.
    async fn look(&self, ctx: &Ctx) -> Result<Changes, Error> {
        let health = self.storage.work_health(ctx.now).await?;
        let lasting = self.storage.alerts(true, &Page::first(Page::MAX)).await?;
        // Before whatever waits: that it waits is what is told, maybe.
        let first = health.job_due_since.map_or(ctx.now, |since| since - Duration::seconds(1));
        let mut changes = Changes::new();
        for before in &lasting {
            if has_recovered(before, &health, ctx.now) {
                let alert = Alert { over_at: Some(ctx.now), live_key: None, ..before.clone() };
                changes.update(&alert);
                self.tell_alert(ctx, &mut changes, &alert, true, first);
            }
        }
        for condition in conditions(&health, &self.alerting.thresholds, ctx.now) {
            let key = Alert::key(condition.kind, &condition.subject);
            if lasting.iter().any(|alert| alert.live_key.as_ref() == Some(&key)) {
                continue;
            }
            let alert = Alert {
                id: self.ids.fresh(),
                kind: condition.kind,
                subject: condition.subject,
                measured: condition.measured,
                threshold: condition.threshold,
                live_key: Some(key),
                opened_at: ctx.now,
                over_at: None,
                version: 0,
            };
            changes.insert(&alert);
            self.tell_alert(ctx, &mut changes, &alert, false, first);
        }
        Ok(changes)
    }

    /// Tells whoever is on call that a deploy ended. Machines that report the same one use one idempotency key.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins and HDIP itself; [`Error::Invalid`].
    pub async fn report_deploy(&self, ctx: &Ctx, input: ReportDeploy) -> Result<Done<AlertId>, Error> {
        ctx.actor.need_admin()?;
        let mut fields = Fields::new();
        let release = fields.line("release", &input.release, 1, 100);
        fields.done()?;
        let kind = match input.outcome {
            DeployOutcome::Finished => AlertKind::DeployFinished,
            DeployOutcome::RolledBack => AlertKind::DeployRolledBack,
        };
        let release = &release;
        self.decide(ctx, "report_deploy", &input, || async move {
            let alert = Alert {
                id: self.ids.fresh(),
                kind,
                subject: release.clone(),
                measured: 0,
                threshold: 0,
                live_key: None,
                opened_at: ctx.now,
                over_at: Some(ctx.now),
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&alert);
            self.tell_alert(ctx, &mut changes, &alert, false, ctx.now);
            let mut entry = self.audit(ctx, "deploy.report", alert.id, None);
            entry.changes = json!({"outcome": input.outcome, "release": release});
            changes.audit.push(entry);
            Ok(Decision { changes, output: alert.id })
        })
        .await
    }

    /// Alerts, newest first; only those that last, if so asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff.
    pub async fn alerts(&self, ctx: &Ctx, lasting: bool, page: &Page) -> Result<Paged<Alert>, Error> {
        ctx.actor.need_operator()?;
        let alerts = self.storage.alerts(lasting, &page.one_more()).await?;
        Ok(Paged::cut(alerts, page.limit, |alert| alert.id.to_string()))
    }
}
