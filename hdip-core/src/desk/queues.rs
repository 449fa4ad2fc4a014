//! The queues: what is in them, how much, and the word that something was dealt with.

use super::rules::applying;
use super::{Contest, ContestState, DeskAction, DeskError, DeskQueue, desk_reason};
use crate::clients::Client;
use crate::hdip::Decision;
use crate::hiring::Candidate;
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::ports::storage::*;
use crate::scheduling::Interview;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use std::collections::BTreeMap;

/// How much is in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskCount {
    /// Which.
    pub queue: DeskQueue,
    /// How many entries.
    pub count: u64,
}

/// An entry of a queue: what, since when, whose, and what can be done.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskEntry {
    /// In which queue.
    pub queue: DeskQueue,
    /// Id of the entry: an interview, a contest, a background job or an interviewer.
    pub subject: String,
    /// What it is: a state, a kind of job, what is contested.
    pub what: String,
    /// Since when it is so.
    pub since: Timestamp,
    /// More of it: an error, the reason of a contest.
    pub detail: Option<String>,
    /// Whose, where it is a client's.
    pub client_id: Option<ClientId>,
    /// The client's brand.
    pub client_brand: Option<String>,
    /// About which interview.
    pub interview_id: Option<InterviewId>,
    /// Its start.
    pub start: Option<Timestamp>,
    /// Its application.
    pub application_id: Option<ApplicationId>,
    /// Its candidate.
    pub candidate_id: Option<CandidateId>,
    /// The candidate's name.
    pub candidate_name: Option<String>,
    /// Which interviewer.
    pub interviewer_id: Option<InterviewerId>,
    /// The interviewer's name.
    pub interviewer_name: Option<String>,
    /// What can be done.
    pub actions: &'static [DeskAction],
}

impl DeskEntry {
    fn new(queue: DeskQueue, subject: impl ToString, what: &str, since: Timestamp) -> Self {
        Self {
            queue,
            subject: subject.to_string(),
            what: what.to_owned(),
            since,
            detail: None,
            client_id: None,
            client_brand: None,
            interview_id: None,
            start: None,
            application_id: None,
            candidate_id: None,
            candidate_name: None,
            interviewer_id: None,
            interviewer_name: None,
            actions: applying(queue),
        }
    }

    fn about(self, interview: &Interview) -> Self {
        Self {
            client_id: Some(interview.client_id),
            interview_id: Some(interview.id),
            start: Some(interview.start),
            application_id: Some(interview.application_id),
            candidate_id: Some(interview.candidate_id),
            interviewer_id: interview.interviewer_id,
            ..self
        }
    }
}

impl Hdip {
    /// How much is in each queue.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff.
    pub async fn desk(&self, ctx: &Ctx) -> Result<Vec<DeskCount>, Error> {
        ctx.actor.need_operator()?;
        let counts = self.storage.desk_counts(&self.desk_times(ctx).await?).await?;
        let count = |queue: &DeskQueue| DeskCount {
            queue: *queue,
            count: counts.get(queue).copied().unwrap_or_default(),
        };
        Ok(DeskQueue::ALL.iter().map(count).collect())
    }

    /// The entries of a queue, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::InvalidCursor`].
    pub async fn desk_queue(
        &self,
        ctx: &Ctx,
        queue: DeskQueue,
        page: &Page,
    ) -> Result<Paged<DeskEntry>, Error> {
        ctx.actor.need_operator()?;
        let entries = match queue {
            DeskQueue::Expired => self.queued_interviews(ctx, InterviewQueue::Expired, page).await?,
            DeskQueue::Unassigned => self.queued_interviews(ctx, InterviewQueue::Unassigned, page).await?,
            DeskQueue::Interrupted => self.queued_interviews(ctx, InterviewQueue::Interrupted, page).await?,
            DeskQueue::FeedbackOverdue => {
                self.queued_interviews(ctx, InterviewQueue::FeedbackOverdue, page).await?
            }
            DeskQueue::ClosedWithoutFeedback => {
                self.queued_interviews(ctx, InterviewQueue::ClosedWithoutFeedback, page).await?
            }
            DeskQueue::MailFailed => self.queued_jobs(JobQueue::MailFailed, page).await?,
            DeskQueue::ProviderPending => self.queued_jobs(JobQueue::ProviderPending, page).await?,
            DeskQueue::DeadJobs => self.queued_jobs(JobQueue::DeadJobs, page).await?,
            DeskQueue::Contested => self.contests_to_decide(page).await?,
            DeskQueue::SuspendedInterviewers => self.suspended(page).await?,
        };
        let mut page = Paged::cut(entries, page.limit, |entry| entry.subject.clone());
        self.put_names(&mut page.items).await?;
        Ok(page)
    }

    async fn desk_times(&self, ctx: &Ctx) -> Result<DeskTimes, Error> {
        let (policy, ..) = self.policy_for(None, ctx.now).await?;
        Ok(DeskTimes {
            now: ctx.now,
            unassigned_before: ctx.now + hours(policy.unassigned_alert_hours.into()),
            ended_before: ctx.now - minutes(policy.feedback_due_minutes.into()),
        })
    }

    async fn queued_interviews(
        &self,
        ctx: &Ctx,
        queue: InterviewQueue,
        page: &Page,
    ) -> Result<Vec<DeskEntry>, Error> {
        let times = self.desk_times(ctx).await?;
        let rows = self.storage.desk_interviews(queue, &times, None, &page.one_more()).await?;
        let entry = |interview: &Interview| {
            let since = match queue {
                InterviewQueue::Unassigned => interview.requested_at,
                InterviewQueue::FeedbackOverdue => interview.ended_at.unwrap_or(interview.state_at),
                _ => interview.state_at,
            };
            DeskEntry {
                detail: interview.reason.clone(),
                ..DeskEntry::new(queue.queue(), interview.id, interview.state.as_str(), since)
                    .about(interview)
            }
        };
        Ok(rows.iter().map(entry).collect())
    }

    async fn queued_jobs(&self, queue: JobQueue, page: &Page) -> Result<Vec<DeskEntry>, Error> {
        let rows = self.storage.desk_jobs(queue, None, &page.one_more()).await?;
        let about = rows.iter().filter_map(|job| job.subject.parse::<InterviewId>().ok());
        let interviews: BTreeMap<String, Interview> = self.storage.find_all(about).await?;
        let entry = |job: BackgroundJob| {
            let since = job.finished_at.unwrap_or(job.created_at);
            // A mail says which one, other jobs what they do.
            let what = job.data["kind"].as_str().unwrap_or(&job.kind).to_owned();
            let entry = DeskEntry::new(queue.queue(), job.id, &what, since);
            let entry = match interviews.get(&job.subject) {
                Some(interview) => entry.about(interview),
                None => entry,
            };
            DeskEntry { client_id: job.client_id, detail: job.last_error, ..entry }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn contests_to_decide(&self, page: &Page) -> Result<Vec<DeskEntry>, Error> {
        let filter = ContestFilter { state: Some(ContestState::Open), ..Default::default() };
        let rows: Vec<Contest> = self.storage.contests(&filter, &page.one_more()).await?;
        let about: BTreeMap<String, Interview> =
            self.storage.find_all(rows.iter().map(|contest| contest.interview_id)).await?;
        let entry = |contest: Contest| {
            let queue = DeskQueue::Contested;
            let entry = DeskEntry::new(queue, contest.id, contest.about.as_str(), contest.created_at);
            let entry = match about.get(&contest.interview_id.to_string()) {
                Some(interview) => entry.about(interview),
                None => entry,
            };
            DeskEntry { detail: Some(contest.reason), ..entry }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn suspended(&self, page: &Page) -> Result<Vec<DeskEntry>, Error> {
        let filter = InterviewerFilter { status: Some(InterviewerStatus::Suspended), ..Default::default() };
        let rows = self.storage.interviewers(&filter, &page.one_more()).await?;
        let entry = |who: Interviewer| {
            let queue = DeskQueue::SuspendedInterviewers;
            let entry = DeskEntry::new(queue, who.id, "suspended", who.created_at);
            DeskEntry { interviewer_id: Some(who.id), ..entry }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn put_names(&self, entries: &mut [DeskEntry]) -> Result<(), Error> {
        let clients: BTreeMap<String, Client> =
            self.storage.find_all(entries.iter().filter_map(|entry| entry.client_id)).await?;
        let candidates: BTreeMap<String, Candidate> =
            self.storage.find_all(entries.iter().filter_map(|entry| entry.candidate_id)).await?;
        let interviewers: BTreeMap<String, Interviewer> =
            self.storage.find_all(entries.iter().filter_map(|entry| entry.interviewer_id)).await?;
        for entry in entries {
            let client = entry.client_id.and_then(|id| clients.get(&id.to_string()));
            entry.client_brand = client.map(|client| client.brand.clone());
            let candidate = entry.candidate_id.and_then(|id| candidates.get(&id.to_string()));
            entry.candidate_name = candidate.map(|candidate| candidate.name.clone());
            let interviewer = entry.interviewer_id.and_then(|id| interviewers.get(&id.to_string()));
            entry.interviewer_name = interviewer.map(|interviewer| interviewer.name.clone());
        }
        Ok(())
    }

    /// Says that an entry whose facts cannot change any more was dealt with. It leaves its queue, and comes back
    /// only if something new happens to it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::Invalid`] for the reason;
    /// [`DeskError::NotAcknowledgeable`] for an entry that is not in that queue, and for queues whose entries
    /// leave by what is done.
    pub async fn acknowledge(
        &self,
        ctx: &Ctx,
        queue: DeskQueue,
        subject: &str,
        reason: &str,
    ) -> Result<Done<AcknowledgementId>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "acknowledge", &(queue, subject, reason), || async move {
            let Some((about, client)) = self.entry_to_acknowledge(ctx, queue, subject).await? else {
                return Err(DeskError::NotAcknowledgeable.into());
            };
            let mut changes = Changes::new();
            let id = self.add_acknowledgement(ctx, &mut changes, queue, &about, reason).await?;
            let mut audit = self.audit(ctx, "desk.acknowledge", subject, client);
            audit.reason = Some(reason.clone());
            audit.changes = serde_json::json!({"queue": queue});
            changes.audit.push(audit);
            Ok(Decision { changes, output: id })
        })
        .await
    }

    /// What an acknowledgement of an entry names, and whose it is; none if the entry is not there.
    async fn entry_to_acknowledge(
        &self,
        ctx: &Ctx,
        queue: DeskQueue,
        subject: &str,
    ) -> Result<Option<(String, Option<ClientId>)>, Error> {
        let interviews = match queue {
            DeskQueue::Expired => Some(InterviewQueue::Expired),
            DeskQueue::ClosedWithoutFeedback => Some(InterviewQueue::ClosedWithoutFeedback),
            _ => None,
        };
        let jobs = match queue {
            DeskQueue::MailFailed => Some(JobQueue::MailFailed),
            DeskQueue::ProviderPending => Some(JobQueue::ProviderPending),
            DeskQueue::DeadJobs => Some(JobQueue::DeadJobs),
            _ => None,
        };
        if let (Some(queue), Ok(id)) = (interviews, subject.parse::<InterviewId>()) {
            let times = self.desk_times(ctx).await?;
            let found = self.storage.desk_interviews(queue, &times, Some(id), &Page::first(1)).await?.pop();
            return Ok(found.map(|interview| (interview.id.to_string(), Some(interview.client_id))));
        }
        if let (Some(queue), Ok(id)) = (jobs, subject.parse::<BackgroundJobId>()) {
            let found = self.storage.desk_jobs(queue, Some(id), &Page::first(1)).await?.pop();
            return Ok(found.map(|job| match queue {
                // Of the meeting, whatever job makes it.
                JobQueue::ProviderPending => (job.subject, job.client_id),
                _ => (job.id.to_string(), job.client_id),
            }));
        }
        Ok(None)
    }
}
