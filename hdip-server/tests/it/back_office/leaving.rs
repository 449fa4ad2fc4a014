//! People and jobs go: an interviewer is suspended, a job archived, a recruiter leaves, ownership moves.

use super::*;

async fn state_of(story: &Story, interview: &str) -> Value {
    story.get(MIRA, &format!("/v1/interviews/{interview}")).await.is(200).json()["state"].clone()
}

/// Of two confirmed interviews one is released, and one takes place all the same.
pub(super) async fn an_interviewer_is_suspended(story: &mut Story) {
    let backend = story.made.backend.clone();
    story.hand_in(&backend, "Dara").await;
    let near = story.request("Bela", "2026-01-14T08:00:00Z").await;
    story.accept(NILA, &near).await;
    let far = story.request("Dara", "2026-01-19T08:00:00Z").await;
    story.accept(NILA, &far).await;
    story.told().await;

    let path = format!("/v1/interviewers/{}", story.made.nila);
    let listed = story.get(MIRA, &format!("{path}/confirmed-interviews")).await.is(200).json();
    assert_eq!(each(&listed, "id"), [json!(near), json!(far)]);
    let suspend =
        |choices: Value| json!({"status": "suspended", "reason": "under review", "interviews": choices});
    let status = format!("{path}/status");
    story.post(MIRA, &status, suspend(json!([]))).await.refused(409, "has_confirmed_interviews");
    let half = suspend(json!([{"id": near, "then": "finish"}]));
    story.post(MIRA, &status, half).await.refused(409, "has_confirmed_interviews");
    assert!(story.told().await.is_empty());
    let both = suspend(json!([{"id": near, "then": "finish"}, {"id": far, "then": "release"}]));
    let done = story.post(MIRA, &status, both).await.is(200).json();
    assert_eq!((&done["released"], &done["kept"]), (&json!(1), &json!(1)));
    assert_eq!(done["interviewer"]["status"], "suspended");
    assert_eq!(
        story.told().await,
        [
            "interviewer_invitation → vikram",
            "interviewer_released → nila",
            "interviewer_replaced → mira",
            "interviewer_replaced → rita",
            "interviewer_suspended → nila",
        ]
    );
    assert_eq!(
        (state_of(story, &near).await, state_of(story, &far).await),
        (json!("confirmed"), json!("inviting"))
    );
    let page = format!("/v1/audit-entries?subject={}&action=interviewer.status_changed", story.made.nila);
    let newest = story.get(MIRA, &page).await.is(200).json()["items"][0].clone();
    assert_eq!(newest["changes"], json!({"from": "certified", "to": "suspended"}));
    assert_eq!(newest["reason"], "under review");
    assert_eq!(story.entry(&far, "interview.release_reason").await["reason"], "under review");
    // Why is not the client's to read.
    let clients = story.get(OLIVIA, &format!("/v1/audit-entries?subject={far}")).await.is(200).json();
    assert!(!clients.to_string().contains("under review"), "{clients}");
    story.accept(VIKRAM, &far).await;
    // Time and room are those the others know.
    assert_eq!(story.told().await, ["interview_confirmed → vikram"]);

    story.go("2026-01-14T08:10:00Z").await;
    story.told().await;
    story.stage.at("2026-01-14T08:58:00Z");
    let one = format!("/v1/interviews/{near}");
    story.post(NILA, &format!("{one}/end"), Value::Null).await.is(200);
    let body = card(&["Rust", "Data modelling"], &["Communication", "Ownership"], "not_recommended");
    let filed = story.post(NILA, &format!("{one}/scorecard"), body).await.is(200).json();
    assert_eq!(filed["state"], "completed", "what was kept is finished");
    assert_eq!(
        story.told().await,
        ["feedback_submitted → mira", "rate_interviewer → bela", "report_released → adi"]
    );
    let listed = story.get(MIRA, &format!("{path}/confirmed-interviews")).await.is(200).json();
    assert_eq!(listed["items"], json!([]));
}

/// What is undecided is dropped, what is selected stays.
pub(super) async fn the_job_is_archived(story: &Story) {
    let path = format!("/v1/jobs/{}", story.made.backend);
    let archive = format!("{path}/archive");
    story.post(AGNES, &archive, json!({"mode": "cancel"})).await.refused(403, "forbidden");
    story.post(RITA, &archive, json!({})).await.refused(409, "job_has_open_applications");
    let done = story.post(RITA, &archive, json!({"mode": "cancel"})).await.is(200).json();
    assert_eq!(done, json!({"dropped": 2, "still_running": 0}));
    assert_eq!(story.get(RITA, &path).await.is(200).json()["status"], "archived");
    for (name, status) in [("Asha", "selected"), ("Bela", "dropped"), ("Dara", "dropped")] {
        assert_eq!(story.status_of(name).await, status, "{name}");
    }
    let dara = format!("/v1/applications/{}", story.made.applications["Dara"]);
    assert_eq!(story.get(RITA, &dara).await.is(200).json()["drop_reason"], "job_archived");
    assert_eq!(
        story.told().await,
        ["dara", "mira", "rita", "vikram"].map(|to| format!("interview_cancelled → {to}"))
    );
    let cancelled = story.get(RITA, "/v1/interviews?state=cancelled").await.is(200).json();
    assert_eq!(each(&cancelled, "candidate_name"), ["Dara"]);
    let late = json!({"job_id": story.made.backend, "name": "Late", "email": "late@mail.example", "experience_months": 60});
    story.post(RITA, "/v1/applications", late).await.refused(409, "job_archived");
    let record = story.audited(&story.made.backend).await;
    assert_eq!(record.last().map(String::as_str), Some("job.archived"));
    // A repeat is no failure, and finds nothing left.
    let again = story.post(RITA, &archive, json!({"mode": "cancel"})).await.is(200).json();
    assert_eq!(again["dropped"], 0);
}

pub(super) async fn a_recruiter_hands_over(story: &Story) {
    let user = format!("/v1/users/{}", story.made.rita);
    let left = story.get(ADI, &format!("{user}/responsibilities")).await.is(200).json();
    assert_eq!(left["recruiter_on"], json!([story.made.platform]), "open jobs only");
    let mut waiting = ["Farah", "Gita", "Hari"].map(|name| story.made.applications[name].clone());
    waiting.sort();
    let mut listed: Vec<_> = left["applications"].as_array().expect("ids").iter().map(text).collect();
    listed.sort();
    assert_eq!(listed, waiting);
    let deactivate = format!("{user}/deactivate");
    story.post(ROLF, &deactivate, Value::Null).await.refused(404, "not_found");
    let refused = story.post(ADI, &deactivate, Value::Null).await.refused(409, "needs_hand_over").json();
    assert_eq!(
        refused["errors"].as_array().map(Vec::len),
        Some(4),
        "a job and three applications: {refused}"
    );
    let token = story.token(RITA).await;
    let gone = story.post(ADI, &format!("{deactivate}?reassign_to={}", story.made.rolf), Value::Null).await;
    assert_eq!(gone.is(200).json()["status"], "deactivated");
    story.stage.bearing(Some(&token), Method::GET, "/v1/me", Value::Null).await.refused(401, "sign_in_ended");
    story.sign_in(RITA).await.refused(401, "wrong_credentials");

    for (job, title) in
        [(&story.made.platform, "Platform Engineer"), (&story.made.backend, "Backend Engineer")]
    {
        let job = story.get(ROLF, &format!("/v1/jobs/{job}")).await.is(200).json();
        let recruiters = job["recruiter_ids"].as_array().expect("ids").clone();
        assert_eq!(job["title"], title);
        assert!(recruiters.contains(&json!(story.made.rolf)), "{title}: {recruiters:?}");
        assert!(!recruiters.contains(&json!(story.made.rita)), "{title}: {recruiters:?}");
    }
    for id in &waiting {
        let application = story.get(ROLF, &format!("/v1/applications/{id}")).await.is(200).json();
        assert_eq!(application["recruiter_id"], json!(story.made.rolf));
        assert_eq!(story.audited(id).await.last().map(String::as_str), Some("application.reassigned"));
    }
    let entry = story.entry(&story.made.rita, "user.deactivate").await;
    assert_eq!(entry["actor"], format!("user:{}", story.made.adi));
    assert_eq!(entry["changes"], json!({"reassign_to": story.made.rolf}));
    // Whoever took over decides, and hears of what happens next.
    assert!(story.told().await.is_empty());
    let decide = format!("/v1/applications/{}/decision", story.made.applications["Farah"]);
    let selected = story.post(ROLF, &decide, json!({"verdict": "select"})).await.is(200).json();
    assert_eq!(selected["status"], "selected");
    let hari = format!("/v1/interviews?application_id={}", story.made.applications["Hari"]);
    let hari = text(&story.get(ROLF, &hari).await.is(200).json()["items"][0]["id"]);
    let body = card(&["rust"], &["Communication"], "recommended");
    let correction = json!({"body": body, "reason": "two answers were mixed up"});
    story.post(VIKRAM, &format!("/v1/interviews/{hari}/scorecard/corrections"), correction).await.is(200);
    assert_eq!(story.told().await, ["report_corrected → mira", "report_corrected → rolf"]);
}

pub(super) async fn ownership_moves_before_the_owner_leaves(story: &Story) {
    let owner = format!("/v1/users/{}", story.made.olivia);
    for who in [OLIVIA, MIRA] {
        story.post(who, &format!("{owner}/deactivate"), Value::Null).await.refused(409, "last_owner");
        story.patch(who, &owner, json!({"role": "client_admin"})).await.refused(409, "last_owner");
    }
    let ownership = format!("/v1/clients/{}/ownership", story.made.client);
    story.post(ADI, &ownership, json!({"to": story.made.adi})).await.refused(403, "forbidden");
    let rita =
        story.post(OLIVIA, &ownership, json!({"to": story.made.rita})).await.refused(422, "invalid_fields");
    assert_eq!(rita.json()["errors"][0]["code"], "unknown_user", "has left");
    let given = story.post(OLIVIA, &ownership, json!({"to": story.made.adi})).await.is(200).json();
    assert_eq!((&given["id"], &given["role"]), (&json!(story.made.adi), &json!("client_owner")));
    assert_eq!(story.get(OLIVIA, "/v1/me").await.is(200).json()["role"], "client_admin");
    story.get(OLIVIA, "/v1/charges").await.refused(403, "forbidden");
    let charges = story.get(ADI, "/v1/charges").await.is(200).json();
    assert_eq!(
        charges["items"].as_array().map(Vec::len),
        Some(6),
        "every interview that was held: {charges}"
    );
    let moved = story.entry(&story.made.client, "client.transfer_ownership").await;
    assert_eq!(moved["actor"], format!("user:{}", story.made.olivia));

    let gone = story.post(ADI, &format!("{owner}/deactivate"), Value::Null).await.is(200).json();
    assert_eq!(gone["status"], "deactivated");
    story.sign_in(OLIVIA).await.refused(401, "wrong_credentials");
    let record = story.audited(&story.made.olivia).await;
    assert_eq!(
        record,
        ["user.create", "user.accept_invitation", "user.accept_terms", "user.change_role", "user.deactivate"]
    );
    let left = story.get(ADI, &format!("/v1/users?client_id={}", story.made.client)).await.is(200).json();
    let active = left["items"].as_array().expect("items").iter().filter(|user| user["status"] == "active");
    let mut active: Vec<_> = active.map(|user| text(&user["email"])).collect();
    active.sort();
    assert_eq!(active, [ADI, AGNES, ROLF]);
    assert!(story.told().await.is_empty());
}
