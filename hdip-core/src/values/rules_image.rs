//! What a picture is, by its content: names and declared types are only claims.
//!
//! The structure is walked from the first byte to the last, so that nothing else passes under a picture's
//! first bytes; the pixels are not decoded.

use super::Fields;
use serde::{Deserialize, Serialize};

/// A kind of picture that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageType {
    /// PNG (ISO/IEC 15948).
    Png,
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// WebP (RFC 9649).
    Webp,
}

impl ImageType {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Webp => "WebP",
        }
    }

    /// The usual end of its file name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// What the content is; none for anything that is no whole picture.
    pub fn of(content: &[u8]) -> Option<Self> {
        if is_png(content) {
            Some(Self::Png)
        } else if is_jpeg(content) {
            Some(Self::Jpeg)
        } else if is_webp(content) {
            Some(Self::Webp)
        } else {
            None
        }
    }
}

impl Fields {
    /// A picture of one of these types, of at most so many bytes.
    pub fn picture(
        &mut self,
        field: &str,
        content: &[u8],
        most: usize,
        types: &[ImageType],
    ) -> Option<ImageType> {
        if content.len() > most {
            self.wrong(field, "too_large", format!("must have at most {} MiB", most / (1024 * 1024)));
            return None;
        }
        let kind = ImageType::of(content).filter(|kind| types.contains(kind));
        if kind.is_none() {
            let names: Vec<_> = types.iter().map(|kind| kind.name()).collect();
            self.wrong(field, "not_an_image", format!("must be a whole {} picture", names.join(" or ")));
        }
        kind
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

/// RIFF header whose length is the file's, then chunks (name, length, data, a byte to make it even) up to the
/// end, one of which holds a picture: by itself (`VP8 `, `VP8L`) or as a frame (`ANMF`).
fn is_webp(content: &[u8]) -> bool {
    let Some((length, rest)) = content.strip_prefix(b"RIFF").and_then(|rest| rest.split_first_chunk::<4>())
    else {
        return false;
    };
    let Some(mut rest) = rest.strip_prefix(b"WEBP") else { return false };
    if u32::from_le_bytes(*length) as usize != rest.len() + 4 {
        return false;
    }
    let (mut first, mut picture) = (true, false);
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_first_chunk::<4>() else { return false };
        let Some((length, after)) = after.split_first_chunk::<4>() else { return false };
        let length = u32::from_le_bytes(*length) as usize;
        let Some((data, after)) = after.split_at_checked(length) else { return false };
        let Some((_padding, after)) = after.split_at_checked(length % 2) else { return false };
        match name {
            b"VP8 " => picture |= is_vp8(data),
            b"VP8L" => picture |= data.first() == Some(&0x2f) && data.len() > 5,
            // The extended header, once and in front; where it stands, a frame may hold the picture.
            b"VP8X" if first && length == 10 => {}
            b"ANMF" if !first => picture |= length > 24,
            b"VP8X" | b"ANMF" => return false,
            _ if first => return false,
            _ => {}
        }
        (first, rest) = (false, after);
    }
    picture
}

/// A key frame: frame tag, start code, a width and a height of 14 bits that are not nothing.
fn is_vp8(data: &[u8]) -> bool {
    let [tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, _pixels, ..] = data else { return false };
    let size = |low: &u8, high: &u8| u16::from_le_bytes([*low, *high]) & 0x3fff;
    tag & 1 == 0 && size(w0, w1) > 0 && size(h0, h1) > 0
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

    fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (name, data) in chunks {
            body.extend([&name[..], &(data.len() as u32).to_le_bytes(), data].concat());
            body.extend(vec![0; data.len() % 2]);
        }
        [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
    }

    const VP8: &[u8] = b"\x10\x02\x00\x9d\x01\x2a\x01\x00\x01\x00pixels!";
    const VP8L: &[u8] = b"\x2f\x00\x00\x00\x00pixels";

    fn webp() -> Vec<u8> {
        riff(&[(b"VP8 ", VP8)])
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        assert_eq!(ImageType::of(&png()), Some(ImageType::Png));
        assert_eq!(ImageType::of(&jpeg()), Some(ImageType::Jpeg));
        let header = [0; 10];
        let animated = riff(&[(b"VP8X", &header), (b"ANIM", &[0; 6]), (b"ANMF", &[0; 40])]);
        let extended = riff(&[(b"VP8X", &header), (b"ICCP", b"abc"), (b"VP8L", VP8L), (b"EXIF", b"x")]);
        for webp in [webp(), riff(&[(b"VP8L", VP8L)]), animated, extended] {
            assert_eq!(ImageType::of(&webp), Some(ImageType::Webp));
        }
    }

    #[test]
    fn half_a_picture_is_none_wherever_it_is_cut() {
        for picture in [png(), jpeg(), webp()] {
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
            &[&webp()[..], html].concat(),
            &riff(&[(b"XML ", html)]),
            &riff(&[(b"VP8 ", html)]),
            &riff(&[(b"VP8L", html)]),
            &riff(&[(b"VP8X", &[0; 10]), (b"XML ", html)]),
            &riff(&[(b"ANMF", &[0; 40])]),
            &riff(&[]),
        ] {
            assert_eq!(ImageType::of(content), None, "{content:?}");
        }
    }
}
