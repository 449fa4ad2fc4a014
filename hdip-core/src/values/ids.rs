//! Typed ids: 128 bits from the [`Ids`](crate::ports::Ids) port, written as `prefix_` and 26 characters
//! of Crockford base32 in lower case. UUIDv7 bits make them sort by creation.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(mut bits: u128) -> [u8; 26] {
    let mut text = [b'0'; 26];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    text
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |bits, c| {
        let digit = ALPHABET.iter().position(|a| *a == c)?;
        Some(bits << 5 | digit as u128)
    })
}

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an id that begins with {expected}_")]
pub struct InvalidId {
    /// The prefix an id of this kind has.
    pub expected: &'static str,
}

/// What all typed ids share.
pub trait Id: Copy + Ord + fmt::Display + std::str::FromStr<Err = InvalidId> + Send + Sync + 'static {
    /// The word in front of the underscore.
    const PREFIX: &'static str;
    /// Wraps 128 bits, usually fresh ones from [`Ids::next`](crate::ports::Ids::next).
    fn from_bits(bits: u128) -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_bits(bits: u128) -> Self { Self(bits) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode(self.0);
                write!(f, "{}_{}", $prefix, std::str::from_utf8(&text).unwrap_or_default())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self)
                    .ok_or(InvalidId { expected: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*

    #[cfg(test)]
    const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    /// A person who signs in.
    UserId "user";
    /// One sign-in of a user: the family of its rotating refresh tokens.
    SignInId "sign";
    /// An API key of a client.
    ApiKeyId "key";
    /// A signed link for someone without an account.
    LinkId "link";
    /// A change of a user's e-mail address, asked for or carried out.
    EmailChangeId "echg";
    /// A user's acceptance of a version of the terms.
    TermsAcceptanceId "tacc";
    /// What a user told the operator about the product.
    ProductFeedbackId "pfbk";
    /// A company that hands over candidates; the tenant.
    ClientId "clnt";
    /// A person at a client whom the operator may write to or call.
    ClientContactId "ccon";
    /// A department of a client.
    DepartmentId "dept";
    /// A firm that hands over candidates for a client.
    AgencyId "agcy";
    /// A price agreement of a client.
    AgreementId "agmt";
    /// A table of interviewer pay.
    PayTableId "payt";
    /// An opening at a client.
    JobId "job";
    /// A round of a job.
    RoundId "rnd";
    /// A person interviewed for a client.
    CandidateId "cand";
    /// A candidate's application to a job.
    ApplicationId "appl";
    /// What became of handing a person over for a job.
    SubmissionAttemptId "satt";
    /// A freelance interviewer.
    InterviewerId "intr";
    /// A weekly rule, one-off window or black-out of an interviewer.
    AvailabilityId "avail";
    /// A start kept for a few minutes while somebody decides.
    HoldId "hold";
    /// An interview, from request to outcome.
    InterviewId "int";
    /// A call to one interviewer for one interview.
    InvitationId "invt";
    /// A charge of a client for an outcome.
    ChargeId "chg";
    /// An earning of an interviewer from an outcome.
    EarningId "earn";
    /// A version of a round's rubric.
    RubricId "rubr";
    /// A version of an interview's scorecard.
    ScorecardId "card";
    /// A candidate's rating of an interviewer.
    RatingId "rtng";
    /// A recorded consent of a candidate.
    ConsentId "cons";
    /// A version of the policy document.
    PolicyId "plcy";
    /// A recorded fact.
    EventId "evt";
    /// A background job.
    BackgroundJobId "bjob";
    /// A timer.
    TimerId "timr";
    /// An entry of the audit log.
    AuditId "audt";
    /// A stored file.
    FileId "file";
    /// A trouble of the deployment the operator is told of.
    AlertId "alrt";
    /// An import of candidates.
    ImportId "impt";
    /// A contest of an outcome or charge.
    ContestId "cnts";
    /// Free interviews or credits given to a client.
    GrantId "grnt";
    /// Somebody's word that an entry of the operations desk was dealt with.
    AcknowledgementId "ackn";
    /// Somebody's application to become an interviewer.
    InterviewerApplicationId "iapp";
    /// A step of an interviewer on the ladder.
    LadderStepId "step";
    /// An interviewer's way to a certification, under a mentor.
    ShadowingId "shdw";
    /// An interview that somebody observes, or leads as a learner.
    ShadowingSessionId "shse";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_id_survives_writing_and_reading() {
        for bits in [0, 1, 31, 32, u128::MAX, 0x0190_7f3e_0000_7000_8000_0123_4567_89ab] {
            let id = InterviewId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(
                serde_json::from_str::<InterviewId>(&serde_json::to_string(&id).unwrap()).unwrap(),
                id
            );
        }
    }

    #[test]
    fn ids_sort_as_text_as_they_sort_as_bits() {
        let (low, high) = (JobId::from_bits(7 << 100), JobId::from_bits(8 << 100));
        assert!(low < high && low.to_string() < high.to_string());
    }

    #[test]
    fn foreign_prefix_wrong_length_wrong_letter_and_overflow_are_refused() {
        let id = JobId::from_bits(5).to_string();
        for text in [
            "",
            "job_",
            "job",
            &id[1..],
            &id.to_uppercase(),
            &id.replace("job_", "rnd_"),
            &format!("{id}0"),
            &id.replace('5', "u"),
            "job_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "job_é0000000000000000000000000",
        ] {
            assert_eq!(text.parse::<JobId>(), Err(InvalidId { expected: "job" }), "{text}");
        }
    }

    #[test]
    fn prefixes_are_distinct() {
        assert_eq!(PREFIXES.iter().collect::<BTreeSet<_>>().len(), PREFIXES.len());
    }
}
