//! Learning in real interviews under a mentor: two observed, one led, signed off.

use super::*;

/// The client's first job; what is learned on it is real.
pub(super) async fn a_job_to_learn_on(story: &mut Story) {
    let job = json!({
        "title": "Platform Engineer", "department": "Data Platform", "hiring_manager_id": story.made.adi,
        "recruiter_ids": [story.made.rita], "experience_min_months": 24, "experience_max_months": 120,
        "positions": 3, "specialisation": "backend", "mandatory_skills": ["Rust"],
        "rounds": [{"name": "Technical", "duration_minutes": 60}],
    });
    let job = story.post(OLIVIA, "/v1/jobs", job).await.is(201).json();
    assert_eq!((&job["status"], &job["mandatory_skills"]), (&json!("open"), &json!(["rust"])));
    story.made.platform = text(&job["id"]);
    assert_eq!(story.audited(&story.made.platform).await, ["job.created"]);
    let platform = story.made.platform.clone();
    for name in ["Farah", "Gita", "Hari"] {
        story.hand_in(&platform, name).await;
    }
    assert!(story.told().await.is_empty());
}

async fn status_of(story: &Story, who: &str) -> Value {
    story.get(MIRA, &format!("/v1/interviewers/{who}")).await.is(200).json()["status"].clone()
}

pub(super) async fn two_observed_one_led_and_certified(story: &Story) {
    let begin = json!({
        "interviewer_id": story.made.nila, "mentor_id": story.made.vikram, "specialisation": "Backend", "level": 2,
    });
    let begun = story.post(MIRA, "/v1/shadowings", begin).await.is(201).json();
    assert_eq!((&begun["observed_needed"], &begun["led_needed"]), (&json!(2), &json!(1)));
    let shadowing = text(&begun["id"]);
    assert_eq!(status_of(story, &story.made.nila).await, "shadowing");
    assert_eq!(story.told().await, ["shadowing_started → nila", "shadowing_started → vikram"]);

    let one = format!("/v1/shadowings/{shadowing}");
    let sign_off = json!({"note": "asks openly, grades fairly"});
    for (name, day, kind) in [("Farah", 6, "observed"), ("Gita", 7, "observed"), ("Hari", 8, "led")] {
        story
            .post(VIKRAM, &format!("{one}/sign-off"), sign_off.clone())
            .await
            .refused(409, "shadowing_incomplete");
        a_session(story, &one, name, day, kind).await;
    }
    let seen = story.get(NILA, &one).await.is(200).json();
    assert_eq!((&seen["observed"], &seen["led"]), (&json!(2), &json!(1)));
    story.post(MIRA, &format!("{one}/sign-off"), sign_off.clone()).await.refused(403, "forbidden");
    story.post(NILA, &format!("{one}/sign-off"), sign_off.clone()).await.refused(403, "forbidden");
    let signed = story.post(VIKRAM, &format!("{one}/sign-off"), sign_off).await.is(200).json();
    assert_eq!(signed["status"], "signed_off");
    assert_eq!(story.told().await, ["interviewer_certified → nila"]);
    assert_eq!(story.audited(&shadowing).await, ["shadowing.started", "shadowing.signed_off"]);

    let path = format!("/v1/interviewers/{}", story.made.nila);
    let nila = story.get(NILA, &path).await.is(200).json();
    assert_eq!((&nila["status"], &nila["certifications"]), (&json!("certified"), &json!({"backend": 2})));
    let mut steps = each(&story.get(NILA, &format!("{path}/ladder-steps")).await.is(200).json(), "step");
    steps.reverse();
    assert_eq!(steps, ["invited", "status", "shadowing_started", "certified"]);
}

/// An interview of the mentor's, from the request to the scorecard, with the learner in it.
async fn a_session(story: &Story, shadowing: &str, name: &str, day: u32, kind: &str) {
    let who = name.to_lowercase();
    let at = |time: &str| format!("2026-01-{day:02}T{time}:00Z");
    let interview = story.request(name, &at("08:00")).await;
    // Whoever learns is not asked.
    let asked = [format!("awaiting_confirmation → {who}"), "interviewer_invitation → vikram".into()];
    assert_eq!(story.told().await, asked);
    let sessions = format!("{shadowing}/sessions");
    let plan = json!({"interview_id": interview, "kind": kind});
    story.post(VIKRAM, &sessions, plan.clone()).await.refused(404, "not_found");
    story.accept(VIKRAM, &interview).await;
    let mut confirmed = ["mira", "rita", "vikram", &who].map(|to| format!("interview_confirmed → {to}"));
    confirmed.sort();
    assert_eq!(story.told().await, confirmed);

    let planner = if kind == "led" { MIRA } else { VIKRAM };
    let planned = story.post(planner, &sessions, plan.clone()).await.is(201).json();
    let session = planned["sessions"].as_array().expect("sessions").last().expect("one").clone();
    assert_eq!((&session["kind"], &session["state"]), (&json!(kind), &json!("planned")));
    story.post(planner, &sessions, plan).await.refused(409, "observed_already");
    let mut told = ["nila", "vikram", &who].map(|to| format!("shadowing_planned → {to}"));
    told.sort();
    assert_eq!(story.told().await, told);
    let session_id = text(&session["id"]);
    let path = format!("/v1/shadowing-sessions/{session_id}");
    let seen = story.get(NILA, &format!("{path}/interview")).await.is(200).json();
    assert_eq!((&seen["candidate_name"], &seen["lead_name"]), (&json!(name), &json!("Vikram Sen")));

    story.go(&at("08:30")).await;
    let reminded = story.told().await;
    assert!(reminded.iter().all(|line| line.starts_with("reminder → ")), "{reminded:?}");
    assert!(reminded.contains(&format!("reminder → {who}")), "{reminded:?}");
    let attended = json!({"attended": true, "note": "attentive"});
    story.post(VIKRAM, &format!("{path}/settle"), attended.clone()).await.refused(409, "session_not_over");
    story.stage.at(&at("08:55"));
    story.post(VIKRAM, &format!("/v1/interviews/{interview}/end"), Value::Null).await.is(200);
    story.post(NILA, &format!("{path}/settle"), attended.clone()).await.refused(403, "forbidden");
    story.post(VIKRAM, &format!("{path}/settle"), attended).await.is(204);
    let all = story.get(NILA, shadowing).await.is(200).json();
    let last = all["sessions"].as_array().expect("sessions").last().expect("one");
    assert_eq!((&last["id"], &last["state"]), (&session["id"], &json!("attended")));
    let record = story.audited(&session_id).await;
    assert_eq!(record, ["shadowing.session_planned", "shadowing.session_settled"]);

    // Whoever sat in files nothing; the mentor does.
    let scorecard = format!("/v1/interviews/{interview}/scorecard");
    story
        .post(NILA, &scorecard, card(&["rust"], &["Communication"], "recommended"))
        .await
        .refused(404, "not_found");
    let filed = story.post(VIKRAM, &scorecard, card(&["rust"], &["Communication"], "recommended")).await;
    assert_eq!(filed.is(200).json()["state"], "completed");
    assert_eq!(story.status_of(name).await, "decision_due");
    let told = [
        "feedback_submitted → mira".to_owned(),
        format!("rate_interviewer → {who}"),
        "report_released → rita".into(),
    ];
    assert_eq!(story.told().await, told);
}
