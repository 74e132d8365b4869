//! CPU per authenticated connection: TCP, upgrade, open, CONNECT with a token, its answer.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::load::Load;
use crate::options::Options;
use crate::people::{Person, tokens};
use crate::report::{Figures, Row, Target};
use crate::seed::{Seeded, Seeder, with_store};
use crate::target::{DataDir, Process, start_chirrup, start_peer, start_raw};
use crate::wire;

/// Microseconds that a connection may cost.
const MOST: f64 = 250.0;

/// Connections before those that count.
const WARM_UP: usize = 200;

/// Nothing comes for this long: what connecting caused is over.
const QUIET: Duration = Duration::from_millis(500);

/// People whom those in eleven conversations talk with, and who never connect: what is measured is the connection,
/// not telling others of it.
const ABSENT: usize = 100;
const DIRECTS_EACH: usize = 8;
const GROUPS_EACH: usize = 3;
const GROUP_MEMBERS: usize = 6;

/// People who connect to one server, each once.
struct Subject<'a> {
    name: &'static str,
    process: &'a Process,
    /// None connect to the limit over TCP alone.
    tokens: Option<Vec<String>>,
    target: Option<Target>,
    figures: Figures,
    notes: String,
}

/// Runs the rounds of all servers in turn, and prints the table.
///
/// # Errors
/// When a server does not start or refuses somebody.
pub fn run(options: &Options) -> Result<()> {
    let people = WARM_UP + options.repeats * options.connects;
    let dir = DataDir::new(options, "connect")?;
    let (alone, eleven) = with_store(dir.path(), async |seeder| {
        Ok((seeder.people("alone", people).await?, people_in_eleven(seeder, people).await?))
    })?;
    let chirrup = start_chirrup(options, &dir)?;
    let raw = start_raw(options.server_core, 360)?;
    let alone_tokens = tokens(&alone)?;
    let peer = match options.peer_is_wanted() {
        true => Some(start_peer(options, &dir, &Seeded { people: alone, group: "all".to_owned() })?),
        false => None,
    };
    let target = Some(Target::AtMost(MOST));
    let mut subjects = vec![
        Subject::new("a bare accept", &raw, None, None),
        Subject::new("chirrup, no conversation", &chirrup, Some(alone_tokens.clone()), target),
        Subject::new("chirrup, 11 conversations", &chirrup, Some(tokens(&eleven)?), target),
    ];
    subjects.extend(peer.as_ref().map(|peer| Subject::new("socket.io", peer, Some(alone_tokens), None)));

    let mut load = Load::new(options.spin)?;
    for subject in &mut subjects {
        subject.round(&mut load, 0, WARM_UP).context(subject.name)?;
        subject.figures = Figures::default();
    }
    for repeat in 0..options.repeats {
        for subject in &mut subjects {
            let first = WARM_UP + repeat * options.connects;
            subject.round(&mut load, first, options.connects).context(subject.name)?;
        }
    }
    for subject in subjects {
        Row {
            measure: "connect: µs of CPU per connection",
            subject: subject.name,
            figures: &subject.figures,
            ratio: None,
            target: subject.target,
            notes: subject.notes,
        }
        .print();
    }
    Ok(())
}

impl<'a> Subject<'a> {
    fn new(
        name: &'static str,
        process: &'a Process,
        tokens: Option<Vec<String>>,
        target: Option<Target>,
    ) -> Self {
        Self { name, process, tokens, target, figures: Figures::default(), notes: String::new() }
    }

    /// Connects `count` people, beginning with the one at `first`; they stay.
    fn round(&mut self, load: &mut Load, first: usize, count: usize) -> Result<()> {
        let before = self.process.cpu()?;
        let begun = Instant::now();
        let connections = match &self.tokens {
            Some(tokens) => wire::connect(self.process.address, &tokens[first..first + count])?,
            None => wire::connect_bare(self.process.address, count)?,
        };
        let elapsed = begun.elapsed();
        load.join(connections)?;
        load.settle(QUIET)?;
        let cpu = before.until(&self.process.cpu()?);
        self.figures.push(cpu.micros_per(count));
        let rate = count as f64 / elapsed.as_secs_f64();
        self.notes = format!("{count} each, {:.0} % user, {rate:.0}/s", cpu.user_share() * 100.0);
        Ok(())
    }
}

/// People in eight direct conversations and three groups each, with people who never connect.
async fn people_in_eleven(seeder: &Seeder, count: usize) -> Result<Vec<Person>> {
    let people = seeder.people("eleven", count).await?;
    let absent = seeder.people("absent", ABSENT).await?;
    let mut others = absent.iter().map(|person| person.id).cycle();
    let mut new = Vec::with_capacity(count * (DIRECTS_EACH + GROUPS_EACH));
    for person in &people {
        for other in others.by_ref().take(DIRECTS_EACH) {
            new.push(seeder.direct(person.id, other));
        }
        for _ in 0..GROUPS_EACH {
            let mut members = vec![person.id];
            members.extend(others.by_ref().take(GROUP_MEMBERS - 1));
            new.push(seeder.group(&members));
        }
    }
    seeder.conversations(new).await?;
    Ok(people)
}
