//! Who stands in the way of a submission, and the note of who tried.

use super::candidates::Person;
use super::submit::{Batch, Opening, Wanted, source_of};
use super::*;
use crate::agencies::{InTheWay, MatchedBy};
use crate::hdip::Decision;
use crate::values::*;
use crate::{Ctx, Error, Hdip};

impl Hdip {
    /// Writes down that somebody tried, after the refusal: a refusal is not stored under an idempotency key.
    pub(super) async fn note_attempt(&self, ctx: &Ctx, job: JobId, wanted: &Wanted) -> Result<(), Error> {
        let ctx = &Ctx { idempotency: None, ..ctx.clone() };
        self.decide(ctx, "note_attempt", &(), || async {
            let opening = self.opening(ctx, job).await?;
            let mut batch = Batch::default();
            // Nobody stands in the way any more: there is nothing to show either.
            let way = self.in_the_way(ctx, &opening, &wanted.person).await?.0;
            self.add_attempt(ctx, &opening, way, &mut batch).await?;
            Ok(Decision { changes: batch.changes, output: () })
        })
        .await?;
        Ok(())
    }

    /// What keeps a person from being handed over, with everything on record that is the same person, and its
    /// applications. An open application is in everybody's way; one that was first within the ownership's days is
    /// in the way of agencies, its own too.
    pub(super) async fn in_the_way(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        person: &Person,
    ) -> Result<(Option<InTheWay>, Vec<Candidate>, Vec<Application>), Error> {
        let (client, key, phone) = (opening.client.id, person.email.key(), person.phone.as_ref());
        let mut people = self.storage.same_person(client, &key, phone).await?;
        let agency = agency_of(&ctx.actor);
        // The record on file may know a phone that was not said this time.
        let on_file = people
            .iter()
            .find(|same| same.email_key == key && same.agency_id == agency)
            .and_then(|same| same.phone.clone())
            .filter(|known| Some(known) != phone);
        if on_file.is_some() {
            let more = self.storage.same_person(client, &key, on_file.as_ref()).await?;
            let new: Vec<_> = more.into_iter().filter(|one| people.iter().all(|p| p.id != one.id)).collect();
            people.extend(new);
        }
        let (mut earlier, mut open) = (Vec::new(), None);
        for same in &people {
            let theirs = self.applications_of(client, same.id).await?;
            if let Some(a) = theirs.iter().find(|a| a.job_id == opening.job.id && a.status.is_open()) {
                let matched_by = if same.email_key == key { MatchedBy::Email } else { MatchedBy::Phone };
                open = open.or(Some(InTheWay { application: a.id, agency: a.agency_id, matched_by }));
            }
            earlier.extend(theirs);
        }
        let mut way = open;
        for phone in [phone, on_file.as_ref()] {
            if way.is_none() && agency.is_some() {
                way = self.owner_of(opening.job.id, &key, phone, None, ctx.now).await?;
            }
        }
        Ok((way, people, earlier))
    }

    /// Adds an attempt that was refused, where an agency has a part in it: the client's people see who tried.
    pub(super) async fn add_attempt(
        &self,
        ctx: &Ctx,
        opening: &Opening,
        way: Option<InTheWay>,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let agency = agency_of(&ctx.actor);
        let Some(way) = way.filter(|way| way.agency.is_some() || agency.is_some()) else { return Ok(()) };
        let who = (agency, source_of(&ctx.actor));
        let attempt = self.attempt(opening.client.id, opening.job.id, &way, who, ctx.now).await?;
        if batch.attempts.insert(attempt.natural_key.clone()) {
            batch.changes.put(&attempt);
        }
        Ok(())
    }
}
