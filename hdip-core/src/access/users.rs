//! Users: made, listed, and what they change about themselves. What others change is in `roles`, `assignments` and
//! `leave`.

use super::{AccessError, Role, User, UserStatus, passwords};
use crate::clients::Client;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::interviewers::Interviewer;
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// A user to make.
#[derive(Clone, Serialize)]
pub struct CreateUser {
    /// Address; unique over all users.
    pub email: String,
    /// Name, 1 to 120 characters.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its client: for client roles and agency users, and for nobody else. The caller's own if none is given.
    pub client_id: Option<ClientId>,
    /// The interviewer it is: for that role, and for nobody else.
    pub interviewer_id: Option<InterviewerId>,
    /// Its agency, an active one of the client: for agency users, and for nobody else.
    pub agency_id: Option<AgencyId>,
    /// Zone; the client's, interviewer's or operator's if none is given.
    pub zone: Option<String>,
    /// Language; as the zone.
    pub locale: Option<String>,
    /// A recruiter who is to see only jobs it is named on.
    pub assigned_jobs_only: bool,
    /// Password; without one it cannot sign in yet, and is mailed an invitation to set one. Left out of what an idempotency key remembers: a
    /// fast hash of a password is no place to keep it.
    #[serde(skip)]
    pub password: Option<String>,
}

impl fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateUser")
            .field("role", &self.role)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What a user changes about itself; `None` leaves as it is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpdateMe {
    /// Name.
    pub name: Option<String>,
    /// Zone.
    pub zone: Option<String>,
    /// Language.
    pub locale: Option<String>,
    /// Refuse unless this is the record version.
    pub expected_version: Option<i64>,
}

/// A change of one's password. `Debug` is redacted.
#[derive(Clone)]
pub struct ChangePassword {
    /// The present one.
    pub current: String,
    /// The new one.
    pub new: String,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePassword(…)")
    }
}

/// What a new user gets from where it belongs.
struct Home {
    zone: Zone,
    locale: Locale,
    client: Option<Client>,
}

impl Hdip {
    /// Makes a user. Platform admins make anybody; moderators everybody but staff; a client's owner makes
    /// users of its client, and its admins all of those but owners. Without a password the user is invited
    /// by mail, and the client's account manager told.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for another client; [`AccessError::EmailTaken`];
    /// [`Error::Invalid`], also where client, interviewer or agency do not go with the role;
    /// [`AgencyError::Ended`](crate::agencies::AgencyError::Ended).
    pub async fn create_user(&self, ctx: &Ctx, mut input: CreateUser) -> Result<Done<UserId>, Error> {
        if input.role.is_client() {
            // A client's own people need not name it.
            input.client_id = input.client_id.or(ctx.actor.user().and_then(|user| user.client));
        }
        self.may_create(ctx, &input)?;
        let mut fields = Fields::new();
        let email = fields.email("email", &input.email);
        let name = fields.line("name", &input.name, 1, 120);
        fits_role(&mut fields, &input);
        let zone = input.zone.as_ref().and_then(|zone| fields.zone("zone", zone));
        let locale = input.locale.as_ref().and_then(|locale| fields.locale("locale", locale));
        if let (Some(password), Some(email)) = (&input.password, &email) {
            passwords::check(&mut fields, "password", password, email);
        }
        let email = fields.finish(email)?;
        let password_hash = match &input.password {
            Some(password) => Some(self.secrets.hash_password(password).await?),
            None => None,
        };
        let (input, email, name, zone, locale, password_hash) =
            (&input, &email, &name, &zone, &locale, &password_hash);
        self.decide(ctx, "create_user", input, || async move {
            let home = self.home_of(input).await?;
            if self.storage.user_by_email(&email.key()).await?.is_some() {
                return Err(AccessError::EmailTaken.into());
            }
            let user = User {
                id: self.ids.fresh(),
                client_id: input.client_id,
                interviewer_id: input.interviewer_id,
                agency_id: input.agency_id,
                role: input.role,
                name: name.clone(),
                email: email.clone(),
                email_key: email.key(),
                password_hash: password_hash.clone(),
                status: UserStatus::Active,
                zone: zone.unwrap_or(home.zone),
                locale: locale.clone().unwrap_or(home.locale),
                assigned_jobs_only: input.assigned_jobs_only,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            if let Some(client) = &home.client {
                changes.guard(client);
                if let Some(agency) = input.agency_id {
                    changes.guard(&self.active_agency(client.id, agency).await?);
                }
            }
            self.add_user(ctx, &mut changes, &user, home.client.as_ref()).await?;
            Ok(Decision { changes, output: user.id })
        })
        .await
    }

    /// Adds a new user; one without a password is invited, and the client's account manager told.
    pub(crate) async fn add_user(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        user: &User,
        client: Option<&Client>,
    ) -> Result<(), Error> {
        changes.insert(user);
        if user.password_hash.is_none() {
            self.add_invitation(ctx, changes, user).await?;
            if let Some(client) = client {
                self.tell_invited(ctx, changes, user, client);
            }
        }
        changes.audit.push(self.audit(ctx, "user.create", user.id, user.client_id));
        let data = json!({ "role": user.role });
        changes.events.push(self.event(ctx, stream_of(user), "user.created", user.id, data));
        Ok(())
    }

    fn may_create(&self, ctx: &Ctx, input: &CreateUser) -> Result<(), Error> {
        match (input.role.is_operator(), input.role.is_client(), input.client_id) {
            (true, ..) => ctx.actor.need_admin(),
            (_, true, Some(client)) => {
                ctx.actor.need_client_admin(client)?;
                may_touch(ctx, input.role)
            }
            _ => ctx.actor.need_operator(),
        }
    }

    async fn home_of(&self, input: &CreateUser) -> Result<Home, Error> {
        if let Some(id) = input.client_id {
            let client: Client = self.storage.get(id).await?;
            client.refuse_archived()?;
            return Ok(Home { zone: client.zone, locale: client.locale.clone(), client: Some(client) });
        }
        if let Some(id) = input.interviewer_id {
            let interviewer: Option<Interviewer> = self.storage.find(id).await?;
            let interviewer = interviewer.ok_or_else(|| {
                Error::field("interviewer_id", "unknown_interviewer", "there is no such interviewer")
            })?;
            if self.storage.user_of_interviewer(id).await?.is_some() {
                let message = "this interviewer has a user already";
                return Err(Error::field("interviewer_id", "interviewer_has_user", message));
            }
            return Ok(Home { zone: interviewer.zone, locale: interviewer.locale, client: None });
        }
        Ok(Home { zone: self.operator.zone, locale: self.operator.locale.clone(), client: None })
    }

    /// Users of a client, or (none) the operator's staff, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins;
    /// [`Error::NotFound`] for another client.
    pub async fn users(
        &self,
        ctx: &Ctx,
        client: Option<ClientId>,
        page: &Page,
    ) -> Result<Paged<User>, Error> {
        match client {
            Some(id) => {
                ctx.actor.need_client_admin(id)?;
                self.storage.get::<Client>(id).await?;
            }
            None => ctx.actor.need_operator()?,
        }
        let users = self.storage.users(client, &page.one_more()).await?;
        Ok(Paged::cut(users, page.limit, |user| user.id.to_string()))
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error::NotFound`] for users whom the caller could not list.
    pub async fn user(&self, ctx: &Ctx, id: UserId) -> Result<User, Error> {
        let user: User = self.storage.get(id).await?;
        let own = ctx.actor.user().is_some_and(|me| me.id == id);
        let seen = match user.client_id {
            _ if own => true,
            Some(client) => ctx.actor.need_client_admin(client).is_ok(),
            None => ctx.actor.is_operator(),
        };
        if seen { Ok(user) } else { Err(Error::NotFound("user")) }
    }

    /// The user who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users.
    pub async fn me(&self, ctx: &Ctx) -> Result<User, Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?;
        self.storage.get(me.id).await
    }

    /// Changes name, zone or language of the user who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users; [`Error::Invalid`]; [`Error::Stale`].
    pub async fn update_me(&self, ctx: &Ctx, input: UpdateMe) -> Result<User, Error> {
        let me = ctx.actor.user().ok_or(Error::Forbidden)?.id;
        let mut fields = Fields::new();
        let name = input.name.as_ref().map(|name| fields.line("name", name, 1, 120));
        let zone = input.zone.as_ref().and_then(|zone| fields.zone("zone", zone));
        let locale = input.locale.as_ref().and_then(|locale| fields.locale("locale", locale));
        fields.done()?;
        let (input, name, zone, locale) = (&input, &name, &zone, &locale);
        self.decide(ctx, "update_me", input, || async move {
            let before: User = self.storage.get(me).await?;
            expect_version(&before, input.expected_version)?;
            let mut user = before.clone();
            user.name = name.clone().unwrap_or(user.name);
            user.zone = zone.unwrap_or(user.zone);
            user.locale = locale.clone().unwrap_or(user.locale);
            let mut changes = Changes::new();
            if user != before {
                changes.update(&user);
                let mut entry = self.audit(ctx, "user.update", me, user.client_id);
                entry.changes = changed_fields(&before, &user);
                changes.audit.push(entry);
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        self.storage.get(me).await
    }

    /// Changes the password of the user who asks, ends its other sign-ins, links that would set another
    /// password and a pending change of address, and says so by mail.
    ///
    /// # Errors
    /// [`AccessError::WrongCredentials`] when the present one is wrong, throttled like signing in;
    /// [`Error::Invalid`] for a new one against the rules.
    pub async fn change_password(&self, ctx: &Ctx, input: ChangePassword) -> Result<(), Error> {
        let own = ctx.actor.user().ok_or(Error::Forbidden)?;
        let (me, sign_in) = (own.id, own.sign_in);
        let user: User = self.storage.get(me).await?;
        let mut fields = Fields::new();
        passwords::check(&mut fields, "new_password", &input.new, &user.email);
        fields.ensure(
            input.new != input.current,
            "new_password",
            "password_unchanged",
            "must differ from the present one",
        );
        fields.done()?;
        // Whoever found an open browser is to guess no better than at the front door.
        self.count_attempt(ctx, &user.email_key).await?;
        let hash = user.password_hash.as_deref().unwrap_or_default();
        if !self.secrets.verify_password(&input.current, hash).await? {
            return Err(AccessError::WrongCredentials.into());
        }
        let hash = &self.secrets.hash_password(&input.new).await?;
        let known = &user.password_hash;
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        self.decide(ctx, "change_password", &(), || async move {
            let mut user: User = self.storage.get(me).await?;
            if user.password_hash != *known {
                return Err(AccessError::WrongCredentials.into());
            }
            user.password_hash = Some(hash.clone());
            let mut changes = Changes::new();
            changes.update(&user);
            self.give_attempt_back(ctx, &mut changes, &user.email_key).await?;
            self.end_sign_ins(&mut changes, me, Some(sign_in), ctx.now, "password_changed").await?;
            self.drop_other_ways_in(ctx, &mut changes, me, None).await?;
            self.tell_password_changed(ctx, &mut changes, &user);
            let mut entry = self.audit(ctx, "user.change_password", me, user.client_id);
            entry.changes = json!({"fields": ["password"]});
            changes.audit.push(entry);
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// A user whom the caller may invite, change and deactivate.
    pub(super) async fn user_to_manage(&self, ctx: &Ctx, id: UserId) -> Result<User, Error> {
        let user = self.user(ctx, id).await?;
        match user.client_id {
            Some(client) => {
                ctx.actor.need_client_admin(client)?;
                may_touch(ctx, user.role)?;
            }
            None if user.role.is_operator() => ctx.actor.need_admin()?,
            None => ctx.actor.need_operator()?,
        }
        Ok(user)
    }
}

/// A client's admins neither make nor remove its owners.
pub(super) fn may_touch(ctx: &Ctx, role: Role) -> Result<(), Error> {
    let admin = ctx.actor.user().is_some_and(|user| user.role == Role::ClientAdmin);
    if admin && role == Role::ClientOwner { Err(Error::Forbidden) } else { Ok(()) }
}

fn fits_role(fields: &mut Fields, input: &CreateUser) {
    let mut goes_with = |field: &str, given: bool, wanted: bool| match (given, wanted) {
        (false, true) => fields.wrong(field, "required", "is needed for this role"),
        (true, false) => fields.wrong(field, "not_for_role", "does not go with this role"),
        _ => {}
    };
    goes_with("client_id", input.client_id.is_some(), input.role.is_client());
    goes_with("interviewer_id", input.interviewer_id.is_some(), input.role == Role::Interviewer);
    goes_with("agency_id", input.agency_id.is_some(), input.role == Role::AgencyUser);
    if input.assigned_jobs_only && input.role != Role::ClientRecruiter {
        fields.wrong("assigned_jobs_only", "not_for_role", "does not go with this role");
    }
}

pub(super) fn stream_of(user: &User) -> Stream {
    user.client_id.map_or(Stream::Operator, Stream::Client)
}
