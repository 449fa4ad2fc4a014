//! Terms, notification preferences.

use crate::accounts::recruiter;
use crate::flow::{accept, request};
use hdip_core::access::*;
use hdip_core::notifications::{MailKind, SetPreference};
use hdip_core::ports::storage::Page;
use hdip_core::testkit::{MemoryStorage, World, block_on, together};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use serde_json::json;
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

/// `field code` of every complaint.
fn complaints<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => fields.iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

/// The user an interviewer is.
async fn user_of(world: &World, interviewer: InterviewerId) -> User {
    let input = CreateUser {
        email: "ravi.user@mail.example".into(),
        name: "Ravi".into(),
        role: Role::Interviewer,
        client_id: None,
        interviewer_id: Some(interviewer),
        agency_id: None,
        zone: None,
        locale: None,
        assigned_jobs_only: false,
        password: Some("correct horse".into()),
    };
    let id = world.hdip.create_user(&world.as_operator(), input).await.unwrap().output;
    world.get(id).await
}

async fn terms(world: &World, ctx: &Ctx) -> Option<(TermsAudience, String, bool)> {
    let terms = world.hdip.account(ctx).await.unwrap().terms;
    terms.map(|terms| (terms.audience, terms.version, terms.accepted_at.is_some()))
}

#[test]
fn terms_are_accepted_per_audience_and_version() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let old = || "2026-01".to_owned();
        assert_eq!(terms(&world, &owner).await, Some((TermsAudience::ClientUsers, old(), false)));
        assert_eq!(complaints(world.hdip.accept_terms(&owner, "2025-01").await), ["version not_in_force"]);
        let (a, b) =
            together(world.hdip.accept_terms(&owner, "2026-01"), world.hdip.accept_terms(&owner, "2026-01"))
                .await;
        assert!(a.is_ok() && b.is_ok(), "twice is no failure: {a:?} {b:?}");
        assert_eq!(terms(&world, &owner).await, Some((TermsAudience::ClientUsers, old(), true)));
        let accepted = world.storage.terms_acceptances(world.owner.id).await.unwrap();
        assert_eq!(accepted.len(), 1);
        assert_eq!((accepted[0].accepted_at, &*accepted[0].terms_version), (world.hdip.now(), "2026-01"));
        let audit = world.storage.audit_of(&world.owner.id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(audit.len(), 1);
        assert_eq!(
            (&*audit[0].action, &audit[0].changes),
            ("user.accept_terms", &json!({"audience": "client_users", "version": "2026-01"}))
        );

        // A new version is to be accepted by those whom it concerns.
        let interviewer = world.interviewer("Ravi", "Asia/Kolkata").await;
        let ravi = world.as_user(&user_of(&world, interviewer.id).await);
        world.hdip.accept_terms(&ravi, "2026-01").await.unwrap();
        let policy = json!({"client_terms_version": "2026-02"});
        world.hdip.set_policy(&world.as_operator(), None, policy).await.unwrap();
        let new = || "2026-02".to_owned();
        assert_eq!(terms(&world, &owner).await, Some((TermsAudience::ClientUsers, new(), false)));
        assert_eq!(terms(&world, &ravi).await, Some((TermsAudience::Interviewers, old(), true)));
        world.hdip.accept_terms(&owner, "2026-02").await.unwrap();
        assert_eq!(world.storage.terms_acceptances(world.owner.id).await.unwrap().len(), 2);

        assert_eq!(terms(&world, &world.as_operator()).await, None);
        assert_eq!(code(world.hdip.accept_terms(&world.as_operator(), "2026-01").await), "forbidden");
        assert_eq!(code(world.hdip.accept_terms(&world.hdip.system(), "2026-01").await), "forbidden");
    });
}

fn wish(event: &str, on: bool) -> SetPreference {
    SetPreference { event: event.into(), channel: "email".into(), on }
}

async fn set(world: &World, ctx: &Ctx, wishes: &[(&str, bool)]) -> Result<(), Error> {
    let wishes = wishes.iter().map(|(event, on)| wish(event, *on)).collect();
    world.hdip.set_notification_preferences(ctx, wishes, None).await
}

/// What is off.
async fn off(world: &World, ctx: &Ctx) -> Vec<&'static str> {
    let all = world.hdip.notification_preferences(ctx).await.unwrap().items;
    all.iter().filter(|item| !item.on).map(|item| item.event.as_str()).collect()
}

#[test]
fn everything_is_on_until_it_is_switched_off_and_a_put_replaces_all() {
    block_on(async {
        let world = world().await;
        let rita = world.as_user(&recruiter(&world, "rita@acme.example", Some("correct horse")).await);
        assert_eq!(off(&world, &rita).await, [""; 0]);
        set(&world, &rita, &[("interview_confirmed", false), ("meeting_link", true)]).await.unwrap();
        assert_eq!(off(&world, &rita).await, ["interview_confirmed"]);
        assert_eq!(off(&world, &world.as_owner()).await, [""; 0], "each has one's own");
        let version = world.hdip.notification_preferences(&rita).await.unwrap().version;
        set(&world, &rita, &[("nobody_accepted", false)]).await.unwrap();
        assert_eq!(off(&world, &rita).await, ["nobody_accepted"]);
        let stale = world.hdip.set_notification_preferences(&rita, Vec::new(), Some(version)).await;
        assert_eq!(code(stale), "stale");
        let id = rita.actor.user().unwrap().id.to_string();
        let audit = world.storage.audit_of(&id, &Page::default()).await.unwrap();
        assert_eq!(
            (&*audit[0].action, &audit[0].changes),
            ("user.set_notification_preferences", &json!({"fields": ["email_off"]}))
        );
        assert_eq!(code(set(&world, &world.hdip.system(), &[]).await), "forbidden");
    });
}

#[test]
fn what_is_about_safety_cannot_be_switched_off_and_the_field_is_named() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let wishes = vec![
            wish("password_changed", false),
            wish("password_changed", true),
            wish("reminder", false),
            wish("weather", false),
            SetPreference { channel: "pigeon".into(), ..wish("meeting_link", false) },
        ];
        let refused = world.hdip.set_notification_preferences(&owner, wishes, None).await;
        assert_eq!(
            complaints(refused),
            [
                "items[0].on always_on",
                "items[1].event repeated",
                "items[2].event unknown_event",
                "items[3].event unknown_event",
                "items[4].channel unknown_channel"
            ]
        );
        assert_eq!(off(&world, &owner).await, [""; 0], "nothing was changed");
        let standing = ["client_welcome", "client_suspended", "client_reactivated", "client_archived"];
        for (ctx, standing) in [(owner, &standing[..]), (world.as_operator(), &[])] {
            let items = world.hdip.notification_preferences(&ctx).await.unwrap().items;
            let always: Vec<_> =
                items.iter().filter(|item| item.always_on).map(|item| item.event.as_str()).collect();
            let safety =
                ["user_invited", "password_reset", "password_changed", "email_verification", "email_changed"];
            let money = [
                "feedback_overdue",
                "outcome_corrected",
                "fee_waived",
                "grant_received",
                "contest_opened",
                "contest_decided",
            ];
            let always: Vec<_> = always.into_iter().filter(|event| !money.contains(event)).collect();
            assert_eq!(always, [&safety[..], standing].concat());
        }
        // Every kind that somebody with an account can get is somebody's to see.
        let roles = [Role::PlatformAdmin, Role::ClientOwner, Role::Interviewer];
        let nobodys = MailKind::ALL.into_iter().filter(|kind| !roles.iter().any(|role| kind.reaches(*role)));
        assert_eq!(
            nobodys.collect::<Vec<_>>(),
            [
                MailKind::SchedulingLink,
                MailKind::SchedulingLinkReminder,
                MailKind::AwaitingConfirmation,
                MailKind::RateInterviewer,
                MailKind::ProductFeedbackReceived,
                MailKind::ApplicationReceived,
                MailKind::ApplicationRejected,
                MailKind::OperatorAlert,
                MailKind::OperatorAlertOver
            ]
        );
    });
}

#[test]
fn a_mail_goes_to_those_who_want_it() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let user = user_of(&world, ravi.id).await;
        set(&world, &world.as_user(&user), &[("reminder", false)]).await.unwrap();
        set(&world, &world.as_owner(), &[("interview_confirmed", false)]).await.unwrap();
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let interview = request(&world, &asha, "2026-01-06T10:00:00Z".parse().unwrap()).await;
        accept(&world, interview, ravi.id).await.unwrap();
        world.run_until("2026-01-06T10:00:00Z".parse().unwrap()).await;
        let got = |kind: &str| -> Vec<String> {
            let sent = world.mail.sent();
            let mut to: Vec<_> = sent
                .iter()
                .filter(|mail| mail.kind == kind)
                .map(|mail| mail.to.as_str().split('@').next().unwrap().to_owned())
                .collect();
            to.sort();
            to.dedup();
            to
        };
        assert_eq!(got("interview_confirmed"), ["asha.rao", "mira", "ravi"], "not the recruiter");
        assert_eq!(got("reminder"), ["asha.rao"], "not the interviewer");
        assert_eq!(got("interviewer_invitation"), ["ravi"]);
    });
}
