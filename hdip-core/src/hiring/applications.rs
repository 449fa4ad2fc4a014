//! Applications: read, put aside, dropped. How they come about is in `submit`.

use super::*;
use crate::access::{KeyScope, LinkPurpose, Scope};
use crate::hdip::Decision;
use crate::ports::storage::*;
use crate::scheduling::{Interview, InterviewState};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};

/// Dropping an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DropApplication {
    /// Why.
    pub reason: DropReason,
    /// Yes to the consequence of a late change, where its interview is called off late.
    pub late_ok: bool,
}

impl Hdip {
    /// An application.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one the caller does not see; [`Error::Forbidden`] for links and interviewers.
    pub async fn application(&self, ctx: &Ctx, id: ApplicationId) -> Result<ApplicationView, Error> {
        let application = self.seen_application(ctx, id, KeyScope::HiringRead).await?;
        let view = self.application_views(&ctx.actor, vec![application]).await?.pop();
        view.ok_or(Error::NotFound(Application::NAME))
    }

    /// Applications a caller sees, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and interviewers; [`Error::InvalidCursor`].
    pub async fn applications(
        &self,
        ctx: &Ctx,
        filter: &ApplicationFilter,
        page: &Page,
    ) -> Result<Paged<ApplicationView>, Error> {
        let scope = ctx.actor.client_scope(KeyScope::HiringRead)?;
        let rows = self.storage.applications(&scope, filter, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |a| a.id.to_string());
        Ok(Paged { items: self.application_views(&ctx.actor, items).await?, next_cursor })
    }

    pub(crate) async fn seen_application(
        &self,
        ctx: &Ctx,
        id: ApplicationId,
        key: KeyScope,
    ) -> Result<Application, Error> {
        let scope = ctx.actor.client_scope(key)?;
        let application: Application = self.storage.get(id).await?;
        if scope.allows(application.client_id, Some(application.job_id), application.agency_id) {
            Ok(application)
        } else {
            Err(Error::NotFound(Application::NAME))
        }
    }

    /// Drops an application. An interview that is still to come is called off with it, under the rules of
    /// [`Hdip::cancel_interview`]; the candidate's scheduling link dies.
    ///
    /// # Errors
    /// [`HiringError::WrongStatus`] for one that is closed; as [`Hdip::cancel_interview`] where there is an
    /// interview: one that has begun must end first.
    pub async fn drop_application(
        &self,
        ctx: &Ctx,
        id: ApplicationId,
        drop: DropApplication,
    ) -> Result<Done<()>, Error> {
        self.decide(ctx, "drop_application", &(id, &drop), || async {
            let application = self.seen_application(ctx, id, KeyScope::HiringWrite).await?;
            let mut changes = Changes::new();
            self.add_drop(ctx, &mut changes, application, drop.reason, drop.late_ok).await?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    /// Adds the drop of an application to a commit.
    pub(crate) async fn add_drop(
        &self,
        ctx: &Ctx,
        changes: &mut Changes,
        mut application: Application,
        reason: DropReason,
        late_ok: bool,
    ) -> Result<(), Error> {
        let live = match application.status {
            ApplicationStatus::Interviewing => self.live_interview_of(&application).await?,
            _ => None,
        };
        application.step(ApplicationEvent::Drop, ctx.now)?;
        application.drop_reason = Some(reason);
        if let Some(interview) = live {
            let (interview, mut case) =
                self.interview_for(ctx, interview.id, KeyScope::SchedulingWrite).await?;
            // With the application dropped already, cancelling does not open its link again.
            case.application = application.clone();
            self.add_cancel(ctx, changes, interview, &case, None, late_ok).await?;
        }
        let (subject, party) = (application.id.to_string(), application.candidate_id.to_string());
        self.revoke_link(ctx, changes, LinkPurpose::Schedule, &subject, &party).await?;
        changes.update(&application);
        self.tell_application(ctx, changes, &application, "application.status_changed");
        Ok(())
    }

    /// The interview of the present round that is still going somewhere.
    pub(crate) async fn live_interview_of(
        &self,
        application: &Application,
    ) -> Result<Option<Interview>, Error> {
        let states = InterviewState::ALL.into_iter().filter(|state| state.is_live()).collect();
        let live = self.interviews_of(application, states).await?;
        Ok(live.into_iter().find(|interview| interview.round_id == application.round_id))
    }

    pub(crate) async fn interviews_of(
        &self,
        application: &Application,
        states: Vec<InterviewState>,
    ) -> Result<Vec<Interview>, Error> {
        let filter = InterviewFilter { states, application: Some(application.id), ..Default::default() };
        let scope = Scope::Client(application.client_id);
        Ok(self.storage.interviews(&scope, &filter, &Page::first(Page::MAX)).await?)
    }

    /// Puts an application aside. One with an interview under way cannot be: the interview is called off first.
    ///
    /// # Errors
    /// [`HiringError::WrongStatus`] unless it is `to_schedule` or `decision_due`; [`Error::Forbidden`] for agencies.
    pub async fn hold_application(&self, ctx: &Ctx, id: ApplicationId) -> Result<Done<()>, Error> {
        let hold =
            Decide { verdict: Verdict::Hold, rejected_by: None, reason: None, not_recommended_ok: false };
        Ok(self.decide_application(ctx, id, hold).await?.map(|_| ()))
    }

    /// Takes an application up again, where it was put aside.
    ///
    /// # Errors
    /// [`HiringError::WrongStatus`] unless it is `on_hold`; [`Error::Forbidden`] for agencies.
    pub async fn resume_application(&self, ctx: &Ctx, id: ApplicationId) -> Result<Done<()>, Error> {
        self.decide(ctx, "resume_application", &id, || async {
            let mut application = self.seen_application(ctx, id, KeyScope::HiringWrite).await?;
            // Putting aside and taking up again are the client's decisions.
            if agency_of(&ctx.actor).is_some() {
                return Err(Error::Forbidden);
            }
            let event = match application.held_from.take() {
                Some(ApplicationStatus::DecisionDue) => ApplicationEvent::ResumeDecision,
                _ => ApplicationEvent::ResumeScheduling,
            };
            application.step(event, ctx.now)?;
            let mut changes = Changes::new();
            changes.update(&application);
            self.tell_application(ctx, &mut changes, &application, "application.status_changed");
            Ok(Decision { changes, output: () })
        })
        .await
    }
}
