//! How every page looks, and the headers it goes out with.

use crate::state::AppState;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use minijinja::value::{Value, merge_maps};
use minijinja::{Environment, UndefinedBehavior, context};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const CSS: &str = include_str!("templates/style.css");

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),*]
    };
}

/// Values are escaped because the names end in `.html`; a name nobody has set is an error, not a gap.
static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in templates![
        "layout.html",
        "parts.html",
        "problem.html",
        "schedule.html",
        "move.html",
        "odd.html",
        "confirm.html",
        "invitation.html",
        "candidate_interview.html",
        "interviewer_interview.html",
        "ask.html",
        "rating.html",
        "scorecard.html",
        "set_password.html",
        "confirm_email.html",
        "account_done.html",
        "apply.html",
        "home.html",
        "mailbox.html",
        "mail.html",
    ] {
        pages.add_template(name, source).unwrap_or_else(|e| unreachable!("built-in page {name}: {e}"));
    }
    pages
});

/// Nothing is loaded from anywhere; the one style sheet is in the page and known by its hash. Frames are
/// the mailbox's own.
static CONTENT_SECURITY_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(CSS));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// A page from a template and its values.
pub fn page(state: &AppState, status: StatusCode, template: &str, values: Value) -> Response {
    let operator = state.hdip.operator();
    let frame = context! { operator => &*operator.name, support => operator.support.as_str(), css => CSS };
    let rendered =
        PAGES.get_template(template).and_then(|template| template.render(merge_maps([frame, values])));
    let mut response = match rendered {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(template, %error, "page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page could not be shown.").into_response()
        }
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.clone());
    response
}

/// Headers of everything behind a link: the address is a secret, the content personal.
pub async fn private(mut response: Response) -> Response {
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
