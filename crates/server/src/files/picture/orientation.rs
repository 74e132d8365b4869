/// The TIFF tag that says how a picture has to be turned to be shown.
const ORIENTATION: u16 = 0x0112;

/// How a picture has to be turned to be shown, as EXIF counts it: 1 to 8, 1 as it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// As it lies.
    pub(super) const UPRIGHT: Self = Self(1);

    /// What EXIF data say; [`UPRIGHT`](Self::UPRIGHT) where they say nothing that there is.
    pub(super) fn of_exif(tiff: &[u8]) -> Self {
        let said = read(tiff).and_then(|said| u8::try_from(said).ok());
        said.filter(|said| (1..=8).contains(said)).map_or(Self::UPRIGHT, Self)
    }

    /// As EXIF counts it.
    pub(super) const fn number(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub(super) const fn is_on_its_side(self) -> bool {
        self.0 >= 5
    }

    /// EXIF data that say this and nothing else.
    pub(super) fn to_exif(self) -> Vec<u8> {
        let [high, low] = ORIENTATION.to_be_bytes();
        let entry = [high, low, 0, 3, 0, 0, 0, 1, 0, self.0, 0, 0];
        [&b"MM\0\x2a\0\0\0\x08\0\x01"[..], &entry, &[0; 4]].concat()
    }
}

fn read(tiff: &[u8]) -> Option<u16> {
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

    /// Little-endian, behind another entry.
    fn tiff(orientation: u8) -> Vec<u8> {
        let other = b"\x0f\x01\x02\0\x01\0\0\0\0\0\0\0";
        let entry = [0x12, 0x01, 0x03, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        [&b"II\x2a\0\x08\0\0\0\x02\0"[..], other, &entry, &[0; 4]].concat()
    }

    #[test]
    fn the_orientation_is_read_in_either_order_of_bytes() {
        for number in 1..=8 {
            assert_eq!(Orientation::of_exif(&tiff(number)).number(), number);
            assert_eq!(Orientation::of_exif(&Orientation(number).to_exif()).number(), number);
        }
        for none in [0, 9, 255] {
            assert_eq!(Orientation::of_exif(&tiff(none)), Orientation::UPRIGHT);
        }
    }

    #[test]
    fn no_exif_data_panic() {
        let whole = tiff(6);
        for length in 0..whole.len() {
            Orientation::of_exif(&whole[..length]);
            let mut bent = whole.clone();
            bent[length] = 0xff;
            Orientation::of_exif(&bent);
        }
    }
}
