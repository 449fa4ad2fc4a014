//! What storage promises search.

use super::*;
use crate::access::Scope;
use crate::agencies::*;
use crate::clients::Client;
use crate::hiring::*;
use crate::ports::PortErrorKind;
use crate::search::{SearchKind, words};
use crate::testkit::World;
use std::collections::BTreeSet;

async fn found(world: &World, scope: Scope, q: &str) -> Vec<String> {
    let question = SearchQuestion { scope, kinds: SearchKind::ALL.into(), words: words(q) };
    let found = world.storage.search(&question, &Page::default()).await.expect("an answer");
    found.into_iter().map(|(_, id)| id).collect()
}

/// Of several words all, wherever in the thing they are; each thing once, on one page only.
pub async fn all_words_are_found_by_their_beginnings(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (job, round) = world.job().await;
    let mut asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let bela = world.application(&round, "Bela Räø", "Asia/Kolkata").await;
    asha.ats_reference = Some("ATS-77120".into());
    world.put(&asha).await;
    let [asha, bela] = [asha, bela].map(|application| application.candidate_id.to_string());
    let find = async |q: &str| found(&world, Scope::Operator, q).await;
    assert_eq!(find("rao").await, [bela.clone(), asha.clone()]);
    assert_eq!(find("RA ash").await, std::slice::from_ref(&asha));
    assert_eq!(find("ao").await, [] as [String; 0], "a beginning, not a middle");
    assert_eq!(find("asha zzz").await, [] as [String; 0]);
    assert_eq!(
        find("initech 77120").await,
        std::slice::from_ref(&asha),
        "the reference is on the application"
    );
    assert_eq!(find("backend engin").await, [job.id.to_string()]);
    assert_eq!(find("acme").await, [world.client.id.to_string()]);
    assert_eq!(find("a%").await.len(), 2, "signs of a pattern are no letters");

    let only =
        |kind| SearchQuestion { scope: Scope::Operator, kinds: BTreeSet::from([kind]), words: words("a") };
    let kinds = world.storage.search(&only(SearchKind::Client), &Page::default()).await.expect("an answer");
    assert_eq!(kinds, [(SearchKind::Client, world.client.id.to_string())]);

    for n in 0..9 {
        world.application(&round, &format!("Twin {n}"), "Asia/Kolkata").await;
    }
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    let question = SearchQuestion { words: words("twin"), ..only(SearchKind::Candidate) };
    loop {
        let rows = world.storage.search(&question, &page).await.expect("a page");
        let Some((_, last)) = rows.last() else { break };
        page.after = Some(last.clone());
        seen.extend(rows.into_iter().map(|(_, id)| id));
    }
    assert_eq!(seen.len(), 9);
    assert!(seen.is_sorted_by(|a, b| a > b), "each once, by id downwards");
    let odd = Page { limit: 5, after: Some("x".into()) };
    let refused = world.storage.search(&question, &odd).await.expect_err("not a cursor");
    assert_eq!(refused.kind, PortErrorKind::Rejected);
}

/// A change, a removal and a refused commit are seen in search as in the record.
pub async fn what_is_found_is_what_the_records_say_now(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (_, round) = world.job().await;
    let application = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let asha: Candidate = world.get(application.candidate_id).await;
    let find = async |q: &str| found(&world, Scope::Operator, q).await.len();
    let renamed = Candidate { name: "Lena Lang".into(), ..asha.clone() };
    world.put(&renamed).await;
    assert_eq!((find("lena lang").await, find("rao").await), (1, 1), "the address still says rao");
    let stale = Candidate { name: "Mei Ming".into(), ..asha.clone() };
    let mut changes = Changes::new();
    changes.update(&stale);
    assert!(is_stale(world.storage.commit(changes).await));
    assert_eq!((find("mei").await, find("lang").await), (0, 1));
    let address: Email = "x@nowhere.example".parse().expect("an address");
    let blank = Candidate {
        name: "-".into(),
        email_key: address.key(),
        email: address,
        current_company: None,
        ..world.get(asha.id).await
    };
    world.put(&blank).await;
    assert_eq!((find("lena").await, find("rao").await, find("initech").await), (0, 0, 0), "blanked");
    let job = Job { title: "Juggler".into(), ..world.get(round.job_id).await };
    world.put(&Job { id: world.ids.fresh(), version: 0, ..job.clone() }).await;
    assert_eq!(find("juggler").await, 1);
    let id = found(&world, Scope::Operator, "juggler").await.remove(0);
    let gone: Job = world.get(id).await;
    let mut changes = Changes::new();
    changes.delete(&gone);
    world.storage.commit(changes).await.expect("removed");
    assert_eq!(find("juggler").await, 0);
}

/// As lists: another tenant's, another job's, another agency's stay where they are; and words of the client's own do
/// not lead an agency anywhere.
pub async fn search_never_lets_a_foreign_row_out(harness: &impl StorageHarness) {
    let world = World::over(harness.port()).await;
    let (mut job, round) = world.job().await;
    let (other, other_round) = world.job().await;
    job.external_id = Some("REQ-42".into());
    world.put(&job).await;
    let (best, rivals) = (world.agency("Best Hires").await, world.agency("Rivals").await);
    let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
    let bela = world.application(&other_round, "Bela Rao", "Asia/Kolkata").await;
    let mut theirs: Candidate = world.get(bela.candidate_id).await;
    theirs.agency_id = Some(best.id);
    world.put(&theirs).await;
    let referred =
        Application { ats_reference: Some("ATS-9".into()), agency_id: Some(best.id), ..bela.clone() };
    world.put(&referred).await;
    world.interviewer("Ravi Rao", "Asia/Kolkata").await;
    let client = world.client.id;
    let stranger = Client { id: world.ids.fresh(), version: 0, ..world.client.clone() };
    world.put(&stranger).await;
    let find = async |scope: Scope, q: &str| found(&world, scope, q).await.len();

    assert_eq!(find(Scope::Operator, "rao").await, 3);
    assert_eq!(find(Scope::Client(client), "rao").await, 2, "no interviewer");
    assert_eq!(find(Scope::Client(client), "acme").await, 0, "no client");
    assert_eq!(find(Scope::Client(stranger.id), "rao").await, 0);
    assert_eq!(find(Scope::Client(client), "backend").await, 2);
    assert_eq!(find(Scope::Client(client), "req42").await, 1);

    let on = |jobs: &[JobId]| Scope::Jobs(client, jobs.iter().copied().collect());
    assert_eq!(found(&world, on(&[job.id]), "rao").await, [asha.candidate_id.to_string()]);
    assert_eq!(found(&world, on(&[job.id]), "backend").await, [job.id.to_string()]);
    assert_eq!(find(on(&[job.id]), "ats9").await, 0, "a reference on another job");
    assert_eq!(find(on(&[other.id]), "ats9 rao").await, 1);
    assert_eq!((find(on(&[]), "rao").await, find(on(&[]), "backend").await), (0, 0));
    assert_eq!(find(Scope::Jobs(stranger.id, [job.id].into()), "backend").await, 0);

    let agent = |agency: &Agency, jobs: &[JobId]| {
        Scope::Agency(client, agency.id, Some(jobs.iter().copied().collect()))
    };
    assert_eq!(found(&world, agent(&best, &[job.id]), "rao").await, [bela.candidate_id.to_string()]);
    assert_eq!(found(&world, agent(&best, &[job.id]), "backend").await, [job.id.to_string()]);
    assert_eq!(find(agent(&best, &[job.id]), "req42").await, 0, "the client's own number");
    assert_eq!(find(agent(&best, &[job.id]), "ats9").await, 0, "the client's own reference");
    assert_eq!(find(agent(&best, &[]), "backend").await, 0);
    assert_eq!(find(Scope::Agency(client, best.id, None), "backend").await, 0);
    assert_eq!(find(agent(&rivals, &[other.id]), "rao").await, 0);
    assert_eq!(find(Scope::Interviewer(InterviewerId::from_bits(1)), "rao").await, 0);
}
