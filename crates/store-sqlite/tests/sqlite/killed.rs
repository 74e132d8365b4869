//! A process that appends is killed at any moment; what it had acknowledged is there.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::feed::NoFeed;
use chirrup_domain::message::Target;
use chirrup_domain::presence::Nobody;
use chirrup_domain::{ConversationId, MessageId, UserId};
use chirrup_store_sqlite::SqliteStore;
use chirrup_testkit::store::{Online, Recorder, World};

const ROUNDS: u64 = 20;
const SENDERS: usize = 64;
const DATABASE: &str = "CHIRRUP_TEST_KILLED_DATABASE";

fn world(path: &Path) -> World {
    let store = SqliteStore::open(path, Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
    World::of(Arc::new(store), Arc::<Recorder>::default(), Arc::<Online>::default())
}

/// The two groups that everybody writes to, made if they are not there.
async fn rooms(w: &World) -> (UserId, Vec<ConversationId>) {
    let alice = match w.store.find_credentials("alice").await.unwrap() {
        Some(found) => found.account.user.id,
        None => w.user("alice").await,
    };
    // The process may have been killed between any two of them.
    let mut rooms = w.store.list_group_ids(alice).await.unwrap();
    while rooms.len() < 2 {
        rooms.push(w.group(alice, &[]).await);
    }
    (alice, rooms)
}

/// Not a test: the process that is killed. Prints each message once it is acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below"]
async fn append_until_killed() {
    let Some(path) = std::env::var_os(DATABASE).map(PathBuf::from) else { return };
    let w = world(&path);
    let (alice, rooms) = rooms(&w).await;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        let (w, room) = (w.clone(), rooms[sender % rooms.len()]);
        senders.spawn(async move {
            loop {
                let id = w.id::<MessageId>().to_string();
                let sent = w.send_as(alice, Target::Conversation(room), &id, &id).await.unwrap();
                println!("acked {} {} {}.", sent.message.id, sent.message.seq.get(), room);
            }
        });
    }
    senders.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    let mut acked = HashMap::new();
    for round in 0..ROUNDS {
        // Spread over start, first groups and checkpoints.
        let output = run_and_kill(&path, Duration::from_millis(40 + round * 97 % 360));
        acked.extend(output.lines().filter_map(parse));
        check(&path, &acked).await;
    }
    assert!(acked.len() > 1000, "only {} messages were acknowledged at all", acked.len());
}

fn run_and_kill(path: &Path, after: Duration) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::append_until_killed", "--ignored", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let output = std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).map(|_| output)
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    output.join().unwrap().unwrap()
}

/// Reads a whole line; the last one may have been cut.
fn parse(line: &str) -> Option<(String, (ConversationId, u64))> {
    let mut words = line.strip_suffix('.')?.split_once("acked ")?.1.split(' ');
    let (id, seq, room) = (words.next()?, words.next()?, words.next()?);
    Some((id.to_owned(), (room.parse().ok()?, seq.parse().ok()?)))
}

async fn check(path: &Path, acked: &HashMap<String, (ConversationId, u64)>) {
    let w = world(path);
    let (alice, rooms) = rooms(&w).await;
    let mut stored = HashMap::new();
    for room in rooms {
        for (index, message) in w.history(room, alice).await.into_iter().enumerate() {
            assert_eq!(message.seq.get(), index as u64 + 1);
            // What it was sent as is its text.
            let twice = stored.insert(message.content, (message.id, room, message.seq.get()));
            assert_eq!(twice, None);
        }
    }
    let by_id: HashMap<_, _> =
        stored.into_values().map(|(id, room, seq)| (id.to_string(), (room, seq))).collect();
    for (id, place) in acked {
        assert_eq!(by_id.get(id), Some(place), "{id} was acknowledged");
    }
    w.store.close().await.unwrap();
}
