use std::io;

use crate::files::source::Source;

/// Most tracks that are kept apart.
const MOST_TRACKS: usize = 32;
/// Most samples of a run that are looked at one by one.
const MOST_SAMPLES: u32 = 100_000;

/// In the flags of a fragment's head: what stands in it.
const DATA_OFFSET: u32 = 0x01;
const DESCRIPTION: u32 = 0x02;
const DEFAULT_DURATION: u32 = 0x08;
/// In the flags of a run: what stands before its samples, and in each.
const RUN_OFFSET: u32 = 0x001;
const FIRST_FLAGS: u32 = 0x004;
const SAMPLE_DURATION: u32 = 0x100;
const OTHERS: u32 = 0xe00;

/// How far each track goes, by the fragments of a recording.
#[derive(Default)]
pub(super) struct Fragments {
    tracks: Vec<Track>,
    /// The last `tkhd`'s, whose `mdhd` comes behind it.
    named: u32,
    current: Option<Current>,
}

struct Track {
    id: u32,
    per_second: u32,
    /// Of a sample that says nothing else.
    sample: u32,
    end: u64,
}

/// The fragment that is being read.
struct Current {
    track: usize,
    sample: u32,
    position: u64,
}

impl Fragments {
    /// Notes the id of the track that comes.
    pub(super) const fn name_track(&mut self, id: u32) {
        self.named = id;
    }

    /// Notes the track's unit of time.
    pub(super) fn track(&mut self, per_second: u32) {
        if self.tracks.len() < MOST_TRACKS {
            self.tracks.push(Track { id: self.named, per_second, sample: 0, end: 0 });
        }
    }

    /// Reads what holds for all samples of a track.
    pub(super) fn defaults(&mut self, source: &mut Source<'_>) -> io::Result<()> {
        let (Some(_flags), Some(id), Some(_description), Some(sample)) =
            (word(source)?, word(source)?, word(source)?, word(source)?)
        else {
            return Ok(());
        };
        if let Some(track) = self.tracks.iter_mut().find(|track| track.id == id) {
            track.sample = sample;
        }
        Ok(())
    }

    /// Reads the head of a track's fragment.
    pub(super) fn begin(&mut self, source: &mut Source<'_>) -> io::Result<()> {
        self.current = None;
        let (Some(flags), Some(id)) = (word(source)?, word(source)?) else { return Ok(()) };
        let Some(track) = self.tracks.iter().position(|track| track.id == id) else { return Ok(()) };
        source.skip(if flags & DATA_OFFSET == 0 { 0 } else { 8 })?;
        source.skip(if flags & DESCRIPTION == 0 { 0 } else { 4 })?;
        let sample = match flags & DEFAULT_DURATION {
            0 => None,
            _ => word(source)?,
        };
        let Track { sample: default, end: position, .. } = self.tracks[track];
        self.current = Some(Current { track, sample: sample.unwrap_or(default), position });
        Ok(())
    }

    /// Notes when the fragment starts.
    pub(super) const fn start_at(&mut self, time: u64) {
        if let Some(current) = &mut self.current {
            current.position = time;
        }
    }

    /// Reads a run of samples.
    pub(super) fn samples(&mut self, source: &mut Source<'_>) -> io::Result<()> {
        let (Some(flags), Some(count)) = (word(source)?, word(source)?) else { return Ok(()) };
        let Some(current) = &mut self.current else { return Ok(()) };
        let mut length = u64::from(count) * u64::from(current.sample);
        if flags & SAMPLE_DURATION != 0 {
            let before = (flags & (RUN_OFFSET | FIRST_FLAGS)).count_ones();
            let others = (flags & OTHERS).count_ones();
            source.skip(4 * u64::from(before))?;
            length = 0;
            for _ in 0..count.min(MOST_SAMPLES) {
                let Some(sample) = word(source)? else { break };
                length += u64::from(sample);
                source.skip(4 * u64::from(others))?;
            }
        }
        current.position = current.position.saturating_add(length);
        let track = &mut self.tracks[current.track];
        track.end = track.end.max(current.position);
        Ok(())
    }

    /// The longest track's units of time, and how many there are in a second.
    pub(super) fn duration(&self) -> (u64, u64) {
        let lengths = self.tracks.iter().filter(|track| track.per_second > 0);
        let longest = lengths.max_by_key(|track| u128::from(track.end) * 1000 / u128::from(track.per_second));
        longest.map_or((0, 0), |track| (track.end, track.per_second.into()))
    }
}

fn word(source: &mut Source<'_>) -> io::Result<Option<u32>> {
    Ok(source.take()?.map(u32::from_be_bytes))
}
