//! From our message to the bytes on the wire (RFC 5322, MIME, RFC 6047 for the calendar part).

use super::error::rejected;
use crate::mail::one_line;
use hdip_core::ports::{CalendarObject, MailAttachment, Message, PortError};
use hdip_core::values::{Email, Timestamp};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MessageId};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};

/// A message ready to be sent.
pub(super) struct Letter {
    pub(super) from: lettre::Address,
    pub(super) to: lettre::Address,
    pub(super) bytes: Vec<u8>,
}

/// `mixed [ alternative [ plain, html, calendar ], invite.ics, attachments … ]`, the structure that Gmail,
/// Outlook and Apple Mail agree on; `mixed` only where something is attached.
pub(super) fn letter(message: &Message, now: Timestamp) -> Result<Letter, PortError> {
    let (from, to) = (mailbox(&message.from_name, &message.from)?, mailbox(&message.to_name, &message.to)?);
    let envelope = (from.email.clone(), to.email.clone());
    let mut builder = lettre::Message::builder()
        .header(message_id(&message.message_id)?)
        .date(now.into())
        .from(from)
        .to(to)
        .subject(one_line(&message.subject))
        .raw_header(raw("Content-Language", &message.language))
        // RFC 3834: no vacation notices, please.
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-HDIP-Kind", &message.kind));
    if let Some(reply_to) = &message.reply_to {
        builder = builder.reply_to(mailbox("", reply_to)?);
    }
    let letter = builder
        .multipart(body(message)?)
        .map_err(|error| rejected("the message cannot be written").with_source(error))?;
    Ok(Letter { from: envelope.0, to: envelope.1, bytes: letter.formatted() })
}

fn body(message: &Message) -> Result<MultiPart, PortError> {
    let mut alternative = MultiPart::alternative()
        .singlepart(SinglePart::plain(message.text.clone()))
        .singlepart(SinglePart::html(message.html.clone()));
    if let Some(calendar) = &message.calendar {
        let inline = format!("text/calendar; charset=utf-8; method={}", calendar.method.as_str());
        alternative = alternative.singlepart(calendar_part(calendar, &inline)?);
    }
    if message.calendar.is_none() && message.attachments.is_empty() {
        return Ok(alternative);
    }
    let mut mixed = MultiPart::mixed().multipart(alternative);
    if let Some(calendar) = &message.calendar {
        let content_type = media_type("application/ics; name=\"invite.ics\"")?;
        let content = base64(calendar.text.clone().into_bytes())?;
        mixed = mixed.singlepart(Attachment::new("invite.ics".into()).body(content, content_type));
    }
    for attachment in &message.attachments {
        mixed = mixed.singlepart(attached(attachment)?);
    }
    Ok(mixed)
}

fn calendar_part(calendar: &CalendarObject, content_type: &str) -> Result<SinglePart, PortError> {
    let part = SinglePart::builder().header(media_type(content_type)?);
    Ok(part.body(base64(calendar.text.clone().into_bytes())?))
}

fn attached(attachment: &MailAttachment) -> Result<SinglePart, PortError> {
    let name = one_line(&attachment.name).replace(['/', '\\', '"'], "_");
    let content_type = ContentType::parse(&one_line(&attachment.content_type))
        .or_else(|_| media_type("application/octet-stream"))?;
    Ok(Attachment::new(name).body(base64(attachment.bytes.clone())?, content_type))
}

/// Base64 keeps every byte, also the line ends and folds of a calendar object that a relay might mend.
fn base64(bytes: Vec<u8>) -> Result<Body, PortError> {
    Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
        .map_err(|_| rejected("the content cannot be encoded"))
}

fn media_type(text: &str) -> Result<ContentType, PortError> {
    ContentType::parse(text).map_err(|error| rejected("not a media type").with_source(error))
}

fn mailbox(name: &str, email: &Email) -> Result<Mailbox, PortError> {
    let address = email.as_str().parse::<lettre::Address>();
    // The source would show the address.
    let address = address.map_err(|_| rejected("an address cannot be written in a mail"))?;
    let name = one_line(name).trim().to_owned();
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// Kept to the letter, so anything that could not be is refused.
fn message_id(id: &str) -> Result<MessageId, PortError> {
    let plain = id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    if !plain || id.is_empty() || id.len() > 250 {
        return Err(rejected("the Message-ID has characters that a header cannot hold, or too many"));
    }
    Ok(MessageId::from(format!("<{id}>")))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value))
}
