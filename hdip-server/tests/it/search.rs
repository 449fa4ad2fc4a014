//! Search through the API.

use crate::stage::Stage;
use axum::http::Method;
use hdip_core::access::Role;
use serde_json::{Value, json};

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_field_finds_people_and_jobs() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let body = json!({"job_id": stage.round.job_id, "name": "Åsa Räo", "email": "asa@mail.example",
        "experience_months": 60, "phone": "+919876543210", "current_company": "Initech", "ats_reference": "ATS-77120"});
    stage.post(&owner, "/v1/applications", body).await.is(201);
    for q in ["asa+rao", "ASA%20init", "%2B91%2098765%2043210", "ats-77120"] {
        let found = stage.get(&owner, &format!("/v1/search?q={q}")).await.is(200).json();
        assert_eq!(titles(&found), ["Åsa Räo"], "{q}");
        assert_eq!(
            (&found["items"][0]["kind"], &found["items"][0]["detail"]),
            (&json!("candidate"), &json!("Initech"))
        );
        assert!(found["items"][0]["id"].as_str().unwrap().starts_with("cand_"));
    }
    let both = stage.get(&owner, "/v1/search?q=backend").await.is(200).json();
    assert_eq!(titles(&both), ["Backend Engineer"]);
    let none = stage.get(&owner, "/v1/search?q=backend&kinds=candidate").await.is(200).json();
    assert_eq!(titles(&none), [] as [&str; 0]);
    let operator =
        stage.get(&stage.world.manager, "/v1/search?q=acme&kinds=client,interviewer").await.is(200).json();
    assert_eq!(
        (titles(&operator), &operator["items"][0]["client_id"]),
        (vec!["Acme"], &json!(stage.world.client.id))
    );
    let job = format!("/v1/jobs/{}", stage.round.job_id);
    stage.call(&owner, Method::PATCH, &job, json!({"title": "Rust Developer"})).await.is(200);
    assert_eq!(titles(&stage.get(&owner, "/v1/search?q=backend").await.is(200).json()), [] as [&str; 0]);
}

#[tokio::test]
async fn nobody_finds_what_they_do_not_see() {
    let stage = Stage::new().await;
    stage.application("Asha Rao").await;
    let agency = stage.world.agency("Best Hires").await;
    let agent = stage.world.agency_user(&agency, "agnes@best.example").await;
    for user in [stage.stranger().await, agent] {
        for q in ["asha", "backend"] {
            let found = stage.get(&user, &format!("/v1/search?q={q}")).await.is(200).json();
            assert_eq!(titles(&found), [] as [&str; 0], "{q}");
        }
        stage.get(&user, "/v1/search?q=asha&kinds=client").await.refused(403, "forbidden");
    }
    let [ravi, _] = stage.interviewers().await;
    let ravi = stage.user_of_interviewer(&ravi).await;
    stage.get(&ravi, "/v1/search?q=asha").await.refused(403, "forbidden");
    stage.open(Method::GET, "/v1/search?q=asha", Value::Null).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn odd_questions_are_refused_by_field_and_pages_go_on() {
    let stage = Stage::new().await;
    let owner = stage.user(Role::ClientOwner, "Olga").await;
    for (query, field) in [
        ("", "q"),
        ("q=a", "q"),
        ("q=%25%25", "q"),
        ("q=asha&kinds=dog", "kinds"),
        ("q=asha&limit=0", "limit"),
    ] {
        let refused = stage.get(&owner, &format!("/v1/search?{query}")).await.refused(422, "invalid_fields");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{query}");
    }
    stage.get(&owner, "/v1/search?q=asha&cursor=x").await.refused(422, "invalid_cursor");
    for n in 0..5 {
        stage.application(&format!("Asha {n}")).await;
    }
    let (mut path, mut seen) = ("/v1/search?q=asha&limit=2".to_owned(), Vec::new());
    loop {
        let page = stage.get(&owner, &path).await.is(200).json();
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/search?q=asha&limit=2&cursor={next}");
    }
    assert_eq!(seen, ["Asha 4", "Asha 3", "Asha 2", "Asha 1", "Asha 0"]);
}
