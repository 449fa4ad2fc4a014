//! Search as its askers see it. What storage must find is in its contract.

use crate::stories::*;
use hdip_core::access::{Actor, ApiKey, KeyScope, Role};
use hdip_core::hiring::*;
use hdip_core::ports::storage::*;
use hdip_core::ports::{Clock, IdsExt};
use hdip_core::search::*;
use hdip_core::testkit::{World, block_on};
use hdip_core::{Ctx, Error};

fn find(q: &str, kinds: &[SearchKind]) -> Find {
    Find { q: q.into(), kinds: kinds.iter().copied().collect() }
}

/// Titles of what is found.
async fn titles(world: &World, ctx: &Ctx, q: &str) -> Vec<String> {
    let found = world.hdip.search(ctx, &find(q, &[]), &Page::default()).await.unwrap();
    found.items.into_iter().map(|found| found.title).collect()
}

async fn code(world: &World, ctx: &Ctx, find: Find) -> Result<(), &'static str> {
    let done = world.hdip.search(ctx, &find, &Page::default()).await;
    done.map(|_| ()).map_err(|error| error.code())
}

#[test]
fn people_are_found_by_all_that_is_known_of_them_and_however_it_is_typed() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let owner = world.as_owner();
        let mut new = submission(job.id, "Åsa Björk");
        new.person.email = "asa@corp.example".into();
        new.person.phone = Some("+91 98765 43210".into());
        new.person.current_company = Some("Müller & Söhne GmbH".into());
        new.ats_reference = Some("ATS-77120".into());
        submit(&world, &owner, new).await.unwrap();
        submit(&world, &owner, submission(job.id, "Bela Bose")).await.unwrap();
        for q in [
            "asa bjo",
            "BJÖRK",
            "asa@corp.example",
            "corp.exa",
            "9876543210",
            "+91 98765-43210",
            "muller sohne",
            "ats-77120",
            "ATS77120",
            "bjork ats-771",
        ] {
            assert_eq!(titles(&world, &owner, q).await, ["Åsa Björk"], "{q}");
        }
        for q in ["jork", "asa bose", "7654321", "77120x"] {
            assert_eq!(titles(&world, &owner, q).await, [] as [String; 0], "{q}");
        }
        let found = world.hdip.search(&owner, &find("asa", &[]), &Page::default()).await.unwrap().items;
        assert_eq!(
            (found[0].kind, found[0].detail.as_deref()),
            (SearchKind::Candidate, Some("Müller & Söhne GmbH"))
        );
        assert_eq!(found[0].client_id, None, "a client's people know whose it is");
        assert_eq!(titles(&world, &owner, "backend").await, ["Backend Engineer"]);
    });
}

#[test]
fn a_change_is_found_at_once_and_the_old_words_are_not() {
    block_on(async {
        let world = world().await;
        let (job, _) = world.job().await;
        let owner = world.as_owner();
        let made = submit(&world, &owner, submission(job.id, "Asha Rao")).await.unwrap();
        let update = UpdateCandidate {
            name: Some("Asha Iyer".into()),
            email: Some("iyer@mail.example".into()),
            ..Default::default()
        };
        world.hdip.update_candidate(&owner, made.candidate_id, update).await.unwrap();
        assert_eq!(titles(&world, &owner, "rao").await, [] as [String; 0]);
        assert_eq!(titles(&world, &owner, "asha iyer").await, ["Asha Iyer"]);
    });
}

#[test]
fn everybody_finds_what_they_see_in_lists() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let (elsewhere, other_round) = world.job().await;
        let update = UpdateJob { external_id: Some(Some("REQ-42".into())), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), job.id, update).await.unwrap();
        world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        world.application(&other_round, "Bela Rao", "Asia/Kolkata").await;
        world.interviewer("Ravi Rao", "Asia/Kolkata").await;
        let agency = world.agency("Best Hires").await;
        let agent = world.agency_user(&agency, "agnes@best.example").await;
        let rita = user(&world, world.client.id, Role::ClientRecruiter, "rita@acme.example").await;
        let name_agent = UpdateJob { recruiters: Some(vec![agent.id]), ..Default::default() };
        world.hdip.update_job(&world.as_owner(), job.id, name_agent).await.unwrap();
        let agnes = world.as_agent(&agent, &[job.id]);
        submit(&world, &agnes, submission(job.id, "Chand Rao")).await.unwrap();

        let everybody = ["Chand Rao", "Bela Rao", "Asha Rao"];
        assert_eq!(
            titles(&world, &world.as_operator(), "rao").await,
            [&["Ravi Rao"][..], &everybody].concat()
        );
        assert_eq!(titles(&world, &world.as_owner(), "rao").await, everybody);
        let limited = world.as_agent(&rita, &[elsewhere.id]);
        assert_eq!(titles(&world, &limited, "rao").await, ["Bela Rao"]);
        assert_eq!(titles(&world, &limited, "req-42").await, [] as [String; 0]);
        assert_eq!(titles(&world, &agnes, "rao").await, ["Chand Rao"]);
        assert_eq!(titles(&world, &agnes, "backend").await, ["Backend Engineer"], "the job it is named on");
        assert_eq!(titles(&world, &agnes, "req-42").await, [] as [String; 0], "the client's own number");
        assert_eq!(titles(&world, &world.as_owner(), "req42").await, ["Backend Engineer"]);
        let operators =
            world.hdip.search(&world.as_operator(), &find("acme", &[]), &Page::default()).await.unwrap();
        let client = Some(world.client.id);
        assert_eq!(
            operators.items.iter().map(|f| (f.kind, f.client_id)).collect::<Vec<_>>(),
            [(SearchKind::Client, client)]
        );
        let stranger = stranger(&world).await;
        assert_eq!(titles(&world, &stranger, "rao").await, [] as [String; 0]);
    });
}

#[test]
fn kinds_and_keys_are_limited_like_lists() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let asha = world.application(&round, "Asha Backend", "Asia/Kolkata").await;
        let owner = world.as_owner();
        for kind in [SearchKind::Interviewer, SearchKind::Client] {
            assert_eq!(code(&world, &owner, find("rao", &[kind])).await, Err("forbidden"));
            assert_eq!(code(&world, &world.as_operator(), find("rao", &[kind])).await, Ok(()));
        }
        let only =
            world.hdip.search(&owner, &find("backend", &[SearchKind::Candidate]), &Page::default()).await;
        let only: Vec<_> = only.unwrap().items.into_iter().map(|found| found.id).collect();
        assert_eq!(only, [asha.candidate_id.to_string()]);
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        assert_eq!(code(&world, &world.as_interviewer(ravi.id), find("rao", &[])).await, Err("forbidden"));
        assert_eq!(
            code(&world, &world.hdip.ctx(Actor::Anonymous), find("rao", &[])).await,
            Err("unauthenticated")
        );
        let key = |scopes: &[KeyScope]| {
            let key = ApiKey {
                id: world.ids.fresh(),
                client_id: world.client.id,
                name: "ATS".into(),
                secret_hash: String::new(),
                scopes: scopes.to_vec(),
                created_by: world.owner.id,
                created_at: world.clock.now(),
                revoked_at: None,
                version: 0,
            };
            world.hdip.ctx(Actor::of_key(&key))
        };
        assert_eq!(code(&world, &key(&[KeyScope::EventsRead]), find("rao", &[])).await, Err("missing_scope"));
        assert_eq!(titles(&world, &key(&[KeyScope::HiringRead]), "asha").await, ["Asha Backend"]);
    });
}

#[test]
fn a_question_needs_words() {
    block_on(async {
        let world = world().await;
        for (q, complaint) in [
            ("", "q:too_short"),
            (" a ", "q:too_short"),
            ("-- %", "q:no_words"),
            ("a\nb", "q:line_break"),
            (&*"x".repeat(201), "q:too_long"),
        ] {
            let refused =
                world.hdip.search(&world.as_owner(), &find(q, &[]), &Page::default()).await.unwrap_err();
            assert_eq!(complaints(refused), [complaint], "{q:?}");
        }
    });
}

#[test]
fn pages_go_on_where_the_last_ended_over_all_kinds() {
    block_on(async {
        let world = world().await;
        let owner = world.as_owner();
        for n in 0..3 {
            let (_, round) = world.job().await;
            world.application(&round, &format!("Backend {n}"), "Asia/Kolkata").await;
        }
        let (mut page, mut seen) = (Page::first(2), Vec::new());
        loop {
            let found = world.hdip.search(&owner, &find("backend", &[]), &page).await.unwrap();
            seen.extend(found.items.into_iter().map(|found| found.title));
            let Some(next) = found.next_cursor else { break };
            page.after = Some(next);
        }
        let jobs = ["Backend Engineer"; 3];
        assert_eq!(seen, [&jobs[..], &["Backend 2", "Backend 1", "Backend 0"]].concat());
        page.after = Some("x".into());
        let odd: Error = world.hdip.search(&owner, &find("backend", &[]), &page).await.unwrap_err();
        assert_eq!(odd.code(), "invalid_cursor");
    });
}

#[test]
fn what_was_there_before_search_is_found_once_it_is_rebuilt() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let mut asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        asha.ats_reference = Some("ATS-1".into());
        world.put(&asha).await;
        // As a release without search would have left it.
        let candidate: Candidate = world.get(asha.candidate_id).await;
        let gone = [candidate.entry(), asha.entry()].into_iter().flatten().map(Entry::gone).collect();
        world.storage.commit(Changes { entries: gone, ..Changes::new() }).await.unwrap();
        assert_eq!(titles(&world, &world.as_owner(), "asha").await, [] as [String; 0]);
        let refused = world.hdip.rebuild_search(&world.as_owner()).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        let before = candidate.version;
        assert_eq!(world.hdip.rebuild_search(&world.hdip.system()).await.unwrap(), 4);
        assert_eq!(titles(&world, &world.as_owner(), "asha ats-1").await, ["Asha Rao"]);
        assert_eq!(world.get::<Candidate>(candidate.id).await.version, before, "records are as they were");
        world.hdip.rebuild_search(&world.hdip.system()).await.unwrap();
        assert_eq!(titles(&world, &world.as_owner(), "asha").await.len(), 1);
    });
}
