//! Collects what is wrong with an input, field by field, so that a person hears everything at once.

use super::{Email, Locale, Phone, Timestamp, Zone};
use serde::{Deserialize, Serialize};

/// One broken rule of one input field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field as the caller sent it, for example `skills[2]` or `start`.
    pub field: String,
    /// Stable word for the rule, for example `required`, `too_long`, `unknown_zone`.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
}

/// Gathers [`FieldError`]s while an input is parsed; [`Fields::done`] ends it.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
    prefix: String,
}

impl Fields {
    /// Starts with no complaint.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `prefix` (for example `rows[3].`) in front of the fields named from here on.
    pub fn within(&mut self, prefix: impl Into<String>) -> &mut Self {
        self.prefix = prefix.into();
        self
    }

    /// Adds a complaint.
    pub fn wrong(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: format!("{}{field}", self.prefix),
            code: code.into(),
            message: message.into(),
        });
    }

    /// Adds a complaint unless `ok`.
    pub fn ensure(&mut self, ok: bool, field: &str, code: &str, message: impl Into<String>) {
        if !ok {
            self.wrong(field, code, message);
        }
    }

    /// Text of `min..=max` characters after trimming, without control characters other than line
    /// breaks and tabs.
    pub fn text(&mut self, field: &str, value: &str, min: usize, max: usize) -> String {
        let value = value.trim();
        let length = value.chars().count();
        if length < min {
            let (code, message) = if min == 1 {
                ("required", "must not be empty".to_owned())
            } else {
                ("too_short", format!("must have at least {min} characters"))
            };
            self.wrong(field, code, message);
        } else if length > max {
            self.wrong(field, "too_long", format!("must have at most {max} characters, not {length}"));
        } else if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(field, "control_character", "must not hold control characters");
        }
        value.to_owned()
    }

    /// A single line of text: as [`Fields::text`], without line breaks. Names and titles end up in mail
    /// headers, where a line break would start a header of the sender's choice.
    pub fn line(&mut self, field: &str, value: &str, min: usize, max: usize) -> String {
        if value.trim().contains(['\n', '\r', '\t']) {
            self.wrong(field, "line_break", "must be a single line");
        }
        self.text(field, value, min, max)
    }

    /// A single line that may be left out: absent and blank are the same.
    pub fn optional_line(&mut self, field: &str, value: Option<&str>, max: usize) -> Option<String> {
        Some(self.line(field, value?, 0, max)).filter(|value| !value.is_empty())
    }

    /// A number within `min..=max`.
    pub fn range<T: PartialOrd + std::fmt::Display>(&mut self, field: &str, value: T, min: T, max: T) -> T {
        if value < min || value > max {
            self.wrong(field, "out_of_range", format!("must be between {min} and {max}"));
        }
        value
    }

    /// Parses with `T::from_str`; the error's text becomes the message.
    pub fn parse<T>(&mut self, field: &str, code: &str, value: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        value.trim().parse().map_err(|e: T::Err| self.wrong(field, code, e.to_string())).ok()
    }

    /// An e-mail address.
    pub fn email(&mut self, field: &str, value: &str) -> Option<Email> {
        self.parse(field, "invalid_email", value)
    }

    /// A phone number in E.164 form.
    pub fn phone(&mut self, field: &str, value: &str) -> Option<Phone> {
        self.parse(field, "invalid_phone", value)
    }

    /// An IANA time zone.
    pub fn zone(&mut self, field: &str, value: &str) -> Option<Zone> {
        self.parse(field, "unknown_zone", value)
    }

    /// A BCP 47 locale.
    pub fn locale(&mut self, field: &str, value: &str) -> Option<Locale> {
        self.parse(field, "invalid_locale", value)
    }

    /// An RFC 3339 time with an offset.
    pub fn time(&mut self, field: &str, value: &str) -> Option<Timestamp> {
        match chrono::DateTime::parse_from_rfc3339(value.trim()) {
            Ok(time) => Some(time.to_utc()),
            Err(_) => {
                self.wrong(
                    field,
                    "invalid_time",
                    "must be an RFC 3339 time, for example 2026-01-05T04:30:00Z",
                );
                None
            }
        }
    }

    /// True while nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// Ends the gathering.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every complaint, when there is one.
    pub fn done(self) -> Result<(), crate::Error> {
        if self.errors.is_empty() { Ok(()) } else { Err(crate::Error::Invalid(self.errors)) }
    }

    /// Like [`Fields::done`], handing out `value` when nothing is wrong.
    ///
    /// # Errors
    /// As [`Fields::done`]; also when `value` is `None` though nothing was said (a parser's bug).
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, crate::Error> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => {
                if self.errors.is_empty() {
                    self.wrong("", "invalid", "is not valid");
                }
                Err(crate::Error::Invalid(self.errors))
            }
        }
    }

    /// The complaints so far.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }
}
