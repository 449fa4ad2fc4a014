//! A job with two rounds and a rubric; an agency whose user hands candidates in by a file.

use super::*;

pub(super) async fn a_job_with_two_rounds_and_a_rubric(story: &mut Story) {
    let job = json!({
        "title": "Backend Engineer", "external_id": "REQ-1042", "department": "Data Platform",
        "hiring_manager_id": story.made.adi, "recruiter_ids": [story.made.rita],
        "experience_min_months": 24, "experience_max_months": 120, "positions": 2, "specialisation": "backend",
        "mandatory_skills": ["Rust", "Postgres"], "description": "You build the services behind our shop.",
        "rounds": [
            {"name": "Technical", "duration_minutes": 60, "guidelines": "Start small."},
            {"name": "Design", "duration_minutes": 45},
        ],
    });
    let job = story.post(ADI, "/v1/jobs", job).await.is(201).json();
    assert_eq!(job["mandatory_skills"], json!(["postgresql", "rust"]));
    story.made.backend = text(&job["id"]);
    let path = format!("/v1/jobs/{}", story.made.backend);
    let rounds = story.get(RITA, &format!("{path}/rounds")).await.is(200).json();
    assert_eq!(each(&rounds, "name"), ["Technical", "Design"]);
    let technical = text(&rounds["items"][0]["id"]);
    let rubric = format!("{path}/rounds/{technical}/rubric");
    assert_eq!(story.get(RITA, &rubric).await.is(200).json()["number"], 0, "made of the mandatory skills");
    let own = json!({
        "skills": [
            {"name": "Rust", "levels": ["reads it", "writes it", "teaches it"]},
            {"name": "Data modelling", "levels": ["tables", "trade-offs"]},
        ],
        "evaluation_rows": ["Ownership"],
        "questions": [{"question": "How would you store a cart?", "minutes": 15, "guideline": "Look for keys."}],
    });
    let set = story.post(RITA, &rubric, own).await.is(201).json();
    assert_eq!((&set["number"], &set["evaluation_rows"]), (&json!(1), &json!(["Ownership"])));
    let set = story.entry(&technical, "rubric.set").await;
    assert_eq!(set["actor"], format!("user:{}", story.made.rita));
    assert_eq!(story.audited(&story.made.backend).await, ["job.created"]);
    assert!(story.told().await.is_empty());
}

pub(super) async fn an_agency_hands_in_a_file(story: &mut Story) {
    story.post(RITA, "/v1/agencies", json!({"name": "Best Hires"})).await.refused(403, "forbidden");
    let agency = story.post(OLIVIA, "/v1/agencies", json!({"name": "Best Hires"})).await.is(201).json();
    let agency = text(&agency["id"]);
    let agnes = json!({"email": AGNES, "name": "Agnes Agent"});
    let agnes = story.post(OLIVIA, &format!("/v1/agencies/{agency}/users"), agnes).await.is(201).json();
    assert_eq!((&agnes["role"], &agnes["agency_id"]), (&json!("agency_user"), &json!(agency)));
    let agnes = text(&agnes["id"]);
    story.choose_password("user_invited", AGNES).await;
    assert_eq!(story.told().await, ["user_invited → agnes", "user_invited → mira"]);
    assert_eq!(story.audited(&agency).await, ["agency.created"]);
    assert_eq!(story.audited(&agnes).await, ["user.create", "user.accept_invitation"]);

    // Not named on the job, the agency does not know of it; named, it sees what agencies see.
    let path = format!("/v1/jobs/{}", story.made.backend);
    story.get(AGNES, &path).await.refused(404, "not_found");
    let add = json!({"add": [story.made.backend]});
    let put = story.post(ADI, &format!("/v1/users/{agnes}/jobs"), add).await.is(200).json();
    assert_eq!(each(&put, "recruiter"), [json!(true)]);
    let seen = story.get(AGNES, &path).await.is(200).json();
    assert_eq!((seen.get("department"), seen.get("recommended_score")), (None, None));
    assert_eq!(each(&story.get(AGNES, "/v1/jobs").await.is(200).json(), "title"), ["Backend Engineer"]);

    let file = "name,email,experience_months,phone,current_company,time_zone\n\
        Asha Rao,asha@mail.example,60,+919876500001,Initech,Asia/Kolkata\n\
        Bela Bose,bela@mail.example,48,+919876500002,Hooli,Asia/Kolkata\n\
        Nobody,not an address,48,,,\n\
        Asha Again,asha.again@mail.example,60,+919876500001,,\n";
    let imports = format!("{path}/imports");
    let dry = story.post(AGNES, &format!("{imports}?dry_run=true"), json!(file)).await.is(200).json();
    let statuses = |import: &Value| {
        let rows = import["rows"].as_array().expect("rows").iter();
        rows.map(|row| text(&row["status"])).collect::<Vec<_>>()
    };
    let wanted = ["created", "created", "invalid", "refused"];
    assert_eq!(statuses(&dry), wanted);
    let none = story.get(AGNES, "/v1/applications").await.is(200).json();
    assert_eq!(none["items"], json!([]), "a dry run writes nothing");
    let done = story.post(AGNES, &imports, json!(file)).await.is(200).json();
    assert_eq!(statuses(&done), wanted);
    assert_eq!(done["rows"][2]["errors"][0]["code"], "invalid_email");
    assert_eq!(done["rows"][3]["errors"][0]["code"], "already_submitted");
    for (row, name) in ["Asha", "Bela"].into_iter().enumerate() {
        story.made.applications.insert(name, text(&done["rows"][row]["application_id"]));
    }
    // Sent once more, nothing is handed in twice.
    let again = story.post(AGNES, &imports, json!(file)).await.is(200).json();
    assert_eq!(statuses(&again), ["refused", "refused", "invalid", "refused"]);

    // The client sees whose they are; the agency sees its own, and the other job's not.
    let theirs =
        story.get(RITA, &format!("/v1/applications?job_id={}", story.made.backend)).await.is(200).json();
    assert_eq!(each(&theirs, "agency_name"), ["Best Hires", "Best Hires"]);
    assert_eq!(each(&theirs, "source"), ["agency", "agency"]);
    let own = story.get(AGNES, "/v1/applications").await.is(200).json();
    assert_eq!(own["items"].as_array().map(Vec::len), Some(2));
    let foreign = format!("/v1/applications/{}", story.made.applications["Farah"]);
    story.get(AGNES, &foreign).await.refused(404, "not_found");
    let record = story.audited(&story.made.applications["Asha"]).await;
    assert_eq!(record, ["application.submitted"]);
    assert!(story.told().await.is_empty());
}
