//! Telling: a mail to whoever is on call, a post in the operator's channel, an event.

use super::{Alert, AlertKind};
use crate::jobs::{Step, data};
use crate::notifications::{MailJob, MailKind, time_text};
use crate::ports::storage::*;
use crate::ports::{ChatPost, IdsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Job kind of a post in the operator's channel.
pub(crate) const POST_TO_CHAT: &str = "post_to_chat";

/// What to post: ids only, worded when it is posted.
#[derive(Debug, Serialize, Deserialize)]
struct PostJob {
    alert: AlertId,
    /// That it is over.
    over: bool,
}

impl MailKind {
    /// What tells of an alert.
    pub(crate) const fn of_alert(over: bool) -> Self {
        if over { Self::OperatorAlertOver } else { Self::OperatorAlert }
    }
}

impl Hdip {
    /// Adds what tells of an alert, not before `due_at`.
    pub(super) fn tell_alert(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        alert: &Alert,
        over: bool,
        due_at: Timestamp,
    ) {
        let occasion = if over { "over" } else { "opened" };
        let mail = MailJob::alert(MailKind::of_alert(over), alert.id);
        changes.jobs.push(NewJob { due_at, ..self.mail(ctx, None, mail, occasion) });
        if self.alerting.chat.is_some() {
            changes.jobs.push(NewJob {
                id: self.ids.fresh(),
                client_id: None,
                kind: POST_TO_CHAT.into(),
                cause: format!("chat:{}:{occasion}", alert.id),
                subject: alert.id.to_string(),
                data: serde_json::to_value(PostJob { alert: alert.id, over }).unwrap_or_default(),
                due_at,
                created_at: ctx.now,
                request_id: ctx.request_id.clone(),
            });
        }
        let facts = json!({
            "kind": alert.kind, "about": alert.subject, "measured": alert.measured, "threshold": alert.threshold,
        });
        let kind = format!("alert.{occasion}");
        changes.events.push(self.event(ctx, Stream::Operator, &kind, alert.id, facts));
    }

    /// Background job: posts in the operator's channel. Where there is none any more there is nobody to tell.
    pub(crate) async fn post_to_chat(&self, job: &BackgroundJob) -> Result<Step, Error> {
        let PostJob { alert: id, over } = data(job)?;
        if let Some(chat) = &self.alerting.chat {
            let alert: Alert = self.storage.get(id).await?;
            let mut values = Map::new();
            values.insert("operator".into(), self.operator.name.clone().into());
            about(&mut values, &alert, &self.operator.locale, self.operator.zone);
            let kind = MailKind::of_alert(over);
            let words = self.templates.render(kind, &self.operator.locale, &Value::Object(values))?;
            let text = format!("{}\n\n{}", words.subject, words.text.trim_end());
            chat.post(&ChatPost { id: job.cause.clone(), text }).await?;
        }
        Ok(Step::Done(Changes::new()))
    }

    /// Adds what the mail about an alert says.
    pub(crate) async fn about_alert(
        &self,
        values: &mut Map<String, Value>,
        id: AlertId,
        locale: &Locale,
        zone: Zone,
    ) -> Result<(), Error> {
        about(values, &self.storage.get::<Alert>(id).await?, locale, zone);
        Ok(())
    }
}

fn about(values: &mut Map<String, Value>, alert: &Alert, locale: &Locale, zone: Zone) {
    let is_deploy = matches!(alert.kind, AlertKind::DeployFinished | AlertKind::DeployRolledBack);
    values.insert("kind".into(), alert.kind.as_str().into());
    values.insert("about".into(), alert.subject.clone().into());
    values.insert("measured".into(), alert.measured.into());
    values.insert("threshold".into(), alert.threshold.into());
    values.insert("since".into(), time_text(alert.opened_at, locale, zone).into());
    let over = alert.over_at.filter(|_| !is_deploy).map(|at| time_text(at, locale, zone));
    values.insert("until".into(), over.into());
}
