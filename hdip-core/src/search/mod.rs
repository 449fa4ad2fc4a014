//! Search: people, jobs and companies by the beginnings of words, whatever their case and accents.
//!
//! What a record is found by is said in one place (`rules_words`), and every commit that writes the record carries it
//! ([`Changes::entries`](crate::ports::storage::Changes::entries)): search never lags, and what is removed or blanked
//! is not found any more. Scopes are applied by storage, as in lists. Several words must all be found, also in
//! different fields of one thing.
//!
//! Who finds what: the client's people candidates and jobs of theirs (limited to assigned jobs where they are), an
//! agency its own candidates and its jobs by title, the operator everything. References and job numbers of the client
//! are `inner`: no agency finds anything by them.

mod rules_words;
mod use_cases;

pub use rules_words::{Entry, SearchKind, fold, words};
pub(crate) use rules_words::{of_application, of_candidate, of_client, of_interviewer, of_job};
pub use use_cases::{Find, Found};
