//! From the scheduling link to the decision: interview, scorecard without a recording, result, rating, second round.

use super::*;

/// The candidate says no to being recorded, and one of two interviewers takes it; the id of the interview.
pub(super) async fn the_candidate_picks_and_is_interviewed(story: &Story) -> String {
    let application = &story.made.applications["Asha"];
    let send = format!("/v1/applications/{application}/scheduling-link");
    story.post(RITA, &send, Value::Null).await.is(202);
    assert_eq!(story.told().await, ["scheduling_link → asha"]);
    let link = format!("/v1/links/{}", story.mailed("scheduling_link", "asha@mail.example").await);
    let post = async |path: String, body| story.stage.open(Method::POST, &path, body).await;
    let shown = story.stage.page(&link).await.is(200).json();
    assert_eq!(
        (&shown["purpose"], &shown["scheduling"]["round_name"], &shown["scheduling"]["duration_minutes"]),
        (&json!("schedule"), &json!("Technical"), &json!(60))
    );
    let slots = story.stage.page(&format!("{link}/slots")).await.is(200).json();
    let start = "2026-01-09T09:00:00Z";
    let offered = slots["starts"].as_array().expect("starts").iter().find(|slot| slot["start"] == start);
    assert_eq!(offered.expect("is offered")["count"], 2, "mentor and whoever learned from it");
    let hold = post(format!("{link}/holds"), json!({ "start": start })).await.is(201).json();
    let no = json!({"recording": false, "transcript": false, "ai": false});
    let ask = json!({"hold_id": hold["hold_id"], "consents": no});
    let asked = post(format!("{link}/request"), ask).await.is(201).json();
    assert_eq!(asked["scheduling"]["interview"]["state"], "requested");
    let interview = text(&asked["scheduling"]["interview"]["id"]);
    assert_eq!(
        story.told().await,
        [
            "awaiting_confirmation → asha",
            "interviewer_invitation → nila",
            "interviewer_invitation → vikram",
            "slot_requested → adi",
            "slot_requested → mira",
        ]
    );
    assert_eq!(story.status_of("Asha").await, "interviewing");

    let nilas = story.mailed("interviewer_invitation", NILA).await;
    let vikrams = story.mailed("interviewer_invitation", VIKRAM).await;
    let accept = |token: &str| post(format!("/v1/links/{token}/accept"), Value::Null);
    assert_eq!(accept(&nilas).await.is(200).json()["invitation"]["state"], "accepted");
    accept(&vikrams).await.refused(409, "already_taken");
    assert_eq!(
        story.told().await,
        [
            "interview_confirmed → adi",
            "interview_confirmed → asha",
            "interview_confirmed → mira",
            "interview_confirmed → nila",
        ]
    );
    let one = format!("/v1/interviews/{interview}");
    let seen = story.get(RITA, &one).await.is(200).json();
    assert_eq!((&seen["state"], &seen["state_by"]), (&json!("confirmed"), &json!("interviewer")));
    let meeting = text(&seen["meeting_url"]);
    assert!(meeting.starts_with("https://"), "{meeting}");
    assert!(!seen.to_string().contains("Nila"), "the client does not learn who it is: {seen}");
    assert_eq!(story.get(AGNES, &one).await.is(200).json()["state"], "confirmed");
    let mine = story.get(NILA, &format!("/v1/my/interviews/{interview}")).await.is(200).json();
    assert_eq!((&mine["meeting_url"], &mine["guidelines"]), (&json!(meeting), &json!("Start small.")));
    assert!(!mine.to_string().contains("asha@"), "nor the interviewer the address: {mine}");

    let own = story.mailed("interview_confirmed", "asha@mail.example").await;
    let own = story.stage.page(&format!("/v1/links/{own}")).await.is(200).json();
    let consents = own["candidate_interview"]["consents"].as_array().expect("consents").iter();
    let consents: Vec<_> =
        consents.map(|consent| (text(&consent["kind"]), consent["given"].clone())).collect();
    assert_eq!(consents, ["recording", "transcript", "ai"].map(|kind| (kind.to_owned(), json!(false))));

    story.go("2026-01-09T09:20:00Z").await;
    let told = story.told().await;
    assert!(told.contains(&"reminder → asha".into()) && told.contains(&"reminder → nila".into()), "{told:?}");
    story.stage.at("2026-01-09T09:55:00Z");
    let ended = story.post(NILA, &format!("{one}/end"), Value::Null).await.is(200).json();
    assert_eq!(ended["state"], "awaiting_feedback");
    let record = story.audited(&interview).await;
    assert_eq!(record, ["interview.request", "interview.confirm"]);
    interview
}

pub(super) async fn the_result_is_filed_read_and_rated(story: &Story, interview: &str) {
    let one = format!("/v1/interviews/{interview}");
    let scorecard = format!("{one}/scorecard");
    let form = story.get(NILA, &scorecard).await.is(200).json();
    assert_eq!(form["evaluation_rows"], json!(["Communication", "Ownership"]), "the round's own rubric");
    story.get(RITA, &format!("{one}/result")).await.refused(404, "not_found");
    let draft = format!("{scorecard}/draft");
    story.call(NILA, Method::PUT, &draft, json!({"strengths": "Clear"})).await.is(200);
    let gaps = story.post(NILA, &scorecard, json!({"strengths": "Clear"})).await;
    gaps.refused(422, "invalid_fields");
    let body = card(&["Rust", "Data modelling"], &["Communication", "Ownership"], "recommended");
    let filed = story.post(NILA, &scorecard, body).await.is(200).json();
    assert_eq!((&filed["state"], &filed["submitted"][0]["number"]), (&json!("completed"), &json!(1)));
    assert_eq!(
        story.told().await,
        ["feedback_submitted → mira", "rate_interviewer → asha", "report_released → adi"]
    );
    assert_eq!(story.status_of("Asha").await, "decision_due");

    let result = story.get(RITA, &format!("{one}/result")).await.is(200).json();
    assert_eq!((&result["body"]["overall_score"], &result["round_name"]), (&json!(80), &json!("Technical")));
    assert!(!result.to_string().contains("amount_minor"), "no amounts: {result}");
    let rating = format!("/v1/links/{}", story.mailed("rate_interviewer", "asha@mail.example").await);
    assert_eq!(story.stage.page(&rating).await.is(200).json()["rated"], false);
    let stars = json!({"stars": 5, "comment": "kind"});
    story.stage.open(Method::POST, &format!("{rating}/rating"), stars).await.is(204);
    assert_eq!(story.stage.page(&rating).await.is(200).json()["rated"], true);
    let ratings = format!("/v1/interviewers/{}/ratings", story.made.nila);
    let given = story.get(MIRA, &ratings).await.is(200).json();
    assert_eq!((each(&given, "stars"), each(&given, "comment")), (vec![json!(5)], vec![json!("kind")]));
    story.get(RITA, &ratings).await.refused(403, "forbidden");

    // Amounts: the owner what is charged, the interviewer what is earned, nobody else anything.
    let charged = story.get(OLIVIA, "/v1/charges").await.is(200).json();
    let charge =
        charged["items"].as_array().expect("items").iter().find(|row| row["interview_id"] == *interview);
    assert_eq!(charge.expect("is charged")["amount"], json!({"amount_minor": 300_000, "currency": "INR"}));
    story.get(ADI, "/v1/charges").await.refused(403, "forbidden");
    let earned = story.get(NILA, "/v1/earnings").await.is(200).json();
    assert_eq!(each(&earned, "amount"), [json!({"amount_minor": 180_000, "currency": "INR"})]);
}

/// Whoever has met the candidate is not asked again; then the client decides.
pub(super) async fn a_second_round_and_selected(story: &Story, first: &str) {
    let application = &story.made.applications["Asha"];
    let decide = format!("/v1/applications/{application}/decision");
    story.post(AGNES, &decide, json!({"verdict": "advance"})).await.refused(403, "forbidden");
    let next = story.post(RITA, &decide, json!({"verdict": "advance"})).await.is(200).json();
    assert_eq!((&next["status"], &next["round_name"]), (&json!("to_schedule"), &json!("Design")));
    let interview = story.request("Asha", "2026-01-12T08:00:00Z").await;
    assert_ne!(interview, first);
    assert_eq!(story.told().await, ["awaiting_confirmation → asha", "interviewer_invitation → vikram"]);
    story.accept(VIKRAM, &interview).await;
    story.go("2026-01-12T08:10:00Z").await;
    story.told().await;
    story.stage.at("2026-01-12T08:45:00Z");
    // Filing ends it.
    let scorecard = format!("/v1/interviews/{interview}/scorecard");
    let body = card(&["postgresql", "rust"], &["Communication"], "highly_recommended");
    assert_eq!(story.post(VIKRAM, &scorecard, body).await.is(200).json()["state"], "completed");
    assert_eq!(
        story.told().await,
        ["feedback_submitted → mira", "rate_interviewer → asha", "report_released → adi"]
    );
    story.post(RITA, &decide, json!({"verdict": "advance"})).await.refused(409, "no_next_round");
    let yes = json!({"verdict": "select", "reason": "both rounds were good"});
    let selected = story.post(RITA, &decide, yes).await.is(200).json();
    assert_eq!(
        (&selected["status"], &selected["decision_reason"]),
        (&json!("selected"), &json!("both rounds were good"))
    );
    let theirs = story.get(AGNES, &format!("/v1/applications/{application}")).await.is(200).json();
    assert_eq!((&theirs["status"], theirs.get("decision_reason")), (&json!("selected"), None));
    let results =
        story.get(RITA, &format!("/v1/interviews?application_id={application}")).await.is(200).json();
    assert_eq!(each(&results, "state"), ["completed", "completed"]);
    assert!(story.told().await.is_empty());
}
