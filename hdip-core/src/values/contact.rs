//! E-mail addresses and phone numbers.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An e-mail address (RFC 5321 syntax, RFC 6531 characters allowed), at most 254 bytes, no display name.
/// The domain is kept in lower case; [`Email::key`] compares without case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form two addresses are compared in: all lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl std::str::FromStr for Email {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        if text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("must be an e-mail address".into());
        }
        let address = email_address::EmailAddress::parse_with_options(text, options)
            .map_err(|e| format!("must be an e-mail address ({e})"))?;
        Ok(Self(format!("{}@{}", address.local_part(), address.domain().to_lowercase())))
    }
}

/// A phone number in E.164 form: `+`, then 8 to 15 digits, the first not 0. Spaces, dashes, dots and
/// brackets are dropped when parsing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Phone {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        let digits = bare.strip_prefix('+').unwrap_or_default();
        let ok = (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if ok {
            Ok(Self(bare))
        } else {
            Err("must be a phone number in E.164 form, for example +919876543210".into())
        }
    }
}

macro_rules! text_value {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        // Personal data: kept out of logs that print a struct.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}
text_value!(Email);
text_value!(Phone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let email: Email = "Asha.Rao+x@Corp.Example".parse().unwrap();
        assert_eq!((email.as_str(), &*email.key()), ("Asha.Rao+x@corp.example", "asha.rao+x@corp.example"));
        assert!("münchen@bücher.example".parse::<Email>().is_ok());
        for bad in [
            "",
            "a",
            "a@",
            "@b.c",
            "a b@c.de",
            "a@b",
            "Asha <a@b.co>",
            "a@b.co\r\nBcc: x@y.zz",
            "a@[127.0.0.1]",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!("+91 (98765) 432-10".parse::<Phone>().unwrap().as_str(), "+919876543210");
        for bad in ["", "9876543210", "+0123456789", "+1234567", "+1234567890123456", "+12345abc9"] {
            assert!(bad.parse::<Phone>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn personal_data_does_not_reach_debug_output() {
        let email: Email = "asha@corp.example".parse().unwrap();
        assert!(!format!("{email:?}").contains("asha"));
    }
}
