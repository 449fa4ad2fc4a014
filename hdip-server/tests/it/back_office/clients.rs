//! The operator signs in for the first time and takes a client on: contacts, agreement, recruiters.

use super::*;

/// There is an account without a password: by the way of one who forgot it.
pub(super) async fn the_operator_comes_in(story: &Story) {
    story.sign_in(MIRA).await.refused(401, "wrong_credentials");
    let ask = json!({ "email": MIRA });
    story.stage.open(Method::POST, "/v1/auth/password-reset", ask).await.is(202);
    story.choose_password("password_reset", MIRA).await;
    let me = story.get(MIRA, "/v1/me").await.is(200).json();
    assert_eq!((&me["role"], me.get("terms")), (&json!("platform_admin"), None));
    assert_eq!(story.told().await, ["password_changed → mira", "password_reset → mira"]);
    assert_eq!(story.audited(&text(&me["id"])).await, ["user.ask_password_reset", "user.reset_password"]);
}

pub(super) async fn a_client_is_taken_on(story: &mut Story) {
    let bharat = json!({
        "legal_name": "Bharat Private Limited", "brand": "Bharat", "country": "IN", "level": 2,
        "zone": "Asia/Kolkata", "currency": "INR", "signed": true, "signed_on": "2026-01-02",
        "contacts": [{"name": "Olivia Owner", "email": OLIVIA}, {"name": "Adi Admin", "email": ADI}],
        "billing_mode": "postpaid", "domain": "bharat.example", "gstin": "29AAGCB7383J1Z4", "pan": "AAGCB7383J",
        "address": {"line1": "12 Residency Road", "city": "Bengaluru", "state": "KA", "postal_code": "560025"},
        "departments": ["Data Platform", "Mobile"]
    });
    let client = story.post(MIRA, "/v1/clients", bharat).await.is(201).json();
    assert_eq!((&client["status"], &client["signed_on"]), (&json!("active"), &json!("2026-01-02")));
    story.made.client = text(&client["id"]);
    let path = format!("/v1/users?client_id={}", story.made.client);
    let users = story.get(MIRA, &path).await.is(200).json();
    assert_eq!(each(&users, "email"), [ADI, OLIVIA]);
    assert_eq!(each(&users, "role"), ["client_admin", "client_owner"]);
    let ids = each(&users, "id");
    (story.made.adi, story.made.olivia) = (text(&ids[0]), text(&ids[1]));
    assert_eq!(
        story.told().await,
        [
            "client_welcome → olivia",
            "user_invited → adi",
            "user_invited → mira",
            "user_invited → mira",
            "user_invited → olivia",
        ]
    );
    let made = story.entry(&story.made.client, "client.create").await;
    assert!(text(&made["actor"]).starts_with("user:"), "{made}");

    // Nobody is in before a password was chosen by the link, and then with its own role.
    for (who, role) in [(OLIVIA, "client_owner"), (ADI, "client_admin")] {
        story.sign_in(who).await.refused(401, "wrong_credentials");
        story.choose_password("user_invited", who).await;
        let me = story.get(who, "/v1/me").await.is(200).json();
        assert_eq!((&me["role"], &me["client_id"]), (&json!(role), &json!(story.made.client)));
        story.post(who, "/v1/me/terms", json!({"version": me["terms"]["version"]})).await.is(200);
        let record = story.audited(&text(&me["id"])).await;
        assert_eq!(record, ["user.create", "user.accept_invitation", "user.accept_terms"]);
    }
    assert!(story.told().await.is_empty());
}

pub(super) async fn its_agreement_and_its_recruiters(story: &mut Story) {
    let path = format!("/v1/clients/{}/agreements", story.made.client);
    let in_force = story.get(OLIVIA, &path).await.is(200).json();
    assert_eq!(each(&in_force, "standing"), ["in_force"]);
    let standard = json!([250_000, 300_000, 320_000, 360_000, 450_000]);
    assert_eq!(in_force["items"][0]["agreement"]["prices_minor"], standard);
    let dearer = json!({"prices_minor": [260_000, 310_000, 330_000, 370_000, 460_000], "effective_from": "2026-04-01"});
    story.post(ADI, &path, dearer.clone()).await.refused(403, "forbidden");
    story.post(MIRA, &path, dearer).await.is(201);
    let both = story.get(OLIVIA, &path).await.is(200).json();
    assert_eq!(each(&both, "standing"), ["future", "in_force"]);
    story.get(ADI, &path).await.refused(403, "forbidden");

    for (who, name) in [(RITA, "Rita Recruiter"), (ROLF, "Rolf Recruiter")] {
        let body = json!({"email": who, "name": name, "role": "client_recruiter"});
        let made = story.post(ADI, "/v1/users", body).await.is(201).json();
        story.choose_password("user_invited", who).await;
        match who {
            RITA => story.made.rita = text(&made["id"]),
            _ => story.made.rolf = text(&made["id"]),
        }
        story.get(who, &path).await.refused(403, "forbidden");
        let me = story.get(who, "/v1/me").await.is(200).json();
        story.post(who, "/v1/me/terms", json!({"version": me["terms"]["version"]})).await.is(200);
    }
    let told = ["user_invited → mira", "user_invited → mira", "user_invited → rita", "user_invited → rolf"];
    assert_eq!(story.told().await, told);
}
