use super::SqlStorage;
use super::dialect::Dialect;
use super::rows::text;
use async_trait::async_trait;
use hdip_core::feedback::{Rating, Rubric, Scorecard};
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::values::*;

#[async_trait]
impl<D: Dialect> FeedbackQueries for SqlStorage<D> {
    async fn rubrics(&self, round: RoundId) -> Result<Vec<Rubric>, PortError> {
        self.select(r#"WHERE "round_id" = ? ORDER BY "number" DESC"#, vec![text(round)]).await
    }

    async fn scorecards(&self, interview: InterviewId) -> Result<Vec<Scorecard>, PortError> {
        self.select(r#"WHERE "interview_id" = ? ORDER BY "number""#, vec![text(interview)]).await
    }

    async fn rating_of(&self, interview: InterviewId) -> Result<Option<Rating>, PortError> {
        self.first(r#"WHERE "natural_key" = ?"#, vec![text(interview)]).await
    }

    async fn ratings(&self, interviewer: InterviewerId, page: &Page) -> Result<Vec<Rating>, PortError> {
        self.page(r#""interviewer_id" = ?"#, vec![text(interviewer)], page).await
    }
}
