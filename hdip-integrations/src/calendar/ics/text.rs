//! Content lines: escaping (RFC 5545 §3.3.11, §3.2) and folding (§3.1).

/// Octets of a physical line without its end.
const WIDTH: usize = 75;

/// Content lines, folded as they are added.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds a content line, folding it between characters.
    pub(super) fn add(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > WIDTH {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A TEXT value: line breaks of any kind become `\n`, other control characters except tabs are dropped,
/// since RFC 5545 has no way to write them.
pub(super) fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            '\n' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\t' => escaped.push(c),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// What stands between the quotes of a parameter: those cannot be written there (RFC 6868 can, but few read
/// it), so that quotes become apostrophes and control characters spaces.
pub(super) fn param(value: &str) -> String {
    let plain: String = value
        .chars()
        .map(|c| {
            if c == '"' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(line: &str) -> String {
        let mut lines = Lines::default();
        lines.add(line);
        lines.into_text()
    }

    #[test]
    fn a_line_of_75_octets_is_whole_and_one_of_76_is_not() {
        assert_eq!(folded(&"x".repeat(75)), format!("{}\r\n", "x".repeat(75)));
        assert_eq!(folded(&"x".repeat(76)), format!("{}\r\n x\r\n", "x".repeat(75)));
        assert_eq!(folded(&"x".repeat(150)), format!("{}\r\n {}\r\n x\r\n", "x".repeat(75), "x".repeat(74)));
    }

    #[test]
    fn characters_are_not_cut() {
        for before in 0..8 {
            let line = format!("{}{}", "x".repeat(before), "🎉é".repeat(60));
            let folded = folded(&line);
            assert!(folded.split("\r\n").all(|physical| physical.len() <= 75));
            assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
        }
    }

    #[test]
    fn texts_and_parameters() {
        assert_eq!(text("a,b;c\\d\r\ne\rf\ng\u{7}h\ti"), "a\\,b\\;c\\\\d\\ne\\nf\\ngh\ti");
        assert_eq!(param(" O\"Hara\r\n:;,^n "), "O'Hara  :;,^n");
    }
}
