//! What a picture is, by its content: names and declared types are only claims.
//!
//! The structure is walked from the first byte to the last, so that nothing else passes under a picture's
//! first bytes; the pixels are not decoded.

use serde::{Deserialize, Serialize};

/// A kind of picture that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageType {
    /// PNG (ISO/IEC 15948).
    Png,
    /// JPEG (ITU-T T.81).
    Jpeg,
}

impl ImageType {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The usual end of its file name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }

    /// What the content is; none for anything that is no whole picture.
    pub fn of(content: &[u8]) -> Option<Self> {
        if is_png(content) {
            Some(Self::Png)
        } else if is_jpeg(content) {
            Some(Self::Jpeg)
        } else {
            None
        }
    }
}

/// Signature, then chunks (length, name, data, checksum): IHDR with a size first, IEND last.
fn is_png(content: &[u8]) -> bool {
    let Some(mut rest) = content.strip_prefix(b"\x89PNG\r\n\x1a\n") else { return false };
    let mut first = true;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((name, after)) = after.split_first_chunk::<4>() else { return false };
        let Some((data, after)) = after.split_at_checked(length) else { return false };
        let Some((_checksum, after)) = after.split_first_chunk::<4>() else { return false };
        if first && (name != b"IHDR" || length != 13 || data[..4] == [0; 4] || data[4..8] == [0; 4]) {
            return false;
        }
        if name == b"IEND" {
            return !first && length == 0 && after.is_empty();
        }
        (first, rest) = (false, after);
    }
    false
}

/// SOI, then segments (marker, length, data): a frame header before the first scan, EOI last.
fn is_jpeg(content: &[u8]) -> bool {
    let Some(mut rest) = content.strip_prefix(b"\xff\xd8") else { return false };
    let mut framed = false;
    loop {
        let [0xff, marker, after @ ..] = rest else { return false };
        // A marker may be preceded by any number of fill bytes.
        if *marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let Some(length) = after.first_chunk::<2>().map(|bytes| usize::from(u16::from_be_bytes(*bytes)))
        else {
            return false;
        };
        let Some((segment, after)) = after.split_at_checked(length) else { return false };
        match marker {
            // Frame headers; C4, C8 and CC are tables and a reserved marker.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(marker) => framed = segment.len() > 8,
            // The scan: coded data up to the end of the picture.
            0xda => return framed && segment.len() > 2 && after.len() > 2 && after.ends_with(b"\xff\xd9"),
            0xc4 | 0xcc | 0xdb..=0xdf | 0xe0..=0xef | 0xfe if length >= 2 => {}
            _ => return false,
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat()
    }

    fn png() -> Vec<u8> {
        let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
        let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")];
        [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
    }

    fn jpeg() -> Vec<u8> {
        let app = b"\xff\xe0\x00\x04JF";
        let frame = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00";
        let scan = b"\xff\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00pixels\xff\xd9";
        [&b"\xff\xd8"[..], app, frame, scan].concat()
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        assert_eq!(ImageType::of(&png()), Some(ImageType::Png));
        assert_eq!(ImageType::of(&jpeg()), Some(ImageType::Jpeg));
    }

    #[test]
    fn half_a_picture_is_none_wherever_it_is_cut() {
        for picture in [png(), jpeg()] {
            for length in 0..picture.len() {
                assert_eq!(ImageType::of(&picture[..length]), None, "{length} of {}", picture.len());
            }
        }
    }

    #[test]
    fn something_else_under_a_pictures_first_bytes_is_none() {
        let html = b"<script>alert(1)</script>";
        for content in [
            &b"GIF89a"[..],
            b"%PDF-1.7",
            html,
            &[&b"\x89PNG\r\n\x1a\n"[..], html].concat(),
            &[&b"\xff\xd8\xff\xe0"[..], html].concat(),
            &[&png()[..], html].concat(),
            &[&jpeg()[..], html].concat(),
            b"\xff\xd8\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00pixels\xff\xd9",
            &chunk(b"IHDR", &[0; 13]),
        ] {
            assert_eq!(ImageType::of(content), None, "{content:?}");
        }
    }
}
