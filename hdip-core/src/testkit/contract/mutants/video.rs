use crate::ports::{Meeting, MeetingRequest, PortError, Secrets, Video};
use crate::testkit::contract::video::VideoHarness;
use crate::testkit::{FakeSecrets, hex};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a [`MutantVideo`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoFault {
    /// A new room for every call.
    NewRoomEachTime,
    /// The room depends on the time, so a move loses it.
    RoomPerTime,
    /// Everyone meets in one room.
    OneRoom,
    /// The id is the room.
    IdIsRoom,
    /// A hash of the id alone is the room.
    HashIsRoom,
    /// A secret of 40 bits.
    ShortRoom,
    /// A secret that is the same for everyone who has the source.
    SharedSecret,
    /// `http:`.
    PlainHttp,
}

/// Rooms with a fault.
#[derive(Debug)]
pub struct MutantVideo {
    fault: VideoFault,
    secrets: FakeSecrets,
    calls: AtomicUsize,
    stranger: Option<Box<MutantVideo>>,
}

impl MutantVideo {
    /// With this fault.
    pub fn new(fault: VideoFault) -> Self {
        Self { stranger: Some(Box::new(Self::with_seed(fault, 2))), ..Self::with_seed(fault, 1) }
    }

    fn with_seed(fault: VideoFault, seed: u64) -> Self {
        let seed = if fault == VideoFault::SharedSecret { 0 } else { seed };
        Self { fault, secrets: FakeSecrets::new(seed), calls: AtomicUsize::new(0), stranger: None }
    }
}

#[async_trait]
impl Video for MutantVideo {
    async fn open(&self, request: &MeetingRequest) -> Result<Meeting, PortError> {
        let n = self.calls.fetch_add(1, Ordering::Relaxed);
        let id = request.interview.to_string();
        let derived = |from: String| hex(&self.secrets.mac("room", from.as_bytes())[..16]);
        let room = match self.fault {
            VideoFault::NewRoomEachTime => derived(format!("{id}{n}")),
            VideoFault::RoomPerTime => derived(format!("{id}{:?}", request.span)),
            VideoFault::OneRoom => derived(String::new()),
            VideoFault::IdIsRoom => id,
            VideoFault::HashIsRoom => hex(&Sha256::digest(id.as_bytes())),
            VideoFault::ShortRoom => derived(id)[..10].to_owned(),
            VideoFault::SharedSecret | VideoFault::PlainHttp => derived(id),
        };
        let scheme = if self.fault == VideoFault::PlainHttp { "http" } else { "https" };
        Ok(Meeting { url: format!("{scheme}://video.test/{room}"), room })
    }
}

impl VideoHarness for MutantVideo {
    fn port(&self) -> &dyn Video {
        self
    }
    fn stranger(&self) -> Option<&dyn Video> {
        self.stranger.as_deref().map(|stranger| stranger as &dyn Video)
    }
}
