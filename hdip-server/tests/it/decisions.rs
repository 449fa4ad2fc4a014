//! Decisions through the API.

use crate::stage::Stage;
use axum::http::Method;
use hdip_core::access::Role;
use hdip_core::hiring::{Application, ApplicationStatus};
use serde_json::{Value, json};

async fn decision_due(stage: &Stage, name: &str) -> Application {
    let mut application = stage.application(name).await;
    application.set_status(ApplicationStatus::DecisionDue, stage.state.hdip.now());
    stage.world.put(&application).await;
    application
}

#[tokio::test]
async fn from_the_last_round_to_a_declined_offer_with_a_round_in_between() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let asha = decision_due(&stage, "Asha Rao").await;
    let path = format!("/v1/applications/{}/decision", asha.id);
    let decide = |verdict: &'static str| stage.post(&owner, &path, json!({ "verdict": verdict }));
    decide("advance").await.refused(409, "no_next_round");
    assert_eq!(decide("select").await.is(200).json()["status"], "selected");
    let rounds = format!("/v1/jobs/{}/rounds", stage.round.job_id);
    let added = json!({"name": "Design", "duration_minutes": 30});
    stage.post(&owner, &rounds, added).await.is(201);
    let advanced = decide("advance").await.is(200).json();
    assert_eq!((&advanced["status"], &advanced["round_name"]), (&json!("to_schedule"), &json!("Design")));
    decide("offer").await.refused(409, "wrong_application_status");
    let mut again: Application = stage.world.get(asha.id).await;
    again.set_status(ApplicationStatus::Selected, stage.state.hdip.now());
    stage.world.put(&again).await;
    for (verdict, status) in [("offer", "offered"), ("offer_declined", "offer_declined")] {
        assert_eq!(decide(verdict).await.is(200).json()["status"], status);
    }
    decide("hire").await.refused(422, "invalid_fields");
}

#[tokio::test]
async fn a_rejection_says_by_whom_and_why_to_the_clients_people() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let agency = stage.world.agency("Best Hires").await;
    let agent = stage.world.agency_user(&agency, "agnes@best.example").await;
    let mut asha = decision_due(&stage, "Asha Rao").await;
    asha = stage.world.get(asha.id).await;
    asha.agency_id = Some(agency.id);
    stage.world.put(&asha).await;
    let bela = decision_due(&stage, "Bela Bose").await;
    let idle = stage.application("Chand Das").await;
    let decision = json!({"verdict": "reject", "rejected_by": "hiring_manager", "reason": "position filled"});
    let all = json!({"application_ids": [asha.id, bela.id, idle.id, asha.id], "decision": decision});
    let done = stage.post(&owner, "/v1/decisions", all).await.is(200).json();
    let said: Vec<_> =
        done["items"].as_array().unwrap().iter().map(|d| (d["status"].clone(), d["code"].clone())).collect();
    let rejected = (json!("rejected"), Value::Null);
    assert_eq!(said[..3], [rejected.clone(), rejected.clone(), rejected]);
    assert_eq!(said[3], (Value::Null, json!("wrong_application_status")));
    let path = format!("/v1/applications/{}", asha.id);
    let seen = stage.get(&owner, &path).await.is(200).json();
    assert_eq!(
        (&seen["rejected_by"], &seen["decision_reason"]),
        (&json!("hiring_manager"), &json!("position filled"))
    );
    let theirs = stage.get(&agent, &path).await.is(200).json();
    assert_eq!((&theirs["rejected_by"], theirs.get("decision_reason")), (&json!("hiring_manager"), None));
    let select = json!({"verdict": "select"});
    // Not named on the job the agency only reads; named on it, it still does not decide.
    stage.post(&agent, &format!("{path}/decision"), select.clone()).await.refused(404, "not_found");
    let job = format!("/v1/jobs/{}", stage.round.job_id);
    stage.call(&owner, Method::PATCH, &job, json!({"recruiter_ids": [agent.id]})).await.is(200);
    stage.post(&agent, &format!("{path}/decision"), select.clone()).await.refused(403, "forbidden");
    stage.post(&stage.stranger().await, &format!("{path}/decision"), select).await.refused(404, "not_found");
    let admin = stage.user(Role::ClientAdmin, "Adam").await;
    let none = json!({"application_ids": [], "decision": {"verdict": "select"}});
    stage.post(&admin, "/v1/decisions", none).await.refused(422, "invalid_fields");
}
