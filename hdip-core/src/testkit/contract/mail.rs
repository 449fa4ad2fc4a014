//! What [`Mail`](crate::ports::Mail) promises.

use super::skipped;
use crate::ports::{CalendarObject, Mail, MailAttachment, Message, Method, Outcome, PortErrorKind, Retry};
use crate::testkit::MemoryMail;
use crate::values::Email;
use async_trait::async_trait;

/// A mail as its reader finds it, parsed back from whatever the adapter made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Addresses it was delivered to.
    pub recipients: Vec<String>,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Address and display name of the sender.
    pub from: (String, String),
    /// Address and display name in `To`.
    pub to: (String, String),
    /// Address in `Reply-To`.
    pub reply_to: Option<String>,
    /// Decoded subject.
    pub subject: String,
    /// Plain text part.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// `Content-Language`.
    pub language: String,
    /// `X-HDIP-Kind`.
    pub kind: String,
    /// Method parameter and content of the inline `text/calendar` part.
    pub calendar_inline: Option<(String, String)>,
    /// Content of the attached `invite.ics`.
    pub calendar_attached: Option<String>,
    /// Attachments other than `invite.ics`, in order.
    pub attachments: Vec<MailAttachment>,
    /// Names of all top-level headers; empty if the adapter keeps none.
    pub header_names: Vec<String>,
}

/// An adapter under test, and the far end that its mails reach.
#[async_trait]
pub trait MailHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> &dyn Mail;
    /// What has arrived, in order.
    async fn received(&self) -> Vec<ReceivedMail>;
    /// An address which the far end refuses for good, if it can.
    fn refused(&self) -> Option<Email> {
        None
    }
    /// An address which the far end refuses for now, if it can.
    fn deferred(&self) -> Option<Email> {
        None
    }
}

/// Tests of [`MailHarness`] implementors: one per clause.
#[macro_export]
macro_rules! mail_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, mail:
            a_message_arrives_whole,
            answers_go_to_the_sender_unless_said,
            long_lines_and_lines_of_dots_survive,
            a_calendar_object_arrives_inline_and_attached,
            without_a_calendar_object_none_arrives,
            attachments_arrive_byte_by_byte,
            a_line_break_never_starts_a_header,
            a_repeat_keeps_its_message_id,
            a_refused_address_is_rejected_for_good,
            a_deferred_address_backs_off,
        );
    };
}

/// A message to vary.
pub fn message() -> Message {
    Message {
        message_id: "bjob_01-invite@mail.hdip.example".into(),
        from: email("interviews@hdip.example"),
        from_name: "Interviews, by \"HDIP\"".into(),
        to: email("asha@corp.example"),
        to_name: "आशा राव".into(),
        reply_to: Some(email("help@hdip.example")),
        subject:
            "Interview confirmed: Zoë & 李 – round 1, a subject that is long enough to be folded twice ✓"
                .into(),
        text: "Hello आशा,\n\nsee you soon.\n".into(),
        html: "<p>Hello <b>आशा</b>,</p>\n<p>see you &amp; soon.</p>\n".into(),
        language: "hi-IN".into(),
        kind: "interview_confirmed".into(),
        calendar: None,
        attachments: Vec::new(),
    }
}

fn email(text: &str) -> Email {
    text.parse().expect("an address")
}

async fn delivered(harness: &impl MailHarness, message: &Message) -> ReceivedMail {
    harness.port().send(message).await.expect("accepted");
    let mut all = harness.received().await;
    assert_eq!(all.len(), 1, "one mail was sent, {} arrived", all.len());
    all.remove(0)
}

/// Line ends and what follows the last line belong to the transport.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

/// Addresses, names, Message-ID, subject, both texts, language and kind, in any script.
pub async fn a_message_arrives_whole(harness: &impl MailHarness) {
    let sent = message();
    let got = delivered(harness, &sent).await;
    assert_eq!(got.recipients, [sent.to.as_str()]);
    assert_eq!(got.message_id, sent.message_id);
    assert_eq!(got.from, (sent.from.to_string(), sent.from_name.clone()));
    assert_eq!(got.to, (sent.to.to_string(), sent.to_name.clone()));
    assert_eq!(got.reply_to, sent.reply_to.as_ref().map(Email::to_string));
    assert_eq!(got.subject, sent.subject);
    assert_eq!(lines(&got.text), lines(&sent.text));
    assert_eq!(lines(&got.html), lines(&sent.html));
    assert_eq!((got.language, got.kind), (sent.language, sent.kind));
}

/// No `Reply-To` is invented.
pub async fn answers_go_to_the_sender_unless_said(harness: &impl MailHarness) {
    let got = delivered(harness, &Message { reply_to: None, ..message() }).await;
    assert_eq!(got.reply_to, None);
}

/// SMTP limits lines to 998 octets and ends the message with a lone dot; texts know nothing of it.
pub async fn long_lines_and_lines_of_dots_survive(harness: &impl MailHarness) {
    let text = format!("before\n.\n..\n.leading\n{}\nafter = =3D\n", "long ".repeat(500));
    let html = format!("<p>\n.\n{}</p>\n", "x".repeat(3000));
    let got = delivered(harness, &Message { text: text.clone(), html: html.clone(), ..message() }).await;
    assert_eq!(lines(&got.text), lines(&text));
    assert_eq!(lines(&got.html), lines(&html));
}

/// As `text/calendar; method=…` and as `invite.ics`, byte by byte.
pub async fn a_calendar_object_arrives_inline_and_attached(harness: &impl MailHarness) {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nSUMMARY:Interview आ\r\n शा\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = Some(CalendarObject { method: Method::Cancel, text: text.into() });
    let got = delivered(harness, &Message { calendar, ..message() }).await;
    assert_eq!(got.calendar_inline, Some(("CANCEL".into(), text.into())), "inline part");
    assert_eq!(got.calendar_attached.as_deref(), Some(text), "invite.ics");
    assert_eq!(got.attachments, [], "invite.ics only once");
    assert_eq!(lines(&got.text), lines(&message().text), "the text is still there");
}

/// No empty part either.
pub async fn without_a_calendar_object_none_arrives(harness: &impl MailHarness) {
    let got = delivered(harness, &message()).await;
    assert_eq!((got.calendar_inline, got.calendar_attached), (None, None));
}

/// Names, media types and bytes, in order, next to a calendar object.
pub async fn attachments_arrive_byte_by_byte(harness: &impl MailHarness) {
    let attachments = vec![
        MailAttachment {
            name: "report.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: (0..=255).cycle().take(2000).collect(),
        },
        MailAttachment {
            name: "Zoë.bin".into(),
            content_type: "application/octet-stream".into(),
            bytes: b"\r\n.\r\n".into(),
        },
    ];
    let calendar =
        Some(CalendarObject { method: Method::Request, text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into() });
    let got = delivered(harness, &Message { attachments: attachments.clone(), calendar, ..message() }).await;
    assert_eq!(got.attachments, attachments);
}

/// Not in the subject, not in a name; the text may lose the break, nothing else.
pub async fn a_line_break_never_starts_a_header(harness: &impl MailHarness) {
    let evil =
        |break_: &str| format!("Asha{break_}Bcc: thief@evil.example{break_}X-Evil: 1{break_}{break_}body");
    for (i, break_) in ["\r\n", "\n", "\r", "\n ", "\u{2028}", "\u{85}", "\0"].into_iter().enumerate() {
        let sent = Message {
            message_id: format!("bjob_{i}@mail.hdip.example"),
            from_name: evil(break_),
            to_name: evil(break_),
            subject: evil(break_),
            language: format!("en{break_}X-Evil: 1"),
            kind: format!("test{break_}X-Evil: 1"),
            attachments: vec![MailAttachment {
                name: format!("a{break_}X-Evil: 1.txt"),
                content_type: "application/pdf".into(),
                bytes: b"PDF".into(),
            }],
            ..message()
        };
        harness.port().send(&sent).await.expect("accepted");
        let all = harness.received().await;
        let got = &all[i];
        assert_eq!(got.recipients, [sent.to.as_str()], "{break_:?} changed the recipients");
        let foreign =
            |name: &&String| name.eq_ignore_ascii_case("bcc") || name.eq_ignore_ascii_case("x-evil");
        assert_eq!(got.header_names.iter().find(foreign), None, "{break_:?} started a header");
        for (what, text) in [("subject", &got.subject), ("from", &got.from.1), ("to", &got.to.1)] {
            assert!(!text.contains(['\r', '\n']), "{break_:?} is still in {what}: {text:?}");
            assert!(text.starts_with("Asha"), "{what} is lost: {text:?}");
        }
        assert_eq!(lines(&got.text), lines(&sent.text), "{break_:?} changed the text");
        assert_eq!(got.attachments.len(), 1, "{break_:?} changed the attachments");
    }
}

/// However often it is sent; so a receiver can tell it is the same.
pub async fn a_repeat_keeps_its_message_id(harness: &impl MailHarness) {
    for _ in 0..3 {
        harness.port().send(&message()).await.expect("accepted");
    }
    let all = harness.received().await;
    assert!(!all.is_empty());
    for got in all {
        assert_eq!((got.message_id, got.subject), (message().message_id, message().subject));
    }
}

/// `Rejected`, never to be tried again, certainly not sent.
pub async fn a_refused_address_is_rejected_for_good(harness: &impl MailHarness) {
    let Some(to) = harness.refused() else {
        return skipped("a_refused_address_is_rejected_for_good", "this adapter's far end refuses nobody");
    };
    let error = harness.port().send(&Message { to, ..message() }).await.expect_err("refused");
    assert_eq!(
        (error.kind, error.retry, error.outcome),
        (PortErrorKind::Rejected, Retry::Never, Outcome::NotDone)
    );
    assert_eq!(harness.received().await, []);
    delivered(harness, &message()).await;
}

/// To be tried again later, certainly not sent.
pub async fn a_deferred_address_backs_off(harness: &impl MailHarness) {
    let Some(to) = harness.deferred() else {
        return skipped("a_deferred_address_backs_off", "this adapter's far end defers nobody");
    };
    let error = harness.port().send(&Message { to, ..message() }).await.expect_err("deferred");
    assert_eq!((error.retry, error.outcome), (Retry::Backoff, Outcome::NotDone));
    assert_eq!(harness.received().await, []);
    delivered(harness, &message()).await;
}

/// What was sent is what a reader finds, where nothing is transported.
impl From<Message> for ReceivedMail {
    fn from(m: Message) -> Self {
        Self {
            recipients: vec![m.to.to_string()],
            message_id: m.message_id,
            from: (m.from.to_string(), m.from_name),
            to: (m.to.to_string(), m.to_name),
            reply_to: m.reply_to.map(|email| email.to_string()),
            subject: m.subject,
            text: m.text,
            html: m.html,
            language: m.language,
            kind: m.kind,
            calendar_inline: m.calendar.as_ref().map(|c| (c.method.as_str().into(), c.text.clone())),
            calendar_attached: m.calendar.map(|c| c.text),
            attachments: m.attachments,
            header_names: Vec::new(),
        }
    }
}

#[async_trait]
impl MailHarness for MemoryMail {
    fn port(&self) -> &dyn Mail {
        self
    }
    async fn received(&self) -> Vec<ReceivedMail> {
        self.sent().into_iter().map(Into::into).collect()
    }
    fn refused(&self) -> Option<Email> {
        let nobody = email("nobody@corp.example");
        self.refuse(&nobody);
        Some(nobody)
    }
    fn deferred(&self) -> Option<Email> {
        self.fail_next(1);
        Some(email("later@corp.example"))
    }
}

#[cfg(test)]
mod memory {
    crate::mail_contract!(attr = tokio::test, harness = crate::testkit::MemoryMail::new());
}
