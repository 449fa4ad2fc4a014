//! Onboarding, status, agreements, contacts, departments and logos of clients over HTTP.

use crate::stage::Stage;
use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use hdip_core::access::{Role, User};
use serde_json::{Value, json};

/// A request with `If-Match`.
async fn edit(
    stage: &Stage,
    user: &User,
    method: Method,
    path: &str,
    etag: &str,
    body: Value,
) -> crate::stage::Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", stage.token(user).await))
        .header(header::IF_MATCH, etag)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    stage.send(request.unwrap()).await
}

fn bharat() -> Value {
    json!({
        "legal_name": "Bharat Private Limited", "brand": "Bharat", "country": "IN", "level": 2,
        "zone": "Asia/Kolkata", "currency": "INR", "signed": true, "signed_on": "2026-01-02",
        "contacts": [
            {"name": "Olivia Owner", "email": "olivia@bharat.example"},
            {"name": "Adi Admin", "email": "adi@bharat.example"}
        ],
        "billing_mode": "prepaid_credits", "free_interviews": 2, "domain": "bharat.example",
        "gstin": "29AAGCB7383J1Z4", "pan": "AAGCB7383J",
        "address": {"line1": "12 Residency Road", "city": "Bengaluru", "state": "KA", "postal_code": "560025"},
        "departments": ["Data Platform", "Mobile"]
    })
}

#[tokio::test]
async fn a_client_is_taken_on_in_one_action() {
    let stage = Stage::new().await;
    let operator = stage.world.manager.clone();
    let client = stage.post(&operator, "/v1/clients", bharat()).await.is(201).json();
    assert_eq!((&client["status"], &client["signed_on"]), (&json!("active"), &json!("2026-01-02")));
    assert_eq!((&client["billing_mode"], &client["free_interviews"]), (&json!("prepaid_credits"), &json!(2)));
    assert_eq!(
        (&client["gstin"], &client["address"]["state"]),
        (&json!("29AAGCB7383J1Z4"), &json!("Karnataka"))
    );
    let id = client["id"].as_str().unwrap();
    let users = stage.get(&operator, &format!("/v1/users?client_id={id}")).await.is(200).json();
    let roles: Vec<_> = users["items"].as_array().unwrap().iter().map(|user| user["role"].clone()).collect();
    assert_eq!(roles, [json!("client_admin"), json!("client_owner")]);
    let departments = stage.get(&operator, &format!("/v1/clients/{id}/departments")).await.is(200).json();
    assert_eq!(departments["items"].as_array().unwrap().len(), 2);
    stage.drain().await;
    let kinds: Vec<_> =
        stage.mails("olivia@bharat.example").await.into_iter().map(|mail| mail.kind).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");

    let mut wrong = bharat();
    wrong["gstin"] = json!("29AAGCB7383J1Z5");
    wrong["contacts"][1]["email"] = json!("nobody");
    wrong.as_object_mut().unwrap().remove("departments");
    let refused = stage.post(&operator, "/v1/clients", wrong).await.refused(422, "invalid_fields").json();
    let fields: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, [json!("contacts[1].email"), json!("gstin")]);
    let mut none = bharat();
    none.as_object_mut().unwrap().remove("contacts");
    let refused = stage.post(&operator, "/v1/clients", none).await.refused(422, "invalid_fields").json();
    assert_eq!(refused["errors"][0]["field"], "contacts");

    let path = format!("/v1/clients/{id}");
    let emptied = json!({"gstin": null, "domain": "bharat.in"});
    let after = stage.call(&operator, Method::PATCH, &path, emptied).await.is(200).json();
    assert_eq!(
        (after.get("gstin"), &after["domain"], &after["pan"]),
        (None, &json!("bharat.in"), &json!("AAGCB7383J"))
    );
}

#[tokio::test]
async fn a_client_moves_on_the_ladder_and_its_owner_hears_of_it() {
    let stage = Stage::new().await;
    let (operator, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    let client = format!("/v1/clients/{}", stage.world.client.id);
    let status = format!("{client}/status");
    let etag = stage.get(&operator, &client).await.header("etag").to_owned();
    let suspend = json!({"status": "suspended", "reason": "invoices unpaid"});
    stage.post(&owner, &status, suspend.clone()).await.refused(403, "forbidden");
    stage.post(&operator, &status, json!({"status": "suspended"})).await.refused(422, "invalid_fields");
    let moved = edit(&stage, &operator, Method::POST, &status, &etag, suspend.clone()).await.is(200).json();
    assert_eq!(
        (&moved["client"]["status"], &moved["client"]["status_reason"]),
        (&json!("suspended"), &json!("invoices unpaid"))
    );
    stage.drain().await;
    let mail = stage.mails(owner.email.as_str()).await;
    assert_eq!(mail.len(), 1);
    let application = stage.application("Asha Rao").await;
    let body = json!({"application_id": application.id, "start": "2026-01-06T08:00:00Z"});
    stage.post(&owner, "/v1/interviews", body).await.refused(409, "client_not_active");
    edit(&stage, &operator, Method::POST, &status, &etag, json!({"status": "active", "reason": "paid"}))
        .await
        .refused(412, "stale");

    let archive = json!({"status": "archived", "reason": "contract ended"});
    stage.post(&operator, &status, archive).await.refused(409, "client_has_open_work");
    let archive = json!({"status": "archived", "reason": "contract ended", "open_work": "cancel"});
    let done = stage.call_under(&operator, Some("k"), Method::POST, &status, archive).await.is(200).json();
    assert_eq!((&done["client"]["status"], &done["dropped"]), (&json!("archived"), &json!(1)));
    stage.post(&operator, &status, suspend).await.refused(409, "illegal_client_status");
}

#[tokio::test]
async fn agreements_are_listed_for_those_who_see_amounts() {
    let stage = Stage::new().await;
    let (operator, owner) = (stage.world.manager.clone(), stage.world.owner.clone());
    let path = format!("/v1/clients/{}/agreements", stage.world.client.id);
    let prices = json!({"prices_minor": [1, 2, 3, 4, 5], "effective_from": "2026-02-01"});
    stage.post(&operator, &path, prices.clone()).await.is(201);
    stage.post(&owner, &path, prices).await.refused(403, "forbidden");
    let listed = stage.get(&owner, &path).await.is(200).json();
    let standings: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|a| a["standing"].clone()).collect();
    assert_eq!(standings, [json!("future"), json!("in_force")]);
    assert_eq!(listed["items"][0]["agreement"]["prices_minor"], json!([1, 2, 3, 4, 5]));
    let admin = stage.user(Role::ClientAdmin, "adi").await;
    stage.get(&admin, &path).await.refused(403, "forbidden");
    let stranger = stage.stranger().await;
    stage.get(&stranger, &path).await.refused(404, "not_found");
}

#[tokio::test]
async fn contacts_are_added_changed_and_removed() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}/contacts", stage.world.client.id);
    let priya = json!({"name": "Priya Payables", "email": "payables@acme.example"});
    let made = stage.call_under(&owner, Some("k"), Method::POST, &path, priya.clone()).await.is(201);
    let again = stage.call_under(&owner, Some("k"), Method::POST, &path, priya).await.is(201);
    assert_eq!(
        (made.json()["id"].clone(), again.header("idempotent-replayed")),
        (again.json()["id"].clone(), "true")
    );
    let (one, etag) = (made.header("location").to_owned(), made.header("etag").to_owned());
    let patch = json!({"phone": "+919876543210", "email": null});
    let after = edit(&stage, &owner, Method::PATCH, &one, &etag, patch.clone()).await.is(200).json();
    assert_eq!((after.get("email"), &after["phone"]), (None, &json!("+919876543210")));
    edit(&stage, &owner, Method::PATCH, &one, &etag, patch).await.refused(412, "stale");
    stage.post(&owner, &path, json!({"name": "Nobody"})).await.refused(422, "invalid_fields");
    let stranger = stage.stranger().await;
    for path in [&path, &one] {
        stage.get(&stranger, path).await.refused(404, "not_found");
    }
    stage.call(&stranger, Method::DELETE, &one, Value::Null).await.refused(404, "not_found");
    edit(&stage, &owner, Method::DELETE, &one, &etag, Value::Null).await.refused(412, "stale");
    stage.call(&owner, Method::DELETE, &one, Value::Null).await.is(204);
    stage.get(&owner, &one).await.refused(404, "not_found");
    assert_eq!(stage.get(&owner, &path).await.is(200).json(), json!({"items": []}));
}

#[tokio::test]
async fn departments_are_kept_with_the_jobs_that_name_them() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}/departments", stage.world.client.id);
    let made = stage.post(&owner, &path, json!({"name": "Data"})).await.is(201);
    let one = made.header("location").to_owned();
    stage.post(&owner, &path, json!({"name": "DATA"})).await.refused(409, "department_exists");
    let job = json!({
        "title": "Data Engineer", "department": "data", "experience_min_months": 0, "experience_max_months": 60,
        "positions": 1, "specialisation": "backend", "mandatory_skills": ["rust"], "rounds": []
    });
    let job = stage.post(&owner, "/v1/jobs", job).await.is(201).json();
    assert_eq!(job["department"], "Data");
    stage.call(&owner, Method::PATCH, &one, json!({"name": "Data Platform"})).await.is(200);
    let job = stage.get(&owner, &format!("/v1/jobs/{}", job["id"].as_str().unwrap())).await.is(200).json();
    assert_eq!(job["department"], "Data Platform");
    stage.call(&owner, Method::DELETE, &one, Value::Null).await.refused(409, "department_in_use");
    let etag = made.header("etag");
    edit(&stage, &owner, Method::PATCH, &one, etag, json!({"name": "x"})).await.refused(412, "stale");
    let stranger = stage.stranger().await;
    for path in [&path, &one] {
        stage.get(&stranger, path).await.refused(404, "not_found");
    }
    let recruiter = stage.user(Role::ClientRecruiter, "rita").await;
    stage.post(&recruiter, &path, json!({"name": "Mobile"})).await.refused(403, "forbidden");
    let free =
        stage.post(&owner, &path, json!({"name": "Mobile"})).await.is(201).header("location").to_owned();
    stage.call(&owner, Method::DELETE, &free, Value::Null).await.is(204);
}

/// A lossless WebP picture of one point.
fn webp() -> Vec<u8> {
    let body = b"WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00";
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), body].concat()
}

#[tokio::test]
async fn a_logo_is_set_shown_and_removed() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let path = format!("/v1/clients/{}/logo", stage.world.client.id);
    let logo = |content: &[u8]| json!({"logo": STANDARD.encode(content)});
    stage.get(&owner, &path).await.refused(404, "not_found");
    let set = stage.call(&owner, Method::PUT, &path, logo(&webp())).await.is(200);
    assert_eq!(set.json()["has_logo"], true);
    let (answer, bytes) = stage.download(&owner, &path).await;
    assert_eq!((answer.header("content-type"), &bytes), ("image/webp", &webp()));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let etag = set.header("etag");
    let png_in_name_only = logo(b"\x89PNG\r\n\x1a\n<svg/>");
    let refused =
        stage.call(&owner, Method::PUT, &path, png_in_name_only).await.refused(422, "invalid_fields");
    assert_eq!(refused.json()["errors"][0]["code"], "not_an_image");
    let refused =
        stage.call(&owner, Method::PUT, &path, json!({"logo": "?"})).await.refused(422, "invalid_fields");
    assert_eq!(refused.json()["errors"][0]["code"], "invalid_base64");
    let large = logo(&vec![0; 1024 * 1024 + 1]);
    let refused = stage.call(&owner, Method::PUT, &path, large).await.refused(422, "invalid_fields");
    assert_eq!(refused.json()["errors"][0]["code"], "too_large");
    let stranger = stage.stranger().await;
    stage.get(&stranger, &path).await.refused(404, "not_found");
    stage.call(&stranger, Method::PUT, &path, logo(&webp())).await.refused(404, "not_found");
    let recruiter = stage.user(Role::ClientRecruiter, "rita").await;
    stage.call(&recruiter, Method::DELETE, &path, Value::Null).await.refused(403, "forbidden");
    edit(&stage, &owner, Method::DELETE, &path, "\"1\"", Value::Null).await.refused(412, "stale");
    edit(&stage, &owner, Method::DELETE, &path, etag, Value::Null).await.is(204);
    stage.get(&owner, &path).await.refused(404, "not_found");
}
