//! A believable amount of data: copies of a few records that the test kit makes, spread over clients, jobs and
//! people. Every job has specialists of its own, about eleven where there are 2,000 interviewers, so that a
//! slot search has to find few among many.

use crate::people::PASSWORDLESS;
use crate::wire::Failure;
use clap::Args;
use hdip_core::access::{Role, User};
use hdip_core::clients::{Agreement, Client};
use hdip_core::hiring::{Application, ApplicationStatus, Candidate, Job, Round, live_key};
use hdip_core::interviewers::{Availability, AvailabilityTimes, Interviewer, InterviewerSchedule};
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::{Changes, Entity, Storage};
use hdip_core::scheduling::{Interview, InterviewState, Pick, RequestInterview, StartChoice};
use hdip_core::testkit::{MemoryStorage, World};
use hdip_core::values::*;
use hdip_server::state::AppState;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// How much.
#[derive(Debug, Clone, Copy, Args)]
pub struct Size {
    /// Clients.
    #[arg(long, default_value_t = 20)]
    pub clients: usize,
    /// Jobs, spread over the clients.
    #[arg(long, default_value_t = 200)]
    pub jobs: usize,
    /// Candidates, each with an application.
    #[arg(long, default_value_t = 20_000)]
    pub candidates: usize,
    /// Interviewers, each with twenty windows of availability.
    #[arg(long, default_value_t = 2_000)]
    pub interviewers: usize,
    /// Interviews that took place.
    #[arg(long, default_value_t = 50_000)]
    pub interviews: usize,
}

/// Interviewers who know what one job asks for.
pub const SPECIALISTS: usize = 11;
/// Records in one commit.
const CHUNK: usize = 500;

/// What everything is a copy of.
struct Samples {
    world: World,
    job: Job,
    round: Round,
    candidate: Candidate,
    application: Application,
    interviewer: Interviewer,
    schedule: InterviewerSchedule,
    availability: Availability,
    interview: Interview,
}

impl Samples {
    async fn new() -> Result<Self, Failure> {
        let world = World::over(Arc::new(MemoryStorage::new())).await;
        let (job, round) = world.job().await;
        let interviewer = world.interviewer("Sample Interviewer", "Asia/Kolkata").await;
        let application = world.application(&round, "Sample Candidate", "Asia/Kolkata").await;
        let start = world.hdip.now() + days(1);
        let pick = StartChoice::Picked(Pick { start, odd_hours_ok: true });
        let request = RequestInterview { application: application.id, start: pick, consents: None };
        let made = world.hdip.request_interview(&world.as_owner(), request).await?;
        let availability =
            world.storage.availability(interviewer.id).await?.pop().ok_or("no availability")?;
        Ok(Self {
            candidate: world.get(application.candidate_id).await,
            schedule: world.get(interviewer.id).await,
            interview: world.get(made.output.interview_id).await,
            job,
            round,
            application,
            interviewer,
            availability,
            world,
        })
    }
}

/// Commits in chunks.
struct Writer {
    storage: Arc<dyn Storage>,
    changes: Changes,
    written: usize,
}

impl Writer {
    async fn put<E: Entity>(&mut self, entity: &E) -> Result<(), Failure> {
        self.changes.insert(entity);
        if self.changes.writes.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.written += self.changes.writes.len();
        self.storage.commit(std::mem::take(&mut self.changes)).await?;
        Ok(())
    }
}

/// Fills the database.
pub async fn fill(state: &AppState, size: Size) -> Result<(), Failure> {
    let storage = state.hdip.storage().clone();
    if storage.any_user().await? {
        return Err("there are users in this database already: give an empty one".into());
    }
    let begin = Instant::now();
    let samples = Samples::new().await?;
    let mut out = Writer { storage, changes: Changes::new(), written: 0 };
    let now = state.hdip.now();
    let clients = people(state, &samples, &mut out, size).await?;
    let jobs = jobs(state, &samples, &mut out, size, &clients).await?;
    let staff = interviewers(state, &samples, &mut out, size).await?;
    let applications = candidates(state, &samples, &mut out, size, &jobs).await?;
    for n in 0..size.interviews {
        let application = &applications[n % applications.len()];
        let interviewer = staff[n % staff.len()];
        // Two a day into the past for each interviewer, so that nobody was at two places.
        let start = now - days(2) - hours(12 * (n / staff.len()) as i64) - minutes(15 * (n % 4) as i64);
        out.put(&Interview {
            id: state.ids.fresh(),
            client_id: application.client_id,
            application_id: application.id,
            job_id: application.job_id,
            round_id: application.round_id,
            candidate_id: application.candidate_id,
            state: InterviewState::Completed,
            start,
            end: start + hours(1),
            interviewer_id: Some(interviewer),
            calls: 1,
            requested_at: start - days(2),
            confirmed_at: Some(start - days(1)),
            state_at: start + hours(2),
            ended_at: Some(start + hours(1)),
            live_key: None,
            version: 0,
            ..samples.interview.clone()
        })
        .await?;
    }
    out.flush().await?;
    println!("{} records in {:.1} s", out.written, begin.elapsed().as_secs_f64());
    Ok(())
}

async fn people(
    state: &AppState,
    samples: &Samples,
    out: &mut Writer,
    size: Size,
) -> Result<Vec<(Client, User)>, Failure> {
    let world = &samples.world;
    out.put(&User {
        id: state.ids.fresh(),
        email: "operator@load.example".parse()?,
        email_key: "operator@load.example".into(),
        password_hash: None,
        version: 0,
        ..world.manager.clone()
    })
    .await?;
    // The account manager the clients name.
    out.put(&User { version: 0, ..world.manager.clone() }).await?;
    for currency in [Currency::Inr, Currency::Usd] {
        let day = "2026-01-01".parse()?;
        if let Some(table) = world.storage.pay_table_on(currency, day).await? {
            out.put(&hdip_core::clients::PayTable { version: 0, ..table }).await?;
        }
    }
    let agreement = world.storage.agreements(world.client.id).await?.pop().ok_or("no agreement")?;
    let mut clients = Vec::new();
    for n in 0..size.clients {
        let brand = format!("Client {n}");
        let client = Client {
            id: state.ids.fresh(),
            legal_name: brand.clone(),
            brand,
            version: 0,
            ..world.client.clone()
        };
        let email_key = format!("owner{n}@load.example");
        let owner = User {
            id: state.ids.fresh(),
            client_id: Some(client.id),
            email: email_key.parse()?,
            email_key,
            password_hash: PASSWORDLESS,
            version: 0,
            ..world.owner.clone()
        };
        out.put(&client).await?;
        out.put(&owner).await?;
        let agreement =
            Agreement { id: state.ids.fresh(), client_id: client.id, version: 0, ..agreement.clone() };
        out.put(&agreement).await?;
        clients.push((client, owner));
    }
    Ok(clients)
}

async fn jobs(
    state: &AppState,
    samples: &Samples,
    out: &mut Writer,
    size: Size,
    clients: &[(Client, User)],
) -> Result<Vec<(Job, Round, UserId)>, Failure> {
    let mut jobs = Vec::new();
    for n in 0..size.jobs {
        let (client, owner) = &clients[n % clients.len()];
        let job = Job {
            id: state.ids.fresh(),
            client_id: client.id,
            title: format!("Engineer {n}"),
            hiring_manager_id: Some(owner.id),
            mandatory_skills: BTreeSet::from([skill(n, size)]),
            version: 0,
            ..samples.job.clone()
        };
        let round = Round {
            id: state.ids.fresh(),
            client_id: client.id,
            job_id: job.id,
            version: 0,
            ..samples.round.clone()
        };
        out.put(&job).await?;
        out.put(&round).await?;
        jobs.push((job, round, owner.id));
    }
    Ok(jobs)
}

/// What the specialists for the n-th job know.
fn skill(n: usize, size: Size) -> String {
    format!("skill_{}", n % (size.interviewers / SPECIALISTS).max(1))
}

async fn interviewers(
    state: &AppState,
    samples: &Samples,
    out: &mut Writer,
    size: Size,
) -> Result<Vec<InterviewerId>, Failure> {
    let zones: [Zone; 4] = [
        "Asia/Kolkata".parse()?,
        "Asia/Singapore".parse()?,
        "Europe/Berlin".parse()?,
        "America/New_York".parse()?,
    ];
    let mut staff = Vec::new();
    for n in 0..size.interviewers {
        let email_key = format!("interviewer{n}@load.example");
        let interviewer = Interviewer {
            id: state.ids.fresh(),
            name: format!("Interviewer {n}"),
            email: email_key.parse()?,
            email_key: email_key.clone(),
            zone: zones[n % zones.len()],
            skills: BTreeSet::from([skill(n, size)]),
            weekly_cap: 60,
            version: 0,
            ..samples.interviewer.clone()
        };
        out.put(&interviewer).await?;
        out.put(&InterviewerSchedule { id: interviewer.id, version: 0, ..samples.schedule.clone() }).await?;
        out.put(&User {
            id: state.ids.fresh(),
            client_id: None,
            interviewer_id: Some(interviewer.id),
            role: Role::Interviewer,
            name: interviewer.name.clone(),
            email: interviewer.email.clone(),
            email_key,
            password_hash: PASSWORDLESS,
            version: 0,
            ..samples.world.owner.clone()
        })
        .await?;
        for window in 0..20 {
            let AvailabilityTimes::Rule { rrule, first_day, duration_minutes, exceptions, .. } =
                samples.availability.times.clone()
            else {
                return Err("the sample's availability is not a rule".into());
            };
            // Twenty windows of 45 minutes, each beginning where the last one ends: free from 07:00 to 22:00.
            let local_start = chrono::NaiveTime::from_hms_opt(7 + window * 45 / 60, window * 45 % 60, 0)
                .ok_or("no such time")?;
            let times = AvailabilityTimes::Rule {
                rrule,
                first_day,
                local_start,
                duration_minutes: duration_minutes.min(45),
                exceptions,
            };
            out.put(&Availability {
                id: state.ids.fresh(),
                interviewer_id: interviewer.id,
                times,
                version: 0,
                ..samples.availability.clone()
            })
            .await?;
        }
        staff.push(interviewer.id);
    }
    Ok(staff)
}

async fn candidates(
    state: &AppState,
    samples: &Samples,
    out: &mut Writer,
    size: Size,
    jobs: &[(Job, Round, UserId)],
) -> Result<Vec<Application>, Failure> {
    let mut applications = Vec::new();
    for n in 0..size.candidates {
        let (job, round, owner) = &jobs[n % jobs.len()];
        let email_key = format!("candidate{n}@load.example");
        let candidate = Candidate {
            id: state.ids.fresh(),
            client_id: job.client_id,
            name: format!("Candidate {n}"),
            email: email_key.parse()?,
            email_key: email_key.clone(),
            version: 0,
            ..samples.candidate.clone()
        };
        let application = Application {
            id: state.ids.fresh(),
            client_id: job.client_id,
            job_id: job.id,
            candidate_id: candidate.id,
            recruiter_id: Some(*owner),
            round_id: round.id,
            status: ApplicationStatus::ToSchedule,
            live_key: Some(live_key(&email_key, job.id)),
            version: 0,
            ..samples.application.clone()
        };
        out.put(&candidate).await?;
        out.put(&application).await?;
        applications.push(application);
    }
    Ok(applications)
}
