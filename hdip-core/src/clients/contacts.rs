//! People at a client whom the operator may write to or call, and who sign in nowhere.

use super::{Client, ClientContact};
use crate::edits::{changed_fields, expect_version};
use crate::hdip::Decision;
use crate::ports::IdsExt;
use crate::ports::storage::{Changes, Page, Paged, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::Serialize;
use serde_json::json;

/// A contact as typed in. An address or a phone number is needed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ContactInput {
    /// Name, 1 to 120 characters.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Phone, E.164.
    pub phone: Option<String>,
    /// What the person does there, at most 100 characters.
    pub designation: Option<String>,
}

/// Changes to a contact: what is `None` stays; `Some(None)` empties.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)] // as ContactInput
pub struct UpdateContact {
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")] // left alone and emptied are two requests
    pub email: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub designation: Option<Option<String>>,
    /// Refuse unless this is the record version.
    pub expected_version: Option<i64>,
}

impl ContactInput {
    fn parse(&self, frame: ClientContact) -> Result<ClientContact, Error> {
        let mut fields = Fields::new();
        let name = fields.line("name", &self.name, 1, 120);
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (email, phone) = (given(&self.email), given(&self.phone));
        fields.ensure(
            email.is_some() || phone.is_some(),
            "email",
            "required",
            "an address or a phone is needed",
        );
        let email = email.and_then(|email| fields.email("email", email.trim()));
        let phone = phone.and_then(|phone| fields.phone("phone", &phone));
        let designation = fields.optional_line("designation", self.designation.as_deref(), 100);
        fields.done()?;
        Ok(ClientContact { name, email, phone, designation, ..frame })
    }
}

impl Hdip {
    /// Contacts of a client, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator and the client's owner and admins; [`Error::NotFound`] for
    /// another client.
    pub async fn client_contacts(
        &self,
        ctx: &Ctx,
        client: ClientId,
        page: &Page,
    ) -> Result<Paged<ClientContact>, Error> {
        ctx.actor.need_client_admin(client)?;
        self.storage.get::<Client>(client).await?;
        let rows = self.storage.client_contacts(client, &page.one_more()).await?;
        Ok(Paged::cut(rows, page.limit, |contact| contact.id.to_string()))
    }

    /// One contact.
    ///
    /// # Errors
    /// As [`Hdip::client_contacts`]; [`Error::NotFound`].
    pub async fn client_contact(&self, ctx: &Ctx, id: ClientContactId) -> Result<ClientContact, Error> {
        let contact: ClientContact = self.storage.get(id).await?;
        ctx.actor.need_client_admin(contact.client_id).map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound("contact"),
            error => error,
        })?;
        Ok(contact)
    }

    /// Adds a contact.
    ///
    /// # Errors
    /// As [`Hdip::client_contacts`]; [`Error::Invalid`].
    pub async fn add_client_contact(
        &self,
        ctx: &Ctx,
        client: ClientId,
        input: ContactInput,
    ) -> Result<Done<ClientContactId>, Error> {
        ctx.actor.need_client_admin(client)?;
        let input = &input;
        self.decide(ctx, "add_client_contact", &(client, input), || async move {
            self.storage.get::<Client>(client).await?;
            let contact = input.parse(ClientContact {
                id: self.ids.fresh(),
                client_id: client,
                name: String::new(),
                email: None,
                phone: None,
                designation: None,
                created_at: ctx.now,
                version: 0,
            })?;
            let mut changes = Changes::new();
            changes.insert(&contact);
            self.tell_contact(ctx, &mut changes, &contact, "client_contact.created");
            Ok(Decision { changes, output: contact.id })
        })
        .await
    }

    /// Changes a contact.
    ///
    /// # Errors
    /// As [`Hdip::client_contact`]; [`Error::Stale`]; [`Error::Invalid`].
    pub async fn update_client_contact(
        &self,
        ctx: &Ctx,
        id: ClientContactId,
        input: UpdateContact,
    ) -> Result<ClientContact, Error> {
        let input = &input;
        self.decide(ctx, "update_client_contact", &(id, input), || async move {
            let before = self.client_contact(ctx, id).await?;
            expect_version(&before, input.expected_version)?;
            let said = ContactInput {
                name: input.name.clone().unwrap_or_else(|| before.name.clone()),
                email: input.email.clone().unwrap_or_else(|| before.email.as_ref().map(ToString::to_string)),
                phone: input.phone.clone().unwrap_or_else(|| before.phone.as_ref().map(ToString::to_string)),
                designation: input.designation.clone().unwrap_or_else(|| before.designation.clone()),
            };
            let after = said.parse(before.clone())?;
            let mut changes = Changes::new();
            if after != before {
                changes.update(&after);
                self.tell_contact(ctx, &mut changes, &after, "client_contact.updated");
                if let Some(entry) = changes.audit.last_mut() {
                    entry.changes = changed_fields(&before, &after);
                }
            }
            Ok(Decision { changes, output: () })
        })
        .await?;
        self.client_contact(ctx, id).await
    }

    /// Removes a contact for good.
    ///
    /// # Errors
    /// As [`Hdip::client_contact`]; [`Error::Stale`].
    pub async fn remove_client_contact(
        &self,
        ctx: &Ctx,
        id: ClientContactId,
        expected_version: Option<i64>,
    ) -> Result<(), Error> {
        self.decide(ctx, "remove_client_contact", &id, || async move {
            let contact = self.client_contact(ctx, id).await?;
            expect_version(&contact, expected_version)?;
            let mut changes = Changes::new();
            changes.delete(&contact);
            self.tell_contact(ctx, &mut changes, &contact, "client_contact.removed");
            Ok(Decision { changes, output: () })
        })
        .await?;
        Ok(())
    }

    fn tell_contact(&self, ctx: &Ctx, changes: &mut Changes, contact: &ClientContact, kind: &str) {
        changes.audit.push(self.audit(ctx, kind, contact.id, Some(contact.client_id)));
        let stream = Stream::Client(contact.client_id);
        changes.events.push(self.event(ctx, stream, kind, contact.id, json!({})));
    }
}
