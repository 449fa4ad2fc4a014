//! Each port through its layers. Whether a call may be repeated follows from the port's contract.

use super::{Answer, Call, Layered, Repeat, lock};
use async_trait::async_trait;
use hdip_core::ports::{
    Announcement, ByteStream, Calendar, CalendarCapabilities, CalendarEvent, CalendarReceipt, FileMeta,
    Files, Mail, Meeting, MeetingRequest, Message, PortError, PortErrorKind, PutFile, Queue, Video,
};
use hdip_core::values::{BackgroundJobId, Duration, Email, FileId, Span};
use std::sync::Mutex;

/// A repeat after an unknown outcome would keep its Message-ID, but a person may get it twice: left to the job,
/// whose pauses are longer.
const SEND: Call = Call::new("mail", "send", Repeat::IfNotDone);
/// Idempotent per uid and sequence.
const PUT_ENTRY: Call = Call::new("calendar", "put", Repeat::Always);
const CANCEL_ENTRY: Call = Call::new("calendar", "cancel", Repeat::Always);
const BUSY: Call = Call::new("calendar", "busy", Repeat::Always);
/// Idempotent per interview.
const OPEN: Call = Call::new("video", "open", Repeat::Always);
/// The content is a stream, which is read once.
const PUT: Call = Call::new("files", "put", Repeat::Never);
const GET: Call = Call::new("files", "get", Repeat::Always);
const DELETE: Call = Call::new("files", "delete", Repeat::Always);
/// A second announcement is harmless.
const ANNOUNCE: Call = Call::new("queue", "announce", Repeat::Always);

#[async_trait]
impl<P: Mail + ?Sized> Mail for Layered<P> {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        self.through(SEND, || self.inner.send(message)).await
    }
}

#[async_trait]
impl<P: Calendar + ?Sized> Calendar for Layered<P> {
    fn capabilities(&self) -> CalendarCapabilities {
        self.inner.capabilities()
    }
    async fn put(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        self.through(PUT_ENTRY, || self.inner.put(event)).await
    }
    async fn cancel(&self, event: &CalendarEvent) -> Result<CalendarReceipt, PortError> {
        self.through(CANCEL_ENTRY, || self.inner.cancel(event)).await
    }
    async fn busy(&self, person: &Email, range: Span) -> Result<Vec<Span>, PortError> {
        self.through(BUSY, || self.inner.busy(person, range)).await
    }
}

#[async_trait]
impl<P: Video + ?Sized> Video for Layered<P> {
    async fn open(&self, request: &MeetingRequest) -> Result<Meeting, PortError> {
        self.through(OPEN, || self.inner.open(request)).await
    }
}

#[async_trait]
impl<P: Files + ?Sized> Files for Layered<P> {
    async fn put(&self, file: PutFile) -> Result<FileMeta, PortError> {
        let file = Mutex::new(Some(file));
        let ask = || -> Answer<'_, FileMeta> {
            match lock(&file).take() {
                Some(file) => self.inner.put(file),
                None => {
                    Box::pin(async { Err(PUT.error(PortErrorKind::Other, "the content was read already")) })
                }
            }
        };
        self.through(PUT, ask).await
    }
    /// What reading the content meets later, its reader sees; layers see that it could be opened.
    async fn get(&self, id: FileId) -> Result<(FileMeta, ByteStream), PortError> {
        self.through(GET, || self.inner.get(id)).await
    }
    async fn delete(&self, id: FileId) -> Result<(), PortError> {
        self.through(DELETE, || self.inner.delete(id)).await
    }
}

/// Announcements only: to wait is what `next` is for, and a `ping` must not be answered by a layer.
#[async_trait]
impl<P: Queue + ?Sized> Queue for Layered<P> {
    async fn announce(&self, jobs: &[BackgroundJobId]) -> Result<(), PortError> {
        self.through(ANNOUNCE, || self.inner.announce(jobs)).await
    }
    async fn next(&self, wait: Duration) -> Result<Vec<Announcement>, PortError> {
        self.inner.next(wait).await
    }
    async fn ping(&self) -> Result<(), PortError> {
        self.inner.ping().await
    }
}
