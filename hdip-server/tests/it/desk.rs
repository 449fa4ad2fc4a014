//! Contests by pages and API, grants and waivers, corrections, attachments, the audit trail: who may, what is
//! refused, how it is answered.

use crate::stage::{Answer, Stage, TUESDAY};
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::{LinkPurpose, Role, User};
use hdip_core::values::{InterviewId, InterviewerId};
use serde_json::{Value, json};

/// A candidate's no-show, filed by the interviewer.
async fn no_show(stage: &Stage) -> (InterviewId, InterviewerId, User) {
    let application = stage.application("Asha Rao").await;
    let (id, who) = stage.confirmed(&application, TUESDAY).await;
    stage.at("2026-01-06T04:45:00Z");
    stage.drain().await;
    let report = json!({"who": "candidate", "note": "waited"});
    let ravi = stage.user_of_interviewer(&who).await;
    stage.post(&ravi, &format!("/v1/interviews/{id}/no-show"), report).await.is(200);
    stage.drain().await;
    (id, who.id, ravi)
}

async fn upload(stage: &Stage, user: &User, path: &str, content: &[u8]) -> Answer {
    let token = stage.token(user).await;
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/octet-stream");
    stage.send(request.body(Body::from(content.to_vec())).expect("a request")).await
}

#[tokio::test]
async fn candidate_and_interviewer_contest_on_their_pages_without_any_script() {
    let stage = Stage::new().await;
    let (id, who, _) = no_show(&stage).await;
    let interview: hdip_core::scheduling::Interview = stage.world.get(id).await;
    let theirs =
        format!("/l/{}", stage.link(LinkPurpose::CandidateInterview, id, interview.candidate_id).await);
    let page = stage.page(&theirs).await.is(200);
    assert!(page.body.contains("I disagree") && page.body.contains("tell us until"), "{}", page.body);
    let before = stage.happened().await;
    let form = stage.page(&format!("{theirs}/contest")).await.is(200);
    assert!(form.body.contains("Send my objection") && !form.body.contains("What I earn"));
    assert_eq!(stage.happened().await, before, "opening changes nothing");
    let short = stage.form(&format!("{theirs}/contest"), &[("reason", "no"), ("shown", "1")]).await.is(422);
    assert!(short.body.contains("at least 3 characters"), "{}", short.body);
    let words = [("reason", "I was there & waited"), ("shown", "1")];
    stage.form(&format!("{theirs}/contest"), &words).await.is(303);
    let page = stage.page(&theirs).await.is(200);
    assert!(page.body.contains("looking into it") && !page.body.contains("I disagree"));

    let mine = format!("/l/{}", stage.link(LinkPurpose::InterviewerInterview, id, who).await);
    let form = stage.page(&format!("{mine}/contest")).await.is(200);
    assert!(form.body.contains("What I earn with it"));
    let words = [("reason", "I waited half an hour"), ("choice", "earning"), ("shown", "1")];
    stage.form(&format!("{mine}/contest"), &words).await.is(303);

    let operator = stage.world.manager.clone();
    let all = stage.get(&operator, "/v1/contests?state=open").await.is(200).json();
    let items = all["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&items[0]["party"], &items[0]["about"]), (&json!("interviewer"), &json!("earning")));
    let path = format!("/v1/contests/{}/decision", items[1]["id"].as_str().unwrap());
    let verdict =
        json!({"verdict": "upheld", "answer": "We have the log.", "outcome": "interviewer_no_show"});
    let decided = stage.post(&operator, &path, verdict.clone()).await.is(200).json();
    assert_eq!(decided["state"], "upheld");
    stage.post(&operator, &path, verdict).await.refused(409, "contest_closed");
    let page = stage.page(&theirs).await.is(200);
    assert!(page.body.contains("was upheld") && page.body.contains("We have the log."));
    // The client does not see what the others contest.
    let own = stage.get(&stage.world.owner, "/v1/contests").await.is(200).json();
    assert_eq!(own["items"], json!([]));
}

#[tokio::test]
async fn a_contest_holds_the_earning_and_a_replay_is_no_second_one() {
    let stage = Stage::new().await;
    let (id, _, ravi) = no_show(&stage).await;
    let (owner, path) = (stage.world.owner.clone(), format!("/v1/interviews/{id}/contests"));
    let why = json!({"about": "charge", "reason": "the candidate waited"});
    let first = stage.call_under(&owner, Some("k1"), Method::POST, &path, why.clone()).await.is(201);
    let again = stage.call_under(&owner, Some("k1"), Method::POST, &path, why.clone()).await.is(201);
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    assert_eq!(first.header("location"), format!("/v1/contests/{}", first.json()["id"].as_str().unwrap()));
    stage.post(&owner, &path, why.clone()).await.refused(409, "contest_open");
    let stranger = stage.stranger().await;
    stage.post(&stranger, &path, why.clone()).await.refused(404, "not_found");
    stage.get(&stranger, first.header("location")).await.refused(404, "not_found");
    let recruiter = stage.user(Role::ClientRecruiter, "Rita").await;
    stage.post(&recruiter, &path, why).await.refused(403, "forbidden");
    let bad = json!({"about": "weather", "reason": "rain"});
    stage.post(&owner, &path, bad).await.refused(422, "invalid_fields");
    let earnings = stage.get(&ravi, "/v1/earnings").await.is(200).json();
    assert_eq!(earnings["items"][0]["held"], true);
    assert!(earnings["items"][0].get("interviewer_id").is_none());
}

#[tokio::test]
async fn fees_are_waived_and_interviews_granted_by_admins_and_outcomes_corrected_by_staff() {
    let stage = Stage::new().await;
    let (id, ..) = no_show(&stage).await;
    let (admin, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    let moderator = stage.user(Role::PlatformModerator, "Mo").await;
    let charges = stage.get(&owner, "/v1/charges").await.is(200).json();
    let path = format!("/v1/charges/{}/waive", charges["items"][0]["id"].as_str().unwrap());
    let waive = json!({"amount_minor": 30000, "reason": "our mail was late"});
    for (user, status) in [(&moderator, 403), (&owner, 403)] {
        stage.post(user, &path, waive.clone()).await.is(status);
    }
    stage.post(&admin, &path, json!({"reason": "x"})).await.refused(422, "invalid_fields");
    stage.post(&admin, &path, waive.clone()).await.is(201);
    stage.post(&admin, &path, waive).await.refused(409, "already_waived");
    let charges = stage.get(&owner, "/v1/charges").await.is(200).json();
    assert_eq!(charges["items"][0]["amount"]["amount_minor"], -30000);
    assert_eq!(charges["items"][0]["cause"], "waiver");
    assert_eq!(charges["items"][0]["counters_id"], charges["items"][1]["id"]);

    let grants = format!("/v1/clients/{}/grants", stage.world.client.id);
    let grant = json!({"kind": "free_interviews", "amount": 2, "reason": "goodwill"});
    stage.post(&moderator, &grants, grant.clone()).await.refused(403, "forbidden");
    stage.post(&admin, &grants, grant).await.is(201);
    let seen = stage.get(&owner, &grants).await.is(200).json();
    assert_eq!((&seen["items"][0]["left"], seen["items"][0].get("reason")), (&json!(2), None));
    let recruiter = stage.user(Role::ClientRecruiter, "Rita").await;
    stage.get(&recruiter, &grants).await.refused(403, "forbidden");
    let other = stage.stranger().await;
    stage.get(&other, &grants).await.refused(404, "not_found");

    let path = format!("/v1/interviews/{id}/outcome");
    let to = json!({"outcome": "interviewer_no_show", "reason": "the log shows it"});
    stage.post(&owner, &path, to.clone()).await.refused(403, "forbidden");
    let now = stage.post(&moderator, &path, to.clone()).await.is(200).json();
    assert_eq!(now["state"], "interviewer_no_show");
    stage.post(&moderator, &path, to).await.refused(409, "outcome_not_possible");
    let sum: i64 = now["charges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["amount"]["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 0);

    // The client reads what was done to its own, not why, and no one else's.
    let trail = stage.get(&owner, "/v1/audit-entries?action=desk.correct_outcome").await.is(200).json();
    assert_eq!((trail["items"].as_array().unwrap().len(), trail["items"][0].get("reason")), (1, None));
    let trail = stage.get(&admin, "/v1/audit-entries?action=desk.correct_outcome").await.is(200).json();
    assert_eq!(trail["items"][0]["reason"], "the log shows it");
    let trail = stage.get(&other, "/v1/audit-entries").await.is(200).json();
    assert_eq!(trail["items"], json!([]));
    let foreign = format!("/v1/audit-entries?client_id={}", stage.world.client.id);
    stage.get(&other, &foreign).await.refused(404, "not_found");
    stage.get(&recruiter, "/v1/audit-entries").await.refused(403, "forbidden");
}

#[tokio::test]
async fn the_desk_is_paged_and_for_staff_only() {
    let stage = Stage::new().await;
    stage.interviewers().await;
    for (name, time) in [("Asha Rao", "08:00"), ("Bela Bose", "09:15"), ("Chen Wei", "10:30")] {
        let application = stage.application(name).await;
        stage.requested(&application, &format!("2026-01-06T{time}:00Z")).await;
    }
    stage.at("2026-01-05T23:00:00Z");
    let admin = stage.world.manager.clone();
    let first = stage.get(&admin, "/v1/desk/unassigned?limit=2").await.is(200).json();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = format!("/v1/desk/unassigned?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = stage.get(&admin, &next).await.is(200).json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(rest.get("next_cursor").is_none());
    stage.get(&admin, "/v1/desk/unassigned?cursor=cnts_1").await.refused(422, "invalid_cursor");
    stage.get(&admin, "/v1/desk/nonsense").await.refused(404, "not_found");
    for user in [stage.world.owner.clone(), stage.user(Role::ClientAdmin, "Anna").await] {
        stage.get(&user, "/v1/desk").await.refused(403, "forbidden");
        stage.get(&user, "/v1/desk/unassigned").await.refused(403, "forbidden");
    }
    let word = json!({"subject": "int_1", "reason": "dealt with"});
    stage.post(&admin, "/v1/desk/expired/acknowledgements", word).await.refused(409, "not_acknowledgeable");
}

#[tokio::test]
async fn a_file_is_attached_filed_and_read_by_the_client_as_a_file() {
    let stage = Stage::new().await;
    let application = stage.application("Asha Rao").await;
    let (id, who) = stage.confirmed(&application, TUESDAY).await;
    stage.at("2026-01-06T05:40:00Z");
    stage.drain().await;
    let ravi = stage.user_of_interviewer(&who).await;
    let path = format!("/v1/interviews/{id}/scorecard/attachments");
    let notes = "Notizen: gut, präzise.";
    let named = format!("{path}?name=Notizen%20f%C3%BCr%20Asha");
    let made = upload(&stage, &ravi, &named, notes.as_bytes()).await.is(201).json();
    upload(&stage, &ravi, &format!("{path}?name=a.exe"), b"MZ\0").await.refused(422, "invalid_fields");
    upload(&stage, &ravi, &named, &vec![b'x'; 5 * 1024 * 1024 + 1]).await.refused(422, "invalid_fields");
    upload(&stage, &ravi, &named, &vec![b'x'; 5 * 1024 * 1024 + 2]).await.refused(413, "body_too_large");
    upload(&stage, &stage.world.owner, &named, b"x").await.refused(404, "not_found");
    let file = format!("{path}/{}", made["id"].as_str().unwrap());
    let owner = stage.world.owner.clone();
    stage.get(&owner, &file).await.refused(404, "not_found");

    let token = stage.link(LinkPurpose::InterviewerInterview, id, who.id).await;
    let body = Body::from("more");
    let more =
        Request::post(format!("/v1/links/{token}/scorecard/attachments?name=b.txt")).body(body).unwrap();
    let more = stage.send(more).await.is(201).json()["id"].as_str().unwrap().to_owned();
    let gone = format!("/v1/links/{token}/scorecard/attachments/{more}");
    stage.open(Method::DELETE, &gone, Value::Null).await.is(204);
    stage.open(Method::DELETE, &gone, Value::Null).await.refused(404, "not_found");

    let skill = |name: &str| json!({"skill": name, "level": 3, "score": 70, "summary": "Solid."});
    let card = json!({
        "skills": [skill("postgresql"), skill("rust")],
        "evaluation": [{"row": "Communication", "grade": "good"}],
        "strengths": "Clear", "improvements": "Tests", "recommendation": "recommended",
        "link": "https://notes.example/42",
    });
    stage.post(&ravi, &format!("/v1/interviews/{id}/scorecard"), card).await.is(200);
    let result = stage.get(&owner, &format!("/v1/interviews/{id}/result")).await.is(200).json();
    assert_eq!(result["attachments"][0]["name"], "Notizen für Asha.txt");
    assert_eq!(result["attachments"][0]["bytes"], notes.len());
    let (answer, bytes) = stage.download(&owner, &file).await;
    assert_eq!((answer.status.as_u16(), &*bytes), (200, notes.as_bytes()));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Notizen f_r Asha.txt\"; filename*=UTF-8''Notizen%20f%C3%BCr%20Asha.txt"
    );
    stage.get(&stage.stranger().await, &file).await.refused(404, "not_found");
}
