//! Becoming an interviewer, as filters over everything.

use super::MemoryStorage;
use crate::interviewers::Interviewer;
use crate::ladder::*;
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::values::*;
use async_trait::async_trait;

#[async_trait]
impl LadderQueries for MemoryStorage {
    async fn interviewer_applications(
        &self,
        status: Option<InterviewerApplicationStatus>,
        page: &Page,
    ) -> Result<Vec<InterviewerApplication>, PortError> {
        let all = self.all(|a: &InterviewerApplication| status.is_none_or(|status| a.status == status))?;
        self.page(all, page, |a| a.id.to_string())
    }

    async fn applications_like(
        &self,
        email_key: &str,
        phone: &Phone,
    ) -> Result<Vec<InterviewerApplication>, PortError> {
        let mut all = self.all(|a: &InterviewerApplication| a.email_key == email_key || a.phone == *phone)?;
        all.truncate(50);
        Ok(all)
    }

    async fn interviewers_like(&self, email_key: &str, phone: &Phone) -> Result<Vec<Interviewer>, PortError> {
        let mut all =
            self.all(|i: &Interviewer| i.email_key == email_key || i.phone.as_ref() == Some(phone))?;
        all.truncate(50);
        Ok(all)
    }

    async fn application_with_cv(&self, file: FileId) -> Result<Option<InterviewerApplication>, PortError> {
        Ok(self.all(|a: &InterviewerApplication| a.cv_file_id == Some(file))?.pop())
    }

    async fn ladder_steps(
        &self,
        interviewer: InterviewerId,
        page: &Page,
    ) -> Result<Vec<LadderStep>, PortError> {
        let all = self.all(|step: &LadderStep| step.interviewer_id == interviewer)?;
        self.page(all, page, |step| step.id.to_string())
    }

    async fn shadowings(&self, of: Option<InterviewerId>, page: &Page) -> Result<Vec<Shadowing>, PortError> {
        let theirs = |s: &Shadowing| of.is_none_or(|of| s.interviewer_id == of || s.mentor_id == of);
        self.page(self.all(theirs)?, page, |s| s.id.to_string())
    }

    async fn shadowing_sessions(&self, shadowing: ShadowingId) -> Result<Vec<ShadowingSession>, PortError> {
        self.all(|s: &ShadowingSession| s.shadowing_id == shadowing)
    }

    async fn planned_session(&self, interview: InterviewId) -> Result<Option<ShadowingSession>, PortError> {
        let key = Some(interview.to_string());
        Ok(self.all(|s: &ShadowingSession| s.live_key == key)?.pop())
    }
}
