use std::sync::atomic::AtomicBool;
use std::sync::mpsc as blocking;

use chirrup_domain::account::{AccountRole, AccountStore, NewUser};
use chirrup_domain::conversation::{ConversationPage, ConversationStore, NewConversation, NewMembers};
use chirrup_domain::id::IdGenerator;
use chirrup_domain::member::{Act, MemberStore};
use chirrup_domain::message::{Appended, Draft, MessageStore, Target};
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Change, ConversationId, Feed, Group, Store, Timestamp, UserId};
use tokio::task::JoinHandle as Task;

use super::*;
use crate::SqliteStore;
use crate::search::Indexer;

const NOW: Timestamp = Timestamp::from_millis(1_768_473_000_000);

#[derive(Default)]
struct Groups(Mutex<Vec<Vec<Change>>>);

impl Groups {
    /// The change numbers of the last group.
    fn last_numbers(&self) -> Vec<u64> {
        self.0.lock().last().unwrap().iter().map(|change| change.no.0).collect()
    }
}

impl Feed for Groups {
    fn committed(&self, group: Group) {
        self.0.lock().push(group.changes);
        (group.settle)();
    }
}

fn page() -> ConversationPage {
    ConversationPage { after: None, limit: 200 }
}

/// A store with one user, alone in a group.
struct Room {
    store: Arc<SqliteStore>,
    feed: Arc<Groups>,
    ids: IdGenerator,
    user: UserId,
    id: ConversationId,
}

impl Room {
    async fn new() -> Self {
        let (feed, ids) = (Arc::<Groups>::default(), IdGenerator::new().unwrap());
        let store = Arc::new(SqliteStore::temporary(feed.clone(), Arc::new(Nobody)).unwrap());
        let user = NewUser {
            id: ids.next(NOW),
            username: "alice".into(),
            email: "alice@example.org".into(),
            password_hash: String::new(),
            role: AccountRole::Member,
            at: NOW,
        };
        let user = store.create_user(user).await.unwrap().id;
        let members = NewMembers::Group { name: "group".into(), avatar: None, others: vec![] };
        let new = NewConversation { id: ids.next(NOW), creator: user, at: NOW, members };
        let id = store.create_conversation(new).await.unwrap().view.conversation.id;
        Self { store, feed, ids, user, id }
    }

    fn draft(&self, content: &str) -> Draft {
        let (id, target) = (self.ids.next(NOW), Target::Conversation(self.id));
        Draft {
            id,
            sender: self.user,
            target,
            content: content.into(),
            file: None,
            reply_to: None,
            namings: Vec::new(),
            client_id: None,
            origin: None,
            at: NOW,
        }
    }

    fn append(&self, draft: Draft) -> Task<Result<Appended>> {
        let store = Arc::clone(&self.store);
        tokio::spawn(async move { store.append_message(draft).await })
    }

    async fn say(&self) -> Result<u64> {
        Ok(self.store.append_message(self.draft("hi")).await?.message.seq.get())
    }

    /// Keeps the writing thread busy until the answer is dropped.
    async fn hold(&self) -> (blocking::Sender<()>, Task<Result<()>>) {
        let (release, held) = blocking::channel();
        let (started, starting) = oneshot::channel();
        let task = self.write(move |_| {
            started.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        starting.await.unwrap();
        (release, task)
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Task<Result<T>> {
        let store = Arc::clone(&self.store);
        tokio::spawn(async move { store.writer.write(work).await })
    }

    /// Waits until this many requests are queued.
    async fn queued(&self, requests: usize) {
        let free = || self.store.writer.queue.lock().as_ref().unwrap().capacity();
        while free() > QUEUED - requests {
            tokio::task::yield_now().await;
        }
    }

    /// Sets how many pages the file may have; gives how many it has.
    async fn limit_pages(&self, more: i64) {
        let limit = move |transaction: &mut Transaction<'_>| {
            let connection = transaction.connection();
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            connection.pragma_update_and_check(None, "max_page_count", pages + more, |_| Ok(()))?;
            Ok(())
        };
        self.write(limit).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_is_queued_becomes_one_group() {
    let room = Room::new().await;
    let (release, held) = room.hold().await;
    let waiting: Vec<_> = (0..50).map(|_| room.append(room.draft("hi"))).collect();
    room.queued(50).await;
    drop(release);
    held.await.unwrap().unwrap();
    for (index, task) in waiting.into_iter().enumerate() {
        assert_eq!(task.await.unwrap().unwrap().message.seq.get(), index as u64 + 1);
    }
    assert_eq!(room.feed.last_numbers(), (2..=51).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_that_fails_fails_alone() {
    let room = Room::new().await;
    let (release, held) = room.hold().await;
    let first = room.draft("first");
    // The same id again: refused only once the conversation for it has been made and numbered.
    let target = Target::Direct { recipient: room.user, conversation: room.ids.next(NOW) };
    let same_id = Draft { target, ..first.clone() };
    let waiting = [first, same_id, room.draft("third")].map(|draft| room.append(draft));
    room.queued(3).await;
    drop(release);
    held.await.unwrap().unwrap();
    let [first, second, third] = waiting;
    assert_eq!(first.await.unwrap().unwrap().message.seq.get(), 1);
    assert!(matches!(second.await.unwrap(), Err(Error::Internal(_))));
    assert_eq!(third.await.unwrap().unwrap().message.seq.get(), 2);

    assert_eq!(room.feed.last_numbers(), [2, 3]);
    let (conversations, _) = room.store.list_conversations(room.user, page()).await.unwrap();
    assert_eq!(conversations.len(), 1);
}

#[tokio::test]
async fn work_half_done_is_undone() {
    let room = Room::new().await;
    let half = room.write(|transaction| {
        transaction.connection().execute("UPDATE users SET username = 'mallory'", [])?;
        Err::<(), _>(Error::EmptyMessage.into())
    });
    assert!(matches!(half.await.unwrap(), Err(Error::EmptyMessage)));
    assert_eq!(room.store.find_user(room.user).await.unwrap().unwrap().username, "alice");
}

#[tokio::test]
async fn a_full_disk_refuses_the_whole_group_and_nothing_after_it() {
    let room = Room::new().await;
    assert_eq!(room.say().await.unwrap(), 1);
    let before = room.store.last_change().await.unwrap();
    room.limit_pages(2).await;

    let (release, held) = room.hold().await;
    let small = room.append(room.draft("fits"));
    let large = room.append(room.draft(&"x".repeat(100_000)));
    room.queued(2).await;
    drop(release);
    held.await.unwrap().unwrap();
    for refused in [small, large] {
        assert!(matches!(refused.await.unwrap(), Err(Error::Unavailable(_))));
    }
    assert_eq!(room.store.last_change().await.unwrap(), before);

    assert_eq!(room.say().await.unwrap(), 2);
    room.limit_pages(1000).await;
    let large = room.append(room.draft(&"x".repeat(100_000)));
    assert_eq!(large.await.unwrap().unwrap().message.seq.get(), 3);
    assert_eq!(room.store.last_change().await.unwrap(), ChangeNo(before.0 + 2));
}

#[tokio::test]
async fn a_commit_that_fails_refuses_its_group_and_nothing_after_it() {
    let room = Room::new().await;
    let (release, held) = room.hold().await;
    let append = room.append(room.draft("hi"));
    room.queued(1).await;
    // Checked by the commit alone, and leaves the transaction open.
    let broken = room.write(|transaction| {
        let connection = transaction.connection();
        connection.pragma_update(None, "defer_foreign_keys", true)?;
        connection.execute("UPDATE members SET user = 999", [])?;
        Ok(())
    });
    room.queued(2).await;
    drop(release);
    held.await.unwrap().unwrap();
    assert!(matches!(append.await.unwrap(), Err(Error::Unavailable(_))));
    assert!(matches!(broken.await.unwrap(), Err(Error::Unavailable(_))));
    assert_eq!(room.say().await.unwrap(), 1);
}

#[tokio::test]
async fn a_request_given_up_while_it_waits_is_never_carried_out() {
    let room = Room::new().await;
    let (release, held) = room.hold().await;
    let done = Arc::new(AtomicBool::new(false));
    let waiting = room.write({
        let done = Arc::clone(&done);
        move |_| {
            done.store(true, Ordering::SeqCst);
            Ok(())
        }
    });
    // With nothing else to do, a paused clock jumps to the next deadline: both requests wait for too long.
    tokio::time::pause();
    assert!(matches!(waiting.await.unwrap(), Err(Error::Unavailable(_))));
    tokio::time::resume();
    assert!(!held.is_finished(), "what has been started is waited for");
    drop(release);
    held.await.unwrap().unwrap();
    room.say().await.unwrap();
    assert!(!done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let room = Room::new().await;
    let (release, held) = room.hold().await;
    let waiting: Vec<_> = (0..QUEUED).map(|_| room.write(|_| Ok(()))).collect();
    room.queued(QUEUED).await;
    assert!(matches!(room.say().await, Err(Error::Unavailable(_))));
    drop(release);
    held.await.unwrap().unwrap();
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    room.say().await.unwrap();
}

impl Room {
    /// How many messages the index knows, and how many of them by this key.
    async fn indexed(&self, key: &'static str) -> (u64, u64) {
        let count = move |transaction: &mut Transaction<'_>| {
            let connection = transaction.connection();
            let reached =
                connection.query_row("SELECT sum(indexed_seq) FROM conversations", [], |row| row.get(0))?;
            let sql = "SELECT count(*) FROM search WHERE search MATCH ?1";
            Ok((reached, connection.query_row(sql, [key], |row| row.get(0))?))
        };
        self.write(count).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn messages_are_taken_into_the_index_in_steps() {
    let room = Room::new().await;
    for said in 1..=12 {
        room.say().await.unwrap();
        let indexed = said / 5 * 5;
        assert_eq!(room.indexed("\"whi\"").await, (indexed, indexed));
    }
}

#[tokio::test]
async fn the_index_forgets_what_is_no_longer_said() {
    let room = Room::new().await;
    for _ in 0..5 {
        room.say().await.unwrap();
    }
    let change =
        |sql: &'static str| room.write(|transaction| Ok(transaction.connection().execute(sql, [])?));
    change("UPDATE messages SET content = 'ho' WHERE seq = 2").await.unwrap().unwrap();
    assert_eq!((room.indexed("\"whi\"").await, room.indexed("\"who\"").await), ((5, 4), (5, 1)));
    change("DELETE FROM messages WHERE seq > 3").await.unwrap().unwrap();
    assert_eq!((room.indexed("\"whi\"").await, room.indexed("\"who\"").await), ((5, 2), (5, 1)));
}

#[tokio::test]
async fn nothing_of_a_deleted_group_stays_for_the_index() {
    let room = Room::new().await;
    for _ in 0..300 {
        room.say().await.unwrap();
    }
    room.indexed("\"whi\"").await;
    let act = Act { group: room.id, actor: room.user, notice: room.ids.next(NOW), at: NOW };
    room.store.delete_group(act).await.unwrap();
    // Nobody writes meanwhile.
    let left = || {
        room.store.readers.read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM search_changes)";
            Ok(connection.query_row(sql, [], |row| row.get::<_, u64>(0))?)
        })
    };
    let emptied = async {
        while left().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), emptied).await.unwrap();
}

#[tokio::test]
async fn a_step_that_fails_refuses_no_send_and_is_made_up_for() {
    let room = Room::new().await;
    let rename = |from, to| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        room.write(move |transaction| Ok(transaction.connection().execute_batch(&sql)?))
    };
    rename("search", "elsewhere").await.unwrap().unwrap();
    for _ in 0..5 {
        room.say().await.unwrap();
    }
    rename("elsewhere", "search").await.unwrap().unwrap();
    for _ in 0..5 {
        room.say().await.unwrap();
    }
    // Between two groups there is one step.
    room.indexed("\"whi\"").await;
    assert_eq!(room.indexed("\"whi\"").await, (10, 10));
}

/// As many characters that stand for themselves, no two of them the same.
fn characters(count: u32, first: char) -> String {
    (0..count).filter_map(|n| char::from_u32(u32::from(first) + n)).collect()
}

#[tokio::test]
async fn a_step_mends_only_so_many_keys() {
    let room = Room::new().await;
    for _ in 0..5 {
        room.say().await.unwrap();
    }
    room.indexed("\"whi\"").await;
    let left = room.write(|transaction| {
        let connection = transaction.connection();
        connection.execute("UPDATE messages SET content = ?1", [characters(10_000, '一')])?;
        let mut indexer = Indexer::new(connection, None)?;
        let mut left: Vec<u64> = Vec::new();
        while indexer.is_due() {
            indexer.step(connection)?;
            left.push(connection.query_row("SELECT count(*) FROM search_changes", [], |row| row.get(0))?);
        }
        Ok(left)
    });
    // Each has as many keys as the index keeps of one, and there were some before.
    assert_eq!(left.await.unwrap().unwrap(), [3, 1, 0]);
    for (key, known) in [("\"s一丁\"", 5), ("\"l\"", 5), ("\"s甀\"", 0), ("\"whi\"", 0)] {
        assert_eq!(room.indexed(key).await, (5, known), "{key}");
    }
}

#[tokio::test]
async fn a_step_takes_in_only_so_many_keys() {
    let room = Room::new().await;
    for _ in 0..12 {
        room.say().await.unwrap();
    }
    let reached = room.write(|transaction| {
        let connection = transaction.connection();
        connection.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
        connection.execute("UPDATE conversations SET indexed_seq = 0", [])?;
        connection.execute("UPDATE messages SET content = ?1", [characters(1_500, '一')])?;
        let mut indexer = Indexer::new(connection, None)?;
        let mut reached: Vec<u64> = Vec::new();
        for _ in 0..2 {
            indexer.step(connection)?;
            reached
                .push(connection.query_row("SELECT indexed_seq FROM conversations", [], |row| row.get(0))?);
            assert_eq!(indexer.is_due(), reached == [10], "it goes on where it left some");
        }
        Ok(reached)
    });
    assert_eq!(reached.await.unwrap().unwrap(), [10, 12]);
}
