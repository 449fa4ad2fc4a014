//! Links sent again by the desk, with a reason: to a candidate, to an interviewer who was called, to a user who
//! was invited. And the meeting link, where the provider does not make one.

use super::{Acknowledgement, DeskQueue, desk_reason};
use crate::access::{KeyScope, LinkPurpose};
use crate::hdip::Decision;
use crate::jobs::CALL_EXPIRY;
use crate::notifications::{MailJob, MailKind, Recipient};
use crate::ports::storage::*;
use crate::scheduling::{
    Interview, InterviewState, Invitation, InvitationState, LinkSent, MeetingRoom, SchedulingError,
};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};

impl Hdip {
    /// Renews the candidate's scheduling link and sends it again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; as [`Hdip::send_scheduling_link`]; [`Error::Invalid`]
    /// for the reason.
    pub async fn resend_scheduling_link(
        &self,
        ctx: &Ctx,
        id: ApplicationId,
        reason: &str,
    ) -> Result<Done<LinkSent>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "resend_scheduling_link", &(id, reason), || async move {
            let case = self.case_for(ctx, id, KeyScope::SchedulingWrite).await?;
            Self::may_request(&case)?;
            let mut changes = Changes::new();
            let expires_at = self.reopen_link(ctx, &mut changes, &case).await?;
            let mail = MailJob::scheduling_link(id, case.candidate.id);
            let occasion = ctx.now.timestamp_micros().to_string();
            changes.jobs.push(self.mail(ctx, Some(case.client.id), mail, &occasion));
            let mut audit = self.audit(ctx, "desk.resend_scheduling_link", id, Some(case.client.id));
            audit.reason = Some(reason.clone());
            changes.audit.push(audit);
            Ok(Decision { changes, output: LinkSent { expires_at } })
        })
        .await
    }

    /// Opens the invitations of an interview that nobody has answered for another while, and sends them again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`]; [`Error::Invalid`] for the
    /// reason; [`SchedulingError::WrongState`] when the interview is no longer looking;
    /// [`SchedulingError::InvitationClosed`] when everybody called has answered; [`SchedulingError::TooLate`] close
    /// to the start.
    pub async fn resend_invitations(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        reason: &str,
    ) -> Result<Done<LinkSent>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "resend_invitations", &(id, reason), || async move {
            let interview: Interview = self.storage.get(id).await?;
            if interview.state != InterviewState::Inviting {
                return Err(interview.wrong_state().into());
            }
            let case = self.case(interview.application_id, ctx.now).await?;
            let deadline = interview.start - minutes(case.policy.invitation_end_before_start_minutes.into());
            if ctx.now >= deadline {
                return Err(SchedulingError::TooLate { until: deadline }.into());
            }
            let until = deadline.min(ctx.now + minutes(case.policy.invitation_minutes.into()));
            let mut invitations: Vec<Invitation> = self.storage.invitations(id).await?;
            invitations.retain(|invitation| {
                let state = invitation.state_at(&interview, ctx.now);
                matches!(state, InvitationState::Open | InvitationState::Expired)
            });
            if invitations.is_empty() {
                return Err(SchedulingError::InvitationClosed { state: "answered" }.into());
            }
            let mut changes = Changes::new();
            // The present call lasts as long as its invitations.
            changes.guard(&interview).timer(CALL_EXPIRY, id, until);
            let (client, purpose) = (interview.client_id, LinkPurpose::Invitation);
            for mut invitation in invitations {
                invitation.state = InvitationState::Open;
                invitation.expires_at = until;
                changes.update(&invitation);
                let (subject, party) = (invitation.id.to_string(), invitation.interviewer_id.to_string());
                self.ensure_link(ctx, &mut changes, client, purpose, &subject, &party, interview.start)
                    .await?;
                let to = Recipient::Interviewer(invitation.interviewer_id);
                let mut mail = MailJob::about(MailKind::InterviewerInvitation, id, to);
                mail.invitation = Some(invitation.id);
                let occasion = format!("desk-{}", ctx.now.timestamp_micros());
                changes.jobs.push(self.mail(ctx, Some(client), mail, &occasion));
            }
            let mut audit = self.audit(ctx, "desk.resend_invitations", id, Some(client));
            audit.reason = Some(reason.clone());
            changes.audit.push(audit);
            Ok(Decision { changes, output: LinkSent { expires_at: until } })
        })
        .await
    }

    /// Sends a user who has no password another invitation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; as [`Hdip::invite_user`]; [`Error::Invalid`] for
    /// the reason.
    pub async fn resend_user_invitation(
        &self,
        ctx: &Ctx,
        id: UserId,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        self.decide(ctx, "resend_user_invitation", &(id, reason), || async move {
            let (user, mut changes) = self.invitation_again(ctx, id).await?;
            let mut audit = self.audit(ctx, "desk.resend_user_invitation", id, user.client_id);
            audit.reason = Some(reason.clone());
            changes.audit.push(audit);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Gives an interview a meeting link by hand, where the provider does not answer; everybody is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`]; [`Error::Invalid`] for the link
    /// and the reason; [`SchedulingError::WrongState`] unless it is confirmed or in progress.
    pub async fn set_meeting_link(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        url: &str,
        reason: &str,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let reason = &desk_reason(reason)?;
        let mut fields = Fields::new();
        let url = fields.line("url", url, 1, 500);
        let safe = url.starts_with("https://") && !url.contains(char::is_whitespace);
        fields.ensure(safe, "url", "invalid_link", "must begin with https://");
        fields.done()?;
        let url = &url;
        self.decide(ctx, "set_meeting_link", &(id, url, reason), || async move {
            let mut interview: Interview = self.storage.get(id).await?;
            if !interview.state.holds_time() {
                return Err(interview.wrong_state().into());
            }
            interview.meeting = MeetingRoom::Ready { room: "by hand".into(), url: url.clone() };
            interview.calendar_sequence += 1;
            let mut changes = Changes::new();
            changes.update(&interview);
            self.tell_meeting_link(ctx, &mut changes, &interview).await?;
            changes.events.push(self.interview_event(ctx, &interview, "interview.meeting_ready"));
            // The provider's job finds the link when it is next tried; the desk is done with it now.
            self.add_acknowledgement(ctx, &mut changes, DeskQueue::ProviderPending, &id.to_string(), reason)
                .await?;
            let mut audit = self.audit(ctx, "desk.set_meeting_link", id, Some(interview.client_id));
            audit.reason = Some(reason.clone());
            changes.audit.push(audit);
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Writes down that an entry was dealt with.
    pub(super) async fn add_acknowledgement(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        queue: DeskQueue,
        subject: &str,
        reason: &str,
    ) -> Result<AcknowledgementId, Error> {
        use crate::ports::IdsExt;
        let natural_key = Acknowledgement::key(queue, subject);
        let known = self.storage.acknowledgement(&natural_key).await?;
        let row = Acknowledgement {
            id: known.as_ref().map_or_else(|| self.ids.fresh(), |known| known.id),
            queue,
            subject: subject.to_owned(),
            natural_key,
            reason: reason.to_owned(),
            acknowledged_by: ctx.actor.label(),
            acknowledged_at: ctx.now,
            version: known.map_or(0, |known| known.version),
        };
        changes.put(&row);
        Ok(row.id)
    }
}
