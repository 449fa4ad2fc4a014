use super::{FakeSecrets, hex, lock};
use crate::ports::{Meeting, MeetingRequest, PortError, PortErrorKind, Secrets, Video};
use async_trait::async_trait;
use std::sync::Mutex;

/// Rooms on a host that does not exist. Can be told to fail.
#[derive(Debug)]
pub struct MemoryVideo {
    secrets: FakeSecrets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    opened: Vec<MeetingRequest>,
    failing: usize,
}

impl MemoryVideo {
    /// Rooms derived from this seed.
    pub fn new(seed: u64) -> Self {
        Self { secrets: FakeSecrets::new(seed), state: Mutex::default() }
    }

    /// Every request that got a room, repeats included.
    pub fn opened(&self) -> Vec<MeetingRequest> {
        lock(&self.state).opened.clone()
    }

    /// The next `n` requests answer `Unreachable`.
    pub fn fail_next(&self, n: usize) {
        lock(&self.state).failing = n;
    }
}

#[async_trait]
impl Video for MemoryVideo {
    async fn open(&self, request: &MeetingRequest) -> Result<Meeting, PortError> {
        let mut state = lock(&self.state);
        if state.failing > 0 {
            state.failing -= 1;
            return Err(PortError::new(PortErrorKind::Unreachable, "video", "open", "told to fail"));
        }
        state.opened.push(request.clone());
        let mac = self.secrets.mac("memory-room", request.interview.to_string().as_bytes());
        let room = format!("int-{}", hex(&mac[..16]));
        Ok(Meeting { url: format!("https://video.test/{room}"), room })
    }
}
