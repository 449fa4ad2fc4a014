//! Invitations, forgotten passwords, changes of address.

use hdip_core::access::*;
use hdip_core::clients::Client;
use hdip_core::ports::storage::Page;
use hdip_core::ports::{IdsExt, Message};
use hdip_core::testkit::{MemoryStorage, World, block_on, together};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

pub const PASSWORD: &str = "correct horse";
const OTHER: &str = "battery staple";

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

pub fn anybody(world: &World) -> Ctx {
    Ctx { peer: Some("203.0.113.5".into()), ..world.hdip.ctx(Actor::Anonymous) }
}

fn new_user(email: &str, role: Role, password: Option<&str>) -> CreateUser {
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
        password: password.map(str::to_owned),
    }
}

/// A recruiter of the client.
pub async fn recruiter(world: &World, email: &str, password: Option<&str>) -> User {
    let input = new_user(email, Role::ClientRecruiter, password);
    let made = world.hdip.create_user(&world.as_owner(), input).await.unwrap();
    world.drain().await;
    world.get(made.output).await
}

async fn sign_in(world: &World, email: &str, password: &str) -> Result<SignedIn, Error> {
    let request = SignInRequest { email: email.into(), password: password.into(), user_agent: None };
    world.hdip.sign_in(&anybody(world), request).await
}

/// A context of a fresh sign-in.
pub async fn signed_in(world: &World, email: &str, password: &str) -> Ctx {
    let signed_in = sign_in(world, email, password).await.unwrap();
    world.hdip.ctx(world.hdip.authenticate_user(signed_in.user.id, signed_in.sign_in).await.unwrap())
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

fn mails(world: &World, kind: &str) -> Vec<Message> {
    world.mail.sent().into_iter().filter(|mail| mail.kind == kind).collect()
}

fn kinds(world: &World) -> Vec<String> {
    world.mail.sent().into_iter().map(|mail| format!("{} {}", mail.kind, mail.to)).collect()
}

/// The token in the button of the newest mail of a kind.
pub fn token(world: &World, kind: &str) -> String {
    let mail = mails(world, kind).pop().unwrap_or_else(|| panic!("no mail {kind}"));
    let at = mail.text.find("/l/").unwrap_or_else(|| panic!("no link in {}", mail.text)) + 3;
    mail.text[at..].split_whitespace().next().unwrap().to_owned()
}

/// A context of the holder of a token.
pub async fn holder(world: &World, token: &str) -> Result<Ctx, Error> {
    Ok(Ctx { actor: world.hdip.open_link(token).await?, ..anybody(world) })
}

async fn set_password(world: &World, token: &str, password: &str) -> Result<UserId, Error> {
    world.hdip.set_password_by_link(&holder(world, token).await?, password).await
}

async fn ask_reset(world: &World, email: &str) -> Result<(), Error> {
    let done = world.hdip.ask_password_reset(&anybody(world), email).await;
    world.drain().await;
    done
}

async fn ask_email(world: &World, ctx: &Ctx, email: &str) -> Result<(), Error> {
    let input = ChangeEmail { email: email.into(), password: PASSWORD.into() };
    let done = world.hdip.ask_email_change(ctx, input).await;
    world.drain().await;
    done
}

async fn confirm(world: &World, token: &str) -> Result<UserId, Error> {
    let done = world.hdip.confirm_email(&holder(world, token).await?).await;
    world.drain().await;
    done
}

/// Actions and changed fields of the audit trail of a user, oldest first.
async fn audit(world: &World, user: UserId) -> Vec<String> {
    let all = world.storage.audit_of(&user.to_string(), &Page::default()).await.unwrap();
    all.iter().rev().map(|entry| format!("{} {}", entry.action, entry.changes["fields"])).collect()
}

#[test]
fn an_invited_user_sets_a_password_and_signs_in() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", None).await;
        assert_eq!(
            kinds(&world),
            ["user_invited rita@acme.example", "user_invited mira@hdip.example"],
            "the user, and the client's account manager"
        );
        let notice = &mails(&world, "user_invited")[1];
        assert!(!notice.text.contains("/l/"), "the account manager gets no link: {}", notice.text);
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "wrong_credentials");

        world.clock.advance(days(7) - minutes(1));
        let token = token_of(&world);
        let shown = world.hdip.account_link(&holder(&world, &token).await.unwrap()).await.unwrap();
        assert_eq!(
            (&*shown.name, shown.email.as_str(), shown.client_brand.as_deref(), shown.purpose),
            ("Rita Recruiter", "rita@acme.example", Some("Acme"), LinkPurpose::UserInvitation)
        );
        assert_eq!(code(set_password(&world, &token, "short").await), "invalid_fields");
        assert_eq!(code(set_password(&world, &token, "rita@acme.example").await), "invalid_fields");
        assert_eq!(set_password(&world, &token, PASSWORD).await.unwrap(), rita.id);
        assert_eq!(code(set_password(&world, &token, OTHER).await), "link_used");
        sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        assert_eq!(
            audit(&world, rita.id).await,
            ["user.create null", "user.accept_invitation [\"password\"]"]
        );
        assert!(mails(&world, "password_changed").is_empty(), "a first password is no change");
    });
}

fn token_of(world: &World) -> String {
    let to_user = mails(world, "user_invited").into_iter().rfind(|mail| mail.text.contains("/l/")).unwrap();
    let at = to_user.text.find("/l/").unwrap() + 3;
    to_user.text[at..].split_whitespace().next().unwrap().to_owned()
}

#[test]
fn an_invitation_ends_after_seven_days_and_a_new_one_replaces_it() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", None).await;
        let first = token_of(&world);
        let owner = world.as_owner();
        world.hdip.invite_user(&owner, rita.id).await.unwrap();
        world.drain().await;
        let second = token_of(&world);
        assert_ne!(first, second);
        assert_eq!(code(set_password(&world, &first, PASSWORD).await), "link_spent");
        world.clock.advance(days(7));
        assert_eq!(code(set_password(&world, &second, PASSWORD).await), "link_expired");
        world.hdip.invite_user(&world.as_owner(), rita.id).await.unwrap();
        world.drain().await;
        set_password(&world, &token_of(&world), PASSWORD).await.unwrap();
        assert_eq!(code(world.hdip.invite_user(&world.as_owner(), rita.id).await), "user_has_password");
    });
}

#[test]
fn an_invitation_that_was_replaced_before_its_mail_went_out_is_mailed_once() {
    block_on(async {
        let world = world().await;
        let input = new_user("rita@acme.example", Role::ClientRecruiter, None);
        let rita = world.hdip.create_user(&world.as_owner(), input).await.unwrap().output;
        world.hdip.invite_user(&world.as_owner(), rita).await.unwrap();
        world.drain().await;
        let to_user = mails(&world, "user_invited").into_iter().filter(|mail| mail.text.contains("/l/"));
        assert_eq!(to_user.count(), 1);
        set_password(&world, &token_of(&world), PASSWORD).await.unwrap();
    });
}

#[test]
fn only_those_who_may_deactivate_a_user_invite_it_again() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", None).await;
        let stranger = {
            let client = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
            world.put(&client).await;
            let input = CreateUser {
                client_id: Some(client.id),
                ..new_user("z@zeta.example", Role::ClientOwner, Some(PASSWORD))
            };
            let id = world.hdip.create_user(&world.as_operator(), input).await.unwrap().output;
            world.get::<User>(id).await
        };
        assert_eq!(code(world.hdip.invite_user(&world.as_user(&stranger), rita.id).await), "not_found");
        assert_eq!(code(world.hdip.invite_user(&world.as_owner(), stranger.id).await), "not_found");
        assert_eq!(code(world.hdip.invite_user(&world.as_owner(), world.ids.fresh()).await), "not_found");
        assert_eq!(code(world.hdip.invite_user(&world.as_user(&rita), rita.id).await), "forbidden");
        world.hdip.invite_user(&world.as_operator(), rita.id).await.unwrap();
        world.drain().await;
        let token = token_of(&world);
        world.hdip.deactivate_user(&world.as_owner(), rita.id, None).await.unwrap();
        assert_eq!(code(world.hdip.invite_user(&world.as_owner(), rita.id).await), "user_deactivated");
        assert_eq!(code(set_password(&world, &token, PASSWORD).await), "link_spent");
    });
}

#[test]
fn staff_who_belong_to_no_client_are_invited_too() {
    block_on(async {
        let world = world().await;
        let input = new_user("mo@hdip.example", Role::PlatformModerator, None);
        world.hdip.create_user(&world.as_operator(), input).await.unwrap();
        world.drain().await;
        assert_eq!(kinds(&world), ["user_invited mo@hdip.example"]);
        set_password(&world, &token_of(&world), PASSWORD).await.unwrap();
        sign_in(&world, "mo@hdip.example", PASSWORD).await.unwrap();
    });
}

#[test]
fn of_two_who_use_a_token_at_once_one_wins() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", None).await;
        let link = holder(&world, &token_of(&world)).await.unwrap();
        let (a, b) = together(
            world.hdip.set_password_by_link(&link, PASSWORD),
            world.hdip.set_password_by_link(&link, OTHER),
        )
        .await;
        assert!(a.is_ok() != b.is_ok(), "one wins: {a:?} {b:?}");
        let (won, lost) = if a.is_ok() { (PASSWORD, b) } else { (OTHER, a) };
        assert_eq!(code(lost), "link_used");
        sign_in(&world, "rita@acme.example", won).await.unwrap();
    });
}

#[test]
fn a_forgotten_password_is_reset_once_and_ends_every_sign_in() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        let before = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        for _ in 0..5 {
            assert_eq!(code(sign_in(&world, "rita@acme.example", "wrong wrong").await), "wrong_credentials");
        }
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "throttled");
        ask_reset(&world, "Rita@acme.example").await.unwrap();
        let token = token(&world, "password_reset");
        assert_eq!(code(set_password(&world, &token, "password123").await), "invalid_fields");
        set_password(&world, &token, OTHER).await.unwrap();
        world.drain().await;
        assert_eq!(code(world.hdip.authenticate_user(rita.id, before.sign_in).await), "sign_in_ended");
        assert_eq!(code(set_password(&world, &token, "another good one").await), "link_used");
        sign_in(&world, "rita@acme.example", OTHER).await.expect("not throttled any more");
        assert_eq!(kinds(&world), ["password_reset rita@acme.example", "password_changed rita@acme.example"]);
        assert_eq!(
            audit(&world, rita.id).await,
            ["user.create null", "user.ask_password_reset null", "user.reset_password [\"password\"]"]
        );
    });
}

#[test]
fn a_reset_link_ends_after_an_hour_by_a_newer_one_and_by_any_new_password() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        ask_reset(&world, "rita@acme.example").await.unwrap();
        let expired = token(&world, "password_reset");
        world.clock.advance(hours(1));
        assert_eq!(code(set_password(&world, &expired, OTHER).await), "link_expired");
        ask_reset(&world, "rita@acme.example").await.unwrap();
        let replaced = token(&world, "password_reset");
        ask_reset(&world, "rita@acme.example").await.unwrap();
        assert_eq!(code(set_password(&world, &replaced, OTHER).await), "link_spent");
        let newest = token(&world, "password_reset");
        let rita = signed_in(&world, "rita@acme.example", PASSWORD).await;
        let change = ChangePassword { current: PASSWORD.into(), new: OTHER.into() };
        world.hdip.change_password(&rita, change).await.unwrap();
        world.drain().await;
        assert_eq!(code(set_password(&world, &newest, "another good one").await), "link_spent");
        assert_eq!(mails(&world, "password_changed").len(), 1, "one's own change is mailed, too");
    });
}

#[test]
fn asking_for_a_reset_never_says_whose_address_it_is() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        ask_reset(&world, "nobody@acme.example").await.expect("sounds the same");
        assert_eq!(code(ask_reset(&world, "no address").await), "invalid_fields");
        world.hdip.deactivate_user(&world.as_owner(), rita.id, None).await.unwrap();
        ask_reset(&world, "rita@acme.example").await.expect("sounds the same");
        assert!(world.mail.sent().is_empty());
        let rest = |email: &'static str| {
            let world = &world;
            async move {
                let mut answers = Vec::new();
                for _ in 0..5 {
                    answers.push(ask_reset(world, email).await.map_err(|error| error.to_string()));
                }
                answers
            }
        };
        let (known, unknown) = (rest("rita@acme.example").await, rest("nobody@acme.example").await);
        assert_eq!(known, unknown);
        assert!(known[3].is_ok() && known[4].is_err(), "the sixth is too many: {known:?}");
        world.clock.advance(minutes(15));
        ask_reset(&world, "rita@acme.example").await.expect("after a quarter of an hour");
    });
}

#[test]
fn asking_for_resets_does_not_lock_anybody_out() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        for _ in 0..5 {
            ask_reset(&world, "rita@acme.example").await.unwrap();
        }
        assert_eq!(code(ask_reset(&world, "rita@acme.example").await), "throttled");
        sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        for n in 0..45 {
            ask_reset(&world, &format!("a{n}@acme.example")).await.unwrap();
        }
        assert_eq!(code(ask_reset(&world, "b@acme.example").await), "throttled", "fifty from a peer");
    });
}

#[test]
fn an_address_changes_when_the_new_one_confirms_it() {
    block_on(async {
        let world = world().await;
        let rita = recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        let here = signed_in(&world, "rita@acme.example", PASSWORD).await;
        let there = sign_in(&world, "rita@acme.example", PASSWORD).await.unwrap();
        ask_reset(&world, "rita@acme.example").await.unwrap();
        ask_email(&world, &here, "Rita.New@acme.example").await.unwrap();
        let pending = world.hdip.account(&here).await.unwrap().pending_email.unwrap();
        assert_eq!(
            (pending.new_email.as_str(), pending.expires_at),
            ("Rita.New@acme.example", world.hdip.now() + hours(24))
        );
        sign_in(&world, "rita@acme.example", PASSWORD).await.expect("nothing has changed yet");

        let token_now = token(&world, "email_verification");
        let shown = world.hdip.account_link(&holder(&world, &token_now).await.unwrap()).await.unwrap();
        assert_eq!(shown.new_email.unwrap().as_str(), "Rita.New@acme.example");
        assert_eq!(confirm(&world, &token_now).await.unwrap(), rita.id);
        assert_eq!(code(confirm(&world, &token_now).await), "link_used");
        assert_eq!(
            kinds(&world)[1..],
            ["email_verification Rita.New@acme.example", "email_changed rita@acme.example"]
        );
        let after = world.hdip.account(&here).await.unwrap();
        assert_eq!((after.user.email.as_str(), after.pending_email), ("Rita.New@acme.example", None));
        assert_eq!(code(world.hdip.authenticate_user(rita.id, there.sign_in).await), "sign_in_ended");
        let own = here.actor.user().unwrap();
        world.hdip.authenticate_user(own.id, own.sign_in).await.expect("this one stays");
        assert_eq!(code(sign_in(&world, "rita@acme.example", PASSWORD).await), "wrong_credentials");
        sign_in(&world, "rita.new@acme.example", PASSWORD).await.unwrap();
        let reset = token(&world, "password_reset");
        assert_eq!(
            code(set_password(&world, &reset, OTHER).await),
            "link_spent",
            "it went to the old address"
        );
        let audit = audit(&world, rita.id).await;
        assert_eq!(audit.last().unwrap(), "user.change_email [\"email\",\"email_key\"]");
        assert!(!audit.join(" ").contains('@'), "{audit:?}");
    });
}

#[test]
fn a_change_of_address_needs_the_password_and_a_free_address() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        let rita = signed_in(&world, "rita@acme.example", PASSWORD).await;
        assert_eq!(code(ask_email(&world, &rita, "omar@ACME.example").await), "email_taken");
        assert_eq!(code(ask_email(&world, &rita, "rita@acme.example").await), "invalid_fields");
        assert_eq!(code(ask_email(&world, &rita, "rita").await), "invalid_fields");
        assert_eq!(code(ask_email(&world, &anybody(&world), "x@acme.example").await), "forbidden");
        ask_email(&world, &rita, "RITA@acme.example").await.expect("another way to write one's own");
        for n in 0..5 {
            let wrong = ChangeEmail { email: format!("x{n}@acme.example"), password: "wrong wrong".into() };
            assert_eq!(code(world.hdip.ask_email_change(&rita, wrong).await), "wrong_credentials");
        }
        assert_eq!(code(ask_email(&world, &rita, "x@acme.example").await), "throttled");
        assert_eq!(mails(&world, "email_verification").len(), 1);
    });
}

#[test]
fn a_pending_change_ends_by_time_by_a_newer_one_by_a_new_password_and_if_the_address_is_taken() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        let rita = signed_in(&world, "rita@acme.example", PASSWORD).await;
        ask_email(&world, &rita, "one@acme.example").await.unwrap();
        let one = token(&world, "email_verification");
        ask_email(&world, &rita, "two@acme.example").await.unwrap();
        let two = token(&world, "email_verification");
        assert_eq!(code(confirm(&world, &one).await), "link_spent");
        world.clock.advance(hours(24));
        assert_eq!(code(confirm(&world, &two).await), "link_expired");
        let rita = Ctx { now: world.hdip.now(), ..rita };
        assert_eq!(world.hdip.account(&rita).await.unwrap().pending_email, None);

        ask_email(&world, &rita, "three@acme.example").await.unwrap();
        let three = token(&world, "email_verification");
        recruiter(&world, "Three@acme.example", Some(PASSWORD)).await;
        assert_eq!(code(confirm(&world, &three).await), "email_taken");
        ask_email(&world, &rita, "four@acme.example").await.unwrap();
        let four = token(&world, "email_verification");
        let change = ChangePassword { current: PASSWORD.into(), new: OTHER.into() };
        world.hdip.change_password(&rita, change).await.unwrap();
        assert_eq!(code(confirm(&world, &four).await), "link_spent");
        assert_eq!(world.hdip.account(&rita).await.unwrap().pending_email, None);
    });
}

#[test]
fn of_two_who_confirm_the_same_address_one_gets_it() {
    block_on(async {
        let world = world().await;
        let mut links = Vec::new();
        for email in ["rita@acme.example", "ravi@acme.example"] {
            recruiter(&world, email, Some(PASSWORD)).await;
            let ctx = signed_in(&world, email, PASSWORD).await;
            ask_email(&world, &ctx, "shared@acme.example").await.unwrap();
            links.push(holder(&world, &token(&world, "email_verification")).await.unwrap());
        }
        let (a, b) = together(world.hdip.confirm_email(&links[0]), world.hdip.confirm_email(&links[1])).await;
        assert!(a.is_ok() != b.is_ok(), "one wins: {a:?} {b:?}");
        assert_eq!(code(if a.is_ok() { b } else { a }), "email_taken");
    });
}

#[test]
fn a_link_of_one_purpose_opens_nothing_else() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", Some(PASSWORD)).await;
        let rita = signed_in(&world, "rita@acme.example", PASSWORD).await;
        ask_email(&world, &rita, "new@acme.example").await.unwrap();
        ask_reset(&world, "rita@acme.example").await.unwrap();
        let verification = token(&world, "email_verification");
        let reset = token(&world, "password_reset");
        assert_eq!(code(set_password(&world, &verification, OTHER).await), "forbidden");
        assert_eq!(code(confirm(&world, &reset).await), "forbidden");
        assert_eq!(code(world.hdip.set_password_by_link(&rita, OTHER).await), "forbidden");
        assert_eq!(code(world.hdip.confirm_email(&rita).await), "forbidden");
        let (id, mac) = reset.split_once('.').unwrap();
        let others = verification.split_once('.').unwrap().1;
        for bad in [format!("{id}.{others}"), format!("{id}.{}", &mac[1..]), format!("{id}.")] {
            assert_eq!(code(holder(&world, &bad).await.map(|_| ())), "link_invalid");
        }
    });
}

#[test]
fn no_token_and_no_address_stands_in_a_job_or_an_event() {
    block_on(async {
        let world = world().await;
        recruiter(&world, "rita@acme.example", None).await;
        ask_reset(&world, "rita@acme.example").await.unwrap();
        set_password(&world, &token(&world, "password_reset"), PASSWORD).await.unwrap();
        let rita = signed_in(&world, "rita@acme.example", PASSWORD).await;
        ask_email(&world, &rita, "new@acme.example").await.unwrap();
        let secret = token(&world, "email_verification").split_once('.').unwrap().1.to_owned();
        confirm(&world, &token(&world, "email_verification")).await.unwrap();
        let jobs = world.storage.background_jobs(&Default::default(), &Page::first(200)).await.unwrap();
        let client = hdip_core::ports::storage::Stream::Client(world.client.id);
        let events = world.storage.events(client, 0, 100).await.unwrap();
        let written = format!("{:?} {:?}", jobs, events);
        assert!(jobs.len() >= 5 && !written.contains('@') && !written.contains(&secret), "{written}");
    });
}
