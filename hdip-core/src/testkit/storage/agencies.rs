//! Agencies and search.

use super::MemoryStorage;
use crate::access::{Scope, User};
use crate::agencies::*;
use crate::hiring::Application;
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::search::{Entry, SearchKind};
use crate::testkit::contract::mutants::StorageFault;
use crate::values::*;
use async_trait::async_trait;
use std::collections::BTreeSet;

#[async_trait]
impl AgencyQueries for MemoryStorage {
    async fn agencies(
        &self,
        client: Option<ClientId>,
        status: Option<AgencyStatus>,
        page: &Page,
    ) -> Result<Vec<Agency>, PortError> {
        let all = self.all(|agency: &Agency| {
            client.is_none_or(|client| agency.client_id == client)
                && status.is_none_or(|status| agency.status == status)
        })?;
        self.page(all, page, |agency| agency.id.to_string())
    }

    async fn agency_by_key(&self, live_key: &str) -> Result<Option<Agency>, PortError> {
        Ok(self.all(|agency: &Agency| agency.live_key.as_deref() == Some(live_key))?.pop())
    }

    async fn agency_users(&self, agency: AgencyId, page: &Page) -> Result<Vec<User>, PortError> {
        self.page(self.all(|user: &User| user.agency_id == Some(agency))?, page, |user| user.id.to_string())
    }

    async fn submission_attempt(&self, natural_key: &str) -> Result<Option<SubmissionAttempt>, PortError> {
        Ok(self.all(|attempt: &SubmissionAttempt| attempt.natural_key == natural_key)?.pop())
    }

    async fn submission_attempts(
        &self,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Vec<SubmissionAttempt>, PortError> {
        let all = self.all(|attempt: &SubmissionAttempt| {
            filter.job.is_none_or(|job| attempt.job_id == job)
                && filter.application.is_none_or(|id| attempt.application_id == id)
                && filter.accepted.is_none_or(|accepted| attempt.accepted == accepted)
        })?;
        self.page(all, page, |attempt| attempt.id.to_string())
    }
}

#[async_trait]
impl SearchQueries for MemoryStorage {
    async fn search(
        &self,
        question: &SearchQuestion,
        page: &Page,
    ) -> Result<Vec<(SearchKind, String)>, PortError> {
        let applications = self.all(|_: &Application| true)?;
        let on_jobs = |candidate: &str, jobs: &BTreeSet<JobId>| {
            let mut theirs = applications.iter().filter(|a| a.candidate_id.to_string() == candidate);
            theirs.any(|a| jobs.contains(&a.job_id))
        };
        let sees = |entry: &Entry, inner: bool| {
            let of_job = |jobs: &BTreeSet<JobId>| entry.job_id.is_some_and(|job| jobs.contains(&job));
            match &question.scope {
                _ if self.has(StorageFault::SearchesEverywhere) => true,
                Scope::Operator => true,
                Scope::Client(client) => entry.client_id == Some(*client),
                Scope::Jobs(client, jobs) => {
                    let reachable = match entry.kind {
                        SearchKind::Candidate => on_jobs(&entry.id, jobs),
                        _ => true,
                    };
                    entry.client_id == Some(*client) && (entry.job_id.is_none() || of_job(jobs)) && reachable
                }
                Scope::Agency(client, agency, jobs) => {
                    let own = match entry.kind {
                        SearchKind::Job => jobs.as_ref().is_some_and(of_job),
                        _ => entry.agency_id == Some(*agency),
                    };
                    entry.client_id == Some(*client) && own && !inner
                }
                Scope::Interviewer(_) => false,
            }
        };
        let state = self.state();
        let with = |word: &str| -> BTreeSet<(SearchKind, String)> {
            let begins = |entry: &&Entry| {
                entry.tokens.iter().any(|(token, inner)| token.starts_with(word) && sees(entry, *inner))
            };
            let entries = state.entries.values().filter(|entry| question.kinds.contains(&entry.kind));
            entries.filter(begins).map(|entry| (entry.kind, entry.id.clone())).collect()
        };
        let mut sets = question.words.iter().map(|word| with(word));
        let mut found = sets.next().unwrap_or_default();
        for set in sets {
            match self.has(StorageFault::FindsAnyWord) {
                true => found.extend(set),
                false => found.retain(|one| set.contains(one)),
            }
        }
        drop(state);
        self.page(found.into_iter().collect(), page, |(_, id)| id.clone())
    }
}
