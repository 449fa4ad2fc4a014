//! The logo of a client, checked by its content and kept by the [`Files`](crate::ports::Files) port.

use super::Client;
use super::use_cases::own_client;
use crate::edits::{changed_fields, expect_version};
use crate::hdip::{Decision, sha256_hex_of};
use crate::ports::storage::{Changes, RecordsExt, Stream};
use crate::ports::{IdsExt, Picture, PutFile, one_piece};
use crate::values::*;
use crate::{Ctx, Error, Hdip};
use bytes::Bytes;
use serde_json::json;

/// Bytes a logo may have.
pub const MAX_LOGO_BYTES: usize = 1024 * 1024;
const LOGO_TYPES: [ImageType; 3] = [ImageType::Png, ImageType::Jpeg, ImageType::Webp];

impl Hdip {
    /// Sets or replaces a client's logo: PNG, JPEG or WebP of at most 1 MiB.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins; [`Error::NotFound`] for
    /// another client; [`Error::Stale`]; [`Error::Invalid`] with `too_large` or `not_an_image`; [`Error::Port`]
    /// when the picture cannot be kept, and then nothing is changed.
    pub async fn set_client_logo(
        &self,
        ctx: &Ctx,
        id: ClientId,
        content: Bytes,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        ctx.actor.need_client_admin(id)?;
        let mut fields = Fields::new();
        let kind = fields.picture("logo", &content, MAX_LOGO_BYTES, &LOGO_TYPES);
        let kind = fields.finish(kind)?;
        let file: FileId = self.ids.fresh();
        // Not before it is known that there is a client to keep it for.
        let client: Client = self.storage.get(id).await?;
        expect_version(&client, expected_version)?;
        let body = one_piece(content.clone());
        self.files.put(PutFile { id: file, body, limit: MAX_LOGO_BYTES as u64 }).await?;
        let new = Some((file, kind));
        let done = self.change_logo(ctx, id, new, &sha256_hex_of(&content), expected_version).await;
        if !matches!(done, Ok(true)) {
            // No record names the picture. One that cannot be taken away is waste, not a failure.
            let _ = self.files.delete(file).await;
        }
        done.map(|_| ())
    }

    /// Takes a client's logo away. Without one it is no failure.
    ///
    /// # Errors
    /// As [`Hdip::set_client_logo`].
    pub async fn remove_client_logo(
        &self,
        ctx: &Ctx,
        id: ClientId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        ctx.actor.need_client_admin(id)?;
        self.change_logo(ctx, id, None, "", expected_version).await?;
        Ok(())
    }

    /// True if it was changed now, and not by an earlier request under the same key.
    async fn change_logo(
        &self,
        ctx: &Ctx,
        id: ClientId,
        new: Option<(FileId, ImageType)>,
        digest: &str,
        expected_version: Option<i64>,
    ) -> Result<bool, Error> {
        let done = self
            .decide(ctx, "change_client_logo", &(id, digest), || async move {
                let before: Client = self.storage.get(id).await?;
                expect_version(&before, expected_version)?;
                let (logo_file_id, logo_type) = new.unzip();
                let after = Client { logo_file_id, logo_type, ..before.clone() };
                let mut changes = Changes::new();
                if after != before {
                    changes.update(&after);
                    let mut entry = self.audit(ctx, "client.change_logo", id, Some(id));
                    entry.changes = changed_fields(&before, &after);
                    changes.audit.push(entry);
                    let data = json!({ "status": after.status });
                    changes.events.push(self.event(ctx, Stream::Client(id), "client.updated", id, data));
                }
                Ok(Decision { changes, output: before.logo_file_id })
            })
            .await?;
        if let Some(old) = done.output
            && !done.replayed
        {
            let _ = self.files.delete(old).await;
        }
        Ok(!done.replayed)
    }

    /// A client's logo, for everybody who may read the client and for its agencies' users.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another client and where there is none; [`Error::Forbidden`] for interviewers and
    /// links.
    pub async fn client_logo(&self, ctx: &Ctx, id: ClientId) -> Result<Picture, Error> {
        let own = match ctx.actor.user() {
            Some(user) if user.role.is_client() => user.client,
            _ => own_client(&ctx.actor)?,
        };
        if own.is_some_and(|own| own != id) {
            return Err(Error::NotFound("client"));
        }
        let client: Client = self.storage.get(id).await?;
        let (Some(file), Some(kind)) = (client.logo_file_id, client.logo_type) else {
            return Err(Error::NotFound("logo"));
        };
        let (meta, body) = self.files.get(file).await?;
        Ok(Picture { kind, meta, body })
    }
}
