use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{self, SqlRow, Statements, listed, marks, text};
use super::{SqlStorage, error};
use async_trait::async_trait;
use hdip_core::hiring::ROUND_MINUTES;
use hdip_core::interviewers::*;
use hdip_core::ports::storage::*;
use hdip_core::ports::{PortError, PortErrorKind};
use hdip_core::scheduling::InterviewState;
use hdip_core::values::*;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The states for which `wanted` holds, for `IN (…)`.
fn states(wanted: fn(InterviewState) -> bool) -> String {
    let states = InterviewState::ALL.into_iter().filter(|state| wanted(*state));
    states.map(|state| format!("'{}'", state.as_str())).collect::<Vec<_>>().join(", ")
}

fn corrupt() -> PortError {
    PortError::new(PortErrorKind::Corrupt, "storage", "pool", "a row of the pool cannot be read")
}

/// What the pool needs of a pinned interview.
#[derive(Deserialize)]
struct Pinned {
    buffer_minutes: u32,
}

/// A row of start, end, state and pins behind its interviewer, if it counts for the week.
fn booked<D: Dialect>(row: &SqlRow<D>) -> Result<Option<Booked>, PortError> {
    let failed = |e| error::<D>("pool", e);
    let (start, end) =
        (rows::at(row.try_get(1).map_err(failed)?)?, rows::at(row.try_get(2).map_err(failed)?)?);
    let state: &str = row.try_get(3).map_err(failed)?;
    let state = InterviewState::ALL.into_iter().find(|known| known.as_str() == state).ok_or_else(corrupt)?;
    let pins: &str = row.try_get(4).map_err(failed)?;
    let pins: Pinned = serde_json::from_str(pins).map_err(|e| corrupt().with_source(e))?;
    let span = Span::new(start, end).ok_or_else(corrupt)?;
    Ok(state.fills_week().then(|| Booked::of(state, span, pins.buffer_minutes)))
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
        let mut who = Filter::default();
        if let PoolOf::Specialisation(slug) | PoolOf::Skilled { specialisation: slug, .. } = &question.of {
            who.and(r#""status" IN ('certified', 'mentor')"#, []);
            who.and(D::contains("specialisations"), [listed(slug)]);
        }
        match &question.of {
            PoolOf::Specialisation(_) => {}
            PoolOf::Skilled { any_of, .. } if any_of.is_empty() => who.and("1 = 0", []),
            PoolOf::Skilled { any_of, .. } => {
                let one = vec![D::contains("skills"); any_of.len()].join(" OR ");
                who.and(format!("({one})"), any_of.iter().map(|skill| listed(skill)));
            }
            PoolOf::One(id) => who.equal("id", Some(id)),
        }
        let (who, values) = who.done();
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
        // Some are asked for by id, filled up to few different numbers of ids, so that there are few different
        // statements; of many, the rest of the tables is as good as all of it.
        let some = index.len() <= 400;
        let of = |column: &str| match some {
            true => {
                let count = index.len().next_power_of_two();
                let first = index.keys().next().into_iter().cycle();
                let ids = index.keys().chain(first).take(count);
                (format!(r#""{column}" IN ({})"#, marks(count)), ids.map(|id| id.as_str().into()).collect())
            }
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
        let longest = ROUND_MINUTES.into_iter().max().unwrap_or_default();
        let begin = near.start() - minutes(longest.into());
        values.push(begin.into());
        // No earlier than the longest interview before, or all of the past would be looked at for what reaches in.
        // The rest is asked of the rows, few as they are: with another bound, or the states, databases believe
        // that everybody's interviews of some weeks, or of some states, are fewer.
        let sql = format!(
            r#"SELECT "interviewer_id", "start", "end", "state", "pins" FROM "interviews"
            WHERE "interviewer_id" IS NOT NULL AND {condition} AND "start" > ? ORDER BY "start""#
        );
        for row in tx.rows(&sql, values).await? {
            let Some(i) = place(row.try_get(0).map_err(failed)?) else { continue };
            members[i].interviews.extend(booked(&row)?.filter(|booked| booked.span.overlaps(near)));
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
