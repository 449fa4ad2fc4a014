//! Finding things.

use super::{SearchKind, words};
use crate::access::{KeyScope, Scope};
use crate::clients::Client;
use crate::hiring::{Candidate, Job};
use crate::interviewers::Interviewer;
use crate::ports::PortError;
use crate::ports::storage::*;
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use std::collections::{BTreeMap, BTreeSet};

/// Longest question, in characters.
const LONGEST_QUESTION: usize = 200;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Find {
    /// Beginnings of words, 2 to 200 characters.
    pub q: String,
    /// Only these kinds; all the caller can find if empty.
    pub kinds: BTreeSet<SearchKind>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: SearchKind,
    /// Its id.
    pub id: String,
    /// Name, or title.
    pub title: String,
    /// A second line: role and company of a person, status of a job.
    pub detail: Option<String>,
    /// Whose; for the operator.
    pub client_id: Option<ClientId>,
}

fn is_operators(kind: SearchKind) -> bool {
    matches!(kind, SearchKind::Interviewer | SearchKind::Client)
}

fn joined<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> Option<String> {
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

impl Hdip {
    /// Finds what the caller sees, kind by kind and newest first within a kind.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a question without words; [`Error::Forbidden`] for links and interviewers, and for kinds
    /// that only the operator finds; [`Error::InvalidCursor`].
    pub async fn search(&self, ctx: &Ctx, find: &Find, page: &Page) -> Result<Paged<Found>, Error> {
        let scope = match (ctx.actor.client_scope(KeyScope::HiringRead)?, ctx.actor.user()) {
            (Scope::Agency(client, agency, _), Some(user)) => {
                let jobs = self.storage.assigned_jobs(client, user.id).await?;
                Scope::Agency(client, agency, Some(jobs.into_iter().collect()))
            }
            (scope, _) => scope,
        };
        let mut kinds = find.kinds.clone();
        if scope != Scope::Operator {
            if kinds.iter().any(|kind| is_operators(*kind)) {
                return Err(Error::Forbidden);
            }
            if kinds.is_empty() {
                kinds.extend(SearchKind::ALL.into_iter().filter(|kind| !is_operators(*kind)));
            }
        } else if kinds.is_empty() {
            kinds.extend(SearchKind::ALL);
        }
        let mut fields = Fields::new();
        let q = fields.line("q", &find.q, 2, LONGEST_QUESTION);
        let words = words(&q);
        let blank = fields.is_ok() && words.is_empty();
        fields.ensure(!blank, "q", "no_words", "must hold letters or digits");
        fields.done()?;

        let question = SearchQuestion { scope, kinds, words };
        let rows = self.storage.search(&question, &page.one_more()).await?;
        let Paged { items, next_cursor } = Paged::cut(rows, page.limit, |(_, id)| id.clone());
        Ok(Paged { items: self.found(ctx.actor.is_operator(), items).await?, next_cursor })
    }

    /// Writes the entries of everything that is stored: for what was stored before there was search. Safe at any time:
    /// a record that changes meanwhile is read again. The number of records.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but platform admins and HDIP itself; what storage answers.
    pub async fn rebuild_search(&self, ctx: &Ctx) -> Result<u64, Error> {
        ctx.actor.need_admin()?;
        let all = &Scope::Operator;
        let mut done = 0;
        done += self.rebuild(|page| async move { self.storage.clients(&page).await }).await?;
        done += self
            .rebuild(|page| async move { self.storage.interviewers(&Default::default(), &page).await })
            .await?;
        done += self
            .rebuild(|page| async move { self.storage.jobs(all, &Default::default(), &page).await })
            .await?;
        done += self
            .rebuild(|page| async move { self.storage.candidates(all, &Default::default(), &page).await })
            .await?;
        done += self
            .rebuild(|page| async move { self.storage.applications(all, &Default::default(), &page).await })
            .await?;
        Ok(done)
    }

    async fn rebuild<E, F, Fut>(&self, read: F) -> Result<u64, Error>
    where
        E: Entity,
        F: Fn(Page) -> Fut,
        Fut: Future<Output = Result<Vec<E>, PortError>>,
    {
        let (mut page, mut done) = (Page::first(Page::MAX), 0);
        let mut tries = 0;
        loop {
            let rows = read(page.clone()).await?;
            let Some(last) = rows.last().map(E::id_text) else { return Ok(done) };
            let mut changes = Changes::new();
            for row in &rows {
                changes.guard(row);
                changes.entries.extend(row.entry());
            }
            if self.commit(changes).await? {
                done += rows.len() as u64;
                page.after = Some(last);
                tries = 0;
            } else if tries < 100 {
                tries += 1;
            } else {
                return Err(Error::Contended);
            }
        }
    }

    /// What rows are about, each table read once.
    async fn found(&self, operator: bool, rows: Vec<(SearchKind, String)>) -> Result<Vec<Found>, Error> {
        let of = |kind| rows.iter().filter(move |row| row.0 == kind).map(|row| row.1.as_str());
        let people: BTreeMap<_, Candidate> = self.storage.find_all(of(SearchKind::Candidate)).await?;
        let jobs: BTreeMap<_, Job> = self.storage.find_all(of(SearchKind::Job)).await?;
        let interviewers: BTreeMap<_, Interviewer> =
            self.storage.find_all(of(SearchKind::Interviewer)).await?;
        let clients: BTreeMap<_, Client> = self.storage.find_all(of(SearchKind::Client)).await?;
        let one = |(kind, id): &(SearchKind, String)| {
            let (title, detail, client) = match kind {
                SearchKind::Candidate => {
                    let found = people.get(id)?;
                    let detail = joined([found.designation.as_deref(), found.current_company.as_deref()]);
                    (found.name.clone(), detail, Some(found.client_id))
                }
                SearchKind::Job => {
                    let found = jobs.get(id)?;
                    (found.title.clone(), Some(found.status.as_str().to_owned()), Some(found.client_id))
                }
                SearchKind::Interviewer => {
                    let found = interviewers.get(id)?;
                    let detail = joined([found.designation.as_deref(), found.current_company.as_deref()]);
                    (found.name.clone(), detail, None)
                }
                SearchKind::Client => {
                    let found = clients.get(id)?;
                    (found.brand.clone(), Some(found.legal_name.clone()), Some(found.id))
                }
            };
            let client_id = client.filter(|_| operator);
            Some(Found { kind: *kind, id: id.clone(), title, detail, client_id })
        };
        Ok(rows.iter().filter_map(one).collect())
    }
}
