//! Terms: each audience has a version in force (the policy's), which its users accept.

use super::{TermsAcceptance, TermsAudience, User};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde_json::json;

/// Where a user stands with the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Whose terms.
    pub audience: TermsAudience,
    /// The version in force.
    pub version: String,
    /// When the user accepted it; none while it is to be accepted.
    pub accepted_at: Option<Timestamp>,
}

impl Hdip {
    /// Where a user stands with the terms in force now; none for the operator's own staff.
    pub(crate) async fn terms_of(&self, ctx: &Ctx, user: &User) -> Result<Option<Terms>, Error> {
        let Some(audience) = TermsAudience::of(user.role) else { return Ok(None) };
        let (policy, ..) = self.policy_for(user.client_id, ctx.now).await?;
        let version = match audience {
            TermsAudience::ClientUsers => policy.client_terms_version,
            TermsAudience::Interviewers => policy.interviewer_terms_version,
        };
        let accepted = self.storage.terms_acceptances(user.id).await?;
        let accepted = accepted.iter().find(|a| a.audience == audience && a.terms_version == version);
        Ok(Some(Terms { audience, accepted_at: accepted.map(|a| a.accepted_at), version }))
    }

    /// Records that the user who asks accepts the terms in force. Accepting them again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another version than the one in force; [`Error::Forbidden`] for anybody but
    /// clients' users and interviewers.
    pub async fn accept_terms(&self, ctx: &Ctx, version: &str) -> Result<Done<()>, Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?.id;
        self.decide(ctx, "accept_terms", &version, || async move {
            let user: User = self.storage.get(me).await?;
            let terms = self.terms_of(ctx, &user).await?.ok_or(Error::Forbidden)?;
            if terms.version != version {
                let message = format!("must be the version in force, {}", terms.version);
                return Err(Error::field("version", "not_in_force", message));
            }
            let mut changes = Changes::new();
            if terms.accepted_at.is_none() {
                let audience = terms.audience;
                changes.insert(&TermsAcceptance {
                    id: self.ids.fresh(),
                    user_id: me,
                    audience,
                    natural_key: format!("{me}:{}:{version}", audience.as_str()),
                    terms_version: terms.version,
                    accepted_at: ctx.now,
                    version: 0,
                });
                let mut entry = self.audit(ctx, "user.accept_terms", me, user.client_id);
                entry.changes = json!({"audience": audience, "version": version});
                changes.audit.push(entry);
            }
            Ok(Decision { changes, output: () })
        })
        .await
    }
}
