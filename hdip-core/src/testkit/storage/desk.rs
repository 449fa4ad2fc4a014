//! What the operations desk reads.

use super::MemoryStorage;
use crate::desk::{Acknowledgement, Contest, ContestState, DeskQueue, Grant, GrantKind};
use crate::hiring::{Application, ApplicationStatus};
use crate::interviewers::{Interviewer, InterviewerStatus};
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::scheduling::{Interview, InterviewState};
use crate::values::*;
use async_trait::async_trait;
use std::collections::BTreeMap;

impl MemoryStorage {
    fn acknowledged(&self, queue: DeskQueue, subject: &str, since: Timestamp) -> Result<bool, PortError> {
        let key = Acknowledgement::key(queue, subject);
        let found = self.all(|a: &Acknowledgement| a.natural_key == key && a.acknowledged_at >= since)?;
        Ok(!found.is_empty())
    }

    fn queued_interviews(
        &self,
        queue: InterviewQueue,
        times: &DeskTimes,
    ) -> Result<Vec<Interview>, PortError> {
        let all = self.all(|_: &Interview| true)?;
        let applications = self.all(|a: &Application| a.status == ApplicationStatus::ToSchedule)?;
        let mut kept = Vec::new();
        for interview in &all {
            let seen = || self.acknowledged(queue.queue(), &interview.id.to_string(), interview.state_at);
            let is_in = match queue {
                InterviewQueue::Expired => {
                    let waits = applications
                        .iter()
                        .any(|a| a.id == interview.application_id && a.round_id == interview.round_id);
                    let again = all
                        .iter()
                        .any(|i| i.application_id == interview.application_id && i.id > interview.id);
                    interview.state == InterviewState::Expired && waits && !again && !seen()?
                }
                InterviewQueue::Unassigned => {
                    interview.state.is_open() && interview.start < times.unassigned_before
                }
                InterviewQueue::Interrupted => interview.state == InterviewState::Interrupted,
                InterviewQueue::FeedbackOverdue => {
                    interview.state == InterviewState::AwaitingFeedback
                        && interview.ended_at.is_some_and(|at| at < times.ended_before)
                        && interview.feedback_extended_until.is_none_or(|until| until <= times.now)
                }
                InterviewQueue::ClosedWithoutFeedback => {
                    interview.state == InterviewState::ClosedWithoutFeedback && !seen()?
                }
            };
            if is_in {
                kept.push(interview.clone());
            }
        }
        Ok(kept)
    }

    fn queued_jobs(&self, queue: JobQueue) -> Result<Vec<BackgroundJob>, PortError> {
        let jobs: Vec<BackgroundJob> = self.state().jobs.values().cloned().collect();
        let mut kept = Vec::new();
        for job in jobs {
            let dead = job.state == JobState::Dead;
            let is_in = match (queue, &*job.kind) {
                (JobQueue::ProviderPending, "open_meeting") => {
                    job.state != JobState::Done
                        && job.last_error.is_some()
                        && !self.acknowledged(queue.queue(), &job.subject, job.created_at)?
                }
                (JobQueue::MailFailed, "send_mail") => dead,
                (JobQueue::DeadJobs, kind) => dead && !matches!(kind, "send_mail" | "open_meeting"),
                _ => false,
            };
            let since = job.finished_at.unwrap_or(job.created_at);
            let seen = queue != JobQueue::ProviderPending
                && self.acknowledged(queue.queue(), &job.id.to_string(), since)?;
            if is_in && !seen {
                kept.push(job);
            }
        }
        Ok(kept)
    }
}

#[async_trait]
impl DeskQueries for MemoryStorage {
    async fn desk_interviews(
        &self,
        queue: InterviewQueue,
        times: &DeskTimes,
        only: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError> {
        let mut all = self.queued_interviews(queue, times)?;
        all.retain(|interview| only.is_none_or(|id| interview.id == id));
        self.page(all, page, |interview| interview.id.to_string())
    }

    async fn desk_jobs(
        &self,
        queue: JobQueue,
        only: Option<BackgroundJobId>,
        page: &Page,
    ) -> Result<Vec<BackgroundJob>, PortError> {
        let mut all = self.queued_jobs(queue)?;
        all.retain(|job| only.is_none_or(|id| job.id == id));
        self.page(all, page, |job| job.id.to_string())
    }

    async fn desk_counts(&self, times: &DeskTimes) -> Result<BTreeMap<DeskQueue, u64>, PortError> {
        let mut counts = BTreeMap::new();
        for queue in InterviewQueue::ALL {
            counts.insert(queue.queue(), self.queued_interviews(queue, times)?.len() as u64);
        }
        for queue in JobQueue::ALL {
            counts.insert(queue.queue(), self.queued_jobs(queue)?.len() as u64);
        }
        let open = self.all(|contest: &Contest| contest.state == ContestState::Open)?;
        counts.insert(DeskQueue::Contested, open.len() as u64);
        let suspended = self.all(|who: &Interviewer| who.status == InterviewerStatus::Suspended)?;
        counts.insert(DeskQueue::SuspendedInterviewers, suspended.len() as u64);
        Ok(counts)
    }

    async fn acknowledgement(&self, natural_key: &str) -> Result<Option<Acknowledgement>, PortError> {
        Ok(self.all(|row: &Acknowledgement| row.natural_key == natural_key)?.pop())
    }

    async fn contests(&self, filter: &ContestFilter, page: &Page) -> Result<Vec<Contest>, PortError> {
        let all = self.all(|contest: &Contest| {
            filter.state.is_none_or(|state| contest.state == state)
                && filter.interview.is_none_or(|id| contest.interview_id == id)
                && filter.client.is_none_or(|id| contest.client_id == id)
                && filter.interviewer.is_none_or(|id| contest.interviewer_id == Some(id))
                && filter.party.is_none_or(|party| contest.party == party)
        })?;
        self.page(all, page, |contest| contest.id.to_string())
    }

    async fn contested(&self, interviews: &[InterviewId]) -> Result<Vec<InterviewId>, PortError> {
        let open = self.all(|contest: &Contest| {
            contest.state == ContestState::Open && interviews.contains(&contest.interview_id)
        })?;
        let mut ids: Vec<_> = open.into_iter().map(|contest| contest.interview_id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    async fn grants(&self, client: ClientId, page: &Page) -> Result<Vec<Grant>, PortError> {
        let all = self.all(|grant: &Grant| grant.client_id == client)?;
        self.page(all, page, |grant| grant.id.to_string())
    }

    async fn usable_grants(
        &self,
        client: ClientId,
        kind: GrantKind,
        at: Timestamp,
    ) -> Result<Vec<Grant>, PortError> {
        let mut all =
            self.all(|grant: &Grant| grant.client_id == client && grant.kind == kind && grant.is_usable(at))?;
        all.sort_by_key(|grant| (grant.expires_at.is_none(), grant.expires_at, grant.id));
        Ok(all)
    }

    async fn audit_entries(&self, filter: &AuditFilter, page: &Page) -> Result<Vec<AuditEntry>, PortError> {
        let kept = |entry: &&AuditEntry| {
            filter.client.is_none_or(|id| entry.client_id == Some(id))
                && filter.subject.as_ref().is_none_or(|subject| entry.subject == *subject)
                && filter.actor.as_ref().is_none_or(|actor| entry.actor == *actor)
                && filter.action.as_ref().is_none_or(|action| entry.action == *action)
                && filter.from.is_none_or(|from| entry.at >= from)
                && filter.until.is_none_or(|until| entry.at < until)
        };
        let all = self.state().audit.iter().filter(kept).cloned().collect();
        self.page(all, page, |entry: &AuditEntry| entry.id.to_string())
    }
}
