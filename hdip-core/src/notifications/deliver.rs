//! Delivery: what a mail says is read from current records when it is sent; whether it still makes sense
//! is asked then, too.

use super::words::Words;
use super::{MailJob, MailKind, Recipient, calendar_uid};
use crate::access::{EmailChange, LinkPurpose, User};
use crate::hiring::{Application, ApplicationStatus, Candidate, Round};
use crate::interviewers::Interviewer;
use crate::jobs::{Step, data};
use crate::ladder::InterviewerApplication;
use crate::ports::storage::*;
use crate::ports::{CalendarEvent, CalendarObject, Message, Method, Party, PortError, PortErrorKind};
use crate::scheduling::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use serde_json::{Map, Value};

/// Who a mail goes to, as its record says now.
pub(super) struct Addressee {
    pub name: String,
    pub email: Email,
    pub zone: Zone,
    pub locale: Locale,
    /// The word templates branch on.
    pub role: &'static str,
}

impl Addressee {
    /// A time, as the mail writes it to this person.
    pub fn time(&self, at: Timestamp) -> String {
        self.words().time(at, self.zone)
    }

    /// The words of the mail's language.
    pub fn words(&self) -> Words {
        Words::of(&self.locale)
    }

    fn user(person: User, role: &'static str) -> Self {
        Self { name: person.name, email: person.email, zone: person.zone, locale: person.locale, role }
    }
}

impl Hdip {
    /// Background job: sends one mail, unless it has been overtaken.
    pub(crate) async fn deliver_mail(&self, ctx: &Ctx, job: &BackgroundJob) -> Result<Step, Error> {
        let mail: MailJob = data(job)?;
        if !self.is_wanted(mail.kind, &mail.to).await? {
            return Ok(Step::Done(Changes::new()));
        }
        let mut to = self.addressee(&mail.to).await?;
        // The language there is a template in: dates and amounts are in the same.
        if let Ok(language) = self.templates.language(mail.kind, &to.locale).parse() {
            to.locale = language;
        }
        let mut reply_to = self.operator.support.clone();
        let mut values = Map::new();
        values.insert("to".into(), to.role.into());
        values.insert("name".into(), to.name.clone().into());
        values.insert("operator".into(), self.operator.name.clone().into());
        values.insert("support".into(), self.operator.support.to_string().into());
        let mut calendar = None;
        if let Some(id) = mail.application {
            let application: Application = self.storage.get(id).await?;
            if application.status != ApplicationStatus::ToSchedule {
                return Ok(Step::Done(Changes::new()));
            }
            let case = self.case(id, ctx.now).await?;
            self.about_case(&mut values, &case);
            let open = self.put_schedule_link(ctx, &mut values, id, application.candidate_id, &to).await?;
            // A reminder of a link that is over would lead nowhere; that one is over is said once it is.
            let wanted = match mail.kind {
                MailKind::SchedulingLinkReminder => open,
                MailKind::SchedulingLinkUnused => !open,
                _ => true,
            };
            if !wanted {
                return Ok(Step::Done(Changes::new()));
            }
        }
        if let Some(id) = mail.interview {
            let interview: Interview = self.storage.get(id).await?;
            if waits(&mail, &interview) {
                let why = PortError::new(
                    PortErrorKind::Other,
                    "scheduling",
                    "wait",
                    "an interviewer is looked for",
                );
                return Err(why.into());
            }
            if !still_true(&mail, &interview, ctx.now) {
                return Ok(Step::Done(Changes::new()));
            }
            if !self.about_interview(ctx, &mut values, &mail, &interview, &to).await? {
                return Ok(Step::Done(Changes::new()));
            }
            calendar = self.entry_of(job, &mail, &interview, &to, &values).await?;
        }
        if let Some(user) = mail.user
            && !self.about_account(ctx, &mut values, job, &mail, user, &to).await?
        {
            return Ok(Step::Done(Changes::new()));
        }
        if let Some(session) = mail.session
            && !self.about_session(&mut values, mail.kind, session).await?
        {
            return Ok(Step::Done(Changes::new()));
        }
        if let Some(step) = mail.step
            && !self.about_step(&mut values, &mail, step, &to).await?
        {
            return Ok(Step::Done(Changes::new()));
        }
        if let Some(applicant) = mail.applicant {
            self.about_applicant(&mut values, applicant).await?;
        }
        if let Some(feedback) = mail.feedback {
            reply_to = self.about_feedback(&mut values, feedback).await?;
        }
        self.about_desk(&mut values, &mail, &to).await?;
        if let Some(alert) = mail.alert {
            self.about_alert(&mut values, alert, &to.locale, to.zone).await?;
        }
        let words = self.templates.render(mail.kind, &to.locale, &Value::Object(values))?;
        let message = Message {
            message_id: format!("{}@{}", job.id, self.mail_domain()),
            from: self.operator.mail_from.clone(),
            from_name: self.operator.name.clone(),
            to: to.email,
            to_name: to.name,
            reply_to: Some(reply_to),
            subject: words.subject,
            text: words.text,
            html: words.html,
            language: words.language,
            kind: mail.kind.to_string(),
            calendar,
            attachments: Vec::new(),
        };
        self.mail.send(&message).await?;
        Ok(Step::Done(Changes::new()))
    }

    fn mail_domain(&self) -> &str {
        self.operator.mail_from.as_str().rsplit('@').next().unwrap_or("localhost")
    }

    async fn addressee(&self, to: &Recipient) -> Result<Addressee, Error> {
        Ok(match to {
            Recipient::Candidate(id) => {
                let person: Candidate = self.storage.get(id).await?;
                Addressee {
                    name: person.name,
                    email: person.email,
                    zone: person.zone,
                    locale: person.locale,
                    role: "candidate",
                }
            }
            Recipient::Interviewer(id) | Recipient::Observer(id) => {
                let person: Interviewer = self.storage.get(id).await?;
                let observer = matches!(to, Recipient::Observer(_));
                Addressee {
                    name: person.name,
                    email: person.email,
                    zone: person.zone,
                    locale: person.locale,
                    role: if observer { "observer" } else { "interviewer" },
                }
            }
            Recipient::Applicant(id) => {
                let person: InterviewerApplication = self.storage.get(id).await?;
                Addressee {
                    name: person.name,
                    email: person.email,
                    zone: person.zone,
                    locale: person.locale,
                    role: "applicant",
                }
            }
            Recipient::Recruiter(id) => Addressee::user(self.storage.get(id).await?, "recruiter"),
            Recipient::AccountManager(id) => Addressee::user(self.storage.get(id).await?, "account_manager"),
            Recipient::User(id) => Addressee::user(self.storage.get(id).await?, "user"),
            Recipient::NewAddress(id) | Recipient::OldAddress(id) => {
                let change: EmailChange = self.storage.get(id).await?;
                let person: User = self.storage.get(change.user_id).await?;
                let to_new = matches!(to, Recipient::NewAddress(_));
                let email = if to_new { change.new_email } else { change.old_email };
                Addressee { email, ..Addressee::user(person, "user") }
            }
            Recipient::Support => Addressee {
                name: self.operator.name.clone(),
                email: self.operator.support.clone(),
                zone: self.operator.zone,
                locale: self.operator.locale.clone(),
                role: "support",
            },
            Recipient::OnCall => Addressee {
                name: self.operator.name.clone(),
                email: self.alerting.mail_to.clone().unwrap_or_else(|| self.operator.support.clone()),
                zone: self.operator.zone,
                locale: self.operator.locale.clone(),
                role: "on_call",
            },
        })
    }

    fn about_case(&self, values: &mut Map<String, Value>, case: &case::Case) {
        values.insert("brand".into(), case.client.brand.clone().into());
        values.insert("job".into(), case.job.title.clone().into());
        values.insert("round".into(), case.round.name.clone().into());
        values.insert("minutes".into(), case.round.duration_minutes.into());
        values.insert("candidate".into(), case.candidate.name.clone().into());
    }

    /// The scheduling link of an application, where there is one; whether it is good now.
    async fn put_schedule_link(
        &self,
        ctx: &Ctx,
        values: &mut Map<String, Value>,
        application: ApplicationId,
        candidate: CandidateId,
        to: &Addressee,
    ) -> Result<bool, Error> {
        let key = format!("{}:{application}:{candidate}", LinkPurpose::Schedule.as_str());
        let link = self.storage.link_by_key(&key).await?.filter(|link| link.revoked_at.is_none());
        let open = link.as_ref().is_some_and(|link| ctx.now < link.expires_at);
        values.insert("schedule_url".into(), link.as_ref().map(|link| self.link_url(link)).into());
        values.insert("schedule_until".into(), link.map(|link| to.time(link.expires_at)).into());
        Ok(open)
    }

    /// Adds what a mail about an interview may say to this recipient; false when it need not be sent.
    async fn about_interview(
        &self,
        ctx: &Ctx,
        values: &mut Map<String, Value>,
        mail: &MailJob,
        interview: &Interview,
        to: &Addressee,
    ) -> Result<bool, Error> {
        let case = self.case(interview.application_id, ctx.now).await?;
        self.about_case(values, &case);
        // The application may be in another round by now; the mail is about the interview's.
        let round: Round = self.storage.get(interview.round_id).await?;
        values.insert("round".into(), round.name.clone().into());
        values.insert("minutes".into(), interview.span().length().num_minutes().into());
        values.insert("start".into(), to.time(interview.start).into());
        values.insert("state".into(), interview.state.as_str().into());
        values.insert("outcome".into(), to.words().outcome(interview.state, interview.state_by).into());
        values.insert("contest_days".into(), case.policy.contest_days.into());
        let until = interview.feedback_extended_until.map(|until| to.time(until));
        values.insert("extended_until".into(), until.into());
        values.insert("meeting_url".into(), interview.meeting.url().into());
        values.insert("lead".into(), mail.minutes.map(|minutes| to.words().lead(minutes)).into());
        values.insert(
            "late_fee_applies".into(),
            (interview.confirmed_at.is_some()
                && !interview.replacing
                && matches!(interview.state_by, Side::Client | Side::Candidate)
                && interview.is_late(interview.state_at))
            .into(),
        );
        let new_start = match interview.successor_id {
            Some(id) => Some(to.time(self.storage.get::<Interview>(id).await?.start)),
            None => None,
        };
        values.insert("new_start".into(), new_start.into());
        if matches!(mail.kind, MailKind::ReportReleased | MailKind::ReportCorrected) {
            let Some(card) = self.newest_card(interview.id).await? else { return Ok(false) };
            let recommendation = card.body.recommendation.map(|said| to.words().recommendation(said));
            values.insert("recommendation".into(), recommendation.into());
            values.insert("score".into(), card.body.overall_score.into());
            values.insert("recommended_score".into(), case.job.recommended_score.into());
            values.insert("correction_reason".into(), card.reason.into());
        }
        if mail.kind == MailKind::RateInterviewer {
            let link = self.link_url_for(LinkPurpose::Rating, interview.id, interview.candidate_id).await?;
            values.insert("rating_url".into(), link.into());
        }
        let (id, mut link) = (interview.id, None);
        match mail.to {
            Recipient::Candidate(candidate) => {
                link = self.link_url_for(LinkPurpose::CandidateInterview, id, candidate).await?;
                self.put_schedule_link(ctx, values, interview.application_id, candidate, to).await?;
            }
            Recipient::Interviewer(interviewer) => {
                if mail.kind == MailKind::InterviewerInvitation {
                    let Some(invitation) = mail.invitation else { return Ok(false) };
                    let invitation: Invitation = self.storage.get(invitation).await?;
                    if invitation.state_at(interview, ctx.now) != InvitationState::Open {
                        return Ok(false);
                    }
                    link = self.link_url_for(LinkPurpose::Invitation, invitation.id, interviewer).await?;
                    values.remove("candidate"); // no name before the acceptance
                    values.insert("pay".into(), to.words().money(invitation.pay).into());
                    values.insert("answer_until".into(), to.time(invitation.expires_at).into());
                } else {
                    link = self.link_url_for(LinkPurpose::InterviewerInterview, id, interviewer).await?;
                }
                values.insert("specialisation".into(), case.job.specialisation.replace('_', " ").into());
                let skills: Vec<_> = case.job.mandatory_skills.iter().cloned().collect();
                values.insert("skills".into(), skills.join(", ").into());
                let experience = to.words().years(interview.demand.candidate_experience_months);
                values.insert("experience".into(), experience.into());
                values.insert("company".into(), case.candidate.current_company.clone().into());
                values.insert("job_description".into(), case.job.description.clone().into());
                values.insert("guidelines".into(), round.guidelines.into());
            }
            _ => {}
        }
        values.insert("url".into(), link.into());
        Ok(true)
    }

    /// The calendar object that goes with the mail. It is made with the time of the decision, so that a
    /// repeat of the mail is the same message.
    async fn entry_of(
        &self,
        job: &BackgroundJob,
        mail: &MailJob,
        interview: &Interview,
        to: &Addressee,
        values: &Map<String, Value>,
    ) -> Result<Option<CalendarObject>, Error> {
        let Some(mut entry) = mail.entry else { return Ok(None) };
        if mail.kind == MailKind::InterviewConfirmed {
            // Sent late, it tells what is true by now.
            entry.sequence = interview.calendar_sequence;
        }
        let word = |key: &str| values.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let for_candidate = to.role == "candidate";
        let other = word(if for_candidate { "brand" } else { "candidate" });
        let summary = match to.role {
            "observer" => to.words().shadowing_title(&word("job"), &other),
            _ => to.words().entry_title(&word("job"), &other, for_candidate),
        };
        let location = interview.meeting.url().unwrap_or_default().to_owned();
        let what = format!("{} ({})", word("job"), word("round"));
        let description = match entry.method {
            Method::Cancel => what,
            Method::Request => format!("{what}. {}", to.words().entry_meeting(&location)),
        };
        let event = CalendarEvent {
            uid: calendar_uid(interview.id, &mail.to.party(), self.mail_domain()),
            sequence: entry.sequence,
            stamp: job.created_at,
            span: interview.span(),
            summary,
            description,
            location,
            organizer: Party { name: self.operator.name.clone(), email: self.operator.mail_from.clone() },
            attendee: Party { name: to.name.clone(), email: to.email.clone() },
        };
        let receipt = match entry.method {
            Method::Request => self.calendar.put(&event).await?,
            Method::Cancel => self.calendar.cancel(&event).await?,
        };
        Ok(receipt.object)
    }
}

/// Whether a mail is neither true nor overtaken now: a confirmation that was not sent yet while another
/// interviewer is being looked for becomes true again when one is found, and nobody else would send it.
fn waits(mail: &MailJob, interview: &Interview) -> bool {
    let others = !matches!(mail.to, Recipient::Interviewer(_));
    mail.kind == MailKind::InterviewConfirmed
        && others
        && interview.replacing
        && interview.state == InterviewState::Inviting
}

/// Whether a mail has not been overtaken by what happened since it was decided.
fn still_true(mail: &MailJob, interview: &Interview, now: Timestamp) -> bool {
    let theirs = match mail.to {
        Recipient::Interviewer(id) => interview.interviewer_id == Some(id),
        _ => true,
    };
    match mail.kind {
        MailKind::AwaitingConfirmation | MailKind::SlotRequested => interview.state.is_open(),
        MailKind::InterviewerInvitation => interview.state == InterviewState::Inviting,
        MailKind::InterviewConfirmed => interview.state.holds_time() && theirs,
        MailKind::MeetingLink => {
            // A later version of the entry is on its way, or was sent.
            let current = mail.entry.is_none_or(|entry| entry.sequence == interview.calendar_sequence);
            interview.state.holds_time() && theirs && current
        }
        MailKind::ShadowingPlanned => interview.state.holds_time(),
        MailKind::FeedbackOverdue => {
            let put_off = interview.feedback_extended_until.is_some_and(|until| now < until);
            interview.state == InterviewState::AwaitingFeedback && !put_off
        }
        MailKind::FeedbackExtended => interview.state == InterviewState::AwaitingFeedback && theirs,
        MailKind::Reminder => interview.state == InterviewState::Confirmed && theirs && now < interview.start,
        _ => true,
    }
}
