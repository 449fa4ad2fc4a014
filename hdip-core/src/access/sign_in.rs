//! Signing in and staying signed in.
//!
//! A sign-in is a row; its refresh token is good for one use and 30 days. A token that comes back after it
//! was exchanged has been copied: the sign-in ends. Access tokens (the edge's) name user and sign-in only;
//! [`Hdip::authenticate_user`] reads both on every request, so that ending one acts at once.

use super::{AccessError, Actor, Role, SignIn, User, UserActor, UserStatus};
use crate::hdip::{Decision, hex, sha256_hex};
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, RecordsExt};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long a refresh token is good.
const REFRESH_DAYS: i64 = 30;
/// Random bytes of a refresh token, and bytes of the MAC behind them.
const HALF: usize = 16;

/// Credentials. `Debug` is redacted.
#[derive(Clone)]
pub struct SignInRequest {
    /// Address.
    pub email: String,
    /// Password.
    pub password: String,
    /// Browser, as it names itself.
    pub user_agent: Option<String>,
}

impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInRequest(…)")
    }
}

/// A sign-in that was begun or refreshed. `Debug` does not show the token.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The sign-in.
    pub sign_in: SignInId,
    /// Good for one [`Hdip::refresh`].
    pub refresh_token: String,
    /// The refresh token is good until then.
    pub expires_at: Timestamp,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("user", &self.user.id)
            .field("sign_in", &self.sign_in)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What became of a refresh.
#[derive(Serialize, Deserialize)]
enum Refreshed {
    Rotated,
    /// Committed as such, and only then refused.
    Reused,
}

impl Hdip {
    /// Signs a user in. Which of the credentials was wrong is not said, nor shown by the time it takes.
    ///
    /// # Errors
    /// [`AccessError::WrongCredentials`], also for deactivated users; [`AccessError::Throttled`] after five
    /// failures with an address, or fifty from a peer, within 15 minutes.
    pub async fn sign_in(&self, ctx: &Ctx, request: SignInRequest) -> Result<SignedIn, Error> {
        let mut fields = Fields::new();
        let email = fields.email("email", &request.email);
        fields.ensure(!request.password.is_empty(), "password", "required", "must not be empty");
        fields.ensure(request.password.len() <= 1024, "password", "too_long", "must have at most 1024 bytes");
        let email = fields.finish(email)?;
        let key = email.key();
        self.count_attempt(ctx, &key).await?;
        let user = self.storage.user_by_email(&key).await?;
        // For a user that does not exist too: a text that is no hash costs the same time.
        let hash = user.as_ref().and_then(|user| user.password_hash.as_deref()).unwrap_or_default();
        let right = self.secrets.verify_password(&request.password, hash).await?;
        let user = match user {
            Some(user) if right && user.status == UserStatus::Active => user,
            _ => return Err(AccessError::WrongCredentials.into()),
        };
        // A repeated sign-in is a new one: an idempotency key would have to keep the token.
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let id: SignInId = self.ids.fresh();
        let token = self.refresh_token(id, 1);
        let sign_in = SignIn {
            id,
            user_id: user.id,
            refresh_hash: sha256_hex(&token),
            generation: 1,
            created_at: ctx.now,
            refreshed_at: ctx.now,
            expires_at: ctx.now + days(REFRESH_DAYS),
            ended_at: None,
            ended_because: None,
            user_agent: request.user_agent.map(|agent| agent.chars().take(200).collect()),
            version: 0,
        };
        let (sign_in, user_ref, key) = (&sign_in, &user, &*key);
        self.decide(ctx, "sign_in", &(), || async move {
            let mut changes = Changes::new();
            changes.insert(sign_in);
            self.give_attempt_back(ctx, &mut changes, key).await?;
            let mut entry = self.audit(ctx, "sign_in", sign_in.id, user_ref.client_id);
            entry.actor = format!("user:{}", user_ref.id);
            changes.audit.push(entry);
            Ok(Decision { changes, output: () })
        })
        .await?;
        let expires_at = sign_in.expires_at;
        Ok(SignedIn { user, sign_in: id, refresh_token: token, expires_at })
    }

    /// Exchanges a refresh token for the next one.
    ///
    /// # Errors
    /// [`AccessError::RefreshReused`] for a token that was exchanged before, which ends the sign-in;
    /// [`AccessError::SignInEnded`]; [`AccessError::Unauthenticated`] for what is no token of ours.
    pub async fn refresh(&self, ctx: &Ctx, token: &str) -> Result<SignedIn, Error> {
        let (id, generation) = self.read_refresh_token(token).ok_or(AccessError::Unauthenticated)?;
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        let next = self.refresh_token(id, generation + 1);
        let next = &*next;
        let decided = self.decide(ctx, "refresh", &(), || async move {
            let (mut sign_in, user) = self.live_sign_in(id, ctx.now).await?;
            let mut changes = Changes::new();
            if sign_in.generation != generation || sign_in.refresh_hash != sha256_hex(token) {
                end(&mut sign_in, ctx.now, "refresh_reused");
                changes.update(&sign_in);
                let mut entry = self.audit(ctx, "sign_in.refresh_reused", id, user.client_id);
                entry.actor = format!("user:{}", user.id);
                changes.audit.push(entry);
                return Ok(Decision { changes, output: Refreshed::Reused });
            }
            sign_in.generation += 1;
            sign_in.refresh_hash = sha256_hex(next);
            sign_in.refreshed_at = ctx.now;
            sign_in.expires_at = ctx.now + days(REFRESH_DAYS);
            changes.update(&sign_in);
            Ok(Decision { changes, output: Refreshed::Rotated })
        });
        match decided.await?.output {
            Refreshed::Reused => Err(AccessError::RefreshReused.into()),
            Refreshed::Rotated => {
                let (sign_in, user) = self.live_sign_in(id, ctx.now).await?;
                let expires_at = sign_in.expires_at;
                Ok(SignedIn { user, sign_in: id, refresh_token: next.to_owned(), expires_at })
            }
        }
    }

    /// Ends the sign-in this request came with.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn sign_out(&self, ctx: &Ctx) -> Result<(), Error> {
        let own = ctx.actor.user().ok_or(Error::Forbidden)?.sign_in;
        self.end_own(ctx, own, "signed_out").await
    }

    /// The sign-ins of the user who asks that are still good, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn my_sign_ins(&self, ctx: &Ctx) -> Result<Vec<SignIn>, Error> {
        let user = ctx.actor.user().ok_or(Error::Forbidden)?;
        let mut all = self.storage.live_sign_ins(user.id).await?;
        all.retain(|sign_in| ctx.now < sign_in.expires_at);
        Ok(all)
    }

    /// Ends one of the sign-ins of the user who asks.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else's.
    pub async fn end_sign_in(&self, ctx: &Ctx, id: SignInId) -> Result<(), Error> {
        self.end_own(ctx, id, "revoked").await
    }

    async fn end_own(&self, ctx: &Ctx, id: SignInId, because: &str) -> Result<(), Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?.id;
        let client = ctx.actor.user().and_then(|user| user.client);
        self.decide(ctx, "end_sign_in", &id, || async move {
            let mut changes = Changes::new();
            let mut sign_in: SignIn = self.storage.get(id).await?;
            if sign_in.user_id != me {
                return Err(Error::NotFound("sign-in"));
            }
            if sign_in.ended_at.is_none() {
                end(&mut sign_in, ctx.now, because);
                changes.update(&sign_in);
                changes.audit.push(self.audit(ctx, "sign_in.end", id, client));
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// Adds the end of every live sign-in of a user, except one, to `changes`.
    pub(super) async fn end_sign_ins(
        &self,
        changes: &mut Changes,
        user: UserId,
        except: Option<SignInId>,
        now: Timestamp,
        because: &str,
    ) -> Result<(), Error> {
        for mut sign_in in self.storage.live_sign_ins(user).await? {
            if Some(sign_in.id) != except {
                end(&mut sign_in, now, because);
                changes.update(&sign_in);
            }
        }
        Ok(())
    }

    /// Who a request with an access token comes from: what the records say now.
    ///
    /// # Errors
    /// [`AccessError::SignInEnded`] when the sign-in ended or the user was deactivated.
    pub async fn authenticate_user(&self, user: UserId, sign_in: SignInId) -> Result<Actor, Error> {
        let (sign_in, found) = self.live_sign_in(sign_in, self.clock.now()).await?;
        if found.id != user {
            return Err(AccessError::SignInEnded.into());
        }
        let jobs = match (found.role, found.client_id) {
            (Role::ClientRecruiter, Some(client)) | (Role::AgencyUser, Some(client))
                if found.assigned_jobs_only || found.role == Role::AgencyUser =>
            {
                Some(self.storage.assigned_jobs(client, user).await?.into_iter().collect())
            }
            _ => None,
        };
        Ok(Actor::User(UserActor {
            id: found.id,
            sign_in: sign_in.id,
            role: found.role,
            client: found.client_id,
            agency: found.agency_id,
            interviewer: found.interviewer_id,
            jobs,
        }))
    }

    async fn live_sign_in(&self, id: SignInId, now: Timestamp) -> Result<(SignIn, User), Error> {
        let sign_in: Option<SignIn> = self.storage.find(id).await?;
        let sign_in = sign_in
            .filter(|sign_in| sign_in.ended_at.is_none() && now < sign_in.expires_at)
            .ok_or(AccessError::SignInEnded)?;
        let user: Option<User> = self.storage.find(sign_in.user_id).await?;
        let user = user.filter(|user| user.status == UserStatus::Active).ok_or(AccessError::SignInEnded)?;
        Ok((sign_in, user))
    }

    /// `<sign-in>.<generation>.<random bytes, MAC>`. The MAC tells an old token of ours, which ends the
    /// sign-in when it comes back, from an invented one, by which nobody could end another's.
    fn refresh_token(&self, id: SignInId, generation: i64) -> String {
        let random = hex(&self.secrets.random().0[..HALF]);
        let head = format!("{id}.{generation}.{random}");
        let mac = hex(&self.secrets.mac("refresh-token", head.as_bytes())[..HALF]);
        format!("{head}{mac}")
    }

    fn read_refresh_token(&self, token: &str) -> Option<(SignInId, i64)> {
        let (head, mac) = token.split_at_checked(token.len().checked_sub(2 * HALF)?)?;
        let expected = hex(&self.secrets.mac("refresh-token", head.as_bytes())[..HALF]);
        if !super::same(mac.as_bytes(), expected.as_bytes()) {
            return None;
        }
        let mut parts = head.split('.');
        let (id, generation) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((id, generation))
    }
}

fn end(sign_in: &mut SignIn, now: Timestamp, because: &str) {
    sign_in.ended_at = Some(now);
    sign_in.ended_because = Some(because.to_owned());
}
