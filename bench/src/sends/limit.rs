//! The store alone: as many tasks as there are people, each appending its next message when its last one is durable.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{ClientId, Draft, Target};
use tokio::task::{JoinError, JoinSet, LocalSet};
use tokio::time::sleep;

use super::plan::{PEOPLE, Plan, TEXT, To};
use super::window::{WARM_UP, Window};
use crate::machine::CpuSample;
use crate::people::now;
use crate::seed::with_store;

/// Measures a fresh store in `dir` on the cores that this process may use, and prints the window as JSON.
///
/// # Errors
/// When the store refuses a send.
pub fn run(dir: &Path, seconds: u64) -> Result<()> {
    let window = with_store(dir, async |seeder| {
        let plan = Rc::new(Plan::seed(seeder).await?);
        let ids = Rc::new(IdGenerator::new()?);
        let done = Rc::new(Cell::new(0));
        let mut tasks = JoinSet::new();
        let local = LocalSet::new();
        for person in 0..PEOPLE {
            let store = Arc::clone(&seeder.store);
            let (plan, ids, done) = (Rc::clone(&plan), Rc::clone(&ids), Rc::clone(&done));
            let sends = async move {
                for number in 0.. {
                    store.append_message(draft(&plan, &ids, person, number)).await?;
                    done.set(done.get() + 1);
                }
                Ok(())
            };
            tasks.spawn_local_on(sends, &local);
        }
        let measure = async {
            sleep(Duration::from_secs(WARM_UP)).await;
            let (sends, begun) = (done.get(), Instant::now());
            let before = CpuSample::of(std::process::id())?;
            sleep(Duration::from_secs(seconds)).await;
            let cpu = before.until(&CpuSample::of(std::process::id())?);
            let seconds = begun.elapsed().as_secs_f64();
            Ok(Window { sends: done.get() - sends, seconds, cpu_ns: cpu.run_ns })
        };
        tokio::select! {
            window = local.run_until(measure) => window,
            Some(ended) = tasks.join_next() => Err(stopped(ended)),
        }
    })?;
    println!("{}", serde_json::to_string(&window)?);
    Ok(())
}

/// Why a task ended, which none does by itself.
fn stopped(ended: Result<chirrup_domain::Result<()>, JoinError>) -> anyhow::Error {
    match ended {
        Ok(Err(refused)) => refused.into(),
        Err(panicked) => panicked.into(),
        Ok(Ok(())) => anyhow!("a task ran out of numbers"),
    }
}

fn draft(plan: &Plan, ids: &IdGenerator, person: usize, number: u64) -> Draft {
    let at = now();
    Draft {
        id: ids.next(at),
        sender: plan.people[person].id,
        target: match plan.target(person, number) {
            To::Person(recipient) => Target::Direct { recipient, conversation: ids.next(at) },
            To::Group(group) => Target::Conversation(group),
        },
        content: TEXT.to_owned(),
        file: None,
        reply_to: None,
        namings: Vec::new(),
        client_id: ClientId::new(Plan::client_id(person, number)),
        origin: None,
        at,
    }
}
