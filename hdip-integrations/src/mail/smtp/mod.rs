//! Mail through an SMTP relay (RFC 5321), on the message formats and the wire protocol of `lettre`.
//!
//! The pool of connections is ours: lettre's puts a connection whose future was dropped in mid-message (a
//! time limit, a cancelled job) back into the pool, bounds idle connections only, has no time limit for
//! answers, and does not tell in which step a message failed, which decides whether it may have been sent.
//!
//! DKIM is the relay's business.

mod config;
mod error;
mod message;
mod relay;

pub use config::{SmtpConfig, SmtpTls};

use async_trait::async_trait;
use hdip_core::ports::{Clock, Mail, Message, PortError};
use relay::Relay;
use std::sync::Arc;

/// Sends through one relay. Answers:
/// - refused for good (5xx to the recipient or the content): `Rejected`, `Never`;
/// - refused for now (4xx): `Throttled`, `Backoff`;
/// - refused before there was any talk of the message (bad sign-in, no STARTTLS): `Rejected`, `Backoff`,
///   since the operator can mend it and the mails should go out then;
/// - connection trouble: `Unreachable`, `Backoff`; the outcome is `Unknown` once the content was on its way.
#[derive(Debug)]
pub struct SmtpMail {
    relay: Relay,
    clock: Arc<dyn Clock>,
}

impl SmtpMail {
    /// Makes the adapter; connects when the first mail is sent. The clock gives the `Date` header.
    ///
    /// `Rejected` if the configuration cannot work: credentials that would cross a network in the clear, a
    /// root certificate that cannot be read.
    pub fn new(config: SmtpConfig, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        Ok(Self { relay: Relay::new(config)?, clock })
    }
}

#[async_trait]
impl Mail for SmtpMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let letter = message::letter(message, self.clock.now())?;
        self.relay.send(&letter).await
    }
}
