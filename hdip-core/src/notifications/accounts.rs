//! What mails about a user's account, and about feedback on the product, say.

use super::deliver::Addressee;
use super::{MailJob, MailKind};
use crate::access::{Link, User};
use crate::clients::{Client, ClientStatus};
use crate::ports::storage::{BackgroundJob, RecordsExt};
use crate::product_feedback::ProductFeedback;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde_json::{Map, Value};

/// The status a mail tells of; it is overtaken when the client has another one by now.
const fn status_told(kind: MailKind) -> Option<ClientStatus> {
    match kind {
        MailKind::ClientWelcome | MailKind::ClientReactivated => Some(ClientStatus::Active),
        MailKind::ClientSuspended => Some(ClientStatus::Suspended),
        MailKind::ClientArchived => Some(ClientStatus::Archived),
        _ => None,
    }
}

impl Hdip {
    /// Adds what a mail about an account may say; false when it need not be sent: its link was used,
    /// replaced or withdrawn, or its time is over.
    pub(super) async fn about_account(
        &self,
        ctx: &Ctx,
        values: &mut Map<String, Value>,
        job: &BackgroundJob,
        mail: &MailJob,
        user: UserId,
        to: &Addressee,
    ) -> Result<bool, Error> {
        let user: User = self.storage.get(user).await?;
        let client: Option<Client> = match user.client_id {
            Some(client) => Some(self.storage.get(client).await?),
            None => None,
        };
        if let Some(status) = status_told(mail.kind) {
            let Some(client) = client.as_ref().filter(|client| client.status == status) else {
                return Ok(false);
            };
            let manager: User = self.storage.get(client.account_manager_id).await?;
            values.insert("manager".into(), manager.name.into());
            values.insert("manager_address".into(), manager.email.to_string().into());
            values.insert("reason".into(), client.status_reason.clone().into());
            values.insert("since".into(), to.time(client.status_at).into());
            values.insert("url".into(), self.operator.base_url.clone().into());
        }
        let brand = client.map(|client| client.brand);
        values.insert("person".into(), user.name.into());
        values.insert("address".into(), to.email.to_string().into());
        values.insert("brand".into(), brand.into());
        // The time of the decision, so that a repeat of the mail is the same message.
        values.insert("when".into(), to.time(job.created_at).into());
        if let Some(made) = mail.link {
            let link: Link = self.storage.get(made.id).await?;
            if link.check(made.generation, ctx.now).is_err() {
                return Ok(false);
            }
            values.insert("url".into(), self.link_url(&link).into());
            values.insert("until".into(), to.time(link.expires_at).into());
        }
        Ok(true)
    }

    /// Adds what the mail about feedback on the product says; whom to answer.
    pub(super) async fn about_feedback(
        &self,
        values: &mut Map<String, Value>,
        id: ProductFeedbackId,
    ) -> Result<Email, Error> {
        let feedback: ProductFeedback = self.storage.get(id).await?;
        let user: User = self.storage.get(feedback.user_id).await?;
        let brand = match feedback.client_id {
            Some(client) => Some(self.storage.get::<Client>(client).await?.brand),
            None => None,
        };
        values.insert("feedback".into(), feedback.id.to_string().into());
        values.insert("kind".into(), feedback.kind.as_str().into());
        values.insert("priority".into(), feedback.priority.as_str().into());
        values.insert("said".into(), feedback.text.into());
        values.insert("screenshot".into(), feedback.screenshot_file_id.is_some().into());
        values.insert("person".into(), user.name.into());
        values.insert("address".into(), user.email.to_string().into());
        values.insert("brand".into(), brand.into());
        Ok(user.email)
    }
}
