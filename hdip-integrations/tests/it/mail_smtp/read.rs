//! Reads a mail as its receiver would.

use hdip_core::ports::MailAttachment;
use hdip_core::testkit::contract::mail::ReceivedMail;
use mail_parser::{Address, ContentType, Message, MessageParser, MessagePart, MimeHeaders, PartType};

fn media_type(content_type: &ContentType<'_>) -> String {
    format!("{}/{}", content_type.ctype(), content_type.subtype().unwrap_or_default())
}

fn address(addresses: Option<&Address<'_>>) -> Option<(String, String)> {
    let all: Vec<_> = addresses?.iter().collect();
    let [one] = all.as_slice() else { panic!("one address, not {all:?}") };
    Some((one.address().unwrap_or_default().to_owned(), one.name().unwrap_or_default().to_owned()))
}

fn is_attached(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|disposition| disposition.is_attachment())
}

/// The content of the only inline part of a type.
fn inline<'a>(message: &'a Message<'a>, wanted: &str) -> Option<&'a MessagePart<'a>> {
    let mut found = message.parts.iter().filter(|part| {
        !is_attached(part)
            && part.content_type().is_some_and(|content_type| media_type(content_type) == wanted)
    });
    let first = found.next();
    assert!(found.next().is_none(), "two {wanted}");
    first
}

fn text(part: &MessagePart<'_>) -> String {
    String::from_utf8(part.contents().to_vec()).unwrap()
}

pub(super) fn mail(recipients: &[String], bytes: &[u8]) -> ReceivedMail {
    let message = MessageParser::default().parse(bytes).unwrap();
    let header = |name: &str| message.header_raw(name.to_owned()).unwrap_or_default().trim().to_owned();
    let calendar = inline(&message, "text/calendar").map(|part| {
        let content_type = part.content_type().unwrap();
        assert_eq!(content_type.attribute("charset"), Some("utf-8"));
        (content_type.attribute("method").unwrap_or_default().to_owned(), text(part))
    });
    let mut attached = Vec::new();
    let mut invite = None;
    for part in message.parts.iter().filter(|part| is_attached(part)) {
        let name = part.attachment_name().unwrap_or_default().to_owned();
        let content_type = media_type(part.content_type().unwrap());
        if name == "invite.ics" {
            assert_eq!((content_type.as_str(), invite.is_none()), ("application/ics", true));
            invite = Some(text(part));
        } else {
            attached.push(MailAttachment { name, content_type, bytes: part.contents().to_vec() });
        }
    }
    ReceivedMail {
        recipients: recipients.to_vec(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        from: address(message.from()).unwrap_or_default(),
        to: address(message.to()).unwrap_or_default(),
        reply_to: address(message.reply_to()).map(|(address, _)| address),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: inline(&message, "text/plain").map(text).unwrap_or_default(),
        html: inline(&message, "text/html").map(text).unwrap_or_default(),
        language: header("Content-Language"),
        kind: header("X-HDIP-Kind"),
        calendar_inline: calendar,
        calendar_attached: invite,
        attachments: attached,
        header_names: message.headers_raw().map(|(name, _)| name.to_owned()).collect(),
    }
}

/// Media types, nested: `multipart/mixed[… …]`.
pub(super) fn structure(bytes: &[u8]) -> String {
    fn of(message: &Message<'_>, part: &MessagePart<'_>) -> String {
        let name = part.content_type().map(media_type).unwrap_or_default();
        match &part.body {
            PartType::Multipart(ids) => {
                let inner: Vec<_> = ids.iter().map(|id| of(message, message.part(*id).unwrap())).collect();
                format!("{name}[{}]", inner.join(" "))
            }
            _ => name,
        }
    }
    let message = MessageParser::default().parse(bytes).unwrap();
    of(&message, message.root_part())
}
