use std::io;

use chirrup_domain::upload::Tracks;

use super::{MOST_PARTS, Playable};
use crate::files::source::Source;

const HEADER: u64 = 12;

/// The length of the samples by how many bytes play in a second.
pub(super) fn read(source: &mut Source<'_>) -> io::Result<Playable> {
    let (mut bytes, mut per_second) = (0, 0);
    source.skip(HEADER)?;
    for _ in 0..MOST_PARTS {
        let (Some(name), Some(length)) = (source.take()?, source.take()?) else { break };
        let length = u64::from(u32::from_le_bytes(length));
        let content = source.position();
        match &name {
            b"fmt " => {
                let format: Option<[u8; 12]> = source.take()?;
                per_second = format.map_or(0, |[.., a, b, c, d]| u32::from_le_bytes([a, b, c, d]));
            }
            // What is recorded without an end in sight may claim any length.
            b"data" => bytes = length.min(source.length() - content),
            _ => {}
        }
        let end = content + length + length % 2;
        if !source.skip(end.saturating_sub(source.position()))? {
            break;
        }
    }
    Ok(Playable::new(Some(Tracks::Sound), bytes, per_second.into()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, read, sound};

    #[test]
    fn samples_play_as_long_as_their_bytes_last() {
        let format = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\xd0\x07\0\0\x01\0\x08\0";
        let wav = |announced: u32| {
            let data = [&b"data"[..], &announced.to_le_bytes(), &[0; 3000]].concat();
            [&b"RIFF\0\0\0\0WAVELIST\x01\0\0\0x\0"[..], format, &data].concat()
        };
        for announced in [3000, u32::MAX] {
            assert_eq!(read("wav", &wav(announced)), sound(1500));
        }
        assert_robust("wav", &wav(3000)[..80]);
    }
}
