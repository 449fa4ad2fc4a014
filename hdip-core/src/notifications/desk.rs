//! What mails of the operations desk say.

use super::MailJob;
use super::deliver::Addressee;
use crate::clients::Client;
use crate::desk::{Contest, ContestState, Grant, GrantKind};
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
        if let Some(id) = mail.contest {
            let contest: Contest = self.storage.get(id).await?;
            let verdict = match contest.state {
                ContestState::Open => "open",
                ContestState::Upheld => "upheld",
                ContestState::PartlyUpheld => "partly upheld",
                ContestState::Rejected => "rejected",
            };
            values.insert("contest".into(), contest.id.to_string().into());
            values.insert("about".into(), contest.about.as_str().into());
            values.insert("party".into(), contest.party.as_str().into());
            values.insert("contest_reason".into(), contest.reason.into());
            values.insert("verdict".into(), verdict.into());
            values.insert("answer".into(), contest.answer.into());
        }
        if let Some(id) = mail.charge {
            let counter: Charge = self.storage.get(id).await?;
            let mut amount = counter.amount;
            amount.amount_minor = -amount.amount_minor;
            values.insert("amount".into(), amount.to_string().into());
        }
        if let Some(id) = mail.grant {
            let grant: Grant = self.storage.get(id).await?;
            let client: Client = self.storage.get(grant.client_id).await?;
            let what = match (grant.kind, grant.amount) {
                (GrantKind::FreeInterviews, 1) => "1 free interview".to_owned(),
                (GrantKind::FreeInterviews, n) => format!("{n} free interviews"),
                (GrantKind::Credits, 1) => "1 credit".to_owned(),
                (GrantKind::Credits, n) => format!("{n} credits"),
            };
            values.insert("brand".into(), client.brand.into());
            values.insert("granted".into(), what.into());
            values.insert("until".into(), grant.expires_at.map(|at| to.time(at)).into());
        }
        Ok(())
    }
}
