//! A forgotten password: asked for by address, set again by the link that was mailed.

use super::{AccessError, Actor, LinkPurpose, User, UserStatus, passwords};
use crate::hdip::Decision;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde_json::json;

impl Hdip {
    /// Mails a link for setting another password, if the address is that of a user who may sign in. Whether
    /// it is, the caller does not learn.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no address; [`AccessError::Throttled`] after five requests for an
    /// address, known or not, or fifty from a peer, within 15 minutes.
    pub async fn ask_password_reset(&self, ctx: &Ctx, email: &str) -> Result<(), Error> {
        let mut fields = Fields::new();
        let email = fields.email("email", email);
        let key = &fields.finish(email)?.key();
        self.count_reset(ctx, key).await?;
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        self.decide(ctx, "ask_password_reset", &(), || async move {
            let mut changes = Changes::new();
            let user = self.storage.user_by_email(key).await?;
            let user = user.filter(|user| user.status == UserStatus::Active);
            // An entry is written either way: the answer takes one commit, whoever is asked about.
            let about = user.as_ref().map_or("nobody".to_owned(), |user| user.id.to_string());
            let client = user.as_ref().and_then(|user| user.client_id);
            changes.audit.push(self.audit(ctx, "user.ask_password_reset", about, client));
            if let Some(user) = user {
                self.add_reset(ctx, &mut changes, &user).await?;
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    async fn add_reset(&self, ctx: &Ctx, changes: &mut Changes, user: &User) -> Result<(), Error> {
        let (policy, ..) = self.policy_for(user.client_id, ctx.now).await?;
        let expires_at = ctx.now + minutes(policy.password_reset_minutes.into());
        let subject = user.id.to_string();
        let purpose = LinkPurpose::PasswordReset;
        let link = self.fresh_link(ctx, changes, user, purpose, &subject, expires_at).await?;
        changes.guard(user);
        let mail =
            MailJob::about_user(MailKind::PasswordReset, user.id, Recipient::User(user.id)).link(&link);
        changes.jobs.push(self.mail(ctx, user.client_id, mail, &format!("g{}", link.generation)));
        Ok(())
    }

    /// Sets the password of the user who holds an invitation or a reset link, which is used by that. A reset
    /// ends every sign-in and is told by mail.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a password against the rules; [`Error::Forbidden`] for anybody else; as
    /// [`Hdip::open_link`], among others for the second of two who use it at once.
    pub async fn set_password_by_link(&self, ctx: &Ctx, password: &str) -> Result<UserId, Error> {
        let (purpose, user) = self.user_of_link(ctx).await?;
        if !matches!(purpose, LinkPurpose::UserInvitation | LinkPurpose::PasswordReset) {
            return Err(Error::Forbidden);
        }
        let mut fields = Fields::new();
        passwords::check(&mut fields, "password", password, &user.email);
        fields.done()?;
        let hash = &self.secrets.hash_password(password).await?;
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let done = self.decide(ctx, "set_password_by_link", &(), || async move {
            let mut changes = Changes::new();
            self.use_link(ctx, &mut changes).await?;
            let (purpose, mut user) = self.user_of_link(ctx).await?;
            user.password_hash = Some(hash.clone());
            changes.update(&user);
            self.forgive(&mut changes, &user.email_key).await?;
            self.end_sign_ins(&mut changes, user.id, None, ctx.now, "password_reset").await?;
            let reset = purpose == LinkPurpose::PasswordReset;
            if reset {
                self.tell_password_changed(ctx, &mut changes, &user);
            }
            self.drop_other_ways_in(ctx, &mut changes, user.id, Some(purpose)).await?;
            let action = if reset { "user.reset_password" } else { "user.accept_invitation" };
            let mut entry = self.audit(ctx, action, user.id, user.client_id);
            entry.changes = json!({"fields": ["password"]});
            changes.audit.push(entry);
            Ok(Decision { changes, output: user.id })
        });
        Ok(done.await?.output)
    }

    /// Adds the mail that says that a password was changed. Call it with the user as it was read.
    pub(super) fn tell_password_changed(&self, ctx: &Ctx, changes: &mut Changes, user: &User) {
        let mail = MailJob::about_user(MailKind::PasswordChanged, user.id, Recipient::User(user.id));
        // Every change of a password raises the version it was decided on.
        changes.jobs.push(self.mail(ctx, user.client_id, mail, &format!("v{}", user.version)));
    }

    /// With a new password, links that would set another one and a pending change of address end: whoever
    /// asked for them may be the reason for the new password. The link in use is left to its use.
    pub(super) async fn drop_other_ways_in(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: UserId,
        in_use: Option<LinkPurpose>,
    ) -> Result<(), Error> {
        let id = user.to_string();
        for purpose in [LinkPurpose::UserInvitation, LinkPurpose::PasswordReset] {
            if Some(purpose) != in_use {
                self.revoke_link(ctx, changes, purpose, &id, &id).await?;
            }
        }
        self.drop_email_change(ctx, changes, user).await
    }

    /// The user who holds one of the links of users.
    pub(super) async fn user_of_link(&self, ctx: &Ctx) -> Result<(LinkPurpose, User), Error> {
        let Actor::Link { purpose, party, .. } = &ctx.actor else { return Err(Error::Forbidden) };
        match purpose {
            LinkPurpose::UserInvitation | LinkPurpose::PasswordReset | LinkPurpose::EmailVerification => {}
            _ => return Err(Error::Forbidden),
        }
        let user: User = self.storage.get(party).await?;
        if user.status == UserStatus::Deactivated {
            return Err(AccessError::LinkSpent.into());
        }
        Ok((*purpose, user))
    }
}
