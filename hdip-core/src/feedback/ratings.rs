//! Ratings: what a candidate says of the interviewer, by a link; used in ranking.

use super::*;
use crate::access::{Actor, LinkPurpose};
use crate::hdip::Decision;
use crate::interviewers::Interviewer;
use crate::ports::IdsExt;
use crate::ports::storage::*;
use crate::scheduling::Interview;
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A rating to give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateInterviewer {
    /// 1 (poor) to 5 (excellent).
    pub stars: u32,
    /// At most 1,000 characters; the operator reads it.
    pub comment: Option<String>,
}

impl Hdip {
    /// The candidate rates the interviewer of an interview, once.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the candidate's rating link; [`FeedbackError::AlreadyRated`]; [`Error::Invalid`].
    pub async fn rate_interviewer(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        rating: RateInterviewer,
    ) -> Result<Done<RatingId>, Error> {
        let mut fields = Fields::new();
        let stars = fields.range("stars", rating.stars, 1, 5);
        let comment = rating.comment.as_deref().map(|text| fields.text("comment", text, 0, 1_000));
        fields.done()?;
        let comment = &comment.filter(|text| !text.is_empty());
        self.decide(ctx, "rate_interviewer", &(id, &rating), || async move {
            let interview = self.rated_interview(ctx, id).await?;
            if self.storage.rating_of(id).await?.is_some() {
                return Err(FeedbackError::AlreadyRated.into());
            }
            let interviewer_id = interview.interviewer_id.ok_or(Error::NotFound("interview"))?;
            let mut person: Interviewer = self.storage.get(interviewer_id).await?;
            let before = u64::from(person.ratings);
            let sum = u64::from(person.rating_hundredths.unwrap_or(0)) * before + u64::from(stars) * 100;
            // Half up.
            person.rating_hundredths = u32::try_from((2 * sum + before + 1) / (2 * (before + 1))).ok();
            person.ratings += 1;
            let rating = Rating {
                id: self.ids.fresh(),
                client_id: interview.client_id,
                interview_id: id,
                interviewer_id,
                candidate_id: interview.candidate_id,
                natural_key: id.to_string(),
                stars,
                comment: comment.clone(),
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&rating).update(&person);
            let data = json!({"interview_id": id, "interviewer_id": interviewer_id, "stars": stars});
            changes.events.push(self.event(ctx, Stream::Operator, "interviewer.rated", interviewer_id, data));
            changes.audit.push(self.audit(ctx, "interviewer.rate", rating.id, None));
            Ok(Decision { changes, output: rating.id })
        })
        .await
    }

    /// The interview that a rating link is about.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a link.
    pub async fn rated_interview(&self, ctx: &Ctx, id: InterviewId) -> Result<Interview, Error> {
        let interview: Interview = self.storage.find(id).await?.ok_or(Error::NotFound("interview"))?;
        match &ctx.actor {
            Actor::Link { purpose: LinkPurpose::Rating, subject, party, .. }
                if *subject == id.to_string() && *party == interview.candidate_id.to_string() =>
            {
                Ok(interview)
            }
            _ => Err(Error::NotFound("interview")),
        }
    }

    /// Whether an interview was rated.
    ///
    /// # Errors
    /// As [`Hdip::rated_interview`].
    pub async fn is_rated(&self, ctx: &Ctx, id: InterviewId) -> Result<bool, Error> {
        self.rated_interview(ctx, id).await?;
        Ok(self.storage.rating_of(id).await?.is_some())
    }

    /// Ratings of an interviewer, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator.
    pub async fn ratings(
        &self,
        ctx: &Ctx,
        interviewer: InterviewerId,
        page: &Page,
    ) -> Result<Paged<Rating>, Error> {
        ctx.actor.need_operator()?;
        let rows = self.storage.ratings(interviewer, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |rating| rating.id.to_string()))
    }
}
