use super::dialect::Dialect;
use super::filter::Filter;
use super::rows::{marks, text};
use super::{SqlStorage, error};
use async_trait::async_trait;
use hdip_core::access::Scope;
use hdip_core::ports::PortError;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::values::*;

#[async_trait]
impl<D: Dialect> SchedulingQueries for SqlStorage<D> {
    async fn interviews(
        &self,
        scope: &Scope,
        filter: &InterviewFilter,
        page: &Page,
    ) -> Result<Vec<Interview>, PortError> {
        let mut wanted = Filter::default();
        match scope {
            Scope::Interviewer(own) => wanted.equal("interviewer_id", Some(own)),
            Scope::Agency(client, firm, _) => {
                wanted.equal("client_id", Some(client));
                let own = r#""application_id" IN (SELECT "id" FROM "applications" WHERE "client_id" = ? AND "agency_id" = ?)"#;
                wanted.and(own, [text(client), text(firm)]);
            }
            scope => wanted.scope(scope, Some("job_id"), "1 = 0 AND ? IS NOT NULL"),
        }
        if !filter.states.is_empty() {
            let states = filter.states.iter().map(|state| state.as_str().into());
            wanted.and(format!(r#""state" IN ({})"#, marks(filter.states.len())), states);
        }
        wanted.equal("application_id", filter.application);
        wanted.equal("job_id", filter.job);
        wanted.equal("interviewer_id", filter.interviewer);
        if let Some(from) = filter.from {
            wanted.and(r#""start" >= ?"#, [from.into()]);
        }
        if let Some(until) = filter.until {
            wanted.and(r#""start" < ?"#, [until.into()]);
        }
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn draws(&self, range: Span, now: Timestamp) -> Result<Vec<DrawRow>, PortError> {
        let overlap = r#""start" < ? AND "end" > ?"#;
        let (end, start) = (range.end(), range.start());
        // Sorted here: for the sake of an order a database may go through all of them by their key.
        let mut holds: Vec<Hold> = self
            .select(
                &format!(r#"WHERE {overlap} AND "expires_at" > ?"#),
                vec![end.into(), start.into(), now.into()],
            )
            .await?;
        holds.sort_by(|a, b| a.id.cmp(&b.id));
        let open: Vec<Interview> = self
            .select(
                &format!(r#"WHERE "state" IN ('requested', 'inviting') AND {overlap} ORDER BY "id""#),
                vec![end.into(), start.into()],
            )
            .await?;
        let holds = holds.into_iter().filter_map(|h| {
            Some(DrawRow {
                application: h.application_id,
                span: Span::new(h.start, h.end)?,
                demand: h.demand,
            })
        });
        let open = open.into_iter().map(|i| DrawRow {
            application: i.application_id,
            span: i.span(),
            demand: i.demand,
        });
        Ok(holds.chain(open).collect())
    }

    async fn candidate_busy(
        &self,
        email_key: &str,
        range: Span,
        except: Option<InterviewId>,
    ) -> Result<Vec<(ClientId, Span)>, PortError> {
        let other = if except.is_some() { r#""id" <> ?"# } else { "1 = 1" };
        let rest = format!(
            r#"WHERE "candidate_id" IN (SELECT "id" FROM "candidates" WHERE "email_key" = ?)
            AND "state" IN ('confirmed', 'in_progress') AND "start" < ? AND "end" > ? AND {other} ORDER BY "start""#
        );
        let values = [email_key.into(), range.end().into(), range.start().into()];
        let values = values.into_iter().chain(except.map(text)).collect();
        let busy: Vec<Interview> = self.select(&rest, values).await?;
        Ok(busy.iter().map(|interview| (interview.client_id, interview.span())).collect())
    }

    async fn invitations(&self, interview: InterviewId) -> Result<Vec<Invitation>, PortError> {
        self.select(r#"WHERE "interview_id" = ? ORDER BY "id""#, vec![text(interview)]).await
    }

    async fn invitations_for(
        &self,
        interviewer: InterviewerId,
        only_open: bool,
        page: &Page,
    ) -> Result<Vec<Invitation>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("interviewer_id", Some(interviewer));
        wanted.equal("state", only_open.then_some(InvitationState::Open.as_str()));
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn charges(
        &self,
        scope: &Scope,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Charge>, PortError> {
        let mut wanted = Filter::default();
        match scope {
            Scope::Operator | Scope::Client(_) => wanted.scope(scope, None, ""),
            // Nobody below a client sees amounts.
            _ => wanted.and("1 = 0", []),
        }
        wanted.equal("interview_id", interview);
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn earnings(
        &self,
        interviewer: Option<InterviewerId>,
        interview: Option<InterviewId>,
        page: &Page,
    ) -> Result<Vec<Earning>, PortError> {
        let mut wanted = Filter::default();
        wanted.equal("interviewer_id", interviewer);
        wanted.equal("interview_id", interview);
        let (condition, values) = wanted.done();
        self.page(&condition, values, page).await
    }

    async fn interviewer_no_shows(
        &self,
        interviewer: InterviewerId,
        since: Timestamp,
    ) -> Result<u32, PortError> {
        let sql = r#"SELECT COUNT(*) FROM "invitations" WHERE "interviewer_id" = ?
            AND "state" IN ('withdrawn_late', 'no_show') AND "answered_at" >= ?"#;
        let rows = self.rows(sql.to_owned(), vec![text(interviewer), since.into()]).await?;
        let count: i64 =
            rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(|e| error::<D>("read", e))?;
        Ok(count.try_into().unwrap_or(u32::MAX))
    }
}
