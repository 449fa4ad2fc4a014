//! The demo server's mailbox: the mails of these interviews are compared with those there should be.

use crate::{PATIENCE, Result, Row, interviewers::Race};
use hdip_client::{Client, ClientInfo, Connect};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const RECRUITER: &str = "recruiter@acme.example";
const ACCOUNT_MANAGER: &str = "admin@hdip.example";

/// The mailbox as it was when the program began.
pub struct Mailbox {
    http: Client,
    address: String,
    last: u64,
}

#[derive(Debug, Deserialize)]
struct Mail {
    sequence: u64,
    deliveries: u32,
    kind: String,
    to: String,
    calendar: Option<Calendar>,
}

#[derive(Debug, Deserialize)]
struct Calendar {
    text: String,
}

#[derive(Debug, Deserialize)]
struct Mails {
    items: Vec<Mail>,
}

/// What a mail is told by: its kind, its receiver, and the interview its calendar entry is of.
type Key = (String, String, Option<String>);

impl Mailbox {
    pub async fn at(url: &str) -> Result<Self> {
        let address = format!("{}/mailbox.json", url.trim_end_matches('/'));
        let http = Connect::to(url).client()?;
        let newest = mails(&http, &address, 1).await?;
        Ok(Self { http, address, last: newest.first().map_or(0, |mail| mail.sequence) })
    }

    /// Waits until no mail is left to be sent, then compares; how many there were.
    pub async fn check(self, url: &str, interviews: &BTreeMap<String, &Row>, race: &Race) -> Result<usize> {
        all_sent(url).await?;
        let mut sent: BTreeMap<Key, u32> = BTreeMap::new();
        for mail in mails(&self.http, &self.address, 10_000)
            .await?
            .into_iter()
            .filter(|mail| mail.sequence > self.last)
        {
            let interview = mail.calendar.as_ref().and_then(|calendar| interview_of(&calendar.text));
            *sent.entry((mail.kind, mail.to, interview)).or_default() += mail.deliveries;
        }
        let expected = expected(interviews, race);
        for (key, count) in &expected {
            if sent.get(key) != Some(count) {
                return Err(format!("{key:?}: {count} mails expected, {:?} sent", sent.get(key)).into());
            }
        }
        if let Some((key, count)) = sent.iter().find(|(key, _)| !expected.contains_key(key)) {
            return Err(format!("{key:?}: {count} mails sent that nobody expects").into());
        }
        Ok(sent.values().map(|count| *count as usize).sum())
    }
}

/// Of every interview: a word to the candidate that it was asked for, an invitation to every interviewer
/// who matches, and the confirmation with a calendar entry to both sides, recruiter and account manager.
fn expected(interviews: &BTreeMap<String, &Row>, race: &Race) -> BTreeMap<Key, u32> {
    let mut expected = BTreeMap::new();
    let mut mail = |kind: &str, to: &str, interview: Option<&str>| {
        *expected.entry((kind.to_owned(), to.to_owned(), interview.map(str::to_owned))).or_default() += 1;
    };
    for (email, invited) in &race.invited {
        for _ in invited {
            mail("interviewer_invitation", email, None);
        }
    }
    for (id, row) in interviews {
        mail("awaiting_confirmation", &row.email, None);
        let interviewer = race.winners.get(id).map_or("nobody", String::as_str);
        for to in [&row.email, interviewer, RECRUITER, ACCOUNT_MANAGER] {
            mail("interview_confirmed", to, Some(id));
        }
    }
    expected
}

/// The UID of a calendar entry begins with the interview's id. Long lines are folded (RFC 5545 §3.1).
fn interview_of(calendar: &str) -> Option<String> {
    let unfolded = calendar.replace("\r\n ", "");
    let uid = unfolded.lines().find_map(|line| line.strip_prefix("UID:"))?;
    Some(uid.split('.').next()?.to_owned())
}

/// The operator sees which background jobs are left.
async fn all_sent(url: &str) -> Result<()> {
    let operator = Connect::to(url).user(ACCOUNT_MANAGER, "demo-password").client()?;
    let begin = Instant::now();
    loop {
        let mut left = 0;
        for state in ["queued", "leased", "dead"] {
            let jobs =
                operator.list_background_jobs().kind("send_mail").state(state).send().await?.into_inner();
            left += jobs.items.len();
        }
        match left {
            0 => return Ok(()),
            _ if begin.elapsed() > PATIENCE => {
                return Err(format!("{left} mails are still to be sent").into());
            }
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn mails(http: &Client, address: &str, limit: u32) -> Result<Vec<Mail>> {
    let request = http.client().get(format!("{address}?limit={limit}"));
    Ok(request.send().await?.error_for_status()?.json::<Mails>().await?.items)
}
