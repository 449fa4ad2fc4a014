//! What mails of the operations desk say.

use super::MailJob;
use super::deliver::Addressee;
use crate::clients::Client;
use crate::desk::{Contest, Grant, GrantKind};
use crate::ports::storage::RecordsExt;
use crate::scheduling::Charge;
use crate::{Error, Hdip};
use serde_json::{Map, Value};

impl Hdip {
    /// Adds what a mail about a contest, a counter-entry or a grant says.
    pub(super) async fn about_desk(
        &self,
        values: &mut Map<String, Value>,
        mail: &MailJob,
        to: &Addressee,
    ) -> Result<(), Error> {
        let words = to.words();
        if let Some(id) = mail.contest {
            let contest: Contest = self.storage.get(id).await?;
            values.insert("contest".into(), contest.id.to_string().into());
            values.insert("about".into(), words.contested(contest.about).into());
            values.insert("party".into(), words.party(contest.party).into());
            values.insert("contest_reason".into(), contest.reason.into());
            values.insert("verdict".into(), words.verdict(contest.state).into());
            values.insert("answer".into(), contest.answer.into());
        }
        if let Some(id) = mail.charge {
            let counter: Charge = self.storage.get(id).await?;
            let mut amount = counter.amount;
            amount.amount_minor = -amount.amount_minor;
            values.insert("amount".into(), words.money(amount).into());
        }
        if let Some(id) = mail.grant {
            let grant: Grant = self.storage.get(id).await?;
            let client: Client = self.storage.get(grant.client_id).await?;
            values.insert("brand".into(), client.brand.into());
            values.insert("granted".into(), words.granted(grant.kind, grant.amount).into());
            values.insert("free".into(), (grant.kind == GrantKind::FreeInterviews).into());
            values.insert("until".into(), grant.expires_at.map(|at| to.time(at)).into());
        }
        Ok(())
    }
}
