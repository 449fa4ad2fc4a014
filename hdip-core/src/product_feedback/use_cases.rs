use super::{ProductFeedback, ProductFeedbackKind, ProductFeedbackPriority, ProductFeedbackStatus};
use crate::access::User;
use crate::clients::Client;
use crate::edits::changed_fields;
use crate::hdip::{Decision, sha256_hex_of};
use crate::notifications::MailJob;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::ports::{IdsExt, Picture, PutFile, one_piece};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Characters feedback may have.
pub const MAX_TEXT: usize = 4000;
/// Bytes a screenshot may have.
pub const MAX_SCREENSHOT_BYTES: usize = 3 * 1024 * 1024;

/// What a user says about the product. `Debug` does not show the picture.
#[derive(Clone, Serialize)]
pub struct GiveProductFeedback {
    /// About what.
    pub kind: ProductFeedbackKind,
    /// How much it matters.
    pub priority: ProductFeedbackPriority,
    /// 1 to 4000 characters.
    pub text: String,
    /// A PNG or JPEG picture of at most 3 MiB. An idempotency key remembers its digest.
    #[serde(serialize_with = "digest")]
    pub screenshot: Option<Bytes>,
}

impl fmt::Debug for GiveProductFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GiveProductFeedback")
            .field("kind", &self.kind)
            .field("priority", &self.priority)
            .field("screenshot", &self.screenshot.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

fn digest<S: serde::Serializer>(content: &Option<Bytes>, to: S) -> Result<S::Ok, S::Error> {
    content.as_ref().map(|content| sha256_hex_of(content)).serialize(to)
}

/// Feedback with who gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductFeedbackView {
    /// The feedback.
    pub feedback: ProductFeedback,
    /// The user's name.
    pub user_name: String,
    /// The user's address.
    pub user_email: Email,
    /// The client's name.
    pub client_brand: Option<String>,
}

impl Hdip {
    /// Takes feedback about the product and mails it to the operator's support address.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but users; [`Error::Invalid`], for a screenshot with `too_large` or
    /// `not_an_image`; [`Error::Port`] when the screenshot cannot be kept, and then nothing is.
    pub async fn give_product_feedback(
        &self,
        ctx: &Ctx,
        input: GiveProductFeedback,
    ) -> Result<Done<ProductFeedbackId>, Error> {
        let user = ctx.actor.user().ok_or(Error::Forbidden)?;
        let (me, client) = (user.id, user.client);
        let mut fields = Fields::new();
        let text = fields.text("text", &input.text, 1, MAX_TEXT);
        let types = &[ImageType::Png, ImageType::Jpeg];
        let picture = input
            .screenshot
            .as_ref()
            .and_then(|content| fields.picture("screenshot", content, MAX_SCREENSHOT_BYTES, types));
        fields.done()?;
        let file: Option<FileId> = picture.map(|_| self.ids.fresh());
        let (input, text) = (&input, &text);
        let done = self.decide(ctx, "give_product_feedback", input, || async move {
            if let (Some(id), Some(content)) = (file, &input.screenshot) {
                let limit = MAX_SCREENSHOT_BYTES as u64;
                self.files.put(PutFile { id, body: one_piece(content.clone()), limit }).await?;
            }
            let feedback = ProductFeedback {
                id: self.ids.fresh(),
                client_id: client,
                user_id: me,
                kind: input.kind,
                priority: input.priority,
                text: text.clone(),
                screenshot_file_id: file,
                screenshot_type: picture,
                status: ProductFeedbackStatus::Open,
                answered_at: None,
                answered_by: None,
                created_at: ctx.now,
                version: 0,
            };
            let mut changes = Changes::new();
            changes.insert(&feedback);
            changes.jobs.push(self.mail(ctx, client, MailJob::product_feedback(feedback.id), "received"));
            changes.audit.push(self.audit(ctx, "product_feedback.give", feedback.id, client));
            let data = json!({"kind": feedback.kind, "priority": feedback.priority});
            let event = self.event(ctx, Stream::Operator, "product_feedback.received", feedback.id, data);
            changes.events.push(event);
            Ok(Decision { changes, output: feedback.id })
        });
        let done = done.await;
        if let Some(file) = file
            && !done.as_ref().is_ok_and(|done| !done.replayed)
        {
            // No record names the picture. One that cannot be taken away is waste, not a failure.
            let _ = self.files.delete(file).await;
        }
        done
    }

    /// Feedback, newest first; only in one status if so asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff.
    pub async fn product_feedback(
        &self,
        ctx: &Ctx,
        status: Option<ProductFeedbackStatus>,
        page: &Page,
    ) -> Result<Paged<ProductFeedbackView>, Error> {
        ctx.actor.need_operator()?;
        let rows = self.storage.product_feedback(status, &page.one_more()).await?;
        let page = Paged::cut(rows, page.limit, |row| row.id.to_string());
        let next_cursor = page.next_cursor;
        Ok(Paged { items: self.feedback_views(page.items).await?, next_cursor })
    }

    /// One piece of feedback.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator's staff; [`Error::NotFound`].
    pub async fn one_product_feedback(
        &self,
        ctx: &Ctx,
        id: ProductFeedbackId,
    ) -> Result<ProductFeedbackView, Error> {
        ctx.actor.need_operator()?;
        let row = self.storage.get(id).await?;
        let view = self.feedback_views(vec![row]).await?.pop();
        view.ok_or(Error::NotFound("product feedback"))
    }

    /// The screenshot that came with feedback.
    ///
    /// # Errors
    /// As [`Hdip::one_product_feedback`]; [`Error::NotFound`] also where there is none.
    pub async fn product_feedback_screenshot(
        &self,
        ctx: &Ctx,
        id: ProductFeedbackId,
    ) -> Result<Picture, Error> {
        ctx.actor.need_operator()?;
        let row: ProductFeedback = self.storage.get(id).await?;
        let (Some(file), Some(kind)) = (row.screenshot_file_id, row.screenshot_type) else {
            return Err(Error::NotFound("screenshot"));
        };
        let (meta, body) = self.files.get(file).await?;
        Ok(Picture { kind, meta, body })
    }

    /// Marks feedback as answered (the answer itself goes by mail). Twice is no failure.
    ///
    /// # Errors
    /// As [`Hdip::one_product_feedback`].
    pub async fn mark_product_feedback_answered(
        &self,
        ctx: &Ctx,
        id: ProductFeedbackId,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        self.decide(ctx, "mark_product_feedback_answered", &id, || async move {
            let before: ProductFeedback = self.storage.get(id).await?;
            let mut changes = Changes::new();
            if before.status == ProductFeedbackStatus::Open {
                let after = ProductFeedback {
                    status: ProductFeedbackStatus::Answered,
                    answered_at: Some(ctx.now),
                    answered_by: Some(ctx.actor.label()),
                    ..before.clone()
                };
                changes.update(&after);
                let mut entry = self.audit(ctx, "product_feedback.answer", id, before.client_id);
                entry.changes = changed_fields(&before, &after);
                changes.audit.push(entry);
            }
            Ok(Decision { changes, output: () })
        })
        .await
    }

    async fn feedback_views(&self, rows: Vec<ProductFeedback>) -> Result<Vec<ProductFeedbackView>, Error> {
        let users = self.storage.find_all::<User>(rows.iter().map(|row| row.user_id)).await?;
        let clients = self.storage.find_all::<Client>(rows.iter().filter_map(|row| row.client_id)).await?;
        rows.into_iter()
            .map(|feedback| {
                let user = users.get(&feedback.user_id.to_string()).ok_or(Error::NotFound("user"))?;
                let client = feedback.client_id.and_then(|id| clients.get(&id.to_string()));
                Ok(ProductFeedbackView {
                    user_name: user.name.clone(),
                    user_email: user.email.clone(),
                    client_brand: client.map(|client| client.brand.clone()),
                    feedback,
                })
            })
            .collect()
    }
}
