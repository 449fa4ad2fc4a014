//! HDIP inside another service, without the server: the core, the worker, mail through a port of our own.
//!
//! `cargo run -p embed` schedules one interview from offer to confirmation and prints every mail.

mod people;

use async_trait::async_trait;
use hdip_core::ports::{Mail, Message, PortError};
use hdip_core::scheduling::{InterviewState, Pick, RequestInterview, StartChoice};
use hdip_core::{HdipBuilder, OperatorProfile};
use hdip_integrations::calendar::ics::IcsCalendar;
use hdip_integrations::queue::LocalQueue;
use hdip_integrations::secrets::SoftwareSecrets;
use hdip_integrations::system::{SystemClock, UuidIds};
use hdip_integrations::video::jitsi::JitsiVideo;
use hdip_integrations::worker::{Worker, WorkerConfig};
use people::{set_up, sign_in, submit};
use std::error::Error;
use std::sync::Arc;

/// Our service sends mail its own way: here, to the terminal.
#[derive(Debug)]
struct PrintedMail;

#[async_trait]
impl Mail for PrintedMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let calendar = message.calendar.as_ref().map_or("", |_| " + calendar entry");
        println!("mail  {:<34} {}{calendar}", message.to.to_string(), message.subject);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secrets = Arc::new(SoftwareSecrets::new([7; 32])); // a real service reads its key from a vault
    let hdip = HdipBuilder {
        storage: Arc::new(hdip_core::testkit::MemoryStorage::new()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(UuidIds),
        secrets: secrets.clone(),
        queue: Arc::new(LocalQueue::new()),
        mail: Arc::new(PrintedMail),
        calendar: Arc::new(IcsCalendar::new()),
        video: Arc::new(JitsiVideo::new("https://meet.example.org", secrets)?),
        files: Arc::new(hdip_core::testkit::MemoryFiles::new()),
        operator: OperatorProfile {
            name: "Our service".into(),
            mail_from: "interviews@service.example".parse()?,
            support: "help@service.example".parse()?,
            base_url: "https://service.example".into(),
            zone: "Europe/Berlin".parse()?,
            locale: "en".parse()?,
        },
    }
    .build();

    // The worker carries out what decisions commit: calls, meeting rooms, mails, timers.
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(Worker::new(hdip.clone(), WorkerConfig::default()).run(stopping));

    let (job, interviewers) = set_up(&hdip).await?;
    let application = submit(&hdip, job).await?;

    // Which starts are there? Take the first that is not at night for the candidate.
    let system = hdip.system();
    let offer = hdip.slots(&system, application, None, None).await?;
    let start = offer.starts.iter().find(|start| !start.odd_hour).ok_or("nothing is offered")?;
    println!("start {} could be taken by {} of {}", start.start, start.count, interviewers.len());
    let start = StartChoice::Picked(Pick { start: start.start, odd_hours_ok: false });
    let request = RequestInterview { application, start, consents: None };
    let interview = hdip.request_interview(&system, request).await?.output.interview_id;

    // Both interviewers answer their invitation; the first to accept gets it.
    for (name, email) in interviewers {
        let signed_in = hdip.sign_in(&system, sign_in(email)).await?;
        let actor = hdip.authenticate_user(signed_in.user.id, signed_in.sign_in).await?;
        let ctx = hdip.ctx(actor);
        let mut invitations = hdip.my_invitations(&ctx, false, &Default::default()).await?.items;
        while invitations.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await; // the call is on its way
            invitations = hdip.my_invitations(&ctx, false, &Default::default()).await?.items;
        }
        match hdip.accept_invitation(&ctx, invitations[0].id).await {
            Ok(_) => println!("won   {name}"),
            Err(refused) => println!("lost  {name}: {refused}"),
        }
    }

    // Told to stop, the worker first finishes what it has; one more turn sends what that caused.
    stop.send(true)?;
    worker.await?;
    while Worker::new(hdip.clone(), WorkerConfig::default()).turn().await {}
    let view = hdip.interview(&hdip.system(), interview).await?;
    println!(
        "state {:?}, room {}",
        view.basics.state,
        view.basics.meeting_url.as_deref().unwrap_or("pending")
    );
    if view.basics.state == InterviewState::Confirmed { Ok(()) } else { Err("it should be confirmed".into()) }
}
