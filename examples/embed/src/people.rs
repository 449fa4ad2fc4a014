//! Who takes part: our own staff, a client with a job, two interviewers, a candidate.

use hdip_core::Hdip;
use hdip_core::access::{CreateUser, Role, SignInRequest};
use hdip_core::clients::{CreateClient, SetPayTable};
use hdip_core::hiring::{CandidateFields, CreateJob, JobFields, NewRound, SubmitCandidate};
use hdip_core::interviewers::{
    ChangeInterviewerStatus, CreateInterviewer, InterviewerFields, InterviewerStatus, PutAvailability, Times,
};
use hdip_core::values::{ApplicationId, Currency, JobId};
use std::error::Error;

const PASSWORD: &str = "correct horse battery";

/// A sign-in of one of the interviewers.
pub fn sign_in(email: &str) -> SignInRequest {
    SignInRequest { email: email.into(), password: PASSWORD.into(), user_agent: None }
}

/// Makes everybody but the candidate; the job, and the interviewers' names and addresses.
pub async fn set_up(hdip: &Hdip) -> Result<(JobId, [(&'static str, &'static str); 2]), Box<dyn Error>> {
    let system = hdip.system();
    let manager = CreateUser {
        email: "manager@service.example".into(),
        name: "Mira Manager".into(),
        role: Role::PlatformAdmin,
        client_id: None,
        interviewer_id: None,
        agency_id: None,
        zone: None,
        locale: None,
        assigned_jobs_only: false,
        password: None,
    };
    let manager = hdip.create_user(&system, manager).await?.output;
    let client = CreateClient {
        legal_name: "Acme GmbH".into(),
        brand: "Acme".into(),
        country: "DE".into(),
        level: 2,
        zone: "Europe/Berlin".into(),
        locale: None,
        currency: "USD".into(),
        account_manager_id: Some(manager),
        prices_minor: None,
        signed: true,
        ..CreateClient::default()
    };
    let client = hdip.create_client(&system, client).await?.output;
    let pay = SetPayTable {
        currency: Currency::Usd,
        pay_minor: [2_500, 3_200, 3_900, 4_500],
        late_minor: 800,
        effective_from: system.now.date_naive(),
    };
    hdip.set_pay_table(&system, pay).await?;
    let job = CreateJob {
        client: Some(client),
        job: JobFields {
            title: "Backend Engineer".into(),
            experience_max_months: 120,
            positions: 1,
            specialisation: "backend".into(),
            mandatory_skills: vec!["Rust".into()],
            description: "You own a service end to end.".into(),
            ..JobFields::default()
        },
        rounds: vec![NewRound { name: "Technical".into(), duration_minutes: 60, guidelines: String::new() }],
    };
    let job = hdip.create_job(&system, job).await?.output.job_id;
    let interviewers = [("Lena", "lena@experts.example"), ("Ravi", "ravi@experts.example")];
    for (name, email) in interviewers {
        let fields = InterviewerFields {
            name: name.into(),
            email: email.into(),
            phone: None,
            country: "DE".into(),
            zone: "Europe/Berlin".into(),
            locale: None,
            level: 2,
            specialisations: vec!["backend".into()],
            skills: vec!["rust".into()],
            experience_months: 120,
            current_company: Some("Globex".into()),
            previous_companies: Vec::new(),
            designation: Some("Staff Engineer".into()),
            weekly_cap: None,
            minimum_gap_minutes: None,
            pay_currency: "USD".into(),
        };
        let new = CreateInterviewer { interviewer: fields, password: Some(PASSWORD.into()) };
        let id = hdip.create_interviewer(&system, new).await?.output.interviewer_id;
        let certified = ChangeInterviewerStatus {
            to: InterviewerStatus::Certified,
            reason: None,
            confirmed_interviews: None,
            interviews: Vec::new(),
        };
        hdip.change_interviewer_status(&system, id, certified).await?;
        let times = Times::Rule {
            rrule: "FREQ=DAILY".into(),
            first_day: system.now.date_naive().to_string(),
            local_start: "08:00".into(),
            duration_minutes: 720,
            exceptions: Vec::new(),
        };
        hdip.add_availability(&system, id, PutAvailability { times, note: None }).await?;
    }
    Ok((job, interviewers))
}

/// Submits a candidate to the job.
pub async fn submit(hdip: &Hdip, job: JobId) -> Result<ApplicationId, Box<dyn Error>> {
    let system = hdip.system();
    let person = CandidateFields {
        name: "Asha Rao".into(),
        email: "asha@mail.example".into(),
        experience_months: 60,
        zone: Some("Asia/Kolkata".into()),
        ..CandidateFields::default()
    };
    let new = SubmitCandidate { job, person, ats_reference: None, remark: None, recruiter: None };
    Ok(hdip.submit_candidate(&system, new).await?.output.application_id)
}
