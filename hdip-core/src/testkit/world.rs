use super::{
    FakeSecrets, ManualClock, MemoryCalendar, MemoryFiles, MemoryMail, MemoryQueue, MemoryVideo, SeededIds,
};
use crate::access::{Actor, Role, User, UserActor, UserStatus};
use crate::agencies::{Agency, AgencyStatus};
use crate::clients::{Agreement, BillingMode, Client, ClientStatus, PayTable};
use crate::hiring::*;
use crate::interviewers::*;
use crate::jobs::JobReport;
use crate::ports::storage::{Changes, Entity, RecordsExt, Storage};
use crate::ports::{Clock, IdsExt};
use crate::values::*;
use crate::{Ctx, Hdip, HdipBuilder, OperatorProfile};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A small world to test in: HDIP over in-memory ports (or a given storage), a clock at Monday 2026-01-05
/// 04:30 UTC (10:00 in Kolkata), an operator, a client with prices, pay tables. People and jobs are added
/// by the test; time moves when it says so, and then every timer and job in between has run.
#[derive(Debug)]
pub struct World {
    /// The thing under test.
    pub hdip: Hdip,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its mailbox.
    pub mail: Arc<MemoryMail>,
    /// Its meeting rooms.
    pub video: Arc<MemoryVideo>,
    /// Its files.
    pub files: Arc<MemoryFiles>,
    /// Its storage.
    pub storage: Arc<dyn Storage>,
    /// Its ids.
    pub ids: Arc<SeededIds>,
    /// The operator's account manager.
    pub manager: User,
    /// A client with its owner and an agreement.
    pub client: Client,
    /// The client's owner.
    pub owner: User,
    /// The language of everybody in it.
    pub locale: Locale,
}

impl World {
    /// Over `storage`, which must be empty.
    pub async fn over(storage: Arc<dyn Storage>) -> Self {
        Self::over_in(storage, Locale::default()).await
    }

    /// The same, where everybody reads that language.
    pub async fn over_in(storage: Arc<dyn Storage>, locale: Locale) -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-05T04:30:00Z"));
        let (ids, mail, video) =
            (Arc::new(SeededIds::new(7)), Arc::new(MemoryMail::new()), Arc::new(MemoryVideo::new(7)));
        let files = Arc::new(MemoryFiles::new());
        let hdip = HdipBuilder {
            storage: storage.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            secrets: Arc::new(FakeSecrets::new(7)),
            queue: Arc::new(MemoryQueue::default()),
            mail: mail.clone(),
            calendar: Arc::new(MemoryCalendar::new()),
            video: video.clone(),
            files: files.clone(),
            operator: OperatorProfile {
                name: "HDIP Test".into(),
                mail_from: email("interviews@hdip.example"),
                support: email("support@hdip.example"),
                base_url: "https://app.hdip.example".into(),
                zone: zone("Asia/Kolkata"),
                locale: locale.clone(),
            },
        }
        .build();
        let manager =
            user(&ids, clock.now(), Role::PlatformAdmin, None, "Mira Manager", "mira@hdip.example", &locale);
        let client = Client {
            id: ids.fresh(),
            legal_name: "Acme Private Limited".into(),
            brand: "Acme".into(),
            country: "IN".into(),
            level: 2,
            zone: zone("Asia/Kolkata"),
            locale: locale.clone(),
            currency: Currency::Inr,
            status: ClientStatus::Active,
            status_reason: None,
            status_at: clock.now(),
            signed_on: None,
            domain: None,
            gstin: None,
            pan: None,
            address: None,
            billing_mode: BillingMode::Postpaid,
            free_interviews: 0,
            logo_file_id: None,
            logo_type: None,
            account_manager_id: manager.id,
            blocked_interviewers: BTreeSet::new(),
            candidate_may_reschedule: true,
            agencies_see_results: true,
            created_at: clock.now(),
            version: 0,
        };
        let owner = user(
            &ids,
            clock.now(),
            Role::ClientOwner,
            Some(client.id),
            "Omar Owner",
            "omar@acme.example",
            &locale,
        );
        let world = Self { hdip, clock, mail, video, files, storage, ids, manager, client, owner, locale };
        let day = "2025-04-01".parse().expect("a date");
        let now = world.clock.now();
        world.put(&world.manager).await;
        world.put(&world.client).await;
        world.put(&world.owner).await;
        world
            .put(&Agreement {
                id: world.ids.fresh(),
                client_id: world.client.id,
                currency: Currency::Inr,
                prices_minor: [250_000, 300_000, 320_000, 360_000, 450_000],
                effective_from: day,
                created_at: now,
                version: 0,
            })
            .await;
        for (currency, pay_minor, late_minor) in [
            (Currency::Inr, [140_000, 180_000, 220_000, 250_000], 40_000),
            (Currency::Usd, [2_000, 2_600, 3_100, 3_600], 600),
        ] {
            let id = world.ids.fresh();
            world
                .put(&PayTable {
                    id,
                    currency,
                    pay_minor,
                    late_minor,
                    effective_from: day,
                    created_at: now,
                    version: 0,
                })
                .await;
        }
        // What was read back has its stored version.
        Self {
            manager: world.get(world.manager.id).await,
            client: world.get(world.client.id).await,
            owner: world.get(world.owner.id).await,
            ..world
        }
    }

    /// Stores a record.
    pub async fn put<E: Entity>(&self, entity: &E) {
        let mut changes = Changes::new();
        changes.put(entity);
        self.storage.commit(changes).await.expect("the record is stored");
    }

    /// Reads a record.
    pub async fn get<E: Entity>(&self, id: impl std::fmt::Display) -> E {
        self.storage.get(id).await.expect("the record is there")
    }

    /// A context of a user.
    pub fn as_user(&self, user: &User) -> Ctx {
        self.hdip.ctx(Actor::User(UserActor {
            id: user.id,
            sign_in: SignInId::from_bits(1),
            role: user.role,
            client: user.client_id,
            agency: user.agency_id,
            interviewer: user.interviewer_id,
            jobs: None,
        }))
    }

    /// A context of the client's owner.
    pub fn as_owner(&self) -> Ctx {
        self.as_user(&self.owner)
    }

    /// A context of the operator.
    pub fn as_operator(&self) -> Ctx {
        self.as_user(&self.manager)
    }

    /// A context of an agency's user who is named on these jobs.
    pub fn as_agent(&self, user: &User, jobs: &[JobId]) -> Ctx {
        let mut ctx = self.as_user(user);
        if let Actor::User(actor) = &mut ctx.actor {
            actor.jobs = Some(jobs.iter().copied().collect());
        }
        ctx
    }

    /// An agency of the client.
    pub async fn agency(&self, name: &str) -> Agency {
        let agency = Agency {
            id: self.ids.fresh(),
            client_id: self.client.id,
            name: name.into(),
            status: AgencyStatus::Active,
            live_key: Some(Agency::key_of(self.client.id, name)),
            created_at: self.clock.now(),
            ended_at: None,
            version: 0,
        };
        self.put(&agency).await;
        self.get(agency.id).await
    }

    /// A user of an agency, with that address.
    pub async fn agency_user(&self, agency: &Agency, address: &str) -> User {
        let client = Some(agency.client_id);
        let now = self.clock.now();
        let mut user =
            user(&self.ids, now, Role::AgencyUser, client, "Agnes Agent", address, &self.client.locale);
        user.agency_id = Some(agency.id);
        self.put(&user).await;
        self.get(user.id).await
    }

    /// A context of an interviewer.
    pub fn as_interviewer(&self, id: InterviewerId) -> Ctx {
        self.hdip.ctx(Actor::User(UserActor {
            id: UserId::from_bits(1),
            sign_in: SignInId::from_bits(1),
            role: Role::Interviewer,
            client: None,
            agency: None,
            interviewer: Some(id),
            jobs: None,
        }))
    }

    /// A backend job asking for Rust, with one round of an hour.
    pub async fn job(&self) -> (Job, Round) {
        let job = Job {
            id: self.ids.fresh(),
            client_id: self.client.id,
            title: "Backend Engineer".into(),
            external_id: None,
            department: None,
            hiring_manager_id: Some(self.owner.id),
            recruiter_ids: BTreeSet::new(),
            experience_min_months: 24,
            experience_max_months: 120,
            positions: 2,
            specialisation: "backend".into(),
            mandatory_skills: BTreeSet::from(["rust".into(), "postgresql".into()]),
            description: "You build the services behind our shop.".into(),
            zone: zone("Asia/Kolkata"),
            diversity_hiring: false,
            recommended_score: 80,
            status: JobStatus::Open,
            created_at: self.clock.now(),
            version: 0,
        };
        let round = Round {
            id: self.ids.fresh(),
            client_id: self.client.id,
            job_id: job.id,
            position: 1,
            name: "Technical".into(),
            duration_minutes: 60,
            guidelines: "Start with a small design question.".into(),
            created_at: self.clock.now(),
            version: 0,
        };
        self.put(&job).await;
        self.put(&round).await;
        (self.get(job.id).await, self.get(round.id).await)
    }

    /// A candidate with an application to a job's round.
    pub async fn application(&self, round: &Round, name: &str, zone_name: &str) -> Application {
        let now = self.clock.now();
        let address = format!("{}@mail.example", slug(name));
        let candidate = Candidate {
            id: self.ids.fresh(),
            client_id: self.client.id,
            name: name.into(),
            email: email(&address),
            email_key: address.clone(),
            phone: None,
            experience_months: 60,
            current_company: Some("Initech Ltd".into()),
            designation: Some("Engineer".into()),
            zone: zone(zone_name),
            locale: self.locale.clone(),
            gender: None,
            agency_id: None,
            created_at: now,
            version: 0,
        };
        let application = Application {
            id: self.ids.fresh(),
            client_id: self.client.id,
            job_id: round.job_id,
            candidate_id: candidate.id,
            source: Source::Internal,
            agency_id: None,
            recruiter_id: Some(self.owner.id),
            remark: None,
            ats_reference: None,
            reference_key: None,
            round_id: round.id,
            status: ApplicationStatus::ToSchedule,
            drop_reason: None,
            candidate_reschedules: 0,
            live_key: Some(live_key(&address, round.job_id)),
            live_phone_key: None,
            held_from: None,
            rejected_by: None,
            decision_reason: None,
            status_at: now,
            created_at: now,
            version: 0,
        };
        self.put(&candidate).await;
        self.put(&application).await;
        self.get(application.id).await
    }

    /// A certified backend interviewer who knows Rust, free from 09:00 to 21:00 of its zone every day.
    pub async fn interviewer(&self, name: &str, zone_name: &str) -> Interviewer {
        let now = self.clock.now();
        let address = format!("{}@interviewers.example", slug(name));
        let interviewer = Interviewer {
            id: self.ids.fresh(),
            name: name.into(),
            email: email(&address),
            email_key: address,
            phone: None,
            country: "IN".into(),
            zone: zone(zone_name),
            locale: self.locale.clone(),
            level: 2,
            status: InterviewerStatus::Certified,
            specialisations: BTreeSet::from(["backend".into()]),
            skills: BTreeSet::from(["rust".into()]),
            experience_months: 120,
            current_company: Some("Globex".into()),
            previous_companies: vec!["Hooli".into()],
            designation: Some("Staff Engineer".into()),
            weekly_cap: 10,
            minimum_gap_minutes: 15,
            pay_currency: Currency::Inr,
            rating_hundredths: None,
            ratings: 0,
            created_at: now,
            certifications: BTreeMap::from([("backend".into(), 2)]),
            leaves_at: None,
            version: 0,
        };
        let availability = Availability {
            id: self.ids.fresh(),
            interviewer_id: interviewer.id,
            times: AvailabilityTimes::Rule {
                rrule: "FREQ=DAILY".parse().expect("a rule"),
                first_day: "2025-12-01".parse().expect("a date"),
                local_start: "09:00:00".parse().expect("a time"),
                duration_minutes: 720,
                exceptions: BTreeSet::new(),
            },
            note: None,
            created_at: now,
            version: 0,
        };
        self.put(&interviewer).await;
        self.put(&InterviewerSchedule { id: interviewer.id, confirmed_total: 0, version: 0 }).await;
        self.put(&availability).await;
        self.get(interviewer.id).await
    }

    /// Fires what is due and runs what is ready, until nothing is left to do now.
    ///
    /// # Panics
    /// When a timer's handler fails, a job dies, or it never comes to rest.
    pub async fn drain(&self) {
        for _ in 0..1000 {
            let fired = self.hdip.fire_due(100).await.expect("timers are read");
            assert!(fired.failed.is_empty(), "a timer failed: {:?}", fired.failed);
            let jobs = self.hdip.claim_jobs(50).await.expect("jobs are claimed");
            if jobs.is_empty() && fired.fired == 0 {
                return;
            }
            for job in jobs {
                let report = self.hdip.run_job(&job).await.expect("the end is recorded");
                assert!(!matches!(report, JobReport::Dead { .. }), "{} died: {report:?}", job.cause);
            }
        }
        panic!("work never comes to rest");
    }

    /// Moves the clock to `to`, stopping at everything that falls due on the way.
    pub async fn run_until(&self, to: Timestamp) {
        self.drain().await;
        while let Some(due) = self.storage.next_due().await.expect("storage answers") {
            if due > to {
                break;
            }
            self.clock.set(due.max(self.clock.now()));
            self.drain().await;
        }
        self.clock.set(to);
        self.drain().await;
    }

    /// Moves the clock by `by`, stopping at everything that falls due on the way.
    pub async fn run_for(&self, by: Duration) {
        self.run_until(self.clock.now() + by).await;
    }
}

/// An address.
///
/// # Panics
/// If the text is none.
pub fn email(text: &str) -> Email {
    text.parse().expect("an address")
}

/// A zone.
///
/// # Panics
/// If the name is unknown.
pub fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn user(
    ids: &SeededIds,
    now: Timestamp,
    role: Role,
    client: Option<ClientId>,
    name: &str,
    address: &str,
    locale: &Locale,
) -> User {
    User {
        id: ids.fresh(),
        client_id: client,
        interviewer_id: None,
        agency_id: None,
        role,
        name: name.into(),
        email: email(address),
        email_key: address.into(),
        password_hash: None,
        status: UserStatus::Active,
        zone: zone("Asia/Kolkata"),
        locale: locale.clone(),
        assigned_jobs_only: false,
        created_at: now,
        version: 0,
    }
}

/// A name as the local part of an address.
fn slug(name: &str) -> String {
    let dotted: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    dotted.split('.').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}
