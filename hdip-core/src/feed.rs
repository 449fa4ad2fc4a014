//! What happened: the event feed for machines, the audit trail for people.

use crate::access::{AccessError, Actor, KeyScope, Role};
use crate::ports::storage::{AuditEntry, AuditFilter, Event, Page, Paged, Stream};
use crate::values::ClientId;
use crate::{Ctx, Error, Hdip};

/// Kinds of events that hold a client's amounts.
const BILLING: &str = "billing.";
/// Actions of the operations desk.
const DESK: &str = "desk.";

/// A part of an event feed.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// Events in order.
    pub items: Vec<Event>,
    /// Ask for what comes after this position next; the asked one if there was nothing new.
    pub next: i64,
    /// True if there is more already.
    pub more: bool,
}

impl Hdip {
    /// Events of a client's feed after a position (0 from the beginning), in the order they were committed,
    /// without gaps. Without a client: the caller's own, or the operator's feed for the operator. Events
    /// with amounts (`billing.…`) are left out for those who see none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for agencies, recruiters limited to jobs, interviewers and links;
    /// [`AccessError::MissingScope`]; [`Error::NotFound`] for another client.
    pub async fn events(
        &self,
        ctx: &Ctx,
        client: Option<ClientId>,
        after: i64,
        limit: u32,
    ) -> Result<EventPage, Error> {
        let own = feed_of(&ctx.actor)?;
        let stream = match (own, client) {
            (Some(own), asked) if asked.is_some_and(|asked| asked != own) => {
                return Err(Error::NotFound("client"));
            }
            (Some(own), _) => Stream::Client(own),
            (None, Some(client)) => Stream::Client(client),
            (None, None) => Stream::Operator,
        };
        let limit = limit.clamp(1, Page::MAX);
        let mut items = self.storage.events(stream, after, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().map_or(after, |event| event.position);
        if !ctx.actor.sees_amounts() {
            items.retain(|event| !event.kind.starts_with(BILLING));
        }
        Ok(EventPage { items, next, more })
    }

    /// Who did what, when, to what; newest first. A client's owner and admins read the entries of their own
    /// client, without the reasons the operator's desk notes for itself.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and a client's owner and admins; [`Error::NotFound`] for
    /// another client; [`Error::InvalidCursor`].
    pub async fn audit_trail(
        &self,
        ctx: &Ctx,
        filter: AuditFilter,
        page: &Page,
    ) -> Result<Paged<AuditEntry>, Error> {
        let own = match &ctx.actor {
            actor if actor.is_operator() => None,
            Actor::User(user) => match (user.role, user.client) {
                (Role::ClientOwner | Role::ClientAdmin, Some(client)) => Some(client),
                _ => return Err(Error::Forbidden),
            },
            Actor::Anonymous => return Err(AccessError::Unauthenticated.into()),
            _ => return Err(Error::Forbidden),
        };
        if own.is_some() && filter.client.is_some_and(|asked| Some(asked) != own) {
            return Err(Error::NotFound("client"));
        }
        let filter = AuditFilter { client: own.or(filter.client), ..filter };
        let entries = self.storage.audit_entries(&filter, &page.one_more()).await?;
        let mut page = Paged::cut(entries, page.limit, |entry| entry.id.to_string());
        if own.is_some() {
            for entry in &mut page.items {
                // Where the operator's staff or another person sat is not the client's business.
                entry.peer = None;
                if entry.action.starts_with(DESK) {
                    entry.reason = None;
                }
            }
        }
        Ok(page)
    }
}

/// The client whose feed an actor reads; none for the operator.
fn feed_of(actor: &Actor) -> Result<Option<ClientId>, Error> {
    match actor {
        actor if actor.is_operator() => Ok(None),
        Actor::ApiKey { client, scopes, .. } if scopes.contains(&KeyScope::EventsRead) => Ok(Some(*client)),
        Actor::ApiKey { .. } => {
            Err(AccessError::MissingScope { scope: KeyScope::EventsRead.as_str() }.into())
        }
        Actor::User(user) => match (user.role, user.client) {
            (Role::ClientOwner | Role::ClientAdmin | Role::ClientRecruiter, Some(client))
                if user.jobs.is_none() =>
            {
                Ok(Some(client))
            }
            _ => Err(Error::Forbidden),
        },
        Actor::Anonymous => Err(AccessError::Unauthenticated.into()),
        _ => Err(Error::Forbidden),
    }
}
