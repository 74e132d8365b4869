//! Measures long lists, and short reads beside them:
//! `cargo run --release -p chirrup-store-sqlite --example lists -- [READERS] [SECONDS]`.
//!
//! One user is in 200 groups of 100 members. Readers ask for the whole list without a pause, while somebody else looks
//! one user up, as every request does.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{ConversationPage, NewConversation, NewMembers};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Clock, Store, clock::SystemClock};
use chirrup_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const GROUPS: usize = 200;
const MEMBERS: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let readers: usize = arguments.next().map_or(Ok(8), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody))?);
    let ids = IdGenerator::new()?;

    let at = SystemClock.now();
    let mut users = Vec::new();
    for n in 0..MEMBERS {
        let (username, email) = (format!("user {n}"), format!("{n}@example.org"));
        let (id, role) = (ids.next(at), AccountRole::Member);
        let user = NewUser { id, username, email, password_hash: String::new(), role, at };
        users.push(store.create_user(user).await?.id);
    }
    for _ in 0..GROUPS {
        let members =
            NewMembers::Group { name: "group".to_owned(), avatar: None, others: users[1..].to_vec() };
        store
            .create_conversation(NewConversation { id: ids.next(at), creator: users[0], at, members })
            .await?;
    }

    let end = Instant::now() + Duration::from_secs(seconds);
    let page = ConversationPage { after: None, limit: 200 };
    let mut listing = JoinSet::new();
    for _ in 0..readers {
        let (store, user) = (Arc::clone(&store), users[0]);
        listing.spawn(async move {
            let mut lists = 0;
            while Instant::now() < end {
                assert_eq!(store.list_conversations(user, page).await?.0.len(), GROUPS);
                lists += 1;
            }
            Ok::<_, chirrup_domain::Error>(lists)
        });
    }
    let mut waits = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        store.find_user(users[1]).await?;
        waits.push(asked.elapsed());
    }
    let mut lists = 0;
    for reader in listing.join_all().await {
        lists += reader?;
    }
    waits.sort_unstable();
    println!(
        "{readers} readers: {:.0} lists/s; a look-up beside them: median {:?}, 99th percentile {:?}",
        lists as f64 / seconds as f64,
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
    );
    store.close().await?;
    Ok(())
}
