//! Inviting users: who has no password gets a link to set one.

use super::{AccessError, LinkPurpose, User, UserStatus};
use crate::clients::Client;
use crate::hdip::Decision;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::storage::Changes;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};

impl Hdip {
    /// Sends a user who has no password another invitation. The link mailed before is no longer good.
    ///
    /// # Errors
    /// As [`Hdip::deactivate_user`] about who may; [`AccessError::HasPassword`];
    /// [`AccessError::Deactivated`].
    pub async fn invite_user(&self, ctx: &Ctx, id: UserId) -> Result<Done<()>, Error> {
        self.decide(ctx, "invite_user", &id, || async move {
            let (user, mut changes) = self.invitation_again(ctx, id).await?;
            changes.audit.push(self.audit(ctx, "user.invite", id, user.client_id));
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Another invitation of a user who has no password, as a commit of its own.
    pub(crate) async fn invitation_again(&self, ctx: &Ctx, id: UserId) -> Result<(User, Changes), Error> {
        let user = self.user_to_manage(ctx, id).await?;
        if user.status == UserStatus::Deactivated {
            return Err(AccessError::Deactivated.into());
        }
        if user.password_hash.is_some() {
            return Err(AccessError::HasPassword.into());
        }
        let mut changes = Changes::new();
        // A password set meanwhile must not leave a good link behind.
        changes.guard(&user);
        self.add_invitation(ctx, &mut changes, &user).await?;
        Ok((user, changes))
    }

    /// Adds a user's invitation, good for the policy's days, and the mail with it.
    pub(crate) async fn add_invitation(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: &User,
    ) -> Result<(), Error> {
        let (policy, ..) = self.policy_for(user.client_id, ctx.now).await?;
        let expires_at = ctx.now + days(policy.user_invitation_days.into());
        let subject = user.id.to_string();
        let purpose = LinkPurpose::UserInvitation;
        let link = self.fresh_link(ctx, changes, user, purpose, &subject, expires_at).await?;
        let mail = MailJob::about_user(MailKind::UserInvited, user.id, Recipient::User(user.id)).link(&link);
        changes.jobs.push(self.mail(ctx, user.client_id, mail, &format!("g{}", link.generation)));
        Ok(())
    }

    /// Tells the operator's person for a client that somebody of the client was invited.
    pub(super) fn tell_invited(&self, ctx: &Ctx, changes: &mut Changes, user: &User, client: &Client) {
        let to = Recipient::AccountManager(client.account_manager_id);
        let mail = MailJob::about_user(MailKind::UserInvited, user.id, to);
        changes.jobs.push(self.mail(ctx, user.client_id, mail, "created"));
    }
}
