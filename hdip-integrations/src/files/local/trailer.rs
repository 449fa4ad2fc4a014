//! The last 48 bytes of a stored file: a mark, the length of the content in front of them, its SHA-256.

use hdip_core::ports::FileMeta;

/// Bytes.
pub(super) const LENGTH: usize = 48;

/// The 1 is the version of this layout.
const MARK: &[u8; 8] = b"HDIPfil1";

pub(super) fn write(meta: &FileMeta) -> [u8; LENGTH] {
    let mut trailer = [0; LENGTH];
    trailer[..8].copy_from_slice(MARK);
    trailer[8..16].copy_from_slice(&meta.length.to_be_bytes());
    trailer[16..].copy_from_slice(&meta.sha256);
    trailer
}

/// `None` if the last bytes of a file of `size` bytes are no trailer, or that of another length: the file
/// was cut or grew.
pub(super) fn read(trailer: &[u8; LENGTH], size: u64) -> Option<FileMeta> {
    let (mark, rest) = trailer.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let meta = FileMeta { length: u64::from_be_bytes(*length), sha256: rest.try_into().ok()? };
    (mark == MARK && meta.length.checked_add(LENGTH as u64) == Some(size)).then_some(meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_is_read_as_written_and_fits_its_length_only() {
        let meta = FileMeta { length: 1000, sha256: [7; 32] };
        assert_eq!(read(&write(&meta), 1048), Some(meta.clone()));
        for size in [0, 1000, 1047, 1049] {
            assert_eq!(read(&write(&meta), size), None);
        }
        assert_eq!(read(&[0; LENGTH], 48), None);
    }
}
