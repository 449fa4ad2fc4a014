//! Values: the small types everything else is written in.
//!
//! A value can only exist in a valid form: parsing is the one way in, and the error names the rule
//! that was broken. All instants are UTC; a time zone is applied at the edges (availability rules,
//! mails, pages) and nowhere else. Spans are half-open. Money is integer minor units.

mod contact;
mod documents;
mod fields;
mod ids;
pub mod india;
mod money;
mod rules_image;
mod span;
mod zone;

pub use contact::{Email, Phone};
pub use documents::{DocumentType, MAX_DOCUMENT_BYTES, check_document};
pub use fields::{FieldError, Fields};
pub use ids::*;
pub use money::{Currency, Money};
pub use rules_image::ImageType;
pub use span::{Span, spans};
pub use zone::{Locale, Zone};

/// An instant in UTC. Stored with microsecond precision; anything finer is lost on the way.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
/// A length of time.
pub type Duration = chrono::TimeDelta;

/// `n` minutes as a [`Duration`].
pub const fn minutes(n: i64) -> Duration {
    Duration::minutes(n)
}

/// `n` hours as a [`Duration`].
pub const fn hours(n: i64) -> Duration {
    Duration::hours(n)
}

/// `n` days of 24 hours as a [`Duration`].
pub const fn days(n: i64) -> Duration {
    Duration::days(n)
}
