use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;

use chirrup_domain::conversation::{ConversationKind, NewMembers};
use chirrup_domain::message::Target;
use chirrup_domain::{ConversationId, Error, Feed, MessageId, Presence, Store, UserId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::World;
use super::reactions::shown;

const USERS: usize = 4;
const CASES: u32 = 24;

/// What somebody does. Users and groups are indices; a group's wraps around those there are.
#[derive(Debug, Clone)]
enum Operation {
    Tell { from: usize, to: usize, client_id: Option<u8> },
    Say { from: usize, group: usize, client_id: Option<u8> },
    CreateDirect { creator: usize, other: usize },
    CreateGroup { creator: usize, others: HashSet<usize> },
    Mark { reader: usize, room: usize, place: usize },
    MarkUpTo { reader: usize, room: usize, place: u64 },
    Change { actor: usize, room: usize, place: usize, change: Changed },
}

/// What somebody does to a message: emoji are indices.
#[derive(Debug, Clone, Copy)]
enum Changed {
    Text(u8),
    Gone,
    Reacted(usize),
    Unreacted(usize),
}

const EMOJI: [&str; 3] = ["👍", "❤️", "🏳️‍🌈"];

fn change() -> impl Strategy<Value = Changed> {
    prop_oneof![
        2 => (0..3_u8).prop_map(Changed::Text),
        1 => Just(Changed::Gone),
        3 => (0..EMOJI.len()).prop_map(Changed::Reacted),
        2 => (0..EMOJI.len()).prop_map(Changed::Unreacted),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let user = 0..USERS;
    let client_id = proptest::option::of(0..6_u8);
    prop_oneof![
        4 => (user.clone(), user.clone(), client_id.clone())
            .prop_map(|(from, to, client_id)| Operation::Tell { from, to, client_id }),
        4 => (user.clone(), 0..3_usize, client_id)
            .prop_map(|(from, group, client_id)| Operation::Say { from, group, client_id }),
        1 => (user.clone(), user.clone())
            .prop_map(|(creator, other)| Operation::CreateDirect { creator, other }),
        3 => (user.clone(), 0..6_usize, 0..8_usize)
            .prop_map(|(reader, room, place)| Operation::Mark { reader, room, place }),
        2 => (user.clone(), 0..6_usize, 0..12_u64)
            .prop_map(|(reader, room, place)| Operation::MarkUpTo { reader, room, place }),
        6 => (user.clone(), 0..6_usize, 0..8_usize, change())
            .prop_map(|(actor, room, place, change)| Operation::Change { actor, room, place, change }),
        1 => (user, proptest::collection::hash_set(0..USERS, 0..USERS)).prop_map(|(creator, mut others)| {
            others.remove(&creator);
            Operation::CreateGroup { creator, others }
        }),
    ]
}

/// A conversation in the model.
struct Room {
    id: ConversationId,
    kind: ConversationKind,
    members: HashSet<usize>,
    owner: Option<usize>,
    messages: Vec<MessageId>,
    senders: Vec<usize>,
    said: Vec<Said>,
    readers: Vec<HashSet<usize>>,
    pointers: HashMap<usize, u64>,
    touched: u64,
}

/// What a message says; `None` once it is deleted.
type Said = Option<Words>;

#[derive(Debug, Clone)]
struct Words {
    text: String,
    edited: bool,
    /// Kinds in the order of first use, with who reacted in the order in which they did.
    reactions: Vec<(usize, Vec<usize>)>,
}

impl Words {
    fn new() -> Self {
        Self { text: "hi".to_owned(), edited: false, reactions: Vec::new() }
    }

    /// Answers whether that changed anything.
    fn react(&mut self, actor: usize, emoji: usize) -> bool {
        let Some((_, users)) = self.reactions.iter_mut().find(|(kind, _)| *kind == emoji) else {
            self.reactions.push((emoji, vec![actor]));
            return true;
        };
        let is_new = !users.contains(&actor);
        if is_new {
            users.push(actor);
        }
        is_new
    }

    /// Answers whether that changed anything.
    fn unreact(&mut self, actor: usize, emoji: usize) -> bool {
        let Some((_, users)) = self.reactions.iter_mut().find(|(kind, _)| *kind == emoji) else {
            return false;
        };
        let before = users.len();
        users.retain(|user| *user != actor);
        let changed = users.len() < before;
        self.reactions.retain(|(_, users)| !users.is_empty());
        changed
    }
}

/// Everything that a store should know, kept in the simplest way.
#[derive(Default)]
struct Model {
    rooms: Vec<Room>,
    sends: HashMap<(usize, u8), MessageId>,
    changes: u64,
}

impl Model {
    fn direct(&self, a: usize, b: usize) -> Option<usize> {
        let members = HashSet::from([a, b]);
        self.rooms.iter().position(|room| room.kind == ConversationKind::Direct && room.members == members)
    }

    fn group(&self, index: usize) -> Option<usize> {
        let groups: Vec<_> =
            (0..self.rooms.len()).filter(|&room| self.rooms[room].kind == ConversationKind::Group).collect();
        (!groups.is_empty()).then(|| groups[index % groups.len()])
    }

    fn begin(&mut self, id: ConversationId, kind: ConversationKind, members: HashSet<usize>) -> usize {
        self.changes += 1;
        let touched = self.changes;
        let (messages, senders, said, readers, pointers) = Default::default();
        let owner = None;
        self.rooms.push(Room {
            id,
            kind,
            members,
            owner,
            messages,
            senders,
            said,
            readers,
            pointers,
            touched,
        });
        self.rooms.len() - 1
    }

    fn append(&mut self, room: usize, sender: usize, message: MessageId, client_id: Option<u8>) -> u64 {
        self.changes += 1;
        let room = &mut self.rooms[room];
        room.messages.push(message);
        room.senders.push(sender);
        room.said.push(Some(Words::new()));
        room.readers.push(HashSet::new());
        room.touched = self.changes;
        let seq = room.messages.len() as u64;
        room.pointers.insert(sender, seq);
        if let Some(client_id) = client_id {
            self.sends.insert((sender, client_id), message);
        }
        seq
    }
}

impl Room {
    /// Adds a reader to these places; answers whether that changed anything.
    fn read(&mut self, reader: usize, places: std::ops::RangeInclusive<u64>) -> bool {
        let end = *places.end();
        let pointer = self.pointers.get(&reader).copied().unwrap_or(0);
        let mut changed = end > pointer;
        for index in places.map(|place| place as usize - 1) {
            changed |= self.senders[index] != reader && self.readers[index].insert(reader);
        }
        if end > pointer {
            self.pointers.insert(reader, end);
        }
        changed
    }
}

/// Whatever is done in whatever order, the store answers and ends as the model does.
pub fn random_operations_agree_with_the_model<F, S>(open: F)
where
    F: Fn(Arc<dyn Feed>, Arc<dyn Presence>) -> S,
    S: Future<Output = Arc<dyn Store>>,
{
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&vec(operation(), 1..60), |operations| {
        runtime.block_on(async {
            let w = World::new(&open).await;
            let users = w.users(["alice", "bob", "carol", "dave"]).await;
            let mut model = Model::default();
            for operation in operations {
                apply(&w, &users, &mut model, operation).await;
            }
            compare(&w, &users, &model).await;
            w.store.close().await.unwrap();
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

async fn apply(w: &World, users: &[UserId; USERS], model: &mut Model, operation: Operation) {
    match operation {
        Operation::Tell { from, to, client_id } => {
            let known = model.direct(from, to);
            send(w, users, model, (from, client_id), w.to(users[to]), known, Some(to)).await;
        }
        Operation::Say { from, group, client_id } => {
            let known = model.group(group);
            let target = Target::Conversation(known.map_or_else(|| w.id(), |room| model.rooms[room].id));
            send(w, users, model, (from, client_id), target, known, None).await;
        }
        Operation::CreateDirect { creator, other } => {
            let made = w.create(users[creator], NewMembers::Direct(users[other])).await.unwrap();
            let known = model.direct(creator, other);
            assert_eq!(made.existed, known.is_some());
            let id = made.view.conversation.id;
            match known {
                Some(room) => assert_eq!(id, model.rooms[room].id),
                None => {
                    model.begin(id, ConversationKind::Direct, HashSet::from([creator, other]));
                }
            }
        }
        Operation::CreateGroup { creator, mut others } => {
            let ids: Vec<_> = others.iter().map(|&other| users[other]).collect();
            let id = w.group(users[creator], &ids).await;
            others.insert(creator);
            let room = model.begin(id, ConversationKind::Group, others);
            model.rooms[room].owner = Some(creator);
        }
        Operation::Change { actor, room, place, change } => {
            change_message(w, users, model, (actor, room, place), change).await;
        }
        Operation::Mark { reader, room, place } => {
            let count = model.rooms.len();
            let Some(room) = model.rooms.get_mut(room % count.max(1)) else { return };
            let Some(message) = room.messages.get(place).copied() else { return };
            let outcome = w.mark(users[reader], message).await;
            if !room.members.contains(&reader) {
                assert!(matches!(outcome, Err(Error::MessageNotFound)));
                return;
            }
            outcome.unwrap();
            let place = place as u64 + 1;
            model.changes += u64::from(room.read(reader, place..=place));
        }
        Operation::MarkUpTo { reader, room, place } => {
            let count = model.rooms.len();
            let Some(room) = model.rooms.get_mut(room % count.max(1)) else { return };
            let outcome = w.mark_up_to(users[reader], room.id, place).await;
            if !room.members.contains(&reader) {
                assert!(matches!(outcome, Err(Error::NotAMember)));
                return;
            }
            let last = room.messages.len() as u64;
            let pointer = room.pointers.get(&reader).copied().unwrap_or(0);
            if pointer < place.min(last) {
                model.changes += u64::from(room.read(reader, pointer + 1..=place.min(last)));
            }
            assert_eq!(outcome.unwrap(), last - room.pointers.get(&reader).copied().unwrap_or(0));
        }
    }
}

/// Changes a message in the store and in the model.
async fn change_message(
    w: &World,
    users: &[UserId; USERS],
    model: &mut Model,
    (actor, room, place): (usize, usize, usize),
    change: Changed,
) {
    let count = model.rooms.len();
    let Some(room) = model.rooms.get_mut(room % count.max(1)) else { return };
    let Some(&message) = room.messages.get(place) else { return };
    let user = users[actor];
    let outcome = match change {
        Changed::Text(number) => w.edit(user, message, &format!("text {number}")).await.map(drop),
        Changed::Gone => w.delete(user, message).await.map(drop),
        Changed::Reacted(emoji) => w.react(user, message, EMOJI[emoji]).await,
        Changed::Unreacted(emoji) => w.unreact(user, message, EMOJI[emoji]).await,
    };
    let Some(words) = room.said[place].as_mut().filter(|_| room.members.contains(&actor)) else {
        assert!(matches!(outcome, Err(Error::MessageNotFound)));
        return;
    };
    let is_author = room.senders[place] == actor;
    let may = match change {
        Changed::Text(_) => is_author,
        Changed::Gone => is_author || room.owner == Some(actor),
        Changed::Reacted(_) | Changed::Unreacted(_) => true,
    };
    if !may {
        assert!(matches!(outcome, Err(Error::NotAllowed)));
        return;
    }
    outcome.unwrap();
    let changed = match change {
        Changed::Text(number) => {
            let text = format!("text {number}");
            let differs = words.text != text;
            words.edited |= differs;
            words.text = text;
            differs
        }
        Changed::Gone => {
            room.said[place] = None;
            true
        }
        Changed::Reacted(emoji) => words.react(actor, emoji),
        Changed::Unreacted(emoji) => words.unreact(actor, emoji),
    };
    model.changes += u64::from(changed);
}

async fn send(
    w: &World,
    users: &[UserId; USERS],
    model: &mut Model,
    (from, client_id): (usize, Option<u8>),
    target: Target,
    known: Option<usize>,
    recipient: Option<usize>,
) {
    let outcome = match client_id {
        Some(client_id) => w.send_as(users[from], target, "hi", &format!("c{client_id}")).await,
        None => w.store.append_message(w.draft(users[from], target, "hi")).await,
    };
    if let Some(first) = client_id.and_then(|client_id| model.sends.get(&(from, client_id))) {
        let repeat = outcome.unwrap();
        assert!(repeat.repeated);
        assert_eq!(repeat.message.id, *first);
        return;
    }
    let may = recipient.is_some() || known.is_some_and(|room| model.rooms[room].members.contains(&from));
    if !may {
        assert!(matches!(outcome, Err(Error::NotAMember)));
        return;
    }
    let appended = outcome.unwrap();
    assert!(!appended.repeated);
    let message = appended.message;
    let room = known.unwrap_or_else(|| {
        let members = HashSet::from([from, recipient.unwrap_or(from)]);
        model.begin(message.conversation, ConversationKind::Direct, members)
    });
    assert_eq!(message.conversation, model.rooms[room].id);
    assert_eq!(message.seq.get(), model.append(room, from, message.id, client_id));
}

async fn compare(w: &World, users: &[UserId; USERS], model: &Model) {
    for (index, user) in users.iter().enumerate() {
        let mut rooms: Vec<_> = model.rooms.iter().filter(|room| room.members.contains(&index)).collect();
        rooms.sort_by_key(|room| std::cmp::Reverse(room.touched));
        let views = w.conversations(*user).await;
        assert_eq!(views.len(), rooms.len());
        for (view, room) in views.iter().zip(rooms) {
            let last = room.messages.len() as u64;
            let pointer = room.pointers.get(&index).copied();
            assert_eq!(view.conversation.id, room.id);
            assert_eq!(view.conversation.kind, room.kind);
            assert_eq!(view.conversation.participant_count as usize, room.members.len());
            assert_eq!(view.last_read_seq.map(|seq| seq.get()), pointer);
            assert_eq!(view.unread_count, last - pointer.unwrap_or(0));
            let history = w.history(room.id, *user).await;
            assert_eq!(history.iter().map(|message| message.id).collect::<Vec<_>>(), room.messages);
            for (message, said) in history.iter().zip(&room.said) {
                let words = said.as_ref();
                assert_eq!(message.content, words.map_or("", |words| &words.text));
                assert_eq!(message.deleted_at.is_some(), words.is_none());
                assert!(words.is_none_or(|words| message.edited_at.is_some() == words.edited));
                let expected: Vec<(&str, Vec<UserId>)> = words
                    .iter()
                    .flat_map(|words| &words.reactions)
                    .map(|(emoji, people)| {
                        (EMOJI[*emoji], people.iter().map(|&person| users[person]).collect())
                    })
                    .collect();
                assert_eq!(shown(message), expected);
            }
            let preview = view.conversation.last_message.as_ref().map(|last| last.content.as_str());
            assert_eq!(preview, history.last().map(|message| message.content.as_str()));
            for (message, readers) in history.iter().zip(&room.readers) {
                let expected: HashSet<_> = readers.iter().map(|&reader| users[reader]).collect();
                assert_eq!(
                    message.read_by.iter().map(|reader| reader.user).collect::<HashSet<_>>(),
                    expected
                );
                assert_eq!(message.read_count as usize, readers.len());
            }
        }
    }
    let numbers: Vec<_> = w.feed.changes().iter().map(|change| change.no.0).collect();
    assert_eq!(numbers, (1..=model.changes).collect::<Vec<_>>());
}
