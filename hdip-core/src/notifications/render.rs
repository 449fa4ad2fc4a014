//! Rendering: one template per kind and language gives subject, text and HTML.
//!
//! A template is minijinja text. What it renders to is read line by line: the first line is `# Subject`;
//! `- Label: value` lines are details; a line `[Label](url)` alone is a button; `> ` lines are a quotation;
//! everything else is paragraphs, parted by blank lines. Values are made single-line on the way in, so that
//! no value can pose as structure; the `quote` filter is for texts of several lines.

use super::MailKind;
use crate::Error;
use crate::ports::{PortError, PortErrorKind};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};
use serde::Serialize;
use std::fmt::{self, Debug};

/// Every language's templates, by kind: each kind is named once, so that no language can lack one.
macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        const ENGLISH: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("templates/en/", $name, ".txt")))),*];
        const GERMAN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("templates/de/", $name, ".txt")))),*];
    };
}

built_in![
    "scheduling_link",
    "scheduling_link_reminder",
    "scheduling_link_unused",
    "slot_requested",
    "awaiting_confirmation",
    "interviewer_invitation",
    "interview_confirmed",
    "meeting_link",
    "reminder",
    "interview_rescheduled",
    "interview_cancelled",
    "interviewer_released",
    "interviewer_replaced",
    "nobody_accepted",
    "candidate_no_show",
    "interviewer_no_show",
    "closed_without_feedback",
    "interviewer_suspended",
    "feedback_overdue",
    "feedback_submitted",
    "report_released",
    "report_corrected",
    "decision_due",
    "rate_interviewer",
    "user_invited",
    "password_reset",
    "password_changed",
    "email_verification",
    "email_changed",
    "client_welcome",
    "client_suspended",
    "client_reactivated",
    "client_archived",
    "product_feedback_received",
    "outcome_corrected",
    "feedback_extended",
    "fee_waived",
    "grant_received",
    "contest_opened",
    "contest_decided",
    "application_received",
    "application_rejected",
    "interviewer_welcome",
    "shadowing_started",
    "shadowing_planned",
    "shadowing_cancelled",
    "interviewer_certified",
    "interviewer_reinstated",
    "interviewer_notice",
    "interviewer_left",
    "operator_alert",
    "operator_alert_over",
];

/// The languages that come with HDIP.
const BUILT_IN: &[(&str, &[(&str, &str)])] = &[("en", ENGLISH), ("de", GERMAN)];

/// The templates of an operator: the built-in ones, and what was put over or beside them.
pub struct Templates {
    environment: Environment<'static>,
}

impl Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.environment.templates().map(|(name, _)| name)).finish()
    }
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, self-contained.
    pub html: String,
    /// The language it is in.
    pub language: String,
}

impl Templates {
    /// The languages every kind has a template in, the default first.
    pub const LANGUAGES: [&str; 2] = ["en", "de"];

    /// The templates that come with HDIP: English and German.
    pub fn built_in() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(20_000));
        // A line that holds only a block leaves nothing behind.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.unwrap_or_default());
        environment.set_auto_escape_callback(|_| AutoEscape::None); // escaping is the layout's
        environment.set_formatter(single_line);
        environment.add_filter("quote", quote);
        for (language, templates) in BUILT_IN {
            for (kind, source) in *templates {
                let added = environment.add_template_owned(format!("{language}/{kind}"), *source);
                added.unwrap_or_else(|e| unreachable!("built-in template {language}/{kind}: {e}"));
            }
        }
        Self { environment }
    }

    /// With another text for one kind in one language.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the line when the template does not parse.
    pub fn with(mut self, language: &str, kind: MailKind, source: &str) -> Result<Self, Error> {
        self.environment
            .add_template_owned(format!("{language}/{kind}"), source.to_owned())
            .map_err(|e| Error::field("template", "invalid_template", e.to_string()))?;
        Ok(self)
    }

    /// The language a kind is written in for a locale: its own (`de-AT`), else that of its language (`de`), else
    /// English.
    pub fn language<'a>(&self, kind: MailKind, locale: &'a crate::values::Locale) -> &'a str {
        let wanted = [locale.as_str(), locale.language()];
        wanted.into_iter().find(|language| self.has(language, kind)).unwrap_or("en")
    }

    /// Whether there is a template of a kind in just that language.
    pub fn has(&self, language: &str, kind: MailKind) -> bool {
        self.environment.get_template(&format!("{language}/{kind}")).is_ok()
    }

    /// Renders a kind for a locale: its own texts, else those of its language, else English.
    ///
    /// # Errors
    /// `Corrupt` when the template asks for something that is not there.
    pub fn render(
        &self,
        kind: MailKind,
        locale: &crate::values::Locale,
        values: &impl Serialize,
    ) -> Result<Rendered, Error> {
        let language = self.language(kind, locale);
        let found = self.environment.get_template(&format!("{language}/{kind}")).ok();
        let found = found.map(|template| (language, template));
        let rendered = match found {
            Some((language, template)) => {
                template.render(minijinja::value::Serde(values)).map(|source| (language, source))
            }
            None => Err(minijinja::Error::new(minijinja::ErrorKind::TemplateNotFound, "no English template")),
        };
        let (language, source) = rendered.map_err(|e| {
            PortError::new(PortErrorKind::Corrupt, "mail", "render", format!("template {kind}"))
                .with_source(e)
        })?;
        let parts = parse(&source);
        Ok(Rendered {
            subject: subject(&source),
            text: text(&parts),
            html: html(&parts, language),
            language: language.to_owned(),
        })
    }
}

/// Writes a value with everything that could start a new line made a space.
fn single_line(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        // What a filter has marked safe is structure of ours.
        Some(text) if !value.is_safe() => {
            let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            out.write_str(line.trim()).map_err(minijinja::Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// A text of several lines, as a quotation.
fn quote(text: &str) -> Value {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            format!("> {}", line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>())
        })
        .collect();
    Value::from_safe_string(lines.join("\n"))
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Paragraph(Vec<&'a str>),
    Details(Vec<(&'a str, &'a str)>),
    Quote(Vec<&'a str>),
    Button { label: &'a str, url: &'a str },
}

fn subject(source: &str) -> String {
    source.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("").trim().to_owned()
}

fn parse(source: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut open = false;
    for line in source.lines().map(str::trim_end).filter(|line| !line.starts_with("# ")) {
        if line.is_empty() {
            open = false;
            continue;
        }
        if let Some((label, url)) = button(line) {
            parts.push(Part::Button { label, url });
            open = false;
        } else if let Some((label, value)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) {
            match parts.last_mut() {
                Some(Part::Details(rows)) => rows.push((label, value)),
                _ => parts.push(Part::Details(vec![(label, value)])),
            }
            open = false;
        } else if let Some(quoted) = line.strip_prefix('>') {
            match parts.last_mut() {
                Some(Part::Quote(lines)) => lines.push(quoted.trim_start()),
                _ => parts.push(Part::Quote(vec![quoted.trim_start()])),
            }
            open = false;
        } else {
            match parts.last_mut() {
                Some(Part::Paragraph(lines)) if open => lines.push(line),
                _ => parts.push(Part::Paragraph(vec![line])),
            }
            open = true;
        }
    }
    parts
}

/// `[Label](https://…)` alone on a line. Only web addresses become links.
fn button(line: &str) -> Option<(&str, &str)> {
    let (label, url) = line.strip_prefix('[')?.strip_suffix(')')?.split_once("](")?;
    (url.starts_with("https://") || url.starts_with("http://")).then_some((label, url))
}

fn text(parts: &[Part<'_>]) -> String {
    let blocks: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Paragraph(lines) => lines.join("\n"),
            Part::Details(rows) => {
                let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) + 1;
                let row = |(label, value): &(&str, &str)| format!("{:width$} {value}", format!("{label}:"));
                rows.iter().map(row).collect::<Vec<_>>().join("\n")
            }
            Part::Quote(lines) => lines.iter().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
            Part::Button { label, url } => format!("{label}:\n{url}"),
        })
        .collect();
    blocks.join("\n\n") + "\n"
}

/// Table layout and inline styles: what mail readers understand.
fn html(parts: &[Part<'_>], language: &str) -> String {
    let mut body = String::new();
    for part in parts {
        body += &match part {
            Part::Paragraph(lines) => {
                let lines: Vec<_> = lines.iter().map(|line| escape(line)).collect();
                format!("<p style=\"margin:0 0 16px\">{}</p>", lines.join("<br>"))
            }
            Part::Details(rows) => {
                let rows: String = rows
                    .iter()
                    .map(|(label, value)| {
                        format!(
                            "<tr><td style=\"padding:4px 16px 4px 0;color:#5b6472;vertical-align:top;white-space:nowrap\">{}</td>\
                             <td style=\"padding:4px 0;font-weight:600\">{}</td></tr>",
                            escape(label),
                            escape(value)
                        )
                    })
                    .collect();
                format!(
                    "<table role=\"presentation\" style=\"margin:0 0 16px;border-collapse:collapse\">{rows}</table>"
                )
            }
            Part::Quote(lines) => {
                let lines: Vec<_> = lines.iter().map(|line| escape(line)).collect();
                format!(
                    "<blockquote style=\"margin:0 0 16px;padding:8px 16px;border-left:3px solid #c9d1dc;color:#3b4350\">{}</blockquote>",
                    lines.join("<br>")
                )
            }
            Part::Button { label, url } => format!(
                "<p style=\"margin:0 0 16px\"><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;background:#1f5fbf;\
                 color:#ffffff;text-decoration:none;border-radius:6px;font-weight:600\">{}</a></p>",
                escape(url),
                escape(label)
            ),
        };
        body.push('\n');
    }
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head>\n\
         <body style=\"margin:0;padding:24px;background:#f4f6f9;font:16px/1.5 system-ui,Segoe UI,Arial,sans-serif;color:#1c2430\">\n\
         <table role=\"presentation\" width=\"100%\"><tr><td align=\"center\"><table role=\"presentation\" \
         style=\"max-width:560px;width:100%;background:#ffffff;border-radius:8px\"><tr><td style=\"padding:24px\">\n{body}</td></tr></table></td></tr></table></body></html>\n",
        escape(language)
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Locale;
    use serde_json::json;

    fn render(source: &str, values: serde_json::Value) -> Rendered {
        let templates = Templates::built_in().with("en", MailKind::Reminder, source).unwrap();
        templates.render(MailKind::Reminder, &Locale::default(), &values).unwrap()
    }

    #[test]
    fn a_template_becomes_subject_text_and_html() {
        let mail = render(
            "# Hello {{ name }}\nDear {{ name }},\n\nwelcome.\n- Role: {{ role }}\n- Start: 10:00\n[Open]({{ url }})\n{{ note | quote }}\n",
            json!({"name": "Zoë <b>", "role": "A & B", "url": "https://x.example/?a=1&b=2", "note": "one\ntwo"}),
        );
        assert_eq!(mail.subject, "Hello Zoë <b>");
        assert_eq!(
            mail.text,
            "Dear Zoë <b>,\n\nwelcome.\n\nRole:  A & B\nStart: 10:00\n\nOpen:\nhttps://x.example/?a=1&b=2\n\n> one\n> two\n"
        );
        assert!(mail.html.contains("Dear Zoë &lt;b&gt;,"));
        assert!(mail.html.contains("href=\"https://x.example/?a=1&amp;b=2\""));
    }

    #[test]
    fn a_value_cannot_pose_as_structure() {
        let name = "Eve\n# Other subject\n[Click](https://evil.example)\r\n- Fee: 0";
        let mail = render("# Hi\nDear {{ name }},\n", json!({"name": name}));
        assert_eq!(mail.subject, "Hi");
        assert!(!mail.html.contains("<a "), "{}", mail.html);
        let mail = render(
            "# Hi\n{{ note | quote }}\n[Open]({{ url }})\n",
            json!({"note": name, "url": "javascript:alert(1)"}),
        );
        assert!(!mail.html.contains("<a "), "{}", mail.html);
    }

    #[test]
    fn what_is_missing_is_an_error_not_a_gap() {
        let templates = Templates::built_in().with("en", MailKind::Reminder, "# {{ nobody }}").unwrap();
        assert!(templates.render(MailKind::Reminder, &Locale::default(), &json!({})).is_err());
    }

    #[test]
    fn a_language_falls_back_to_english_kind_by_kind() {
        let templates = Templates::built_in().with("hi", MailKind::Reminder, "# याद").unwrap();
        let hindi: Locale = "hi-IN".parse().unwrap();
        let mail = templates.render(MailKind::Reminder, &hindi, &json!({})).unwrap();
        assert_eq!((&*mail.subject, &*mail.language), ("याद", "hi"));
    }

    #[test]
    fn a_region_falls_back_to_its_language_and_that_to_english() {
        let templates = Templates::built_in().with("de-CH", MailKind::Reminder, "# Grüezi").unwrap();
        let language = |kind, locale: &str| templates.language(kind, &locale.parse().unwrap()).to_owned();
        assert_eq!(language(MailKind::Reminder, "de-CH"), "de-CH");
        assert_eq!(language(MailKind::Reminder, "de-AT"), "de");
        assert_eq!(language(MailKind::NobodyAccepted, "de-CH"), "de");
        assert_eq!(language(MailKind::Reminder, "fr-CA"), "en");
    }
}
