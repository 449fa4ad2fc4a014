//! Two people apply by the public form, are accepted, and see to what is to be seen to.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};

const CV: &str = "%PDF-1.7\nxref\ntrailer<<>>\nstartxref\n9\n%%EOF\n";
const APPLICATIONS: &str = "/v1/interviewer-applications";

fn done(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("items").iter();
    items.filter(|item| item["done"] == true).map(|item| text(&item["item"])).collect()
}

/// From the form to the invitation; the id of the interviewer.
async fn accepted(story: &Story, who: &str, name: &str, phone: &str) -> String {
    let first = who.split('@').next().expect("a name");
    let apply = json!({
        "name": name, "email": who, "phone": phone, "country": "IN", "zone": "Asia/Kolkata",
        "experience_months": 120, "interviewing_months": 24, "specialisations": ["Backend"],
        "skills": ["Golang", "Rust"], "current_company": "Umbrella", "cv": STANDARD.encode(CV),
    });
    story.stage.open(Method::POST, "/v1/apply", apply).await.is(202);
    assert_eq!(story.told().await, [format!("application_received → {first}")]);

    let received = story.get(MIRA, &format!("{APPLICATIONS}?status=received")).await.is(200).json();
    assert_eq!(each(&received, "name"), [name]);
    let id = text(&received["items"][0]["id"]);
    let one = format!("{APPLICATIONS}/{id}");
    let review = story.get(MIRA, &one).await.is(200).json();
    assert_eq!(
        (&review["has_cv"], &review["duplicates"], &review["source"]),
        (&json!(true), &json!([]), &json!("public_form"))
    );
    assert_eq!(story.get(MIRA, &format!("{one}/cv")).await.is(200).body, CV);
    story.get(OLIVIA, &one).await.refused(403, "forbidden");
    let accept = json!({"level": 2, "pay_currency": "INR"});
    let done = story.post(MIRA, &format!("{one}/accept"), accept.clone()).await.is(200).json();
    assert_eq!(done["status"], "accepted");
    story.post(MIRA, &format!("{one}/accept"), accept).await.refused(409, "application_decided");
    assert_eq!(
        story.told().await,
        [format!("interviewer_welcome → {first}"), format!("user_invited → {first}")]
    );
    let record = story.audited(&id).await;
    assert_eq!(record, ["interviewer_application.received", "interviewer_application.accepted"]);
    text(&done["interviewer_id"])
}

/// Password, terms, availability, payout account, one after the other; the CV came with the application.
async fn sees_to_it(story: &Story, who: &str, id: &str, pan: &str) {
    let path = format!("/v1/interviewers/{id}");
    story.choose_password("user_invited", who).await;
    let checklist = async || done(&story.get(who, &format!("{path}/checklist")).await.is(200).json());
    assert_eq!(checklist().await, ["password", "cv"]);
    let me = story.get(who, "/v1/me").await.is(200).json();
    assert_eq!(me["terms"]["audience"], "interviewers");
    story.post(who, "/v1/me/terms", json!({"version": me["terms"]["version"]})).await.is(200);
    let zone = story.patch(who, "/v1/me", json!({"zone": "Asia/Kolkata"})).await.is(200).json();
    assert_eq!(zone["zone"], "Asia/Kolkata");
    let times = json!({
        "kind": "rule", "rrule": "FREQ=DAILY", "first_day": "2026-01-05", "local_start": "08:00",
        "duration_minutes": 840,
    });
    story.post(who, &format!("{path}/availability"), times).await.is(201);
    assert_eq!(checklist().await, ["password", "terms", "availability", "cv"]);
    let account = json!({"holder": "As on the card", "account_number": "50100012345678", "ifsc": "HDFC0001234", "pan": pan});
    let kept = story.call(who, Method::PUT, &format!("{path}/payout-account"), account).await.is(200);
    assert_eq!(kept.json()["account_last4"], "5678");
    assert!(!kept.body.contains("50100012"), "{}", kept.body);
    let list = story.get(MIRA, &format!("{path}/checklist")).await.is(200).json();
    assert_eq!(list["complete"], true, "{list}");
    let record = story.audited(id).await;
    assert!(record.contains(&"availability.add".into()), "{record:?}");
    assert!(record.contains(&"payout_account.put".into()), "{record:?}");
    assert!(story.told().await.is_empty());
}

/// Known for years: certified by the operator's word, and a mentor.
pub(super) async fn a_mentor_is_found(story: &mut Story) {
    let id = accepted(story, VIKRAM, "Vikram Sen", "+919876543210").await;
    sees_to_it(story, VIKRAM, &id, "ABCPE1234F").await;
    let path = format!("/v1/interviewers/{id}");
    let known = json!({"specialisation": "Backend", "level": 2, "reason": "known for years"});
    story.post(VIKRAM, &format!("{path}/certifications"), known.clone()).await.refused(403, "forbidden");
    story.post(MIRA, &format!("{path}/certifications"), known).await.is(204);
    let mentor =
        story.post(MIRA, &format!("{path}/status"), json!({"status": "mentor"})).await.is(200).json();
    assert_eq!(mentor["interviewer"]["status"], "mentor");
    assert_eq!(story.told().await, ["interviewer_certified → vikram"]);
    assert_eq!(
        story.entry(&id, "interviewer.certified").await["reason"],
        "known for years",
        "why is on the record"
    );
    let moved = story.entry(&id, "interviewer.status_changed").await;
    assert_eq!(moved["changes"], json!({"from": "certified", "to": "mentor"}));
    story.made.vikram = id;
}

pub(super) async fn a_learner_applies(story: &mut Story) {
    let id = accepted(story, NILA, "Nila Bose", "+919876543211").await;
    let begin = json!({
        "interviewer_id": id, "mentor_id": story.made.vikram, "specialisation": "backend", "level": 2,
    });
    story.post(MIRA, "/v1/shadowings", begin).await.refused(409, "checklist_incomplete");
    sees_to_it(story, NILA, &id, "ABCPF1234F").await;
    let nila = story.get(NILA, &format!("/v1/interviewers/{id}")).await.is(200).json();
    assert_eq!((&nila["status"], &nila["certifications"]), (&json!("invited"), &json!({})));
    story.made.nila = id;
}
