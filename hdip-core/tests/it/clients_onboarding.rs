//! Taking a client on in one action; what is on record about it as a company.

use crate::accounts::{PASSWORD, holder, token};
use crate::clients::zeta;
use hdip_core::Error;
use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::ports::storage::Page;
use hdip_core::testkit::{MemoryStorage, World, block_on, together};
use hdip_core::values::*;
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

/// Fields and codes of a refusal.
fn wrong<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => fields.into_iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

fn contact(name: &str, email: &str) -> FirstContact {
    FirstContact { name: name.into(), email: email.into() }
}

fn address(state: &str) -> AddressInput {
    AddressInput {
        line1: "12 Residency Road".into(),
        line2: None,
        city: "Bengaluru".into(),
        state: Some(state.into()),
        postal_code: Some("560025".into()),
    }
}

/// A company in Karnataka with everything there is to say about it.
fn bharat() -> CreateClient {
    CreateClient {
        legal_name: "Bharat Private Limited".into(),
        brand: "Bharat".into(),
        country: "IN".into(),
        zone: "Asia/Kolkata".into(),
        contacts: vec![
            contact("Olivia Owner", "olivia@bharat.example"),
            contact("Adi Admin", "adi@bharat.example"),
            contact("Anu Admin", "anu@bharat.example"),
        ],
        billing_mode: Some(BillingMode::PrepaidCredits),
        free_interviews: 2,
        company: CompanyInput {
            domain: Some(Some("Bharat.Example".into())),
            gstin: Some(Some("29aagcb7383j1z4".into())),
            pan: Some(Some("AAGCB7383J".into())),
            address: Some(Some(address("ka"))),
        },
        departments: vec!["Data Platform".into(), "Mobile".into()],
        ..zeta("INR")
    }
}

#[test]
fn one_action_makes_client_users_agreement_and_departments() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let id = world.hdip.create_client(&operator, bharat()).await.unwrap().output;
        let ClientView { client, agreement } = world.hdip.client(&operator, id).await.unwrap();
        assert_eq!(agreement.unwrap().prices_minor, [2_500_00, 3_000_00, 3_200_00, 3_600_00, 4_500_00]);
        assert_eq!((client.billing_mode, client.free_interviews), (BillingMode::PrepaidCredits, 2));
        assert_eq!(client.signed_on, Some("2026-01-05".parse().unwrap()), "today, in its zone");
        assert_eq!(
            (client.gstin.as_deref(), client.pan.as_deref()),
            (Some("29AAGCB7383J1Z4"), Some("AAGCB7383J"))
        );
        assert_eq!((client.domain.as_deref(), client.status_at), (Some("bharat.example"), operator.now));
        assert_eq!(client.address.unwrap().state.as_deref(), Some("Karnataka"));
        let departments = world.hdip.departments(&operator, id, &Page::default()).await.unwrap().items;
        assert_eq!(departments.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["Mobile", "Data Platform"]);

        let users = world.hdip.users(&operator, Some(id), &Page::default()).await.unwrap().items;
        let roles: Vec<_> = users.iter().rev().map(|user| (&*user.name, user.role)).collect();
        let (owner, admin) = (Role::ClientOwner, Role::ClientAdmin);
        assert_eq!(roles, [("Olivia Owner", owner), ("Adi Admin", admin), ("Anu Admin", admin)]);
        world.drain().await;
        let mut mails: Vec<_> =
            world.mail.sent().iter().map(|mail| format!("{} {}", mail.kind, mail.to)).collect();
        mails.sort();
        let manager = "user_invited mira@hdip.example";
        assert_eq!(
            mails,
            [
                "client_welcome olivia@bharat.example",
                "user_invited adi@bharat.example",
                "user_invited anu@bharat.example",
                manager,
                manager,
                manager,
                "user_invited olivia@bharat.example",
            ]
        );
        // The invitation is one like any other.
        let invited = users.iter().find(|user| user.role == owner).unwrap();
        world.hdip.invite_user(&operator, invited.id).await.unwrap();
        world.drain().await;
        let link = holder(&world, &token(&world, "user_invited")).await.unwrap();
        world.hdip.set_password_by_link(&link, PASSWORD).await.unwrap();
    });
}

#[test]
fn a_prospect_is_welcomed_when_it_has_signed() {
    block_on(async {
        let world = world().await;
        let prospect = CreateClient { signed: false, ..bharat() };
        let id = world.hdip.create_client(&world.as_operator(), prospect).await.unwrap().output;
        world.drain().await;
        assert!(!world.mail.sent().iter().any(|mail| mail.kind == "client_welcome"));
        let client: Client = world.get(id).await;
        assert_eq!((client.status, client.signed_on), (ClientStatus::Prospect, None));
        let signed = ChangeClientStatus {
            to: ClientStatus::Active,
            reason: None,
            signed_on: Some("2026-01-02".parse().unwrap()),
            open_work: None,
            late_ok: false,
            expected_version: None,
        };
        world.hdip.change_client_status(&world.as_operator(), id, signed).await.unwrap();
        world.drain().await;
        let welcome: Vec<_> =
            world.mail.sent().into_iter().filter(|mail| mail.kind == "client_welcome").collect();
        assert_eq!(
            welcome.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(),
            ["olivia@bharat.example"]
        );
        assert_eq!(world.get::<Client>(id).await.signed_on, Some("2026-01-02".parse().unwrap()));
    });
}

#[test]
fn all_or_nothing_when_an_address_is_taken() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let mut taken = bharat();
        taken.contacts[2].email = "Omar@acme.example".into();
        assert_eq!(
            wrong(world.hdip.create_client(&operator, taken).await),
            ["contacts[2].email email_taken"]
        );
        assert_eq!(world.hdip.clients(&operator, &Page::default()).await.unwrap().items.len(), 1);
        assert!(world.storage.user_by_email("olivia@bharat.example").await.unwrap().is_none());
        assert!(world.storage.job_counts().await.unwrap().is_empty(), "nobody is mailed");
    });
}

#[test]
fn of_two_at_once_under_one_key_one_makes_it_and_both_hear_the_same() {
    block_on(async {
        let world = world().await;
        let mut operator = world.as_operator();
        operator.idempotency = Some("bharat".parse().unwrap());
        let make = || {
            let (hdip, operator) = (world.hdip.clone(), operator.clone());
            async move { hdip.create_client(&operator, bharat()).await }
        };
        let (one, other) = together(make(), make()).await;
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.output, one.replayed), (other.output, !other.replayed));
        assert_eq!(world.hdip.clients(&world.as_operator(), &Page::default()).await.unwrap().items.len(), 2);
    });
}

#[test]
fn a_person_names_1_to_3_contacts_and_hdip_itself_may_name_none() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let none = CreateClient { contacts: Vec::new(), ..bharat() };
        assert_eq!(wrong(world.hdip.create_client(&operator, none.clone()).await), ["contacts required"]);
        let many = (0..4).map(|n| contact("A", &format!("a{n}@bharat.example"))).collect();
        let many = CreateClient { contacts: many, ..bharat() };
        assert_eq!(wrong(world.hdip.create_client(&operator, many).await), ["contacts too_many"]);
        let twice = vec![contact("", "a@b.example"), contact("B", "A@b.example"), contact("C", "nobody")];
        let twice = CreateClient { contacts: twice, ..bharat() };
        assert_eq!(
            wrong(world.hdip.create_client(&operator, twice).await),
            ["contacts[0].name required", "contacts[1].email repeated", "contacts[2].email invalid_email"]
        );
        let by_itself = CreateClient { account_manager_id: Some(world.manager.id), ..none };
        let id = world.hdip.create_client(&world.hdip.system(), by_itself).await.unwrap().output;
        assert!(world.storage.users(Some(id), &Page::default()).await.unwrap().is_empty());
    });
}

#[test]
fn company_data_must_hold_and_agree() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let make = |company: CompanyInput, country: &str| {
            let (hdip, operator) = (world.hdip.clone(), operator.clone());
            let input = CreateClient { company, country: country.into(), ..bharat() };
            async move { wrong(hdip.create_client(&operator, input).await) }
        };
        let whole = bharat().company;
        let with = |gstin: &str, pan: &str, state: &str| CompanyInput {
            gstin: Some(Some(gstin.into())),
            pan: Some(Some(pan.into())),
            address: Some(Some(address(state))),
            domain: None,
        };
        assert_eq!(make(with("29AAGCB7383J1Z5", "AAGCB7383J", "KA"), "IN").await, ["gstin invalid_gstin"]);
        assert_eq!(
            make(with("29AAGCB7383J1Z4", "AAPFU0939F", "Goa"), "IN").await,
            ["pan not_of_gstin", "address.state not_of_gstin"]
        );
        assert_eq!(
            make(with("29AAGCB7383J1Z4", "12345", "Bavaria"), "IN").await,
            ["address.state unknown_state", "pan invalid_pan", "address.state not_of_gstin"]
        );
        let bare = CompanyInput { address: None, ..whole.clone() };
        assert_eq!(make(bare, "IN").await, ["address required"]);
        assert_eq!(make(whole.clone(), "DE").await, ["gstin not_for_country", "address.state not_of_gstin"]);
        let short = AddressInput { postal_code: Some("5600".into()), state: None, ..address("KA") };
        let short = CompanyInput { address: Some(Some(short)), ..CompanyInput::default() };
        assert_eq!(
            make(short, "IN").await,
            ["address.state required", "address.postal_code invalid_postal_code"]
        );
        for domain in ["https://bharat.example", "bharat", "-a.example", "a..b", "a b.example"] {
            let company = CompanyInput { domain: Some(Some(domain.into())), ..CompanyInput::default() };
            assert_eq!(make(company, "IN").await, ["domain invalid_domain"], "{domain}");
        }
    });
}

#[test]
fn dates_numbers_and_departments_are_checked() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        let input = CreateClient {
            signed_on: Some("2026-01-06".parse().unwrap()),
            free_interviews: 1_001,
            departments: vec!["Data".into(), " data ".into(), "".into()],
            ..bharat()
        };
        assert_eq!(
            wrong(world.hdip.create_client(&operator, input).await),
            [
                "departments[1] repeated",
                "departments[2] required",
                "free_interviews out_of_range",
                "signed_on in_the_future"
            ]
        );
        let unsigned =
            CreateClient { signed: false, signed_on: Some("2026-01-01".parse().unwrap()), ..bharat() };
        assert_eq!(wrong(world.hdip.create_client(&operator, unsigned).await), ["signed_on not_signed"]);
    });
}

#[test]
fn tax_numbers_are_for_those_who_deal_with_contracts() {
    block_on(async {
        let world = world().await;
        let id = world.hdip.create_client(&world.as_operator(), bharat()).await.unwrap().output;
        let users = world.storage.users(Some(id), &Page::default()).await.unwrap();
        let as_role = |role| world.as_user(&User { role, ..users[0].clone() });
        let key = |scope| {
            let scopes = [scope].into();
            world.hdip.ctx(Actor::ApiKey { id: ApiKeyId::from_bits(1), client: id, scopes })
        };
        for (ctx, sees) in [
            (world.as_operator(), true),
            (as_role(Role::ClientOwner), true),
            (as_role(Role::ClientAdmin), true),
            (as_role(Role::ClientRecruiter), false),
            (key(KeyScope::HiringRead), false),
            (key(KeyScope::BillingRead), true),
        ] {
            let client = world.hdip.client(&ctx, id).await.unwrap().client;
            assert_eq!((client.gstin.is_some(), client.pan.is_some()), (sees, sees), "{:?}", ctx.actor);
        }
    });
}

#[test]
fn company_data_is_changed_by_the_operator_and_the_domain_by_the_client() {
    block_on(async {
        let world = world().await;
        let update = |company: CompanyInput| UpdateClient { company, ..UpdateClient::default() };
        let id = world.client.id;
        let domain = CompanyInput { domain: Some(Some("acme.example".into())), ..CompanyInput::default() };
        let after = world.hdip.update_client(&world.as_owner(), id, update(domain)).await.unwrap().client;
        assert_eq!(after.domain.as_deref(), Some("acme.example"));
        let gstin = CompanyInput { gstin: Some(Some("27AAPFU0939F1ZV".into())), ..CompanyInput::default() };
        let refused = world.hdip.update_client(&world.as_operator(), id, update(gstin.clone())).await;
        assert_eq!(wrong(refused), ["address required"]);
        let both = CompanyInput { address: Some(Some(address("Maharashtra"))), ..gstin };
        let refused = world.hdip.update_client(&world.as_owner(), id, update(both.clone())).await;
        assert_eq!(code(refused), "forbidden");
        world.hdip.update_client(&world.as_operator(), id, update(both)).await.unwrap();
        // A later change must agree with what is there.
        let moved = CompanyInput { address: Some(Some(address("Goa"))), ..CompanyInput::default() };
        let refused = world.hdip.update_client(&world.as_operator(), id, update(moved)).await;
        assert_eq!(wrong(refused), ["address.state not_of_gstin"]);
        let empty =
            CompanyInput { gstin: Some(None), domain: Some(Some(" ".into())), ..CompanyInput::default() };
        let after = world.hdip.update_client(&world.as_operator(), id, update(empty)).await.unwrap().client;
        assert_eq!((after.gstin, after.domain), (None, None));
        let prepaid =
            UpdateClient { billing_mode: Some(BillingMode::PrepaidCredits), ..UpdateClient::default() };
        let refused = world.hdip.update_client(&world.as_operator(), id, prepaid.clone()).await;
        assert_eq!(wrong(refused), ["billing_mode fixed_once_active"]);
        let prospect = CreateClient { signed: false, billing_mode: None, ..bharat() };
        let id = world.hdip.create_client(&world.as_operator(), prospect).await.unwrap().output;
        let after = world.hdip.update_client(&world.as_operator(), id, prepaid).await.unwrap().client;
        assert_eq!(after.billing_mode, BillingMode::PrepaidCredits);
    });
}
