//! What is around a client: agreements, contacts, departments, its logo.

use crate::flow::request;
use crate::product_feedback::picture;
use bytes::Bytes;
use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::hiring::*;
use hdip_core::ports::storage::Page;
use hdip_core::ports::{Files, IdsExt};
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on, read_all, together};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

fn wrong<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => fields.into_iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

fn as_role(world: &World, role: Role) -> Ctx {
    world.as_user(&User { role, id: world.ids.fresh(), ..world.owner.clone() })
}

/// The owner of another client.
async fn stranger(world: &World) -> Ctx {
    let client = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&client).await;
    world.as_user(&User { client_id: Some(client.id), id: world.ids.fresh(), ..world.owner.clone() })
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

#[test]
fn agreements_are_listed_with_their_standing_and_the_past_stays() {
    block_on(async {
        use AgreementStanding::*;
        let world = world().await;
        let (operator, id) = (world.as_operator(), world.client.id);
        let set = |prices_minor, effective_from| {
            let (hdip, operator) = (world.hdip.clone(), operator.clone());
            async move { hdip.set_prices(&operator, id, SetPrices { prices_minor, effective_from }).await }
        };
        for (price, from) in [(1_00, "2026-02-01"), (2_00, "2026-03-01"), (3_00, "2026-02-01")] {
            set([price; 5], day(from)).await.unwrap();
        }
        assert_eq!(wrong(set([1; 5], day("2026-01-04")).await), ["effective_from in_the_past"]);
        let list = |ctx: Ctx| {
            let hdip = world.hdip.clone();
            async move { hdip.agreements(&ctx, id).await }
        };
        let seen = |all: Vec<AgreementView>| {
            all.into_iter().map(|a| (a.agreement.prices_minor[0], a.standing)).collect::<Vec<_>>()
        };
        assert_eq!(
            seen(list(world.as_owner()).await.unwrap()),
            [(2_00, Future), (3_00, Future), (1_00, Replaced), (2_500_00, InForce)]
        );
        // The last minute of January is over in Kolkata before it is in UTC.
        world.clock.set("2026-01-31T18:30:00Z".parse().unwrap());
        assert_eq!(
            seen(list(world.as_operator()).await.unwrap()),
            [(2_00, Future), (3_00, InForce), (1_00, Replaced), (2_500_00, Past)]
        );
        for role in [Role::ClientAdmin, Role::ClientRecruiter, Role::AgencyUser] {
            assert_eq!(code(list(as_role(&world, role)).await), "forbidden");
        }
        assert_eq!(code(list(stranger(&world).await).await), "not_found");
        let moderator = world.as_user(&User { role: Role::PlatformModerator, ..world.manager.clone() });
        let prices = SetPrices { prices_minor: [1; 5], effective_from: day("2026-05-01") };
        assert_eq!(code(world.hdip.set_prices(&moderator, id, prices.clone()).await), "forbidden");
        assert_eq!(code(world.hdip.set_prices(&world.as_owner(), id, prices).await), "forbidden");
    });
}

#[test]
fn the_price_is_that_of_the_interviews_own_day() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        world.interviewer("Ravi", "Asia/Kolkata").await;
        world.interviewer("Lena", "Asia/Kolkata").await;
        let prices = SetPrices { prices_minor: [9_00; 5], effective_from: day("2026-01-08") };
        world.hdip.set_prices(&world.as_operator(), world.client.id, prices).await.unwrap();
        // 23:30 in Kolkata would be odd; the day before and the day itself are told apart at noon.
        for (name, start, price) in
            [("Asha", "2026-01-07T08:00:00Z", 3_000_00), ("Bela", "2026-01-08T08:00:00Z", 9_00)]
        {
            let application = world.application(&round, name, "Asia/Kolkata").await;
            let id = request(&world, &application, start.parse().unwrap()).await;
            assert_eq!(world.get::<Interview>(id).await.pins.price.amount_minor, price, "{name}");
        }
    });
}

#[test]
fn contacts_come_and_go() {
    block_on(async {
        let world = world().await;
        let (admin, id) = (as_role(&world, Role::ClientAdmin), world.client.id);
        let input = ContactInput {
            name: "Priya Payables".into(),
            phone: Some("+91 98765 43210".into()),
            designation: Some("accounts payable".into()),
            email: None,
        };
        let made = world.hdip.add_client_contact(&admin, id, input.clone()).await.unwrap().output;
        let contact = world.hdip.client_contact(&admin, made).await.unwrap();
        assert_eq!(contact.phone.as_ref().unwrap().as_str(), "+919876543210");
        let update = UpdateContact {
            email: Some(Some("payables@acme.example".into())),
            phone: Some(None),
            expected_version: Some(contact.version),
            ..Default::default()
        };
        let after = world.hdip.update_client_contact(&admin, made, update.clone()).await.unwrap();
        assert_eq!((after.email.unwrap().as_str(), after.phone), ("payables@acme.example", None));
        assert_eq!(after.designation.as_deref(), Some("accounts payable"));
        assert_eq!(code(world.hdip.update_client_contact(&admin, made, update).await), "stale");
        let nobody = UpdateContact { email: Some(None), ..Default::default() };
        assert_eq!(wrong(world.hdip.update_client_contact(&admin, made, nobody).await), ["email required"]);
        let bad = ContactInput {
            name: "".into(),
            email: Some("x".into()),
            phone: Some("1".into()),
            designation: None,
        };
        assert_eq!(
            wrong(world.hdip.add_client_contact(&admin, id, bad).await),
            ["name required", "email invalid_email", "phone invalid_phone"]
        );

        let stranger = stranger(&world).await;
        assert_eq!(code(world.hdip.client_contact(&stranger, made).await), "not_found");
        assert_eq!(code(world.hdip.client_contacts(&stranger, id, &Page::default()).await), "not_found");
        assert_eq!(code(world.hdip.add_client_contact(&stranger, id, input).await), "not_found");
        assert_eq!(code(world.hdip.remove_client_contact(&stranger, made, None).await), "not_found");
        let recruiter = as_role(&world, Role::ClientRecruiter);
        assert_eq!(code(world.hdip.client_contacts(&recruiter, id, &Page::default()).await), "forbidden");

        assert_eq!(code(world.hdip.remove_client_contact(&admin, made, Some(1)).await), "stale");
        world.hdip.remove_client_contact(&admin, made, None).await.unwrap();
        assert_eq!(world.hdip.client_contacts(&admin, id, &Page::default()).await.unwrap().items, []);
        let trail = world.storage.audit_of(&made.to_string(), &Page::default()).await.unwrap();
        let actions: Vec<_> = trail.iter().rev().map(|entry| &*entry.action).collect();
        assert_eq!(actions, ["client_contact.created", "client_contact.updated", "client_contact.removed"]);
    });
}

fn job_in(department: &str) -> CreateJob {
    let job = JobFields {
        title: "Data Engineer".into(),
        department: Some(department.into()),
        experience_max_months: 120,
        positions: 1,
        specialisation: "backend".into(),
        mandatory_skills: vec!["rust".into()],
        ..Default::default()
    };
    CreateJob { client: None, job, rounds: Vec::new() }
}

async fn names(world: &World) -> Vec<String> {
    let all = world.hdip.departments(&world.as_owner(), world.client.id, &Page::default()).await.unwrap();
    all.items.into_iter().rev().map(|department| department.name).collect()
}

#[test]
fn a_job_takes_its_department_from_the_list_or_adds_it() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        world.hdip.add_department(&owner, world.client.id, "Data Platform").await.unwrap();
        let again = world.hdip.add_department(&owner, world.client.id, " data  PLATFORM ").await;
        assert_eq!(code(again), "department_exists");
        let job = world.hdip.create_job(&owner, job_in("data platform")).await.unwrap().output.job_id;
        assert_eq!(world.get::<Job>(job).await.department.as_deref(), Some("Data Platform"));
        let other = world.hdip.create_job(&owner, job_in("Mobile")).await.unwrap().output.job_id;
        assert_eq!(names(&world).await, ["Data Platform", "Mobile"]);
        let moved = UpdateJob { department: Some(Some("Büro".into())), ..UpdateJob::default() };
        world.hdip.update_job(&owner, other, moved).await.unwrap();
        let none = UpdateJob { department: Some(None), ..UpdateJob::default() };
        world.hdip.update_job(&owner, job, none).await.unwrap();
        assert_eq!(world.get::<Job>(job).await.department, None);
        assert_eq!(names(&world).await, ["Data Platform", "Mobile", "Büro"]);
        // Of two jobs that add it at once, one does.
        let (one, two) = together(
            world.hdip.create_job(&owner, job_in("Cloud")),
            world.hdip.create_job(&owner, job_in("CLOUD")),
        )
        .await;
        let (one, two): (Job, Job) =
            (world.get(one.unwrap().output.job_id).await, world.get(two.unwrap().output.job_id).await);
        assert_eq!(one.department, two.department);
        assert_eq!(names(&world).await.len(), 4);
    });
}

#[test]
fn a_department_is_renamed_with_its_jobs_and_removed_without_any() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        let job = world.hdip.create_job(&owner, job_in("Data")).await.unwrap().output.job_id;
        let other = world.hdip.create_job(&owner, job_in("Mobile")).await.unwrap().output.job_id;
        let all = world.hdip.departments(&owner, world.client.id, &Page::default()).await.unwrap().items;
        let data = all.iter().find(|department| department.name == "Data").unwrap();
        let refused = world.hdip.rename_department(&owner, data.id, "mobile", None).await;
        assert_eq!(code(refused), "department_exists");
        let refused = world.hdip.rename_department(&owner, data.id, "x", Some(data.version + 1)).await;
        assert_eq!(code(refused), "stale");
        assert_eq!(wrong(world.hdip.rename_department(&owner, data.id, " ", None).await), ["name required"]);
        let renamed = world.hdip.rename_department(&owner, data.id, "Data Platform", None).await.unwrap();
        assert_eq!(renamed.name, "Data Platform");
        assert_eq!(world.get::<Job>(job).await.department.as_deref(), Some("Data Platform"));
        assert_eq!(world.get::<Job>(other).await.department.as_deref(), Some("Mobile"));
        // Its own name in capitals is no second one.
        world.hdip.rename_department(&owner, data.id, "DATA PLATFORM", None).await.unwrap();
        assert_eq!(code(world.hdip.remove_department(&owner, data.id, None).await), "department_in_use");
        let none = UpdateJob { department: Some(None), ..UpdateJob::default() };
        world.hdip.update_job(&owner, job, none).await.unwrap();
        let recruiter = as_role(&world, Role::ClientRecruiter);
        assert_eq!(code(world.hdip.remove_department(&recruiter, data.id, None).await), "forbidden");
        world.hdip.departments(&recruiter, world.client.id, &Page::default()).await.unwrap();
        let stranger = stranger(&world).await;
        assert_eq!(code(world.hdip.remove_department(&stranger, data.id, None).await), "not_found");
        assert_eq!(code(world.hdip.department(&stranger, data.id).await), "not_found");
        let theirs = world.hdip.departments(&stranger, world.client.id, &Page::default()).await;
        assert_eq!(code(theirs), "not_found");
        let agency = as_role(&world, Role::AgencyUser);
        assert_eq!(
            code(world.hdip.departments(&agency, world.client.id, &Page::default()).await),
            "forbidden"
        );
        world.hdip.remove_department(&owner, data.id, None).await.unwrap();
        assert_eq!(names(&world).await, ["Mobile"]);
    });
}

#[test]
fn a_logo_is_a_whole_picture_and_replaces_the_one_before() {
    block_on(async {
        let world = world().await;
        let (owner, id) = (world.as_owner(), world.client.id);
        let set = |content: Bytes| {
            let (hdip, owner) = (world.hdip.clone(), owner.clone());
            async move { hdip.set_client_logo(&owner, id, content, None).await }
        };
        assert_eq!(wrong(set(picture(MAX_LOGO_BYTES + 1)).await), ["logo too_large"]);
        assert_eq!(wrong(set(Bytes::from_static(b"<svg/>")).await), ["logo not_an_image"]);
        assert_eq!(world.hdip.client_logo(&owner, id).await.err().unwrap().code(), "not_found");
        set(picture(1000)).await.unwrap();
        let first = world.get::<Client>(id).await.logo_file_id.unwrap();
        set(picture(MAX_LOGO_BYTES)).await.unwrap();
        let logo = world.hdip.client_logo(&owner, id).await.unwrap();
        assert_eq!((logo.kind, logo.meta.length), (ImageType::Png, MAX_LOGO_BYTES as u64));
        assert_eq!(read_all(logo.body).await.unwrap().len(), MAX_LOGO_BYTES);
        assert!(world.files.get(first).await.is_err(), "the one before is gone");
        world.hdip.client_logo(&as_role(&world, Role::AgencyUser), id).await.map(|_| ()).unwrap();

        let stranger = stranger(&world).await;
        assert_eq!(world.hdip.client_logo(&stranger, id).await.err().unwrap().code(), "not_found");
        assert_eq!(code(world.hdip.set_client_logo(&stranger, id, picture(1000), None).await), "not_found");
        let recruiter = as_role(&world, Role::ClientRecruiter);
        assert_eq!(code(world.hdip.remove_client_logo(&recruiter, id, None).await), "forbidden");
        assert_eq!(code(world.hdip.remove_client_logo(&owner, id, Some(1)).await), "stale");
        let second = world.get::<Client>(id).await.logo_file_id.unwrap();
        world.hdip.remove_client_logo(&owner, id, None).await.unwrap();
        world.hdip.remove_client_logo(&owner, id, None).await.expect("twice is no failure");
        assert!(world.files.get(second).await.is_err());
        assert_eq!(world.hdip.client_logo(&owner, id).await.err().unwrap().code(), "not_found");
    });
}
