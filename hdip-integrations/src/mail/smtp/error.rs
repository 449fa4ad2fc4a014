use hdip_core::ports::{PortError, PortErrorKind, Retry};
use lettre::transport::smtp;

/// How far a message had come. Decides whether it may have been sent, and whether a refusal is about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Connection, TLS, EHLO, sign-in: nothing was said about the message yet.
    Connect,
    /// MAIL, RCPT, DATA.
    Envelope,
    /// The content is on its way; the relay may have taken it although its answer never came.
    Content,
}

/// What the relay, or the way to it, said. The relay's words may hold addresses; they are in the source only.
pub(super) fn from_lettre(step: Step, error: smtp::Error) -> PortError {
    let rejected = |context: String| new(PortErrorKind::Rejected, context);
    let verdict = match error.status().map(u16::from) {
        Some(code) if error.is_transient() => {
            new(PortErrorKind::Throttled, format!("the relay deferred it with {code} ({step:?})"))
        }
        // RFC 4954 §6: sign-in wanted, too weak or wrong. The operator's matter, wherever it shows.
        Some(code @ (530 | 534 | 535 | 538)) => {
            rejected(format!("the relay refused the sign-in with {code}")).with_retry(Retry::Backoff)
        }
        Some(code) if step == Step::Connect => {
            rejected(format!("the relay refused the connection with {code}")).with_retry(Retry::Backoff)
        }
        Some(code) => rejected(format!("the relay refused it with {code} ({step:?})")),
        None if error.is_client() => {
            rejected(format!("the relay cannot do what is needed ({step:?})")).with_retry(Retry::Backoff)
        }
        None => unreachable(step, "connection trouble"),
    };
    verdict.with_source(error)
}

/// The time limit of a step passed.
pub(super) fn timed_out(step: Step) -> PortError {
    unreachable(step, "the relay did not answer in time")
}

/// A refusal of our own, for good.
pub(super) fn rejected(context: &str) -> PortError {
    new(PortErrorKind::Rejected, context.into())
}

pub(super) fn new(kind: PortErrorKind, context: String) -> PortError {
    PortError::new(kind, "mail", "send", context)
}

fn unreachable(step: Step, context: &str) -> PortError {
    let error = new(PortErrorKind::Unreachable, format!("{context} ({step:?})"));
    if step == Step::Content { error.unknown_outcome() } else { error }
}
