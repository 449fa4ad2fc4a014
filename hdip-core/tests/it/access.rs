//! Signing in, sign-ins, API keys, users.

use hdip_core::access::*;
use hdip_core::ports::storage::{Page, Stream};
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

const PASSWORD: &str = "correct horse";

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn visitor(world: &World, peer: &str) -> Ctx {
    Ctx { peer: Some(peer.into()), ..world.hdip.ctx(Actor::Anonymous) }
}

fn new_user(email: &str, role: Role) -> CreateUser {
    CreateUser {
        email: email.into(),
        name: "Rita Recruiter".into(),
        role,
        client_id: None,
        interviewer_id: None,
        agency_id: None,
        zone: None,
        locale: None,
        assigned_jobs_only: false,
        password: Some(PASSWORD.into()),
    }
}

/// A user of the client with the password.
async fn user(world: &World, email: &str, role: Role) -> User {
    let made = world.hdip.create_user(&world.as_owner(), new_user(email, role)).await.unwrap();
    world.get(made.output).await
}

async fn sign_in(world: &World, email: &str, password: &str) -> Result<SignedIn, Error> {
    let request = SignInRequest {
        email: email.into(),
        password: password.into(),
        user_agent: Some("Tests/1.0".into()),
    };
    world.hdip.sign_in(&visitor(world, "203.0.113.5"), request).await
}

async fn ctx_of(world: &World, signed_in: &SignedIn) -> Ctx {
    world.hdip.ctx(world.hdip.authenticate_user(signed_in.user.id, signed_in.sign_in).await.unwrap())
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

#[test]
fn a_user_signs_in_and_is_read_anew_with_every_request() {
    block_on(async {
        let world = world().await;
        let rita = user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let signed_in = sign_in(&world, "Rita@Acme.example", PASSWORD).await.unwrap();
        assert_eq!(signed_in.user.id, rita.id);
        assert_eq!(signed_in.expires_at, world.hdip.now() + days(30));
        assert!(!format!("{signed_in:?}").contains(&signed_in.refresh_token));
        let stored: SignIn = world.get(signed_in.sign_in).await;
        assert_ne!(stored.refresh_hash, signed_in.refresh_token, "tokens are stored hashed");

        let Actor::User(actor) = world.hdip.authenticate_user(rita.id, signed_in.sign_in).await.unwrap()
        else {
            panic!("a user")
        };
        assert_eq!(
            (actor.role, actor.client, actor.jobs),
            (Role::ClientRecruiter, Some(world.client.id), None)
        );
        world.hdip.deactivate_user(&world.as_owner(), rita.id, None).await.unwrap();
        assert_eq!(code(world.hdip.authenticate_user(rita.id, signed_in.sign_in).await), "sign_in_ended");
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "wrong_credentials");
    });
}

#[test]
fn a_recruiter_limited_to_jobs_acts_on_those_it_is_named_on() {
    block_on(async {
        let world = world().await;
        let input =
            CreateUser { assigned_jobs_only: true, ..new_user("rita@acme.example", Role::ClientRecruiter) };
        world.hdip.create_user(&world.as_owner(), input).await.unwrap();
        let signed_in = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let (job, _) = world.job().await;
        let jobs = |ctx: Ctx| ctx.actor.user().unwrap().jobs.clone().unwrap();
        assert!(jobs(ctx_of(&world, &signed_in).await).is_empty());
        let mut job: hdip_core::hiring::Job = world.get(job.id).await;
        job.recruiter_ids.insert(signed_in.user.id);
        let mut changes = hdip_core::ports::storage::Changes::new();
        changes.update(&job);
        world.storage.commit(changes).await.unwrap();
        assert!(jobs(ctx_of(&world, &signed_in).await).contains(&job.id));
    });
}

#[test]
fn wrong_password_and_unknown_user_sound_the_same() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let wrong = sign_in(&world, "rita@acme.example", "not this one").await.unwrap_err();
        let unknown = sign_in(&world, "nobody@acme.example", PASSWORD).await.unwrap_err();
        assert_eq!((wrong.code(), wrong.to_string()), (unknown.code(), unknown.to_string()));
        // The owner of the test world has no password: it cannot sign in with any.
        assert_eq!(code(sign_in(&world, "omar@acme.example", "").await), "invalid_fields");
        assert_eq!(code(sign_in(&world, "omar@acme.example", "anything").await), "wrong_credentials");
    });
}

#[test]
fn five_failures_block_an_address_for_a_quarter_of_an_hour_even_for_the_right_password() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        for _ in 0..4 {
            assert_eq!(code(sign_in(&world, "rita@acme.example", "wrong wrong").await), "wrong_credentials");
        }
        // The right one in time starts the count anew.
        sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        for _ in 0..5 {
            assert_eq!(code(sign_in(&world, "rita@acme.example", "wrong wrong").await), "wrong_credentials");
        }
        let blocked = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap_err();
        let until = world.hdip.now() + minutes(15);
        assert!(
            matches!(blocked, Error::Access(AccessError::Throttled { until: u }) if u == until),
            "{blocked:?}"
        );
        // Somebody else is not concerned.
        user(&world, "ravi@acme.example", Role::ClientRecruiter).await;
        sign_in(&world, "ravi@acme.example", PASSWORD).await.unwrap();
        world.clock.advance(minutes(15));
        sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
    });
}

#[test]
fn failures_that_lie_apart_do_not_add_up() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        for _ in 0..12 {
            assert_eq!(code(sign_in(&world, "rita@acme.example", "wrong wrong").await), "wrong_credentials");
            world.clock.advance(minutes(4));
        }
    });
}

#[test]
fn a_peer_that_tries_many_addresses_is_blocked() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        for n in 0..50 {
            assert_eq!(
                code(sign_in(&world, &format!("a{n}@acme.example"), "wrong").await),
                "wrong_credentials"
            );
        }
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "throttled");
        let request =
            SignInRequest { email: "rita@acme.example".into(), password: PASSWORD.into(), user_agent: None };
        let elsewhere = visitor(&world, "198.51.100.9");
        world.hdip.sign_in(&elsewhere, request).await.expect("another peer is not concerned");
    });
}

#[test]
fn a_refresh_token_is_good_once_and_a_copy_ends_the_sign_in() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let first = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        world.clock.advance(days(29));
        let anybody = visitor(&world, "203.0.113.5");
        let second = world.hdip.refresh(&anybody, &first.refresh_token).await.unwrap();
        assert_eq!(second.expires_at, world.hdip.now() + days(30), "30 days sliding");
        let third = world.hdip.refresh(&anybody, &second.refresh_token).await.unwrap();

        assert_eq!(code(world.hdip.refresh(&anybody, &first.refresh_token).await), "refresh_token_reused");
        assert_eq!(code(world.hdip.refresh(&anybody, &third.refresh_token).await), "sign_in_ended");
        assert_eq!(code(world.hdip.authenticate_user(first.user.id, first.sign_in).await), "sign_in_ended");
        let stored: SignIn = world.get(first.sign_in).await;
        assert_eq!(stored.ended_because.as_deref(), Some("refresh_reused"));
    });
}

#[test]
fn nobody_ends_a_sign_in_with_an_invented_token() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let signed_in = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let anybody = visitor(&world, "203.0.113.5");
        let forged = format!("{}.0.{}", signed_in.sign_in, "0".repeat(64));
        let cut = &signed_in.refresh_token[..signed_in.refresh_token.len() - 1];
        for token in [&*forged, cut, "", "x", "ü", "sign_x.1.y"] {
            assert_eq!(code(world.hdip.refresh(&anybody, token).await), "unauthenticated", "{token:?}");
        }
        world.hdip.refresh(&anybody, &signed_in.refresh_token).await.expect("is still good");
    });
}

#[test]
fn a_refresh_token_ends_after_thirty_days() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let signed_in = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        world.clock.advance(days(30));
        let refreshed = world.hdip.refresh(&visitor(&world, "::1"), &signed_in.refresh_token).await;
        assert_eq!(code(refreshed), "sign_in_ended");
    });
}

#[test]
fn sign_ins_are_listed_and_ended_by_their_owner_only() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        user(&world, "ravi@acme.example", Role::ClientRecruiter).await;
        let laptop = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let phone = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let other = sign_in(&world, "ravi@acme.example", PASSWORD).await.unwrap();
        let rita = ctx_of(&world, &laptop).await;
        let listed: Vec<_> = world.hdip.my_sign_ins(&rita).await.unwrap().iter().map(|s| s.id).collect();
        assert_eq!(listed, [phone.sign_in, laptop.sign_in]);
        assert_eq!(code(world.hdip.end_sign_in(&rita, other.sign_in).await), "not_found");
        world.hdip.end_sign_in(&rita, phone.sign_in).await.unwrap();
        assert_eq!(code(world.hdip.authenticate_user(rita_id(&rita), phone.sign_in).await), "sign_in_ended");
        world.hdip.sign_out(&rita).await.unwrap();
        world.hdip.sign_out(&rita).await.expect("twice is no failure");
        assert_eq!(code(world.hdip.authenticate_user(rita_id(&rita), laptop.sign_in).await), "sign_in_ended");
    });
}

fn rita_id(ctx: &Ctx) -> UserId {
    ctx.actor.user().unwrap().id
}

#[test]
fn changing_the_password_ends_the_other_sign_ins_and_is_throttled() {
    block_on(async {
        let world = world().await;
        user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let here = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let there = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        let rita = ctx_of(&world, &here).await;
        let change = |current: &str, new: &str| {
            let change = ChangePassword { current: current.into(), new: new.into() };
            let (hdip, rita) = (world.hdip.clone(), rita.clone());
            async move { hdip.change_password(&rita, change).await }
        };
        assert_eq!(code(change(PASSWORD, "short").await), "invalid_fields");
        assert_eq!(code(change(PASSWORD, PASSWORD).await), "invalid_fields");
        assert_eq!(code(change("wrong", "battery staple").await), "wrong_credentials");
        change(PASSWORD, "battery staple").await.unwrap();
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "wrong_credentials");
        sign_in(&world, "rita@acme.example", "battery staple").await.unwrap();
        world.hdip.authenticate_user(here.user.id, here.sign_in).await.expect("this one stays");
        assert_eq!(code(world.hdip.authenticate_user(here.user.id, there.sign_in).await), "sign_in_ended");
        for _ in 0..5 {
            assert_eq!(code(change("wrong", "battery staples").await), "wrong_credentials");
        }
        assert_eq!(code(change("battery staple", "battery staples").await), "throttled");
    });
}

#[test]
fn api_keys_are_shown_once_scoped_and_withdrawn_at_once() {
    block_on(async {
        let world = world().await;
        let mut owner = world.as_owner();
        owner.idempotency = Some("key-1".parse().unwrap());
        let input = CreateApiKey {
            client_id: world.client.id,
            name: "ATS".into(),
            scopes: [KeyScope::HiringRead, KeyScope::EventsRead].into(),
        };
        let made = world.hdip.create_api_key(&owner, input.clone()).await.unwrap().output;
        assert!(made.text.starts_with(&format!("hdip_{}_", made.key.id)));
        assert!(!made.key.secret_hash.contains(made.text.rsplit('_').next().unwrap()));
        assert_eq!(code(world.hdip.create_api_key(&owner, input.clone()).await), "secret_not_replayed");
        let renamed = CreateApiKey { name: "Other".into(), ..input };
        assert_eq!(code(world.hdip.create_api_key(&owner, renamed).await), "idempotency_mismatch");

        let actor = world.hdip.authenticate_key(&made.text).await.unwrap();
        assert!(actor.client_scope(KeyScope::HiringRead).is_ok());
        assert_eq!(code(actor.client_scope(KeyScope::HiringWrite)), "missing_scope");
        let mut wrong = made.text.clone();
        wrong.pop();
        for text in [&*wrong, "hdip_", "hdip_key_x_y", ""] {
            assert_eq!(code(world.hdip.authenticate_key(text).await), "unauthenticated");
        }
        world.hdip.revoke_api_key(&world.as_owner(), made.key.id).await.unwrap();
        assert_eq!(code(world.hdip.authenticate_key(&made.text).await), "unauthenticated");
        let listed = world.hdip.api_keys(&world.as_owner(), world.client.id, &Page::default()).await.unwrap();
        assert!(listed.items[0].revoked_at.is_some());
    });
}

#[test]
fn a_key_sees_no_more_than_its_maker() {
    block_on(async {
        let world = world().await;
        let admin = user(&world, "adam@acme.example", Role::ClientAdmin).await;
        let recruiter = user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let key =
            |scope| CreateApiKey { client_id: world.client.id, name: "x".into(), scopes: [scope].into() };
        let admin = world.as_user(&admin);
        world.hdip.create_api_key(&admin, key(KeyScope::HiringRead)).await.unwrap();
        assert_eq!(code(world.hdip.create_api_key(&admin, key(KeyScope::BillingRead)).await), "forbidden");
        let recruiter = world.as_user(&recruiter);
        assert_eq!(code(world.hdip.create_api_key(&recruiter, key(KeyScope::HiringRead)).await), "forbidden");
        let none = CreateApiKey { scopes: [].into(), ..key(KeyScope::HiringRead) };
        assert_eq!(code(world.hdip.create_api_key(&admin, none).await), "invalid_fields");
        let foreign = CreateApiKey { client_id: world.ids_fresh(), ..key(KeyScope::HiringRead) };
        assert_eq!(code(world.hdip.create_api_key(&admin, foreign).await), "not_found");
    });
}

/// A fresh id of any kind, for things that do not exist.
trait FreshIds {
    fn ids_fresh<I: Id>(&self) -> I;
}
impl FreshIds for World {
    fn ids_fresh<I: Id>(&self) -> I {
        use hdip_core::ports::IdsExt;
        self.ids.fresh()
    }
}

#[test]
fn who_may_make_whom() {
    block_on(async {
        let world = world().await;
        let admin = user(&world, "adam@acme.example", Role::ClientAdmin).await;
        let recruiter = user(&world, "rita@acme.example", Role::ClientRecruiter).await;
        let moderator = {
            let input = new_user("mo@hdip.example", Role::PlatformModerator);
            let id = world.hdip.create_user(&world.as_operator(), input).await.unwrap().output;
            world.get::<User>(id).await
        };
        let (admin, recruiter, moderator) =
            (world.as_user(&admin), world.as_user(&recruiter), world.as_user(&moderator));
        let make = |ctx: &Ctx, email: &str, role| {
            let (hdip, ctx, input) = (world.hdip.clone(), ctx.clone(), new_user(email, role));
            async move { hdip.create_user(&ctx, input).await }
        };
        make(&admin, "one@acme.example", Role::ClientRecruiter).await.unwrap();
        make(&world.as_owner(), "two@acme.example", Role::ClientOwner).await.unwrap();
        assert_eq!(code(make(&admin, "x@acme.example", Role::ClientOwner).await), "forbidden");
        assert_eq!(code(make(&recruiter, "x@acme.example", Role::ClientRecruiter).await), "forbidden");
        assert_eq!(code(make(&world.as_owner(), "x@acme.example", Role::PlatformAdmin).await), "forbidden");
        assert_eq!(code(make(&moderator, "x@hdip.example", Role::PlatformModerator).await), "forbidden");
        assert_eq!(code(make(&admin, "Rita@ACME.example", Role::ClientRecruiter).await), "email_taken");
        // The operator must name the client, the agency, the interviewer.
        for role in [Role::ClientRecruiter, Role::AgencyUser, Role::Interviewer] {
            assert_eq!(code(make(&world.as_operator(), "x@acme.example", role).await), "invalid_fields");
        }
        let foreign =
            CreateUser { client_id: Some(world.ids_fresh()), ..new_user("x@y.example", Role::ClientAdmin) };
        assert_eq!(code(world.hdip.create_user(&world.as_owner(), foreign).await), "not_found");
        let weak =
            CreateUser { password: Some("Password123".into()), ..new_user("x@y.example", Role::ClientAdmin) };
        assert_eq!(code(world.hdip.create_user(&world.as_owner(), weak).await), "invalid_fields");
    });
}

#[test]
fn making_a_user_twice_under_one_key_makes_one() {
    block_on(async {
        let world = world().await;
        let mut owner = world.as_owner();
        owner.idempotency = Some("once".parse().unwrap());
        let first =
            world.hdip.create_user(&owner, new_user("a@acme.example", Role::ClientAdmin)).await.unwrap();
        let again =
            world.hdip.create_user(&owner, new_user("a@acme.example", Role::ClientAdmin)).await.unwrap();
        assert_eq!((first.output, first.replayed, again.replayed), (again.output, false, true));
        let events = world.storage.events(Stream::Client(world.client.id), 0, 10).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.kind == "user.created").count(), 1);
        assert!(events.iter().all(|e| !e.data.to_string().contains('@')), "events hold no personal data");
    });
}

#[test]
fn the_last_owner_cannot_leave_and_an_admin_cannot_remove_one() {
    block_on(async {
        let world = world().await;
        let admin = user(&world, "adam@acme.example", Role::ClientAdmin).await;
        let owner = world.as_owner();
        assert_eq!(code(world.hdip.deactivate_user(&owner, world.owner.id, None).await), "last_owner");
        assert_eq!(
            code(world.hdip.deactivate_user(&world.as_user(&admin), world.owner.id, None).await),
            "forbidden"
        );
        let second = user(&world, "oli@acme.example", Role::ClientOwner).await;
        world.hdip.deactivate_user(&owner, world.owner.id, None).await.unwrap();
        world
            .hdip
            .deactivate_user(&world.as_user(&second), world.owner.id, None)
            .await
            .expect("twice is no failure");
        assert_eq!(
            code(world.hdip.deactivate_user(&world.as_operator(), second.id, None).await),
            "last_owner"
        );
    });
}

#[test]
fn staff_who_look_after_clients_stay_until_somebody_else_does() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let id = world
            .hdip
            .create_user(&operator, new_user("a@hdip.example", Role::PlatformAdmin))
            .await
            .unwrap()
            .output;
        let other = world.as_user(&world.get(id).await);
        assert_eq!(code(world.hdip.deactivate_user(&other, world.manager.id, None).await), "manages_clients");
        let handed_over =
            hdip_core::clients::UpdateClient { account_manager_id: Some(id), ..Default::default() };
        world.hdip.update_client(&other, world.client.id, handed_over).await.unwrap();
        world.hdip.deactivate_user(&other, world.manager.id, None).await.unwrap();
    });
}

#[test]
fn users_of_others_do_not_exist() {
    block_on(async {
        let world = world().await;
        let stranger = {
            let client =
                hdip_core::clients::Client { id: world.ids_fresh(), version: 0, ..world.client.clone() };
            world.put(&client).await;
            let input =
                CreateUser { client_id: Some(client.id), ..new_user("z@zeta.example", Role::ClientOwner) };
            world.hdip.create_user(&world.as_operator(), input).await.unwrap().output
        };
        let owner = world.as_owner();
        assert_eq!(code(world.hdip.user(&owner, stranger).await), "not_found");
        assert_eq!(code(world.hdip.deactivate_user(&owner, stranger, None).await), "not_found");
        assert_eq!(code(world.hdip.user(&owner, world.manager.id).await), "not_found");
        let zeta: User = world.get(stranger).await;
        let theirs = zeta.client_id;
        assert_eq!(code(world.hdip.users(&owner, theirs, &Page::default()).await), "not_found");
        assert_eq!(code(world.hdip.users(&owner, None, &Page::default()).await), "forbidden");
        let own = world.hdip.users(&owner, Some(world.client.id), &Page::default()).await.unwrap();
        assert_eq!(own.items.len(), 1);
        assert_eq!(world.hdip.user(&world.as_user(&zeta), stranger).await.unwrap().id, stranger);
    });
}

#[test]
fn one_changes_oneself_under_the_version_one_saw() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let before = world.hdip.me(&owner).await.unwrap();
        let update = UpdateMe {
            zone: Some("America/New_York".into()),
            expected_version: Some(before.version),
            ..UpdateMe::default()
        };
        let after = world.hdip.update_me(&owner, update.clone()).await.unwrap();
        assert_eq!((after.zone.name(), after.version), ("America/New_York", before.version + 1));
        assert_eq!(code(world.hdip.update_me(&owner, update).await), "stale");
        let wrong = UpdateMe { zone: Some("Mars/Base".into()), ..UpdateMe::default() };
        assert_eq!(code(world.hdip.update_me(&owner, wrong).await), "invalid_fields");
        let audit = world.storage.audit_of(&before.id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(audit[0].action, "user.update");
        assert!(
            audit[0].changes.to_string().contains("zone")
                && !audit[0].changes.to_string().contains("New_York")
        );
    });
}
