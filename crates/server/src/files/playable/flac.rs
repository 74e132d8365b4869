use std::io;

use chirrup_domain::upload::Tracks;

use super::Playable;
use crate::files::source::Source;

/// The signature, the head of the first block, and what stands before the rate in it.
const BEFORE_RATE: u64 = 4 + 4 + 10;

/// The first block has the rate, in 20 bits, and, behind eight others, how many samples there are, in 36.
pub(super) fn read(source: &mut Source<'_>) -> io::Result<Playable> {
    source.skip(BEFORE_RATE)?;
    let (samples, rate) = source.take()?.map_or((0, 0), |bytes| {
        let bits = u64::from_be_bytes(bytes);
        (bits & 0xf_ffff_ffff, bits >> 44)
    });
    Ok(Playable::new(Some(Tracks::Sound), samples, rate))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_robust, read, sound};

    #[test]
    fn the_first_block_tells_how_many_samples_there_are() {
        let bits = (44_100_u64 << 44) | 66_150;
        let flac = [&b"fLaC\0\0\0\x22"[..], &[0; 10], &bits.to_be_bytes(), &[0; 16]].concat();
        assert_eq!(read("flac", &flac), sound(1500));
        assert_robust("flac", &flac);
    }
}
