//! Measures a page of history whose messages were read one by one:
//! `cargo run --release -p chirrup-store-sqlite --example readers -- [MEMBERS]`.
//!
//! Every member of a group has marked each of its 200 messages by itself, in an order in which no two marks join.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{NewConversation, NewMembers};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{Draft, HistoryAt, HistoryPage, Target};
use chirrup_domain::presence::Nobody;
use chirrup_domain::receipt::MessageMark;
use chirrup_domain::{Clock, Store, Timestamp, clock::SystemClock};
use chirrup_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const MESSAGES: usize = 200;
const PAGES: usize = 50;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let members: usize = std::env::args().nth(1).map_or(Ok(150), |text| text.parse())?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody))?);
    let ids = IdGenerator::new()?;

    let at = SystemClock.now();
    let mut users = Vec::new();
    for n in 0..members {
        let (username, email) = (format!("user {n}"), format!("{n}@example.org"));
        let (id, role) = (ids.next(at), AccountRole::Member);
        let user = NewUser { id, username, email, password_hash: String::new(), role, at };
        users.push(store.create_user(user).await?.id);
    }
    let new = NewMembers::Group { name: "group".to_owned(), avatar: None, others: users[1..].to_vec() };
    let new = NewConversation { id: ids.next(at), creator: users[0], at, members: new };
    let group = store.create_conversation(new).await?.view.conversation.id;
    let mut messages = Vec::new();
    for n in 0..MESSAGES {
        let (id, sender) = (ids.next(at), users[n % members]);
        let (target, content) = (Target::Conversation(group), format!("message {n}"));
        let draft = Draft {
            id,
            sender,
            target,
            content,
            file: None,
            reply_to: None,
            namings: Vec::new(),
            client_id: None,
            origin: None,
            at,
        };
        messages.push(store.append_message(draft).await?.message.id);
    }
    let mut marking = JoinSet::new();
    for reader in users.clone() {
        let (store, messages) = (Arc::clone(&store), messages.clone());
        marking.spawn(async move {
            // All even ones and then all odd ones, with more than a second in between.
            let order = (0..MESSAGES).step_by(2).chain((1..MESSAGES).step_by(2));
            for (n, index) in order.enumerate() {
                let at = Timestamp::from_millis(at.as_millis() + 2000 * n as i64);
                store
                    .mark_message_read(MessageMark { reader, message: messages[index], origin: None, at })
                    .await?;
            }
            Ok::<_, chirrup_domain::Error>(())
        });
    }
    for marked in marking.join_all().await {
        marked?;
    }

    let page = HistoryPage { at: HistoryAt::Newest, limit: 200 };
    let mut took = Vec::new();
    for _ in 0..PAGES {
        let asked = Instant::now();
        let history = store.list_messages(group, users[0], page).await?.ok_or("not a member")?;
        took.push(asked.elapsed());
        assert!(history.messages.iter().all(|message| message.read_count + 1 == members as u32));
    }
    took.sort_unstable();
    let median: Duration = took[PAGES / 2];
    println!("{members} members: a page of {MESSAGES} messages takes {median:?}");
    store.close().await?;
    Ok(())
}
