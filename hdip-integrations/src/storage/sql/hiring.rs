use super::SqlStorage;
use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{listed, marks, text};
use async_trait::async_trait;
use hdip_core::access::Scope;
use hdip_core::hiring::*;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::values::*;

const OWN_AGENCY: &str = r#""agency_id" = ?"#;

#[async_trait]
impl<D: Dialect> HiringQueries for SqlStorage<D> {
    async fn jobs(
        &self,
        scope: &Scope,
        filter: &HiringJobFilter,
        page: &Page,
    ) -> Result<Vec<Job>, PortError> {
        let mut wanted = Filter::default();
        // An agency sees the jobs of its client.
        wanted.scope(scope, Some("id"), "? IS NOT NULL");
        wanted.equal("status", filter.status.map(job_status));
        wanted.equal("external_id", filter.external_id.as_ref());
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn assigned_jobs(&self, client: ClientId, user: UserId) -> Result<Vec<JobId>, PortError> {
        let rest = format!(
            r#"WHERE "client_id" = ? AND ("hiring_manager_id" = ? OR {}) ORDER BY "id""#,
            D::contains("recruiter_ids")
        );
        let jobs: Vec<Job> =
            self.select(&rest, vec![text(client), text(user), listed(&user.to_string())]).await?;
        Ok(jobs.into_iter().map(|job| job.id).collect())
    }

    async fn rounds(&self, job: JobId) -> Result<Vec<Round>, PortError> {
        self.select(r#"WHERE "job_id" = ? ORDER BY "position""#, vec![text(job)]).await
    }

    async fn candidates(
        &self,
        scope: &Scope,
        filter: &CandidateFilter,
        page: &Page,
    ) -> Result<Vec<Candidate>, PortError> {
        let mut wanted = Filter::default();
        match scope {
            Scope::Jobs(_, jobs) if jobs.is_empty() => wanted.and("1 = 0", []),
            Scope::Jobs(client, jobs) => {
                wanted.equal("client_id", Some(client));
                wanted.and(
                    format!(
                        r#""id" IN (SELECT "candidate_id" FROM "applications" WHERE "job_id" IN ({}))"#,
                        marks(jobs.len())
                    ),
                    jobs.iter().map(text),
                );
            }
            scope => wanted.scope(scope, None, OWN_AGENCY),
        }
        wanted.equal("email_key", filter.email_key.as_ref());
        if let Some(prefix) = &filter.name_prefix {
            // Not the backslash: it stands for other things in other databases.
            let escaped = prefix.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            let begins = format!("{} LIKE {} ESCAPE '!'", D::lower("\"name\""), D::lower("?"));
            wanted.and(begins, [format!("{escaped}%").into()]);
        }
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn same_person(
        &self,
        client: ClientId,
        email_key: &str,
        phone: Option<&Phone>,
    ) -> Result<Vec<Candidate>, PortError> {
        // The client stands in both arms: else SQLite reads every candidate of it.
        let rest = r#"WHERE ("client_id" = ? AND "email_key" = ?) OR ("client_id" = ? AND "phone" = ?) ORDER BY "id""#;
        let phone = phone.map(|phone| phone.as_str().to_owned());
        self.select(rest, vec![text(client), email_key.into(), text(client), phone.into()]).await
    }

    async fn applications(
        &self,
        scope: &Scope,
        filter: &ApplicationFilter,
        page: &Page,
    ) -> Result<Vec<Application>, PortError> {
        let mut wanted = Filter::default();
        wanted.scope(scope, Some("job_id"), OWN_AGENCY);
        wanted.equal("job_id", filter.job);
        wanted.equal("candidate_id", filter.candidate);
        wanted.equal("status", filter.status.map(ApplicationStatus::as_str));
        wanted.equal("ats_reference", filter.ats_reference.as_ref());
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn open_applications(&self, job: JobId) -> Result<Vec<Application>, PortError> {
        self.select(r#"WHERE "job_id" = ? AND "live_key" IS NOT NULL ORDER BY "id""#, vec![text(job)]).await
    }

    async fn consents(&self, application: ApplicationId) -> Result<Vec<Consent>, PortError> {
        self.select(r#"WHERE "application_id" = ? ORDER BY "id""#, vec![text(application)]).await
    }
}

fn job_status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Open => "open",
        JobStatus::Archived => "archived",
    }
}
