//! Mail.

#[cfg(feature = "outbox")]
pub mod outbox;
#[cfg(feature = "smtp")]
pub mod smtp;

/// What may stand in a header: control characters and Unicode's line separators become spaces, so that no
/// text can start a header of its own.
fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ");
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}
