//! What a password must be like.

use crate::values::{Email, Fields};

/// The shortest password, in characters.
const SHORTEST: usize = 10;
/// The longest. Hashing longer ones would only cost time.
const LONGEST: usize = 128;

/// Passwords of ten and more characters from the top of lists of leaked ones, in lower case. Shorter ones
/// are refused by length.
const COMMON: &[&str] = &[
    "0123456789",
    "0987654321",
    "1111111111",
    "1234567890",
    "12345678910",
    "123456789a",
    "123456789q",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abcdefghij",
    "abcdefghijk",
    "administrator",
    "asdfghjkl1",
    "asdfghjkl;",
    "changeme123",
    "football123",
    "helloworld",
    "iloveyou123",
    "letmein123",
    "password01",
    "password1!",
    "password12",
    "password123",
    "password1234",
    "password2025",
    "password2026",
    "passw0rd123",
    "princess123",
    "q1w2e3r4t5",
    "qwerty1234",
    "qwerty12345",
    "qwertyuiop",
    "qwertyuiop1",
    "superman123",
    "unbelievable",
    "welcome123",
    "welcome1234",
    "zxcvbnm123",
];

/// Checks a new password against the rules (NIST SP 800-63B §3.1.1.2: length and a block list, no
/// composition rules).
pub(crate) fn check(fields: &mut Fields, field: &str, password: &str, email: &Email) {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    if length < SHORTEST {
        fields.wrong(field, "too_short", format!("must have at least {SHORTEST} characters"));
    } else if length > LONGEST {
        fields.wrong(field, "too_long", format!("must have at most {LONGEST} characters"));
    } else if lower == email.key() {
        fields.wrong(field, "password_is_email", "must not be the e-mail address");
    } else if COMMON.contains(&&*lower) || one_character(&lower) {
        fields.wrong(field, "password_common", "is one of the first that anybody would try");
    }
}

fn one_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(password: &str) -> Option<String> {
        let mut fields = Fields::new();
        check(&mut fields, "password", password, &"asha@acme.example".parse().unwrap());
        fields.into_errors().pop().map(|error| error.code)
    }

    #[test]
    fn short_long_common_and_guessable_passwords_are_refused() {
        assert_eq!(complaint("correct horse"), None);
        assert_eq!(complaint("दस अक्षर का शब्द"), None);
        assert_eq!(complaint("123456789").as_deref(), Some("too_short"));
        assert_eq!(complaint(&"ab".repeat(65)).as_deref(), Some("too_long"));
        assert_eq!(complaint("Password123").as_deref(), Some("password_common"));
        assert_eq!(complaint("zzzzzzzzzzzz").as_deref(), Some("password_common"));
        assert_eq!(complaint("Asha@acme.example").as_deref(), Some("password_is_email"));
    }

    #[test]
    fn the_list_holds_nothing_that_its_length_refuses() {
        for common in COMMON {
            assert!(common.len() >= SHORTEST && common.to_lowercase() == *common, "{common}");
        }
    }
}
