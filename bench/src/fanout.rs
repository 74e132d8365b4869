//! CPU per delivered group message, against a server that only writes.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::load::{ClientNo, Load};
use crate::options::Options;
use crate::people::{Person, tokens};
use crate::report::{Figures, Row, Target};
use crate::room::{Room, Round, Speech};
use crate::seed::{Seeded, seed_group};
use crate::target::{DataDir, Process, start_chirrup, start_peer, start_raw};
use crate::wire;

/// Length that the frames are to have, header included; longer where the event is longer without any text.
const FRAME_BYTES: usize = 360;

/// Messages in flight, the share of the limit that a delivery may cost, and what it is called.
const MODES: [(usize, f64, &str); 2] = [(1, 1.3, "one at a time"), (8, 0.3, "eight in flight")];

/// Messages before those that count, in each mode.
const WARM_UP: usize = 50;

/// Nothing comes for this long: what a round caused is over.
const QUIET: Duration = Duration::from_millis(300);

/// A server and its room.
struct Subject {
    name: &'static str,
    process: Process,
    room: Room,
    /// Per mode: microseconds per delivery, and what the last round showed.
    modes: [(Figures, Option<Round>); 2],
}

impl Subject {
    fn limit(options: &Options, load: &mut Load, frame_bytes: usize) -> Result<Self> {
        let process = start_raw(options.server_core, frame_bytes)?;
        let connections = wire::connect_bare(process.address, options.members)?;
        let mut room = Room::new(load.join(connections)?, Speech::Trigger);
        room.fit_frames(load, &process, frame_bytes)?;
        Ok(Self { name: "limit", process, room, modes: Default::default() })
    }

    /// A server that everybody connects to, and speaks in frames of `frame_bytes` bytes where that is possible.
    fn group(
        name: &'static str,
        process: Process,
        load: &mut Load,
        seeded: &Seeded,
        frame_bytes: usize,
    ) -> Result<Self> {
        let mut room = Room::new(enter(load, &process, &seeded.people)?, Speech::group(&seeded.group));
        room.fit_frames(load, &process, frame_bytes).context(name)?;
        Ok(Self { name, process, room, modes: Default::default() })
    }

    fn warm_up(&mut self, load: &mut Load) -> Result<()> {
        for (in_flight, ..) in MODES {
            self.room.run(load, &self.process, in_flight, WARM_UP, QUIET).context(self.name)?;
        }
        Ok(())
    }
}

/// Runs the rounds of all servers in turn, and prints the table.
///
/// # Errors
/// When a server does not start, or a message is lost, repeated or out of order.
pub fn run(options: &Options) -> Result<()> {
    let mut load = Load::new(options.spin)?;
    let dir = DataDir::new(options, "fanout")?;
    let seeded = seed_group(dir.path(), options.members)?;
    let ours = Subject::group("chirrup", start_chirrup(options, &dir)?, &mut load, &seeded, FRAME_BYTES)?;
    let frame_bytes = ours.room.frame_bytes();
    let limit = Subject::limit(options, &mut load, frame_bytes)?;
    let mut subjects = vec![limit, ours];
    if options.peer_is_wanted() {
        let peer = start_peer(options, &dir, &seeded)?;
        subjects.push(Subject::group("socket.io", peer, &mut load, &seeded, frame_bytes)?);
    }
    for subject in &mut subjects {
        subject.warm_up(&mut load)?;
    }
    for _ in 0..options.repeats {
        for (mode, (in_flight, ..)) in MODES.into_iter().enumerate() {
            for subject in &mut subjects {
                let round = subject
                    .room
                    .run(&mut load, &subject.process, in_flight, options.messages, QUIET)
                    .context(subject.name)?;
                let (figures, last) = &mut subject.modes[mode];
                figures.push(round.cpu.micros_per(round.deliveries));
                *last = Some(round);
            }
        }
    }
    print(options, &subjects);
    Ok(())
}

/// Connects everybody, and lets the greetings pass.
fn enter(load: &mut Load, process: &Process, people: &[Person]) -> Result<Range<ClientNo>> {
    let tokens = tokens(people)?;
    let mut members = load.next()..load.next();
    for some in tokens.chunks(100) {
        // Those who are in read what the others' arrival causes.
        members.end = load.join(wire::connect(process.address, some)?)?.end;
        load.settle(Duration::from_millis(20))?;
    }
    load.settle(Duration::from_secs(1))?;
    Ok(members)
}

fn print(options: &Options, subjects: &[Subject]) {
    for (mode, (_, most, name)) in MODES.into_iter().enumerate() {
        let limit = subjects[0].modes[mode].0.clone();
        for (place, subject) in subjects.iter().enumerate() {
            let (figures, last) = &subject.modes[mode];
            let notes = last.as_ref().map_or_else(String::new, |round| {
                format!(
                    "{} members, {}-byte frames, {:.0} % user, {:.1} ms per message, {:.0}k deliveries/s, load {:.1} µs",
                    options.members,
                    subject.room.frame_bytes(),
                    round.cpu.user_share() * 100.0,
                    round.elapsed.as_secs_f64() * 1000.0 / options.messages as f64,
                    round.deliveries as f64 / round.elapsed.as_secs_f64() / 1000.0,
                    round.load_cpu.micros_per(round.deliveries),
                )
            });
            Row {
                measure: &format!("fanout, {name}: µs of CPU per delivery"),
                subject: subject.name,
                figures,
                ratio: (place > 0).then(|| figures.over(&limit)),
                target: (place == 1).then_some(Target::AtMost(most)),
                notes,
            }
            .print();
        }
    }
}
