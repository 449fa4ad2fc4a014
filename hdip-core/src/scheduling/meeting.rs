//! Meeting: the room is made after the confirmation, never as part of it.

use super::calls::Who;
use super::*;
use crate::jobs::Step;
use crate::notifications::{MailJob, MailKind};
use crate::ports::storage::*;
use crate::ports::{MeetingRequest, Method};
use crate::{Ctx, Error, Hdip};

impl Hdip {
    /// Background job: makes the room of a confirmed interview and tells everybody. When the provider does
    /// not answer, people are told at once that the link follows, and the job goes on trying; when the link
    /// is there, a second mail updates the calendar entry.
    pub(crate) async fn open_meeting(&self, ctx: &Ctx, job: &BackgroundJob) -> Result<Step, Error> {
        let mut interview: Interview = self.storage.get(&job.subject).await?;
        let search = job.data["search"].as_u64().unwrap_or(0);
        if !interview.state.holds_time() || u64::from(interview.replacements) != search {
            return Ok(Step::Done(Changes::new()));
        }
        let mut changes = Changes::new();
        if matches!(interview.meeting, MeetingRoom::Ready { .. }) {
            changes.guard(&interview);
            // Time and link are those people know: only the new interviewer is told.
            self.tell(ctx, &mut changes, &interview, MailKind::InterviewConfirmed, &[Who::Interviewer])
                .await?;
            return Ok(Step::Done(changes));
        }
        // The state, not the attempt or the search, says whether people were told: a worker may have died
        // before, or the interviewer left while the provider was slow.
        let told = interview.meeting == MeetingRoom::Delayed;
        let to_tell = if told { &[Who::Interviewer][..] } else { &Who::ALL[..] };
        let request = MeetingRequest {
            interview: interview.id,
            span: interview.span(),
            title: format!("Interview {}", interview.id),
        };
        match self.video.open(&request).await {
            Ok(meeting) => {
                interview.meeting = MeetingRoom::Ready { room: meeting.room, url: meeting.url };
                interview.calendar_sequence += u32::from(told);
                changes.update(&interview);
                changes.events.push(self.interview_event(ctx, &interview, "interview.meeting_ready"));
                // An interviewer who was told before is not told again: the cause is the same.
                self.tell(ctx, &mut changes, &interview, MailKind::InterviewConfirmed, to_tell).await?;
                if told {
                    self.tell(ctx, &mut changes, &interview, MailKind::MeetingLink, &Who::ALL).await?;
                }
                Ok(Step::Done(changes))
            }
            Err(error) => {
                if interview.meeting == MeetingRoom::Pending {
                    interview.meeting = MeetingRoom::Delayed;
                    changes.update(&interview);
                } else {
                    changes.guard(&interview);
                }
                self.tell(ctx, &mut changes, &interview, MailKind::InterviewConfirmed, to_tell).await?;
                Ok(Step::Again(changes, error))
            }
        }
    }

    /// Tells everybody the link that was set by hand; who was not told of the confirmation yet hears that, too.
    pub(crate) async fn tell_meeting_link(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
    ) -> Result<(), Error> {
        self.tell(ctx, changes, interview, MailKind::InterviewConfirmed, &Who::ALL).await?;
        let case = self.case(interview.application_id, ctx.now).await?;
        for to in self.people(interview, &case, &Who::ALL) {
            let mail = MailJob::about(MailKind::MeetingLink, interview.id, to)
                .entry(Method::Request, interview.calendar_sequence);
            let occasion = format!("desk-{}", interview.calendar_sequence);
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
        }
        Ok(())
    }

    async fn tell(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        interview: &Interview,
        kind: MailKind,
        who: &[Who],
    ) -> Result<(), Error> {
        let case = self.case(interview.application_id, ctx.now).await?;
        for to in self.people(interview, &case, who) {
            let mail =
                MailJob::about(kind, interview.id, to).entry(Method::Request, interview.calendar_sequence);
            // One confirmation per search, whatever is retried.
            let occasion = interview.replacements.to_string();
            changes.jobs.push(self.mail(ctx, Some(interview.client_id), mail, &occasion));
        }
        Ok(())
    }
}
