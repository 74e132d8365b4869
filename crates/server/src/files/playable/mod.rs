//! What a sound's or a film's container says of it.

mod base_media;
mod flac;
mod fragments;
mod matroska;
mod ogg;
mod wave;

use std::fs::File;
use std::io;
use std::time::Duration;

use chirrup_domain::upload::Tracks;

use super::source::Source;

/// Most parts of a container that are looked at.
const MOST_PARTS: usize = 500_000;

/// What is known of a sound or a film.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Playable {
    /// What plays in it.
    pub(super) tracks: Option<Tracks>,
    /// How long, in whole milliseconds.
    pub(super) duration: Option<Duration>,
}

impl Playable {
    /// Reads the container of a file with this extension, as far as is needed, and decodes nothing.
    ///
    /// # Errors
    /// When the file can't be read. What does not look as it should is not known.
    pub(super) fn read(file: &File, extension: &str) -> io::Result<Self> {
        let mut source = Source::new(file)?;
        match extension {
            "mp4" | "m4a" | "mov" => base_media::read(&mut source),
            "webm" => matroska::read(&mut source),
            "ogg" | "opus" => ogg::read(&mut source),
            "wav" => wave::read(&mut source),
            "flac" => flac::read(&mut source),
            _ => Ok(Self::default()),
        }
    }

    /// With these kinds of tracks, and as many units of time as there are in a second.
    fn new(tracks: Option<Tracks>, units: u64, per_second: u64) -> Self {
        let millis = u128::from(units) * 1000 / u128::from(per_second.max(1));
        let millis = u64::try_from(millis).ok().filter(|millis| *millis > 0 && per_second > 0);
        Self { tracks, duration: millis.map(Duration::from_millis) }
    }
}

/// A film if there are moving pictures, a sound if there is sound alone.
const fn tracks(has_film: bool, has_sound: bool) -> Option<Tracks> {
    match (has_film, has_sound) {
        (true, _) => Some(Tracks::Film),
        (false, true) => Some(Tracks::Sound),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    pub(super) fn read(extension: &str, bytes: &[u8]) -> Playable {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Playable::read(&file, extension).unwrap()
    }

    pub(super) fn sound(millis: u64) -> Playable {
        Playable { tracks: Some(Tracks::Sound), duration: Some(Duration::from_millis(millis)) }
    }

    /// Cuts and bends a file at every place.
    pub(super) fn assert_robust(extension: &str, whole: &[u8]) {
        for at in 0..whole.len() {
            read(extension, &whole[..at]);
            for bent in [0x00, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.to_vec();
                bytes[at] = bent;
                read(extension, &bytes);
            }
        }
    }
}
