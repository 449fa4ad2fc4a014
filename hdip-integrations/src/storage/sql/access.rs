use super::SqlStorage;
use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::text;
use async_trait::async_trait;
use chrono::NaiveDate;
use hdip_core::access::*;
use hdip_core::clients::*;
use hdip_core::policy::PolicyVersion;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::product_feedback::{ProductFeedback, ProductFeedbackStatus};
use hdip_core::values::*;

#[async_trait]
impl<D: Dialect> AccessQueries for SqlStorage<D> {
    async fn user_by_email(&self, email_key: &str) -> Result<Option<User>, PortError> {
        self.first(r#"WHERE "email_key" = ?"#, vec![email_key.into()]).await
    }

    async fn user_of_interviewer(&self, interviewer: InterviewerId) -> Result<Option<User>, PortError> {
        self.first(r#"WHERE "interviewer_id" = ?"#, vec![text(interviewer)]).await
    }

    async fn users(&self, client: Option<ClientId>, page: &Page) -> Result<Vec<User>, PortError> {
        match client {
            Some(client) => self.page(r#""client_id" = ?"#, vec![text(client)], page).await,
            None => self.page(r#""role" IN ('platform_admin', 'platform_moderator')"#, vec![], page).await,
        }
    }

    async fn live_sign_ins(&self, user: UserId) -> Result<Vec<SignIn>, PortError> {
        self.select(r#"WHERE "user_id" = ? AND "ended_at" IS NULL ORDER BY "id" DESC"#, vec![text(user)])
            .await
    }

    async fn link_by_key(&self, natural_key: &str) -> Result<Option<Link>, PortError> {
        self.first(r#"WHERE "natural_key" = ?"#, vec![natural_key.into()]).await
    }

    async fn api_keys(&self, client: ClientId, page: &Page) -> Result<Vec<ApiKey>, PortError> {
        self.page(r#""client_id" = ?"#, vec![text(client)], page).await
    }

    async fn clients(&self, page: &Page) -> Result<Vec<Client>, PortError> {
        self.page("1 = 1", vec![], page).await
    }

    async fn agreements(&self, client: ClientId) -> Result<Vec<Agreement>, PortError> {
        self.select(r#"WHERE "client_id" = ? ORDER BY "effective_from" DESC, "id" DESC"#, vec![text(client)])
            .await
    }

    async fn pay_table_on(&self, currency: Currency, day: NaiveDate) -> Result<Option<PayTable>, PortError> {
        let rest =
            r#"WHERE "currency" = ? AND "effective_from" <= ? ORDER BY "effective_from" DESC, "id" DESC"#;
        self.first(rest, vec![currency.code().into(), text(day)]).await
    }

    async fn policy_at(
        &self,
        client: Option<ClientId>,
        at: Timestamp,
    ) -> Result<Option<PolicyVersion>, PortError> {
        let mut wanted = Filter::default();
        match client {
            Some(client) => wanted.equal("client_id", Some(client)),
            None => wanted.and(r#""client_id" IS NULL"#, []),
        }
        wanted.and(r#""effective_from" <= ?"#, [at.into()]);
        let (condition, values) = wanted.done();
        self.first(&format!(r#"WHERE {condition} ORDER BY "effective_from" DESC, "id" DESC"#), values).await
    }

    async fn any_user(&self) -> Result<bool, PortError> {
        Ok(!self.rows(r#"SELECT 1 FROM "users" LIMIT 1"#.to_owned(), vec![]).await?.is_empty())
    }
}

#[async_trait]
impl<D: Dialect> AccountQueries for SqlStorage<D> {
    async fn pending_email_change(&self, user: UserId) -> Result<Option<EmailChange>, PortError> {
        self.first(r#"WHERE "live_key" = ?"#, vec![text(user)]).await
    }

    async fn terms_acceptances(&self, user: UserId) -> Result<Vec<TermsAcceptance>, PortError> {
        self.select(r#"WHERE "user_id" = ? ORDER BY "id" DESC"#, vec![text(user)]).await
    }

    async fn product_feedback(
        &self,
        status: Option<ProductFeedbackStatus>,
        page: &Page,
    ) -> Result<Vec<ProductFeedback>, PortError> {
        match status {
            Some(status) => self.page(r#""status" = ?"#, vec![status.as_str().into()], page).await,
            None => self.page("1 = 1", vec![], page).await,
        }
    }
}
