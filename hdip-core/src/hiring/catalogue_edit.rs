//! The operator's catalogues: read by everybody who is signed in, edited by the operator's staff.
//!
//! A new spelling counts for what is entered from then on; keys, which records hold, never change.

use super::catalogue::plain_key;
use super::{Catalogue, CatalogueEntry, CatalogueKind, Words};
use crate::edits::expect_version;
use crate::hdip::Decision;
use crate::ladder::LadderError;
use crate::ports::storage::{Changes, RecordsExt, Stream};
use crate::values::*;
use crate::{Ctx, Done, Error, Hdip};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Other spellings one entry may have.
const MAX_ALIASES: usize = 30;

/// A word to add.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewCatalogueEntry {
    /// What records will hold; made from the name when left out.
    pub key: Option<String>,
    /// For people, 1 to 60 characters.
    pub name: String,
    /// Other spellings, at most 30.
    pub aliases: Vec<String>,
}

/// Changes to a word: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateCatalogueEntry {
    /// The version of the catalogue the editor saw.
    pub expected: Option<i64>,
    /// For people, 1 to 60 characters.
    pub name: Option<String>,
    /// Other spellings: all of them.
    pub aliases: Option<Vec<String>>,
    /// Whether nothing new may name it.
    pub retired: Option<bool>,
}

fn parse_name(fields: &mut Fields, field: &str, text: &str) -> String {
    let text = fields.line(field, text, 1, 60);
    let says = super::fold(&text).chars().any(char::is_alphanumeric);
    fields.ensure(text.is_empty() || says, field, "invalid_name", "must have a letter or digit");
    text
}

fn parse_aliases(fields: &mut Fields, said: &[String]) -> BTreeSet<String> {
    fields.ensure(said.len() <= MAX_ALIASES, "aliases", "too_many", "must have at most 30 spellings");
    let said = said.iter().take(MAX_ALIASES).enumerate();
    said.map(|(i, alias)| parse_name(fields, &format!("aliases[{i}]"), alias)).collect()
}

/// A key made from a name: `AI/ML` gives `ai_ml`; a skill keeps its signs.
fn key_of(kind: CatalogueKind, name: &str) -> String {
    match kind {
        CatalogueKind::Skills => plain_key(name),
        CatalogueKind::Specialisations => {
            let lower = name.to_lowercase();
            let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join("_")
        }
    }
}

impl Hdip {
    /// Both catalogues as they are now.
    pub(crate) async fn words(&self) -> Result<Words, Error> {
        let ids = [CatalogueKind::Specialisations, CatalogueKind::Skills];
        let mut stored = self.storage.find_all::<Catalogue>(ids).await?;
        let mut take =
            |kind: CatalogueKind| stored.remove(kind.as_str()).unwrap_or_else(|| Catalogue::built_in(kind));
        Ok(Words {
            specialisations: take(CatalogueKind::Specialisations),
            skills: take(CatalogueKind::Skills),
        })
    }

    /// A catalogue, for everybody who is signed in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for links and for those who are not signed in.
    pub async fn catalogue(&self, ctx: &Ctx, kind: CatalogueKind) -> Result<Catalogue, Error> {
        use crate::access::Actor;
        if matches!(ctx.actor, Actor::Anonymous | Actor::Link { .. }) {
            return Err(Error::Forbidden);
        }
        self.stored_catalogue(kind).await
    }

    /// The specialisations that are offered, as (slug, name): what the public form shows.
    ///
    /// # Errors
    /// When storage does not answer.
    pub async fn offered_specialisations(&self) -> Result<Vec<(String, String)>, Error> {
        let catalogue = self.stored_catalogue(CatalogueKind::Specialisations).await?;
        let offered = catalogue.entries.into_iter().filter(|entry| entry.retired_at.is_none());
        Ok(offered.map(|entry| (entry.key, entry.name)).collect())
    }

    async fn stored_catalogue(&self, kind: CatalogueKind) -> Result<Catalogue, Error> {
        Ok(self.storage.find(kind).await?.unwrap_or_else(|| Catalogue::built_in(kind)))
    }

    /// Adds a word; its key.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the operator; [`Error::Invalid`] naming the fields;
    /// [`LadderError::SpellingTaken`]; [`LadderError::CatalogueFull`].
    pub async fn add_catalogue_entry(
        &self,
        ctx: &Ctx,
        kind: CatalogueKind,
        new: NewCatalogueEntry,
    ) -> Result<Done<String>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let name = parse_name(&mut fields, "name", &new.name);
        let aliases = parse_aliases(&mut fields, &new.aliases);
        let key = match &new.key {
            Some(key) => {
                let key = fields.line("key", key, 1, 60);
                fields.ensure(
                    key == key_of(kind, &key),
                    "key",
                    "invalid_key",
                    "must be in lower case, as a-z, 0-9, _",
                );
                key
            }
            None => key_of(kind, &name),
        };
        fields.ensure(!key.is_empty(), "key", "required", "must be said: the name gives none");
        fields.done()?;
        let entry = CatalogueEntry { key: key.clone(), name, aliases, retired_at: None };
        self.decide(ctx, "add_catalogue_entry", &(kind, &new), || async {
            let mut catalogue = self.stored_catalogue(kind).await?;
            if catalogue.entries.len() >= kind.limit() {
                return Err(LadderError::CatalogueFull { limit: kind.limit() }.into());
            }
            if let Some(same) = catalogue.entry(&entry.key) {
                return Err(
                    LadderError::SpellingTaken { spelling: key.clone(), key: same.key.clone() }.into()
                );
            }
            catalogue.entries.push(entry.clone());
            let changes = self.put_catalogue(ctx, catalogue, &entry, "catalogue.add")?;
            Ok(Decision { changes, output: entry.key.clone() })
        })
        .await
    }

    /// Renames a word, changes its spellings, retires it or brings it back.
    ///
    /// # Errors
    /// As [`Hdip::add_catalogue_entry`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn update_catalogue_entry(
        &self,
        ctx: &Ctx,
        kind: CatalogueKind,
        key: &str,
        update: UpdateCatalogueEntry,
    ) -> Result<Done<()>, Error> {
        ctx.actor.need_operator()?;
        let mut fields = Fields::new();
        let name = update.name.as_deref().map(|name| parse_name(&mut fields, "name", name));
        let aliases = update.aliases.as_deref().map(|aliases| parse_aliases(&mut fields, aliases));
        fields.done()?;
        self.decide(ctx, "update_catalogue_entry", &(kind, key, &update), || async {
            let mut catalogue = self.stored_catalogue(kind).await?;
            expect_version(&catalogue, update.expected)?;
            let place = catalogue.entries.iter_mut().find(|entry| entry.key == key);
            let entry = place.ok_or(Error::NotFound("catalogue entry"))?;
            let before = entry.clone();
            entry.name = name.clone().unwrap_or_else(|| before.name.clone());
            entry.aliases = aliases.clone().unwrap_or_else(|| before.aliases.clone());
            entry.retired_at = match update.retired {
                None => before.retired_at,
                Some(false) => None,
                Some(true) => Some(before.retired_at.unwrap_or(ctx.now)),
            };
            let after = entry.clone();
            if after == before {
                return Ok(Decision { changes: Changes::new(), output: () });
            }
            let changes = self.put_catalogue(ctx, catalogue, &after, "catalogue.update")?;
            Ok(Decision { changes, output: () })
        })
        .await
    }

    fn put_catalogue(
        &self,
        ctx: &Ctx,
        mut catalogue: Catalogue,
        entry: &CatalogueEntry,
        action: &str,
    ) -> Result<Changes, Error> {
        if let Some((spelling, key)) = catalogue.clash(entry) {
            return Err(LadderError::SpellingTaken { spelling, key: key.to_owned() }.into());
        }
        catalogue.updated_at = ctx.now;
        let mut changes = Changes::new();
        changes.put(&catalogue);
        let subject = format!("{}:{}", catalogue.id, entry.key);
        let mut audit = self.audit(ctx, action, &subject, None);
        audit.changes =
            json!({"name": entry.name, "aliases": entry.aliases, "retired": entry.retired_at.is_some()});
        changes.audit.push(audit);
        let data =
            json!({"catalogue": catalogue.id, "key": entry.key, "retired": entry.retired_at.is_some()});
        changes.events.push(self.event(ctx, Stream::Operator, "catalogue.changed", &subject, data));
        Ok(changes)
    }
}
