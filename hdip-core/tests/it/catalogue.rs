//! The operator's catalogues: any spelling is understood, one key is kept.

use hdip_core::Error;
use hdip_core::access::{Actor, Role};
use hdip_core::hiring::*;
use hdip_core::interviewers::{Interviewer, UpdateInterviewer};
use hdip_core::testkit::{MemoryStorage, World, block_on};
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn word(name: &str, aliases: &[&str]) -> NewCatalogueEntry {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    NewCatalogueEntry { key: None, name: name.into(), aliases }
}

fn job(specialisation: &str, skill: &str) -> CreateJob {
    let job = JobFields {
        title: "Engineer".into(),
        specialisation: specialisation.into(),
        mandatory_skills: vec![skill.into()],
        experience_max_months: 60,
        positions: 1,
        ..Default::default()
    };
    CreateJob { client: None, job, rounds: Vec::new() }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("is refused") {
        Error::Invalid(fields) => fields.iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
        error => error.code().to_owned(),
    }
}

async fn kept(world: &World, new: CreateJob) -> (String, Vec<String>) {
    let made = world.hdip.create_job(&world.as_owner(), new).await.unwrap().output;
    let job: Job = world.get(made.job_id).await;
    (job.specialisation, job.mandatory_skills.into_iter().collect())
}

#[test]
fn any_spelling_is_taken_and_the_key_is_kept() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        for name in ["ai_ml", "AI/ML", "machine learning"] {
            assert_eq!(kept(&world, job(name, "K8s")).await, ("ai_ml".into(), vec!["kubernetes".into()]));
        }
        assert_eq!(
            code(hdip.create_job(&world.as_owner(), job("magic", "rust")).await),
            "specialisation:unknown_specialisation"
        );
        let embedded = word("Embedded systems", &["Firmware"]);
        let key =
            hdip.add_catalogue_entry(&operator, CatalogueKind::Specialisations, embedded).await.unwrap();
        assert_eq!(key.output, "embedded_systems");
        let skill = word("FreeRTOS", &["Free RTOS kernel"]);
        hdip.add_catalogue_entry(&operator, CatalogueKind::Skills, skill).await.unwrap();
        let wanted = ("embedded_systems".to_owned(), vec!["freertos".to_owned()]);
        assert_eq!(kept(&world, job("firmware", "free-rtos-kernel")).await, wanted);
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let update = UpdateInterviewer {
            specialisations: Some(vec!["Backend".into(), "FIRMWARE".into()]),
            skills: Some(vec!["Free RTOS".into(), "rust".into()]),
            ..Default::default()
        };
        hdip.update_interviewer(&operator, ravi.id, update).await.unwrap();
        let ravi: Interviewer = world.get(ravi.id).await;
        assert_eq!(ravi.specialisations.iter().collect::<Vec<_>>(), ["backend", "embedded_systems"]);
        assert_eq!(ravi.skills.iter().collect::<Vec<_>>(), ["freertos", "rust"]);
    });
}

#[test]
fn no_spelling_has_two_entries_whoever_edits_at_the_same_time() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let skills = CatalogueKind::Skills;
        for taken in [word("Rusty", &["JS"]), word("node js", &[]), word("POST-GRES", &[])] {
            assert_eq!(code(hdip.add_catalogue_entry(&operator, skills, taken).await), "spelling_taken");
        }
        hdip.add_catalogue_entry(&operator, skills, word("Zig", &["ziglang"])).await.unwrap();
        let version = hdip.catalogue(&operator, skills).await.unwrap().version;
        let update = |expected, alias: &str| UpdateCatalogueEntry {
            expected: Some(expected),
            aliases: Some(vec![alias.into()]),
            ..Default::default()
        };
        let first = hdip.update_catalogue_entry(&operator, skills, "zig", update(version, "zig lang"));
        first.await.unwrap();
        let second = hdip.update_catalogue_entry(&operator, skills, "zig", update(version, "zigzag"));
        assert_eq!(code(second.await), "stale");
        let clash = update(version + 1, "golang");
        assert_eq!(
            code(hdip.update_catalogue_entry(&operator, skills, "zig", clash).await),
            "spelling_taken"
        );
        assert_eq!(
            code(hdip.update_catalogue_entry(&operator, skills, "zag", Default::default()).await),
            "not_found"
        );
        let blank = hdip.add_catalogue_entry(&operator, skills, word(" ", &["--"])).await;
        assert!(code(blank).starts_with("name:required"), "and the alias has no letter");
    });
}

#[test]
fn a_retired_specialisation_stays_where_it_is_and_comes_nowhere_else() {
    block_on(async {
        let world = world().await;
        let (hdip, operator) = (&world.hdip, world.as_operator());
        let kind = CatalogueKind::Specialisations;
        let made = hdip.create_job(&world.as_owner(), job("flutter", "dart")).await.unwrap().output.job_id;
        let retire = |retired| UpdateCatalogueEntry { retired: Some(retired), ..Default::default() };
        hdip.update_catalogue_entry(&operator, kind, "flutter", retire(true)).await.unwrap();
        assert_eq!(
            code(hdip.create_job(&world.as_owner(), job("Flutter", "dart")).await),
            "specialisation:retired_specialisation"
        );
        assert!(hdip.offered_specialisations().await.unwrap().iter().all(|(slug, _)| slug != "flutter"));
        let update = UpdateJob { title: Some("Flutter Engineer".into()), ..Default::default() };
        hdip.update_job(&world.as_owner(), made, update).await.unwrap();
        hdip.update_catalogue_entry(&operator, kind, "flutter", retire(false)).await.unwrap();
        hdip.create_job(&world.as_owner(), job("Flutter", "dart")).await.unwrap();
        let rename = UpdateCatalogueEntry { name: Some("Flutter & Dart".into()), ..Default::default() };
        hdip.update_catalogue_entry(&operator, kind, "flutter", rename).await.unwrap();
        let catalogue = hdip.catalogue(&world.as_owner(), kind).await.unwrap();
        let entry = catalogue.entry("flutter").unwrap();
        assert_eq!((&*entry.name, entry.retired_at), ("Flutter & Dart", None), "the key stays");
    });
}

#[test]
fn only_the_operator_edits_and_only_the_signed_in_read() {
    block_on(async {
        let world = world().await;
        let kind = CatalogueKind::Skills;
        let owner = world.as_owner();
        assert_eq!(code(world.hdip.add_catalogue_entry(&owner, kind, word("Zig", &[])).await), "forbidden");
        let update = world.hdip.update_catalogue_entry(&owner, kind, "go", Default::default()).await;
        assert_eq!(code(update), "forbidden");
        assert!(owner.actor.user().is_some_and(|user| user.role == Role::ClientOwner));
        let nobody = world.hdip.ctx(Actor::Anonymous);
        assert_eq!(code(world.hdip.catalogue(&nobody, kind).await), "forbidden");
    });
}
