//! Slots, requests, invitations, interviews, money through the API.

use crate::stage::{Stage, TUESDAY};
use axum::http::Method;
use hdip_core::access::{LinkPurpose, Role};
use hdip_core::ports::Method as Calendar;
use serde_json::{Value, json};

#[tokio::test]
async fn a_candidate_is_scheduled_end_to_end() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let [ravi, lena] = stage.interviewers().await;
    let person = json!({
        "job_id": stage.round.job_id, "name": "Asha Rao", "email": "asha.rao@mail.example",
        "experience_months": 60, "current_company": "Initech Ltd", "zone": "Asia/Kolkata",
    });
    let made = stage.post(&owner, "/v1/applications", person).await.is(201).json();
    let application = made["application"]["id"].as_str().unwrap().to_owned();

    let slots = stage.get(&owner, &format!("/v1/applications/{}/slots", application)).await.is(200).json();
    assert_eq!(slots["duration_minutes"], 60);
    assert_eq!(slots["candidate_zone"], "Asia/Kolkata");
    let slot =
        slots["starts"].as_array().unwrap().iter().find(|s| s["start"] == "2026-01-06T09:30:00Z").unwrap();
    assert_eq!(slot["count"], 2, "both are free at 15:00 in Kolkata and 10:30 in Berlin");

    let path = format!("/v1/applications/{}/holds", application);
    let hold = stage.post(&owner, &path, json!({"start": "2026-01-06T09:30:00Z"})).await.is(201).json();
    assert_eq!(hold["expires_at"], "2026-01-05T04:35:00Z");

    let body = json!({"application_id": application, "hold_id": hold["hold_id"]});
    let first =
        stage.call_under(&owner, Some("k1"), Method::POST, "/v1/interviews", body.clone()).await.is(201);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), format!("/v1/interviews/{id}"));
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = stage.call_under(&owner, Some("k1"), Method::POST, "/v1/interviews", body).await.is(201);
    assert_eq!((again.header("idempotent-replayed"), &again.json()["id"]), ("true", &first.json()["id"]));
    let other = json!({"application_id": application, "start": TUESDAY});
    stage
        .call_under(&owner, Some("k1"), Method::POST, "/v1/interviews", other.clone())
        .await
        .refused(422, "idempotency_mismatch");
    stage.post(&owner, "/v1/interviews", other).await.refused(409, "already_scheduled");

    stage.drain().await;
    assert_eq!(stage.mails("ravi@interviewers.example").await[0].kind, "interviewer_invitation");
    let links = [
        stage.invitation_link(id.parse().unwrap(), &ravi).await,
        stage.invitation_link(id.parse().unwrap(), &lena).await,
    ];
    let won =
        stage.open(Method::POST, &format!("/v1/links/{}/accept", links[0]), Value::Null).await.is(200).json();
    assert_eq!(won["invitation"]["state"], "accepted");
    assert_eq!(won["invitation"]["pay"], json!({"amount_minor": 180_000, "currency": "INR"}));
    // A second click of the winner is no failure; the other one is told politely.
    stage.open(Method::POST, &format!("/v1/links/{}/accept", links[0]), Value::Null).await.is(200);
    stage
        .open(Method::POST, &format!("/v1/links/{}/accept", links[1]), Value::Null)
        .await
        .refused(409, "already_taken");

    stage.drain().await;
    let view = stage.get(&owner, &format!("/v1/interviews/{id}")).await.is(200).json();
    assert_eq!((&view["state"], &view["state_by"]), (&json!("confirmed"), &json!("interviewer")));
    assert!(view["meeting_url"].as_str().unwrap().starts_with("https://meet.jit.si/"), "{view}");
    assert_eq!(
        view["interviewer"],
        json!({"designation": "Staff Engineer", "company": "Globex", "experience_years": 10})
    );
    assert!(view.get("operator").is_none());
    for to in ["asha.rao@mail.example", "ravi@interviewers.example"] {
        let mail = &stage.mails(to).await[0];
        assert_eq!(mail.kind, "interview_confirmed");
        let calendar = mail.calendar.as_ref().expect("a calendar entry");
        assert_eq!(calendar.method, Calendar::Request);
    }

    let listed =
        stage.get(&owner, "/v1/interviews?state=completed,confirmed&state=cancelled").await.is(200).json();
    assert_eq!(listed["items"][0]["id"], *id);
    let none = stage.get(&owner, "/v1/interviews?state=completed").await.is(200).json();
    assert_eq!(none["items"], json!([]));
    let answer =
        stage.get(&owner, "/v1/interviews?state=confirmed,happy").await.refused(422, "invalid_fields");
    assert_eq!(answer.json()["errors"][0]["field"], "state");
}

#[tokio::test]
async fn a_start_is_named_by_its_hold_or_directly_and_odd_hours_need_a_yes() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let application = stage.application("Asha Rao").await;
    stage.world.interviewer("Owl", "America/New_York").await;
    let [start, nowhere] = ["2026-01-06T17:30:00Z", "2026-01-06T02:30:00Z"]; // 23:00 and 08:00 in Kolkata
    for body in [
        json!({"application_id": application.id}),
        json!({"application_id": application.id, "start": start, "hold_id": format!("hold_{}", "0".repeat(26))}),
    ] {
        let refused = stage.post(&owner, "/v1/interviews", body).await.refused(422, "invalid_fields").json();
        assert_eq!(refused["errors"][0]["code"], "one_of");
    }
    let body = json!({"application_id": application.id, "start": nowhere});
    stage.post(&owner, "/v1/interviews", body).await.refused(409, "start_not_offered");
    let why = stage
        .get(&owner, &format!("/v1/applications/{}/slots/why-not?start={nowhere}", application.id))
        .await
        .is(200)
        .json();
    assert_eq!((&why["count"], &why["interviewers"][0]["code"]), (&json!(0), &json!("not_available")));
    assert!(why.get("detail").is_none(), "who is not available is the operator's to know");
    let detail = stage
        .get(
            &stage.world.manager,
            &format!("/v1/applications/{}/slots/why-not?start={nowhere}", application.id),
        )
        .await
        .is(200)
        .json();
    assert_eq!(detail["detail"].as_object().unwrap().len(), 1);

    let body = json!({"application_id": application.id, "start": start});
    stage.post(&owner, "/v1/interviews", body).await.refused(409, "odd_hours");
    let body = json!({"application_id": application.id, "start": start, "odd_hours_ok": true});
    stage.post(&owner, "/v1/interviews", body).await.is(201);

    // Times at the ends of the calendar are refused, not calculated with.
    for query in
        ["from=%2B262142-12-30T00:00:00Z&until=%2B262142-12-31T00:00:00Z", "until=2026-01-01T00:00:00Z"]
    {
        stage
            .get(&owner, &format!("/v1/applications/{}/slots?{query}", application.id))
            .await
            .refused(422, "invalid_fields");
    }
    let path = format!("/v1/applications/{}/slots/why-not?start=%2B262142-12-31T23:59:59Z", application.id);
    stage.get(&owner, &path).await.refused(422, "invalid_fields");
}

#[tokio::test]
async fn a_late_cancellation_is_shown_first_and_amounts_only_to_those_who_may_see_them() {
    let stage = Stage::new().await;
    let (owner, manager) = (stage.world.owner.clone(), stage.world.manager.clone());
    let recruiter = stage.user(Role::ClientRecruiter, "Rita").await;
    let application = stage.application("Asha Rao").await;
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let ravis_user = stage.user_of_interviewer(&ravi).await;
    let path = |below: &str| format!("/v1/interviews/{id}{below}");

    let early = stage.get(&owner, &path("/change-consequence")).await.is(200).json();
    assert_eq!(early, json!({"late": false, "text": "this is not a late change"}));
    stage.at("2026-01-06T02:30:00Z");
    let fee = json!({"amount_minor": 80_000, "currency": "INR"});
    let earning = json!({"amount_minor": 40_000, "currency": "INR"});
    let text = "a late-change fee applies";
    let late = stage.get(&owner, &path("/change-consequence")).await.is(200).json();
    assert_eq!(late, json!({"late": true, "charge": fee, "text": text}));
    let late = stage.get(&recruiter, &path("/change-consequence")).await.is(200).json();
    assert_eq!(late, json!({"late": true, "text": text}));

    stage
        .post(&recruiter, &path("/cancel"), json!({"reason": "on leave"}))
        .await
        .refused(409, "late_change_not_confirmed");
    let gone = stage
        .post(&recruiter, &path("/cancel"), json!({"reason": "on leave", "late_ok": true}))
        .await
        .is(200)
        .json();
    assert_eq!((&gone["state"], &gone["reason"]), (&json!("cancelled"), &json!("on leave")));
    assert!(gone.get("charges").is_none() && gone.get("operator").is_none());
    stage
        .post(&recruiter, &path("/cancel"), json!({"late_ok": true}))
        .await
        .refused(409, "wrong_interview_state");

    let seen = stage.get(&owner, &path("")).await.is(200).json();
    assert_eq!((&seen["charges"][0]["amount"], &seen["charges"][0]["kind"]), (&fee, &json!("late_change")));
    assert!(seen.get("operator").is_none());
    let seen = stage.get(&manager, &path("")).await.is(200).json();
    assert_eq!(seen["operator"]["interviewer_name"], "Ravi");
    assert_eq!(seen["operator"]["earnings"][0]["amount"], earning);

    let charges = stage.get(&owner, "/v1/charges").await.is(200).json();
    assert_eq!((charges["items"].as_array().unwrap().len(), &charges["items"][0]["amount"]), (1, &fee));
    stage.get(&recruiter, "/v1/charges").await.refused(403, "forbidden");
    stage.get(&ravis_user, "/v1/charges").await.refused(403, "forbidden");
    let earned = stage.get(&ravis_user, "/v1/earnings").await.is(200).json();
    assert_eq!(earned["items"][0]["amount"], earning);
    assert!(
        earned["items"][0].get("interviewer_id").is_none() && earned["items"][0].get("client_id").is_none()
    );
    assert_eq!(
        stage.get(&manager, "/v1/earnings").await.is(200).json()["items"][0]["interviewer_id"],
        ravi.id.to_string()
    );
    stage.get(&owner, "/v1/earnings").await.refused(403, "forbidden");
}

#[tokio::test]
async fn another_tenants_ids_answer_like_ids_that_do_not_exist() {
    let stage = Stage::new().await;
    let stranger = stage.stranger().await;
    let application = stage.application("Asha Rao").await;
    let (id, ravi) = stage.confirmed(&application, TUESDAY).await;
    let ravis_invitation = stage.mails("ravi@interviewers.example").await;
    assert!(!ravis_invitation.is_empty());

    let own = format!("/v1/interviews/{id}");
    let nobodys = format!("/v1/interviews/int_{}", "0".repeat(26));
    let shown = stage.get(&stranger, &own).await.refused(404, "not_found").json();
    let missing = stage.get(&stranger, &nobodys).await.refused(404, "not_found").json();
    assert_eq!(shown["detail"], missing["detail"]);
    for path in [
        format!("/v1/applications/{}/slots", application.id),
        format!("/v1/applications/{}/slots/why-not?start={TUESDAY}", application.id),
        format!("{own}/change-consequence"),
    ] {
        stage.get(&stranger, &path).await.refused(404, "not_found");
    }
    let before = stage.happened().await;
    for (path, body) in [
        (format!("/v1/applications/{}/holds", application.id), json!({"start": TUESDAY})),
        (format!("/v1/applications/{}/scheduling-link", application.id), Value::Null),
        ("/v1/interviews".to_owned(), json!({"application_id": application.id, "start": TUESDAY})),
        (format!("{own}/cancel"), json!({"late_ok": true})),
        (format!("{own}/reschedule"), json!({"start": "2026-01-07T04:30:00Z"})),
        (format!("{own}/redo"), json!({"reason": "because"})),
        (format!("{own}/no-show"), json!({"who": "interviewer"})),
        (format!("{own}/withdraw"), json!({})),
        (format!("{own}/end"), Value::Null),
        (format!("{own}/interrupt"), json!({})),
    ] {
        let answer = stage.post(&stranger, &path, body).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    for (path, body) in [
        (format!("{own}/release"), json!({"reason": "because"})),
        (format!("{own}/assign"), json!({"reason": "because", "interviewer_id": ravi.id})),
        (format!("{own}/close"), json!({"reason": "because", "closing": "completed"})),
    ] {
        stage.post(&stranger, &path, body).await.refused(403, "forbidden");
    }
    assert_eq!(stage.happened().await, before);
    for list in ["/v1/interviews", "/v1/charges"] {
        assert_eq!(stage.get(&stranger, list).await.is(200).json()["items"], json!([]));
    }
}

#[tokio::test]
async fn an_interviewer_answers_conducts_and_gives_back() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let [ravi, lena] = stage.interviewers().await;
    let (ravis, lenas) = (stage.user_of_interviewer(&ravi).await, stage.user_of_interviewer(&lena).await);
    let application = stage.application("Asha Rao").await;
    let id = stage.requested(&application, "2026-01-06T09:30:00Z").await;
    let path = |below: &str| format!("/v1/interviews/{id}{below}");

    let open = stage.get(&ravis, "/v1/invitations?open=true").await.is(200).json();
    let invitation = open["items"][0].clone();
    assert!(invitation.get("candidate_name").is_none());
    assert_eq!(invitation["candidate_company"], "Initech Ltd");
    let own = format!("/v1/invitations/{}", invitation["id"].as_str().unwrap());
    stage.post(&lenas, &format!("{own}/accept"), Value::Null).await.refused(404, "not_found");
    stage.post(&owner, &format!("{own}/accept"), Value::Null).await.refused(404, "not_found");
    stage.get(&ravis, &path("")).await.refused(403, "forbidden");
    let taken = stage.post(&ravis, &format!("{own}/accept"), Value::Null).await.is(200).json();
    assert_eq!(taken["state"], "accepted");
    stage.drain().await;
    let mine = stage.get(&ravis, "/v1/my/interviews").await.is(200).json();
    assert_eq!(
        (&mine["items"][0]["candidate_name"], &mine["items"][0]["zone"]),
        (&json!("Asha Rao"), &json!("Asia/Kolkata"))
    );
    assert!(!mine.to_string().contains("asha.rao@"), "never an address");
    assert_eq!(stage.get(&lenas, "/v1/invitations?open=true").await.is(200).json()["items"], json!([]));
    let closed = stage.get(&lenas, "/v1/invitations").await.is(200).json()["items"][0].clone();
    assert_eq!(closed["state"], "closed");
    stage.get(&lenas, &format!("/v1/my/interviews/{id}")).await.refused(404, "not_found");

    // Given back in time: others are asked at the same start, and the operator may name one.
    stage.post(&ravis, &path("/withdraw"), json!({"reason": "ill"})).await.is(204);
    stage.get(&ravis, &format!("/v1/my/interviews/{id}")).await.refused(404, "not_found");
    stage.drain().await;
    let manager = stage.world.manager.clone();
    let body = json!({"interviewer_id": lena.id, "reason": "asked on the phone"});
    stage.post(&owner, &path("/assign"), body.clone()).await.refused(403, "forbidden");
    let now = stage.post(&manager, &path("/assign"), body).await.is(200).json();
    assert_eq!((&now["state"], &now["operator"]["interviewer_name"]), (&json!("confirmed"), &json!("Lena")));
    stage.drain().await;

    stage.post(&lenas, &path("/no-show"), json!({"who": "candidate"})).await.refused(409, "too_early");
    stage.at("2026-01-06T09:31:00Z");
    stage.drain().await;
    assert_eq!(stage.get(&owner, &path("")).await.is(200).json()["state"], "in_progress");
    let cut =
        stage.post(&lenas, &path("/interrupt"), json!({"reason": "the line was lost"})).await.is(200).json();
    assert_eq!(cut["state"], "interrupted");
    let body = json!({"closing": "completed", "reason": "they finished on the phone"});
    let done = stage.post(&manager, &path("/close"), body).await.is(200).json();
    assert_eq!(done["state"], "completed");
    let seen = stage.get(&owner, &path("")).await.is(200).json();
    assert_eq!(seen["charges"][0]["amount"], json!({"amount_minor": 300_000, "currency": "INR"}));
    stage.post(&owner, &path("/redo"), json!({"reason": ""})).await.refused(422, "invalid_fields");
    stage.post(&owner, &path("/redo"), json!({"reason": "wrong topics"})).await.is(200);
}

#[tokio::test]
async fn a_moved_interview_names_its_successor_and_an_ended_one_waits_for_feedback() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let application = stage.application("Asha Rao").await;
    let (old, ravi) = stage.confirmed(&application, TUESDAY).await;
    let body = json!({"start": "2026-01-07T05:30:00Z", "reason": "travelling"});
    let new = stage.post(&owner, &format!("/v1/interviews/{old}/reschedule"), body).await.is(201);
    let moved = new.json();
    assert_eq!(moved["predecessor_id"], old.to_string());
    assert_eq!(new.header("location"), format!("/v1/interviews/{}", moved["id"].as_str().unwrap()));
    let seen = stage.get(&owner, &format!("/v1/interviews/{old}")).await.is(200).json();
    assert_eq!((&seen["state"], &seen["successor_id"]), (&json!("rescheduled"), &moved["id"]));
    stage.drain().await;

    let id = moved["id"].as_str().unwrap();
    let token = stage.invitation_link(id.parse().unwrap(), &ravi).await;
    stage.open(Method::POST, &format!("/v1/links/{token}/accept"), Value::Null).await.is(200);
    stage.drain().await;
    stage.at("2026-01-07T05:35:00Z");
    stage.drain().await;
    let token = stage.link(LinkPurpose::InterviewerInterview, id, ravi.id).await;
    let over = stage.open(Method::POST, &format!("/v1/links/{token}/end"), Value::Null).await.is(200).json();
    assert_eq!(over["interviewer_interview"]["state"], "awaiting_feedback");
}
