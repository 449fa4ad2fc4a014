//! Invitations, resets, changes of address over HTTP: API and pages.

use crate::stage::{Answer, Stage};
use axum::body::Body;
use axum::http::{Method, Request, header};
use hdip_core::access::User;
use hdip_core::values::{days, hours, minutes};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";
const OTHER: &str = "battery staple";

/// A recruiter of the client, invited unless there is a password.
async fn recruiter(stage: &Stage, password: Option<&str>) -> User {
    let mut body = json!({"email": "rita@acme.example", "name": "Rita", "role": "client_recruiter"});
    if let Some(password) = password {
        body["password"] = password.into();
    }
    let made = stage.post(&stage.world.owner, "/v1/users", body).await.is(201).json();
    stage.drain().await;
    stage.world.get(made["id"].as_str().unwrap()).await
}

async fn sign_in(stage: &Stage, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    stage.open(Method::POST, "/v1/auth/sign-in", body).await
}

async fn ask_reset(stage: &Stage, email: &str) -> Answer {
    let answer = stage.open(Method::POST, "/v1/auth/password-reset", json!({ "email": email })).await;
    stage.drain().await;
    answer
}

/// The token in the newest mail of a kind to an address.
async fn token(stage: &Stage, kind: &str, to: &str) -> String {
    let mails = stage.mails(to).await;
    let mail = mails.into_iter().find(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
    let text = mail.text;
    let at = text.find("/l/").unwrap_or_else(|| panic!("no link in {text}")) + 3;
    text[at..].split_whitespace().next().unwrap().to_owned()
}

async fn set_password(stage: &Stage, token: &str, password: &str) -> Answer {
    let path = format!("/v1/links/{token}/password");
    stage.open(Method::POST, &path, json!({ "password": password })).await
}

#[tokio::test]
async fn an_invited_user_sets_a_password_on_the_page() {
    let stage = Stage::new().await;
    let rita = recruiter(&stage, None).await;
    let link = format!("/l/{}", token(&stage, "user_invited", "rita@acme.example").await);
    let before = stage.happened().await;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        stage.open(method, &link, Value::Null).await.is(200);
    }
    let page = stage.page(&link).await.is(200);
    for text in
        ["Choose a password", "rita@acme.example", "autocomplete=\"new-password\"", "Acme has an account"]
    {
        assert!(page.body.contains(text), "{text:?} is not in {}", page.body);
    }
    assert!(!page.body.contains("<script"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let form = format!("{link}/password");
    assert_eq!(stage.page(&form).await.is(303).header("location"), link, "reloaded, not sent");
    let differs = stage.form(&form, &[("password", PASSWORD), ("again", OTHER)]).await.is(422);
    assert!(differs.body.contains("The password must be typed the same way twice."), "{}", differs.body);
    let common = stage.form(&form, &[("password", "password123"), ("again", "password123")]).await.is(422);
    assert!(common.body.contains("is one of the first that anybody would try"), "{}", common.body);
    assert!(!common.body.contains("password123"), "what was typed is not sent back");
    assert_eq!(stage.happened().await, before);
    sign_in(&stage, "rita@acme.example", PASSWORD).await.refused(401, "wrong_credentials");

    let spaced = " correct  horse ";
    let done = stage.form(&form, &[("password", spaced), ("again", spaced)]).await.is(200);
    assert!(done.body.contains("Your password is set"), "{}", done.body);
    let again = stage.form(&form, &[("password", OTHER), ("again", OTHER)]).await.is(410);
    assert!(again.body.contains("This link was used already"), "{}", again.body);
    let signed_in = sign_in(&stage, "rita@acme.example", spaced).await.is(200).json();
    assert_eq!(signed_in["user"]["id"], json!(rita.id));
}

#[tokio::test]
async fn an_invitation_is_sent_again_by_those_who_may() {
    let stage = Stage::new().await;
    let rita = recruiter(&stage, None).await;
    let first = token(&stage, "user_invited", "rita@acme.example").await;
    let path = format!("/v1/users/{}/invitation", rita.id);
    stage.post(&stage.stranger().await, &path, Value::Null).await.refused(404, "not_found");
    stage.post(&rita, &path, Value::Null).await.refused(403, "forbidden");
    let owner = stage.world.owner.clone();
    let send = || stage.call_under(&owner, Some("again"), Method::POST, &path, Value::Null);
    assert_eq!(send().await.is(202).json()["has_password"], false);
    assert_eq!(send().await.is(202).header("idempotent-replayed"), "true");
    stage.drain().await;
    assert_eq!(stage.mails("rita@acme.example").await.len(), 2);
    set_password(&stage, &first, PASSWORD).await.refused(410, "link_spent");
    let second = token(&stage, "user_invited", "rita@acme.example").await;
    let shown = stage.page(&format!("/v1/links/{second}")).await.is(200).json();
    assert_eq!(
        (&shown["purpose"], &shown["account"]["email"], &shown["account"]["client_brand"]),
        (&json!("user_invitation"), &json!("rita@acme.example"), &json!("Acme"))
    );
    let refused = set_password(&stage, &second, "short").await.refused(422, "invalid_fields").json();
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("password"), &json!("too_short"))
    );
    set_password(&stage, &second, PASSWORD).await.is(204);
    stage.post(&owner, &path, Value::Null).await.refused(409, "user_has_password");
    stage.clock.advance(days(7));
    set_password(&stage, &second, PASSWORD).await.refused(410, "link_used");
}

#[tokio::test]
async fn a_password_is_reset_by_the_mailed_link_whether_by_page_or_api() {
    let stage = Stage::new().await;
    recruiter(&stage, Some(PASSWORD)).await;
    let signed_in = sign_in(&stage, "rita@acme.example", PASSWORD).await.is(200).json();
    let (known, unknown) =
        (ask_reset(&stage, "rita@acme.example").await, ask_reset(&stage, "nobody@acme.example").await);
    let seen = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        for own in ["x-request-id", "ratelimit"] {
            headers.remove(own);
        }
        (answer.status, headers, answer.body.clone())
    };
    assert_eq!(seen(&known), seen(&unknown));
    known.is(202);
    assert!(stage.mails("nobody@acme.example").await.is_empty());

    let link = token(&stage, "password_reset", "rita@acme.example").await;
    let page = stage.page(&format!("/l/{link}")).await.is(200);
    assert!(page.body.contains("Set another password") && page.body.contains("signed out everywhere"));
    let form = format!("/l/{link}/password");
    stage.form(&form, &[("password", OTHER), ("again", OTHER)]).await.is(200);
    set_password(&stage, &link, PASSWORD).await.refused(410, "link_used");
    stage.drain().await;
    assert_eq!(stage.mails("rita@acme.example").await[0].kind, "password_changed");
    let refresh = json!({"refresh_token": signed_in["refresh_token"]});
    stage.open(Method::POST, "/v1/auth/refresh", refresh).await.refused(401, "sign_in_ended");
    sign_in(&stage, "rita@acme.example", OTHER).await.is(200);

    ask_reset(&stage, "rita@acme.example").await.is(202);
    let link = token(&stage, "password_reset", "rita@acme.example").await;
    stage.clock.advance(hours(1));
    set_password(&stage, &link, PASSWORD).await.refused(410, "link_expired");
}

#[tokio::test]
async fn asking_for_resets_is_throttled_the_same_for_everybody() {
    let stage = Stage::new().await;
    recruiter(&stage, Some(PASSWORD)).await;
    for email in ["rita@acme.example", "nobody@acme.example"] {
        for _ in 0..5 {
            ask_reset(&stage, email).await.is(202);
        }
        let blocked = ask_reset(&stage, email).await.refused(429, "throttled");
        assert!(!blocked.header("retry-after").is_empty());
    }
    ask_reset(&stage, "no address").await.refused(422, "invalid_fields");
    stage.clock.advance(minutes(15));
    ask_reset(&stage, "rita@acme.example").await.is(202);
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_wins() {
    let stage = Stage::new().await;
    recruiter(&stage, None).await;
    let link = token(&stage, "user_invited", "rita@acme.example").await;
    let (a, b) = tokio::join!(set_password(&stage, &link, PASSWORD), set_password(&stage, &link, OTHER));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410], "{a:?} {b:?}");
    let won = if a.status.as_u16() == 204 { PASSWORD } else { OTHER };
    sign_in(&stage, "rita@acme.example", won).await.is(200);
}

async fn with_token(stage: &Stage, method: Method, path: &str, token: &Value, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", token.as_str().unwrap()))
        .header(header::CONTENT_TYPE, "application/json");
    stage.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn an_address_is_changed_by_confirming_it() {
    let stage = Stage::new().await;
    recruiter(&stage, Some(PASSWORD)).await;
    let here = sign_in(&stage, "rita@acme.example", PASSWORD).await.is(200).json();
    let there = sign_in(&stage, "rita@acme.example", PASSWORD).await.is(200).json();
    let ask = |email: &'static str, password: &'static str| {
        let body = json!({"email": email, "password": password});
        with_token(&stage, Method::POST, "/v1/me/email", &here["access_token"], body)
    };
    ask("new@acme.example", "wrong wrong").await.refused(401, "wrong_credentials");
    ask("omar@acme.example", PASSWORD).await.refused(409, "email_taken");
    ask("first@acme.example", PASSWORD).await.is(202);
    stage.drain().await;
    let replaced = token(&stage, "email_verification", "first@acme.example").await;
    let pending = ask("new@acme.example", PASSWORD).await.is(202).json();
    assert_eq!(pending["pending_email"]["email"], "new@acme.example");
    stage.drain().await;
    let confirm = format!("/v1/links/{replaced}/confirm-email");
    stage.open(Method::POST, &confirm, Value::Null).await.refused(410, "link_spent");

    let link = token(&stage, "email_verification", "new@acme.example").await;
    let shown = stage.page(&format!("/v1/links/{link}")).await.is(200).json();
    assert_eq!(
        (&shown["purpose"], &shown["account"]["new_email"]),
        (&json!("email_verification"), &json!("new@acme.example"))
    );
    let before = stage.happened().await;
    let page = stage.page(&format!("/l/{link}")).await.is(200);
    assert!(page.body.contains("Confirm your new address") && page.body.contains("new@acme.example"));
    assert_eq!(
        stage.page(&format!("/l/{link}/confirm-email")).await.is(303).header("location"),
        format!("/l/{link}")
    );
    assert_eq!(stage.happened().await, before);
    set_password(&stage, &link, OTHER).await.refused(403, "forbidden");
    let done = stage.form(&format!("/l/{link}/confirm-email"), &[]).await.is(200);
    assert!(done.body.contains("Your address is changed"), "{}", done.body);
    stage.form(&format!("/l/{link}/confirm-email"), &[]).await.is(410);
    stage.drain().await;
    assert_eq!(stage.mails("rita@acme.example").await[0].kind, "email_changed");

    let me = |token: Value| {
        let stage = &stage;
        async move { with_token(stage, Method::GET, "/v1/me", &token, Value::Null).await }
    };
    let own = me(here["access_token"].clone()).await.is(200).json();
    assert_eq!((&own["email"], own.get("pending_email")), (&json!("new@acme.example"), None));
    me(there["access_token"].clone()).await.refused(401, "sign_in_ended");
    sign_in(&stage, "rita@acme.example", PASSWORD).await.refused(401, "wrong_credentials");
    sign_in(&stage, "new@acme.example", PASSWORD).await.is(200);
}

#[tokio::test]
async fn one_lists_and_ends_ones_own_sign_ins_and_no_others() {
    let stage = Stage::new().await;
    recruiter(&stage, Some(PASSWORD)).await;
    let laptop = sign_in(&stage, "rita@acme.example", PASSWORD).await.is(200).json();
    let phone = sign_in(&stage, "rita@acme.example", PASSWORD).await.is(200).json();
    let own = &laptop["access_token"];
    let listed = with_token(&stage, Method::GET, "/v1/me/sign-ins", own, Value::Null).await.is(200).json();
    let items = listed["items"].as_array().unwrap();
    let ids: Vec<_> = items.iter().map(|item| (&item["id"], &item["current"])).collect();
    assert_eq!(ids, [(&phone["sign_in_id"], &json!(false)), (&laptop["sign_in_id"], &json!(true))]);
    assert!(!listed.to_string().contains("hash"));
    let path = format!("/v1/me/sign-ins/{}", phone["sign_in_id"].as_str().unwrap());
    stage.call(&stage.world.owner, Method::DELETE, &path, Value::Null).await.refused(404, "not_found");
    with_token(&stage, Method::GET, "/v1/me", &phone["access_token"], Value::Null).await.is(200);
    with_token(&stage, Method::DELETE, &path, own, Value::Null).await.is(204);
    with_token(&stage, Method::DELETE, &path, own, Value::Null).await.is(204);
    with_token(&stage, Method::GET, "/v1/me", &phone["access_token"], Value::Null)
        .await
        .refused(401, "sign_in_ended");
    let refresh = json!({"refresh_token": phone["refresh_token"]});
    stage.open(Method::POST, "/v1/auth/refresh", refresh).await.refused(401, "sign_in_ended");
}
