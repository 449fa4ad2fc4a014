//! CSV imports through the API.

use crate::stage::{Answer, Stage};
use axum::body::Body;
use axum::http::{Request, header};
use hdip_core::access::User;
use hdip_server::config::Config;
use hdip_server::state::AppState;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

async fn send(stage: &Stage, user: &User, query: &str, kind: &str, file: impl Into<Body>) -> Answer {
    let token = stage.token(user).await;
    let path = format!("/v1/jobs/{}/imports{query}", stage.round.job_id);
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, kind);
    stage.send(request.body(file.into()).unwrap()).await
}

async fn import(stage: &Stage, query: &str, file: impl Into<Body>) -> Answer {
    send(stage, &stage.world.owner, query, "text/csv; charset=utf-8", file).await
}

/// `row:status` of every row.
fn rows(body: &Value) -> Vec<String> {
    let rows = body["rows"].as_array().unwrap().iter();
    rows.map(|row| format!("{}:{}", row["row"], row["status"].as_str().unwrap())).collect()
}

const FILE: &str = "\u{feff}Name;E-Mail-2;EMAIL;Experience Years;phone;time_zone;ATS_Reference;remark\r\n\
    Asha Rao;;asha@mail.example;5;+91 98765 43210;Asia/Kolkata;A-1;\"said \"\"soon\"\"; call\nher\"\r\n\
    Ravi Roy;;not an address;3,5;;;A-2;\r\n\
    Short Row;short@mail.example\r\n\
    \"Bose; Bela\";;bela@mail.example;0;;Mars/Base;A-3;\r\n\
    Asha Again;;asha2@mail.example;4;+919876543210;;A-4;\r\n\
    आशा राव;;आशा@मेल.example;12;;Europe/Berlin;A-5;\r\n";

#[tokio::test]
async fn every_row_is_answered_and_a_bad_one_stops_nobody() {
    let stage = Stage::new().await;
    let said = ["2:created", "3:invalid", "4:invalid", "5:invalid", "6:refused", "7:created"];
    let dry = import(&stage, "?dry_run=true", FILE).await.is(200).json();
    assert_eq!((rows(&dry), &dry["dry_run"]), (said.map(String::from).to_vec(), &json!(true)));
    let none = stage.get(&stage.world.owner, "/v1/applications").await.is(200).json();
    assert_eq!(none["items"], json!([]), "a dry run writes nothing");

    let done = import(&stage, "", FILE).await.is(200).json();
    assert_eq!(rows(&done), said);
    let counts = ["created", "existing", "failed"].map(|count| done[count].as_u64().unwrap());
    assert_eq!((counts, &done["ignored_columns"]), ([2, 0, 4], &json!(["E-Mail-2"])));
    let errors = |row: usize| {
        let errors = done["rows"][row]["errors"].as_array().unwrap().iter();
        errors
            .map(|e| format!("{}:{}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(errors(1), ["email:invalid_email"]);
    assert_eq!(errors(2), [":uneven_row"]);
    assert_eq!(errors(3), ["time_zone:unknown_zone"]);
    assert_eq!(errors(4), ["email:already_submitted"]);
    let first = done["rows"][0]["application_id"].as_str().unwrap();
    let application =
        stage.get(&stage.world.owner, &format!("/v1/applications/{first}")).await.is(200).json();
    assert_eq!(application["remark"], "said \"soon\"; call\nher");
    assert_eq!(application["ats_reference"], "A-1");

    let again = import(&stage, "", FILE).await.is(200).json();
    let counts = ["created", "existing", "failed"].map(|count| again[count].as_u64().unwrap());
    assert_eq!(counts, [0, 2, 4], "references make it safe to repeat");
    assert_eq!(again["rows"][0]["application_id"], first);
}

#[tokio::test]
async fn files_that_are_no_table_are_refused_as_a_whole() {
    let stage = Stage::new().await;
    let header = "name,email,experience_months\n";
    let too_many = header.to_owned() + &"A,a@b.example,1\n".repeat(10_001);
    for (file, said) in [
        (Vec::new(), "is empty"),
        (b" \n ".to_vec(), "is empty"),
        (header.as_bytes().to_vec(), "no row below the header"),
        (b"name,experience_months\nA,1\n".to_vec(), "column email is missing"),
        (b"name,email\nA,a@b.example\n".to_vec(), "experience_months (or experience_years) is missing"),
        (b"name,email,Name,experience_months\nA,a@b.example,B,1\n".to_vec(), "column name is there twice"),
        (b"name,email,experience_months\nA\xff,a@b.example,1\n".to_vec(), "not UTF-8 (line 2)"),
        (b"\xff\xfen\0a\0m\0e\0".to_vec(), "UTF-16"),
        (b"name,email,experience_months\nA\0,a@b.example,1\n".to_vec(), "NUL"),
        (b"PK\x03\x04 not a table".to_vec(), "column name is missing"),
        (too_many.into_bytes(), "more than 10000 rows"),
    ] {
        let answer = import(&stage, "", file).await.refused(422, "bad_csv");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(said), "{said}: {detail}");
    }
    send(&stage, &stage.world.owner, "", "application/json", FILE)
        .await
        .refused(415, "unsupported_media_type");
    let huge = header.to_owned() + &"x".repeat(5 * 1024 * 1024);
    import(&stage, "", huge).await.refused(413, "body_too_large");
    send(&stage, &stage.stranger().await, "", "text/csv", FILE).await.refused(404, "not_found");
    let interviewer = &stage.interviewers().await[0];
    let interviewer = stage.user_of_interviewer(interviewer).await;
    send(&stage, &interviewer, "", "text/csv", FILE).await.refused(403, "forbidden");
}

#[tokio::test]
async fn ten_thousand_rows_are_imported_and_known_again() {
    let stage = Stage::new().await;
    // An unoptimised build beside other tests; a release build needs a few seconds.
    let config = Config { request_timeout_seconds: 300, ..(*stage.state.config).clone() };
    let state = AppState { config: Arc::new(config), ..stage.state.clone() };
    let stage = stage.with(state);
    let mut file = "name,email,phone,experience_months,ats_reference\n".to_owned();
    for i in 0..10_000 {
        writeln!(file, "Candidate {i},c{i}@mail.example,+9198{i:08},{},R-{i}", 24 + i % 90).unwrap();
    }
    let done = import(&stage, "", file.clone()).await.is(200).json();
    assert_eq!((&done["created"], &done["failed"]), (&json!(10_000), &json!(0)));
    let again = import(&stage, "", file).await.is(200).json();
    assert_eq!((&again["created"], &again["existing"]), (&json!(0), &json!(10_000)));
}
