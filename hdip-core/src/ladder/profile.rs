//! The profile an interviewer keeps of itself: CV, links, experience as an interviewer; and its history.

use super::applications::parse_links;
use super::*;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::interviewers::Interviewer;
use crate::ports::storage::*;
use crate::ports::{ByteStream, FileMeta, IdsExt};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};

/// Changes to a profile: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateInterviewerProfile {
    /// The version the editor saw.
    pub expected: Option<i64>,
    /// Months of experience as an interviewer.
    pub interviewing_months: Option<u32>,
    /// At most 3 `https://` addresses: all of them.
    pub links: Option<Vec<String>>,
}

/// A CV to read.
pub struct InterviewerCv {
    /// What it is.
    pub kind: DocumentType,
    /// How long it is.
    pub meta: FileMeta,
    /// The content.
    pub body: ByteStream,
}

impl Hdip {
    /// The profile of an interviewer, for the operator and for itself; an empty one before there is any.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`].
    pub async fn interviewer_profile(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
    ) -> Result<InterviewerProfile, Error> {
        let interviewer = self.own_or_operator(ctx, id).await?;
        self.profile_of(&interviewer).await
    }

    async fn profile_of(&self, interviewer: &Interviewer) -> Result<InterviewerProfile, Error> {
        let stored = self.storage.find(interviewer.id).await?;
        Ok(stored.unwrap_or_else(|| InterviewerProfile {
            id: interviewer.id,
            interviewing_months: 0,
            links: Vec::new(),
            cv_file_id: None,
            cv_type: None,
            updated_at: interviewer.created_at,
            version: 0,
        }))
    }

    /// Changes the profile of an interviewer.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::Invalid`] naming the fields; [`Error::Stale`].
    pub async fn update_interviewer_profile(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        update: UpdateInterviewerProfile,
    ) -> Result<Done<()>, Error> {
        self.decide(ctx, "update_interviewer_profile", &(id, &update), || async {
            let interviewer = self.own_or_operator(ctx, id).await?;
            let before = self.profile_of(&interviewer).await?;
            expect_version(&before, update.expected)?;
            let mut after = before.clone();
            let mut fields = Fields::new();
            if let Some(months) = update.interviewing_months {
                after.interviewing_months = fields.range("interviewing_months", months, 0, 720);
                let fits = months <= interviewer.experience_months;
                let message = "must not be more than the experience";
                fields.ensure(fits, "interviewing_months", "more_than_experience", message);
            }
            if let Some(links) = &update.links {
                after.links = parse_links(&mut fields, links);
            }
            fields.done()?;
            let changes = self.put_profile(ctx, &before, after, "interviewer.profile");
            Ok(Decision { changes, output: () })
        })
        .await
    }

    fn put_profile(
        &self,
        ctx: &Ctx,
        before: &InterviewerProfile,
        mut after: InterviewerProfile,
        action: &str,
    ) -> Changes {
        let mut changes = Changes::new();
        if after != *before {
            let mut audit = self.audit(ctx, action, before.id, None);
            audit.changes = changed_fields(before, &after);
            changes.audit.push(audit);
            after.updated_at = ctx.now;
            changes.put(&after);
        }
        changes
    }

    /// Puts a CV in the place of the one there is, for the operator and the interviewer itself.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::Invalid`] with `required`, `too_large` or `not_a_document`; [`Error::Stale`];
    /// [`Error::Port`] when it cannot be kept, and then the old one stays.
    pub async fn put_interviewer_cv(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        cv: CvUpload,
        expected: Option<i64>,
    ) -> Result<Done<()>, Error> {
        self.own_or_operator(ctx, id).await?;
        let mut fields = Fields::new();
        let kind = check_document(&mut fields, "cv", &cv.0);
        let kind = fields.finish(kind)?;
        let file: FileId = self.ids.fresh();
        let input = (id, &cv, expected);
        let decided = self.decide(ctx, "put_interviewer_cv", &input, || async {
            let interviewer = self.own_or_operator(ctx, id).await?;
            let before = self.profile_of(&interviewer).await?;
            expect_version(&before, expected)?;
            let after = InterviewerProfile { cv_file_id: Some(file), cv_type: Some(kind), ..before.clone() };
            let changes = self.put_profile(ctx, &before, after, "interviewer.cv");
            Ok(Decision { changes, output: before.cv_file_id })
        });
        let done = self.with_file(Some((file, cv.0.clone())), decided).await?;
        // The application it came with may name the old one, too. One that cannot be taken away is waste.
        if let Some(old) = done.output.filter(|_| !done.replayed)
            && self.storage.application_with_cv(old).await?.is_none()
        {
            let _ = self.files.delete(old).await;
        }
        Ok(done.map(|_| ()))
    }

    /// The CV of an interviewer, for the operator and the interviewer itself.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::NotFound`] where there is none.
    pub async fn interviewer_cv(&self, ctx: &Ctx, id: InterviewerId) -> Result<InterviewerCv, Error> {
        let profile = self.interviewer_profile(ctx, id).await?;
        self.open_cv(profile.cv_file_id, profile.cv_type).await
    }

    pub(super) async fn open_cv(
        &self,
        file: Option<FileId>,
        kind: Option<DocumentType>,
    ) -> Result<InterviewerCv, Error> {
        let (Some(file), Some(kind)) = (file, kind) else { return Err(Error::NotFound("CV")) };
        let (meta, body) = self.files.get(file).await?;
        Ok(InterviewerCv { kind, meta, body })
    }

    /// What happened to an interviewer on the ladder, newest first; for the operator and the interviewer itself.
    ///
    /// # Errors
    /// As [`Hdip::interviewer`]; [`Error::InvalidCursor`].
    pub async fn ladder_steps(
        &self,
        ctx: &Ctx,
        id: InterviewerId,
        page: &Page,
    ) -> Result<Paged<LadderStep>, Error> {
        self.own_or_operator(ctx, id).await?;
        let rows = self.storage.ladder_steps(id, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |step| step.id.to_string()))
    }
}
