//! Attachments of a scorecard: put on the draft, fixed by its submission, read by the client with the result.

use super::*;
use crate::access::{Actor, KeyScope};
use crate::hdip::{Decision, hex};
use crate::hiring::agency_of;
use crate::ports::storage::*;
use crate::ports::{ByteStream, FileMeta, IdsExt, PutFile, one_piece};
use crate::scheduling::{Interview, InterviewState};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Bytes an attachment may have.
pub const MAX_ATTACHMENT_BYTES: usize = 5 * 1024 * 1024;
/// Attachments a scorecard may have.
pub const MAX_ATTACHMENTS: usize = 10;

/// A file to attach. `Debug` does not show it.
#[derive(Clone, Serialize)]
pub struct AddAttachment {
    /// Its name: one line of 1 to 120 characters without path separators.
    pub name: String,
    /// Its content; an idempotency key remembers its digest.
    #[serde(serialize_with = "digest")]
    pub content: Bytes,
}

impl std::fmt::Debug for AddAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddAttachment").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

fn digest<S: serde::Serializer>(content: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    hex(&Sha256::digest(content)).serialize(to)
}

/// An attachment to read.
pub struct AttachmentFile {
    /// What is known of it.
    pub attachment: Attachment,
    /// How long it is.
    pub meta: FileMeta,
    /// The content.
    pub body: ByteStream,
}

impl Hdip {
    /// Attaches a file to the draft of an interview's scorecard.
    ///
    /// # Errors
    /// As [`Hdip::save_scorecard_draft`]; [`Error::Invalid`] for a name, for content that is larger than 5 MiB or none
    /// of PDF, Word, PNG, JPEG, WebP and text, and for more than ten files; [`Error::Port`] when the file cannot
    /// be kept, and then nothing is.
    pub async fn add_attachment(
        &self,
        ctx: &Ctx,
        interview: InterviewId,
        input: AddAttachment,
    ) -> Result<Done<FileId>, Error> {
        let mut fields = Fields::new();
        let name = fields.line("name", &input.name, 1, 120);
        let plain = !name.contains(['/', '\\', '"', '<', '>']) && !name.starts_with('.');
        fields.ensure(plain, "name", "invalid_name", "must be a plain file name");
        let kind = match input.content.len() {
            length if length > MAX_ATTACHMENT_BYTES => {
                fields.wrong("file", "too_large", "must have at most 5 MiB");
                None
            }
            _ => {
                let kind = AttachmentType::of(&input.content);
                let message = "must be a PDF, Word (docx), PNG, JPEG, WebP or UTF-8 text file";
                fields.ensure(kind.is_some(), "file", "unknown_content", message);
                kind
            }
        };
        fields.done()?;
        let Some(kind) = kind else { return Err(Error::field("file", "unknown_content", "is not readable")) };
        let attachment = &Attachment {
            id: self.ids.fresh(),
            name: kind.named(&name),
            kind,
            bytes: input.content.len() as u64,
            sha256: hex(&Sha256::digest(&input.content)),
            added_at: ctx.now,
        };
        let input = &input;
        let asked = (interview, input);
        let done = self.decide(ctx, "add_attachment", &asked, || async move {
            let mut card = self.card_to_write(ctx, interview).await?;
            if card.attachments.len() >= MAX_ATTACHMENTS {
                return Err(Error::field("file", "too_many", "a scorecard has at most 10 attachments"));
            }
            let (id, limit) = (attachment.id, MAX_ATTACHMENT_BYTES as u64);
            self.files.put(PutFile { id, body: one_piece(input.content.clone()), limit }).await?;
            card.attachments.push(attachment.clone());
            card.saved_at = ctx.now;
            let mut changes = Changes::new();
            changes.put(&card);
            let mut audit = self.audit(ctx, "scorecard.attach", card.id, Some(card.client_id));
            audit.changes = json!({"file_id": id, "bytes": attachment.bytes, "kind": kind});
            changes.audit.push(audit);
            Ok(Decision { changes, output: id })
        });
        let done = done.await;
        if !done.as_ref().is_ok_and(|done| !done.replayed) {
            // No record names the file. One that cannot be taken away is waste, not a failure.
            let _ = self.files.delete(attachment.id).await;
        }
        done
    }

    /// Takes a file off the draft of an interview's scorecard.
    ///
    /// # Errors
    /// As [`Hdip::save_scorecard_draft`]; [`Error::NotFound`] for a file that is not on the draft.
    pub async fn remove_attachment(
        &self,
        ctx: &Ctx,
        interview: InterviewId,
        file: FileId,
    ) -> Result<Done<()>, Error> {
        let asked = (interview, file);
        let done = self.decide(ctx, "remove_attachment", &asked, || async move {
            let mut card = self.card_to_write(ctx, interview).await?;
            let before = card.attachments.len();
            card.attachments.retain(|attachment| attachment.id != file);
            if card.attachments.len() == before {
                return Err(Error::NotFound("attachment"));
            }
            card.saved_at = ctx.now;
            let mut changes = Changes::new();
            changes.put(&card);
            Ok(Decision { changes, output: () })
        });
        let done = done.await?;
        // A version that was filed may name it, too: then it stays.
        let cards = self.storage.scorecards(interview).await?;
        if cards.iter().all(|card| card.attachments.iter().all(|attachment| attachment.id != file)) {
            let _ = self.files.delete(file).await;
        }
        Ok(done)
    }

    /// A file of an interview's scorecard: any of it for its interviewer and the operator; what was filed for
    /// those who see the result.
    ///
    /// # Errors
    /// [`Error::NotFound`] for anybody else and anything else.
    pub async fn attachment(
        &self,
        ctx: &Ctx,
        id: InterviewId,
        file: FileId,
    ) -> Result<AttachmentFile, Error> {
        let nothing = || Error::NotFound("attachment");
        let writes = ctx.actor.is_operator() || self.own_interview(ctx, id).await.is_ok();
        let cards = if writes {
            self.storage.scorecards(id).await?
        } else {
            if matches!(ctx.actor, Actor::Link { .. }) {
                return Err(nothing());
            }
            let (interview, case) = self.interview_for(ctx, id, KeyScope::SchedulingRead).await?;
            if agency_of(&ctx.actor).is_some() && !case.client.agencies_see_results {
                return Err(nothing());
            }
            self.newest_card(interview.id).await?.into_iter().collect()
        };
        let mut all = cards.into_iter().flat_map(|card| card.attachments);
        let attachment = all.find(|attachment| attachment.id == file).ok_or_else(nothing)?;
        let (meta, body) = self.files.get(file).await?;
        Ok(AttachmentFile { attachment, meta, body })
    }

    /// The draft an interviewer writes on, or a fresh one, while the interview allows it.
    pub(super) async fn card_to_write(&self, ctx: &Ctx, interview: InterviewId) -> Result<Scorecard, Error> {
        use InterviewState::{AwaitingFeedback, Completed, InProgress};
        let interview: Interview = self.own_interview(ctx, interview).await?;
        if !matches!(interview.state, InProgress | AwaitingFeedback | Completed) {
            return Err(interview.wrong_state().into());
        }
        let cards = self.storage.scorecards(interview.id).await?;
        if interview.state == Completed && cards.iter().all(|card| card.state == ScorecardState::Draft) {
            return Err(FeedbackError::NotSubmitted.into());
        }
        self.open_card(ctx, &interview, &cards)
    }
}
