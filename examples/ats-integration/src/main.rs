//! An applicant tracking system hands over 25 candidates by API key, schedules an interview for each, and
//! follows them in the event feed. Several interviewers race to accept every one.
//!
//! ```console
//! $ make run                          # in one terminal: a server with the demo
//! $ cargo run -p ats-integration      # in another
//! ```
//!
//! `HDIP_URL` names another server, `HDIP_API_KEY` a key of your own; without one the demo's client owner
//! makes it. The program fails unless all interviews end up confirmed, each with one interviewer, and every
//! mail that belongs to them was sent once. The interviewers (`interviewers.rs`) and the mailbox
//! (`mailbox.rs`) are here for the show: an ATS needs this file only.

mod interviewers;
mod mailbox;

use futures_util::{StreamExt, TryStreamExt, stream};
use hdip_client::vocabulary::key_scope;
use hdip_client::{Client, Connect, types};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// The job the candidates are for, by the number it has in the ATS.
const JOB: &str = "REQ-1001";
const CANDIDATES: &str = include_str!("../candidates.csv");
/// How long the server may take to carry out what it promised.
const PATIENCE: Duration = Duration::from_secs(120);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A row of the ATS's export.
#[derive(Debug, Deserialize)]
struct Row {
    ats_reference: String,
    name: String,
    email: String,
    phone: String,
    experience_months: i32,
    current_company: String,
    designation: String,
    time_zone: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A refusal has a sentence for people; its headers are for debugging.
            let refused = error.downcast_ref().and_then(hdip_client::problem);
            match refused {
                Some(problem) => eprintln!("refused: {} ({})", problem.detail, problem.code),
                None => eprintln!("{error}"),
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let url = std::env::var("HDIP_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".into());
    let mailbox = mailbox::Mailbox::at(&url).await?;
    let ats = Connect::to(&url).api_key(api_key(&url).await?).client()?;
    let rows: Vec<Row> = csv::Reader::from_reader(CANDIDATES.as_bytes())
        .deserialize()
        .collect::<std::result::Result<_, _>>()?;

    let job = job(&ats).await?;
    let feed = Feed::from_now(&ats).await?;
    let mut interviews = BTreeMap::new();
    for row in &rows {
        let application = submit(&ats, &job, row).await?;
        let interview = schedule(&ats, &application).await?;
        interviews.insert(interview.id.clone(), row);
    }
    println!("{} candidates submitted, {} interviews requested", rows.len(), interviews.len());

    let wanted: BTreeSet<String> = interviews.keys().cloned().collect();
    let feed = feed.until_all("interview.called", &wanted).await?;
    let race = interviewers::race(&url, &wanted).await?;
    feed.until_all("interview.confirmed", &wanted).await?;

    println!(
        "\n{:<14} {:<16} {:<22} {:<10} {:<26} {:>8} {:>6}",
        "reference", "candidate", "start", "state", "interviewer", "accepted", "taken"
    );
    let mut confirmed = 0;
    for (id, row) in &interviews {
        let interview = ats.get_interview().id(id).send().await?.into_inner();
        let answers = race.answers.get(id).copied().unwrap_or_default();
        let interviewer = interview.interviewer.map_or_else(String::new, |card| {
            format!(
                "{}, {} years",
                card.company.unwrap_or_else(|| "independent".into()),
                card.experience_years
            )
        });
        println!(
            "{:<14} {:<16} {:<22} {:<10} {:<26} {:>8} {:>6}",
            row.ats_reference,
            row.name,
            interview.start.format("%a %d %b %H:%M UTC").to_string(),
            interview.state,
            interviewer,
            answers.accepted,
            answers.too_late,
        );
        confirmed += usize::from(interview.state == "confirmed" && answers.accepted == 1);
    }
    let mails = mailbox.check(&url, &interviews, &race).await?;
    println!(
        "\n{confirmed} of {} interviews confirmed, each with one interviewer; {mails} mails, none missing, none twice",
        rows.len()
    );
    if confirmed == rows.len() {
        Ok(())
    } else {
        Err("not every interview was confirmed with one interviewer".into())
    }
}

/// The key that the client's owner made for the ATS. Scopes say what it may be used for; it is shown once.
async fn api_key(url: &str) -> Result<String> {
    if let Ok(key) = std::env::var("HDIP_API_KEY") {
        return Ok(key);
    }
    let owner = Connect::to(url).user("owner@acme.example", "demo-password").client()?;
    let client =
        owner.get_me().send().await?.into_inner().client_id.ok_or("the owner belongs to no client")?;
    let scopes = vec![
        key_scope::HIRING_READ.to_owned(),
        key_scope::HIRING_WRITE.to_owned(),
        key_scope::SCHEDULING_READ.to_owned(),
        key_scope::SCHEDULING_WRITE.to_owned(),
        key_scope::EVENTS_READ.to_owned(),
    ];
    let made =
        owner.create_api_key().id(client).body_map(|key| key.name("ATS").scopes(scopes)).send().await?;
    Ok(made.into_inner().text)
}

async fn job(ats: &Client) -> Result<types::Job> {
    let found = ats.list_jobs().external_id(JOB).send().await?.into_inner();
    found.items.into_iter().next().ok_or_else(|| format!("there is no job {JOB}").into())
}

/// Hands a candidate over, twice: whatever an ATS repeats after a crash of its own, the reference finds the
/// application that is there.
async fn submit(ats: &Client, job: &types::Job, row: &Row) -> Result<types::Application> {
    let recruiter = job.recruiter_ids.as_ref().and_then(|ids| ids.first().cloned());
    let once = async || {
        ats.submit_candidate()
            .body_map(|application| {
                application
                    .job_id(&job.id)
                    .ats_reference(row.ats_reference.clone())
                    .name(&row.name)
                    .email(&row.email)
                    .phone(row.phone.clone())
                    .experience_months(row.experience_months)
                    .current_company(row.current_company.clone())
                    .designation(row.designation.clone())
                    .zone(row.time_zone.clone())
                    .recruiter_id(recruiter.clone())
            })
            .send()
            .await
    };
    let first = once().await?.into_inner();
    let second = once().await?.into_inner();
    if second.created || second.application.id != first.application.id {
        return Err(format!("{} was submitted twice", row.ats_reference).into());
    }
    Ok(first.application)
}

/// Asks for the start that most interviewers could take, at a decent hour for the candidate.
async fn schedule(ats: &Client, application: &types::Application) -> Result<types::Interview> {
    let slots = ats.list_slots().id(&application.id).send().await?.into_inner();
    let decent = slots.starts.iter().filter(|slot| !slot.odd_hour);
    let best =
        decent.max_by_key(|slot| (slot.count, std::cmp::Reverse(slot.start))).ok_or("no start is offered")?;
    let start = best.start;
    let asked = ats
        .request_interview()
        .body_map(|ask| ask.application_id(&application.id).start(start))
        .send()
        .await?;
    Ok(asked.into_inner())
}

/// The client's event feed: every event once, in order, from a cursor that the ATS keeps.
struct Feed<'a> {
    ats: &'a Client,
    cursor: Option<String>,
}

impl<'a> Feed<'a> {
    /// Skips what has happened before.
    async fn from_now(ats: &'a Client) -> Result<Self> {
        let mut feed = Self { ats, cursor: None };
        while feed.next().await?.more {}
        Ok(feed)
    }

    async fn next(&mut self) -> Result<types::Events> {
        let mut request = self.ats.list_events().limit(200);
        if let Some(cursor) = &self.cursor {
            request = request.cursor(cursor);
        }
        let page = request.send().await?.into_inner();
        self.cursor = Some(page.next_cursor.clone());
        Ok(page)
    }

    /// Follows the feed until every one of `subjects` has had an event of the kind; the feed from there on.
    async fn until_all(mut self, kind: &str, subjects: &BTreeSet<String>) -> Result<Self> {
        let mut left = subjects.clone();
        let follow = async {
            while !left.is_empty() {
                let page = self.next().await?;
                for event in page.items.iter().filter(|event| event.kind == kind) {
                    left.remove(&event.subject);
                }
                if !page.more && !left.is_empty() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        };
        match tokio::time::timeout(PATIENCE, follow).await {
            Ok(done) => done.map(|()| self),
            Err(_) => Err(format!("no {kind} for {left:?} within {PATIENCE:?}").into()),
        }
    }
}

/// Runs `work` for all items, some at a time.
async fn some_at_a_time<T, R>(
    items: impl IntoIterator<Item = T>,
    at_once: usize,
    work: impl AsyncFn(T) -> Result<R>,
) -> Result<Vec<R>> {
    stream::iter(items).map(|item| work(item)).buffer_unordered(at_once).try_collect().await
}
