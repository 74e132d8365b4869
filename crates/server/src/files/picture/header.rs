use std::fs::File;
use std::io::{self, BufReader};

use chirrup_domain::upload::Dimensions;

use super::Survey;
use super::orientation::Orientation;

/// What is known of a picture before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::files) struct Header {
    /// Its size as it is shown.
    pub(in crate::files) dimensions: Dimensions,
    /// How it is turned for that.
    pub(super) orientation: Orientation,
    /// Bytes of memory that decoding takes, at most.
    pub(super) memory: u64,
}

impl Header {
    /// Of a picture of this type, which was surveyed; `None` where the header does not tell its size.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(in crate::files) fn read(file: &File, mimetype: &str, survey: &Survey) -> io::Result<Option<Self>> {
        let bytes = file.metadata()?.len();
        let mut reader = BufReader::new(file);
        io::Seek::rewind(&mut reader)?;
        let Ok(size) = imagesize::reader_size(reader) else { return Ok(None) };
        let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else {
            return Ok(None);
        };
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Ok(None);
        }
        let orientation = survey.orientation();
        Ok(Some(Self {
            dimensions: match orientation.is_on_its_side() {
                true => Dimensions { width: height, height: width },
                false => Dimensions { width, height },
            },
            orientation,
            memory: bytes.saturating_add(pixels.saturating_mul(bytes_per_pixel(mimetype, survey))),
        }))
    }

    /// Width and height as they are stored, before the picture is turned.
    pub(super) const fn stored_size(&self) -> (u32, u32) {
        let Dimensions { width, height } = self.dimensions;
        if self.orientation.is_on_its_side() { (height, width) } else { (width, height) }
    }
}

/// What a decoder holds of each pixel: the picture itself, and what it makes it of.
const fn bytes_per_pixel(mimetype: &str, survey: &Survey) -> u64 {
    match mimetype.as_bytes() {
        b"image/jpeg" if survey.is_progressive => 11,
        b"image/jpeg" => 4,
        b"image/png" if survey.is_deep => 8,
        b"image/png" => 4,
        b"image/gif" => 8,
        _ => 9,
    }
}
