//! Ports: what HDIP needs from the world, as small object-safe traits.
//!
//! Each file's documentation is the contract in words; `testkit::contract` (feature `testkit`) has one
//! named test per clause, which every adapter runs. A default method here is right for every adapter;
//! what an adapter cannot do it answers with [`PortErrorKind::Unsupported`], never with a success that
//! did nothing.

mod calendar;
mod chat;
mod clock;
mod error;
mod files;
mod ids;
mod mail;
mod queue;
mod secrets;
pub mod storage;
mod video;

pub use calendar::{
    Calendar, CalendarCapabilities, CalendarEvent, CalendarObject, CalendarReceipt, Method, Party,
};
pub use chat::{Chat, ChatPost};
pub use clock::Clock;
pub use error::{Outcome, PortError, PortErrorKind, Retry};
pub use files::{ByteStream, FileMeta, Files, Picture, PutFile, one_piece};
pub use ids::{Ids, IdsExt};
pub use mail::{Mail, MailAttachment, Message};
pub use queue::{Announcement, Queue, Settled};
pub use secrets::{Secrets, Token};
pub use storage::Storage;
pub use video::{Meeting, MeetingRequest, Video};
