//! What an attachment is, by its content: names and declared types are only claims.

use crate::product_feedback::ImageType;
use serde::{Deserialize, Serialize};

/// A kind of file that can be attached to a scorecard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentType {
    /// PDF.
    Pdf,
    /// Word (Office Open XML) without macros.
    Docx,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// Plain text in UTF-8.
    Txt,
}

impl AttachmentType {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Txt => "text/plain; charset=utf-8",
        }
    }

    /// The ends its file name may have; the first is the usual one.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Webp => &["webp"],
            Self::Txt => &["txt", "md", "csv", "log"],
        }
    }

    /// What the content is; none for anything else.
    pub fn of(content: &[u8]) -> Option<Self> {
        match ImageType::of(content) {
            Some(ImageType::Png) => return Some(Self::Png),
            Some(ImageType::Jpeg) => return Some(Self::Jpeg),
            None => {}
        }
        if is_webp(content) {
            Some(Self::Webp)
        } else if is_pdf(content) {
            Some(Self::Pdf)
        } else if is_docx(content) {
            Some(Self::Docx)
        } else if is_text(content) {
            Some(Self::Txt)
        } else {
            None
        }
    }

    /// The name as it is kept: with an end that says what the content is.
    pub fn named(self, name: &str) -> String {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        match end {
            Some(end) if self.extensions().contains(&&*end) => name.to_owned(),
            _ => format!("{name}.{}", self.extensions()[0]),
        }
    }
}

/// RIFF with the form type WEBP, its stated length being the content's, and a picture chunk first.
fn is_webp(content: &[u8]) -> bool {
    let Some(rest) = content.strip_prefix(b"RIFF") else { return false };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else { return false };
    let Some(chunks) = rest.strip_prefix(b"WEBP") else { return false };
    u32::from_le_bytes(*length) as usize == rest.len()
        && chunks.len() > 8
        && matches!(&chunks[..4], b"VP8 " | b"VP8L" | b"VP8X")
}

/// The header in the first line, the trailer in the last kilobyte (ISO 32000-1, 7.5).
fn is_pdf(content: &[u8]) -> bool {
    let headed = content.starts_with(b"%PDF-1.") || content.starts_with(b"%PDF-2.");
    let tail = &content[content.len().saturating_sub(1024)..];
    headed && has(tail, b"startxref") && has(tail, b"%%EOF")
}

fn has(content: &[u8], word: &[u8]) -> bool {
    content.windows(word.len()).any(|some| some == word)
}

/// A ZIP archive whose central directory, walked from the end record, names a Word document's parts and no
/// macros.
fn is_docx(content: &[u8]) -> bool {
    const END: usize = 22;
    if !content.starts_with(b"PK\x03\x04") || content.len() < END {
        return false;
    }
    // The end record may be followed by a comment of at most 64 KiB.
    let from = content.len().saturating_sub(END + 65_535);
    let Some(end) = (from..=content.len() - END).rev().find(|at| content[*at..].starts_with(b"PK\x05\x06"))
    else {
        return false;
    };
    let short = |at: usize| usize::from(u16::from_le_bytes([content[at], content[at + 1]]));
    let long = |at: usize| {
        u32::from_le_bytes([content[at], content[at + 1], content[at + 2], content[at + 3]]) as usize
    };
    let (count, mut at) = (short(end + 10), long(end + 16));
    let (mut types, mut document) = (false, false);
    for _ in 0..count {
        if at > end || end - at < 46 || !content[at..].starts_with(b"PK\x01\x02") {
            return false;
        }
        let length = short(at + 28);
        let Some(name) = content.get(at + 46..at + 46 + length) else { return false };
        types |= name == b"[Content_Types].xml";
        document |= name == b"word/document.xml";
        if name.to_ascii_lowercase().ends_with(b"vbaproject.bin") {
            return false;
        }
        at += 46 + length + short(at + 30) + short(at + 32);
    }
    types && document
}

/// UTF-8 without control characters other than line ends and tabs.
fn is_text(content: &[u8]) -> bool {
    let readable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    !content.is_empty() && std::str::from_utf8(content).is_ok_and(|text| text.chars().all(readable))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ZIP with these names, stored empty.
    fn zip(names: &[&str]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let at = body.len() as u32;
            body.extend(b"PK\x03\x04");
            body.extend([0; 22]);
            body.extend((name.len() as u16).to_le_bytes());
            body.extend([0; 2]);
            body.extend(name.as_bytes());
            directory.extend(b"PK\x01\x02");
            directory.extend([0; 24]);
            directory.extend((name.len() as u16).to_le_bytes());
            directory.extend([0; 12]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let at = body.len() as u32;
        let size = directory.len() as u32;
        body.extend(directory);
        body.extend(b"PK\x05\x06\0\0\0\0");
        body.extend((names.len() as u16).to_le_bytes());
        body.extend((names.len() as u16).to_le_bytes());
        body.extend(size.to_le_bytes());
        body.extend(at.to_le_bytes());
        body.extend([0; 2]);
        body
    }

    #[test]
    fn content_says_what_it_is_and_nothing_passes_under_first_bytes() {
        use AttachmentType as T;
        let pdf = b"%PDF-1.7\n1 0 obj\nendobj\nxref\ntrailer\nstartxref\n9\n%%EOF\n".to_vec();
        let docx = zip(&["[Content_Types].xml", "word/document.xml"]);
        let mut webp = b"RIFF\0\0\0\0WEBPVP8L\x04\0\0\0abcd".to_vec();
        let length = (webp.len() - 8) as u32;
        webp[4..8].copy_from_slice(&length.to_le_bytes());
        for (content, wanted) in [
            (pdf.clone(), Some(T::Pdf)),
            (docx.clone(), Some(T::Docx)),
            (webp.clone(), Some(T::Webp)),
            ("नमस्ते\n\tnotes".as_bytes().to_vec(), Some(T::Txt)),
            (Vec::new(), None),
            (b"MZ\x90\0".to_vec(), None),
            // Cut short: neither a PDF with its end, nor readable as anything else.
            ([&pdf[..20], b"\0"].concat(), None),
            (docx[..docx.len() - 30].to_vec(), None),
            (webp[..webp.len() - 1].to_vec(), None),
            // Archives that are no documents, or bring macros.
            (zip(&["evil.exe"]), None),
            (zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]), None),
            (vec![0xff, 0xfe, 0x41, 0x00], None),
        ] {
            assert_eq!(T::of(&content), wanted, "{:?}", &content[..content.len().min(20)]);
        }
    }

    #[test]
    fn a_name_ends_with_what_the_content_is() {
        assert_eq!(AttachmentType::Pdf.named("notes.PDF"), "notes.PDF");
        assert_eq!(AttachmentType::Pdf.named("notes.exe"), "notes.exe.pdf");
        assert_eq!(AttachmentType::Jpeg.named("board"), "board.jpg");
    }
}
