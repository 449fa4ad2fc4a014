use async_trait::async_trait;
use hdip_core::ports::{CalendarObject, Mail, MailAttachment, Message, Method, PortErrorKind};
use hdip_core::testkit::ManualClock;
use hdip_core::testkit::contract::mail::{MailHarness, ReceivedMail, message};
use hdip_core::values::{Email, minutes};
use hdip_integrations::mail::outbox::{OutboxEntry, OutboxMail};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

struct Harness {
    mail: OutboxMail,
    clock: Arc<ManualClock>,
    directory: TempDir,
}

fn harness() -> Harness {
    let directory = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at("2026-01-01T06:00:00Z"));
    Harness {
        mail: OutboxMail::new(directory.path().join("outbox"), clock.clone()).unwrap(),
        clock,
        directory,
    }
}

impl Harness {
    fn reopened(&self) -> OutboxMail {
        OutboxMail::new(self.directory.path().join("outbox"), self.clock.clone()).unwrap()
    }
}

fn received(entry: OutboxEntry) -> ReceivedMail {
    let attachments = entry.attachments.into_iter().map(|attachment| MailAttachment {
        name: attachment.name,
        content_type: attachment.content_type,
        bytes: attachment.bytes,
    });
    Message {
        message_id: entry.message_id,
        from: entry.from,
        from_name: entry.from_name,
        to: entry.to,
        to_name: entry.to_name,
        reply_to: entry.reply_to,
        subject: entry.subject,
        text: entry.text,
        html: entry.html,
        language: entry.language,
        kind: entry.kind,
        calendar: entry.calendar.map(|c| CalendarObject { method: c.method, text: c.text }),
        attachments: attachments.collect(),
    }
    .into()
}

#[async_trait]
impl MailHarness for Harness {
    fn port(&self) -> &dyn Mail {
        &self.mail
    }
    async fn received(&self) -> Vec<ReceivedMail> {
        let mut all = self.mail.list(usize::MAX, None).await.unwrap();
        all.reverse();
        all.into_iter().map(received).collect()
    }
}

mod contract {
    hdip_core::mail_contract!(attr = tokio::test, harness = super::harness());
}

fn numbered(n: usize, to: &str) -> Message {
    let to: Email = to.parse().unwrap();
    Message { message_id: format!("bjob_{n}@mail.hdip.example"), to, subject: n.to_string(), ..message() }
}

async fn subjects(mail: &OutboxMail, limit: usize, to: Option<&str>) -> Vec<String> {
    mail.list(limit, to).await.unwrap().into_iter().map(|entry| entry.subject).collect()
}

#[tokio::test]
async fn a_repeat_is_counted_and_keeps_the_first_content() {
    let h = harness();
    h.mail.send(&message()).await.unwrap();
    h.clock.advance(minutes(5));
    h.mail.send(&Message { subject: "Changed".into(), ..message() }).await.unwrap();
    // Also after a restart.
    h.clock.advance(minutes(5));
    h.reopened().send(&message()).await.unwrap();
    let [entry] = h.mail.list(10, None).await.unwrap().try_into().unwrap();
    assert_eq!((entry.deliveries, entry.subject.as_str()), (3, message().subject.as_str()));
    assert_eq!((entry.last_at - entry.sent_at).num_minutes(), 10);
}

#[tokio::test]
async fn mails_are_listed_newest_first_and_by_recipient() {
    let h = harness();
    for n in 0..6 {
        let to = if n % 2 == 0 { "asha@corp.example" } else { "Ravi@corp.example" };
        // The clock stands still: order is that of sending all the same.
        h.mail.send(&numbered(n, to)).await.unwrap();
    }
    for mail in [&h.mail, &h.reopened()] {
        assert_eq!(subjects(mail, 3, None).await, ["5", "4", "3"]);
        assert_eq!(subjects(mail, 10, Some("ravi@CORP.example")).await, ["5", "3", "1"]);
        assert_eq!(subjects(mail, 10, Some("avi@corp.example")).await, Vec::<String>::new());
    }
    h.reopened().send(&numbered(6, "asha@corp.example")).await.unwrap();
    assert_eq!(subjects(&h.mail, 2, None).await, ["6", "5"], "another process's mail is seen");
}

#[tokio::test]
async fn a_mail_is_got_by_its_name_and_nothing_else_is() {
    let h = harness();
    h.mail.send(&message()).await.unwrap();
    let listed = h.mail.list(1, None).await.unwrap().remove(0);
    assert_eq!(h.mail.get(&listed.name).await.unwrap(), listed);
    fs::write(h.directory.path().join("secret.json"), "{}").unwrap();
    for name in ["", "../secret", "/etc/passwd", &"0".repeat(64), &format!("../outbox/{}", listed.name)] {
        assert_eq!(h.mail.get(name).await.unwrap_err().kind, PortErrorKind::NotFound, "{name}");
    }
}

#[tokio::test]
async fn strange_and_damaged_files_do_not_hide_the_others() {
    let h = harness();
    let directory = h.directory.path().join("outbox");
    h.mail.send(&numbered(1, "asha@corp.example")).await.unwrap();
    fs::write(directory.join("readme.txt"), "hello").unwrap();
    fs::write(directory.join(format!(".{}.1.tmp", "0".repeat(64))), "half a ma").unwrap();
    let damaged = "f".repeat(64);
    fs::write(directory.join(format!("{damaged}.json")), "half a ma").unwrap();
    assert_eq!(subjects(&h.reopened(), 10, None).await, ["1"]);
    assert_eq!(h.mail.get(&damaged).await.unwrap_err().kind, PortErrorKind::Corrupt);
    fs::remove_dir_all(&directory).unwrap();
    fs::create_dir(&directory).unwrap();
    assert_eq!(subjects(&h.mail, 10, None).await, Vec::<String>::new(), "emptied by hand");
    h.mail.send(&numbered(2, "asha@corp.example")).await.unwrap();
    assert_eq!(subjects(&h.mail, 10, None).await, ["2"]);
}

#[tokio::test]
async fn two_thousand_mails_are_listed_quickly() {
    let h = harness();
    let directory = h.directory.path().join("outbox");
    h.mail
        .send(&Message {
            calendar: Some(CalendarObject { method: Method::Request, text: "x".into() }),
            ..message()
        })
        .await
        .unwrap();
    let first = h.mail.list(1, None).await.unwrap().remove(0);
    for n in 0..2000u64 {
        let entry = OutboxEntry { name: format!("{n:064x}"), sequence: n + 2, ..first.clone() };
        fs::write(directory.join(format!("{}.json", entry.name)), serde_json::to_vec(&entry).unwrap())
            .unwrap();
    }
    let mail = h.reopened();
    let began = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(mail.list(50, Some("asha@corp.example")).await.unwrap().len(), 50);
    }
    assert!(began.elapsed().as_secs() < 10, "20 lists took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_at_once_all_arrive_once() {
    let h = harness();
    let sends: Vec<_> = (0..40)
        .map(|n| {
            let mail = h.mail.clone();
            tokio::spawn(async move { mail.send(&numbered(n % 20, "asha@corp.example")).await })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let all = h.mail.list(100, None).await.unwrap();
    assert_eq!((all.len(), all.iter().map(|entry| entry.deliveries).sum::<u32>()), (20, 40));
    let mut sequences: Vec<_> = all.iter().map(|entry| entry.sequence).collect();
    sequences.dedup();
    assert_eq!(sequences.len(), 20);
}
