use chirrup_domain::conversation::{ConversationAfter, ConversationPage, NewMembers, PREVIEW_CHARS};
use chirrup_domain::{ConversationId, UserId};

use super::World;

/// Conversations come latest first, by their newest message or by when they were made, page by page.
pub async fn conversations_are_listed_latest_first(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(w.group(alice, &[bob]).await);
    }
    let direct = w.create(bob, NewMembers::Direct(alice)).await.unwrap().view.conversation.id;
    let own = w.group(bob, &[]).await;
    w.say(bob, rooms[1], "hi").await.unwrap();

    let listed = async |reader: UserId| {
        w.conversations(reader).await.iter().map(|view| view.conversation.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(alice).await, [rooms[1], direct, rooms[3], rooms[2], rooms[0]]);
    assert_eq!(listed(bob).await, [rooms[1], own, direct, rooms[3], rooms[2], rooms[0]]);

    let behind = async |after: ConversationId, limit| {
        let page = ConversationPage { after: Some(ConversationAfter::Conversation(after)), limit };
        let (views, next) = w.store.list_conversations(alice, page).await.unwrap();
        (views.iter().map(|view| view.conversation.id).collect::<Vec<_>>(), next.is_some())
    };
    assert_eq!(behind(direct, 2).await, (vec![rooms[3], rooms[2]], true));
    assert_eq!(behind(direct, 3).await, (vec![rooms[3], rooms[2], rooms[0]], false));
    assert_eq!(behind(own, 3).await, (vec![], false));
}

/// Whoever pages by places misses nothing and gets nothing again, though a conversation at the seam gets a message.
pub async fn paging_goes_on_where_the_page_was_cut(w: World) {
    let alice = w.user("alice").await;
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(w.group(alice, &[]).await);
    }
    let read = async |after| {
        let page = ConversationPage { after, limit: 2 };
        let (views, next) = w.store.list_conversations(alice, page).await.unwrap();
        let ids: Vec<_> = views.iter().map(|view| view.conversation.id).collect();
        (ids, next.map(ConversationAfter::Place))
    };
    let (first, next) = read(None).await;
    assert_eq!(first, [rooms[4], rooms[3]]);
    w.say(alice, rooms[3], "hi").await.unwrap();
    let (second, next) = read(next).await;
    assert_eq!(second, [rooms[2], rooms[1]]);
    assert_eq!(read(next).await, (vec![rooms[0]], None));
}

/// Unread is what came after the reader's pointer; sending moves the pointer to the message sent.
pub async fn a_reader_sees_what_is_unread(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    for _ in 0..3 {
        w.say(alice, room, "hi").await.unwrap();
    }
    let stands = async |reader: UserId| {
        let view = w.store.find_conversation(room, reader).await.unwrap().unwrap();
        assert_eq!(w.conversations(reader).await, std::slice::from_ref(&view));
        assert!(!view.muted);
        (view.last_read_seq.map(|seq| seq.get()), view.unread_count)
    };
    assert_eq!((stands(alice).await, stands(bob).await), ((Some(3), 0), (None, 3)));
    w.say(bob, room, "ho").await.unwrap();
    assert_eq!((stands(alice).await, stands(bob).await), ((Some(3), 1), (Some(4), 0)));
}

/// A conversation shows its newest message: who sent it, when, and how it begins.
pub async fn the_newest_message_is_kept_in_short(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let find = async || w.store.find_conversation(room, alice).await.unwrap().unwrap().conversation;
    assert_eq!(find().await.last_message, None);

    let message = w.say(alice, room, &"ä".repeat(PREVIEW_CHARS + 1)).await.unwrap();
    let conversation = find().await;
    let last = conversation.last_message.unwrap();
    assert_eq!(last.content, "ä".repeat(PREVIEW_CHARS));
    assert_eq!((last.sender, last.timestamp), (alice, message.created_at));
    assert_eq!(last.message_type, message.message_type);
    assert_eq!(conversation.updated_at, message.created_at);
}
