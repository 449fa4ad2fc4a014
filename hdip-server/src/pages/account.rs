//! The links of users: set a password, confirm an address.

use super::guest::{Guest, PageForm};
use super::layout;
use axum::http::StatusCode;
use axum::response::Response;
use hdip_core::Error;
use hdip_core::access::{AccountLink, LinkPurpose};
use hdip_core::values::FieldError;
use minijinja::context;
use minijinja::value::{Value, merge_maps};

/// `GET /l/{token}` of an invitation or a reset: the form for a password.
pub async fn ask_password(guest: &Guest) -> Result<Response, Error> {
    password_form(guest, StatusCode::OK, &[]).await
}

async fn password_form(guest: &Guest, status: StatusCode, wrong: &[FieldError]) -> Result<Response, Error> {
    let link = guest.hdip().account_link(guest.ctx()).await?;
    let first = link.purpose == LinkPurpose::UserInvitation;
    let wrong: Vec<String> = wrong.iter().map(|error| error.message.clone()).collect();
    let values = about(guest, &link, "/password", context! { first, wrong });
    Ok(layout::page(&guest.state, status, "set_password.html", values))
}

/// `POST /l/{token}/password`: sets it. What is wrong with it is said on the form.
pub async fn set_password(guest: Guest, form: PageForm) -> Response {
    let password = form.typed("password");
    if password != form.typed("again") {
        let differs = FieldError {
            field: "again".into(),
            code: "differs".into(),
            message: "must be typed the same way twice".into(),
        };
        let shown = password_form(&guest, StatusCode::UNPROCESSABLE_ENTITY, &[differs]).await;
        return guest.answer(shown);
    }
    match guest.hdip().set_password_by_link(guest.ctx(), password).await {
        Ok(_) => done(
            &guest,
            "Your password is set",
            "You can sign in with it now. This link is used up; nobody can set another password with it.",
        ),
        Err(Error::Invalid(wrong)) => {
            let shown = password_form(&guest, StatusCode::UNPROCESSABLE_ENTITY, &wrong).await;
            guest.answer(shown)
        }
        Err(error) => guest.answer(Err(error)),
    }
}

/// `GET /l/{token}` of a change of address: what would change, and the button.
pub async fn ask_confirmation(guest: &Guest) -> Result<Response, Error> {
    let link = guest.hdip().account_link(guest.ctx()).await?;
    let new_email = link.new_email.as_ref().map(ToString::to_string);
    let values = about(guest, &link, "/confirm-email", context! { new_email });
    Ok(layout::page(&guest.state, StatusCode::OK, "confirm_email.html", values))
}

/// `POST /l/{token}/confirm-email`: changes the address.
pub async fn confirm_email(guest: Guest) -> Response {
    match guest.hdip().confirm_email(guest.ctx()).await {
        Ok(_) => done(
            &guest,
            "Your address is changed",
            "Please sign in with it from now on. We have told your old address.",
        ),
        Err(error) => guest.answer(Err(error)),
    }
}

fn about(guest: &Guest, link: &AccountLink, form: &str, more: Value) -> Value {
    let shared = context! {
        action => Value::from_safe_string(guest.path(form)),
        name => &*link.name,
        email => link.email.as_str(),
        brand => link.client_brand.as_deref(),
        until => guest.zone(link.zone).describe(link.expires_at),
    };
    merge_maps([shared, more])
}

/// The link is used up: there is no page of its own to go back to.
fn done(guest: &Guest, title: &str, text: &str) -> Response {
    layout::page(&guest.state, StatusCode::OK, "account_done.html", context! { title, text })
}
