//! The demo: two clients, six jobs, forty candidates in every state, sixty interviewers in six time zones.
//!
//! It is made by the use cases themselves, on a clock that starts a week ago and is moved to now: what lies
//! in the past really happened, with its mails, charges and earnings. Development only.

use hdip_core::access::{Actor, LinkPurpose, Role, User, UserActor, UserStatus};
use hdip_core::clients::*;
use hdip_core::hiring::*;
use hdip_core::interviewers::*;
use hdip_core::ports::storage::{Changes, CommitError, Entity, InterviewFilter, Page, RecordsExt};
use hdip_core::ports::{Clock, Ids, IdsExt, PortError, Secrets};
use hdip_core::scheduling::*;
use hdip_core::values::*;
use hdip_core::{Ctx, Error, Hdip, HdipBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Password of every demo user.
pub const PASSWORD: &str = "demo-password";

/// What `seed` made, to print.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// (who, e-mail)
    pub sign_ins: Vec<(&'static str, String)>,
    /// (what it opens, address)
    pub links: Vec<(&'static str, String)>,
}

/// A clock that is moved.
#[derive(Debug)]
struct SeedClock(Mutex<Timestamp>);

impl SeedClock {
    fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SeedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids that begin with the clock's milliseconds, as UUIDv7 does: lists are sorted by id, and what the demo
/// did last week must not look newer than what is done today.
#[derive(Debug)]
struct SeedIds {
    clock: Arc<SeedClock>,
    count: Mutex<u64>,
}

impl Ids for SeedIds {
    fn next(&self) -> u128 {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let millis = self.clock.now().timestamp_millis().unsigned_abs();
        u128::from(millis) << 80 | 7 << 76 | 2 << 62 | u128::from(*count)
    }
}

struct Seeder {
    hdip: Hdip,
    clock: Arc<SeedClock>,
    ids: Arc<SeedIds>,
    password_hash: String,
}

const ZONES: [(&str, &str, Currency); 6] = [
    ("Asia/Kolkata", "IN", Currency::Inr),
    ("Europe/Berlin", "DE", Currency::Usd),
    ("America/New_York", "US", Currency::Usd),
    ("Asia/Singapore", "SG", Currency::Usd),
    ("Australia/Sydney", "AU", Currency::Usd),
    ("America/Sao_Paulo", "BR", Currency::Usd),
];

const FIRST: [&str; 20] = [
    "Asha", "Ravi", "Lena", "Noor", "Mateo", "Ines", "Kiran", "Priya", "Jonas", "Mei", "Arjun", "Sofia",
    "Omar", "Hana", "Diego", "Zoë", "Vikram", "Anika", "Tomás", "Leila",
];
const LAST: [&str; 20] = [
    "Rao", "Iyer", "Schmidt", "Haddad", "Silva", "Novak", "Sharma", "Menon", "Weber", "Tan", "Kapoor",
    "Rossi", "Farouk", "Sato", "Lopez", "Müller", "Nair", "Bose", "Oliveira", "Karimi",
];

/// Specialisation, skills, title.
const JOBS: [(&str, &[&str], &str); 6] = [
    ("backend", &["rust", "postgresql"], "Backend Engineer"),
    ("frontend", &["typescript", "react"], "Frontend Engineer"),
    ("data_engineering", &["python", "spark"], "Data Engineer"),
    ("backend", &["go", "postgresql"], "Payments Engineer"),
    ("devops", &["kubernetes", "terraform"], "Platform Engineer"),
    ("mobile", &["kotlin", "swift"], "Mobile Engineer"),
];

/// Makes the demo, or does nothing (`None`) in a database that has users already.
///
/// # Errors
/// What the use cases answer; the database may then hold a part of the demo.
pub async fn seed(ports: HdipBuilder, now: Timestamp) -> Result<Option<Seeded>, Error> {
    if ports.storage.any_user().await? {
        return Ok(None);
    }
    let secrets: Arc<dyn Secrets> = ports.secrets.clone();
    let begin = now - days(7);
    let clock = Arc::new(SeedClock(Mutex::new(begin)));
    let ids = Arc::new(SeedIds { clock: clock.clone(), count: Mutex::new(0) });
    let hdip = HdipBuilder { clock: clock.clone(), ids: ids.clone(), ..ports }.build();
    let password_hash = secrets.hash_password(PASSWORD).await?;
    Seeder { hdip, clock, ids, password_hash }.run(begin, now).await.map(Some)
}

impl Seeder {
    async fn run(&self, begin: Timestamp, now: Timestamp) -> Result<Seeded, Error> {
        let admin =
            self.user(Role::PlatformAdmin, None, "Mira Shah", "admin@hdip.example", "Asia/Kolkata").await?;
        let acme = self.client(&admin, "Acme Retail", "IN", "Asia/Kolkata", Currency::Inr, 2).await?;
        let northwind =
            self.client(&admin, "Northwind Labs", "US", "America/New_York", Currency::Usd, 3).await?;
        let mut recruiters = Vec::new();
        for (client, domain, zone) in
            [(&acme, "acme", "Asia/Kolkata"), (&northwind, "northwind", "America/New_York")]
        {
            let address = |who: &str| format!("{who}@{domain}.example");
            self.user(Role::ClientOwner, Some(client.id), "Olivia Owner", &address("owner"), zone).await?;
            self.user(Role::ClientAdmin, Some(client.id), "Adam Admin", &address("admin"), zone).await?;
            recruiters.push(
                self.user(
                    Role::ClientRecruiter,
                    Some(client.id),
                    "Rita Recruiter",
                    &address("recruiter"),
                    zone,
                )
                .await?,
            );
        }
        self.pay_tables().await?;
        let interviewers = self.interviewers(begin).await?;
        let operator = self.hdip.ctx(Actor::System);
        let mut jobs = Vec::new();
        for (index, (specialisation, skills, title)) in JOBS.iter().enumerate() {
            let side = usize::from(index >= 3);
            let recruiter = &recruiters[side];
            let fields = JobFields {
                title: (*title).into(),
                external_id: Some(format!("REQ-{}", 1001 + index)),
                department: Some("Engineering".into()),
                hiring_manager: None,
                recruiters: vec![recruiter.id],
                experience_min_months: 24,
                experience_max_months: 144,
                positions: 2,
                specialisation: (*specialisation).into(),
                mandatory_skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
                description: format!(
                    "As our {title} you own a service end to end, from design to the on-call pager.\nWe work in small teams and write things down."
                ),
                zone: None,
                diversity_hiring: false,
                recommended_score: None,
            };
            let round = |name: &str, duration_minutes, guidelines: &str| NewRound {
                name: name.into(),
                duration_minutes,
                guidelines: guidelines.into(),
            };
            let new = CreateJob {
                client: Some([&acme, &northwind][side].id),
                job: fields,
                rounds: vec![
                    round("Technical", 60, "Start with a small design question, then read code together."),
                    round("Deep dive", 90, "Let the candidate choose the hardest thing built so far."),
                ],
            };
            jobs.push((self.hdip.create_job(&operator, new).await?.output.job_id, recruiter.id, side));
        }
        let applications = self.applications(&jobs).await?;
        self.history(&admin, &applications, begin, now).await?;
        self.links(&applications, &interviewers).await
    }

    async fn put<E: Entity>(&self, entity: &E) -> Result<(), Error> {
        let mut changes = Changes::new();
        changes.insert(entity);
        self.hdip.storage().commit(changes).await.map_err(|e| match e {
            CommitError::Port(e) => e.into(),
            other => {
                PortError::new(hdip_core::ports::PortErrorKind::Other, "storage", "seed", other.to_string())
                    .into()
            }
        })
    }

    async fn user(
        &self,
        role: Role,
        client: Option<ClientId>,
        name: &str,
        address: &str,
        zone_name: &str,
    ) -> Result<User, Error> {
        let email = email(address)?;
        let user = User {
            id: self.ids.fresh(),
            client_id: client,
            interviewer_id: None,
            agency_id: None,
            role,
            name: name.into(),
            email_key: email.key(),
            email,
            password_hash: Some(self.password_hash.clone()),
            status: UserStatus::Active,
            zone: zone(zone_name)?,
            locale: Locale::default(),
            assigned_jobs_only: false,
            created_at: self.clock.now(),
            version: 0,
        };
        self.put(&user).await?;
        Ok(user)
    }

    async fn client(
        &self,
        manager: &User,
        brand: &str,
        country: &str,
        zone_name: &str,
        currency: Currency,
        level: u8,
    ) -> Result<Client, Error> {
        let client = Client {
            id: self.ids.fresh(),
            legal_name: format!("{brand} {}", if country == "IN" { "Private Limited" } else { "Inc." }),
            brand: brand.into(),
            country: country.into(),
            level,
            zone: zone(zone_name)?,
            locale: Locale::default(),
            currency,
            status: ClientStatus::Active,
            status_reason: None,
            status_at: self.clock.now(),
            signed_on: Some(self.clock.now().date_naive()),
            domain: Some(format!("{}.example", brand.to_lowercase().split(' ').next().unwrap_or_default())),
            gstin: (country == "IN").then(|| "29AAACA0000A1ZU".into()),
            pan: (country == "IN").then(|| "AAACA0000A".into()),
            address: (country == "IN").then(|| RegisteredAddress {
                line1: "12 Residency Road".into(),
                line2: None,
                city: "Bengaluru".into(),
                state: Some("Karnataka".into()),
                postal_code: Some("560025".into()),
            }),
            billing_mode: BillingMode::Postpaid,
            free_interviews: 2,
            logo_file_id: None,
            logo_type: None,
            account_manager_id: manager.id,
            blocked_interviewers: BTreeSet::new(),
            candidate_may_reschedule: true,
            agencies_see_results: true,
            created_at: self.clock.now(),
            version: 0,
        };
        self.put(&client).await?;
        let prices_minor = match currency {
            Currency::Inr => [250_000, 300_000, 320_000, 360_000, 450_000],
            _ => [10_000, 12_000, 12_800, 14_400, 18_000],
        };
        let effective_from = self.clock.now().date_naive() - days(30);
        let (id, created_at) = (self.ids.fresh(), self.clock.now());
        self.put(&Agreement {
            id,
            client_id: client.id,
            currency,
            prices_minor,
            effective_from,
            created_at,
            version: 0,
        })
        .await?;
        Ok(client)
    }

    async fn pay_tables(&self) -> Result<(), Error> {
        let effective_from = self.clock.now().date_naive() - days(30);
        for (currency, pay_minor, late_minor) in [
            (Currency::Inr, [140_000, 180_000, 220_000, 250_000], 40_000),
            (Currency::Usd, [2_500, 3_200, 3_900, 4_500], 800),
        ] {
            let (id, created_at) = (self.ids.fresh(), self.clock.now());
            self.put(&PayTable {
                id,
                currency,
                pay_minor,
                late_minor,
                effective_from,
                created_at,
                version: 0,
            })
            .await?;
        }
        Ok(())
    }

    async fn interviewers(&self, begin: Timestamp) -> Result<Vec<Interviewer>, Error> {
        let mut all = Vec::new();
        for index in 0..60 {
            let (zone_name, country, pay_currency) = ZONES[index % ZONES.len()];
            // Zone and specialisation walk at different steps, so that each meets each.
            let (specialisation, skills, _) = JOBS[(index / 2) % JOBS.len()];
            let name = format!("{} {}", FIRST[index % 20], LAST[(index * 7 + index / 20) % 20]);
            let address = email(&format!("interviewer{:02}@hdip.example", index + 1))?;
            let level = 1 + u8::from(index % 4 != 0) + u8::from(index % 3 == 0 && index % 4 != 0);
            let interviewer = Interviewer {
                id: self.ids.fresh(),
                name: name.clone(),
                email_key: address.key(),
                email: address.clone(),
                phone: None,
                country: country.into(),
                zone: zone(zone_name)?,
                locale: Locale::default(),
                level,
                status: if index % 15 == 14 {
                    InterviewerStatus::Mentor
                } else {
                    InterviewerStatus::Certified
                },
                specialisations: BTreeSet::from([specialisation.to_owned()]),
                skills: skills.iter().map(|skill| skill_key(skill)).collect(),
                experience_months: 120 + (index as u32 * 13) % 120,
                current_company: Some(
                    ["Globex", "Initech", "Umbrella", "Hooli", "Stark Industries"][index % 5].into(),
                ),
                previous_companies: vec!["Wayne Enterprises".into()],
                designation: Some(
                    ["Staff Engineer", "Principal Engineer", "Engineering Manager"][index % 3].into(),
                ),
                weekly_cap: 8,
                minimum_gap_minutes: 30,
                pay_currency,
                rating_hundredths: (index % 3 == 0).then_some(380 + (index as u32 * 7) % 120),
                ratings: if index % 3 == 0 { 12 } else { 0 },
                created_at: self.clock.now(),
                certifications: BTreeMap::from([(specialisation.to_owned(), level)]),
                leaves_at: None,
                version: 0,
            };
            self.put(&interviewer).await?;
            self.put(&InterviewerSchedule { id: interviewer.id, confirmed_total: 0, version: 0 }).await?;
            // Half keep office hours, half are to be had mornings, evenings and on Saturdays.
            let rules: &[(&str, &str, u32)] = if index % 2 == 0 {
                &[("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "09:30:00", 510)]
            } else {
                &[
                    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "07:00:00", 150),
                    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "18:00:00", 240),
                    ("FREQ=WEEKLY;BYDAY=SA", "10:00:00", 360),
                ]
            };
            for (rrule, local_start, duration_minutes) in rules {
                let times = AvailabilityTimes::Rule {
                    rrule: rrule.parse().map_err(|e: String| Error::field("rrule", "invalid_rule", e))?,
                    first_day: begin.date_naive() - days(7),
                    local_start: local_start.parse().unwrap_or_default(),
                    duration_minutes: *duration_minutes,
                    exceptions: BTreeSet::new(),
                };
                let (id, created_at) = (self.ids.fresh(), self.clock.now());
                self.put(&Availability {
                    id,
                    interviewer_id: interviewer.id,
                    times,
                    note: None,
                    created_at,
                    version: 0,
                })
                .await?;
            }
            let mut user = User {
                id: self.ids.fresh(),
                client_id: None,
                interviewer_id: Some(interviewer.id),
                agency_id: None,
                role: Role::Interviewer,
                name,
                email_key: address.key(),
                email: address,
                password_hash: Some(self.password_hash.clone()),
                status: UserStatus::Active,
                zone: interviewer.zone,
                locale: Locale::default(),
                assigned_jobs_only: false,
                created_at: self.clock.now(),
                version: 0,
            };
            user.name = interviewer.name.clone();
            self.put(&user).await?;
            all.push(interviewer);
        }
        Ok(all)
    }

    async fn applications(&self, jobs: &[(JobId, UserId, usize)]) -> Result<Vec<ApplicationId>, Error> {
        let operator = self.hdip.ctx(Actor::System);
        let mut all = Vec::new();
        for index in 0..40usize {
            let (job, recruiter, side) = jobs[index % jobs.len()];
            let zones = if side == 0 {
                ["Asia/Kolkata", "Asia/Dubai"]
            } else {
                ["America/New_York", "Europe/London"]
            };
            let (first, last) = (FIRST[(index * 3 + 1) % 20], LAST[(index * 11 + 5 + index / 20) % 20]);
            let person = CandidateFields {
                name: format!("{first} {last}"),
                email: format!("candidate{:02}@mail.example", index + 1),
                phone: Some(format!("+9198765{:05}", 43_210 + index)),
                experience_months: 30 + (index as u32 * 17) % 70,
                current_company: Some(["Soylent", "Vandelay", "Pied Piper", "Tyrell"][index % 4].into()),
                designation: Some("Software Engineer".into()),
                zone: Some(zones[index % 2].into()),
                locale: None,
                gender: None,
            };
            let new = SubmitCandidate {
                job,
                person,
                ats_reference: (index % 3 == 0).then(|| format!("ATS-{}", 5000 + index)),
                remark: None,
                recruiter: Some(recruiter),
            };
            all.push(self.hdip.submit_candidate(&operator, new).await?.output.application_id);
        }
        Ok(all)
    }

    /// A week in the life of the demo.
    async fn history(
        &self,
        admin: &User,
        applications: &[ApplicationId],
        begin: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let sign_in = self.ids.fresh();
        let operator = || {
            self.hdip.ctx(Actor::User(UserActor {
                id: admin.id,
                sign_in,
                role: admin.role,
                client: None,
                agency: None,
                interviewer: None,
                jobs: None,
            }))
        };
        // Ten were interviewed, three came to nothing on the day, two were called off.
        for (index, application) in applications[..15].iter().enumerate() {
            self.run_until(begin + hours(2 * index as i64)).await?;
            let Some(interview) = self.request_soon(*application).await? else { continue };
            self.drain().await?;
            self.accept_one(interview).await?;
            if index >= 13 {
                let cancel = Cancel { reason: Some("position changed".into()), late_ok: false };
                self.hdip.cancel_interview(&operator(), interview, cancel).await?;
            }
        }
        // The operator closes each the day after, before the feedback clock runs out.
        for day in 2..=5 {
            self.run_until(begin + days(day)).await?;
            for (index, application) in applications[..13].iter().enumerate() {
                let Some(interview) = self.newest(*application).await? else { continue };
                if interview.state != InterviewState::AwaitingFeedback {
                    continue;
                }
                let closing = match index {
                    10 | 11 => Closing::CandidateNoShow,
                    12 => Closing::InterviewerNoShow,
                    _ => Closing::Completed,
                };
                self.hdip
                    .close_interview(&operator(), interview.id, closing, "scorecard received by mail")
                    .await?;
            }
        }
        // One was asked for at a time nobody took.
        if let Some(lonely) = applications.get(15) {
            self.request_soon(*lonely).await?;
        }
        self.run_until(now - hours(20)).await?;
        // Eight are confirmed for the days to come, four are looking for an interviewer, four have a link.
        for application in &applications[16..24] {
            if let Some(interview) = self.request_late(*application).await? {
                self.drain().await?;
                self.accept_one(interview).await?;
            }
        }
        self.run_until(now).await?;
        for application in &applications[24..28] {
            self.request_late(*application).await?;
        }
        for application in &applications[28..32] {
            self.hdip.send_scheduling_link(&operator(), *application).await?;
        }
        self.drain().await
    }

    async fn request_soon(&self, application: ApplicationId) -> Result<Option<InterviewId>, Error> {
        self.request(application, 0).await
    }

    async fn request_late(&self, application: ApplicationId) -> Result<Option<InterviewId>, Error> {
        self.request(application, 48).await
    }

    /// Requests the first offered start at least that many hours from now.
    async fn request(
        &self,
        application: ApplicationId,
        ahead_hours: i64,
    ) -> Result<Option<InterviewId>, Error> {
        let ctx = self.hdip.ctx(Actor::System);
        let offer = self.hdip.slots(&ctx, application, Some(ctx.now + hours(ahead_hours)), None).await?;
        let Some(start) = offer.starts.iter().find(|start| !start.odd_hour) else { return Ok(None) };
        let pick = Pick { start: start.start, odd_hours_ok: false };
        let request = RequestInterview { application, start: StartChoice::Picked(pick), consents: None };
        Ok(Some(self.hdip.request_interview(&ctx, request).await?.output.interview_id))
    }

    /// The first of the invited accepts, by the link in its mail.
    async fn accept_one(&self, interview: InterviewId) -> Result<(), Error> {
        let invitations = self.hdip.storage().invitations(interview).await?;
        let Some(invitation) = invitations.first() else { return Ok(()) };
        let ctx = self.by_link(LinkPurpose::Invitation, invitation.id, invitation.interviewer_id).await?;
        if let Some(ctx) = ctx {
            self.hdip.accept_invitation(&ctx, invitation.id).await?;
        }
        self.drain().await
    }

    async fn by_link(
        &self,
        purpose: LinkPurpose,
        subject: impl ToString,
        party: impl ToString,
    ) -> Result<Option<Ctx>, Error> {
        match self.link(purpose, subject, party).await? {
            Some(link) => Ok(Some(self.hdip.ctx(self.hdip.open_link(&self.hdip.link_token(&link)).await?))),
            None => Ok(None),
        }
    }

    async fn link(
        &self,
        purpose: LinkPurpose,
        subject: impl ToString,
        party: impl ToString,
    ) -> Result<Option<hdip_core::access::Link>, Error> {
        let key = format!("{}:{}:{}", purpose.as_str(), subject.to_string(), party.to_string());
        Ok(self.hdip.storage().link_by_key(&key).await?)
    }

    async fn newest(&self, application: ApplicationId) -> Result<Option<Interview>, Error> {
        let filter = InterviewFilter { application: Some(application), ..Default::default() };
        let scope = hdip_core::access::Scope::Operator;
        Ok(self.hdip.storage().interviews(&scope, &filter, &Page::first(1)).await?.into_iter().next())
    }

    async fn drain(&self) -> Result<(), Error> {
        loop {
            let fired = self.hdip.fire_due(100).await?;
            if let Some((_, error)) = fired.failed.into_iter().next() {
                return Err(error);
            }
            let jobs = self.hdip.claim_jobs(50).await?;
            if jobs.is_empty() && fired.fired == 0 {
                return Ok(());
            }
            for job in jobs {
                self.hdip.run_job(&job).await?;
            }
        }
    }

    async fn run_until(&self, to: Timestamp) -> Result<(), Error> {
        self.drain().await?;
        while let Some(due) = self.hdip.storage().next_due().await?.filter(|due| *due <= to) {
            self.clock.set(due.max(self.clock.now()));
            self.drain().await?;
        }
        self.clock.set(to.max(self.clock.now()));
        self.drain().await
    }

    async fn links(
        &self,
        applications: &[ApplicationId],
        interviewers: &[Interviewer],
    ) -> Result<Seeded, Error> {
        let mut links = Vec::new();
        for application in &applications[28..29] {
            let row: Application = self.hdip.storage().get(application).await?;
            if let Some(link) = self.link(LinkPurpose::Schedule, application, row.candidate_id).await? {
                links.push(("a candidate picks a time", self.hdip.link_url(&link)));
            }
        }
        if let Some(interview) = self.newest(applications[24]).await?
            && let Some(invitation) = self.hdip.storage().invitations(interview.id).await?.first()
            && let Some(link) =
                self.link(LinkPurpose::Invitation, invitation.id, invitation.interviewer_id).await?
        {
            links.push(("an interviewer answers", self.hdip.link_url(&link)));
        }
        if let Some(interview) = self.newest(applications[16]).await?
            && let Some(link) =
                self.link(LinkPurpose::CandidateInterview, interview.id, interview.candidate_id).await?
        {
            links.push(("a candidate changes a confirmed interview", self.hdip.link_url(&link)));
        }
        let sign_ins = vec![
            ("operator (platform admin)", "admin@hdip.example".to_owned()),
            ("client owner, sees amounts", "owner@acme.example".to_owned()),
            ("client recruiter", "recruiter@acme.example".to_owned()),
            ("another client's owner", "owner@northwind.example".to_owned()),
            ("interviewer", interviewers[0].email.to_string()),
        ];
        Ok(Seeded { sign_ins, links })
    }
}

fn email(text: &str) -> Result<Email, Error> {
    text.parse().map_err(|e: String| Error::field("email", "invalid_email", e))
}

fn zone(name: &str) -> Result<Zone, Error> {
    name.parse().map_err(|e: String| Error::field("zone", "unknown_zone", e))
}
