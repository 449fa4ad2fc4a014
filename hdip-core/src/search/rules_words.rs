//! Words: how texts are folded and cut, and which texts a record is found by.

use crate::clients::Client;
use crate::hiring::{Application, Candidate, Job};
use crate::interviewers::Interviewer;
use crate::values::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of a token that count; more are cut off, in entries and questions alike.
const LONGEST: usize = 40;
/// Words of a question that count: the longest ones.
const MOST_WORDS: usize = 8;
/// Tokens of one record.
const MOST_TOKENS: usize = 100;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// By name, e-mail, phone, company and ATS reference.
    Candidate,
    /// By title and external id.
    Job,
    /// By name, e-mail, phone and company.
    Interviewer,
    /// By brand and legal name.
    Client,
}

impl SearchKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Candidate, Self::Job, Self::Interviewer, Self::Client];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Job => "job",
            Self::Interviewer => "interviewer",
            Self::Client => "client",
        }
    }
}

/// What something is found by, as far as one record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the record; there is one entry of each.
    pub source: String,
    /// Kind of what is found.
    pub kind: SearchKind,
    /// Id of what is found: an application leads to its candidate.
    pub id: String,
    /// Tenant; none for what is the operator's.
    pub client_id: Option<ClientId>,
    /// The agency that may find it besides the client.
    pub agency_id: Option<AgencyId>,
    /// Only for those who see this job, where they do not see all.
    pub job_id: Option<JobId>,
    /// Folded words, and whether a word is `inner`: not for agencies.
    pub tokens: BTreeMap<String, bool>,
}

impl Entry {
    fn new(source: impl ToString, kind: SearchKind, client_id: Option<ClientId>) -> Self {
        let source = source.to_string();
        let id = source.clone();
        Self { source, kind, id, client_id, agency_id: None, job_id: None, tokens: BTreeMap::new() }
    }

    /// The entry of a record that is removed.
    pub fn gone(mut self) -> Self {
        self.tokens.clear();
        self
    }

    fn add(mut self, inner: bool, tokens: impl IntoIterator<Item = String>) -> Self {
        for token in tokens {
            if self.tokens.len() >= MOST_TOKENS && !self.tokens.contains_key(&token) {
                break;
            }
            let known = self.tokens.entry(token).or_insert(inner);
            *known = *known && inner;
        }
        self
    }

    fn texts<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().fold(self, |entry, text| entry.add(false, cut(text)))
    }

    /// A reference as people copy it: its parts, and all of it at once.
    fn inner_reference(self, text: Option<&str>) -> Self {
        let Some(text) = text else { return self };
        let parts = cut(text);
        let whole: String = parts.concat().chars().take(LONGEST).collect();
        self.add(true, parts.into_iter().chain(Some(whole).filter(|whole| !whole.is_empty())))
    }

    /// A number is found with its country code and without: codes have one to three digits.
    fn phone(self, phone: Option<&Phone>) -> Self {
        let Some(phone) = phone else { return self };
        let digits = phone.as_str().trim_start_matches('+');
        self.add(false, (0..=3).filter_map(|from| digits.get(from..)).map(str::to_owned))
    }
}

/// The entry of a candidate.
pub(crate) fn of_candidate(candidate: &Candidate) -> Entry {
    let mut entry = Entry::new(candidate.id, SearchKind::Candidate, Some(candidate.client_id));
    entry.agency_id = candidate.agency_id;
    entry
        .texts([candidate.name.as_str(), candidate.email.as_str()])
        .texts(candidate.current_company.as_deref())
        .phone(candidate.phone.as_ref())
}

/// The entry of an application: its candidate is found by its reference.
pub(crate) fn of_application(application: &Application) -> Entry {
    let mut entry = Entry::new(application.id, SearchKind::Candidate, Some(application.client_id));
    entry.id = application.candidate_id.to_string();
    entry.agency_id = application.agency_id;
    entry.job_id = Some(application.job_id);
    entry.inner_reference(application.ats_reference.as_deref())
}

/// The entry of a job.
pub(crate) fn of_job(job: &Job) -> Entry {
    let mut entry = Entry::new(job.id, SearchKind::Job, Some(job.client_id));
    entry.job_id = Some(job.id);
    entry.texts([job.title.as_str()]).inner_reference(job.external_id.as_deref())
}

/// The entry of an interviewer.
pub(crate) fn of_interviewer(interviewer: &Interviewer) -> Entry {
    Entry::new(interviewer.id, SearchKind::Interviewer, None)
        .texts([interviewer.name.as_str(), interviewer.email.as_str()])
        .texts(interviewer.current_company.as_deref())
        .phone(interviewer.phone.as_ref())
}

/// The entry of a client.
pub(crate) fn of_client(client: &Client) -> Entry {
    Entry::new(client.id, SearchKind::Client, None).texts([client.brand.as_str(), client.legal_name.as_str()])
}

/// A text without case and accents: compatibility forms and accents of Latin, Greek and Cyrillic letters are taken
/// apart and dropped; signs that make a word in other scripts stay.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_accent(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            letter if is_accent(letter) => {}
            letter => folded.push(letter),
        }
    }
    folded
}

fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// The folded words of a text.
fn cut(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter));
    words.filter(|word| !word.is_empty()).map(|word| word.chars().take(LONGEST).collect()).collect()
}

/// What a question asks for: beginnings of words, the longest first. A question of digits only is one number,
/// however it is grouped, with or without a leading `+` or zeros.
pub fn words(question: &str) -> Vec<String> {
    let grouping =
        |letter: char| letter.is_whitespace() || matches!(letter, '+' | '-' | '.' | '(' | ')' | '/');
    let bare: String = question.chars().filter(|letter| !grouping(*letter)).collect();
    if bare.len() >= 6 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: String = bare.trim_start_matches('0').chars().take(LONGEST).collect();
        return Some(number).filter(|number| !number.is_empty()).into_iter().collect();
    }
    let mut words = cut(question);
    words.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.clone()));
    words.dedup();
    words.truncate(MOST_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_count() {
        for (text, folded) in [
            ("Åsa BJÖRK", "asa bjork"),
            ("Łódź Straße", "lodz strasse"),
            ("İstanbul ISPARTA ısı", "istanbul isparta isi"),
            ("Ｆｕｌｌ ﬁrst", "full first"),
            ("Ελλάς ΕΛΛΑΣ", "ελλασ ελλασ"),
            ("Йод", "иод"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_eq!(fold("é"), fold("e\u{301}"));
    }

    #[test]
    fn words_of_other_scripts_stay_whole() {
        assert_eq!(cut("राजेश्वरी शर्मा"), ["राजेश्वरी", "शर्मा"].map(|word| word.nfkd().collect::<String>()));
        assert_ne!(fold("राम"), fold("रम"), "a vowel sign is no accent");
        assert_eq!(cut("山田 太郎"), ["山田", "太郎"]);
    }

    #[test]
    fn questions_are_words_or_one_number() {
        assert_eq!(words("rao  Asha, RAO"), ["asha", "rao"]);
        assert_eq!(words("asha.rao@mail.example"), ["example", "asha", "mail", "rao"]);
        for number in ["+91 98765-43210", "919876543210", "00919876543210"] {
            assert_eq!(words(number), ["919876543210"], "{number}");
        }
        assert_eq!(words("098765 43210"), ["9876543210"]);
        assert_eq!(words("2024"), ["2024"], "a few digits are a word");
        assert!(words(" -- , ").is_empty());
        assert_eq!(words(&"x".repeat(100)), ["x".repeat(40)]);
        assert_eq!(words("a b c d e f g h i j").len(), 8);
    }

    #[test]
    fn a_word_that_is_public_elsewhere_is_not_inner() {
        let entry =
            Entry::new("job", SearchKind::Job, None).texts(["Backend 42"]).inner_reference(Some("REQ-42"));
        let inner: Vec<_> = entry.tokens.iter().map(|(token, inner)| (token.as_str(), *inner)).collect();
        assert_eq!(inner, [("42", false), ("backend", false), ("req", true), ("req42", true)]);
    }
}
