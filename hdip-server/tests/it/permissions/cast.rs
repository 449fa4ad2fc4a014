//! Who tries, and what on: two clients with one of each thing, an agency of the first with its own, and
//! everybody who may ask.

use super::around::{self, KeptFiles};
use super::people::{give_feedback, keys, links, people};
use crate::stage::Stage;
use hdip_core::access::{Role, User};
use hdip_core::clients::{Agreement, Client};
use hdip_core::feedback::{
    AskedQuestion, COMMUNICATION, EvaluationFeedback, Grade, Recommendation, ScorecardBody, SkillFeedback,
};
use hdip_core::hiring::{Application, ApplicationStatus, Candidate, Job, JobStatus, Round, Source};
use hdip_core::interviewers::{Interviewer, InterviewerStatus};
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::{Changes, Finish, FinishAs, NewJob};
use hdip_core::scheduling::{Absent, Pick, RequestInterview, StartChoice};
use hdip_core::testkit::{MemoryStorage, Snapshot, World, email};
use hdip_core::values::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tuesday 14:00 in Kolkata.
pub const NOW: &str = "2026-01-06T08:30:00Z";
pub const PASSWORD: &str = "correct horse";
/// The firm whose candidates the agency's set holds.
const FIRM: &str = "talentworks";

/// Things by name.
pub type Things = BTreeMap<String, String>;

/// Somebody who asks.
pub struct Person {
    /// Column of the table.
    pub name: &'static str,
    /// What stands behind `Bearer`.
    pub bearer: Option<String>,
    /// Which set is its own.
    pub own: &'static str,
    /// The operator's staff sees all tenants.
    pub operator: bool,
    /// Things that are this person's only.
    pub things: Things,
}

/// The whole staged world.
pub struct Cast {
    pub stage: Stage,
    storage: Arc<MemoryStorage>,
    snapshot: Snapshot,
    /// `a`, `agency` (of a) and `b`.
    pub sets: BTreeMap<&'static str, Things>,
    pub people: Vec<Person>,
    /// Keys with one scope each.
    pub keys: Vec<Person>,
    /// Links, of the first client.
    pub links: Vec<Person>,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

impl Cast {
    /// Everything as it was staged.
    pub fn again(&self) {
        self.storage.restore(&self.snapshot);
        self.stage.at(NOW);
    }

    pub async fn new() -> Self {
        let storage = Arc::new(MemoryStorage::new());
        let stage = Stage::over_memory(storage.clone(), Arc::new(KeptFiles::default())).await;
        let mut sets = stage_all(&stage).await;
        stage.at(NOW);
        let dead = dead_job(&stage).await;
        for things in sets.values_mut() {
            things.insert("background_job".into(), dead.clone());
        }
        let mut people = people(&stage, &sets).await;
        let feedback = give_feedback(&stage, people[2].bearer.as_deref().expect("the owner's")).await;
        sets.get_mut("a").expect("a").insert("product_feedback".into(), feedback.clone());
        sets.get_mut("agency").expect("agency").insert("product_feedback".into(), feedback);
        let stranger: User = stage.world.get(&sets["b"]["owner"]).await;
        let feedback = give_feedback(&stage, &stage.token(&stranger).await).await;
        sets.get_mut("b").expect("b").insert("product_feedback".into(), feedback);
        let links = links(&stage, &sets["a"]).await;
        let of = |purpose: &str| {
            links.iter().find(|l| l.name == purpose).and_then(|l| l.things.get("link")).cloned()
        };
        for (name, purpose) in
            [("candidate link", "candidate_interview"), ("interviewer link", "interviewer_interview")]
        {
            people.push(person(name, of(purpose), "a"));
        }
        people.push(person("anonymous", None, "a"));
        people.push(person("wrong token", Some("eyJhbGciOiJIUzI1NiJ9.e30.x".into()), "a"));
        let keys = keys(&stage, &sets["a"]).await;
        stage.drain().await;
        let snapshot = storage.snapshot();
        Self { stage, storage, snapshot, sets, people, keys, links }
    }
}

pub fn person(name: &'static str, bearer: Option<String>, own: &'static str) -> Person {
    let things = Things::from([
        ("email".into(), "nobody@users.example".into()),
        ("refresh_token".into(), "sign_00000000000000000000000001.1.0".into()),
        ("sign_in".into(), "sign_00000000000000000000000001".into()),
    ]);
    Person { name, bearer, own, operator: false, things }
}

/// A view of the stage's world for another client.
fn world_of(world: &World, client: Client, owner: User) -> World {
    World {
        hdip: world.hdip.clone(),
        clock: world.clock.clone(),
        mail: world.mail.clone(),
        video: world.video.clone(),
        files: world.files.clone(),
        storage: world.storage.clone(),
        ids: world.ids.clone(),
        manager: world.manager.clone(),
        client,
        owner,
        locale: world.locale.clone(),
    }
}

pub async fn user(
    world: &World,
    role: Role,
    client: Option<ClientId>,
    name: &str,
    hash: Option<&str>,
) -> User {
    let address = format!("{}@users.example", name.to_lowercase().replace(' ', "."));
    let user = User {
        id: world.ids.fresh(),
        client_id: client,
        role,
        name: name.into(),
        email: email(&address),
        email_key: address,
        password_hash: hash.map(str::to_owned),
        version: 0,
        ..world.owner.clone()
    };
    world.put(&user).await;
    world.get(user.id).await
}

/// The sets, at the time of [`NOW`].
async fn stage_all(stage: &Stage) -> BTreeMap<&'static str, Things> {
    let world = &stage.world;
    // A hash of the password, made by the server's own hands.
    let made = json!({"email": "pia@users.example", "name": "Pia", "role": "client_recruiter", "password": PASSWORD});
    let id = stage.post(&world.owner, "/v1/users", made).await.is(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let hash = world.get::<User>(id).await.password_hash.expect("a password");
    let mut owner = world.owner.clone();
    owner.password_hash = Some(hash.clone());
    world.put(&owner).await;
    let mut manager = world.manager.clone();
    manager.password_hash = Some(hash.clone());
    world.put(&manager).await;

    let zenith = Client {
        id: world.ids.fresh(),
        legal_name: "Zenith Private Limited".into(),
        brand: "Zenith".into(),
        version: 0,
        ..world.client.clone()
    };
    world.put(&zenith).await;
    let agreements = world.storage.agreements(world.client.id).await.expect("agreements");
    world
        .put(&Agreement { id: world.ids.fresh(), client_id: zenith.id, version: 0, ..agreements[0].clone() })
        .await;
    let zara = user(world, Role::ClientOwner, Some(zenith.id), "Zara", Some(&hash)).await;
    let a = world_of(world, world.client.clone(), world.get(world.owner.id).await);
    let b = world_of(world, world.get(zenith.id).await, zara);

    let moderator = user(world, Role::PlatformModerator, None, "Moritz", Some(&hash)).await;
    let mut sets = Vec::new();
    for (name, world) in [("a", &a), ("b", &b)] {
        let (mut job, round) = world.job().await;
        let firm = world.agency(FIRM).await;
        sets.push((name, "agency".into(), firm.id.to_string()));
        // The agency and the recruiter limited to jobs are on it.
        for (key, role, limited) in [
            ("admin", Role::ClientAdmin, false),
            ("recruiter", Role::ClientRecruiter, false),
            ("recruiter_on_job", Role::ClientRecruiter, true),
            ("recruiter_elsewhere", Role::ClientRecruiter, true),
            ("agency_user", Role::AgencyUser, false),
        ] {
            let called = format!("{name} {}", key.replace('_', " "));
            let mut user = user(world, role, Some(world.client.id), &called, Some(&hash)).await;
            user.assigned_jobs_only = limited;
            user.agency_id = (role == Role::AgencyUser).then_some(firm.id);
            world.put(&user).await;
            if matches!(key, "recruiter_on_job" | "agency_user") {
                job.recruiter_ids.insert(user.id);
            }
            sets.push((name, key.to_owned(), user.id.to_string()));
        }
        world.put(&job).await;
        let called = format!("{name} spare");
        let spare = user(world, Role::ClientRecruiter, Some(world.client.id), &called, None).await;
        sets.push((name, "user_spare".into(), spare.id.to_string()));
        let archived = Job {
            id: world.ids.fresh(),
            status: JobStatus::Archived,
            version: 0,
            ..world.get::<Job>(job.id).await
        };
        world.put(&archived).await;
        sets.push((name, "job_archived".into(), archived.id.to_string()));
        sets.push((name, "job".into(), job.id.to_string()));
        sets.push((name, "round".into(), round.id.to_string()));
        sets.push((name, "client".into(), world.client.id.to_string()));
        sets.push((name, "owner".into(), world.owner.id.to_string()));
        sets.push((name, "staff".into(), world.manager.id.to_string()));
        sets.push((name, "other_staff".into(), moderator.id.to_string()));
        let around = around::of_client(stage, world, if name == "a" { 1 } else { 3 }).await;
        sets.extend(around.into_iter().map(|(key, id)| (name, key, id)));
    }
    let mut things: BTreeMap<&str, Things> = BTreeMap::new();
    for (set, key, id) in sets {
        things.entry(set).or_default().insert(key, id);
    }
    for set in ["a", "b"] {
        let own = things.get_mut(set).expect("a set");
        own.insert("user".into(), own["recruiter"].clone());
        own.insert("user_invited".into(), own["user_spare"].clone());
    }
    things.insert("agency", things["a"].clone());

    let mut casts = Vec::new();
    for (set, world) in [("a", &a), ("agency", &a), ("b", &b)] {
        let round: Round = world.get(&things[set]["round"]).await;
        casts.push(Staged::begin(set, world, &round, things[set]["agency"].parse().ok()).await);
    }
    world.run_until(at("2026-01-06T05:05:00Z")).await;
    for cast in &casts {
        cast.file(stage).await;
    }
    world.run_until(at("2026-01-06T06:56:00Z")).await;
    for cast in &casts {
        cast.report(&stage.world).await;
    }
    world.run_until(at(NOW)).await;
    for cast in casts {
        let set = cast.set;
        let own = if set == "b" { &b } else { &a };
        let (number, all) = (cast.number, things.get_mut(set).expect("a set"));
        all.extend(cast.end(stage, own).await);
        let ladder = around::ladder(stage, own, set, number, all).await;
        all.extend(ladder);
    }
    let lena = world.interviewer("Lena", "Europe/Berlin").await;
    for own in things.values_mut() {
        own.insert("other_interviewer".into(), lena.id.to_string());
    }
    things
}

/// The hiring and scheduling things of a set.
struct Staged {
    set: &'static str,
    number: usize,
    interviewer: Interviewer,
    things: Things,
    open: Application,
}

impl Staged {
    /// Monday: candidates, an interviewer, and interviews for Tuesday.
    async fn begin(set: &'static str, world: &World, round: &Round, firm: Option<AgencyId>) -> Self {
        let number = match set {
            "a" => 1,
            "agency" => 2,
            _ => 3,
        };
        let mut interviewer = world.interviewer(&format!("{set} Ravi"), "Asia/Kolkata").await;
        interviewer.status = InterviewerStatus::Mentor;
        interviewer.phone = Some(format!("+91876540000{number}").parse().expect("a phone"));
        world.put(&interviewer).await;
        let interviewer: Interviewer = world.get(interviewer.id).await;
        let availability = world.storage.availability(interviewer.id).await.expect("availability");
        let mut things = Things::from([
            ("interviewer".into(), interviewer.id.to_string()),
            ("availability".into(), availability[0].id.to_string()),
        ]);
        let mut applications = BTreeMap::new();
        for (place, name) in
            ["Free", "Held", "Done", "Ended", "Running", "Sure", "Open", "Away"].into_iter().enumerate()
        {
            let mut made = world.application(round, &format!("{set} {name}"), "Asia/Kolkata").await;
            let mut person: Candidate = world.get(made.candidate_id).await;
            person.phone = Some(format!("+91987650{number}0{place}0").parse().expect("a phone"));
            if set == "agency" {
                person.agency_id = firm;
                made.agency_id = firm;
                made.source = Source::Agency;
            }
            if name == "Held" {
                made.status = ApplicationStatus::OnHold;
                made.held_from = Some(ApplicationStatus::ToSchedule);
            }
            world.put(&person).await;
            world.put(&made).await;
            applications.insert(name, world.get::<Application>(made.id).await);
        }
        things.insert("application".into(), applications["Free"].id.to_string());
        things.insert("candidate".into(), applications["Free"].candidate_id.to_string());
        things.insert("application_on_hold".into(), applications["Held"].id.to_string());
        things.insert("application_decision_due".into(), applications["Done"].id.to_string());
        for (name, key, start) in [
            ("Done", "interview_completed", "2026-01-06T04:00:00Z"),
            ("Ended", "interview_ended", "2026-01-06T05:30:00Z"),
            ("Away", "interview_no_show", "2026-01-06T06:45:00Z"),
            ("Running", "interview_running", "2026-01-06T08:00:00Z"),
            ("Sure", "interview", "2026-01-06T14:00:00Z"),
        ] {
            // The notice of a request is hours: made in the morning before.
            let id = request(world, &applications[name], at(start)).await;
            let invitations = world.storage.invitations(id).await.expect("invitations");
            let own = invitations.iter().find(|i| i.interviewer_id == interviewer.id).expect("was invited");
            let ctx = world.as_interviewer(interviewer.id);
            world.hdip.accept_invitation(&ctx, own.id).await.expect("it is free");
            world.drain().await;
            things.insert(key.into(), id.to_string());
        }
        Self { set, number, interviewer, things, open: applications["Open"].clone() }
    }

    /// The scorecard of the first interview.
    async fn file(&self, stage: &Stage) {
        let world = &stage.world;
        around::attach(stage, world, self.interviewer.id, &self.things["interview_completed"]).await;
        let ctx = world.as_interviewer(self.interviewer.id);
        let id: InterviewId = self.things["interview_completed"].parse().expect("an id");
        world.hdip.submit_scorecard(&ctx, id, Some(scorecard())).await.expect("it is whole");
        world.drain().await;
    }

    /// One candidate has not come.
    async fn report(&self, world: &World) {
        let ctx = world.as_interviewer(self.interviewer.id);
        let id: InterviewId = self.things["interview_no_show"].parse().expect("an id");
        world.hdip.report_no_show(&ctx, id, Absent::Candidate, None).await.expect("it has begun");
        world.drain().await;
    }

    /// What must be fresh: an open call, a hold, a scheduling link.
    async fn end(mut self, stage: &Stage, world: &World) -> Things {
        let id = request(world, &self.open, at("2026-01-07T08:00:00Z")).await;
        let invitations = world.storage.invitations(id).await.expect("invitations");
        let own = invitations.iter().find(|i| i.interviewer_id == self.interviewer.id).expect("was invited");
        self.things.insert("interview_open".into(), id.to_string());
        self.things.insert("invitation".into(), own.id.to_string());
        stage.at(NOW);
        let (who, ended) = (self.interviewer.id, &self.things["interview_ended"]);
        let file = around::attach(stage, world, who, ended).await;
        self.things.insert("file".into(), file);
        let no_show = &self.things["interview_no_show"];
        let contested = around::contested(stage, world, who, no_show).await;
        self.things.extend(contested);
        let completed = &self.things["interview_completed"];
        let card = stage.get(&world.manager, &format!("/v1/interviews/{completed}/result")).await.is(200);
        let filed = card.json()["attachments"][0]["id"].as_str().expect("an id").to_owned();
        self.things.insert("file_filed".into(), filed);
        let application = self.things["application"].clone();
        let path = format!("/v1/applications/{application}/scheduling-link");
        stage.post(&world.owner, &path, Value::Null).await.is(202);
        let path = format!("/v1/applications/{application}/holds");
        let hold = stage.post(&world.owner, &path, json!({"start": "2026-01-08T08:00:00Z"})).await.is(201);
        self.things.insert("hold".into(), hold.json()["hold_id"].as_str().expect("an id").into());
        let path = format!("/v1/clients/{}/api-keys", world.client.id);
        let body = json!({"name": self.set, "scopes": ["events:read"]});
        let key = stage.post(&world.owner, &path, body).await.is(201).json();
        self.things.insert("api_key".into(), key["api_key"]["id"].as_str().expect("an id").into());
        self.things
    }
}

async fn request(world: &World, application: &Application, start: Timestamp) -> InterviewId {
    let start = StartChoice::Picked(Pick { start, odd_hours_ok: true });
    let request = RequestInterview { application: application.id, start, consents: None };
    let done = world.hdip.request_interview(&world.as_owner(), request).await.expect("it is offered");
    world.drain().await;
    done.output.interview_id
}

fn scorecard() -> ScorecardBody {
    let skill = |name: &str| SkillFeedback {
        skill: name.into(),
        level: Some(3),
        score: Some(80),
        summary: "Solid.".into(),
        questions: vec![AskedQuestion { question: "What is a lock?".into(), answer: "A promise.".into() }],
    };
    ScorecardBody {
        skills: vec![skill("postgresql"), skill("rust")],
        evaluation: vec![EvaluationFeedback { row: COMMUNICATION.into(), grade: Some(Grade::Good) }],
        strengths: "Clear".into(),
        improvements: "Tests".into(),
        recommendation: Some(Recommendation::Recommended),
        ..ScorecardBody::default()
    }
}

/// A background job that was given up.
async fn dead_job(stage: &Stage) -> String {
    let storage = &stage.world.storage;
    let now = at(NOW);
    let id: BackgroundJobId = stage.state.ids.fresh();
    let mut changes = Changes::new();
    changes.jobs.push(NewJob {
        id,
        client_id: None,
        kind: "from_a_newer_release".into(),
        cause: "permissions".into(),
        subject: id.to_string(),
        data: Value::Null,
        due_at: now - days(30),
        created_at: now,
        request_id: None,
    });
    storage.commit(changes).await.expect("committed");
    let claimed = storage.claim_jobs(now, now + minutes(1), 1).await.expect("claimed");
    assert_eq!(claimed.iter().map(|job| job.id).collect::<Vec<_>>(), [id], "the oldest");
    let mut changes = Changes::new();
    let outcome = FinishAs::Dead { error: "given up".into() };
    changes.finish = Some(Finish { job: id, attempt: claimed[0].attempt, at: now, outcome });
    storage.commit(changes).await.expect("committed");
    id.to_string()
}
