use super::lock;
use crate::ports::{Mail, Message, PortError, PortErrorKind};
use crate::values::Email;
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Keeps what was sent, in order, one entry per delivery, as a reader would see it. Can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryMail(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<Message>,
    unreachable: usize,
    lost_answers: usize,
    refused: BTreeSet<String>,
}

impl MemoryMail {
    /// An empty mailbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything delivered so far.
    pub fn sent(&self) -> Vec<Message> {
        lock(&self.0).sent.clone()
    }

    /// Everything delivered to one address so far.
    pub fn sent_to(&self, to: &Email) -> Vec<Message> {
        self.sent().into_iter().filter(|message| message.to.key() == to.key()).collect()
    }

    /// The next `n` sends answer `Unreachable`; nothing is delivered.
    pub fn fail_next(&self, n: usize) {
        lock(&self.0).unreachable = n;
    }

    /// The next `n` sends deliver, but answer with an unknown outcome, as when the connection breaks
    /// while the relay's last word is awaited.
    pub fn lose_next_answers(&self, n: usize) {
        lock(&self.0).lost_answers = n;
    }

    /// From now on this address is refused for good.
    pub fn refuse(&self, to: &Email) {
        lock(&self.0).refused.insert(to.key());
    }

    /// From now on this address is accepted again.
    pub fn accept_again(&self, to: &Email) {
        lock(&self.0).refused.remove(&to.key());
    }
}

#[async_trait]
impl Mail for MemoryMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let error = |kind, context| PortError::new(kind, "mail", "send", context);
        let mut state = lock(&self.0);
        if state.unreachable > 0 {
            state.unreachable -= 1;
            return Err(error(PortErrorKind::Unreachable, "told to fail"));
        }
        if state.refused.contains(&message.to.key()) {
            return Err(error(PortErrorKind::Rejected, "address refused"));
        }
        state.sent.push(Message {
            from_name: one_line(&message.from_name),
            to_name: one_line(&message.to_name),
            subject: one_line(&message.subject),
            ..message.clone()
        });
        if state.lost_answers > 0 {
            state.lost_answers -= 1;
            return Err(error(PortErrorKind::Unreachable, "told to lose the answer").unknown_outcome());
        }
        Ok(())
    }
}

/// What a header makes of a text: control characters, line breaks among them, become spaces.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(char::is_control, " ")
}
