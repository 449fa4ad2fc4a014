use super::SqlStorage;
use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{Bound, text};
use async_trait::async_trait;
use hdip_core::access::User;
use hdip_core::agencies::*;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::values::*;

#[async_trait]
impl<D: Dialect> AgencyQueries for SqlStorage<D> {
    async fn agencies(
        &self,
        client: Option<ClientId>,
        status: Option<AgencyStatus>,
        page: &Page,
    ) -> Result<Vec<Agency>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("client_id", client);
        wanted.equal("status", status.map(AgencyStatus::as_str));
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn agency_by_key(&self, live_key: &str) -> Result<Option<Agency>, PortError> {
        self.first(r#"WHERE "live_key" = ?"#, vec![live_key.into()]).await
    }

    async fn agency_users(&self, agency: AgencyId, page: &Page) -> Result<Vec<User>, PortError> {
        self.page(r#""agency_id" = ?"#, vec![text(agency)], page).await
    }

    async fn submission_attempt(&self, natural_key: &str) -> Result<Option<SubmissionAttempt>, PortError> {
        self.first(r#"WHERE "natural_key" = ?"#, vec![natural_key.into()]).await
    }

    async fn submission_attempts(
        &self,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Vec<SubmissionAttempt>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("job_id", filter.job);
        wanted.equal("application_id", filter.application);
        if let Some(accepted) = filter.accepted {
            wanted.and(r#""accepted" = ?"#, [Bound::Int(accepted.into())]);
        }
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }
}
