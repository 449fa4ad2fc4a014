//! Throttles of password guessing and of asking for resets: rows, so that they hold for every server and
//! survive a restart.
//!
//! An attempt is counted *before* the password is looked at and given back when it was right. Counting
//! afterwards would let any number of simultaneous guesses through while their hashes are computed.

use super::{AccessError, LoginThrottle};
use crate::hdip::sha256_hex;
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};

/// Failures of one address within the window before it is blocked.
const PER_EMAIL: i64 = 5;
/// Failures of one peer: an office shares an address.
const PER_PEER: i64 = 50;
/// Applications to become an interviewer from one peer within the window.
const APPLICATIONS_PER_PEER: i64 = 10;
const WINDOW: Duration = minutes(15);
const BLOCK: Duration = minutes(15);
/// Attempts of one peer meet on one row; each try that loses means that another was counted.
const TRIES: u32 = 25;

impl Hdip {
    /// Counts an attempt to give the password of `email_key`.
    ///
    /// # Errors
    /// [`AccessError::Throttled`].
    pub(super) async fn count_attempt(&self, ctx: &Ctx, email_key: &str) -> Result<(), Error> {
        self.count(ctx, &throttles(ctx, email_key)).await
    }

    /// Counts a request for a password reset, on rows of its own: whoever asks for resets of somebody's
    /// address does not lock that person out. Never given back, and the same for an unknown address.
    ///
    /// # Errors
    /// [`AccessError::Throttled`].
    pub(super) async fn count_reset(&self, ctx: &Ctx, email_key: &str) -> Result<(), Error> {
        let rows: Vec<_> =
            throttles(ctx, email_key).into_iter().map(|(id, limit)| (format!("reset-{id}"), limit)).collect();
        self.count(ctx, &rows).await
    }

    /// Counts an application to become an interviewer, handed in by somebody who is not signed in.
    ///
    /// # Errors
    /// [`AccessError::Throttled`].
    pub(crate) async fn count_application(&self, ctx: &Ctx) -> Result<(), Error> {
        let row = ctx.peer.as_ref().map(|peer| (format!("apply-peer:{peer}"), APPLICATIONS_PER_PEER));
        self.count(ctx, &row.into_iter().collect::<Vec<_>>()).await
    }

    async fn count(&self, ctx: &Ctx, rows: &[(String, i64)]) -> Result<(), Error> {
        for _ in 0..TRIES {
            let mut changes = Changes::new();
            for (id, limit) in rows {
                let row = self.throttle(id.clone(), ctx.now).await?;
                if let Some(until) = row.blocked_until.filter(|until| ctx.now < *until) {
                    return Err(AccessError::Throttled { until }.into());
                }
                changes.put(&counted(row, *limit, ctx.now));
            }
            if self.commit(changes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }

    /// Gives the attempt back: the password was right. The address starts anew; the peer's other failures
    /// stay, or one good account would buy any number of guesses at others.
    pub(super) async fn give_attempt_back(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        email_key: &str,
    ) -> Result<(), Error> {
        for (id, limit) in throttles(ctx, email_key) {
            let Some(mut row) = self.storage.find::<LoginThrottle>(id).await? else { continue };
            if limit == PER_EMAIL {
                changes.delete(&row);
            } else {
                row.failures = (row.failures - 1).max(0);
                if row.failures < limit {
                    row.blocked_until = None;
                }
                changes.update(&row);
            }
        }
        Ok(())
    }

    /// Forgets the failures of an address whose owner has shown to be the owner.
    pub(super) async fn forgive(&self, changes: &mut Changes, email_key: &str) -> Result<(), Error> {
        if let Some(row) = self.storage.find::<LoginThrottle>(email_row(email_key)).await? {
            changes.delete(&row);
        }
        Ok(())
    }

    async fn throttle(&self, id: String, now: Timestamp) -> Result<LoginThrottle, Error> {
        let fresh =
            |id, version| LoginThrottle { id, failures: 0, window_from: now, blocked_until: None, version };
        Ok(match self.storage.find::<LoginThrottle>(&id).await? {
            Some(row) => {
                let over = match row.blocked_until {
                    Some(until) => until <= now,
                    None => now - row.window_from >= WINDOW,
                };
                if over { fresh(row.id, row.version) } else { row }
            }
            None => fresh(id, 0),
        })
    }
}

fn throttles(ctx: &Ctx, email_key: &str) -> Vec<(String, i64)> {
    let email = (email_row(email_key), PER_EMAIL);
    let peer = ctx.peer.as_ref().map(|peer| (format!("peer:{peer}"), PER_PEER));
    std::iter::once(email).chain(peer).collect()
}

fn counted(mut row: LoginThrottle, limit: i64, now: Timestamp) -> LoginThrottle {
    row.failures += 1;
    if row.failures >= limit {
        row.blocked_until = Some(now + BLOCK);
    }
    row
}

fn email_row(email_key: &str) -> String {
    format!("email:{}", sha256_hex(email_key))
}
