//! What [`Secrets`] promises.

use super::skipped;
use crate::ports::{PortErrorKind, Secrets};
use crate::testkit::FakeSecrets;
use std::collections::BTreeSet;

/// An adapter under test, and its relatives. Hashing should be cheap here: give it small parameters.
pub trait SecretsHarness: Send + Sync {
    /// The adapter.
    fn port(&self) -> &dyn Secrets;
    /// Another instance with the same key, as in another process.
    fn twin(&self) -> &dyn Secrets;
    /// One with another key.
    fn stranger(&self) -> &dyn Secrets;
    /// One that hashes with other parameters, if there are any; its hashes are "old".
    fn other_parameters(&self) -> Option<&dyn Secrets>;
}

/// Tests of a [`SecretsHarness`], one per clause.
#[macro_export]
macro_rules! secrets_contract {
    (attr = $attr:meta, harness = $harness:expr) => {
        $crate::contract_tests!($attr, $harness, secrets:
            a_hash_accepts_exactly_its_password,
            a_hash_does_not_hold_its_password,
            hashes_of_one_password_differ,
            hashes_with_other_parameters_are_accepted,
            a_text_that_is_no_hash_is_refused,
            a_mac_is_the_same_wherever_the_key_is,
            a_mac_depends_on_key_purpose_and_every_byte,
            purpose_and_data_do_not_run_together,
            random_bytes_never_repeat,
            what_was_sealed_is_opened_wherever_the_key_is,
            a_sealed_text_does_not_hold_the_plain_one,
            sealed_texts_of_one_plain_text_differ,
            a_sealed_text_opens_only_where_it_belongs,
            a_changed_sealed_text_is_refused,
            nothing_secret_is_printed,
        );
    };
}

const PASSWORDS: [&str; 6] =
    ["correct horse", "correct horse ", "Correct horse", "", "पासवर्ड🔑", "nul\0inside"];

async fn hash(port: &dyn Secrets, password: &str) -> String {
    port.hash_password(password).await.expect("hashed")
}

async fn verify(port: &dyn Secrets, password: &str, hash: &str) -> bool {
    port.verify_password(password, hash).await.expect("an answer")
}

/// To the last character, however long.
pub async fn a_hash_accepts_exactly_its_password(harness: &impl SecretsHarness) {
    let long = "x".repeat(1000);
    let passwords = || PASSWORDS.into_iter().chain([long.as_str(), &long[..999]]);
    for password in passwords() {
        let hash = hash(harness.port(), password).await;
        for other in passwords() {
            let accepted = verify(harness.port(), other, &hash).await;
            assert_eq!(accepted, other == password, "{other:?} against the hash of {password:?}");
        }
        assert!(verify(harness.twin(), password, &hash).await, "another process refuses the hash");
    }
}

/// A PHC string, storable as one line.
pub async fn a_hash_does_not_hold_its_password(harness: &impl SecretsHarness) {
    let hash = hash(harness.port(), "correct horse").await;
    assert!(
        hash.starts_with('$') && hash.len() <= 255 && hash.bytes().all(|b| b.is_ascii_graphic()),
        "{hash}"
    );
    assert!(!hash.contains("correct") && !hash.contains("horse"));
}

/// By their salt.
pub async fn hashes_of_one_password_differ(harness: &impl SecretsHarness) {
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        assert!(seen.insert(hash(harness.port(), "correct horse").await));
    }
}

/// The parameters are those in the hash, not those in force now.
pub async fn hashes_with_other_parameters_are_accepted(harness: &impl SecretsHarness) {
    let Some(other) = harness.other_parameters() else {
        return skipped("hashes_with_other_parameters_are_accepted", "this adapter has no parameters");
    };
    let hash = hash(other, "correct horse").await;
    assert!(verify(harness.port(), "correct horse", &hash).await, "an old hash is refused");
    assert!(!verify(harness.port(), "wrong horse", &hash).await);
}

/// Not an error: what lies in storage decides nothing but yes or no.
pub async fn a_text_that_is_no_hash_is_refused(harness: &impl SecretsHarness) {
    let good = hash(harness.port(), "correct horse").await;
    let cut = &good[..good.len() - 1];
    let no_hash = [
        "",
        "correct horse",
        "$",
        "$$$$",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$fake$",
        "!",
        cut,
        "$2b$12$KIXQ4Y1uFh0u3e5U5b5b5e5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5",
        "$argon2id$v=19$m=4294967295,t=4294967295,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
        "passwört",
    ];
    for text in no_hash {
        assert!(!verify(harness.port(), "correct horse", text).await, "{text:?} was taken for the hash");
    }
    assert!(!verify(harness.port(), "", "").await);
}

/// In every process, every time.
pub async fn a_mac_is_the_same_wherever_the_key_is(harness: &impl SecretsHarness) {
    for data in [&b""[..], b"data", &[0; 1000]] {
        let mac = harness.port().mac("purpose", data);
        assert_eq!(harness.port().mac("purpose", data), mac);
        assert_eq!(harness.twin().mac("purpose", data), mac);
    }
}

/// All of 3 keys-and-purposes × 5 data differ.
pub async fn a_mac_depends_on_key_purpose_and_every_byte(harness: &impl SecretsHarness) {
    let mut seen = BTreeSet::new();
    for (port, purpose) in [(harness.port(), "link"), (harness.port(), "room"), (harness.stranger(), "link")]
    {
        for data in [&b""[..], b"a", b"b", b"ab", b"a\0"] {
            assert!(
                seen.insert(port.mac(purpose, data)),
                "the mac of {purpose:?} and {data:?} is another's, too"
            );
        }
    }
}

/// `ab` + `c` is not `a` + `bc`.
pub async fn purpose_and_data_do_not_run_together(harness: &impl SecretsHarness) {
    let splits = [("", "a:b"), ("a", ":b"), ("a:", "b"), ("a:b", ""), ("a", "b"), ("a\0", "b"), ("a", "\0b")];
    let macs: BTreeSet<_> = splits.iter().map(|(p, d)| harness.port().mac(p, d.as_bytes())).collect();
    assert_eq!(macs.len(), splits.len());
}

/// Nor are they zeros.
pub async fn random_bytes_never_repeat(harness: &impl SecretsHarness) {
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let token = harness.port().random().0;
        // Both halves must be fresh, not only the whole.
        for half in token.chunks(16) {
            assert!(seen.insert(half.to_vec()), "random bytes repeat");
        }
    }
}

const PLAIN: [&str; 4] = ["50100012345678", "", "पासवर्ड🔑 and\na second line", "ABCPE1234F"];

/// To the last byte.
pub async fn what_was_sealed_is_opened_wherever_the_key_is(harness: &impl SecretsHarness) {
    let long = "x".repeat(5000);
    for plain in PLAIN.into_iter().chain([&*long]) {
        let sealed = harness.port().seal("bank", "intr_1", plain);
        for port in [harness.port(), harness.twin()] {
            assert_eq!(port.open("bank", "intr_1", &sealed).expect("opened"), plain);
        }
    }
}

/// And is one line that any column holds.
pub async fn a_sealed_text_does_not_hold_the_plain_one(harness: &impl SecretsHarness) {
    let plain = "50100012345678";
    let sealed = harness.port().seal("bank", "intr_1", plain);
    assert!(sealed.bytes().all(|b| b.is_ascii_graphic()), "{sealed}");
    let hex: String = plain.bytes().map(|b| format!("{b:02x}")).collect();
    for shown in [plain, &plain[..6], &hex, &hex[..12], "NTAxMDAw"] {
        assert!(!sealed.contains(shown), "{sealed} shows {shown}");
    }
}

/// Or who sees the rows would learn whose numbers are equal.
pub async fn sealed_texts_of_one_plain_text_differ(harness: &impl SecretsHarness) {
    let seal = || harness.port().seal("bank", "intr_1", "50100012345678");
    let sealed: BTreeSet<String> = (0..50).map(|_| seal()).collect();
    assert_eq!(sealed.len(), 50);
}

/// Another purpose, context or key opens nothing, nor do the two run together.
pub async fn a_sealed_text_opens_only_where_it_belongs(harness: &impl SecretsHarness) {
    let sealed = harness.port().seal("bank", "intr_1", "50100012345678");
    let others =
        [("bank", "intr_2"), ("pan", "intr_1"), ("ban", "kintr_1"), ("bankintr_1", ""), ("", "bankintr_1")];
    for (purpose, context) in others {
        let error = harness.port().open(purpose, context, &sealed).expect_err("it belongs elsewhere");
        assert_eq!(error.kind, PortErrorKind::Corrupt, "{purpose} {context}");
    }
    assert!(harness.stranger().open("bank", "intr_1", &sealed).is_err(), "another key opens it");
}

/// Every character counts; a text that was never sealed is refused, not a crash.
pub async fn a_changed_sealed_text_is_refused(harness: &impl SecretsHarness) {
    let sealed = harness.port().seal("bank", "intr_1", "50100012345678");
    for at in 0..sealed.len() {
        let other = if &sealed[at..=at] == "a" { "b" } else { "a" };
        let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
        assert!(harness.port().open("bank", "intr_1", &changed).is_err(), "{changed} was taken for {sealed}");
    }
    for text in ["", ".", "...", "50100012345678", "पास.वर्ड", &sealed[1..], &sealed[..sealed.len() - 1]]
    {
        let error = harness.port().open("bank", "intr_1", text).expect_err("it was never sealed");
        assert_eq!(error.kind, PortErrorKind::Corrupt, "{text}");
    }
}

/// `Debug` of a token shows none of its bytes.
pub async fn nothing_secret_is_printed(harness: &impl SecretsHarness) {
    let token = harness.port().random();
    assert_eq!(format!("{token:?}"), "Token(…)");
    // What an adapter prints may not depend on its key.
    assert_eq!(format!("{:?}", harness.port()), format!("{:?}", harness.stranger()));
}

/// [`FakeSecrets`] under test.
#[derive(Debug)]
pub struct FakeSecretsHarness([FakeSecrets; 3]);

impl Default for FakeSecretsHarness {
    fn default() -> Self {
        Self([1, 1, 2].map(FakeSecrets::new))
    }
}

impl SecretsHarness for FakeSecretsHarness {
    fn port(&self) -> &dyn Secrets {
        &self.0[0]
    }
    fn twin(&self) -> &dyn Secrets {
        &self.0[1]
    }
    fn stranger(&self) -> &dyn Secrets {
        &self.0[2]
    }
    fn other_parameters(&self) -> Option<&dyn Secrets> {
        None
    }
}

#[cfg(test)]
mod memory {
    crate::secrets_contract!(attr = tokio::test, harness = super::FakeSecretsHarness::default());
}
