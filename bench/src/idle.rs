//! Memory per connection that does nothing.

use std::time::Duration;

use anyhow::Result;

use crate::load::Load;
use crate::machine::Memory;
use crate::options::Options;
use crate::people::tokens;
use crate::report::{Figures, Row, Target};
use crate::seed::with_store;
use crate::target::{DataDir, Process, start_chirrup};
use crate::wire;

/// KB that a connection may take.
const MOST: f64 = 8.0;

/// Nothing comes for this long before memory is read, so that what the handshakes took is given back.
const QUIET: Duration = Duration::from_secs(3);

/// Per repeat starts a server, connects a fifth of the people, then the rest, and prints what each of the rest took.
///
/// # Errors
/// When the server does not start or refuses somebody.
pub fn run(options: &Options) -> Result<()> {
    let dir = DataDir::new(options, "idle")?;
    let people = with_store(dir.path(), async |seeder| seeder.people("idle", options.idle).await)?;
    let tokens = tokens(&people)?;
    let (first, rest) = tokens.split_at(options.idle / 5);
    let [mut rss, mut pss, mut private] = <[Figures; 3]>::default();
    for _ in 0..options.repeats {
        let server = start_chirrup(options, &dir)?;
        let mut load = Load::new(options.spin)?;
        let before = fill(&mut load, &server, first)?;
        let after = fill(&mut load, &server, rest)?;
        let each = |before: u64, after: u64| (after as f64 - before as f64) / rest.len() as f64;
        rss.push(each(before.rss, after.rss));
        pss.push(each(before.pss, after.pss));
        private.push(each(before.private, after.private));
    }
    Row {
        measure: "idle: KB of memory per connection",
        subject: "chirrup",
        figures: &rss,
        ratio: None,
        target: Some(Target::AtMost(MOST)),
        notes: format!("RSS from {} to {}; PSS {pss}, private {private}", first.len(), tokens.len()),
    }
    .print();
    Ok(())
}

/// Connects more people, and reads the server's memory once it is quiet.
fn fill(load: &mut Load, server: &Process, tokens: &[String]) -> Result<Memory> {
    for some in tokens.chunks(500) {
        load.join(wire::connect(server.address, some)?)?;
        load.settle(Duration::ZERO)?;
    }
    load.settle(QUIET)?;
    server.memory()
}
