//! What storage promises about accounts, clients, their people, and agencies.

use super::*;
use crate::access::*;
use crate::agencies::*;
use crate::clients::{Client, ClientContact, Department};
use crate::hiring::*;
use crate::product_feedback::*;
use crate::testkit::World;

/// A pending change of address, whatever the time, and nobody else's; accepted terms, newest first.
pub async fn what_belongs_to_an_account_is_found_by_its_user(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (owner, manager) = (&world.owner, &world.manager);
    let change = |user: &User, status, live: bool| EmailChange {
        id: world.ids.fresh(),
        user_id: user.id,
        new_email: "new@acme.example".parse().expect("an address"),
        old_email: user.email.clone(),
        status,
        sign_in_id: world.ids.fresh(),
        expires_at: now() - days(3),
        created_at: now() - days(4),
        live_key: live.then(|| user.id.to_string()),
        version: 0,
    };
    let pending = change(owner, EmailChangeStatus::Pending, true);
    world.put(&change(owner, EmailChangeStatus::Dropped, false)).await;
    world.put(&pending).await;
    world.put(&change(owner, EmailChangeStatus::Confirmed, false)).await;
    world.put(&change(manager, EmailChangeStatus::Dropped, false)).await;
    let found = async |user: &User| world.storage.pending_email_change(user.id).await.expect("an answer");
    assert_eq!(found(owner).await.map(|change| change.id), Some(pending.id));
    assert_eq!(found(manager).await, None);
    let mut second = Changes::new();
    second.insert(&change(owner, EmailChangeStatus::Pending, true));
    let done = world.storage.commit(second).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::EmailChanges })), "{done:?}");

    for (user, version) in [(owner, "1"), (manager, "1"), (owner, "2")] {
        let acceptance = TermsAcceptance {
            id: world.ids.fresh(),
            user_id: user.id,
            audience: TermsAudience::ClientUsers,
            terms_version: version.into(),
            accepted_at: now(),
            natural_key: format!("{}:{version}", user.id),
            version: 0,
        };
        world.put(&acceptance).await;
    }
    let accepted = world.storage.terms_acceptances(owner.id).await.expect("an answer");
    assert_eq!(accepted.iter().map(|a| &*a.terms_version).collect::<Vec<_>>(), ["2", "1"]);
}

/// Newest first, each once, with and without a filter.
pub async fn feedback_on_the_product_is_paged_by_status(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    for n in 0..5 {
        let answered = n % 2 == 0;
        let feedback = ProductFeedback {
            id: world.ids.fresh(),
            client_id: (n != 3).then_some(world.client.id),
            user_id: world.owner.id,
            kind: ProductFeedbackKind::Bug,
            priority: ProductFeedbackPriority::Low,
            text: n.to_string(),
            screenshot_file_id: None,
            screenshot_type: None,
            status: if answered { ProductFeedbackStatus::Answered } else { ProductFeedbackStatus::Open },
            answered_at: answered.then(now),
            answered_by: None,
            created_at: now(),
            version: 0,
        };
        world.put(&feedback).await;
    }
    let pages = async |status| -> Vec<Vec<String>> {
        let (mut all, mut page) = (Vec::new(), Page::first(2));
        loop {
            let rows = world.storage.product_feedback(status, &page).await.expect("a page");
            let Some(last) = rows.last() else { return all };
            page.after = Some(last.id.to_string());
            all.push(rows.into_iter().map(|row| row.text).collect());
        }
    };
    assert_eq!(pages(None).await, [vec!["4", "3"], vec!["2", "1"], vec!["0"]]);
    assert_eq!(pages(Some(ProductFeedbackStatus::Answered)).await, [vec!["4", "2"], vec!["0"]]);
    assert_eq!(pages(Some(ProductFeedbackStatus::Open)).await, [vec!["3", "1"]]);
}

/// Contacts and departments of one client, paged; a department's name once; clients by account manager; open
/// applications by recruiter.
pub async fn what_belongs_to_a_client_is_found_by_it(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let storage = &world.storage;
    let zeta = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&zeta).await;
    let other =
        Client { account_manager_id: world.owner.id, id: world.ids.fresh(), version: 0, ..zeta.clone() };
    world.put(&other).await;
    let contact = |client: ClientId, name: &str| ClientContact {
        id: world.ids.fresh(),
        client_id: client,
        name: name.into(),
        email: None,
        phone: Some("+919876543210".parse().expect("a number")),
        designation: None,
        created_at: now(),
        version: 0,
    };
    let department = |client: ClientId, name: &str| Department {
        id: world.ids.fresh(),
        client_id: client,
        name: name.into(),
        natural_key: Department::key(client, name),
        created_at: now(),
        version: 0,
    };
    for (client, name) in
        [(world.client.id, "a"), (zeta.id, "x"), (world.client.id, "b"), (world.client.id, "c")]
    {
        world.put(&contact(client, name)).await;
        world.put(&department(client, name)).await;
    }
    let mut page = Page::first(2);
    let contacts = storage.client_contacts(world.client.id, &page).await.expect("a page");
    assert_eq!(contacts.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["c", "b"]);
    page.after = contacts.last().map(|contact| contact.id.to_string());
    let rest = storage.client_contacts(world.client.id, &page).await.expect("a page");
    assert_eq!(rest.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["a"]);
    page.after = None;
    let departments = storage.departments(world.client.id, &page).await.expect("a page");
    assert_eq!(departments.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["c", "b"]);
    page.after = departments.last().map(|department| department.id.to_string());
    let rest = storage.departments(world.client.id, &page).await.expect("a page");
    assert_eq!(rest.iter().map(|d| &*d.name).collect::<Vec<_>>(), ["a"]);
    let by_key =
        async |key: String| storage.department_by_key(&key).await.expect("an answer").map(|d| d.client_id);
    assert_eq!(by_key(Department::key(zeta.id, " X ")).await, Some(zeta.id));
    assert_eq!(by_key(Department::key(zeta.id, "a")).await, None);
    let mut second = Changes::new();
    second.insert(&department(world.client.id, "A"));
    let done = storage.commit(second).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Departments })), "{done:?}");

    let managed = storage.clients_of_manager(world.manager.id).await.expect("clients");
    assert_eq!(managed.iter().map(|client| client.id).collect::<Vec<_>>(), [world.client.id, zeta.id]);

    let (_, round) = world.job().await;
    let (asha, bela) =
        (world.application(&round, "Asha", "UTC").await, world.application(&round, "Bela", "UTC").await);
    let mut closed = world.application(&round, "Chen", "UTC").await;
    (closed.status, closed.live_key) = (ApplicationStatus::Dropped, None);
    world.put(&closed).await;
    let moved = Application { recruiter_id: Some(world.manager.id), ..bela };
    world.put(&moved).await;
    let heard = async |client, user| -> Vec<ApplicationId> {
        let all = storage.applications_of_recruiter(client, user).await.expect("applications");
        all.into_iter().map(|application| application.id).collect()
    };
    assert_eq!(heard(world.client.id, world.owner.id).await, [asha.id]);
    assert_eq!(heard(world.client.id, world.manager.id).await, [moved.id]);
    assert_eq!(heard(zeta.id, world.owner.id).await, []);
}

/// Of a client, in a status, of an agency, of a job, of an application; and one row per key.
pub async fn agencies_and_attempts_are_found_by_whose_they_are(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (best, mut rivals) = (world.agency("Best Hires").await, world.agency("Rivals").await);
    rivals.status = AgencyStatus::Ended;
    let key = rivals.live_key.take().expect("a key");
    world.put(&rivals).await;
    let list = async |client, status| -> Vec<AgencyId> {
        let found = world.storage.agencies(client, status, &Page::default()).await.expect("agencies");
        found.into_iter().map(|agency| agency.id).collect()
    };
    assert_eq!(list(None, None).await, [rivals.id, best.id]);
    assert_eq!(list(Some(world.client.id), Some(AgencyStatus::Active)).await, [best.id]);
    assert_eq!(list(Some(ClientId::from_bits(99)), None).await, []);
    let by_key = async |key: &str| world.storage.agency_by_key(key).await.expect("an answer").map(|a| a.id);
    assert_eq!(by_key(best.live_key.as_deref().expect("a key")).await, Some(best.id));
    assert_eq!(by_key(&key).await, None, "the name is free");
    let mut twin = Changes::new();
    twin.insert(&Agency { id: world.ids.fresh(), version: 0, ..best.clone() });
    let done = world.storage.commit(twin).await;
    assert!(matches!(done, Err(CommitError::Duplicate { table: Table::Agencies })), "{done:?}");

    let agent = world.agency_user(&best, "agnes@best.example").await;
    world.agency_user(&rivals, "ron@rivals.example").await;
    let users = world.storage.agency_users(best.id, &Page::default()).await.expect("users");
    assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), [agent.id]);

    let (job, round) = world.job().await;
    let (asha, bela) = (
        world.application(&round, "Asha", "Asia/Kolkata").await,
        world.application(&round, "Bela", "Asia/Kolkata").await,
    );
    let attempt = |application: &Application, accepted: bool| {
        let (id, source) = (world.ids.fresh(), Source::Agency);
        SubmissionAttempt {
            id,
            client_id: world.client.id,
            job_id: job.id,
            application_id: application.id,
            agency_id: Some(best.id),
            source,
            accepted,
            matched_by: (!accepted).then_some(MatchedBy::Phone),
            times: 1,
            first_at: now(),
            last_at: now(),
            natural_key: SubmissionAttempt::key_of(application.id, Some(best.id), source, accepted),
            version: 0,
        }
    };
    let made = [attempt(&asha, true), attempt(&asha, false), attempt(&bela, true)];
    for attempt in &made {
        world.put(attempt).await;
    }
    let of = async |filter: AttemptFilter| -> Vec<SubmissionAttemptId> {
        let found = world.storage.submission_attempts(&filter, &Page::default()).await.expect("attempts");
        found.into_iter().map(|attempt| attempt.id).collect()
    };
    let [first, second, third] = made.each_ref().map(|attempt| attempt.id);
    assert_eq!(of(AttemptFilter { job: Some(job.id), ..Default::default() }).await, [third, second, first]);
    assert_eq!(of(AttemptFilter { application: Some(asha.id), ..Default::default() }).await, [second, first]);
    let refused = AttemptFilter { job: Some(job.id), accepted: Some(false), ..Default::default() };
    assert_eq!(of(refused).await, [second]);
    let known = world.storage.submission_attempt(&made[1].natural_key).await.expect("an answer");
    assert_eq!(known.map(|attempt| attempt.id), Some(second));
    assert_eq!(world.storage.submission_attempt("x").await.expect("an answer"), None);
}
