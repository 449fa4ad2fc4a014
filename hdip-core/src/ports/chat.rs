use super::PortError;
use async_trait::async_trait;
use std::fmt::Debug;

/// Something to say in the operator's channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatPost {
    /// Stable per cause, for logs; a repeat carries the same one.
    pub id: String,
    /// Plain text; lines are kept.
    pub text: String,
}

/// Says something in a chat channel of the operator's people: an incoming webhook, mostly.
///
/// Contract:
/// - `Ok` means that the channel has taken the post. Readers see its text letter by letter, in any script;
///   nothing in it is markup, and nobody is called by it.
/// - What is refused for good (no such channel, bad credentials, an invalid post) is `Rejected`. A channel
///   that limits our rate is `Throttled`, with `Retry::After` where it says for how long. One that is down or
///   silent is `Unreachable` and backs off; after a timeout the outcome is unknown.
/// - Repeating a post after an unknown outcome is allowed; it may be read twice.
/// - The address of a webhook is a secret: it is in no error and no `Debug`.
#[async_trait]
pub trait Chat: Debug + Send + Sync {
    /// Says it.
    async fn post(&self, post: &ChatPost) -> Result<(), PortError>;
}
