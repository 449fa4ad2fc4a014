//! What tests of hiring tell each other in few words: people, submissions, interviews.

use hdip_core::access::{Role, User};
use hdip_core::clients::Client;
use hdip_core::hiring::*;
use hdip_core::ports::IdsExt;
use hdip_core::ports::storage::*;
use hdip_core::scheduling::*;
use hdip_core::testkit::{MemoryStorage, World, email};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

pub async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

pub fn person(name: &str) -> CandidateFields {
    CandidateFields {
        name: name.into(),
        email: format!("{}@mail.example", name.to_lowercase().replace(' ', ".")),
        experience_months: 60,
        ..Default::default()
    }
}

pub fn submission(job: JobId, name: &str) -> SubmitCandidate {
    SubmitCandidate { job, person: person(name), ats_reference: None, remark: None, recruiter: None }
}

pub async fn submit(world: &World, ctx: &Ctx, new: SubmitCandidate) -> Result<Submitted, Error> {
    world.hdip.submit_candidate(ctx, new).await.map(|done| done.output)
}

pub async fn drop_it(world: &World, id: ApplicationId) {
    let drop = DropApplication { reason: DropReason::Other, late_ok: false };
    world.hdip.drop_application(&world.as_owner(), id, drop).await.unwrap();
}

/// `field:code` of every complaint.
pub fn complaints(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) => fields.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
        other => panic!("{other:?}"),
    }
}

pub async fn user(world: &World, client: ClientId, role: Role, address: &str) -> User {
    let user = User {
        id: world.ids.fresh(),
        client_id: Some(client),
        role,
        name: "Uma User".into(),
        email: email(address),
        email_key: address.into(),
        version: 0,
        ..world.owner.clone()
    };
    world.put(&user).await;
    world.get(user.id).await
}

/// The owner of another client, made anew with each call.
pub async fn stranger(world: &World) -> Ctx {
    let client = Client { id: world.ids.fresh(), brand: "Other".into(), version: 0, ..world.client.clone() };
    world.put(&client).await;
    let owner = user(world, client.id, Role::ClientOwner, &format!("{}@other.example", client.id)).await;
    world.as_user(&owner)
}

/// Kinds of what happened at the client.
pub async fn kinds(world: &World) -> Vec<String> {
    let events = world.storage.events(Stream::Client(world.client.id), 0, 1000).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

/// An interview requested by `ctx` for that start, confirmed if somebody is named.
pub async fn interview(
    world: &World,
    ctx: &Ctx,
    application: ApplicationId,
    start: &str,
    who: Option<InterviewerId>,
) -> InterviewId {
    let start = StartChoice::Picked(Pick { start: start.parse().unwrap(), odd_hours_ok: false });
    let request = RequestInterview { application, start, consents: None };
    let id = world.hdip.request_interview(ctx, request).await.unwrap().output.interview_id;
    world.drain().await;
    if let Some(who) = who {
        let calls = world.storage.invitations(id).await.unwrap();
        let call = calls.into_iter().find(|i| i.interviewer_id == who).unwrap();
        world.hdip.accept_invitation(&world.as_interviewer(who), call.id).await.unwrap();
        world.drain().await;
    }
    id
}
