//! Clients, policies, prices, pay; the event feed and the audit trail.

use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::{AuditFilter, Page};
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use serde_json::json;
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

pub fn zeta(currency: &str) -> CreateClient {
    CreateClient {
        legal_name: "Zeta GmbH".into(),
        brand: "Zeta".into(),
        country: "DE".into(),
        level: 3,
        zone: "Europe/Berlin".into(),
        locale: None,
        currency: currency.into(),
        account_manager_id: None,
        prices_minor: None,
        signed: true,
        contacts: vec![FirstContact {
            name: "Zoe Zeta".into(),
            email: format!("zoe.{}@zeta.example", currency.to_lowercase()),
        }],
        ..CreateClient::default()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

fn fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => fields.into_iter().map(|f| f.field).collect(),
        other => panic!("{other:?}"),
    }
}

/// A context of a user of the client with that role.
fn as_role(world: &World, role: Role) -> Ctx {
    world.as_user(&User { role, id: world.ids.fresh(), ..world.owner.clone() })
}

fn as_key(world: &World, scopes: &[KeyScope]) -> Ctx {
    world.hdip.ctx(Actor::ApiKey {
        id: world.ids.fresh(),
        client: world.client.id,
        scopes: scopes.iter().copied().collect(),
    })
}

#[test]
fn a_client_comes_with_the_default_prices_of_its_currency() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let id = world.hdip.create_client(&operator, zeta("USD")).await.unwrap().output;
        let view = world.hdip.client(&operator, id).await.unwrap();
        assert_eq!(view.client.status, ClientStatus::Active);
        assert_eq!(view.client.account_manager_id, world.manager.id);
        assert_eq!(view.agreement.unwrap().prices_minor, [100_00, 120_00, 128_00, 144_00, 180_00]);
        assert_eq!(fields(world.hdip.create_client(&operator, zeta("EUR")).await), ["prices_minor"]);
        let own = CreateClient { prices_minor: Some([90_00; 5]), ..zeta("EUR") };
        world.hdip.create_client(&operator, own.clone()).await.unwrap();
        let moderator = world.as_user(&User { role: Role::PlatformModerator, ..world.manager.clone() });
        assert_eq!(code(world.hdip.create_client(&moderator, own).await), "forbidden");
        assert_eq!(code(world.hdip.create_client(&world.as_owner(), zeta("USD")).await), "forbidden");
    });
}

#[test]
fn every_wrong_field_is_named_at_once() {
    block_on(async {
        let world = world().await;
        let wrong = CreateClient {
            legal_name: " ".into(),
            country: "Germany".into(),
            level: 4,
            zone: "Berlin".into(),
            currency: "DM".into(),
            ..zeta("USD")
        };
        let named = fields(world.hdip.create_client(&world.as_operator(), wrong).await);
        assert_eq!(named, ["legal_name", "country", "level", "zone", "currency"]);
        let nobody = CreateClient { account_manager_id: Some(world.owner.id), ..zeta("USD") };
        assert_eq!(
            fields(world.hdip.create_client(&world.as_operator(), nobody).await),
            ["account_manager_id"]
        );
    });
}

#[test]
fn amounts_are_for_owner_operator_and_billing_keys() {
    block_on(async {
        let world = world().await;
        let seen = [
            (world.as_operator(), true),
            (world.as_owner(), true),
            (as_role(&world, Role::ClientAdmin), false),
            (as_role(&world, Role::ClientRecruiter), false),
            (as_key(&world, &[KeyScope::HiringRead]), false),
            (as_key(&world, &[KeyScope::BillingRead]), true),
        ];
        for (ctx, sees) in seen {
            let view = world.hdip.client(&ctx, world.client.id).await.unwrap();
            assert_eq!(view.agreement.is_some(), sees, "{:?}", ctx.actor);
            let policy = world.hdip.policy(&ctx, Some(world.client.id)).await.unwrap();
            assert_eq!(policy.in_force.get("late_fee_minor").is_some(), sees, "{:?}", ctx.actor);
        }
        let agency = as_role(&world, Role::AgencyUser);
        assert_eq!(code(world.hdip.client(&agency, world.client.id).await), "forbidden");
        assert_eq!(
            code(world.hdip.client(&world.as_interviewer(world.ids.fresh()), world.client.id).await),
            "forbidden"
        );
    });
}

#[test]
fn another_tenant_does_not_exist() {
    block_on(async {
        let world = world().await;
        let other = world.hdip.create_client(&world.as_operator(), zeta("USD")).await.unwrap().output;
        let unknown: ClientId = world.ids.fresh();
        for id in [other, unknown] {
            for ctx in [world.as_owner(), as_key(&world, &KeyScope::ALL)] {
                assert_eq!(code(world.hdip.client(&ctx, id).await), "not_found");
                assert_eq!(code(world.hdip.policy(&ctx, Some(id)).await), "not_found");
                assert_eq!(
                    code(world.hdip.update_client(&ctx, id, UpdateClient::default()).await),
                    "not_found"
                );
                assert_eq!(code(world.hdip.events(&ctx, Some(id), 0, 10).await), "not_found");
            }
        }
        let listed = world.hdip.clients(&world.as_owner(), &Page::default()).await.unwrap();
        assert_eq!(listed.items.iter().map(|v| v.client.id).collect::<Vec<_>>(), [world.client.id]);
        let all = world.hdip.clients(&world.as_operator(), &Page::first(1)).await.unwrap();
        assert_eq!(all.items[0].client.id, other);
        let page = Page { limit: 1, after: all.next_cursor };
        let rest = world.hdip.clients(&world.as_operator(), &page).await.unwrap();
        assert_eq!((rest.items[0].client.id, rest.next_cursor), (world.client.id, None));
    });
}

#[test]
fn the_clients_people_change_what_is_theirs() {
    block_on(async {
        let world = world().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let admin = as_role(&world, Role::ClientAdmin);
        let version = world.hdip.client(&admin, world.client.id).await.unwrap().client.version;
        let mine = UpdateClient {
            brand: Some("Acme India".into()),
            candidate_may_reschedule: Some(false),
            block_interviewers: [ravi.id].into(),
            expected_version: Some(version),
            ..UpdateClient::default()
        };
        let after = world.hdip.update_client(&admin, world.client.id, mine.clone()).await.unwrap().client;
        assert_eq!((after.brand.as_str(), after.candidate_may_reschedule), ("Acme India", false));
        assert!(after.blocked_interviewers.contains(&ravi.id));
        assert_eq!(code(world.hdip.update_client(&admin, world.client.id, mine).await), "stale");
        let back = UpdateClient { unblock_interviewers: [ravi.id].into(), ..UpdateClient::default() };
        let after = world.hdip.update_client(&admin, world.client.id, back).await.unwrap().client;
        assert!(after.blocked_interviewers.is_empty());
        let nobody =
            UpdateClient { block_interviewers: [world.ids.fresh()].into(), ..UpdateClient::default() };
        let refused = world.hdip.update_client(&admin, world.client.id, nobody).await;
        assert_eq!(fields(refused), ["block_interviewers[0]"]);
        for theirs in [
            UpdateClient { level: Some(3), ..UpdateClient::default() },
            UpdateClient {
                company: CompanyInput { pan: Some(None), ..CompanyInput::default() },
                ..UpdateClient::default()
            },
            UpdateClient { billing_mode: Some(BillingMode::PrepaidCredits), ..UpdateClient::default() },
            UpdateClient { zone: Some("UTC".into()), ..UpdateClient::default() },
        ] {
            assert_eq!(
                code(world.hdip.update_client(&world.as_owner(), world.client.id, theirs).await),
                "forbidden"
            );
        }
        let recruiter = as_role(&world, Role::ClientRecruiter);
        let refused = world.hdip.update_client(&recruiter, world.client.id, UpdateClient::default()).await;
        assert_eq!(code(refused), "forbidden");
    });
}

#[test]
fn a_policy_is_patched_level_by_level() {
    block_on(async {
        let world = world().await;
        let (operator, client) = (world.as_operator(), Some(world.client.id));
        let set = |client, patch| {
            let (hdip, operator) = (world.hdip.clone(), operator.clone());
            async move { hdip.set_policy(&operator, client, patch).await }
        };
        set(None, json!({"calls": 2, "hold_minutes": 10})).await.unwrap();
        world.clock.advance(minutes(1));
        let operator = world.as_operator();
        world.hdip.set_policy(&operator, client, json!({"calls": 1})).await.unwrap();
        world.clock.advance(minutes(1));
        let operator = world.as_operator();
        world.hdip.set_policy(&operator, client, json!({"link_days": 3})).await.unwrap();
        let view = world.hdip.policy(&operator, client).await.unwrap();
        assert_eq!(view.overrides, json!({"calls": 1, "link_days": 3}), "the second patch keeps the first");
        assert_eq!((&view.in_force["calls"], &view.in_force["hold_minutes"]), (&json!(1), &json!(10)));
        world.clock.advance(minutes(1));
        let operator = world.as_operator();
        world.hdip.set_policy(&operator, client, json!({"calls": null})).await.unwrap();
        let view = world.hdip.policy(&world.as_owner(), client).await.unwrap();
        assert_eq!(view.in_force["calls"], json!(2), "null takes the override back");

        assert_eq!(
            fields(world.hdip.set_policy(&operator, client, json!({"buffer_minutes": 7})).await),
            ["buffer_minutes"]
        );
        assert_eq!(
            code(world.hdip.set_policy(&operator, client, json!({"colour": 7})).await),
            "invalid_fields"
        );
        assert_eq!(code(world.hdip.set_policy(&operator, client, json!([])).await), "invalid_fields");
        assert_eq!(code(world.hdip.set_policy(&world.as_owner(), client, json!({})).await), "forbidden");
        assert_eq!(code(world.hdip.policy(&world.as_owner(), None).await), "forbidden");
        let moderator = world.as_user(&User { role: Role::PlatformModerator, ..world.manager.clone() });
        let fee = json!({"late_fee_minor": {"INR": 0}});
        assert_eq!(code(world.hdip.set_policy(&moderator, client, fee).await), "forbidden");
    });
}

#[test]
fn prices_and_pay_hold_from_their_day_on() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        // 2026-01-05 in Kolkata.
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let later = SetPrices { prices_minor: [1_00; 5], effective_from: day("2026-01-07") };
        world.hdip.set_prices(&operator, world.client.id, later).await.unwrap();
        let price = |view: ClientView| view.agreement.unwrap().prices_minor[0];
        assert_eq!(price(world.hdip.client(&operator, world.client.id).await.unwrap()), 2_500_00);
        world.clock.advance(days(2));
        assert_eq!(price(world.hdip.client(&world.as_operator(), world.client.id).await.unwrap()), 1_00);
        let past = SetPrices { prices_minor: [-1, 0, 0, 0, 0], effective_from: day("2026-01-06") };
        let refused = world.hdip.set_prices(&world.as_operator(), world.client.id, past).await;
        assert_eq!(fields(refused), ["prices_minor[0]", "effective_from"]);

        let table = SetPayTable {
            currency: Currency::Eur,
            pay_minor: [10_00; 4],
            late_minor: 3_00,
            effective_from: day("2026-01-08"),
        };
        let operator = world.as_operator();
        assert_eq!(code(world.hdip.pay_table_on(&operator, Currency::Eur, None).await), "not_found");
        world.hdip.set_pay_table(&operator, table.clone()).await.unwrap();
        assert_eq!(code(world.hdip.pay_table_on(&operator, Currency::Eur, None).await), "not_found");
        let found = world.hdip.pay_table_on(&operator, Currency::Eur, Some(day("2026-01-08"))).await.unwrap();
        assert_eq!(found.late_minor, 3_00);
        let moderator = world.as_user(&User { role: Role::PlatformModerator, ..world.manager.clone() });
        assert_eq!(code(world.hdip.set_pay_table(&moderator, table).await), "forbidden");
        assert_eq!(code(world.hdip.pay_table_on(&world.as_owner(), Currency::Inr, None).await), "forbidden");
    });
}

#[test]
fn the_feed_is_gapless_and_its_cursor_goes_on() {
    block_on(async {
        let world = world().await;
        for brand in ["A", "B", "C"] {
            let update = UpdateClient { brand: Some(brand.into()), ..UpdateClient::default() };
            world.hdip.update_client(&world.as_owner(), world.client.id, update).await.unwrap();
        }
        let key = as_key(&world, &[KeyScope::EventsRead]);
        let first = world.hdip.events(&key, None, 0, 2).await.unwrap();
        assert_eq!(first.items.iter().map(|e| e.position).collect::<Vec<_>>(), [1, 2]);
        assert!(first.more);
        let rest = world.hdip.events(&key, None, first.next, 2).await.unwrap();
        assert_eq!((rest.items.len(), rest.next, rest.more), (1, 3, false));
        let none = world.hdip.events(&key, None, rest.next, 2).await.unwrap();
        assert_eq!((none.items.len(), none.next), (0, 3));
        assert_eq!(
            code(world.hdip.events(&as_key(&world, &[KeyScope::HiringRead]), None, 0, 2).await),
            "missing_scope"
        );
        assert_eq!(
            code(world.hdip.events(&as_role(&world, Role::AgencyUser), None, 0, 2).await),
            "forbidden"
        );
        assert_eq!(
            code(world.hdip.events(&world.hdip.ctx(Actor::Anonymous), None, 0, 2).await),
            "unauthenticated"
        );
        assert!(world.hdip.events(&world.as_operator(), None, 0, 10).await.unwrap().items.is_empty());
    });
}

fn about(subject: &str) -> AuditFilter {
    AuditFilter { subject: Some(subject.to_owned()), ..Default::default() }
}

#[test]
fn the_audit_trail_shows_a_client_its_own() {
    block_on(async {
        let world = world().await;
        let mut operator = world.as_operator();
        operator.peer = Some("192.0.2.1".into());
        let update = UpdateClient { level: Some(3), ..UpdateClient::default() };
        world.hdip.update_client(&operator, world.client.id, update).await.unwrap();
        let subject = world.client.id.to_string();
        let seen = world.hdip.audit_trail(&operator, about(&subject), &Page::default()).await.unwrap().items;
        assert_eq!((&*seen[0].action, seen[0].peer.as_deref()), ("client.update", Some("192.0.2.1")));
        let seen =
            world.hdip.audit_trail(&world.as_owner(), about(&subject), &Page::default()).await.unwrap().items;
        assert_eq!((seen.len(), seen[0].peer.as_deref()), (1, None));
        let staff = world.manager.id.to_string();
        assert!(
            world
                .hdip
                .audit_trail(&world.as_owner(), about(&staff), &Page::default())
                .await
                .unwrap()
                .items
                .is_empty()
        );
        let recruiter = as_role(&world, Role::ClientRecruiter);
        assert_eq!(
            code(world.hdip.audit_trail(&recruiter, about(&subject), &Page::default()).await),
            "forbidden"
        );
        assert!(world.storage.job_counts().await.unwrap().is_empty());
    });
}
