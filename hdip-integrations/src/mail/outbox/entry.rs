use crate::mail::one_line;
use base64::{Engine, engine::general_purpose::STANDARD};
use hdip_core::ports::{Message, Method};
use hdip_core::values::{Email, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A mail as it lies in the outbox; texts as a reader would see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // Those without a word are the message's own.
pub struct OutboxEntry {
    /// Name of the file without `.json`: the SHA-256 of the Message-ID in hexadecimal.
    pub name: String,
    /// Counts up with every new mail; later mails have higher numbers.
    pub sequence: u64,
    /// When it was sent first.
    pub sent_at: Timestamp,
    /// When it was sent last.
    pub last_at: Timestamp,
    /// How often it was sent.
    pub deliveries: u32,
    pub message_id: String,
    pub from: Email,
    pub from_name: String,
    pub to: Email,
    pub to_name: String,
    pub reply_to: Option<Email>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub language: String,
    pub kind: String,
    pub calendar: Option<OutboxCalendar>,
    pub attachments: Vec<OutboxAttachment>,
}

/// The calendar object of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxCalendar {
    /// Its method.
    pub method: Method,
    /// RFC 5545 text.
    pub text: String,
}

/// An attachment of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxAttachment {
    /// File name shown.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// The bytes; base64 in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
}

impl OutboxEntry {
    /// The first delivery of a message; the store gives the sequence.
    pub(super) fn new(message: &Message, now: Timestamp) -> Self {
        let attachments = message.attachments.iter().map(|attachment| OutboxAttachment {
            name: one_line(&attachment.name),
            content_type: one_line(&attachment.content_type),
            bytes: attachment.bytes.clone(),
        });
        let calendar = message.calendar.as_ref();
        Self {
            name: crate::hex(&Sha256::digest(&message.message_id)),
            sequence: 0,
            sent_at: now,
            last_at: now,
            deliveries: 1,
            message_id: message.message_id.clone(),
            from: message.from.clone(),
            from_name: one_line(&message.from_name),
            to: message.to.clone(),
            to_name: one_line(&message.to_name),
            reply_to: message.reply_to.clone(),
            subject: one_line(&message.subject),
            text: message.text.clone(),
            html: message.html.clone(),
            language: one_line(&message.language),
            kind: one_line(&message.kind),
            calendar: calendar.map(|c| OutboxCalendar { method: c.method, text: c.text.clone() }),
            attachments: attachments.collect(),
        }
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(from)?).map_err(serde::de::Error::custom)
}
