//! What [`Chat`] promises.

use super::skipped;
use crate::ports::{Chat, ChatPost, PortError, PortErrorKind, Retry};
use crate::testkit::MemoryChat;
use crate::values::Duration;
use async_trait::async_trait;

/// How the other side answers the next post, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatTrouble {
    /// It knows no such channel.
    NoSuchChannel,
    /// Too many posts; come back after that many seconds.
    TooMany(u32),
    /// It is down.
    Down,
}

/// An adapter under test, and the channel behind it.
#[async_trait]
pub trait ChatHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> &dyn Chat;
    /// What readers of the channel see, oldest first; a mention as `@name`.
    async fn read(&self) -> Vec<String>;
    /// The next post meets this.
    async fn trouble(&self, trouble: ChatTrouble);
    /// The secret part of the address, where there is one.
    fn secret(&self) -> Option<&str>;
}

/// Tests of a [`ChatHarness`], one per clause.
#[macro_export]
macro_rules! chat_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, chat:
            a_text_arrives_letter_by_letter,
            nothing_in_a_text_is_markup,
            what_is_refused_is_rejected_for_good,
            a_throttled_channel_says_when_to_come_back,
            a_channel_that_is_down_backs_off,
            the_address_is_a_secret,
        );
    };
}

fn post(text: &str) -> ChatPost {
    ChatPost { id: "alrt_1:opened".into(), text: text.into() }
}

async fn fails(harness: &impl ChatHarness, trouble: ChatTrouble) -> PortError {
    harness.trouble(trouble).await;
    harness.port().post(&post("hello")).await.expect_err("it is told")
}

/// In any script, line by line, and again after something went wrong.
pub async fn a_text_arrives_letter_by_letter(harness: &impl ChatHarness) {
    let text = "HDIP: 3 jobs \u{1F600} रा 名\n\nsecond \"line\" \\ {\"a\": 1}\tend";
    harness.port().post(&post(text)).await.expect("it is taken");
    assert_eq!(harness.read().await, [text]);
    fails(harness, ChatTrouble::Down).await;
    harness.port().post(&post("again")).await.expect("it is taken");
    assert_eq!(harness.read().await, [text, "again"], "what failed was not said");
}

/// Brackets, ampersands, what was escaped before, calls of everybody.
pub async fn nothing_in_a_text_is_markup(harness: &impl ChatHarness) {
    let text = "<!channel> <@U012AB> &lt;b&gt; & <https://phish.example|your bank>";
    harness.port().post(&post(text)).await.expect("it is taken");
    assert_eq!(harness.read().await, [text]);
}

/// The same again gives the same answer.
pub async fn what_is_refused_is_rejected_for_good(harness: &impl ChatHarness) {
    let error = fails(harness, ChatTrouble::NoSuchChannel).await;
    assert!(matches!(error.kind, PortErrorKind::Rejected | PortErrorKind::NotFound), "{error:?}");
    assert_eq!(error.retry, Retry::Never);
}

/// And not earlier.
pub async fn a_throttled_channel_says_when_to_come_back(harness: &impl ChatHarness) {
    let error = fails(harness, ChatTrouble::TooMany(30)).await;
    assert_eq!(error.kind, PortErrorKind::Throttled);
    assert_eq!(error.retry, Retry::After(Duration::seconds(30)));
}

/// It may come back.
pub async fn a_channel_that_is_down_backs_off(harness: &impl ChatHarness) {
    let error = fails(harness, ChatTrouble::Down).await;
    assert_eq!((error.kind, error.retry), (PortErrorKind::Unreachable, Retry::Backoff));
}

/// Whoever has it can post.
pub async fn the_address_is_a_secret(harness: &impl ChatHarness) {
    let Some(secret) = harness.secret() else {
        return skipped("the_address_is_a_secret", "there is no address");
    };
    assert!(!format!("{:?}", harness.port()).contains(secret), "in Debug");
    for trouble in [ChatTrouble::NoSuchChannel, ChatTrouble::TooMany(30), ChatTrouble::Down] {
        let error = fails(harness, trouble).await;
        let mut text = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text} {cause} {cause:?}");
            source = cause.source();
        }
        assert!(!text.contains(secret), "in an error: {text}");
    }
}

/// [`MemoryChat`] under test.
#[derive(Debug, Default)]
pub struct MemoryChatHarness(MemoryChat);

#[async_trait]
impl ChatHarness for MemoryChatHarness {
    fn port(&self) -> &dyn Chat {
        &self.0
    }
    async fn read(&self) -> Vec<String> {
        self.0.posted().into_iter().map(|post| post.text).collect()
    }
    async fn trouble(&self, trouble: ChatTrouble) {
        match trouble {
            ChatTrouble::NoSuchChannel => self.0.fail_next(PortErrorKind::Rejected, None),
            ChatTrouble::TooMany(seconds) => {
                self.0.fail_next(PortErrorKind::Throttled, Some(Duration::seconds(seconds.into())));
            }
            ChatTrouble::Down => self.0.fail_next(PortErrorKind::Unreachable, None),
        }
    }
    fn secret(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod memory {
    crate::chat_contract!(attr = tokio::test, harness = super::MemoryChatHarness::default());
}
