//! Scorecards, results, ratings and decisions through the API and the pages.

use crate::stage::{Stage, TUESDAY};
use axum::http::Method;
use hdip_core::access::LinkPurpose;
use hdip_core::ports::storage::Page;
use hdip_core::values::{InterviewId, InterviewerId};
use serde_json::{Value, json};

fn card() -> Value {
    let skill = |name: &str, score| json!({"skill": name, "level": 3, "score": score, "summary": "Solid."});
    json!({
        "skills": [skill("postgresql", 70), skill("rust", 85)],
        "evaluation": [{"row": "Communication", "grade": "good"}],
        "strengths": "Clear", "improvements": "Tests", "recommendation": "not_recommended",
    })
}

/// An interview that is over: its id and who held it.
async fn over(stage: &Stage) -> (InterviewId, InterviewerId) {
    let application = stage.application("Asha Rao").await;
    let (id, who) = stage.confirmed(&application, TUESDAY).await;
    stage.at("2026-01-06T05:40:00Z");
    stage.drain().await;
    (id, who.id)
}

#[tokio::test]
async fn a_scorecard_is_saved_filed_read_and_decided_on() {
    let stage = Stage::new().await;
    let (id, who) = over(&stage).await;
    let interviewer = stage.world.get(who).await;
    let ravi = stage.user_of_interviewer(&interviewer).await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/interviews/{id}/scorecard");

    let form = stage.get(&ravi, &path).await.is(200).json();
    assert_eq!(form["evaluation_rows"], json!(["Communication"]));
    assert_eq!(form["due_at"], "2026-01-06T06:30:00Z");
    stage.get(&owner, &path).await.refused(404, "not_found");
    stage.get(&owner, &format!("/v1/interviews/{id}/result")).await.refused(404, "not_found");

    let draft =
        stage.call(&ravi, Method::PUT, &format!("{path}/draft"), json!({"strengths": "C"})).await.is(200);
    assert_eq!(draft.header("etag"), "\"1\"");
    let gaps =
        stage.post(&ravi, &path, json!({"strengths": "C"})).await.refused(422, "invalid_fields").json();
    assert_eq!(gaps["errors"][0]["field"], "skills[0]");
    let unknown = stage.post(&ravi, &path, json!({"charm": 3})).await;
    assert_eq!(unknown.status.as_u16(), 422, "{}", unknown.body);
    let filed = stage.post(&ravi, &path, card()).await.is(200).json();
    assert_eq!((&filed["state"], &filed["submitted"][0]["number"]), (&json!("completed"), &json!(1)));
    stage.post(&ravi, &path, card()).await.refused(409, "scorecard_submitted");

    let result = stage.get(&owner, &format!("/v1/interviews/{id}/result")).await.is(200).json();
    assert_eq!((&result["body"]["overall_score"], &result["recommended_score"]), (&json!(78), &json!(80)));
    assert!(result.get("deduction").is_none() && !result.to_string().contains("amount_minor"), "no amounts");
    let correction = json!({"body": card(), "reason": "typo"});
    let corrected = stage.post(&ravi, &format!("{path}/corrections"), correction).await.is(200).json();
    assert_eq!(corrected["submitted"][0]["number"], 2);

    let application = result["candidate_id"].as_str().unwrap().to_owned();
    let listed =
        stage.get(&owner, &format!("/v1/applications?candidate_id={application}")).await.is(200).json();
    let application = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let decide = format!("/v1/applications/{application}/decision");
    let unsure = stage.post(&owner, &decide, json!({"verdict": "select"})).await;
    unsure.refused(409, "not_recommended_not_confirmed");
    let yes = json!({"verdict": "select", "not_recommended_ok": true, "reason": "we talked"});
    let selected = stage.post(&owner, &decide, yes).await.is(200).json();
    assert_eq!(selected["status"], "selected");
    let bulk = json!({"application_ids": [application], "decision": {"verdict": "hold"}});
    let bulk = stage.post(&owner, "/v1/decisions", bulk).await.is(200).json();
    assert_eq!(bulk["items"][0]["code"], "wrong_application_status");
}

#[tokio::test]
async fn a_round_gets_a_rubric_and_keeps_its_versions() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/jobs/{}/rounds/{}/rubric", stage.round.job_id, stage.round.id);
    assert_eq!(stage.get(&owner, &path).await.is(200).json()["number"], 0);
    let rubric =
        json!({"skills": [{"name": "Design", "levels": ["no", "yes"]}], "evaluation_rows": ["Ownership"]});
    assert_eq!(stage.post(&owner, &path, rubric.clone()).await.is(201).json()["number"], 1);
    assert_eq!(stage.post(&owner, &path, rubric).await.is(201).json()["number"], 2);
    let bad = stage.post(&owner, &path, json!({"skills": [{"name": "", "levels": ["one"]}]})).await;
    let bad = bad.refused(422, "invalid_fields").json();
    assert_eq!(bad["errors"].as_array().unwrap().len(), 2);
    let stranger = stage.stranger().await;
    stage.get(&stranger, &path).await.refused(404, "not_found");
}

#[tokio::test]
async fn by_link_the_interviewer_files_and_the_candidate_rates_without_any_script() {
    let stage = Stage::new().await;
    let (id, who) = over(&stage).await;
    let link = format!("/l/{}", stage.link(LinkPurpose::InterviewerInterview, id, who).await);
    assert!(stage.page(&link).await.is(200).body.contains("Fill in the scorecard"));
    let page = stage.page(&format!("{link}/scorecard")).await.is(200);
    assert!(page.body.contains("name=\"level-1\"") && page.body.contains("File the scorecard"));

    // Filing something incomplete says what is missing, and keeps what was written.
    let fields = [("score-0", "70"), ("strengths", "Clear & calm"), ("file", "yes")];
    let gaps = stage.form(&format!("{link}/scorecard"), &fields).await.is(422);
    assert!(gaps.body.contains("is not graded") || gaps.body.contains("must be given"), "{}", gaps.body);
    let page = stage.page(&format!("{link}/scorecard")).await.is(200);
    assert!(page.body.contains("Clear &amp; calm") && page.body.contains("value=\"70\""));
    let version =
        page.body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut fields = vec![
        ("version", version.as_str()),
        ("level-0", "3"),
        ("score-0", "70"),
        ("summary-0", "Solid."),
        ("level-1", "4"),
        ("score-1", "x"),
        ("summary-1", "Strong."),
        ("grade-0", "good"),
        ("strengths", "Clear"),
        ("improvements", "Tests"),
        ("recommendation", "recommended"),
        ("file", "yes"),
    ];
    stage.form(&format!("{link}/scorecard"), &fields).await.is(422);
    fields[5].1 = "85";
    stage.form(&format!("{link}/scorecard"), &fields).await.is(303);
    let page = stage.page(&format!("{link}/scorecard")).await.is(200);
    assert!(page.body.contains("Filed. Thank you.") && !page.body.contains("File the scorecard"));

    let interview: hdip_core::scheduling::Interview = stage.world.get(id).await;
    let rating = format!("/l/{}", stage.link(LinkPurpose::Rating, id, interview.candidate_id).await);
    assert!(stage.page(&rating).await.is(200).body.contains("How was your interviewer?"));
    assert_eq!(stage.world.storage.ratings(who, &Page::default()).await.unwrap(), []);
    stage.form(&format!("{rating}/rating"), &[("stars", "9")]).await.is(422);
    stage.form(&format!("{rating}/rating"), &[("stars", "5"), ("comment", "kind")]).await.is(303);
    assert!(stage.page(&rating).await.is(200).body.contains("Thank you"));
    let given = stage.world.storage.ratings(who, &Page::default()).await.unwrap();
    assert_eq!((given.len(), given[0].stars, given[0].comment.as_deref()), (1, 5, Some("kind")));
}
