//! What storage promises about pages and about whose rows are seen.

use super::*;
use crate::access::Scope;
use crate::clients::Client;
use crate::ports::PortErrorKind;
use crate::scheduling::*;
use crate::testkit::World;
use std::collections::BTreeSet;

/// Newest first; rows that were there throughout come exactly once.
pub async fn pages_visit_every_row_once_whatever_is_added(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    for n in 0..23 {
        world
            .put(&Client {
                id: world.ids.fresh(),
                brand: format!("Client {n}"),
                version: 0,
                ..world.client.clone()
            })
            .await;
    }
    let mut seen: Vec<ClientId> = Vec::new();
    let mut page = Page::first(5);
    loop {
        let rows = world.storage.clients(&page).await.expect("a page");
        assert!(rows.len() <= 5);
        seen.extend(rows.iter().map(|client| client.id));
        let Some(last) = rows.last() else { break };
        page.after = Some(last.id.to_string());
        world.put(&Client { id: world.ids.fresh(), version: 0, ..world.client.clone() }).await;
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
}

/// Every list says so, and none gives rows.
pub async fn a_cursor_that_is_not_ours_is_rejected(harness: &impl StorageHarness) {
    let port = harness.port();
    for cursor in ["", "1", "clnt_", "clnt_x'; --", "0000000000000000000000000000"] {
        let page = Page { limit: 5, after: Some(cursor.into()) };
        let refused = [
            port.clients(&page).await.err(),
            port.jobs(&Scope::Operator, &Default::default(), &page).await.err(),
            port.interviews(&Scope::Operator, &Default::default(), &page).await.err(),
            port.background_jobs(&Default::default(), &page).await.err(),
            port.audit_of("x", &page).await.err(),
        ];
        for error in refused {
            assert_eq!(error.map(|e| e.kind), Some(PortErrorKind::Rejected), "{cursor:?}");
        }
    }
}

/// Another tenant's, another job's, another agency's rows stay where they are.
pub async fn a_scope_never_lets_a_foreign_row_out(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (job, round) = world.job().await;
    let (_, other_round) = world.job().await;
    let own = world.application(&round, "Asha", "Asia/Kolkata").await;
    world.application(&other_round, "Bela", "Asia/Kolkata").await;
    let interviewer = world.interviewer("Ravi", "Asia/Kolkata").await;
    let start: Timestamp = "2026-01-06T08:00:00Z".parse().expect("a time");
    let start = StartChoice::Picked(Pick { start, odd_hours_ok: false });
    let request = RequestInterview { application: own.id, start, consents: None };
    let interview = world
        .hdip
        .request_interview(&world.as_owner(), request)
        .await
        .expect("requested")
        .output
        .interview_id;
    let stranger = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&stranger).await;
    let count = async |scope: Scope| {
        let (port, page) = (&world.storage, Page::default());
        [
            port.jobs(&scope, &Default::default(), &page).await.expect("jobs").len(),
            port.candidates(&scope, &Default::default(), &page).await.expect("candidates").len(),
            port.applications(&scope, &Default::default(), &page).await.expect("applications").len(),
            port.interviews(&scope, &Default::default(), &page).await.expect("interviews").len(),
        ]
    };
    assert_eq!(count(Scope::Operator).await, [2, 2, 2, 1]);
    assert_eq!(count(Scope::Client(world.client.id)).await, [2, 2, 2, 1]);
    assert_eq!(count(Scope::Client(stranger.id)).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Jobs(world.client.id, BTreeSet::from([job.id]))).await, [1, 1, 1, 1]);
    assert_eq!(count(Scope::Jobs(stranger.id, BTreeSet::from([job.id]))).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Jobs(world.client.id, BTreeSet::new())).await, [0, 0, 0, 0]);
    assert_eq!(count(Scope::Agency(world.client.id, AgencyId::from_bits(9), None)).await[1..], [0, 0, 0]);
    // An interviewer sees what it interviews, and nothing before it was confirmed.
    assert_eq!(count(Scope::Interviewer(interviewer.id)).await, [0, 0, 0, 0]);
    let mut row: Interview = world.get(interview).await;
    row.interviewer_id = Some(interviewer.id);
    world.put(&row).await;
    assert_eq!(count(Scope::Interviewer(interviewer.id)).await, [0, 0, 0, 1]);
}
