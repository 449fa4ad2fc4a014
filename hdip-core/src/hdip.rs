//! The way in: [`Hdip`] holds the ports and answers use cases; [`Ctx`] says who asks, when, under which
//! key. One loop carries every decision to storage.

use crate::Error;
use crate::access::Actor;
use crate::alerts::Alerting;
use crate::policy::Policy;
use crate::ports::storage::*;
use crate::ports::*;
use crate::values::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Who issues the service, and where its pages are.
#[derive(Debug, Clone)]
pub struct OperatorProfile {
    /// Name in mails and calendar entries.
    pub name: String,
    /// Sender of mails and organizer of calendar entries.
    pub mail_from: Email,
    /// Where people write for help.
    pub support: Email,
    /// Base URL of the public pages, without a slash at the end, for example `https://app.hdip.example`.
    pub base_url: String,
    /// Zone of the operator's staff by default.
    pub zone: Zone,
    /// Language by default.
    pub locale: Locale,
}

/// A caller's promise that requests under this key are one request. 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl std::str::FromStr for IdempotencyKey {
    type Err = Error;
    fn from_str(key: &str) -> Result<Self, Error> {
        if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(Error::field("Idempotency-Key", "invalid_key", "must be 1 to 255 visible ASCII characters"))
        }
    }
}

/// Who asks, when, from where.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who.
    pub actor: Actor,
    /// The time of this request: one for all of it.
    pub now: Timestamp,
    /// Id of the request, for logs, events and the audit trail.
    pub request_id: Option<String>,
    /// The peer's address.
    pub peer: Option<String>,
    /// Repeats of the same request carry the same key.
    pub idempotency: Option<IdempotencyKey>,
    /// The trace this is part of, as a W3C `traceparent`; what is committed carries it on.
    pub traceparent: Option<String>,
}

/// The answer of a use case that can be repeated under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    /// Ids and numbers; the edge renders them from current records.
    pub output: T,
    /// True if this is the stored answer of an earlier request.
    pub replayed: bool,
}

/// The ports, put together.
#[derive(Debug, Clone)]
pub struct Hdip {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) mail: Arc<dyn Mail>,
    pub(crate) calendar: Arc<dyn Calendar>,
    pub(crate) video: Arc<dyn Video>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) operator: Arc<OperatorProfile>,
    pub(crate) templates: Arc<crate::notifications::Templates>,
    pub(crate) alerting: Arc<Alerting>,
}

/// The ports an [`Hdip`] is made of. All are required.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct HdipBuilder {
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub secrets: Arc<dyn Secrets>,
    pub queue: Arc<dyn Queue>,
    pub mail: Arc<dyn Mail>,
    pub calendar: Arc<dyn Calendar>,
    pub video: Arc<dyn Video>,
    pub files: Arc<dyn Files>,
    pub operator: OperatorProfile,
}

impl HdipBuilder {
    /// Puts them together.
    pub fn build(self) -> Hdip {
        Hdip {
            storage: self.storage,
            clock: self.clock,
            ids: self.ids,
            secrets: self.secrets,
            queue: self.queue,
            mail: self.mail,
            calendar: self.calendar,
            video: self.video,
            files: self.files,
            operator: Arc::new(self.operator),
            templates: Arc::new(crate::notifications::Templates::built_in()),
            alerting: Arc::default(),
        }
    }
}

impl<T> Done<T> {
    /// The same of another output.
    pub fn map<U>(self, output: impl FnOnce(T) -> U) -> Done<U> {
        Done { output: output(self.output), replayed: self.replayed }
    }
}

/// What a use case decided: the changes to commit and the output to answer with.
pub(crate) struct Decision<T> {
    pub changes: Changes,
    pub output: T,
}

/// How often a decision is made again when its records changed meanwhile.
const TRIES: u32 = 5;
/// How often a commit that met a taken tick or a duplicate is decided again: once shows who was first.
const IDEMPOTENCY_HOURS: i64 = 24;

impl Hdip {
    /// A context for something HDIP does by itself, now.
    pub fn system(&self) -> Ctx {
        self.ctx(Actor::System)
    }

    /// A context for `actor`, now, without a request.
    pub fn ctx(&self, actor: Actor) -> Ctx {
        Ctx {
            actor,
            now: self.clock.now(),
            request_id: None,
            peer: None,
            idempotency: None,
            traceparent: None,
        }
    }

    /// Tells the operator of trouble in another way than by default (mail to the support address).
    pub fn with_alerting(self, alerting: Alerting) -> Self {
        Self { alerting: Arc::new(alerting), ..self }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The operator.
    pub fn operator(&self) -> &OperatorProfile {
        &self.operator
    }

    /// The storage port, for embedders' own reads and for `doctor`.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// The queue port, for workers.
    pub fn queue(&self) -> &Arc<dyn Queue> {
        &self.queue
    }

    /// The policy in force for a client at an instant, with the ids of the stored versions it comes from.
    pub(crate) async fn policy_for(
        &self,
        client: Option<ClientId>,
        at: Timestamp,
    ) -> Result<(Policy, Option<PolicyId>, Option<PolicyId>), Error> {
        let own = self.storage.policy_at(None, at).await?;
        let theirs = match client {
            Some(client) => self.storage.policy_at(Some(client), at).await?,
            None => None,
        };
        let policy = Policy::merged(own.iter().chain(&theirs).map(|p| &p.document))?;
        Ok((policy, own.map(|p| p.id), theirs.map(|p| p.id)))
    }

    /// Carries one decision to storage: decides, commits, and decides again on fresh records when they
    /// changed meanwhile, so that a loser gets the domain's refusal and not a technical error.
    ///
    /// `input` is what the request asks for; its hash guards the idempotency key against another request.
    /// The stored answer is found before anything is decided, and again when a racing twin was faster.
    pub(crate) async fn decide<T, F, Fut>(
        &self,
        ctx: &Ctx,
        operation: &'static str,
        input: &(impl Serialize + Sync),
        attempt: F,
    ) -> Result<Done<T>, Error>
    where
        T: Serialize + DeserializeOwned + Send,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<Decision<T>, Error>> + Send,
    {
        let key = ctx.idempotency.as_ref().map(|key| idempotency_key(ctx, operation, key));
        let fingerprint = key.as_ref().map(|_| fingerprint(input));
        for _ in 0..TRIES {
            let known = key.as_deref().zip(fingerprint.as_deref());
            if let Some(done) = self.stored_answer(known, ctx.now).await? {
                return Ok(done);
            }
            let Decision { mut changes, output } = match attempt().await {
                Ok(decision) => decision,
                // What stands in the way may be what a racing twin has just made: then its answer is this one's.
                Err(error) => match self.stored_answer(known, ctx.now).await? {
                    Some(done) => return Ok(done),
                    None => return Err(error),
                },
            };
            changes.traceparent.clone_from(&ctx.traceparent);
            if let (Some(key), Some(fingerprint)) = (&key, &fingerprint) {
                changes.idempotency = Some(IdempotencyRecord {
                    key: key.clone(),
                    fingerprint: fingerprint.clone(),
                    output: serde_json::to_value(&output).unwrap_or_default(),
                    created_at: ctx.now,
                    expires_at: ctx.now + hours(IDEMPOTENCY_HOURS),
                });
            }
            if self.commit(changes).await? {
                return Ok(Done { output, replayed: false });
            }
        }
        Err(Error::Contended)
    }

    /// The answer stored under a key, if there is one; refused if it was another request's.
    async fn stored_answer<T: DeserializeOwned>(
        &self,
        known: Option<(&str, &str)>,
        now: Timestamp,
    ) -> Result<Option<Done<T>>, Error> {
        let Some((key, fingerprint)) = known else { return Ok(None) };
        let Some(stored) = self.storage.idempotency(key, now).await? else { return Ok(None) };
        if stored.fingerprint != *fingerprint {
            return Err(Error::IdempotencyMismatch);
        }
        if stored.output == secret_marker() {
            return Err(Error::SecretNotReplayed);
        }
        let output = serde_json::from_value(stored.output).map_err(|e| {
            PortError::new(PortErrorKind::Corrupt, "storage", "idempotency", "stored answer").with_source(e)
        })?;
        Ok(Some(Done { output, replayed: true }))
    }

    /// Commits; false means that the decision must be made again. Ready jobs are announced afterwards: an
    /// announcement that fails only delays, the sweep finds the rows.
    pub(crate) async fn commit(&self, changes: Changes) -> Result<bool, Error> {
        if changes.is_empty() {
            return Ok(true);
        }
        let jobs: Vec<_> = changes.jobs.iter().map(|job| job.id).collect();
        match self.storage.commit(changes).await {
            Ok(()) => {
                if !jobs.is_empty() {
                    let _ = self.queue.announce(&jobs).await;
                }
                Ok(true)
            }
            // Somebody else was faster. Deciding again on fresh records says so in the domain's words.
            Err(CommitError::Stale { .. } | CommitError::Taken { .. } | CommitError::Duplicate { .. }) => {
                Ok(false)
            }
            Err(CommitError::Port(error)) => Err(error.into()),
        }
    }
}

/// The stored output of an answer that held a secret shown once.
pub(crate) fn secret_marker() -> Value {
    Value::String("secret".into())
}

/// An output that is answered once and stored nowhere: a replay is [`Error::SecretNotReplayed`].
pub(crate) struct ShownOnce<T>(pub T);

impl<T> Serialize for ShownOnce<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        secret_marker().serialize(to)
    }
}
impl<'de, T> serde::Deserialize<'de> for ShownOnce<T> {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("the answer was shown once"))
    }
}

fn idempotency_key(ctx: &Ctx, operation: &str, key: &IdempotencyKey) -> String {
    // Hashed, so that the column has one length and a key's text is stored nowhere.
    let mut hash = Sha256::new();
    for part in [&*ctx.actor.label(), operation, &key.0] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

fn fingerprint(input: &impl Serialize) -> String {
    hex(&Sha256::digest(serde_json::to_vec(input).unwrap_or_default()))
}

/// SHA-256 of a text, in hex.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// SHA-256 of bytes, in hex.
pub(crate) fn sha256_hex_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Hdip {
    /// An audit entry about `subject`. Reason and changed fields are the caller's to add.
    pub(crate) fn audit(
        &self,
        ctx: &Ctx,
        action: &str,
        subject: impl ToString,
        client: Option<ClientId>,
    ) -> AuditEntry {
        AuditEntry {
            id: self.ids.fresh(),
            client_id: client,
            at: ctx.now,
            actor: ctx.actor.label(),
            action: action.to_owned(),
            subject: subject.to_string(),
            reason: None,
            changes: Value::Null,
            request_id: ctx.request_id.clone(),
            peer: ctx.peer.clone(),
        }
    }

    /// A fact for a feed: ids, states, amounts; never names, addresses or free text.
    pub(crate) fn event(
        &self,
        ctx: &Ctx,
        stream: Stream,
        kind: &str,
        subject: impl ToString,
        data: Value,
    ) -> NewEvent {
        NewEvent {
            id: self.ids.fresh(),
            stream,
            kind: kind.to_owned(),
            version: 1,
            subject: subject.to_string(),
            actor: ctx.actor.label(),
            at: ctx.now,
            request_id: ctx.request_id.clone(),
            data,
        }
    }
}
