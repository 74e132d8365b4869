use std::time::Duration;

use chirrup_domain::message::{HistoryAt, HistoryPage, Message, Seq, Status, Target};
use chirrup_domain::presence::DeviceId;
use chirrup_domain::receipt::{
    ConversationMark, LISTED_READERS, Marked, MessageMark, ReadAudience, ReaderPage, TOLD_PER_SENDER,
};
use chirrup_domain::{ConversationId, Error, Fact, MessageId, UserId};

use super::World;

const A_WHILE: Duration = Duration::from_secs(5);

/// What the last change was, if it was a mark.
fn marked(w: &World) -> Marked {
    match w.feed.changes().pop().unwrap().fact {
        Fact::MessagesRead(marked) => (*marked).clone(),
        fact => panic!("{fact:?}"),
    }
}

/// The readers of each message, in the order of the history, as `asker` sees them.
async fn readers(w: &World, room: ConversationId, asker: UserId) -> Vec<Vec<UserId>> {
    let users = |message: &Message| message.read_by.iter().map(|reader| reader.user).collect();
    w.history(room, asker).await.iter().map(users).collect()
}

async fn stands(w: &World, room: ConversationId, reader: UserId) -> (u64, u64) {
    let view = w.store.find_conversation(room, reader).await.unwrap().unwrap();
    (view.last_read_seq.map_or(0, |seq| seq.get()), view.unread_count)
}

/// A message that was marked shows its reader and is read, once; its sender is told, and the pointer has moved to it.
pub async fn a_marked_message_shows_its_reader(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    w.online.connect(bob);
    let first = w.tell(alice, bob, "one").await.unwrap();
    w.tell(alice, bob, "two").await.unwrap();
    w.tell(alice, bob, "three").await.unwrap();
    let room = first.conversation;

    let [_, second, _] = &w.history(room, bob).await[..] else { panic!() };
    let mark = MessageMark { reader: bob, message: second.id, origin: Some(DeviceId(7)), at: w.now() };
    w.store.mark_message_read(mark).await.unwrap();
    let told = marked(&w);
    assert_eq!((told.conversation, told.reader, told.last_read), (room, bob, second.seq));
    assert_eq!((told.read_at, told.audience, told.origin), (mark.at, ReadAudience::Reader, mark.origin));
    assert_eq!(told.messages.iter().map(|m| (m.id, m.sender)).collect::<Vec<_>>(), [(second.id, alice)]);
    assert_eq!(stands(&w, room, bob).await, (2, 1));
    for asker in [alice, bob] {
        let history = w.history(room, asker).await;
        let statuses: Vec<_> = history.iter().map(|message| message.status).collect();
        assert_eq!(statuses, [Status::Delivered, Status::Read, Status::Delivered]);
        assert_eq!(history.iter().map(|message| message.read_count).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!((history[1].read_by[0].user, history[1].read_by[0].read_at), (bob, mark.at));
        let one = w.store.find_message(second.id, asker).await.unwrap().unwrap();
        assert_eq!(one, history[1]);
    }

    let before = w.store.last_change().await.unwrap();
    w.pass(A_WHILE);
    w.mark(bob, second.id).await.unwrap();
    assert_eq!(w.store.last_change().await.unwrap(), before, "marking twice changes nothing");

    w.mark(bob, first.id).await.unwrap();
    assert_eq!(marked(&w).last_read, second.seq, "the pointer does not go back");
    assert_eq!(stands(&w, room, bob).await, (2, 1));
    assert_eq!(readers(&w, room, alice).await, [vec![bob], vec![bob], vec![]]);
}

/// Marking one's own message, in notes or among others', changes and tells nothing.
pub async fn ones_own_messages_are_not_read(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    let own = w.say(alice, room, "hi").await.unwrap();
    let note = w.tell(alice, alice, "milk").await.unwrap();
    let before = w.store.last_change().await.unwrap();
    for message in [&own, &note] {
        w.mark(alice, message.id).await.unwrap();
        assert_eq!(w.mark_up_to(alice, message.conversation, 1).await.unwrap(), 0);
        assert_eq!(w.history(message.conversation, alice).await, [(**message).clone()]);
    }
    assert_eq!(w.store.last_change().await.unwrap(), before);

    // A mark of everything may reach over one's own, when they were sent before others' were read.
    w.mark_up_to(bob, room, 1).await.unwrap();
    w.say(bob, room, "ho").await.unwrap();
    w.say(alice, room, "again").await.unwrap();
    w.mark_up_to(bob, room, 3).await.unwrap();
    assert_eq!(readers(&w, room, alice).await, [vec![bob], vec![], vec![bob]]);
}

/// Who is not a member, and whoever names a message or conversation that is none, is refused alike and changes nothing.
pub async fn somebody_else_marks_nothing(w: World) {
    let [alice, bob, eve] = w.users(["alice", "bob", "eve"]).await;
    let message = w.tell(alice, bob, "hi").await.unwrap();
    let before = w.store.last_change().await.unwrap();
    for (reader, id) in [(eve, message.id), (bob, w.id::<MessageId>()), (w.id(), message.id)] {
        assert!(matches!(w.mark(reader, id).await, Err(Error::MessageNotFound)));
        assert_eq!(w.store.find_message(id, reader).await.unwrap(), None);
        let page = ReaderPage { after: None, limit: 10 };
        assert_eq!(w.store.list_readers(id, reader, page).await.unwrap(), None);
    }
    for (reader, room) in [(eve, message.conversation), (bob, w.id()), (w.id(), message.conversation)] {
        assert!(matches!(w.mark_up_to(reader, room, 1).await, Err(Error::NotAMember)));
    }
    assert_eq!(w.store.last_change().await.unwrap(), before);
    assert_eq!(readers(&w, message.conversation, bob).await, [vec![]]);
}

/// Marking a conversation records everything from the pointer to the place, and no more than there is; the members hear of
/// it, and of each sender the newest fifty messages are told.
pub async fn a_conversation_is_marked_from_the_pointer(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let room = w.group(alice, &[bob, carol]).await;
    let mut said = Vec::new();
    for n in 0..140 {
        said.push(w.say(if n % 2 == 0 { alice } else { carol }, room, "hi").await.unwrap());
    }
    assert_eq!(w.mark_up_to(bob, room, 0).await.unwrap(), 140);
    assert_eq!(w.mark_up_to(bob, room, 10).await.unwrap(), 130);
    let told = marked(&w);
    assert_eq!((told.last_read, told.audience), (said[9].seq, ReadAudience::Group));
    assert_eq!(told.messages.iter().map(|m| m.id).collect::<Vec<_>>(), ids(&said[..10]));

    w.pass(A_WHILE);
    assert_eq!(w.mark_up_to(bob, room, u64::MAX).await.unwrap(), 0, "more than there is is all there is");
    let told = marked(&w);
    assert_eq!((told.last_read.get(), told.messages.len()), (140, 2 * TOLD_PER_SENDER));
    assert_eq!(told.messages.iter().map(|m| m.id).collect::<Vec<_>>(), ids(&said[40..]));
    assert_eq!(stands(&w, room, bob).await, (140, 0));
    assert_eq!(readers(&w, room, alice).await, vec![vec![bob]; 140]);

    let before = w.store.last_change().await.unwrap();
    for up_to in [0, 5, 140, 141] {
        assert_eq!(w.mark_up_to(bob, room, up_to).await.unwrap(), 0);
    }
    assert_eq!(w.store.last_change().await.unwrap(), before);

    let direct = w.tell(alice, bob, "hi").await.unwrap().conversation;
    w.mark_up_to(bob, direct, 1).await.unwrap();
    assert_eq!(marked(&w).audience, ReadAudience::Direct(alice));
}

fn ids(messages: &[std::sync::Arc<Message>]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

/// Marks of neighbours within a second, upwards or downwards, have the time of the first; what comes later has its own.
pub async fn neighbours_marked_within_a_second_share_a_time(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    let mut said = Vec::new();
    for _ in 0..8 {
        said.push(w.say(alice, room, "hi").await.unwrap());
    }
    let mark = async |place: usize| {
        w.mark(bob, said[place - 1].id).await.unwrap();
        marked(&w).read_at
    };
    let first = mark(3).await;
    assert_eq!((mark(4).await, mark(2).await, mark(5).await), (first, first, first));
    let elsewhere = mark(7).await;
    assert!(elsewhere > first, "7 is no neighbour of 5");
    w.pass(A_WHILE);
    let later = mark(6).await;
    assert!(later > elsewhere);
    let last = mark(1).await;
    assert!(last > later);
    w.mark_up_to(bob, room, 8).await.unwrap();

    let times: Vec<_> =
        w.history(room, alice).await.iter().map(|message| message.read_by[0].read_at).collect();
    assert_eq!(times[..7], [last, first, first, first, first, later, elsewhere]);
    assert_eq!(times[7], marked(&w).read_at);
    assert_eq!(readers(&w, room, alice).await, vec![vec![bob]; 8]);
}

/// A message lists its first hundred readers in the order of reading, counts all, and pages all; a large group's members
/// do not hear of each other.
pub async fn a_message_lists_its_first_readers_and_counts_all(w: World) {
    let author = w.user("author").await;
    let mut others = Vec::new();
    for n in 0..LISTED_READERS + 5 {
        others.push(w.user(&format!("reader {n}")).await);
    }
    let room = w.group(author, &others).await;
    let message = w.say(author, room, "hi").await.unwrap();
    others.reverse();
    for (n, reader) in others.iter().enumerate() {
        match n % 2 {
            0 => w.mark(*reader, message.id).await.unwrap(),
            _ => assert_eq!(w.mark_up_to(*reader, room, 1).await.unwrap(), 0),
        }
        assert_eq!(marked(&w).audience, ReadAudience::Reader);
    }
    let shown = w.store.find_message(message.id, author).await.unwrap().unwrap();
    assert_eq!(shown.read_count as usize, others.len());
    let listed: Vec<_> = shown.read_by.iter().map(|reader| reader.user).collect();
    assert_eq!(listed, others[..LISTED_READERS]);

    let mut paged = Vec::new();
    loop {
        let page = ReaderPage { after: paged.last().copied(), limit: 40 };
        let (readers, more) = w.store.list_readers(message.id, author, page).await.unwrap().unwrap();
        assert!(readers.iter().all(|reader| reader.user.username.starts_with("reader ")));
        paged.extend(readers.iter().map(|reader| reader.user.id));
        if !more {
            break;
        }
    }
    assert_eq!(paged, others);
    let page = ReaderPage { after: Some(author), limit: 40 };
    assert_eq!(w.store.list_readers(message.id, author, page).await.unwrap().unwrap(), (vec![], false));
}

/// Pages anywhere in a conversation, and a repeated send, show the receipts of their own messages.
pub async fn receipts_are_those_of_the_page(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let room = w.group(alice, &[bob, carol]).await;
    let first = w.send_as(alice, Target::Conversation(room), "1", "c1").await.unwrap().message;
    for n in 2..=30 {
        w.say(alice, room, &n.to_string()).await.unwrap();
    }
    w.mark_up_to(bob, room, 12).await.unwrap();
    w.pass(A_WHILE);
    w.mark_up_to(bob, room, 20).await.unwrap();
    let history = w.history(room, carol).await;
    w.mark(carol, history[14].id).await.unwrap();
    let expected = |seq: u64| match seq {
        15 => vec![bob, carol],
        ..=20 => vec![bob],
        _ => vec![],
    };
    for after in 0..30 {
        let at = match Seq::new(after) {
            Some(seq) => HistoryAt::After(seq),
            None => HistoryAt::Before(history[4].seq),
        };
        let page = w.store.list_messages(room, alice, HistoryPage { at, limit: 4 }).await.unwrap().unwrap();
        for message in page.messages {
            let users: Vec<_> = message.read_by.iter().map(|reader| reader.user).collect();
            assert_eq!(users, expected(message.seq.get()), "{}", message.seq.get());
        }
    }
    let again = w.send_as(alice, Target::Conversation(room), "1", "c1").await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.message.id, again.message.status), (first.id, Status::Read));
    assert_eq!(again.message.read_by[0].user, bob);
}

impl World {
    /// Marks a message as read.
    pub async fn mark(&self, reader: UserId, message: MessageId) -> chirrup_domain::Result<()> {
        let mark = MessageMark { reader, message, origin: None, at: self.now() };
        self.store.mark_message_read(mark).await
    }

    /// Marks a conversation as read up to a place.
    pub async fn mark_up_to(
        &self,
        reader: UserId,
        conversation: ConversationId,
        up_to: u64,
    ) -> chirrup_domain::Result<u64> {
        let mark = ConversationMark { reader, conversation, up_to, origin: None, at: self.now() };
        self.store.mark_conversation_read(mark).await
    }
}
