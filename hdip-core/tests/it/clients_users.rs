//! Users of a client and of the operator's staff: roles, jobs, ownership, and what happens when one leaves.

use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::hiring::*;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::Page;
use hdip_core::testkit::{MemoryStorage, World, block_on, email, together};
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

async fn user(world: &World, role: Role, name: &str) -> User {
    let address = format!("{}@users.example", name.to_lowercase());
    let user = User {
        id: world.ids.fresh(),
        client_id: role.is_client().then_some(world.client.id),
        role,
        name: name.into(),
        email: email(&address),
        email_key: address,
        version: 0,
        ..world.owner.clone()
    };
    world.put(&user).await;
    world.get(user.id).await
}

/// The owner of another client.
async fn stranger(world: &World) -> User {
    let client = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&client).await;
    let stella = User { client_id: Some(client.id), ..user(world, Role::ClientOwner, "Stella").await };
    world.put(&stella).await;
    world.get(stella.id).await
}

fn role(role: Role) -> UpdateUser {
    UpdateUser { role: Some(role), ..UpdateUser::default() }
}

fn limited(limited: bool) -> UpdateUser {
    UpdateUser { assigned_jobs_only: Some(limited), ..UpdateUser::default() }
}

/// The context of a fresh sign-in, as its records say.
async fn signed_in(world: &World, user: &User) -> Ctx {
    let now = world.hdip.now();
    let sign_in = SignIn {
        id: world.ids.fresh(),
        user_id: user.id,
        refresh_hash: "0".repeat(64),
        generation: 1,
        created_at: now,
        refreshed_at: now,
        expires_at: now + days(30),
        ended_at: None,
        ended_because: None,
        user_agent: None,
        version: 0,
    };
    world.put(&sign_in).await;
    world.hdip.ctx(world.hdip.authenticate_user(user.id, sign_in.id).await.unwrap())
}

#[test]
fn roles_change_within_their_kind_and_by_who_may() {
    block_on(async {
        let world = world().await;
        let admin = user(&world, Role::ClientAdmin, "Adi").await;
        let rita = user(&world, Role::ClientRecruiter, "Rita").await;
        let agent = user(&world, Role::AgencyUser, "Tara").await;
        let as_admin = world.as_user(&admin);
        let change = |ctx: &Ctx, id: UserId, input: UpdateUser| {
            let (hdip, ctx) = (world.hdip.clone(), ctx.clone());
            async move { hdip.update_user(&ctx, id, input).await }
        };
        assert_eq!(
            change(&as_admin, rita.id, role(Role::ClientAdmin)).await.unwrap().role,
            Role::ClientAdmin
        );
        assert_eq!(code(change(&as_admin, rita.id, role(Role::ClientOwner)).await), "forbidden");
        assert_eq!(code(change(&as_admin, world.owner.id, role(Role::ClientAdmin)).await), "forbidden");
        assert_eq!(
            code(change(&world.as_owner(), world.owner.id, role(Role::ClientAdmin)).await),
            "last_owner"
        );
        change(&world.as_owner(), rita.id, role(Role::ClientOwner)).await.unwrap();
        change(&world.as_owner(), world.owner.id, role(Role::ClientAdmin)).await.unwrap();
        for (id, to) in [
            (admin.id, Role::PlatformAdmin),
            (admin.id, Role::AgencyUser),
            (admin.id, Role::Interviewer),
            (agent.id, Role::ClientOwner),
            (world.manager.id, Role::ClientOwner),
        ] {
            assert_eq!(code(change(&world.as_operator(), id, role(to)).await), "role_fixed", "{to:?}");
        }
        let stranger = world.as_user(&stranger(&world).await);
        assert_eq!(code(change(&stranger, admin.id, role(Role::ClientRecruiter)).await), "not_found");
        let stale = UpdateUser { expected_version: Some(9), ..limited(true) };
        assert_eq!(code(change(&world.as_operator(), admin.id, stale).await), "stale");
        let recruiter = world.as_user(&user(&world, Role::ClientRecruiter, "Rolf").await);
        assert_eq!(code(change(&recruiter, admin.id, role(Role::ClientRecruiter)).await), "not_found");
        let trail = world.storage.audit_of(&rita.id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(trail[0].action, "user.change_role");
    });
}

#[test]
fn job_limits_act_on_the_next_request() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let rita = user(&world, Role::ClientRecruiter, "Rita").await;
        let owner = world.as_owner();
        let sees = || async {
            let ctx = signed_in(&world, &rita).await;
            world.hdip.jobs(&ctx, &Default::default(), &Page::default()).await.unwrap().items.len()
        };
        assert_eq!(sees().await, 1);
        world.hdip.update_user(&owner, rita.id, limited(true)).await.unwrap();
        assert_eq!(sees().await, 0);
        let put = |add: &[JobId], remove: &[JobId]| {
            let input =
                AssignJobs { add: add.iter().copied().collect(), remove: remove.iter().copied().collect() };
            let (hdip, owner, id) = (world.hdip.clone(), owner.clone(), rita.id);
            async move { hdip.assign_jobs(&owner, id, input).await }
        };
        put(&[job.id], &[]).await.unwrap();
        put(&[job.id], &[]).await.expect("twice is no failure");
        assert_eq!(sees().await, 1);
        let named = world.hdip.assigned_jobs(&owner, rita.id, &Page::default()).await.unwrap().items;
        assert_eq!(
            named.iter().map(|n| (n.job.id, n.hiring_manager, n.recruiter)).collect::<Vec<_>>(),
            [(job.id, false, true)]
        );
        let own = world.hdip.assigned_jobs(&world.as_user(&rita), rita.id, &Page::default()).await.unwrap();
        assert_eq!(own.items.len(), 1, "one's own are no secret");
        put(&[], &[job.id]).await.unwrap();
        assert_eq!(sees().await, 0);

        let foreign = Job {
            id: world.ids.fresh(),
            client_id: stranger(&world).await.client_id.unwrap(),
            version: 0,
            ..job.clone()
        };
        world.put(&foreign).await;
        let archived = Job { id: world.ids.fresh(), status: JobStatus::Archived, version: 0, ..job.clone() };
        world.put(&archived).await;
        assert_eq!(wrong(put(&[foreign.id], &[]).await), ["add[0] unknown_job"]);
        assert_eq!(wrong(put(&[archived.id], &[]).await), ["add[0] job_archived"]);
        assert_eq!(wrong(put(&[job.id], &[job.id]).await), ["remove also_added"]);
        assert_eq!(
            wrong(world.hdip.update_user(&owner, world.owner.id, limited(true)).await),
            ["assigned_jobs_only not_for_role"]
        );
        let admin = world.hdip.update_user(&owner, rita.id, role(Role::ClientAdmin)).await.unwrap();
        assert!(!admin.assigned_jobs_only, "the limit goes with the role");
    });
}

#[test]
fn assigned_jobs_are_paged_newest_first() {
    block_on(async {
        let world = world().await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(world.job().await.0.id);
        }
        made.reverse();
        let (mut seen, mut page) = (Vec::new(), Page::first(2));
        loop {
            let paged = world.hdip.assigned_jobs(&world.as_owner(), world.owner.id, &page).await.unwrap();
            seen.extend(paged.items.into_iter().map(|assigned| assigned.job.id));
            page.after = paged.next_cursor;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, made);
    });
}

/// Rita is hiring manager of one job, recruiter on another, and hears about an application to a third.
struct Busy {
    rita: User,
    managed: Job,
    assigned: Job,
    application: Application,
}

async fn busy(world: &World) -> Busy {
    let rita = user(world, Role::ClientRecruiter, "Rita").await;
    let ((mut managed, _), (mut assigned, _), (_, round)) =
        (world.job().await, world.job().await, world.job().await);
    managed.hiring_manager_id = Some(rita.id);
    assigned.recruiter_ids.insert(rita.id);
    world.put(&managed).await;
    world.put(&assigned).await;
    let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let application = Application { recruiter_id: Some(rita.id), ..application };
    world.put(&application).await;
    Busy { rita, managed, assigned, application }
}

#[test]
fn who_leaves_hands_over_jobs_and_applications_in_the_same_commit() {
    block_on(async {
        let world = world().await;
        let Busy { rita, managed, assigned, application } = busy(&world).await;
        let owner = world.as_owner();
        let session = signed_in(&world, &rita).await;
        let Error::Access(AccessError::NeedsHandOver(left)) =
            world.hdip.deactivate_user(&owner, rita.id, None).await.unwrap_err()
        else {
            panic!("must be handed over")
        };
        assert_eq!(*left, world.hdip.responsibilities(&owner, rita.id).await.unwrap());
        assert_eq!((&left.hiring_manager_of, &left.recruiter_on), (&vec![managed.id], &vec![assigned.id]));
        assert_eq!(left.applications, [application.id]);
        assert_eq!(world.get::<User>(rita.id).await.status, UserStatus::Active, "nothing happened");

        let rolf = user(&world, Role::ClientRecruiter, "Rolf").await;
        let rolf = world.hdip.update_user(&owner, rolf.id, limited(true)).await.unwrap();
        world.hdip.deactivate_user(&owner, rita.id, Some(rolf.id)).await.unwrap();
        assert_eq!(world.get::<Job>(managed.id).await.hiring_manager_id, Some(rolf.id));
        assert_eq!(world.get::<Job>(assigned.id).await.recruiter_ids, [rolf.id].into());
        assert_eq!(world.get::<Application>(application.id).await.recruiter_id, Some(rolf.id));
        // He is limited to assigned jobs, and sees what he now hears about.
        let ctx = signed_in(&world, &rolf).await;
        assert_eq!(
            world.hdip.jobs(&ctx, &Default::default(), &Page::default()).await.unwrap().items.len(),
            3
        );
        world.hdip.application(&ctx, application.id).await.unwrap();
        let Actor::User(UserActor { id, sign_in, .. }) = session.actor else { unreachable!() };
        assert_eq!(code(world.hdip.authenticate_user(id, sign_in).await), "sign_in_ended");
        assert!(world.hdip.responsibilities(&owner, rita.id).await.unwrap().is_empty());
    });
}

#[test]
fn only_somebody_who_can_take_over_takes_over() {
    block_on(async {
        let world = world().await;
        let rita = busy(&world).await.rita;
        let agent = user(&world, Role::AgencyUser, "Tara").await;
        let gone = user(&world, Role::ClientRecruiter, "Gone").await;
        world.hdip.deactivate_user(&world.as_owner(), gone.id, None).await.unwrap();
        let stranger = stranger(&world).await;
        for to in [agent.id, gone.id, stranger.id, world.manager.id, UserId::from_bits(1)] {
            let refused = world.hdip.deactivate_user(&world.as_owner(), rita.id, Some(to)).await;
            assert_eq!(wrong(refused), ["reassign_to unknown_user"]);
        }
        let refused = world.hdip.deactivate_user(&world.as_owner(), rita.id, Some(rita.id)).await;
        assert_eq!(wrong(refused), ["reassign_to same_user"]);
        let refused = world.hdip.deactivate_user(&world.as_user(&stranger), rita.id, None).await;
        assert_eq!(code(refused), "not_found");
        assert_eq!(code(world.hdip.responsibilities(&world.as_user(&stranger), rita.id).await), "not_found");
    });
}

#[test]
fn archived_jobs_and_closed_applications_keep_nobody() {
    block_on(async {
        let world = world().await;
        let Busy { rita, managed, assigned, application } = busy(&world).await;
        for job in [managed.id, assigned.id] {
            world.hdip.archive_job(&world.as_owner(), job, ArchiveJob::default()).await.unwrap();
        }
        let closed: Application = world.get(application.id).await;
        let closed = Application { status: ApplicationStatus::Dropped, live_key: None, ..closed };
        world.put(&closed).await;
        world.hdip.deactivate_user(&world.as_owner(), rita.id, None).await.unwrap();
    });
}

#[test]
fn an_agencys_user_leaves_without_more_and_its_jobs_go_to_a_colleague_if_so_asked() {
    block_on(async {
        let world = world().await;
        let (mut job, _) = world.job().await;
        let (works, rivals) = (world.agency("TalentWorks").await, world.agency("Rivals").await);
        let tara = world.agency_user(&works, "tara@works.example").await;
        let tom = world.agency_user(&works, "tom@works.example").await;
        let rival = world.agency_user(&rivals, "rival@rivals.example").await;
        job.recruiter_ids.insert(tara.id);
        world.put(&job).await;
        for to in [rival.id, world.owner.id] {
            let refused = world.hdip.deactivate_user(&world.as_owner(), tara.id, Some(to)).await;
            assert_eq!(wrong(refused), ["reassign_to unknown_user"]);
        }
        world.hdip.deactivate_user(&world.as_owner(), tara.id, Some(tom.id)).await.unwrap();
        assert_eq!(world.get::<Job>(job.id).await.recruiter_ids, [tom.id].into());
        world.hdip.deactivate_user(&world.as_owner(), tom.id, None).await.unwrap();
    });
}

#[test]
fn ownership_moves_in_one_commit() {
    block_on(async {
        let world = world().await;
        let rita = user(&world, Role::ClientRecruiter, "Rita").await;
        let give = |ctx: &Ctx, from: Option<UserId>, to: UserId| {
            let input = TransferOwnership { client: world.client.id, from, to };
            let (hdip, ctx) = (world.hdip.clone(), ctx.clone());
            async move { hdip.transfer_ownership(&ctx, input).await }
        };
        let owner = world.as_owner();
        world.hdip.update_user(&owner, rita.id, limited(true)).await.unwrap();
        let agent = user(&world, Role::AgencyUser, "Tara").await;
        for (to, complaint) in [(agent.id, "to unknown_user"), (world.owner.id, "to already_owner")] {
            assert_eq!(wrong(give(&owner, None, to).await), [complaint]);
        }
        assert_eq!(code(give(&world.as_user(&rita), None, rita.id).await), "forbidden");
        let adi = user(&world, Role::ClientAdmin, "Adi").await;
        assert_eq!(code(give(&world.as_user(&adi), None, adi.id).await), "forbidden");
        let stranger = stranger(&world).await;
        assert_eq!(code(give(&world.as_user(&stranger), None, rita.id).await), "not_found");

        give(&owner, None, rita.id).await.unwrap();
        let (old, new): (User, User) = (world.get(world.owner.id).await, world.get(rita.id).await);
        assert_eq!(
            (old.role, new.role, new.assigned_jobs_only),
            (Role::ClientAdmin, Role::ClientOwner, false)
        );
        assert_eq!(code(give(&world.as_user(&old), None, adi.id).await), "forbidden", "an owner no more");
        // The operator: of the only owner it need not be said who.
        give(&world.as_operator(), None, adi.id).await.unwrap();
        world.hdip.update_user(&world.as_operator(), rita.id, role(Role::ClientOwner)).await.unwrap();
        assert_eq!(wrong(give(&world.as_operator(), None, world.owner.id).await), ["from required"]);
        let from = Some(world.owner.id);
        assert_eq!(wrong(give(&world.as_operator(), from, rita.id).await), ["from not_owner"]);
        give(&world.as_operator(), Some(rita.id), world.owner.id).await.unwrap();
    });
}

#[test]
fn of_two_owners_who_step_down_at_once_one_stays() {
    block_on(async {
        let world = world().await;
        let second = user(&world, Role::ClientOwner, "Second").await;
        let (one, two) = together(
            world.hdip.update_user(&world.as_owner(), world.owner.id, role(Role::ClientAdmin)),
            world.hdip.deactivate_user(&world.as_user(&second), second.id, None),
        )
        .await;
        let refused: Vec<_> =
            [one.map(|_| ()), two].into_iter().filter_map(Result::err).map(|error| error.code()).collect();
        assert_eq!(refused, ["last_owner"]);
    });
}

#[test]
fn clients_are_handed_to_another_account_manager_one_by_one_and_together() {
    block_on(async {
        let world = world().await;
        let (operator, acme) = (world.as_operator(), world.client.id);
        let nina = user(&world, Role::PlatformModerator, "Nina").await;
        let archived = Client {
            status: ClientStatus::Archived,
            id: world.ids.fresh(),
            version: 0,
            ..world.client.clone()
        };
        let zeta = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
        world.put(&zeta).await;
        world.put(&archived).await;
        let give = |from: &User, to: UserId, clients: &[ClientId]| {
            let input = ReassignClients { from: from.id, to, clients: clients.iter().copied().collect() };
            let (hdip, operator) = (world.hdip.clone(), operator.clone());
            async move { hdip.reassign_clients(&operator, input).await.map(|done| done.output) }
        };
        let manager = &world.manager;
        assert_eq!(give(manager, nina.id, &[zeta.id]).await.unwrap(), 1);
        assert_eq!(wrong(give(manager, nina.id, &[acme, zeta.id]).await), ["clients[1] not_managed"]);
        assert_eq!(wrong(give(manager, world.owner.id, &[]).await), ["to not_staff"]);
        assert_eq!(wrong(give(manager, manager.id, &[]).await), ["to same_user"]);
        assert_eq!(give(manager, nina.id, &[]).await.unwrap(), 2, "the archived one, too");
        assert_eq!(world.storage.clients_of_manager(nina.id).await.unwrap().len(), 3);
        assert_eq!(give(manager, nina.id, &[]).await.unwrap(), 0);
        let input = ReassignClients { from: nina.id, to: manager.id, clients: [].into() };
        assert_eq!(code(world.hdip.reassign_clients(&world.as_owner(), input).await), "forbidden");
    });
}

#[test]
fn staff_leave_or_step_down_with_their_clients_handed_over() {
    block_on(async {
        let world = world().await;
        let operator = world.as_operator();
        assert_eq!(
            code(world.hdip.deactivate_user(&operator, world.manager.id, None).await),
            "last_platform_admin"
        );
        let refused =
            world.hdip.update_user(&operator, world.manager.id, role(Role::PlatformModerator)).await;
        assert_eq!(code(refused), "last_platform_admin");
        let second = user(&world, Role::PlatformAdmin, "Second").await;
        let nina = user(&world, Role::PlatformModerator, "Nina").await;
        let as_second = world.as_user(&second);
        let Error::Access(AccessError::ManagesClients { clients }) =
            world.hdip.deactivate_user(&as_second, world.manager.id, None).await.unwrap_err()
        else {
            panic!("a client keeps an active account manager")
        };
        assert_eq!(clients, [world.client.id]);
        let refused = world.hdip.deactivate_user(&as_second, world.manager.id, Some(world.owner.id)).await;
        assert_eq!(wrong(refused), ["reassign_to not_staff"]);
        let moderator = world.as_user(&nina);
        let refused = world.hdip.update_user(&moderator, second.id, role(Role::PlatformModerator)).await;
        assert_eq!(code(refused), "forbidden");

        let down = UpdateUser { reassign_to: Some(nina.id), ..role(Role::PlatformModerator) };
        let after = world.hdip.update_user(&as_second, world.manager.id, down).await.unwrap();
        assert_eq!(after.role, Role::PlatformModerator);
        assert_eq!(world.get::<Client>(world.client.id).await.account_manager_id, nina.id);
        world.hdip.deactivate_user(&as_second, nina.id, Some(second.id)).await.unwrap();
        assert_eq!(world.get::<Client>(world.client.id).await.account_manager_id, second.id);
        world.hdip.deactivate_user(&as_second, world.manager.id, None).await.unwrap();
        // The only other admin is who stays and who takes over.
        let third = user(&world, Role::PlatformAdmin, "Third").await;
        world.hdip.deactivate_user(&world.as_user(&third), second.id, Some(third.id)).await.unwrap();
        assert_eq!(world.get::<Client>(world.client.id).await.account_manager_id, third.id);
    });
}

#[test]
fn of_two_who_leave_and_name_each_other_one_stays() {
    block_on(async {
        let world = world().await;
        let rita = busy(&world).await.rita;
        let rolf = user(&world, Role::ClientRecruiter, "Rolf").await;
        let owner = world.as_owner();
        let (one, two) = together(
            world.hdip.deactivate_user(&owner, rita.id, Some(rolf.id)),
            world.hdip.deactivate_user(&owner, rolf.id, Some(rita.id)),
        )
        .await;
        let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(matches!(refused[0], Error::Invalid(_)), "{refused:?}");
    });
}
