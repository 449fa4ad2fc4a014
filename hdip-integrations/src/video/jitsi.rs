//! Rooms on a Jitsi Meet host: names, not calls. A room exists as soon as somebody opens its link.

use async_trait::async_trait;
use hdip_core::ports::{Meeting, MeetingRequest, PortError, PortErrorKind, Secrets, Video};
use std::sync::Arc;

/// Derives each room from the interview's id and the deployment's secret: `int-` and 128 bits in lower-case
/// hexadecimal, since Jitsi folds names to one case. No network, nothing stored; another deployment key
/// gives other rooms.
#[derive(Debug, Clone)]
pub struct JitsiVideo {
    base_url: String,
    secrets: Arc<dyn Secrets>,
}

impl JitsiVideo {
    /// Rooms under `base_url`, for example `https://meet.example.com` or, with a tenant,
    /// `https://meet.example.com/acme`. `Rejected` unless it is an https URL with a host and neither query
    /// nor fragment.
    pub fn new(base_url: &str, secrets: Arc<dyn Secrets>) -> Result<Self, PortError> {
        let base_url = base_url.trim_end_matches('/');
        let host =
            base_url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let odd = |c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '@' | '"' | '<' | '>' | '\\')
        };
        if host.is_empty() || base_url.contains(odd) {
            let why = "the base URL must be https://host[/tenant], without user, query and fragment";
            return Err(PortError::new(PortErrorKind::Rejected, "video", "new", why));
        }
        Ok(Self { base_url: base_url.to_owned(), secrets })
    }
}

#[async_trait]
impl Video for JitsiVideo {
    async fn open(&self, request: &MeetingRequest) -> Result<Meeting, PortError> {
        let mac = self.secrets.mac("jitsi-room", request.interview.to_string().as_bytes());
        let room = format!("int-{}", crate::hex(&mac[..16]));
        Ok(Meeting { url: format!("{}/{room}", self.base_url), room })
    }
}
