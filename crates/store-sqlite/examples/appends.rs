//! Measures durable appends: `cargo run --release -p chirrup-store-sqlite --example appends -- [SENDERS] [SECONDS] [FOLDER]`.
//!
//! Senders wait for each answer before they send again, half of them to one another and half into a group, each send
//! with a `clientId`.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{NewConversation, NewMembers};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{ClientId, Draft, Target};
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Clock, Store, UserId, clock::SystemClock};
use chirrup_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const CONTENT: &str = "A message of eighty characters, which is about as long as people write in a chat";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let senders: usize = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let within = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(within)?;
    let store = SqliteStore::open(&folder.path().join("chirrup.db"), Arc::new(NoFeed), Arc::new(Nobody))?;
    let (store, ids): (Arc<dyn Store>, _) = (Arc::new(store), Arc::new(IdGenerator::new()?));

    let users = make_users(&*store, &ids, senders).await?;
    let at = SystemClock.now();
    let members = NewMembers::Group { name: "group".to_owned(), avatar: None, others: users[1..].to_vec() };
    let new = NewConversation { id: ids.next(at), creator: users[0], at, members };
    let group = store.create_conversation(new).await?.view.conversation.id;

    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let mut sending = JoinSet::new();
    for (index, &sender) in users.iter().enumerate() {
        let (store, ids, recipient) = (Arc::clone(&store), Arc::clone(&ids), users[(index + 2) % senders]);
        sending.spawn(async move {
            let mut waits = Vec::new();
            while Instant::now() < end {
                let at = SystemClock.now();
                let target = match index % 2 {
                    0 => Target::Direct { recipient, conversation: ids.next(at) },
                    _ => Target::Conversation(group),
                };
                let client_id = ClientId::new(format!("{index}-{}", waits.len()));
                let draft = Draft {
                    id: ids.next(at),
                    sender,
                    target,
                    content: CONTENT.into(),
                    file: None,
                    reply_to: None,
                    namings: Vec::new(),
                    client_id,
                    origin: None,
                    at,
                };
                let asked = Instant::now();
                store.append_message(draft).await?;
                waits.push(asked.elapsed());
            }
            Ok::<_, chirrup_domain::Error>(waits)
        });
    }
    let mut waits = Vec::new();
    for sender in sending.join_all().await {
        waits.extend(sender?);
    }
    let elapsed = started.elapsed().as_secs_f64();
    waits.sort_unstable();
    println!(
        "{senders} senders: {:.0} appends/s, median {:?}, 99th percentile {:?}",
        waits.len() as f64 / elapsed,
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
    );
    store.close().await?;
    Ok(())
}

async fn make_users(
    store: &dyn Store,
    ids: &IdGenerator,
    count: usize,
) -> Result<Vec<UserId>, chirrup_domain::Error> {
    let mut users = Vec::with_capacity(count);
    for n in 0..count {
        let at = SystemClock.now();
        let user = NewUser {
            id: ids.next(at),
            username: format!("user {n}"),
            email: format!("{n}@example.org"),
            password_hash: String::new(),
            role: AccountRole::Member,
            at,
        };
        users.push(store.create_user(user).await?.id);
    }
    Ok(users)
}
