//! Amounts and contact data: what stands in an answer is looked at value by value, and only those may read it
//! whom the product allows to.

use super::cast::Person;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What an answer may hold that not everybody may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// What a client pays.
    Price,
    /// What an interviewer earns.
    Pay,
    CandidateEmail,
    CandidatePhone,
    InterviewerEmail,
    InterviewerPhone,
    UserEmail,
    /// Of somebody at a client who signs in nowhere.
    ContactEmail,
    ContactPhone,
    /// The last characters of what an interviewer is paid to.
    AccountEnd,
    /// The whole of it.
    AccountNumber,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Pay => "pay",
            Self::CandidateEmail => "candidate's e-mail",
            Self::CandidatePhone => "candidate's phone",
            Self::InterviewerEmail => "interviewer's e-mail",
            Self::InterviewerPhone => "interviewer's phone",
            Self::UserEmail => "user's e-mail",
            Self::ContactEmail => "contact's e-mail",
            Self::ContactPhone => "contact's phone",
            Self::AccountEnd => "end of an account number",
            Self::AccountNumber => "account number",
        }
    }

    /// Whether somebody may read it (product: amounts for client owner and operator, pay for the one who earns it,
    /// nobody's contact data for interviewers and links).
    fn may_be_read_by(self, who: &str) -> bool {
        let operator = who.starts_with("platform");
        let client =
            who.starts_with("client ") || who.starts_with("recruiter") || who.starts_with("API key, all");
        let agency = who.starts_with("agency");
        let interviewer = ["interviewer", "invitation"].iter().any(|word| who.starts_with(word));
        match self {
            Self::Price => operator || matches!(who, "client owner" | "API key, all scopes" | "billing:read"),
            Self::Pay => operator || interviewer,
            // An agency: its own candidates; `read` sees to that.
            Self::CandidateEmail | Self::CandidatePhone => {
                operator || client || agency || who.starts_with("hiring:")
            }
            Self::InterviewerEmail | Self::InterviewerPhone => operator || who.starts_with("interviewer,"),
            Self::ContactEmail | Self::ContactPhone => {
                operator || matches!(who, "client owner" | "client admin")
            }
            Self::AccountEnd => operator || who == "interviewer, own",
            Self::AccountNumber => who == "platform admin",
            // Links of users are the user's own.
            Self::UserEmail => {
                let own = ["user_invitation", "password_reset", "email_verification"].contains(&who);
                operator || own || matches!(who, "client owner" | "client admin")
            }
        }
    }
}

/// What was read: (operation, kind) → by whom.
#[derive(Default)]
pub struct Seen {
    by: BTreeMap<(String, Kind), BTreeSet<&'static str>>,
    wrong: BTreeSet<String>,
}

impl Seen {
    /// Looks through an answer.
    pub fn read(&mut self, operation: &str, person: &Person, body: &str) {
        let Ok(body) = serde_json::from_str::<Value>(body) else { return };
        let mut found = Vec::new();
        look(&body, &mut Vec::new(), &mut found);
        for (path, kind, value) in found {
            // One's own address, and what one has just said, is no news.
            if person.things.get("email") == Some(&value) || SAID.contains(&value.as_str()) {
                continue;
            }
            let kind = match (kind, operation) {
                (Some(kind), _) => kind,
                (None, "list_charges") => Kind::Price,
                (None, "list_earnings") => Kind::Pay,
                (None, _) => {
                    self.wrong
                        .insert(format!("{operation}: {path} is an amount; of what? Say so in exposure.rs"));
                    continue;
                }
            };
            if !kind.may_be_read_by(person.name) {
                self.wrong.insert(format!("{operation} shows {path} ({}) to {}", kind.as_str(), person.name));
            }
            let others = kind == Kind::CandidateEmail && !value.starts_with("agency.");
            if person.name.starts_with("agency") && others {
                self.wrong
                    .insert(format!("{operation} shows {path} of somebody else's candidate to an agency"));
            }
            self.by.entry((operation.to_owned(), kind)).or_default().insert(person.name);
        }
    }
}

/// What the attempts themselves put into bodies.
const SAID: &[&str] =
    &["nina@users.example", "nila@mail.example", "nora@interviewers.example", "moved@users.example"];

/// Every amount and every contact in a value: path, kind where the path or the value says it, value.
fn look(value: &Value, path: &mut Vec<String>, found: &mut Vec<(String, Option<Kind>, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, below) in fields {
                path.push(name.clone());
                look(below, path, found);
                path.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| look(item, path, found)),
        Value::Number(number)
            if path.iter().any(|part| part.ends_with("_minor") || part.contains("deductions")) =>
        {
            let whole = path.join(".");
            let says = |words: &[&str]| words.iter().any(|word| whole.contains(word));
            let kind = match () {
                () if says(&["pay", "earn", "deduction", "late_minor"]) => Some(Kind::Pay),
                () if says(&["price", "charge", "late_fee"]) => Some(Kind::Price),
                () => None,
            };
            found.push((whole, kind, number.to_string()));
        }
        // Credits and free interviews a client was given.
        Value::Number(number) if path.last().is_some_and(|name| name == "amount" || name == "left") => {
            found.push((path.join("."), Some(Kind::Price), number.to_string()));
        }
        Value::String(text) => {
            let kind = match text.rsplit_once('@') {
                Some((_, "mail.example")) => Some(Kind::CandidateEmail),
                Some((_, "interviewers.example")) => Some(Kind::InterviewerEmail),
                Some((_, "contacts.example")) => Some(Kind::ContactEmail),
                // The operator's public address is everybody's.
                Some((_, domain)) if domain.ends_with(".example") && !text.contains(' ') => {
                    Some(Kind::UserEmail)
                }
                _ if text.starts_with("+9198765") => Some(Kind::CandidatePhone),
                _ if text.starts_with("+9187654") => Some(Kind::InterviewerPhone),
                _ if text.starts_with("+9197654") => Some(Kind::ContactPhone),
                _ if text.contains("501000") => Some(Kind::AccountNumber),
                _ if path.last().is_some_and(|name| name.ends_with("_last4")) => Some(Kind::AccountEnd),
                _ => None,
            };
            if kind.is_some() {
                found.push((path.join("."), kind, text.clone()));
            }
        }
        _ => {}
    }
}

impl Seen {
    /// What somebody reads who may not.
    pub fn wrong(&self) -> impl Iterator<Item = String> + '_ {
        self.wrong.iter().cloned()
    }

    /// The golden list.
    pub fn document(&self) -> String {
        let mut text = String::from(INTRODUCTION);
        for ((operation, kind), who) in &self.by {
            let who: Vec<_> = who.iter().copied().collect();
            writeln!(text, "| {operation} | {} | {} |", kind.as_str(), who.join("; ")).expect("a text");
        }
        text
    }
}

const INTRODUCTION: &str = "# Who reads amounts and contact data

Written by the test `permissions`, from every successful answer to everybody; one's own address is left out. Who
may is checked besides (`Kind::may_be_read_by`).

| operation | what | read by |
| --- | --- | --- |
";
