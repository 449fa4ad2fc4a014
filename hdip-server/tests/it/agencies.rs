//! Agencies through the API.

use crate::stage::Stage;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use hdip_core::access::{Role, User};
use hdip_core::values::JobId;
use serde_json::{Value, json};

fn person(job: JobId, name: &str) -> Value {
    let email = format!("{}@mail.example", name.to_lowercase().replace(' ', "."));
    json!({"job_id": job, "name": name, "email": email, "experience_months": 60})
}

/// A user of a new agency, invited through the API and named on the stage's job.
async fn agent(stage: &Stage, agency: &str, address: &str) -> User {
    let owner = stage.world.owner.clone();
    let made = stage.post(&owner, "/v1/agencies", json!({ "name": agency })).await.is(201).json();
    let path = format!("/v1/agencies/{}/users", made["id"].as_str().unwrap());
    let user =
        stage.post(&owner, &path, json!({"email": address, "name": "Agnes Agent"})).await.is(201).json();
    assert_eq!((&user["role"], &user["agency_id"]), (&json!("agency_user"), &made["id"]));
    stage.world.get(user["id"].as_str().unwrap()).await
}

async fn name_on_job(stage: &Stage, users: &[&User]) {
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let path = format!("/v1/jobs/{}", stage.round.job_id);
    stage.call(&stage.world.owner, Method::PATCH, &path, json!({ "recruiter_ids": ids })).await.is(200);
}

#[tokio::test]
async fn an_agency_is_made_renamed_listed_and_ended() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let made = stage
        .call_under(&owner, Some("once"), Method::POST, "/v1/agencies", json!({"name": "Best Hires"}))
        .await
        .is(201);
    let again = stage
        .call_under(&owner, Some("once"), Method::POST, "/v1/agencies", json!({"name": "Best Hires"}))
        .await
        .is(201);
    assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", made.json()));
    let path = made.header("location").to_owned();
    assert_eq!(made.header("etag"), "\"1\"");
    stage.post(&owner, "/v1/agencies", json!({"name": "best hires"})).await.refused(409, "agency_name_taken");
    let bad =
        stage.post(&owner, "/v1/agencies", json!({"name": ""})).await.refused(422, "invalid_fields").json();
    assert_eq!(bad["errors"][0]["field"], "name");
    stage.post(&owner, "/v1/agencies", json!({"title": "x"})).await.refused(422, "invalid_fields");

    let token = stage.token(&owner).await;
    let edit = |version: &str, name: &str| {
        Request::patch(&path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::IF_MATCH, version)
            .body(Body::from(json!({ "name": name }).to_string()))
            .unwrap()
    };
    let renamed = stage.send(edit("\"1\"", "Best Hires India")).await.is(200);
    assert_eq!((renamed.header("etag"), &renamed.json()["name"]), ("\"2\"", &json!("Best Hires India")));
    stage.send(edit("\"1\"", "Other")).await.refused(412, "stale");

    let ended = stage.post(&owner, &format!("{path}/end"), Value::Null).await.is(200).json();
    assert_eq!((&ended["status"], ended["ended_at"].is_string()), (&json!("ended"), true));
    stage.post(&owner, "/v1/agencies", json!({"name": "Best Hires India"})).await.is(201);
    let count = |answer: Value| answer["items"].as_array().unwrap().len();
    for (query, found) in [("", 2), ("?status=ended", 1), ("?limit=1", 1)] {
        assert_eq!(
            count(stage.get(&owner, &format!("/v1/agencies{query}")).await.is(200).json()),
            found,
            "{query}"
        );
    }
    stage.get(&owner, "/v1/agencies?status=gone").await.refused(422, "invalid_fields");
    let stranger = stage.stranger().await;
    assert_eq!(count(stage.get(&stranger, "/v1/agencies").await.is(200).json()), 0);
    for path in [path.clone(), format!("{path}/users")] {
        stage.get(&stranger, &path).await.refused(404, "not_found");
    }
    stage.post(&stranger, &format!("{path}/end"), Value::Null).await.refused(404, "not_found");
    let rita = stage.user(Role::ClientRecruiter, "Rita").await;
    stage.post(&rita, "/v1/agencies", json!({"name": "Third"})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn an_ended_agency_is_signed_out() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let agnes = agent(&stage, "Best Hires", "agnes@best.example").await;
    stage.drain().await;
    assert_eq!(stage.mails("agnes@best.example").await[0].kind, "user_invited");
    let token = stage.token(&agnes).await;
    let me = || Request::get("/v1/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
    stage.send(me().body(Body::empty()).unwrap()).await.is(200);
    let own = format!("/v1/agencies/{}", agnes.agency_id.unwrap());
    stage.get(&agnes, &own).await.is(200);
    stage.get(&agnes, "/v1/agencies").await.refused(403, "forbidden");
    stage.post(&owner, &format!("{own}/end"), Value::Null).await.is(200);
    stage.send(me().body(Body::empty()).unwrap()).await.refused(401, "sign_in_ended");
    let late = json!({"email": "late@best.example", "name": "Late"});
    stage.post(&owner, &format!("{own}/users"), late).await.refused(409, "agency_ended");
    let users = stage.get(&owner, &format!("{own}/users")).await.is(200).json();
    assert_eq!(users["items"][0]["status"], "deactivated");
}

/// Structural: sixteen agents of eight firms hand over one person at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_agencies_at_once_one_gets_the_person() {
    let stage = std::sync::Arc::new(Stage::new().await);
    let mut agents = Vec::new();
    for n in 0..8 {
        let agency = stage.world.agency(&format!("Firm {n}")).await;
        for m in 0..2 {
            agents.push(stage.world.agency_user(&agency, &format!("agent{m}@firm{n}.example")).await);
        }
    }
    name_on_job(&stage, &agents.iter().collect::<Vec<_>>()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for (n, agent) in agents.into_iter().enumerate() {
        let stage = stage.clone();
        tasks.spawn(async move {
            // The same phone under two addresses: neither key alone decides.
            let mut body = person(stage.round.job_id, if n % 2 == 0 { "Asha Rao" } else { "A Rao" });
            body["phone"] = json!("+919876543210");
            stage.post(&agent, "/v1/applications", body).await
        });
    }
    let answers = tasks.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == StatusCode::CREATED);
    assert_eq!((won.len(), lost.len()), (1, 15));
    let application = won[0].json()["application"]["id"].as_str().unwrap().to_owned();
    for answer in lost {
        let refused = answer.refused(409, "already_submitted").json();
        assert_eq!(
            (refused.get("errors"), refused["detail"].as_str().unwrap().contains(&application)),
            (None, false)
        );
    }
    let path = format!("/v1/applications/{application}/attempts");
    let attempts = stage.get(&stage.world.owner, &path).await.is(200).json();
    let times: u64 = attempts["items"].as_array().unwrap().iter().map(|a| a["times"].as_u64().unwrap()).sum();
    assert_eq!(times, 16, "everybody who tried is seen");
}

#[tokio::test]
async fn the_recruiter_sees_both_attempts_and_the_agencies_none() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let agnes = agent(&stage, "Best Hires", "agnes@best.example").await;
    let ron = agent(&stage, "Rivals", "ron@rivals.example").await;
    name_on_job(&stage, &[&agnes, &ron]).await;
    let asha = || person(stage.round.job_id, "Asha Rao");
    let made = stage.post(&agnes, "/v1/applications", asha()).await.is(201).json();
    let id = made["application"]["id"].as_str().unwrap();
    stage.post(&ron, "/v1/applications", asha()).await.refused(409, "already_submitted");
    let path = format!("/v1/applications/{id}/attempts");
    let seen = stage.get(&owner, &path).await.is(200).json();
    let line = |a: &Value| (a["agency_name"].as_str().unwrap().to_owned(), a["accepted"].as_bool().unwrap());
    let lines: Vec<_> = seen["items"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(lines, [("Rivals".to_owned(), false), ("Best Hires".to_owned(), true)]);
    let of_job = format!("/v1/jobs/{}/attempts", stage.round.job_id);
    let refused = stage.get(&owner, &format!("{of_job}?accepted=false")).await.is(200).json();
    assert_eq!(refused["items"].as_array().unwrap().len(), 1);
    assert_eq!(refused["items"][0]["matched_by"], "email");
    stage.get(&agnes, &path).await.refused(403, "forbidden");
    stage.get(&ron, &path).await.refused(404, "not_found");
    stage.get(&agnes, &of_job).await.refused(403, "forbidden");
    stage.get(&stage.stranger().await, &of_job).await.refused(404, "not_found");
    let application = stage.get(&owner, &format!("/v1/applications/{id}")).await.is(200).json();
    assert_eq!(
        (&application["agency_name"], &application["source"]),
        (&json!("Best Hires"), &json!("agency"))
    );

    let file =
        "name,email,experience_months\nAsha Rao,asha.rao@mail.example,60\nBela Bose,bela@mail.example,60\n";
    let import = async |user: &User| {
        let token = stage.token(user).await;
        let request = Request::post(format!("/v1/jobs/{}/imports", stage.round.job_id))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "text/csv");
        stage.send(request.body(Body::from(file)).unwrap()).await.is(200).json()
    };
    let rows = import(&ron).await["rows"].clone();
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("refused"), &json!("created")));
    assert_eq!(rows[0].get("application_id"), None, "whose it is is nobody's business");
}
