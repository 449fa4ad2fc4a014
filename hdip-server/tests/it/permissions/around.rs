//! What stands around hiring and scheduling: contacts, departments and logos of clients, the ladder of
//! interviewers, files, contests.

use super::cast::{NOW, Things, at, user};
use crate::stage::Stage;
use async_trait::async_trait;
use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hdip_core::access::{Role, User};
use hdip_core::desk::{ContestAbout, OpenContest};
use hdip_core::feedback::AddAttachment;
use hdip_core::interviewers::{Interviewer, InterviewerStatus};
use hdip_core::ladder::{SessionKind, SessionState, Shadowing, ShadowingSession, ShadowingStatus};
use hdip_core::ports::{ByteStream, FileMeta, Files, IdsExt, PortError, PutFile};
use hdip_core::scheduling::Interview;
use hdip_core::testkit::{MemoryFiles, World};
use hdip_core::values::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The smallest picture there is.
pub const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The smallest CV there is.
pub fn cv() -> String {
    STANDARD.encode(b"%PDF-1.7\nxref\ntrailer<<>>\nstartxref\n9\n%%EOF\n")
}

/// Files that stay where they are: what one attempt takes away the next one finds, as with the records. No two
/// files ever have the same id.
#[derive(Debug, Default)]
pub struct KeptFiles(MemoryFiles);

#[async_trait]
impl Files for KeptFiles {
    async fn put(&self, file: PutFile) -> Result<FileMeta, PortError> {
        self.0.put(file).await
    }

    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError> {
        self.0.get(id).await
    }

    async fn delete(&self, _: FileId) -> Result<(), PortError> {
        Ok(())
    }
}

fn id_in(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

/// Of a client: a contact, a department, a logo, credits it was given.
pub async fn of_client(stage: &Stage, world: &World, number: usize) -> Things {
    let path = format!("/v1/clients/{}", world.client.id);
    let contact = json!({"name": "Priya Payables", "email": format!("payables{number}@contacts.example"),
                         "phone": format!("+91976540000{number}")});
    let contact = stage.post(&world.owner, &format!("{path}/contacts"), contact).await.is(201).json();
    let department = json!({"name": "Platform"});
    let department =
        stage.post(&world.owner, &format!("{path}/departments"), department).await.is(201).json();
    stage.call(&world.owner, Method::PUT, &format!("{path}/logo"), json!({ "logo": PICTURE })).await.is(200);
    let grant = json!({"kind": "credits", "amount": 300, "reason": "goodwill"});
    stage.post(&stage.world.manager, &format!("{path}/grants"), grant).await.is(201);
    Things::from([("client_contact".into(), id_in(&contact)), ("department".into(), id_in(&department))])
}

/// Attaches a file to the scorecard's draft.
pub async fn attach(stage: &Stage, world: &World, who: InterviewerId, interview: &str) -> String {
    let file = AddAttachment { name: "notes.txt".into(), content: Bytes::from_static(b"Notes.") };
    let (ctx, id) = (world.as_interviewer(who), interview.parse().expect("an id"));
    stage.state.hdip.add_attachment(&ctx, id, file).await.expect("a draft is open").output.to_string()
}

/// Of a candidate's no-show: its charge, and what client and interviewer say against it.
pub async fn contested(stage: &Stage, world: &World, who: InterviewerId, interview: &str) -> Things {
    let path = format!("/v1/interviews/{interview}/contests");
    let charge = json!({"about": "charge", "reason": "the candidate waited"});
    let of_client = stage.post(&world.owner, &path, charge).await.is(201).json();
    let contest = OpenContest { about: ContestAbout::Earning, reason: "I waited for an hour".into() };
    let (ctx, id) = (world.as_interviewer(who), interview.parse().expect("an id"));
    let of_interviewer = world.hdip.open_contest(&ctx, id, contest).await.expect("it is the interviewer's");
    let charges = stage.get(&world.owner, "/v1/charges").await.is(200).json();
    let charge = charges["items"].as_array().expect("items").iter().find(|c| c["interview_id"] == interview);
    Things::from([
        ("contest".into(), id_in(&of_client)),
        ("contest_of_interviewer".into(), of_interviewer.output.to_string()),
        ("charge".into(), id_in(charge.expect("a no-show is charged"))),
    ])
}

async fn papers(stage: &Stage, who: InterviewerId, number: usize) {
    let (manager, path) = (&stage.world.manager, format!("/v1/interviewers/{who}"));
    let account = json!({"holder": "Nila Bose", "account_number": format!("5010001234567{number}"),
                         "ifsc": "HDFC0001234", "pan": "ABCPE1234F"});
    stage.call(manager, Method::PUT, &format!("{path}/payout-account"), account).await.is(200);
    stage.call(manager, Method::PUT, &format!("{path}/cv"), json!({ "content": cv() })).await.is(200);
}

/// Of a set's interviewer, who is a mentor: account and CV, a learner, a mentor above who is about to leave, and
/// shadowings under each other. And somebody who wants to become one.
pub async fn ladder(stage: &Stage, world: &World, set: &str, number: usize, known: &Things) -> Things {
    let id = known["interviewer"].parse().expect("an id");
    papers(stage, id, number).await;
    let applicant = json!({
        "name": "Ina Applicant", "email": format!("{set}.ina@interviewers.example"),
        "phone": format!("+91876541000{number}"), "country": "IN", "zone": "Asia/Kolkata",
        "experience_months": 120, "interviewing_months": 24, "specialisations": ["backend"],
        "skills": ["rust"], "cv": cv(),
    });
    let manager = &stage.world.manager;
    let applicant = stage.post(manager, "/v1/interviewer-applications", applicant).await.is(201).json();

    let learner = world.interviewer(&format!("{set} Nils"), "Asia/Kolkata").await;
    let learner =
        Interviewer { status: InterviewerStatus::Shadowing, certifications: BTreeMap::new(), ..learner };
    world.put(&learner).await;
    papers(stage, learner.id, number).await;
    let hash = world.get::<User>(world.owner.id).await.password_hash;
    let mut nils = user(world, Role::Interviewer, None, &format!("{set} nils user"), hash.as_deref()).await;
    nils.interviewer_id = Some(learner.id);
    world.put(&nils).await;
    stage.post(&nils, "/v1/me/terms", json!({"version": "2026-01"})).await.is(200);
    let mentor = world.interviewer(&format!("{set} Mona"), "Asia/Kolkata").await;
    let leaves_at = Some(at(NOW) + days(7));
    world.put(&Interviewer { status: InterviewerStatus::Mentor, leaves_at, ..mentor.clone() }).await;

    let shadowing = |interviewer_id: InterviewerId, mentor_id, level| Shadowing {
        id: world.ids.fresh(),
        interviewer_id,
        mentor_id,
        specialisation: "backend".into(),
        level,
        status: ShadowingStatus::Open,
        live_key: Some(Shadowing::key(interviewer_id, "backend", level)),
        note: None,
        ended_at: None,
        created_at: at(NOW),
        version: 0,
    };
    let (teaching, learning) = (shadowing(learner.id, id, 2), shadowing(id, mentor.id, 3));
    world.put(&teaching).await;
    world.put(&learning).await;
    let mut things = Things::from([
        ("interviewer_application".into(), id_in(&applicant)),
        ("learner".into(), learner.id.to_string()),
        ("mentor".into(), mentor.id.to_string()),
        ("shadowing".into(), teaching.id.to_string()),
        ("shadowing_learning".into(), learning.id.to_string()),
    ]);
    use SessionKind::{Led, Observed};
    use SessionState::{Attended, Planned};
    for (name, of, interview, kind, state) in [
        ("shadowing_session", &teaching, "interview_running", Observed, Planned),
        ("shadowing_session_over", &teaching, "interview_ended", Observed, Planned),
        // What was attended: enough to be signed off.
        ("first", &teaching, "interview_completed", Observed, Attended),
        ("second", &teaching, "interview_completed", Observed, Attended),
        ("third", &teaching, "interview_completed", Led, Attended),
        ("session_learning", &learning, "interview_completed", Observed, Attended),
    ] {
        let interview: Interview = world.get(&known[interview]).await;
        let session = ShadowingSession {
            id: world.ids.fresh(),
            client_id: interview.client_id,
            shadowing_id: of.id,
            interview_id: interview.id,
            shadower_id: of.interviewer_id,
            lead_id: of.mentor_id,
            kind,
            start: interview.start,
            end: interview.end,
            state,
            live_key: (state == Planned).then(|| interview.id.to_string()),
            settled_at: (state == Attended).then(|| at(NOW)),
            note: None,
            created_at: at(NOW),
            version: 0,
        };
        world.put(&session).await;
        if name.contains("session") {
            things.insert(name.into(), session.id.to_string());
        }
    }
    things
}
