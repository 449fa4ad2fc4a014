use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{self, Statements, listed, marks, text};
use super::{SqlStorage, error};
use async_trait::async_trait;
use hdip_core::interviewers::*;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::scheduling::{Interview, InterviewState};
use hdip_core::values::*;
use std::collections::BTreeMap;

/// The states for which `wanted` holds, for `IN (…)`.
fn states(wanted: fn(InterviewState) -> bool) -> String {
    let states = InterviewState::ALL.into_iter().filter(|state| wanted(*state));
    states.map(|state| format!("'{}'", state.as_str())).collect::<Vec<_>>().join(", ")
}

fn corrupt() -> PortError {
    PortError::new(PortErrorKind::Corrupt, "storage", "pool", "a row of the pool cannot be read")
}

#[async_trait]
impl<D: Dialect> InterviewerQueries for SqlStorage<D> {
    async fn interviewers(
        &self,
        filter: &InterviewerFilter,
        page: &Page,
    ) -> Result<Vec<Interviewer>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("status", filter.status.map(InterviewerStatus::as_str));
        if let Some(slug) = &filter.specialisation {
            wanted.and(D::contains("specialisations"), [listed(slug)]);
        }
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn interviewer_by_email(&self, email_key: &str) -> Result<Option<Interviewer>, PortError> {
        self.first(r#"WHERE "email_key" = ?"#, vec![email_key.into()]).await
    }

    async fn availability(&self, interviewer: InterviewerId) -> Result<Vec<Availability>, PortError> {
        self.select(r#"WHERE "interviewer_id" = ? ORDER BY "id""#, vec![text(interviewer)]).await
    }

    async fn pool(&self, question: &PoolQuestion) -> Result<Vec<PoolMember>, PortError> {
        let failed = |e| error::<D>("pool", e);
        // One transaction: all of it is of one moment.
        let mut tx = self.snapshot().await?;
        let (who, values) = match question.only {
            Some(only) => (r#""id" = ?"#.to_owned(), vec![text(only)]),
            None => (
                format!(r#""status" IN ('certified', 'mentor') AND {}"#, D::contains("specialisations")),
                vec![listed(&question.specialisation)],
            ),
        };
        let sql = format!(r#"{} WHERE {who} ORDER BY "id""#, Statements::of(Table::Interviewers).select);
        let found = tx.rows(&sql, values).await?;
        let mut members: Vec<PoolMember> = Vec::with_capacity(found.len());
        for row in &found {
            let interviewer: Interviewer = rows::read(Table::Interviewers, row)?;
            members.push(PoolMember {
                schedule: InterviewerSchedule { id: interviewer.id, confirmed_total: 0, version: 0 },
                availability: Vec::new(),
                busy: Vec::new(),
                interviews: Vec::new(),
                recent: 0,
                interviewer,
            });
        }
        if members.is_empty() {
            return Ok(members);
        }
        let index: BTreeMap<String, usize> =
            members.iter().enumerate().map(|(i, member)| (member.interviewer.id.to_string(), i)).collect();
        // A few are asked for by id; of many, the rest of the tables is as good as all of it.
        let some = index.len() <= 50;
        let of = |column: &str| match some {
            true => (
                format!(r#""{column}" IN ({})"#, marks(index.len())),
                index.keys().map(|id| id.as_str().into()).collect(),
            ),
            false => ("1 = 1".to_owned(), Vec::new()),
        };
        let place = |id: &str| index.get(id).copied();

        let (condition, values) = of("id");
        let sql = format!(
            r#"SELECT "id", "confirmed_total", "version" FROM "interviewer_schedules" WHERE {condition}"#
        );
        for row in tx.rows(&sql, values).await? {
            if let Some(i) = place(row.try_get(0).map_err(failed)?) {
                members[i].schedule.confirmed_total = row.try_get(1).map_err(failed)?;
                members[i].schedule.version = row.try_get(2).map_err(failed)?;
            }
        }
        let (condition, values) = of("interviewer_id");
        let sql =
            format!(r#"{} WHERE {condition} ORDER BY "id""#, Statements::of(Table::Availabilities).select);
        for row in tx.rows(&sql, values).await? {
            let entry: Availability = rows::read(Table::Availabilities, &row)?;
            if let Some(i) = place(&entry.interviewer_id.to_string()) {
                members[i].availability.push(entry);
            }
        }
        let (condition, values) = of("id");
        let sql = format!(r#"SELECT "id", "spans" FROM "external_busies" WHERE {condition}"#);
        for row in tx.rows(&sql, values).await? {
            if let Some(i) = place(row.try_get(0).map_err(failed)?) {
                let mut stored = serde_json::Deserializer::from_str(row.try_get(1).map_err(failed)?);
                let spans = spans::micros::deserialize(&mut stored);
                members[i].busy = spans.map_err(|e| corrupt().with_source(e))?;
            }
        }
        let near = question.range.widened(days(8));
        let (condition, mut values) = of("shadower_id");
        values.extend([near.start().into(), near.end().into()]);
        let sql = format!(
            r#"SELECT "shadower_id", "start", "end" FROM "shadowing_sessions" WHERE "live_key" IS NOT NULL
            AND {condition} AND "end" > ? AND "start" < ? ORDER BY "id""#
        );
        for row in tx.rows(&sql, values).await? {
            if let Some(i) = place(row.try_get(0).map_err(failed)?) {
                let (start, end) = (row.try_get(1).map_err(failed)?, row.try_get(2).map_err(failed)?);
                members[i].busy.extend(Span::new(rows::at(start)?, rows::at(end)?));
            }
        }
        let (condition, mut values) = of("interviewer_id");
        values.extend([near.start().into(), near.end().into()]);
        let rest = format!(
            r#"WHERE "interviewer_id" IS NOT NULL AND {condition} AND "state" IN ({})
            AND "end" > ? AND "start" < ? ORDER BY "start""#,
            states(InterviewState::fills_week)
        );
        let sql = format!("{} {rest}", Statements::of(Table::Interviews).select);
        for row in tx.rows(&sql, values).await? {
            let interview: Interview = rows::read(Table::Interviews, &row)?;
            if let Some(i) = interview.interviewer_id.and_then(|id| place(&id.to_string())) {
                members[i].interviews.push(interview.booked());
            }
        }
        let (condition, mut values) = of("interviewer_id");
        values.extend([(question.now - days(30)).into(), question.now.into()]);
        let sql = format!(
            r#"SELECT "interviewer_id", COUNT(*) FROM "interviews" WHERE "interviewer_id" IS NOT NULL AND {condition}
            AND "confirmed_at" >= ? AND "confirmed_at" <= ? GROUP BY "interviewer_id""#
        );
        for row in tx.rows(&sql, values).await? {
            if let Some(i) = place(row.try_get(0).map_err(failed)?) {
                members[i].recent = row.try_get::<i64, _>(1).map_err(failed)?.try_into().unwrap_or(u32::MAX);
            }
        }
        Ok(members)
    }

    async fn met(
        &self,
        email_key: &str,
        except: Option<InterviewId>,
    ) -> Result<Vec<InterviewerId>, PortError> {
        let met = states(InterviewState::brings_together);
        let other = if except.is_some() { r#"i."id" <> ?"# } else { "1 = 1" };
        let sql = format!(
            r#"SELECT i."interviewer_id" FROM "interviews" AS i JOIN "candidates" AS c ON c."id" = i."candidate_id"
            WHERE c."email_key" = ? AND i."interviewer_id" IS NOT NULL AND {other} AND i."state" IN ({met})
            UNION
            SELECT v."interviewer_id" FROM "invitations" AS v JOIN "interviews" AS i ON i."id" = v."interview_id"
            JOIN "candidates" AS c ON c."id" = i."candidate_id"
            WHERE c."email_key" = ? AND v."conflict_of_interest" = 1
            ORDER BY 1"#
        );
        let values = [email_key.into()].into_iter().chain(except.map(text)).chain([email_key.into()]);
        let rows = self.rows(sql, values.collect()).await?;
        rows.iter()
            .map(|row| {
                let id: &str = row.try_get(0).map_err(|e| error::<D>("met", e))?;
                id.parse().map_err(|_| corrupt())
            })
            .collect()
    }
}
