//! What an attachment is, by its content: names and declared types are only claims.

use crate::values::{DocumentType, ImageType};
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
        let picture = ImageType::of(content).map(|picture| match picture {
            ImageType::Png => Self::Png,
            ImageType::Jpeg => Self::Jpeg,
            ImageType::Webp => Self::Webp,
        });
        let document = || {
            DocumentType::of(content).map(|document| match document {
                DocumentType::Pdf => Self::Pdf,
                DocumentType::Docx => Self::Docx,
            })
        };
        picture.or_else(document).or_else(|| is_text(content).then_some(Self::Txt))
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

/// UTF-8 without control characters other than line ends and tabs.
fn is_text(content: &[u8]) -> bool {
    let readable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    !content.is_empty() && std::str::from_utf8(content).is_ok_and(|text| text.chars().all(readable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_picture_nor_document_is_a_text_or_nothing() {
        use AttachmentType as T;
        let pdf = b"%PDF-1.7\n1 0 obj\nendobj\nxref\ntrailer\nstartxref\n9\n%%EOF\n".to_vec();
        for (content, wanted) in [
            (pdf.clone(), Some(T::Pdf)),
            ("नमस्ते\n\tnotes".as_bytes().to_vec(), Some(T::Txt)),
            (Vec::new(), None),
            (b"MZ\x90\0".to_vec(), None),
            // Cut short: neither a PDF with its end, nor readable as anything else.
            ([&pdf[..20], b"\0"].concat(), None),
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
