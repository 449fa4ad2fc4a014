//! Feedback about the product over HTTP.

use crate::stage::Stage;
use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use hdip_core::access::Role;
use hdip_core::product_feedback::MAX_SCREENSHOT_BYTES;
use serde_json::{Value, json};

/// A PNG picture of that many bytes.
fn picture(bytes: usize) -> Vec<u8> {
    let chunk =
        |name: &[u8], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat();
    let header = chunk(b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0]);
    let pixels = chunk(b"IDAT", &vec![b'x'; bytes - header.len() - 32]);
    [&b"\x89PNG\r\n\x1a\n"[..], &header, &pixels, &chunk(b"IEND", b"")].concat()
}

fn feedback(screenshot: Option<&[u8]>) -> Value {
    let mut body = json!({"kind": "bug", "priority": "low", "text": "The list forgets its filter."});
    if let Some(content) = screenshot {
        body["screenshot"] = STANDARD.encode(content).into();
    }
    body
}

const PATH: &str = "/v1/product-feedback";

#[tokio::test]
async fn a_user_gives_it_staff_reads_it_and_marks_it_answered() {
    let stage = Stage::new().await;
    let (owner, manager) = (stage.world.owner.clone(), stage.world.manager.clone());
    let content = picture(5000);
    let give = |body| stage.call_under(&owner, Some("once"), Method::POST, PATH, body);
    let given = give(feedback(Some(&content))).await.is(201);
    assert_eq!(give(feedback(Some(&content))).await.is(201).header("idempotent-replayed"), "true");
    let one = given.header("location").to_owned();
    stage.drain().await;
    let mails = stage.mails("support@hdip.example").await;
    assert_eq!((mails.len(), &*mails[0].kind), (1, "product_feedback_received"));
    assert_eq!(mails[0].reply_to.as_ref().unwrap().as_str(), "omar@acme.example");

    let listed = stage.get(&manager, &format!("{PATH}?status=open")).await.is(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let item = &listed["items"][0];
    assert_eq!(
        (&item["user_name"], &item["kind"], &item["has_screenshot"], &item["status"]),
        (&json!("Omar Owner"), &json!("bug"), &json!(true), &json!("open"))
    );
    let (shown, bytes) = stage.download(&manager, &format!("{one}/screenshot")).await;
    assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "image/png"));
    assert_eq!(shown.header("x-content-type-options"), "nosniff");
    assert!(shown.header("content-disposition").starts_with("attachment; filename=\"pfbk_"));
    assert!(bytes == content, "the same picture, byte by byte");

    let marked = stage.post(&manager, &format!("{one}/answered"), Value::Null).await.is(200).json();
    assert_eq!(marked["status"], "answered");
    let open = stage.get(&manager, &format!("{PATH}?status=open")).await.is(200).json();
    assert_eq!(open["items"], json!([]));
    assert_eq!(stage.get(&manager, &one).await.is(200).json(), marked);
    stage.get(&manager, &format!("{PATH}?status=lost")).await.refused(422, "invalid_fields");
}

#[tokio::test]
async fn nobody_but_staff_reads_it() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let one = stage.post(&owner, PATH, feedback(None)).await.is(201).header("location").to_owned();
    let recruiter = stage.user(Role::ClientRecruiter, "rita").await;
    for user in [&owner, &recruiter, &stage.stranger().await] {
        for path in [PATH, &*one, &*format!("{one}/screenshot")] {
            stage.get(user, path).await.refused(403, "forbidden");
        }
        stage.post(user, &format!("{one}/answered"), Value::Null).await.refused(403, "forbidden");
    }
    let manager = stage.world.manager.clone();
    stage.get(&manager, &format!("{one}/screenshot")).await.refused(404, "not_found");
    stage.get(&manager, &format!("{PATH}/pfbk_{}", "0".repeat(26))).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_screenshot_is_a_picture_of_at_most_three_mebibytes() {
    let stage = Stage::new().await;
    let owner = stage.world.owner.clone();
    let code = async |body: Value| -> Value {
        let refused = stage.post(&owner, PATH, body).await.refused(422, "invalid_fields").json();
        assert_eq!(refused["errors"][0]["field"], "screenshot");
        refused["errors"][0]["code"].clone()
    };
    assert_eq!(code(feedback(Some(&picture(MAX_SCREENSHOT_BYTES + 1)))).await, "too_large");
    assert_eq!(code(feedback(Some(b"<html>"))).await, "not_an_image");
    let mut body = feedback(None);
    body["screenshot"] = "no base64!".into();
    assert_eq!(code(body).await, "invalid_base64");
    let far_too_large = feedback(Some(&vec![0; MAX_SCREENSHOT_BYTES + 100 * 1024]));
    stage.post(&owner, PATH, far_too_large).await.refused(413, "body_too_large");
    stage.post(&owner, PATH, feedback(Some(&picture(MAX_SCREENSHOT_BYTES)))).await.is(201);
}
