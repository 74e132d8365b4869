//! Finds what lies in a picture's file beside the picture: where it was taken, with what, by whom.

mod gif;
mod jpeg;
mod pieces;
mod png;
mod webp;

use std::fs::File;
use std::io;

use super::orientation::Orientation;
use crate::files::source::Source;
pub(in crate::files) use pieces::Piece;
use pieces::Pieces;

/// The file of a picture, as its segments show.
#[derive(Debug, Default)]
pub(in crate::files) struct Survey {
    /// The first EXIF data in it, without what precedes them.
    exif: Option<Vec<u8>>,
    /// Whether it is a JPEG that comes in scans over the whole picture.
    pub(super) is_progressive: bool,
    /// Whether it is a JPEG or a WebP that ends before its end, or breaks off. Decoders of JPEG go on in grey.
    is_cut_off: bool,
    /// Whether it is a WebP with a frame that is larger than the whole.
    has_larger_frame: bool,
    /// Whether its samples have 16 bits.
    pub(super) is_deep: bool,
    pieces: Pieces,
}

impl Survey {
    /// Walks through a file of this type, reading it once, and holding no more than one segment of it. What does not look
    /// as it should stays as it is.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(in crate::files) fn of(file: &File, mimetype: &str) -> io::Result<Self> {
        let mut source = Source::new(file)?;
        let walk = match mimetype {
            "image/jpeg" => jpeg::walk,
            "image/png" => png::walk,
            "image/webp" => webp::walk,
            "image/gif" => gif::walk,
            _ => return Ok(Self::default()),
        };
        let mut survey = Self::default();
        walk(&mut source, &mut survey)?;
        Ok(survey)
    }

    /// How the picture has to be turned to be shown.
    pub(super) fn orientation(&self) -> Orientation {
        self.exif.as_deref().map_or(Orientation::UPRIGHT, Orientation::of_exif)
    }

    /// Whether a decoder finds in it what was found here, and no more.
    pub(in crate::files) const fn is_sound(&self) -> bool {
        !self.is_cut_off && !self.has_larger_frame && !self.pieces.are_too_many()
    }

    /// The pieces of a file with the same picture that says nothing else; `None` if this one does not either.
    pub(in crate::files) fn bare(&self) -> Option<&[Piece]> {
        self.pieces.without_the_rest()
    }

    /// The orientation, in the words of EXIF, where it is worth saying.
    fn exif_to_keep(&self) -> Option<Vec<u8>> {
        let orientation = self.orientation();
        (orientation != Orientation::UPRIGHT).then(|| orientation.to_exif())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The bare file, as bytes; `None` if there is nothing to leave out.
    pub(super) fn bare(mimetype: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let survey = survey(mimetype, bytes);
        let pieces = survey.bare()?;
        let bytes_of = |piece: &Piece| match piece {
            Piece::Kept { start, end } => bytes[*start as usize..*end as usize].to_vec(),
            Piece::Made(made) => made.clone(),
        };
        Some(pieces.iter().flat_map(bytes_of).collect())
    }

    pub(super) fn survey(mimetype: &str, bytes: &[u8]) -> Survey {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Survey::of(&file, mimetype).unwrap()
    }

    /// Cuts and bends a file at every place: nothing panics, and nothing is made that is larger by more than a header.
    pub(super) fn assert_robust(mimetype: &str, whole: &[u8]) {
        for at in 0..whole.len() {
            for bent in [0x00, 0x7f, 0xff] {
                let mut bytes = whole.to_vec();
                bytes[at] = bent;
                for bytes in [&bytes[..], &bytes[..at]] {
                    let made = bare(mimetype, bytes);
                    assert!(made.is_none_or(|made| made.len() <= bytes.len() + 64), "{at} {bent}");
                }
            }
        }
    }
}
