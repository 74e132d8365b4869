use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chirrup_domain::upload::Dimensions;

/// As much of a JPEG's beginning as holds its EXIF data, which come first.
const EXIF_BYTES: u64 = 128 * 1024;
/// The TIFF tag that says how a picture has to be turned to be shown.
const ORIENTATION: u16 = 0x0112;

/// The size of a picture as it is shown, by its header; `None` where that does not tell.
pub fn dimensions(path: &Path) -> Option<Dimensions> {
    let size = imagesize::size(path).ok()?;
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    Some(match lies_on_its_side(&beginning(path).ok()?) {
        true => Dimensions { width: height, height: width },
        false => Dimensions { width, height },
    })
}

fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(EXIF_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a JPEG is to be shown turned by a quarter: phones store pictures as the sensor lies.
fn lies_on_its_side(jpeg: &[u8]) -> bool {
    exif(jpeg).and_then(orientation).is_some_and(|orientation| (5..=8).contains(&orientation))
}

/// The TIFF data in the first EXIF segment.
fn exif(jpeg: &[u8]) -> Option<&[u8]> {
    let mut rest = jpeg.strip_prefix(b"\xff\xd8")?;
    loop {
        let (marker, length) = match rest {
            [0xff, marker @ 0xe0..=0xef, high, low, ..] => (*marker, u16::from_be_bytes([*high, *low])),
            _ => return None,
        };
        let segment = rest.get(4..2 + usize::from(length))?;
        if let (0xe1, Some(tiff)) = (marker, segment.strip_prefix(b"Exif\0\0")) {
            return Some(tiff);
        }
        rest = rest.get(2 + usize::from(length)..)?;
    }
}

fn orientation(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| -> Option<usize> {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }).ok()
    };
    let directory = long(4)?;
    let entry = |index: u16| directory.checked_add(2 + 12 * usize::from(index));
    let found = (0..short(directory)?).filter_map(entry).find(|at| short(*at) == Some(ORIENTATION))?;
    short(found.checked_add(8)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG's beginning with this orientation, little-endian, behind another segment.
    fn jpeg(orientation: u8) -> Vec<u8> {
        let tiff = [
            &b"II\x2a\0\x08\0\0\0\x02\0"[..],
            b"\x0f\x01\x02\0\x01\0\0\0\0\0\0\0",
            &[0x12, 0x01, 0x03, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
        ]
        .concat();
        let length = u8::try_from(tiff.len() + 8).unwrap();
        let frame = b"\xff\xc0\0\x0b\x08\0\x03\0\x02\x01\x01\x11\0";
        [b"\xff\xd8\xff\xe0\0\x04ab\xff\xe1\0", &[length][..], b"Exif\0\0", &tiff, frame].concat()
    }

    #[test]
    fn a_picture_is_as_large_as_it_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        for (orientation, expected) in [(1, (2, 3)), (3, (2, 3)), (6, (3, 2)), (8, (3, 2)), (9, (2, 3))] {
            let path = folder.path().join("a.jpg");
            std::fs::write(&path, jpeg(orientation)).unwrap();
            let Dimensions { width, height } = dimensions(&path).unwrap();
            assert_eq!((width, height), expected, "{orientation}");
        }
    }

    #[test]
    fn no_beginning_of_a_picture_panics() {
        let whole = jpeg(6);
        for length in 0..whole.len() {
            lies_on_its_side(&whole[..length]);
            let mut bent = whole.clone();
            bent[length] = 0xff;
            lies_on_its_side(&bent);
        }
    }
}
