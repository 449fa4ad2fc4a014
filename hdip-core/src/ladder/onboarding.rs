//! What an interviewer sees to after the invitation: the account it is paid to, and the checklist of what is missing.

use super::*;
use crate::edits::expect_version;
use crate::hdip::Decision;
use crate::interviewers::AvailabilityTimes;
use crate::ports::storage::*;
use crate::values::india::{AccountNumber, Gstin, Ifsc, Pan, last_four};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// What the numbers are sealed for, beside whose they are.
const PURPOSE: &str = "payout_account";

/// Where to pay, as typed in. `Debug` shows none of the numbers.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PayoutAccountFields {
    /// The version the editor saw.
    pub expected: Option<i64>,
    /// In whose name the account is, at most 200 characters.
    pub holder: String,
    /// In India 9 to 18 digits; elsewhere an IBAN or account number of 4 to 34 letters and digits.
    pub account_number: String,
    /// The branch's code; in India, and nowhere else.
    pub ifsc: Option<String>,
    /// The bank's code (ISO 9362); everywhere else.
    pub bic: Option<String>,
    /// Required in India.
    pub pan: Option<String>,
    /// Where the interviewer is registered for GST; its PAN must be that one.
    pub gstin: Option<String>,
}

impl fmt::Debug for PayoutAccountFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayoutAccountFields").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// The numbers in clear. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // as PayoutAccountFields
pub struct PayoutNumbers {
    pub account_number: String,
    pub ifsc: Option<String>,
    pub bic: Option<String>,
    pub pan: Option<String>,
    pub gstin: Option<String>,
}

impl fmt::Debug for PayoutNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayoutNumbers(…)")
    }
}

/// What an interviewer has seen to, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checklist {
    /// Every item, and whether it is seen to.
    pub items: Vec<(ChecklistItem, bool)>,
}

impl Checklist {
    /// What is missing.
    pub fn missing(&self) -> Vec<ChecklistItem> {
        self.items.iter().filter(|(_, done)| !done).map(|(item, _)| *item).collect()
    }
}

impl PayoutAccountFields {
    /// In another country than India `pan` and `gstin` may be left out, and the bank is named by its BIC.
    fn parse(&self, fields: &mut Fields, country: &str) -> Option<(String, PayoutNumbers)> {
        let holder = fields.line("holder", &self.holder, 1, 200);
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (ifsc, bic) = (said(&self.ifsc), said(&self.bic));
        let pan = said(&self.pan).map(|pan| fields.parse::<Pan>("pan", "invalid_pan", &pan));
        let gstin = said(&self.gstin).map(|gstin| fields.parse::<Gstin>("gstin", "invalid_gstin", &gstin));
        let india = country == "IN";
        let (account, ifsc, bic) = if india {
            let account = fields.parse::<AccountNumber>(
                "account_number",
                "invalid_account_number",
                &self.account_number,
            );
            fields.ensure(ifsc.is_some(), "ifsc", "required", "must be said for an Indian account");
            fields.ensure(bic.is_none(), "bic", "not_here", "is for accounts outside India");
            fields.ensure(pan.is_some(), "pan", "required", "must be said by payees in India");
            let ifsc = ifsc.and_then(|ifsc| fields.parse::<Ifsc>("ifsc", "invalid_ifsc", &ifsc));
            (
                account.map(|account| account.as_str().to_owned()),
                ifsc.map(|ifsc| ifsc.as_str().to_owned()),
                None,
            )
        } else {
            let account = compact(&self.account_number);
            let good =
                (4..=34).contains(&account.len()) && account.bytes().all(|b| b.is_ascii_alphanumeric());
            let message = "must be an IBAN or account number of 4 to 34 letters and digits";
            fields.ensure(good, "account_number", "invalid_account_number", message);
            fields.ensure(ifsc.is_none(), "ifsc", "not_here", "is for accounts in India");
            fields.ensure(bic.is_some(), "bic", "required", "must be said for an account outside India");
            let bic = bic.map(|bic| compact(&bic));
            let good = bic.as_deref().is_none_or(is_bic);
            fields.ensure(
                good,
                "bic",
                "invalid_bic",
                "must be a BIC of 8 or 11 characters, for example DEUTDEFF",
            );
            (Some(account), None, bic)
        };
        let (pan, gstin) = (pan.flatten(), gstin.flatten());
        if let Some(gstin) = &gstin {
            let same = pan.as_ref().is_some_and(|pan| *pan == gstin.pan());
            fields.ensure(same, "gstin", "other_pan", "must be a registration under the same PAN");
        }
        let text = |pan: Pan| pan.as_str().to_owned();
        let numbers = PayoutNumbers {
            account_number: account?,
            ifsc,
            bic,
            pan: pan.map(text),
            gstin: gstin.map(|gstin| gstin.as_str().to_owned()),
        };
        Some((holder, numbers))
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect()
}

/// Four letters of the bank, two of the country, two of the place, three of the branch or none.
fn is_bic(bic: &str) -> bool {
    let letters = |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|b| b.is_ascii_uppercase()));
    matches!(bic.len(), 8 | 11) && letters(bic.get(..6)) && bic.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Hdip {
    /// Where an interviewer is paid, without the numbers; none before it was said.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`].
    pub async fn payout_account(&self, ctx: &Ctx, id: InterviewerId) -> Result<Option<PayoutAccount>, Error> {
        self.own_or_operator(ctx, id).await?;
        Ok(self.storage.find(id).await?)
    }

    /// Says where an interviewer is paid; all of it anew each time. The interviewer itself, or an admin of the
    /// operator.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::Forbidden`] for the operator's moderators; [`Error::Invalid`] naming the
    /// fields; [`Error::Stale`].
    pub async fn put_payout_account(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        put: PayoutAccountFields,
    ) -> Result<Done<()>, Error> {
        let interviewer = self.own_or_operator(ctx, id).await?;
        if ctx.actor.is_operator() {
            ctx.actor.need_admin()?;
        }
        let mut fields = Fields::new();
        let parsed = put.parse(&mut fields, &interviewer.country);
        let (holder, numbers) = fields.finish(parsed)?;
        let plain = serde_json::to_string(&numbers).unwrap_or_default();
        // The key remembers the numbers' digest under the deployment's key: alone it could be guessed.
        let known = crate::hdip::hex(&self.secrets.mac("payout_account_input", plain.as_bytes()));
        self.decide(ctx, "put_payout_account", &(id, &holder, known, put.expected), || async {
            let before: Option<PayoutAccount> = self.storage.find(id).await?;
            let version = before.as_ref().map_or(0, |before| before.version);
            match (&before, put.expected) {
                (Some(before), expected) => expect_version(before, expected)?,
                (None, Some(expected)) if expected != 0 => return Err(Error::Stale),
                (None, _) => {}
            }
            let four = |text: &Option<String>| text.as_deref().map(last_four);
            let account = PayoutAccount {
                id,
                holder: holder.clone(),
                sealed: self.secrets.seal(PURPOSE, &id.to_string(), &plain),
                account_last4: last_four(&numbers.account_number),
                bank_code_last4: four(&numbers.ifsc).or(four(&numbers.bic)).unwrap_or_default(),
                pan_last4: four(&numbers.pan),
                gstin_last4: four(&numbers.gstin),
                updated_at: ctx.now,
                version,
            };
            let mut changes = Changes::new();
            changes.put(&account);
            let mut audit = self.audit(ctx, "payout_account.put", id, None);
            audit.changes = json!({"first": before.is_none()});
            changes.audit.push(audit);
            let data = json!({"interviewer_id": id});
            changes.events.push(self.event(ctx, Stream::Operator, "payout_account.changed", id, data));
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// The numbers in clear, for an admin of the operator. Each reading is audited, and none is answered that could
    /// not be.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; [`Error::Invalid`] without a reason; [`Error::NotFound`].
    pub async fn reveal_payout_account(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        reason: &str,
    ) -> Result<PayoutNumbers, Error> {
        ctx.actor.need_admin()?;
        let mut fields = Fields::new();
        let reason = fields.text("reason", reason, 1, 500);
        fields.done()?;
        let account: PayoutAccount = self.storage.get(id).await?;
        let plain = self.secrets.open(PURPOSE, &id.to_string(), &account.sealed)?;
        let numbers = serde_json::from_str(&plain).map_err(|error| {
            use crate::ports::{PortError, PortErrorKind};
            PortError::new(PortErrorKind::Corrupt, "secrets", "open", "payout account").with_source(error)
        })?;
        let mut audit = self.audit(ctx, "payout_account.reveal", id, None);
        audit.reason = Some(reason);
        let mut changes = Changes::new();
        changes.audit.push(audit);
        if self.commit(changes).await? { Ok(numbers) } else { Err(Error::Contended) }
    }

    /// What an interviewer has seen to, for the operator and for itself.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`].
    pub async fn checklist(&self, ctx: &Ctx, id: InterviewerId) -> Result<Checklist, Error> {
        self.own_or_operator(ctx, id).await?;
        self.checklist_of(ctx, id).await
    }

    pub(super) async fn checklist_of(&self, ctx: &Ctx, id: InterviewerId) -> Result<Checklist, Error> {
        let user = self.storage.user_of_interviewer(id).await?;
        let terms = match &user {
            Some(user) => self.terms_of(ctx, user).await?.is_some_and(|terms| terms.accepted_at.is_some()),
            None => false,
        };
        let times = self.storage.availability(id).await?;
        let times = times.iter().any(|entry| match &entry.times {
            AvailabilityTimes::Rule { .. } => true,
            AvailabilityTimes::Window { span } => span.end() > ctx.now,
            AvailabilityTimes::Blackout { .. } => false,
        });
        let account: Option<PayoutAccount> = self.storage.find(id).await?;
        let profile: Option<InterviewerProfile> = self.storage.find(id).await?;
        let done = |item: ChecklistItem| match item {
            ChecklistItem::Password => user.as_ref().is_some_and(|user| user.password_hash.is_some()),
            ChecklistItem::Terms => terms,
            ChecklistItem::Availability => times,
            ChecklistItem::PayoutAccount => account.is_some(),
            ChecklistItem::Cv => profile.as_ref().is_some_and(|profile| profile.cv_file_id.is_some()),
        };
        Ok(Checklist { items: ChecklistItem::ALL.iter().map(|item| (*item, done(*item))).collect() })
    }
}
