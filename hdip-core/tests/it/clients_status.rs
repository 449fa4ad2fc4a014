//! The ladder of a client, and what each status allows.

use crate::clients::zeta;
use crate::flow::{accept, pick, request};
use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::hiring::*;
use hdip_core::ports::storage::Page;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, block_on};
use hdip_core::values::*;
use hdip_core::{Done, Error};
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

fn at(time: &str) -> Timestamp {
    format!("2026-01-06T{time}:00Z").parse().unwrap()
}

fn to(status: ClientStatus) -> ChangeClientStatus {
    ChangeClientStatus {
        to: status,
        reason: Some("invoices unpaid".into()),
        signed_on: None,
        open_work: None,
        late_ok: false,
        expected_version: None,
    }
}

async fn go(world: &World, change: ChangeClientStatus) -> Result<Done<ClientStatusChanged>, Error> {
    let done = world.hdip.change_client_status(&world.as_operator(), world.client.id, change).await;
    world.drain().await;
    done
}

fn mails(world: &World, kind: &str) -> Vec<String> {
    let sent = world.mail.sent().into_iter().filter(|mail| mail.kind == kind);
    sent.map(|mail| mail.to.to_string()).collect()
}

fn submission(job: JobId, name: &str) -> SubmitCandidate {
    let person = CandidateFields {
        name: name.into(),
        email: format!("{}@mail.example", name.to_lowercase()),
        experience_months: 60,
        ..Default::default()
    };
    SubmitCandidate { job, person, ats_reference: None, remark: None, recruiter: None }
}

#[test]
fn status_goes_only_along_the_ladder_with_reason_and_date() {
    block_on(async {
        use ClientStatus::*;
        let world = world().await;
        let prospect = CreateClient { signed: false, ..zeta("USD") };
        let id = world.hdip.create_client(&world.as_operator(), prospect).await.unwrap().output;
        let go = |change: ChangeClientStatus| {
            let (hdip, operator) = (world.hdip.clone(), world.as_operator());
            async move { hdip.change_client_status(&operator, id, change).await }
        };
        assert_eq!(code(go(to(Suspended)).await), "illegal_client_status");
        assert_eq!(wrong(go(to(Active)).await), ["signed_on required"]);
        let day = |day: &str| Some(day.parse::<chrono::NaiveDate>().unwrap());
        let early = ChangeClientStatus { signed_on: day("2026-01-06"), ..to(Active) };
        assert_eq!(wrong(go(early).await), ["signed_on in_the_future"]);
        let signed = ChangeClientStatus { signed_on: day("2026-01-05"), reason: None, ..to(Active) };
        go(signed.clone()).await.unwrap();
        go(signed.clone()).await.expect("twice is no failure");
        assert_eq!(
            wrong(go(ChangeClientStatus { reason: None, ..to(Suspended) }).await),
            ["reason required"]
        );
        assert_eq!(
            wrong(go(ChangeClientStatus { to: Suspended, ..signed }).await),
            ["reason required", "signed_on not_for_status"]
        );
        let mode = Some(ArchiveMode::Finish);
        assert_eq!(
            wrong(go(ChangeClientStatus { open_work: mode, ..to(Suspended) }).await),
            ["open_work not_for_status"]
        );
        world.clock.advance(days(1));
        for status in [Suspended, Active, Suspended, Archived] {
            go(to(status)).await.unwrap();
            let client: Client = world.get(id).await;
            assert_eq!((client.status, client.status_at), (status, world.hdip.now()));
            assert_eq!(
                (client.status_reason.as_deref(), client.signed_on),
                (Some("invoices unpaid"), day("2026-01-05"))
            );
        }
        assert_eq!(code(go(to(Active)).await), "illegal_client_status");
        let trail = world.storage.audit_of(&id.to_string(), &Page::default()).await.unwrap();
        assert_eq!(
            (&*trail[0].action, trail[0].reason.as_deref()),
            ("client.change_status", Some("invoices unpaid"))
        );
        let input =
            CreateApiKey { client_id: id, name: "late".into(), scopes: [KeyScope::HiringRead].into() };
        assert_eq!(code(world.hdip.create_api_key(&world.as_operator(), input).await), "client_archived");
    });
}

#[test]
fn only_the_operator_moves_a_client_and_on_the_version_seen() {
    block_on(async {
        let world = world().await;
        let suspend = to(ClientStatus::Suspended);
        let refused =
            world.hdip.change_client_status(&world.as_owner(), world.client.id, suspend.clone()).await;
        assert_eq!(code(refused), "forbidden");
        let stale =
            ChangeClientStatus { expected_version: Some(world.client.version + 1), ..suspend.clone() };
        assert_eq!(code(go(&world, stale).await), "stale");
        let unknown =
            world.hdip.change_client_status(&world.as_operator(), ClientId::from_bits(9), suspend).await;
        assert_eq!(code(unknown), "not_found");
    });
}

/// Everything that asks for interviews, and what is answered.
async fn requests(
    world: &World,
    job: JobId,
    waiting: ApplicationId,
    confirmed: InterviewId,
) -> Vec<&'static str> {
    let owner = world.as_owner();
    let start = || pick(at("12:00"));
    let new = RequestInterview { application: waiting, start: start(), consents: None };
    let moved = Reschedule { start: start(), reason: None, late_ok: false };
    let hold = Pick { start: at("12:00"), odd_hours_ok: false };
    let moving = world.get::<Interview>(confirmed).await.application_id;
    vec![
        code(world.hdip.submit_candidate(&owner, submission(job, "Chen")).await),
        code(world.hdip.begin_import(&owner, job, false).await),
        code(world.hdip.send_scheduling_link(&owner, waiting).await),
        code(world.hdip.hold_start(&owner, waiting, hold.clone()).await),
        code(world.hdip.hold_start(&owner, moving, hold).await),
        code(world.hdip.request_interview(&owner, new).await),
        code(world.hdip.reschedule_interview(&owner, confirmed, moved).await),
    ]
}

#[test]
fn a_suspended_client_requests_nothing_and_its_confirmed_interview_takes_place() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let interview = request(&world, &asha, at("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        world.drain().await;
        go(&world, to(ClientStatus::Suspended)).await.unwrap();
        assert_eq!(mails(&world, "client_suspended"), ["omar@acme.example"]);
        let text = world.mail.sent().pop().unwrap().text;
        assert!(text.contains("invoices unpaid") && text.contains("Mira Manager"), "{text}");
        assert_eq!(requests(&world, job.id, bela.id, interview).await, ["client_not_active"; 7]);
        world.run_until(at("08:30")).await;
        assert_eq!(world.get::<Interview>(interview).await.state, InterviewState::InProgress);
        // It may still tidy up: users, jobs, what there is to read.
        world.hdip.jobs(&world.as_owner(), &Default::default(), &Page::default()).await.unwrap();

        go(&world, to(ClientStatus::Active)).await.unwrap();
        assert_eq!(mails(&world, "client_reactivated"), ["omar@acme.example"]);
        world.hdip.submit_candidate(&world.as_owner(), submission(job.id, "Chen")).await.unwrap();
    });
}

#[test]
fn a_prospect_prepares_and_hands_over_nobody() {
    block_on(async {
        let world = world().await;
        let prospect = Client { status: ClientStatus::Prospect, ..world.client.clone() };
        world.put(&prospect).await;
        let (job, round) = world.job().await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let owner = world.as_owner();
        let new = RequestInterview { application: bela.id, start: pick(at("12:00")), consents: None };
        assert_eq!(
            code(world.hdip.submit_candidate(&owner, submission(job.id, "Chen")).await),
            "client_not_active"
        );
        assert_eq!(code(world.hdip.request_interview(&owner, new).await), "client_not_active");
        world.hdip.create_job(&owner, new_job()).await.unwrap();
    });
}

fn new_job() -> CreateJob {
    let job = JobFields {
        title: "Data Engineer".into(),
        experience_max_months: 120,
        positions: 1,
        specialisation: "backend".into(),
        mandatory_skills: vec!["rust".into()],
        ..Default::default()
    };
    CreateJob { client: None, job, rounds: Vec::new() }
}

#[test]
fn archiving_asks_what_becomes_of_open_work() {
    block_on(async {
        let world = world().await;
        let (job, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        let bela = world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let interview = request(&world, &asha, at("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        assert_eq!(code(go(&world, to(ClientStatus::Archived)).await), "client_has_open_work");
        assert_eq!(world.get::<Client>(world.client.id).await.status, ClientStatus::Active);

        let finish =
            ChangeClientStatus { open_work: Some(ArchiveMode::Finish), ..to(ClientStatus::Archived) };
        assert_eq!(go(&world, finish).await.unwrap().output, ClientStatusChanged::default());
        assert_eq!(mails(&world, "client_archived"), ["omar@acme.example"]);
        assert_eq!(world.get::<Job>(job.id).await.status, JobStatus::Archived);
        assert_eq!(requests(&world, job.id, bela.id, interview).await, ["client_not_active"; 7]);
        let owner = world.as_owner();
        assert_eq!(code(world.hdip.create_job(&owner, new_job()).await), "client_archived");
        assert_eq!(code(world.hdip.reopen_job(&owner, job.id).await), "client_archived");
        world.run_until(at("08:30")).await;
        assert_eq!(world.get::<Interview>(interview).await.state, InterviewState::InProgress);
        // Still readable.
        assert_eq!(
            world.hdip.client(&owner, world.client.id).await.unwrap().client.status,
            ClientStatus::Archived
        );

        // What was left to finish is dropped later, except for what has begun.
        let cancel =
            ChangeClientStatus { open_work: Some(ArchiveMode::Cancel), ..to(ClientStatus::Archived) };
        let done = go(&world, cancel).await.unwrap().output;
        assert_eq!((done.dropped, done.still_running), (1, 1));
        assert_eq!(world.get::<Application>(bela.id).await.status, ApplicationStatus::Dropped);
    });
}

#[test]
fn archiving_with_cancel_calls_off_and_asks_about_late_ones_first() {
    block_on(async {
        let world = world().await;
        let (_, round) = world.job().await;
        let ravi = world.interviewer("Ravi", "Asia/Kolkata").await;
        let asha = world.application(&round, "Asha Rao", "Asia/Kolkata").await;
        world.application(&round, "Bela Bose", "Asia/Kolkata").await;
        let interview = request(&world, &asha, at("08:00")).await;
        accept(&world, interview, ravi.id).await.unwrap();
        world.run_until(at("06:00")).await;
        // The operator's own cancelling costs nothing and is never late.
        let cancel =
            ChangeClientStatus { open_work: Some(ArchiveMode::Cancel), ..to(ClientStatus::Archived) };
        let done = go(&world, cancel).await.unwrap().output;
        assert_eq!((done.dropped, done.still_running), (2, 0));
        assert_eq!(world.get::<Interview>(interview).await.state, InterviewState::Cancelled);
        let charges = world.storage.charges(&Scope::Operator, None, &Page::default()).await.unwrap();
        assert!(charges.is_empty(), "{charges:?}");
    });
}

#[test]
fn a_mail_about_a_status_that_is_over_is_not_sent() {
    block_on(async {
        let world = world().await;
        let (operator, id) = (world.as_operator(), world.client.id);
        for status in [ClientStatus::Suspended, ClientStatus::Active] {
            world.hdip.change_client_status(&operator, id, to(status)).await.unwrap();
        }
        world.drain().await;
        assert!(mails(&world, "client_suspended").is_empty());
        assert_eq!(mails(&world, "client_reactivated").len(), 1);
    });
}
