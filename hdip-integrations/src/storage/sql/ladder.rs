use super::SqlStorage;
use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::text;
use async_trait::async_trait;
use hdip_core::interviewers::Interviewer;
use hdip_core::ladder::*;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::values::*;

/// Who may be the same person; the index on each column is used.
const LIKE: &str = r#"WHERE "email_key" = ? OR "phone" = ? ORDER BY "id" LIMIT 50"#;

#[async_trait]
impl<D: Dialect> LadderQueries for SqlStorage<D> {
    async fn interviewer_applications(
        &self,
        status: Option<InterviewerApplicationStatus>,
        page: &Page,
    ) -> Result<Vec<InterviewerApplication>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("status", status.map(InterviewerApplicationStatus::as_str));
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn applications_like(
        &self,
        email_key: &str,
        phone: &Phone,
    ) -> Result<Vec<InterviewerApplication>, PortError> {
        self.select(LIKE, vec![email_key.into(), phone.as_str().into()]).await
    }

    async fn interviewers_like(&self, email_key: &str, phone: &Phone) -> Result<Vec<Interviewer>, PortError> {
        self.select(LIKE, vec![email_key.into(), phone.as_str().into()]).await
    }

    async fn application_with_cv(&self, file: FileId) -> Result<Option<InterviewerApplication>, PortError> {
        self.first(r#"WHERE "cv_file_id" = ?"#, vec![text(file)]).await
    }

    async fn ladder_steps(
        &self,
        interviewer: InterviewerId,
        page: &Page,
    ) -> Result<Vec<LadderStep>, PortError> {
        self.page(r#""interviewer_id" = ?"#, vec![text(interviewer)], page).await
    }

    async fn shadowings(&self, of: Option<InterviewerId>, page: &Page) -> Result<Vec<Shadowing>, PortError> {
        match of {
            Some(of) => {
                let condition = r#""interviewer_id" = ? OR "mentor_id" = ?"#;
                self.page(condition, vec![text(of), text(of)], page).await
            }
            None => self.page("1 = 1", Vec::new(), page).await,
        }
    }

    async fn shadowing_sessions(&self, shadowing: ShadowingId) -> Result<Vec<ShadowingSession>, PortError> {
        self.select(r#"WHERE "shadowing_id" = ? ORDER BY "id""#, vec![text(shadowing)]).await
    }

    async fn planned_session(&self, interview: InterviewId) -> Result<Option<ShadowingSession>, PortError> {
        self.first(r#"WHERE "live_key" = ?"#, vec![text(interview)]).await
    }
}
