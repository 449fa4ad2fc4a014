use super::lock;
use crate::ports::{Chat, ChatPost, PortError, PortErrorKind, Retry};
use crate::values::Duration;
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::Mutex;

/// A channel that keeps what was said. Can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryChat {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    posted: Vec<ChatPost>,
    failures: VecDeque<(PortErrorKind, Option<Duration>)>,
}

impl MemoryChat {
    /// Silent so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that was said, repeats included.
    pub fn posted(&self) -> Vec<ChatPost> {
        lock(&self.state).posted.clone()
    }

    /// The next post fails like that.
    pub fn fail_next(&self, kind: PortErrorKind, after: Option<Duration>) {
        lock(&self.state).failures.push_back((kind, after));
    }
}

#[async_trait]
impl Chat for MemoryChat {
    async fn post(&self, post: &ChatPost) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        if let Some((kind, after)) = state.failures.pop_front() {
            let error = PortError::new(kind, "chat", "post", "told to fail");
            return Err(after.map(Retry::After).into_iter().fold(error, PortError::with_retry));
        }
        state.posted.push(post.clone());
        Ok(())
    }
}
