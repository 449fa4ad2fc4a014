//! What a document is, by its content: names and declared types are only claims.
//!
//! The structure is looked at, the text is not read: that is for whoever shows or parses it.

use super::Fields;
use serde::{Deserialize, Serialize};

/// Bytes a document may have.
pub const MAX_DOCUMENT_BYTES: usize = 5 * 1024 * 1024;
/// Entries a DOCX may have.
const MAX_ENTRIES: usize = 2_000;
/// Bytes its entries may have unpacked: what claims more is made to exhaust whoever opens it.
const MAX_UNPACKED: u64 = 100 * 1024 * 1024;

/// A kind of document that is taken: a CV, a job description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// PDF (ISO 32000).
    Pdf,
    /// Office Open XML text (ISO/IEC 29500), without macros.
    Docx,
}

impl DocumentType {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }

    /// What the content is; none for anything that is no whole document of these kinds.
    pub fn of(content: &[u8]) -> Option<Self> {
        if is_pdf(content) {
            Some(Self::Pdf)
        } else if is_docx(content) {
            Some(Self::Docx)
        } else {
            None
        }
    }
}

/// The kind of an uploaded document; otherwise complains about `field` with `required`, `too_large` or
/// `not_a_document`.
pub fn check_document(fields: &mut Fields, field: &str, content: &[u8]) -> Option<DocumentType> {
    if content.is_empty() {
        fields.wrong(field, "required", "must not be empty");
        return None;
    }
    if content.len() > MAX_DOCUMENT_BYTES {
        fields.wrong(field, "too_large", "must have at most 5 MiB");
        return None;
    }
    let kind = DocumentType::of(content);
    fields.ensure(
        kind.is_some(),
        field,
        "not_a_document",
        "must be a whole PDF or DOCX file, without macros",
    );
    kind
}

/// A header with a version, and at the end the place of the cross-reference table and the end mark, after which
/// there is nothing but white space and zeros.
fn is_pdf(content: &[u8]) -> bool {
    let Some(rest) = content.strip_prefix(b"%PDF-") else { return false };
    let version =
        rest.len() > 3 && matches!(rest[0], b'1' | b'2') && rest[1] == b'.' && rest[2].is_ascii_digit();
    let filling = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let end = content.iter().rposition(|byte| !filling(byte)).map_or(content, |last| &content[..=last]);
    let tail = &end[end.len().saturating_sub(64)..];
    version && tail.ends_with(b"%%EOF") && find(tail, b"startxref").is_some()
}

fn find(content: &[u8], wanted: &[u8]) -> Option<usize> {
    content.windows(wanted.len()).position(|window| window == wanted)
}

/// A ZIP archive whose directory, read from the end, has the parts of a text document, none of them encrypted,
/// a macro, outside the archive, or larger than can be meant.
fn is_docx(content: &[u8]) -> bool {
    content.starts_with(b"PK\x03\x04") && directory(content).is_some_and(|names| is_text_document(&names))
}

fn is_text_document(names: &[&[u8]]) -> bool {
    // Some writers number the main part: `word/document2.xml`.
    let is_main = |name: &&[u8]| name.starts_with(b"word/document") && name.ends_with(b".xml");
    let safe = |name: &&[u8]| {
        let lower = name.to_ascii_lowercase();
        !lower.ends_with(b"vbaproject.bin") && !lower.starts_with(b"/") && find(&lower, b"../").is_none()
    };
    names.contains(&&b"[Content_Types].xml"[..]) && names.iter().any(is_main) && names.iter().all(safe)
}

/// The names in the archive's directory; none where archive and directory do not fit together.
fn directory(content: &[u8]) -> Option<Vec<&[u8]>> {
    // The end record is 22 bytes and a comment of at most 65,535.
    let tail_from = content.len().saturating_sub(22 + 65_535);
    let tail = &content[tail_from..];
    let end = (0..tail.len().saturating_sub(21)).rev().find(|at| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && number(tail, at + 20, 2).is_some_and(|c| at + 22 + c as usize == tail.len())
    })?;
    let (count, size, from) =
        (number(tail, end + 10, 2)?, number(tail, end + 12, 4)?, number(tail, end + 16, 4)?);
    let (size, from) = (usize::try_from(size).ok()?, usize::try_from(from).ok()?);
    if count as usize > MAX_ENTRIES || from.checked_add(size)? > tail_from + end {
        return None;
    }
    let mut rest = content.get(from..from + size)?;
    let (mut names, mut unpacked) = (Vec::new(), 0);
    for _ in 0..count {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let encrypted = number(rest, 8, 2)? & 1 == 1;
        let (packed_to, local) = (number(rest, 20, 4)?, number(rest, 42, 4)?);
        unpacked += number(rest, 24, 4)?;
        let lengths = [number(rest, 28, 2)?, number(rest, 30, 2)?, number(rest, 32, 2)?].map(|n| n as usize);
        let name = rest.get(46..46 + lengths[0])?;
        let inside = local + packed_to <= content.len() as u64;
        let local = content.get(usize::try_from(local).ok()?..)?;
        if encrypted || !inside || unpacked > MAX_UNPACKED || !local.starts_with(b"PK\x03\x04") {
            return None;
        }
        names.push(name);
        rest = rest.get(46 + lengths.iter().sum::<usize>()..)?;
    }
    rest.is_empty().then_some(names)
}

/// A little-endian number of `width` bytes.
fn number(content: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = content.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n41\n%%EOF\n";

    /// An archive of stored, empty entries.
    fn zip(entries: &[&str]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for name in entries {
            let (at, length) = (archive.len() as u32, name.len() as u16);
            archive.extend(b"PK\x03\x04\x14\0");
            archive.extend([0; 20]);
            archive.extend(length.to_le_bytes());
            archive.extend([0; 2]);
            archive.extend(name.as_bytes());
            directory.extend(b"PK\x01\x02\x14\0\x14\0");
            directory.extend([0; 20]);
            directory.extend(length.to_le_bytes());
            directory.extend([0; 12]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (from, size, count) = (archive.len() as u32, directory.len() as u32, entries.len() as u16);
        archive.extend(directory);
        archive.extend(b"PK\x05\x06\0\0\0\0");
        archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        archive.extend([size.to_le_bytes(), from.to_le_bytes()].concat());
        archive.extend([0; 2]);
        archive
    }

    const PARTS: [&str; 3] = ["[Content_Types].xml", "_rels/.rels", "word/document.xml"];

    #[test]
    fn documents_are_known_by_their_content() {
        assert_eq!(DocumentType::of(PDF), Some(DocumentType::Pdf));
        assert_eq!(DocumentType::of(&zip(&PARTS)), Some(DocumentType::Docx));
        let numbered = zip(&[PARTS[0], "word/document2.xml"]);
        assert_eq!(DocumentType::of(&numbered), Some(DocumentType::Docx));
        assert_eq!(DocumentType::of(&[PDF, b"\0\0\r\n"].concat()), Some(DocumentType::Pdf));
    }

    #[test]
    fn half_a_document_is_none_wherever_it_is_cut() {
        for document in [PDF.trim_ascii_end().to_vec(), zip(&PARTS)] {
            for length in 0..document.len() {
                assert_eq!(DocumentType::of(&document[..length]), None, "{length} of {}", document.len());
            }
        }
    }

    #[test]
    fn something_else_under_a_documents_first_bytes_is_none() {
        let html = b"<script>alert(1)</script>";
        let with = |more: &'static str| zip(&[PARTS[0], PARTS[1], PARTS[2], more]);
        for content in [
            &b""[..],
            html,
            b"MZ",
            &[&b"%PDF-1.7\n"[..], html].concat(),
            &[PDF, html].concat(),
            &zip(&["[Content_Types].xml", "xl/workbook.xml"]),
            &zip(&[]),
            &with("word/vbaProject.bin"),
            &with("../../etc/passwd"),
            &with("/etc/passwd"),
            &[&zip(&PARTS)[..], html].concat(),
        ] {
            assert_eq!(DocumentType::of(content), None, "{}", String::from_utf8_lossy(content));
        }
        let mut encrypted = zip(&PARTS);
        let entry = find(&encrypted, b"PK\x01\x02").unwrap();
        encrypted[entry + 8] = 1;
        assert_eq!(DocumentType::of(&encrypted), None);
        let mut bomb = zip(&PARTS);
        bomb[entry + 24..entry + 28].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(DocumentType::of(&bomb), None);
    }

    #[test]
    fn what_is_wrong_with_a_document_is_said_by_field() {
        let said = |content: &[u8]| {
            let mut fields = Fields::new();
            check_document(&mut fields, "cv", content);
            fields.into_errors().into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect::<Vec<_>>()
        };
        assert!(said(PDF).is_empty());
        assert_eq!(said(b""), ["cv:required"]);
        assert_eq!(said(b"a text"), ["cv:not_a_document"]);
        assert_eq!(said(&vec![b' '; MAX_DOCUMENT_BYTES + 1]), ["cv:too_large"]);
    }
}
