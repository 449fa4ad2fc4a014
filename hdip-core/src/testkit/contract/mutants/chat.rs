use crate::ports::{Chat, ChatPost, PortError, PortErrorKind, Retry};
use crate::testkit::contract::chat::{ChatHarness, ChatTrouble, MemoryChatHarness};
use async_trait::async_trait;

/// What a [`MutantChat`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatFault {
    /// Says yes and posts nothing.
    SaysNothing,
    /// Posts the first line only.
    CutsLines,
    /// A text can call everybody.
    LetsMentionsThrough,
    /// Tries again what was refused.
    RetriesRefused,
    /// Comes back at once.
    IgnoresThePause,
    /// Gives up when the other side is down.
    GivesUp,
    /// Shows the address in errors.
    PrintsTheAddress,
}

const SECRET: &str = "T00/B00/very-secret";

/// A channel with a fault.
#[derive(Debug)]
pub struct MutantChat {
    fault: ChatFault,
    inner: MemoryChatHarness,
}

impl MutantChat {
    /// With this fault.
    pub fn new(fault: ChatFault) -> Self {
        Self { fault, inner: MemoryChatHarness::default() }
    }
}

#[async_trait]
impl Chat for MutantChat {
    async fn post(&self, post: &ChatPost) -> Result<(), PortError> {
        let mut post = post.clone();
        match self.fault {
            ChatFault::SaysNothing => return Ok(()),
            ChatFault::CutsLines => post.text = post.text.lines().next().unwrap_or_default().to_owned(),
            ChatFault::LetsMentionsThrough => post.text = post.text.replace("<!channel>", "@channel"),
            _ => {}
        }
        self.inner.port().post(&post).await.map_err(|mut error| {
            match (self.fault, error.kind) {
                (ChatFault::RetriesRefused, PortErrorKind::Rejected)
                | (ChatFault::IgnoresThePause, PortErrorKind::Throttled) => error.retry = Retry::Backoff,
                (ChatFault::GivesUp, PortErrorKind::Unreachable) => error.retry = Retry::Never,
                (ChatFault::PrintsTheAddress, _) => error.context = format!("https://chat.test/{SECRET}"),
                _ => {}
            }
            error
        })
    }
}

#[async_trait]
impl ChatHarness for MutantChat {
    fn port(&self) -> &dyn Chat {
        self
    }
    async fn read(&self) -> Vec<String> {
        self.inner.read().await
    }
    async fn trouble(&self, trouble: ChatTrouble) {
        self.inner.trouble(trouble).await;
    }
    fn secret(&self) -> Option<&str> {
        (self.fault == ChatFault::PrintsTheAddress).then_some(SECRET)
    }
}
