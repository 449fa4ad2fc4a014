//! Search: a row per token of a record. A question walks the tokens that begin with its longest word, and asks of
//! each thing whether it has the others.

use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{Bound, marks, text};
use super::{SqlStorage, cursor, error};
use async_trait::async_trait;
use hdip_core::access::Scope;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::search::SearchKind;
use hdip_core::values::JobId;
use std::collections::BTreeSet;

/// Above every letter: the end of the range of tokens that begin with a word.
const END: char = '\u{10ffff}';

/// The rows of "search_tokens" that a scope sees.
fn visible(wanted: &mut Filter, scope: &Scope) {
    let ids = |jobs: &BTreeSet<JobId>| jobs.iter().map(text).collect::<Vec<_>>();
    match scope {
        Scope::Operator => {}
        Scope::Client(client) => wanted.equal("client_id", Some(client)),
        Scope::Jobs(_, jobs) if jobs.is_empty() => wanted.and("1 = 0", []),
        Scope::Jobs(client, jobs) => {
            wanted.equal("client_id", Some(client));
            let marks = marks(jobs.len());
            wanted.and(format!(r#"("job_id" IS NULL OR "job_id" IN ({marks}))"#), ids(jobs));
            wanted.and(
                format!(
                    r#"("kind" <> 'candidate' OR "subject" IN
                    (SELECT "candidate_id" FROM "applications" WHERE "job_id" IN ({marks})))"#
                ),
                ids(jobs),
            );
        }
        Scope::Agency(client, agency, jobs) => {
            wanted.equal("client_id", Some(client));
            wanted.and(r#""inner" = 0"#, []);
            let jobs = jobs.as_ref().map(ids).unwrap_or_default();
            let assigned = match jobs.len() {
                0 => String::new(),
                count => format!(r#" OR ("kind" = 'job' AND "job_id" IN ({}))"#, marks(count)),
            };
            let condition = format!(r#"(("kind" <> 'job' AND "agency_id" = ?){assigned})"#);
            wanted.and(condition, [text(agency)].into_iter().chain(jobs));
        }
        Scope::Interviewer(_) => wanted.and("1 = 0", []),
    }
}

fn begins(wanted: &mut Filter, word: &str) {
    wanted.and(r#""token" >= ? AND "token" < ?"#, [word.into(), format!("{word}{END}").into()]);
}

#[async_trait]
impl<D: Dialect> SearchQueries for SqlStorage<D> {
    async fn search(
        &self,
        question: &SearchQuestion,
        page: &Page,
    ) -> Result<Vec<(SearchKind, String)>, PortError> {
        let mut wanted = Filter::default();
        let kinds = question.kinds.iter().map(|kind| Bound::from(kind.as_str()));
        wanted.and(format!(r#""kind" IN ({})"#, marks(question.kinds.len())), kinds);
        visible(&mut wanted, &question.scope);
        for (place, word) in question.words.iter().enumerate() {
            if place == 0 {
                begins(&mut wanted, word);
                continue;
            }
            let mut also = Filter::default();
            begins(&mut also, word);
            visible(&mut also, &question.scope);
            let (condition, values) = also.done();
            wanted.and(
                format!(r#""subject" IN (SELECT "subject" FROM "search_tokens" WHERE {condition})"#),
                values,
            );
        }
        if let Some(after) = &page.after {
            wanted.and(r#""subject" < ?"#, [cursor(after)?]);
        }
        let (condition, mut values) = wanted.done();
        values.push(Bound::Int(page.limit.into()));
        let sql = format!(
            r#"SELECT DISTINCT "kind", "subject" FROM "search_tokens" WHERE {condition} ORDER BY "subject" DESC LIMIT ?"#
        );
        let rows = self.rows(sql, values).await?;
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get(0).map_err(|e| error::<D>("read", e))?;
                let known = SearchKind::ALL.into_iter().find(|known| known.as_str() == kind);
                let corrupt =
                    || PortError::new(PortErrorKind::Corrupt, "storage", "search", "kind of an entry");
                Ok((known.ok_or_else(corrupt)?, row.try_get(1).map_err(|e| error::<D>("read", e))?))
            })
            .collect()
    }
}
