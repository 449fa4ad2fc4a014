//! What a user is shown of the own account, signed in or by a link.

use super::{EmailChange, Link, LinkPurpose, Terms, User};
use crate::clients::Client;
use crate::ports::storage::RecordsExt;
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// One's own account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The change of address that waits for its confirmation.
    pub pending_email: Option<EmailChange>,
    /// The terms in force; none for the operator's own staff.
    pub terms: Option<Terms>,
}

/// What a link of a user is for.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountLink {
    /// [`LinkPurpose::UserInvitation`], [`LinkPurpose::PasswordReset`] or [`LinkPurpose::EmailVerification`].
    pub purpose: LinkPurpose,
    /// The user's name.
    pub name: String,
    /// The address it signs in with now.
    pub email: Email,
    /// The address to be confirmed.
    pub new_email: Option<Email>,
    /// The client it belongs to.
    pub client_brand: Option<String>,
    /// Zone its times are shown in.
    pub zone: Zone,
    /// The link is good until then.
    pub expires_at: Timestamp,
}

impl Hdip {
    /// The account of the user who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn account(&self, ctx: &Ctx) -> Result<Account, Error> {
        let user = self.me(ctx).await?;
        let pending = self.storage.pending_email_change(user.id).await?;
        let pending_email = pending.filter(|change| ctx.now < change.expires_at);
        let terms = self.terms_of(ctx, &user).await?;
        Ok(Account { user, pending_email, terms })
    }

    /// What the link of a user that the caller holds is for. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; as [`Hdip::open_link`].
    pub async fn account_link(&self, ctx: &Ctx) -> Result<AccountLink, Error> {
        let (purpose, user) = self.user_of_link(ctx).await?;
        let super::Actor::Link { id, generation, subject, .. } = &ctx.actor else {
            return Err(Error::Forbidden);
        };
        let link: Link = self.storage.get(id).await?;
        link.check(*generation, ctx.now)?;
        let new_email = match purpose {
            LinkPurpose::EmailVerification => Some(self.storage.get::<EmailChange>(subject).await?.new_email),
            _ => None,
        };
        let client_brand = match user.client_id {
            Some(client) => Some(self.storage.get::<Client>(client).await?.brand),
            None => None,
        };
        Ok(AccountLink {
            purpose,
            name: user.name,
            email: user.email,
            new_email,
            client_brand,
            zone: user.zone,
            expires_at: link.expires_at,
        })
    }
}
