use hdip_core::ports::{PortErrorKind, Retry, Video};
use hdip_core::testkit::contract::video::{VideoHarness, request};
use hdip_integrations::secrets::SoftwareSecrets;
use hdip_integrations::video::jitsi::JitsiVideo;
use std::sync::Arc;

struct Harness([JitsiVideo; 2]);

fn jitsi(base_url: &str, key: u8) -> JitsiVideo {
    JitsiVideo::new(base_url, Arc::new(SoftwareSecrets::new([key; 32]))).unwrap()
}

fn harness() -> Harness {
    Harness([1, 2].map(|key| jitsi("https://meet.example.com", key)))
}

impl VideoHarness for Harness {
    fn port(&self) -> &dyn Video {
        &self.0[0]
    }
    fn stranger(&self) -> Option<&dyn Video> {
        Some(&self.0[1])
    }
}

mod contract {
    hdip_core::video_contract!(attr = tokio::test, harness = super::harness());
}

#[tokio::test]
async fn the_room_is_named_by_what_jitsi_allows() {
    let meeting = jitsi("https://meet.example.com/acme/", 1).open(&request(7)).await.unwrap();
    let bits = meeting.room.strip_prefix("int-").unwrap();
    assert_eq!(bits.len(), 32);
    assert!(bits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    assert_eq!(meeting.url, format!("https://meet.example.com/acme/{}", meeting.room));
}

#[tokio::test]
async fn the_room_of_an_interview_never_changes_between_releases() {
    let meeting = jitsi("https://meet.example.com", 1).open(&request(7)).await.unwrap();
    // Python: hmac.new(bytes([1])*32, (10).to_bytes(8,'big') + b'jitsi-room' + b'int_00000000000000000000000007',
    // 'sha256').hexdigest()[:32]
    assert_eq!(meeting.room, "int-721666639d5d1ea6c26636322666067e");
}

#[test]
fn a_base_url_that_is_none_is_rejected() {
    for url in [
        "",
        "https://",
        "http://meet.example.com",
        "meet.example.com",
        "https://a b",
        "https://a/#x",
        "https://u@a",
        "https://a?x=1",
    ] {
        let error = JitsiVideo::new(url, Arc::new(SoftwareSecrets::new([1; 32]))).unwrap_err();
        assert_eq!((error.kind, error.retry), (PortErrorKind::Rejected, Retry::Never), "{url}");
    }
}

#[test]
fn debug_shows_no_key() {
    assert!(!format!("{:?}", jitsi("https://meet.example.com", 77)).contains("77"));
}
