//! Links for people who are not signed in: candidates and interviewers, and users who set a password or
//! confirm an address.
//!
//! A link is a row; its token is the row's id and a MAC over the row, derived whenever a mail or page
//! needs it and stored nowhere. Opening a link only shows; acting is a POST (mail scanners open links).
//! Links of users are good once: the act marks the row used in its own commit, so that of two uses one wins.

use super::{AccessError, Actor, Link, LinkPurpose, User, same};
use crate::hdip::hex;
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// 128 bits of the MAC are kept: far beyond guessing, and the URL stays short.
const MAC_BYTES: usize = 16;
/// How many replaced tokens of a link are known again, to tell their holders that there is a newer one.
const GENERATIONS_KNOWN: i64 = 20;

impl Hdip {
    /// Makes or renews the one link of that purpose, subject and party, in `changes`. Renewing extends the
    /// time and keeps tokens handed out before good, unless it was withdrawn.
    pub(crate) async fn ensure_link(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        client: ClientId,
        purpose: LinkPurpose,
        subject: &str,
        party: &str,
        expires_at: Timestamp,
    ) -> Result<Link, Error> {
        let natural_key = natural_key(purpose, subject, party);
        let link = match self.storage.link_by_key(&natural_key).await? {
            Some(mut link) => {
                if link.revoked_at.take().is_some() {
                    link.generation += 1;
                }
                link.expires_at = link.expires_at.max(expires_at);
                link
            }
            None => self.new_link(ctx, client, purpose, subject, party, expires_at),
        };
        changes.put(&link);
        Ok(link)
    }

    /// A link of which the caller knows that there is none yet.
    pub(crate) fn new_link(
        &self,
        ctx: &Ctx,
        client: impl Into<Option<ClientId>>,
        purpose: LinkPurpose,
        subject: &str,
        party: &str,
        expires_at: Timestamp,
    ) -> Link {
        Link {
            id: self.ids.fresh(),
            client_id: client.into(),
            purpose,
            subject: subject.to_owned(),
            party: party.to_owned(),
            generation: 1,
            expires_at,
            revoked_at: None,
            used_at: None,
            created_at: ctx.now,
            natural_key: natural_key(purpose, subject, party),
            version: 0,
        }
    }

    /// A link of a user that is good once, in `changes`: made, or made anew so that tokens handed out before
    /// are no longer good.
    pub(crate) async fn fresh_link(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: &User,
        purpose: LinkPurpose,
        subject: &str,
        expires_at: Timestamp,
    ) -> Result<Link, Error> {
        let party = user.id.to_string();
        let link = match self.storage.link_by_key(&natural_key(purpose, subject, &party)).await? {
            Some(link) => {
                Link { generation: link.generation + 1, revoked_at: None, used_at: None, expires_at, ..link }
            }
            None => self.new_link(ctx, user.client_id, purpose, subject, &party, expires_at),
        };
        changes.put(&link);
        Ok(link)
    }

    /// Uses the link the caller holds up, which is good once: of two who use it at once one finds it used.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody else; as [`Hdip::open_link`].
    pub(crate) async fn use_link(&self, ctx: &Ctx, changes: &mut Changes) -> Result<Link, Error> {
        let Actor::Link { id, generation, .. } = &ctx.actor else { return Err(Error::Forbidden) };
        let mut link: Link = self.storage.get(id).await?;
        link.check(*generation, ctx.now)?;
        link.used_at = Some(ctx.now);
        changes.update(&link);
        Ok(link)
    }

    /// Withdraws a link, if there is one: tokens handed out before are no longer good.
    pub(crate) async fn revoke_link(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        purpose: LinkPurpose,
        subject: &str,
        party: &str,
    ) -> Result<(), Error> {
        if let Some(mut link) = self.storage.link_by_key(&natural_key(purpose, subject, party)).await?
            && link.revoked_at.is_none()
            && link.used_at.is_none()
        {
            link.revoked_at = Some(ctx.now);
            changes.update(&link);
        }
        Ok(())
    }

    /// The token of a link.
    pub fn link_token(&self, link: &Link) -> String {
        format!("{}.{}", link.id, hex(&self.link_mac(link)[..MAC_BYTES]))
    }

    /// The public address of a link: it opens a page and changes nothing by itself.
    pub fn link_url(&self, link: &Link) -> String {
        format!("{}/l/{}", self.operator.base_url, self.link_token(link))
    }

    /// The address of the link with that purpose, subject and party, where there is a live one.
    pub(crate) async fn link_url_for(
        &self,
        purpose: LinkPurpose,
        subject: impl ToString,
        party: impl ToString,
    ) -> Result<Option<String>, Error> {
        let key = natural_key(purpose, &subject.to_string(), &party.to_string());
        let link = self.storage.link_by_key(&key).await?;
        Ok(link.filter(|link| link.revoked_at.is_none()).map(|link| self.link_url(&link)))
    }

    /// Who the holder of a token is.
    ///
    /// # Errors
    /// [`AccessError::LinkInvalid`] (also for a token that was tampered with), [`AccessError::LinkSpent`],
    /// [`AccessError::LinkUsed`], [`AccessError::LinkExpired`].
    pub async fn open_link(&self, token: &str) -> Result<Actor, Error> {
        let (id, mac) = token.split_once('.').ok_or(AccessError::LinkInvalid)?;
        let id: LinkId = id.parse().map_err(|_| AccessError::LinkInvalid)?;
        let link: Link = self.storage.find(id).await?.ok_or(AccessError::LinkInvalid)?;
        let known = (link.generation - GENERATIONS_KNOWN).max(1)..=link.generation;
        let generation = known
            .rev()
            .find(|generation| {
                let link = Link { generation: *generation, ..link.clone() };
                same(mac.as_bytes(), hex(&self.link_mac(&link)[..MAC_BYTES]).as_bytes())
            })
            .ok_or(AccessError::LinkInvalid)?;
        link.check(generation, self.clock.now())?;
        Ok(Actor::Link {
            id: link.id,
            client: link.client_id,
            purpose: link.purpose,
            subject: link.subject,
            party: link.party,
            generation,
        })
    }

    fn link_mac(&self, link: &Link) -> [u8; 32] {
        // Purpose, subject and party are in the row and cannot be changed by its holder; id and generation
        // name the row and the moment.
        let text = format!(
            "{}|{}|{}|{}|{}",
            link.id,
            link.purpose.as_str(),
            link.subject,
            link.party,
            link.generation
        );
        self.secrets.mac("link", text.as_bytes())
    }
}

impl Link {
    /// Whether a token of that generation is good.
    pub(crate) fn check(&self, generation: i64, now: Timestamp) -> Result<(), AccessError> {
        if generation != self.generation || self.revoked_at.is_some() {
            Err(AccessError::LinkSpent)
        } else if self.used_at.is_some() {
            Err(AccessError::LinkUsed)
        } else if now >= self.expires_at {
            Err(AccessError::LinkExpired)
        } else {
            Ok(())
        }
    }
}

fn natural_key(purpose: LinkPurpose, subject: &str, party: &str) -> String {
    format!("{}:{subject}:{party}", purpose.as_str())
}
