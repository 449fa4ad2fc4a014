use super::SqlStorage;
use super::dialect::Dialect;
use super::rows::text;
use async_trait::async_trait;
use hdip_core::clients::{Client, ClientContact, Department};
use hdip_core::hiring::Application;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::values::*;

#[async_trait]
impl<D: Dialect> ClientQueries for SqlStorage<D> {
    async fn client_contacts(&self, client: ClientId, page: &Page) -> Result<Vec<ClientContact>, PortError> {
        self.page(r#""client_id" = ?"#, vec![text(client)], page).await
    }

    async fn departments(&self, client: ClientId, page: &Page) -> Result<Vec<Department>, PortError> {
        self.page(r#""client_id" = ?"#, vec![text(client)], page).await
    }

    async fn department_by_key(&self, natural_key: &str) -> Result<Option<Department>, PortError> {
        self.first(r#"WHERE "natural_key" = ?"#, vec![natural_key.into()]).await
    }

    async fn clients_of_manager(&self, manager: UserId) -> Result<Vec<Client>, PortError> {
        self.select(r#"WHERE "account_manager_id" = ? ORDER BY "id""#, vec![text(manager)]).await
    }

    async fn applications_of_recruiter(
        &self,
        client: ClientId,
        recruiter: UserId,
    ) -> Result<Vec<Application>, PortError> {
        let rest = r#"WHERE "recruiter_id" = ? AND "client_id" = ? AND "live_key" IS NOT NULL ORDER BY "id""#;
        self.select(rest, vec![text(recruiter), text(client)]).await
    }
}
