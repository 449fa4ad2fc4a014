//! What [`Video`] promises.

use super::skipped;
use crate::ports::{Meeting, MeetingRequest, Video};
use crate::testkit::MemoryVideo;
use crate::values::{Id, InterviewId, Span, Timestamp, hours};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// An adapter under test.
pub trait VideoHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> &dyn Video;
    /// One that differs in its secret only, where the adapter derives rooms from a secret. `None` where
    /// the provider draws them.
    fn stranger(&self) -> Option<&dyn Video>;
}

/// Tests of a [`VideoHarness`], one per clause.
#[macro_export]
macro_rules! video_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, video:
            the_same_interview_gets_the_same_room,
            different_interviews_get_different_rooms,
            a_room_has_80_bits_that_nobody_can_guess,
            a_room_follows_from_the_adapters_secret,
            people_open_an_https_link,
        );
    };
}

/// A request to vary.
pub fn request(interview: u128) -> MeetingRequest {
    let start: Timestamp = "2026-01-05T04:30:00Z".parse().expect("a time");
    MeetingRequest {
        interview: InterviewId::from_bits(interview),
        span: Span::starting(start, hours(1)).expect("a span"),
        title: "Interview: Backend round 1".into(),
    }
}

async fn open(port: &dyn Video, interview: u128) -> Meeting {
    port.open(&request(interview)).await.expect("a room")
}

/// However often it is asked for, also when it was moved.
pub async fn the_same_interview_gets_the_same_room(harness: &impl VideoHarness) {
    let first = open(harness.port(), 7).await;
    let moved =
        MeetingRequest { span: request(7).span.widened(hours(3)), title: "Other".into(), ..request(7) };
    assert_eq!(harness.port().open(&moved).await.expect("a room"), first);
    open(harness.port(), 8).await;
    assert_eq!(open(harness.port(), 7).await, first);
}

/// Rooms and links, also those of ids that follow each other.
pub async fn different_interviews_get_different_rooms(harness: &impl VideoHarness) {
    let (mut rooms, mut urls) = (BTreeSet::new(), BTreeSet::new());
    for interview in 0..200 {
        let meeting = open(harness.port(), interview).await;
        // Names of rooms are often folded to one case.
        assert!(rooms.insert(meeting.room.to_lowercase()), "one room for two interviews");
        assert!(urls.insert(meeting.url.to_lowercase()), "one link for two interviews");
    }
}

/// The part of the room's name that differs has room for 80 bits, changes all over with the id, and is
/// none of what can be computed from the id alone.
pub async fn a_room_has_80_bits_that_nobody_can_guess(harness: &impl VideoHarness) {
    let mut rooms = Vec::new();
    for interview in 0..64 {
        let room = open(harness.port(), interview).await.room;
        let id = InterviewId::from_bits(interview).to_string();
        for guess in guesses(&id, interview) {
            assert!(!room.to_lowercase().contains(&guess), "{room} holds {guess}, which the id gives away");
        }
        rooms.push(room.into_bytes());
    }
    let width = rooms.iter().map(Vec::len).min().unwrap_or(0);
    let letters = |place: usize| rooms.iter().map(|room| room[place]).collect::<BTreeSet<_>>().len();
    // 64 rooms show most of a small alphabet and much of a large one; a place that only counts shows few.
    let bits: f64 = (0..width).map(|place| (letters(place) as f64).log2()).sum();
    assert!(bits >= 80.0, "only {bits:.0} bits of a room's name vary");
}

fn guesses(id: &str, bits: u128) -> Vec<String> {
    let bare = id.rsplit('_').next().unwrap_or(id).to_owned();
    let hash = |data: &[u8]| crate::testkit::hex(&Sha256::digest(data))[..20].to_owned();
    let (big, hex) = (bits.to_be_bytes(), format!("{bits:032x}"));
    vec![hash(id.as_bytes()), hash(bare.as_bytes()), hash(&big), hash(hex.as_bytes()), bare, hex]
}

/// Another secret, other rooms: otherwise whoever has the source can compute them.
pub async fn a_room_follows_from_the_adapters_secret(harness: &impl VideoHarness) {
    let Some(stranger) = harness.stranger() else {
        return skipped("a_room_follows_from_the_adapters_secret", "the provider draws the rooms");
    };
    assert_ne!(open(harness.port(), 7).await.room, open(stranger, 7).await.room);
}

/// To this very room.
pub async fn people_open_an_https_link(harness: &impl VideoHarness) {
    let meeting = open(harness.port(), 7).await;
    assert!(meeting.url.starts_with("https://"), "{}", meeting.url);
    assert!(!meeting.url.contains(char::is_whitespace) && !meeting.room.is_empty());
}

/// [`MemoryVideo`] under test.
#[derive(Debug)]
pub struct MemoryVideoHarness(MemoryVideo, MemoryVideo);

impl Default for MemoryVideoHarness {
    fn default() -> Self {
        Self(MemoryVideo::new(1), MemoryVideo::new(2))
    }
}

impl VideoHarness for MemoryVideoHarness {
    fn port(&self) -> &dyn Video {
        &self.0
    }
    fn stranger(&self) -> Option<&dyn Video> {
        Some(&self.1)
    }
}

#[cfg(test)]
mod memory {
    crate::video_contract!(attr = tokio::test, harness = super::MemoryVideoHarness::default());
}
