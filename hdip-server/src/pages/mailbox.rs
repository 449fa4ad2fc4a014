//! The development mailbox: every mail that was sent, with its links. Only there when mails go into an
//! outbox instead of to a relay, which production refuses.

use super::guest::query;
use super::layout;
use crate::state::AppState;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_integrations::mail::outbox::{OutboxEntry, OutboxMail};
use minijinja::context;
use minijinja::value::Value;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

const PER_PAGE: usize = 50;
/// The outbox has no cursor; a page asks for everything up to it.
const MAX_PAGE: usize = 200;

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/mailbox", get(list))
        .route("/mailbox.json", get(json))
        .route("/mailbox/{name}", get(mail))
        .route("/mailbox/{name}/html", get(html))
        .route("/mailbox/{name}/calendar.ics", get(calendar))
}

#[derive(Deserialize)]
struct Which {
    to: Option<String>,
    page: Option<usize>,
}

async fn list(State(state): State<AppState>, Query(which): Query<Which>) -> Response {
    let to = which.to.as_deref().map(str::trim).filter(|to| !to.is_empty());
    let page = which.page.unwrap_or(1).clamp(1, MAX_PAGE);
    // One more than is shown tells whether there is an older page.
    let found = match outbox(&state) {
        Ok(outbox) => outbox.list(page * PER_PAGE + 1, to).await,
        Err(error) => Err(error),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return failed(&state, error),
    };
    let first = (page - 1) * PER_PAGE;
    let mails: Vec<Value> = found
        .iter()
        .skip(first)
        .take(PER_PAGE)
        .map(|mail| {
            context! {
                name => &*mail.name,
                sent => mail.sent_at.format("%Y-%m-%d %H:%M:%S").to_string(),
                to => mail.to.as_str(),
                only => format!("/mailbox?{}", query([("to", mail.to.as_str())])),
                subject => &*mail.subject,
            }
        })
        .collect();
    let page_at = |page: usize| {
        let number = page.to_string();
        let mut words = vec![("page", &*number)];
        words.extend(to.map(|to| ("to", to)));
        format!("/mailbox?{}", query(words))
    };
    let values = context! {
        mails,
        to => to.unwrap_or_default(),
        page,
        newer => (page > 1).then(|| page_at(page - 1)),
        older => (found.len() > first + PER_PAGE && page < MAX_PAGE).then(|| page_at(page + 1)),
    };
    layout::page(&state, StatusCode::OK, "mailbox.html", values)
}

/// What `/mailbox.json` lists.
#[derive(Deserialize)]
struct Newest {
    to: Option<String>,
    limit: Option<usize>,
}

/// The newest mails whole, newest first, for programs that check what was sent: at most `limit`, 100 if not
/// said and 10,000 at most.
async fn json(State(state): State<AppState>, Query(which): Query<Newest>) -> Response {
    let limit = which.limit.unwrap_or(100).min(10_000);
    let found = match outbox(&state) {
        Ok(outbox) => outbox.list(limit, which.to.as_deref()).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(items) => Json(json!({ "items": items })).into_response(),
        Err(error) => failed(&state, error),
    }
}

async fn mail(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    let mail = match read(&state, &name).await {
        Ok(mail) => mail,
        Err(error) => return failed(&state, error),
    };
    let person = |name: &str, address: &str| format!("{name} <{address}>");
    let mut headers = vec![
        ("From", person(&mail.from_name, mail.from.as_str())),
        ("To", person(&mail.to_name, mail.to.as_str())),
        ("Sent", mail.sent_at.format("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Message-ID", mail.message_id),
        ("Kind", mail.kind),
        ("Language", mail.language),
    ];
    if let Some(reply_to) = &mail.reply_to {
        headers.insert(2, ("Reply-To", reply_to.as_str().to_owned()));
    }
    if mail.deliveries > 1 {
        headers.push(("Sent again", format!("{} times, with the same Message-ID", mail.deliveries - 1)));
    }
    let values = context! {
        name => mail.name,
        subject => mail.subject,
        headers => headers.into_iter().map(|(name, value)| context! { name, value }).collect::<Vec<_>>(),
        text => with_links(&mail.text),
        method => mail.calendar.as_ref().map(|c| c.method.as_str()),
        calendar => mail.calendar.map(|c| c.text),
        attachments => mail.attachments.into_iter().map(|a| a.name).collect::<Vec<_>>(),
    };
    layout::page(&state, StatusCode::OK, "mail.html", values)
}

/// The HTML part, shown in a frame: styles of its own, nothing loaded, no script, and its links open a new
/// window instead of the frame.
async fn html(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    let mail = match read(&state, &name).await {
        Ok(mail) => mail,
        Err(error) => return failed(&state, error),
    };
    let body = mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
             style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
        ),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), Html(body)).into_response()
}

async fn calendar(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    let found = read(&state, &name).await.and_then(|mail| {
        mail.calendar.ok_or_else(|| {
            PortError::new(PortErrorKind::NotFound, "mail", "get", "the mail has no calendar part")
        })
    });
    match found {
        Ok(calendar) => {
            let kind = format!("text/calendar; charset=utf-8; method={}", calendar.method.as_str());
            let headers: [(HeaderName, String); 2] = [
                (header::CONTENT_TYPE, kind),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"invite.ics\"".into()),
            ];
            (headers, calendar.text).into_response()
        }
        Err(error) => failed(&state, error),
    }
}

fn outbox(state: &AppState) -> Result<&Arc<OutboxMail>, PortError> {
    // The routes are there only with an outbox.
    state.outbox.as_ref().ok_or_else(|| PortError::new(PortErrorKind::NotFound, "mail", "get", "no mailbox"))
}

async fn read(state: &AppState, name: &str) -> Result<OutboxEntry, PortError> {
    outbox(state)?.get(name).await
}

fn failed(state: &AppState, error: PortError) -> Response {
    let error = match error.kind {
        PortErrorKind::NotFound => hdip_core::Error::NotFound("mail"),
        _ => error.into(),
    };
    super::problem::page(state, error, Some("/mailbox".into()), hdip_core::values::Zone::UTC)
}

/// The text cut into what is a link and what is not.
fn with_links(text: &str) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(begin) = [rest.find("http://"), rest.find("https://")].into_iter().flatten().min() {
        let length = rest[begin..]
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']'))
            .unwrap_or(rest.len() - begin);
        // A full stop or comma after a link belongs to the sentence.
        let url = rest[begin..begin + length].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        parts.push(context! { text => &rest[..begin], url => () });
        parts.push(context! { text => (), url });
        rest = &rest[begin + url.len()..];
    }
    parts.push(context! { text => rest, url => () });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_a_text_are_found_without_the_sentence_around_them() {
        let parts: Vec<String> = with_links("See https://a.example/l/x.y, or (http://b.example).\nBye")
            .iter()
            .map(|part| {
                let field = |name| part.get_attr(name).unwrap();
                if field("url").is_none() {
                    format!("{}", field("text"))
                } else {
                    format!("[{}]", field("url"))
                }
            })
            .collect();
        assert_eq!(parts, ["See ", "[https://a.example/l/x.y]", ", or (", "[http://b.example]", ").\nBye"]);
    }
}
