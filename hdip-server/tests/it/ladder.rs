//! Becoming an interviewer over HTTP: the public form, review, what the interviewer sees to, shadowing, catalogues.

use crate::stage::Stage;
use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use hdip_core::interviewers::{Interviewer, InterviewerStatus};
use hdip_core::ports::IdsExt;
use serde_json::{Value, json};

const CV: &[u8] = b"%PDF-1.7\nxref\ntrailer<<>>\nstartxref\n9\n%%EOF\n";
const PATH: &str = "/v1/interviewer-applications";

fn applicant(name: &str) -> Value {
    json!({
        "name": name, "email": format!("{}@mail.example", name.to_lowercase().replace(' ', ".")),
        "phone": "+919876543210", "country": "IN", "zone": "Asia/Kolkata", "experience_months": 120,
        "interviewing_months": 24, "specialisations": ["Backend"], "skills": ["Golang"],
        "links": ["https://code.example/nila"], "cv": STANDARD.encode(CV),
    })
}

/// The form as a browser sends it.
async fn sent(stage: &Stage, changes: &[(&str, &str)], cv: &[u8]) -> crate::stage::Answer {
    let mut fields = vec![
        ("name", "Nila Bose"),
        ("email", "nila@mail.example"),
        ("phone", "+91 98765 43210"),
        ("country", "in"),
        ("zone", "Asia/Kolkata"),
        ("years", "10"),
        ("interviewing_years", "2"),
        ("specialisations", "backend"),
        ("specialisations", "cloud"),
        ("skills", "Rust, Postgres"),
        ("link1", "https://code.example/nila"),
        ("website", ""),
    ];
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        fields.push((name, value));
    }
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.as_bytes());
    }
    body.extend(b"--edge\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"cv.pdf\"\r\n\r\n");
    body.extend(cv);
    body.extend(b"\r\n--edge--\r\n");
    let request = Request::post("/apply").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    stage.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn the_public_form_takes_an_application_and_says_what_is_wrong_on_the_form() {
    let stage = Stage::new().await;
    let manager = stage.world.manager.clone();
    let before = stage.happened().await;
    let page = stage.page("/apply").await.is(200);
    assert!(page.body.contains("name=\"cv\"") && page.body.contains("value=\"ai_ml\""), "{}", page.body);
    assert!(!page.body.contains("<script"));
    let wrong = sent(&stage, &[("phone", "98765"), ("name", "<b>Nila</b>")], b"MZ").await.is(422);
    assert!(wrong.body.contains("Phone: ") && wrong.body.contains("CV: "), "{}", wrong.body);
    assert!(wrong.body.contains("&lt;b&gt;Nila"), "still filled in, and escaped");
    assert!(wrong.body.contains("value=\"backend\" checked"), "{}", wrong.body);
    sent(&stage, &[("years", "many")], CV).await.is(422);
    assert_eq!(stage.happened().await, before, "opening and refusing change nothing");
    // A machine that fills in everything gets the same answer, and is not kept.
    let trapped = sent(&stage, &[("website", "https://spam.example")], CV).await.is(303);
    let taken = sent(&stage, &[], CV).await.is(303);
    assert_eq!((trapped.header("location"), taken.header("location")), ("/apply/thanks", "/apply/thanks"));
    assert!(stage.page("/apply/thanks").await.is(200).body.contains("has arrived"));
    let listed = stage.get(&manager, PATH).await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let row = &listed["items"][0];
    assert_eq!((&row["source"], &row["skills"]), (&json!("public_form"), &json!(["postgresql", "rust"])));
    assert_eq!(row["specialisations"], json!(["backend", "cloud"]));
    stage.drain().await;
    let mails = stage.mails("nila@mail.example").await;
    assert_eq!(mails.iter().map(|mail| &*mail.kind).collect::<Vec<_>>(), ["application_received"]);
}

#[tokio::test]
async fn an_application_is_reviewed_and_its_interviewer_sees_to_everything() {
    let stage = Stage::new().await;
    let (manager, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    stage.open(Method::POST, "/v1/apply", applicant("Nila Bose")).await.is(202);
    let mut without = applicant("Nila Bose");
    without["cv"] = Value::Null;
    let refused = stage.open(Method::POST, "/v1/apply", without.clone()).await.refused(422, "invalid_fields");
    assert_eq!(refused.json()["errors"][0]["field"], "cv");
    let second = stage.post(&manager, PATH, without).await.is(201);
    let one = second.header("location").to_owned();
    let read = stage.get(&manager, &one).await.is(200).json();
    assert_eq!(
        (&read["has_cv"], &read["duplicates"][0]["kind"]),
        (&json!(false), &json!("interviewer_application"))
    );
    stage.get(&owner, &one).await.refused(403, "forbidden");
    let why = json!({"reason": "You applied twice."});
    let rejected = stage.post(&manager, &format!("{one}/reject"), why.clone()).await.is(200).json();
    assert_eq!(
        (&rejected["status"], &rejected["reason"]),
        (&json!("rejected"), &json!("You applied twice."))
    );
    stage.post(&manager, &format!("{one}/reject"), why).await.refused(409, "application_decided");

    let first = stage.get(&manager, &format!("{PATH}?status=received")).await.is(200).json();
    let first = format!("{PATH}/{}", first["items"][0]["id"].as_str().unwrap());
    let (shown, bytes) = stage.download(&manager, &format!("{first}/cv")).await;
    assert_eq!((shown.status.as_u16(), shown.header("content-type"), &*bytes), (200, "application/pdf", CV));
    let accept = json!({"level": 2, "pay_currency": "INR"});
    let accepted = stage.post(&manager, &format!("{first}/accept"), accept).await.is(200).json();
    let id = accepted["interviewer_id"].as_str().unwrap();
    let who: Interviewer = stage.world.get(id).await;
    let nila = stage.world.storage.user_of_interviewer(who.id).await.unwrap().unwrap();
    let path = format!("/v1/interviewers/{id}");

    let list = stage.get(&nila, &format!("{path}/checklist")).await.is(200).json();
    assert_eq!((&list["complete"], list["items"].as_array().unwrap().len()), (&json!(false), 5));
    let account = json!({"holder": "Nila Bose", "account_number": "50100012345678", "ifsc": "HDFC0001234", "pan": "ABCPE1234F"});
    let kept = stage.call(&nila, Method::PUT, &format!("{path}/payout-account"), account).await.is(200);
    assert_eq!((&kept.json()["account_last4"], kept.header("etag")), (&json!("5678"), "\"1\""));
    assert!(!kept.body.contains("50100012"));
    let reveal = format!("{path}/payout-account/reveal");
    let clear = stage.post(&manager, &reveal, json!({"reason": "a payout came back"})).await.is(200);
    assert_eq!(
        (&clear.json()["pan"], clear.header("cache-control")),
        (&json!("ABCPE1234F"), "private, no-store")
    );
    stage.post(&nila, &reveal, json!({"reason": "mine"})).await.refused(403, "forbidden");
    let patch = json!({"links": ["https://nila.example"]});
    stage.call(&nila, Method::PATCH, &format!("{path}/profile"), patch).await.is(200);
    let cv = json!({"content": STANDARD.encode(b"<html>")});
    stage.call(&nila, Method::PUT, &format!("{path}/cv"), cv).await.refused(422, "invalid_fields");
    let cv = json!({"content": STANDARD.encode(CV)});
    stage.call(&nila, Method::PUT, &format!("{path}/cv"), cv).await.is(200);
    let (_, bytes) = stage.download(&nila, &format!("{path}/cv")).await;
    assert_eq!(bytes, CV);
    let [ravi, _] = stage.interviewers().await;
    let stranger = stage.user_of_interviewer(&ravi).await;
    for part in ["checklist", "profile", "payout-account", "ladder-steps", "confirmed-interviews", "cv"] {
        stage.get(&stranger, &format!("{path}/{part}")).await.refused(404, "not_found");
    }
    let steps = stage.get(&nila, &format!("{path}/ladder-steps")).await.is(200).json();
    assert_eq!(steps["items"][0]["step"], "invited");

    let begin = json!({"interviewer_id": id, "mentor_id": ravi.id, "specialisation": "backend", "level": 2});
    stage.post(&manager, "/v1/shadowings", begin).await.refused(409, "checklist_incomplete");
    let certify = json!({"specialisation": "Backend", "level": 2, "reason": "known for years"});
    stage.post(&manager, &format!("{path}/certifications"), certify).await.is(204);
    let seen = stage.get(&nila, &path).await.is(200).json();
    assert_eq!((&seen["status"], &seen["certifications"]), (&json!("certified"), &json!({"backend": 2})));
    let withdraw = format!("{path}/certifications/backend?reason=complaints");
    stage.call(&manager, Method::DELETE, &withdraw, Value::Null).await.is(204);
    let notice =
        stage.post(&nila, &format!("{path}/notice"), json!({"reason": "a new job"})).await.is(200).json();
    assert_eq!((&notice["released"], &notice["kept"]), (&json!(0), &json!(0)));
    stage.post(&nila, &format!("{path}/notice"), json!({})).await.refused(409, "notice_given");
    stage.call(&nila, Method::DELETE, &format!("{path}/notice"), Value::Null).await.is(204);
}

#[tokio::test]
async fn a_session_is_planned_seen_and_called_off() {
    let stage = Stage::new().await;
    let manager = stage.world.manager.clone();
    let asha = stage.application("Asha Rao").await;
    let (interview, who) = stage.confirmed(&asha, "2026-01-06T08:00:00Z").await;
    stage.world.put(&Interviewer { status: InterviewerStatus::Mentor, ..who.clone() }).await;
    let lena = stage.world.storage.interviewer_by_email("lena@interviewers.example").await.unwrap();
    let other = lena.unwrap();
    // What the way there does is another test's: here the shadowing is simply there.
    let shadowing = hdip_core::ladder::Shadowing {
        id: stage.world.ids.fresh(),
        interviewer_id: other.id,
        mentor_id: who.id,
        specialisation: "backend".into(),
        level: 2,
        status: hdip_core::ladder::ShadowingStatus::Open,
        live_key: Some("k".into()),
        note: None,
        ended_at: None,
        created_at: stage.world.hdip.now(),
        version: 0,
    };
    stage.world.put(&shadowing).await;
    let path = format!("/v1/shadowings/{}", shadowing.id);
    let plan = json!({"interview_id": interview, "kind": "observed"});
    let planned = stage.post(&manager, &format!("{path}/sessions"), plan.clone()).await.is(201).json();
    let session = format!("/v1/shadowing-sessions/{}", planned["sessions"][0]["id"].as_str().unwrap());
    stage.post(&manager, &format!("{path}/sessions"), plan).await.refused(409, "observed_already");
    let learner = stage.user_of_interviewer(&other).await;
    let seen = stage.get(&learner, &format!("{session}/interview")).await.is(200).json();
    assert_eq!((&seen["candidate_name"], &seen["lead_name"]), (&json!("Asha Rao"), &json!(who.name)));
    let mentor = stage.user_of_interviewer(&who).await;
    stage.get(&mentor, &format!("{session}/interview")).await.refused(404, "not_found");
    let early = json!({"attended": true});
    stage.post(&mentor, &format!("{session}/settle"), early).await.refused(409, "session_not_over");
    let sign = json!({"note": "fine"});
    stage.post(&mentor, &format!("{path}/sign-off"), sign.clone()).await.refused(409, "shadowing_incomplete");
    stage.post(&manager, &format!("{path}/sign-off"), sign).await.refused(403, "forbidden");
    assert_eq!(
        stage.get(&learner, "/v1/shadowings").await.is(200).json()["items"].as_array().unwrap().len(),
        1
    );
    stage.post(&mentor, &format!("{session}/cancel"), Value::Null).await.is(204);
    stage.get(&learner, &format!("{session}/interview")).await.refused(404, "not_found");
    let ended =
        stage.post(&manager, &format!("{path}/end"), json!({"reason": "no time"})).await.is(200).json();
    assert_eq!((&ended["status"], &ended["sessions"][0]["state"]), (&json!("ended"), &json!("cancelled")));
}

#[tokio::test]
async fn catalogues_are_edited_under_their_version() {
    let stage = Stage::new().await;
    let (manager, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    let new = json!({"name": "Embedded systems", "aliases": ["firmware"]});
    stage.post(&owner, "/v1/specialisations", new.clone()).await.refused(403, "forbidden");
    let made = stage.post(&manager, "/v1/specialisations", new.clone()).await.is(201);
    assert_eq!((&made.json()["slug"], made.header("etag")), (&json!("embedded_systems"), "\"1\""));
    stage.post(&manager, "/v1/specialisations", new).await.refused(409, "spelling_taken");
    let retire = json!({"retired": true});
    let path = "/v1/specialisations/embedded_systems";
    let retired = stage.call(&manager, Method::PATCH, path, retire).await.is(200).json();
    assert!(retired["retired_at"].is_string());
    let skills = stage.get(&owner, "/v1/skills").await.is(200).json();
    assert!(skills["items"].as_array().unwrap().iter().any(|skill| skill["key"] == "kubernetes"));
    let renamed =
        stage.call(&manager, Method::PATCH, "/v1/skills/ci%2Fcd", json!({"name": "CI/CD pipelines"})).await;
    assert_eq!(renamed.is(200).json()["name"], "CI/CD pipelines");
    stage.call(&manager, Method::PATCH, "/v1/skills/nothing", json!({})).await.refused(404, "not_found");
}

#[tokio::test]
async fn one_interview_is_kept_and_another_released() {
    let stage = Stage::new().await;
    let manager = stage.world.manager.clone();
    let asha = stage.application("Asha Rao").await;
    let (interview, who) = stage.confirmed(&asha, "2026-01-06T08:00:00Z").await;
    let path = format!("/v1/interviewers/{}", who.id);
    let listed = stage.get(&manager, &format!("{path}/confirmed-interviews")).await.is(200).json();
    assert_eq!(listed["items"][0]["id"], json!(interview));
    let suspend = json!({"status": "suspended", "reason": "under review"});
    stage
        .post(&manager, &format!("{path}/status"), suspend.clone())
        .await
        .refused(409, "has_confirmed_interviews");
    let mut said = suspend;
    said["interviews"] = json!([{"id": interview, "then": "finish"}]);
    let done = stage.post(&manager, &format!("{path}/status"), said).await.is(200).json();
    assert_eq!((&done["released"], &done["kept"]), (&json!(0), &json!(1)));
}
