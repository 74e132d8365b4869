use std::sync::Arc;

use chirrup_domain::conversation::LastMessage;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{Draft, Edit, Message};
use chirrup_domain::{ConversationId, Error, Fact, MessageId, UserId};

use super::World;
use super::uploads::upload;

/// The message of the last change, if it changed one.
pub(super) fn changed(w: &World) -> Arc<Message> {
    match w.feed.changes().pop().unwrap().fact {
        Fact::MessageChanged { message } => message,
        fact => panic!("{fact:?}"),
    }
}

/// What a list of conversations shows of the newest message.
pub(super) async fn preview(w: &World, room: ConversationId, reader: UserId) -> LastMessage {
    let view = w.store.find_conversation(room, reader).await.unwrap().unwrap();
    view.conversation.last_message.unwrap()
}

/// An edit shows in the answer, the feed, the history and by itself; place, sender and time of sending stay.
pub async fn an_edited_message_shows_its_new_text(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let sent = w.tell(alice, bob, "helo").await.unwrap();
    let other = w.tell(bob, alice, "hi").await.unwrap();
    let told = w.store.last_change().await.unwrap();
    let at = w.now();
    let edit = Edit {
        message: sent.id,
        actor: alice,
        content: "hello".into(),
        namings: vec![],
        sent_since: None,
        at,
    };
    let edited = w.store.edit_message(edit).await.unwrap();
    let expected =
        Message { content: "hello".into(), updated_at: at, edited_at: Some(at), ..(*sent).clone() };
    assert_eq!(*edited, expected);
    assert_eq!(changed(&w), edited);
    assert_eq!(w.feed.changes().last().unwrap().no, ChangeNo(told.0 + 1));
    for reader in [alice, bob] {
        assert_eq!(w.history(sent.conversation, reader).await, [(*edited).clone(), (*other).clone()]);
        assert_eq!(w.store.find_message(sent.id, reader).await.unwrap(), Some((*edited).clone()));
        assert_eq!(w.conversations(reader).await[0].conversation.last_seq, Some(other.seq));
    }
    let again = w.edit(alice, sent.id, "hello!").await.unwrap();
    assert!(again.edited_at > edited.edited_at && again.created_at == sent.created_at);
}

/// Nobody edits but the author, and who left or is a stranger does not even learn that the message is there.
pub async fn an_edit_is_its_authors_alone(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob]).await;
    let sent = w.say(bob, group, "hi").await.unwrap();
    w.add(alice, group, &[carol]).await.unwrap();
    let notice = w.history(group, alice).await.pop().unwrap();
    w.remove(carol, group, carol).await.unwrap();
    let changes = w.feed.changes().len();
    for (actor, message, expected) in [
        (alice, sent.id, "not_allowed"),
        (alice, notice.id, "not_allowed"),
        (carol, sent.id, "message_not_found"),
        (w.user("dave").await, sent.id, "message_not_found"),
        (w.id(), sent.id, "message_not_found"),
        (bob, w.id::<MessageId>(), "message_not_found"),
    ] {
        assert_eq!(w.edit(actor, message, "bye").await.unwrap_err().code(), expected);
    }
    assert_eq!(w.feed.changes().len(), changes);
    assert_eq!(w.history(group, bob).await[0], *sent);

    w.remove(bob, group, bob).await.unwrap();
    assert!(matches!(w.edit(bob, sent.id, "bye").await, Err(Error::MessageNotFound)));
}

/// An edit is refused when it leaves nothing, comes too late, or goes to somebody who has blocked its author.
pub async fn an_edit_keeps_the_rules_of_sends(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let text = w.tell(alice, bob, "hi").await.unwrap();
    let file = upload(&w, alice, 1).await;
    let draft = Draft { file: Some(file.name), ..w.draft(alice, w.to(bob), "look") };
    let picture = w.store.append_message(draft).await.unwrap().message;
    let note = w.tell(alice, alice, "milk").await.unwrap();
    for empty in ["", " ", "\n\t\u{3000}"] {
        assert!(matches!(w.edit(alice, text.id, empty).await, Err(Error::EmptyMessage)));
    }
    let bare = w.edit(alice, picture.id, "").await.unwrap();
    assert_eq!((bare.content.as_str(), &bare.file), ("", &picture.file));

    let late = |sent_since| Edit {
        message: text.id,
        actor: alice,
        content: "late".into(),
        namings: vec![],
        sent_since: Some(sent_since),
        at: w.now(),
    };
    assert!(matches!(w.store.edit_message(late(picture.created_at)).await, Err(Error::TooOld)));
    assert_eq!(w.store.edit_message(late(text.created_at)).await.unwrap().content, "late");

    w.store.set_blocked(bob, alice, true).await.unwrap();
    assert!(matches!(w.edit(alice, text.id, "psst").await, Err(Error::Blocked)));
    assert_eq!(w.store.find_message(text.id, bob).await.unwrap().unwrap().content, "late");
    w.edit(alice, note.id, "milk, eggs").await.unwrap();
    let group = w.group(alice, &[bob]).await;
    let said = w.say(alice, group, "hi").await.unwrap();
    w.edit(alice, said.id, "hi, all").await.unwrap();
}

/// The same text again succeeds, and neither counts as an edit nor is told.
pub async fn the_same_text_again_changes_nothing(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let sent = w.tell(alice, bob, "hi").await.unwrap();
    let changes = w.feed.changes().len();
    assert_eq!(w.edit(alice, sent.id, "hi").await.unwrap(), sent);
    assert_eq!(w.feed.changes().len(), changes);
    w.tell(alice, bob, "next").await.unwrap();
    assert_eq!(w.feed.changes().last().unwrap().no.0, changes as u64 + 1);
}

/// The preview of a conversation follows its newest message and no other; its place in the list stays.
pub async fn the_preview_follows_an_edit_of_the_newest_message(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    let first = w.say(alice, group, "one").await.unwrap();
    let second = w.say(bob, group, "two").await.unwrap();
    w.tell(alice, bob, "elsewhere").await.unwrap();
    w.edit(alice, first.id, "1").await.unwrap();
    assert_eq!(preview(&w, group, alice).await, LastMessage::of(&second));
    let edited = w.edit(bob, second.id, "2").await.unwrap();
    assert_eq!(preview(&w, group, alice).await, LastMessage::of(&edited));
    assert_eq!(preview(&w, group, alice).await.timestamp, second.created_at);
    assert_eq!(w.conversations(alice).await[1].conversation.id, group);
}
