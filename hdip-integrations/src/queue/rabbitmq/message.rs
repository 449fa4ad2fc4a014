//! What an announcement looks like on the wire.

use hdip_core::values::BackgroundJobId;
use serde::{Deserialize, Serialize};

/// `{"job":"bjob_…"}`. Readers pass over fields they do not know, so a later release may add some.
#[derive(Serialize, Deserialize)]
struct Body {
    job: BackgroundJobId,
}

/// Media type of a message.
pub(super) const CONTENT_TYPE: &str = "application/json";
/// Its AMQP type: which kind of message.
pub(super) const TYPE: &str = "background_job_ready";

/// The message about a job.
pub(super) fn write(job: BackgroundJobId) -> Vec<u8> {
    format!("{{\"job\":\"{job}\"}}").into_bytes()
}

/// The job a message is about, if it is one of ours.
pub(super) fn read(bytes: &[u8]) -> Option<BackgroundJobId> {
    serde_json::from_slice::<Body>(bytes).ok().map(|body| body.job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdip_core::values::Id;

    #[test]
    fn a_message_survives_and_anything_else_is_unreadable() {
        let job = BackgroundJobId::from_bits(0x0123_4567_89ab_cdef << 64);
        assert_eq!(read(&write(job)), Some(job));
        let newer = format!("{{\"job\":\"{job}\",\"due\":\"now\"}}");
        assert_eq!(read(newer.as_bytes()), Some(job), "fields of a later release");
        for wrong in ["", "{}", "null", "{\"job\":\"int_01\"}", "{\"job\":7}", "\u{0}"] {
            assert_eq!(read(wrong.as_bytes()), None, "{wrong:?}");
        }
    }
}
