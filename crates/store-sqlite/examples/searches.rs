//! Measures searches among many messages:
//! `cargo run --release -p chirrup-store-sqlite --example searches -- [MESSAGES] [SEARCHES] [FOLDER]`.
//!
//! 2,000 groups of very different sizes, texts of 3 to 20 words out of 50,000, the n-th of which is about n times rarer
//! than the first. Times of searches are CPU of the thread that makes them, in milliseconds: other work on the machine does
//! not count. Somebody is in one of the groups, somebody in 11 and somebody in 1,000 of them.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{NewConversation, NewMembers};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{Draft, Target};
use chirrup_domain::presence::Nobody;
use chirrup_domain::search::{Query, Search};
use chirrup_domain::{Clock, ConversationId, Store, UserId, clock::SystemClock};
use chirrup_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const GROUPS: usize = 2_000;
const WORDS: usize = 50_000;
const SENDERS: u64 = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let messages: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let searches: usize = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let within = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(within)?;
    let path = folder.path().join("chirrup.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, Arc::new(NoFeed), Arc::new(Nobody))?);
    let ids = Arc::new(IdGenerator::new()?);

    let mut readers = Vec::new();
    for name in ["writer", "one", "eleven", "thousand"] {
        readers.push(make_user(&*store, &ids, name).await?);
    }
    let (writer, readers) = (readers[0], &readers[1..]);
    let mut random = Random(42);
    let mut groups = Vec::new();
    for n in 0..GROUPS {
        let others: Vec<UserId> = readers
            .iter()
            .zip([n == 5, n % (GROUPS / 11) == 7 && n / (GROUPS / 11) < 11, random.below(2) == 0])
            .filter_map(|(reader, is_member)| is_member.then_some(*reader))
            .collect();
        let at = SystemClock.now();
        let members = NewMembers::Group { name: "group".to_owned(), avatar: None, others };
        let new = NewConversation { id: ids.next(at), creator: writer, at, members };
        groups.push(store.create_conversation(new).await?.view.conversation.id);
    }
    let world = Arc::new(World { groups, words: words(&mut random) });

    let started = Instant::now();
    let mut sending = JoinSet::new();
    for sender in 0..SENDERS {
        let (store, ids, world) = (Arc::clone(&store), Arc::clone(&ids), Arc::clone(&world));
        let mut random = Random(sender + 1);
        sending.spawn(async move {
            for _ in 0..messages / SENDERS {
                store.append_message(world.draft(&ids, writer, &mut random)).await?;
            }
            Ok::<_, chirrup_domain::Error>(())
        });
    }
    for sent in sending.join_all().await {
        sent?;
    }
    println!("{messages} messages in {:.0} s", started.elapsed().as_secs_f64());
    println!(
        "writing thread: {:.1} µs of CPU per message",
        cpu("sqlite-write")?.as_secs_f64() * 1e6 / messages as f64
    );

    println!("{:<12}{:<26}{:>9}{:>9}{:>9}{:>8}", "groups", "query", "median", "p99", "longest", "found");
    for (reader, rooms) in readers.iter().zip(["1", "11", "1000"]) {
        for (what, ranks) in [
            ("1st to 10th word", 0..10),
            ("11th to 100th", 10..100),
            ("101st to 1,000th", 100..1_000),
            ("1,001st to 10,000th", 1_000..10_000),
            ("10,001st to 50,000th", 10_000..WORDS),
        ] {
            for (how, end) in [("whole", " "), ("begins", "")] {
                let mut times = Vec::new();
                let mut found = 0;
                for _ in 0..searches {
                    let word = &world.words[ranks.start + random.below(ranks.len() as u64) as usize];
                    let query = Query::parse(&format!("{word}{end}"))?;
                    let search = Search { query, conversation: None, before: None, limit: 20 };
                    let before = cpu("sqlite-search-1")?;
                    found += store.search_messages(*reader, search).await?.map_or(0, |page| page.found.len());
                    times.push(cpu("sqlite-search-1")? - before);
                }
                times.sort_unstable();
                let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
                println!(
                    "{rooms:<12}{:<26}{:>9.2}{:>9.2}{:>9.2}{:>8.1}",
                    format!("{what}, {how}"),
                    at(0.5),
                    at(0.99),
                    at(1.0),
                    found as f64 / searches as f64
                );
            }
        }
    }
    store.close().await?;
    println!("{} MB on disk", std::fs::metadata(&path)?.len() / 1_000_000);
    Ok(())
}

struct World {
    groups: Vec<ConversationId>,
    words: Vec<String>,
}

impl World {
    fn draft(&self, ids: &IdGenerator, sender: UserId, random: &mut Random) -> Draft {
        let at = SystemClock.now();
        let mut content = String::new();
        for _ in 0..3 + random.below(18) {
            content.push_str(&self.words[random.rank(WORDS)]);
            content.push(' ');
        }
        let target = Target::Conversation(self.groups[random.rank(GROUPS)]);
        let (file, reply_to, client_id, origin) = Default::default();
        let (id, namings) = (ids.next(at), Vec::new());
        Draft { id, sender, target, content, file, reply_to, namings, client_id, origin, at }
    }
}

async fn make_user(store: &dyn Store, ids: &IdGenerator, name: &str) -> chirrup_domain::Result<UserId> {
    let at = SystemClock.now();
    let (username, email) = (name.to_owned(), format!("{name}@example.org"));
    let user = NewUser {
        id: ids.next(at),
        username,
        email,
        password_hash: String::new(),
        role: AccountRole::Member,
        at,
    };
    Ok(store.create_user(user).await?.id)
}

/// Words of two to ten letters, the frequent ones shorter.
fn words(random: &mut Random) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    let mut words = Vec::with_capacity(WORDS);
    while words.len() < WORDS {
        let letters = 2 + words.len().checked_ilog(8).unwrap_or(0) as u64 + random.below(4);
        let word: String = (0..letters).map(|_| char::from(b'a' + random.rank(26) as u8)).collect();
        if known.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// CPU time of a thread so far.
fn cpu(thread: &str) -> Result<Duration, Box<dyn Error>> {
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if std::fs::read_to_string(task.join("comm"))?.trim() == thread {
            let times = std::fs::read_to_string(task.join("schedstat"))?;
            return Ok(Duration::from_nanos(times.split(' ').next().unwrap_or_default().parse()?));
        }
    }
    Err("there is no such thread".into())
}

/// A generator that gives the same numbers each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number below `count`, where n comes up about n times more rarely than the first.
    fn rank(&mut self, count: usize) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((count as f64 + 1.0).powf(part) - 1.0) as usize % count
    }
}
