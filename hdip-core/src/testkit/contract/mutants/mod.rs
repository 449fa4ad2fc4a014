//! Broken adapters. Each breaks one promise and keeps the others, and the clause named beside it must
//! catch it (`bite.rs`). They are public so that suites of other crates can be held to the same.

mod calendar;
mod chat;
mod files;
mod mail;
mod queue;
mod secrets;
mod storage;
mod video;

pub use calendar::{CalendarFault, MutantCalendar};
pub use chat::{ChatFault, MutantChat};
pub use files::{FilesFault, MutantFiles};
pub use mail::{MailFault, MutantMail};
pub use queue::{MutantQueue, QueueFault};
pub use secrets::{MutantSecrets, MutantSecretsHarness, SecretsFault};
pub use storage::StorageFault;
pub use video::{MutantVideo, VideoFault};
