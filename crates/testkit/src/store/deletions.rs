use chirrup_domain::conversation::{NewMembers, Role};
use chirrup_domain::message::{ClientId, Deletion, Draft, Message, MessageType};
use chirrup_domain::upload::GivenUp;
use chirrup_domain::{Error, UserId};

use super::World;
use super::edits::{changed, preview};
use super::uploads::{give_up, upload, upload_with_thumbnail};

/// A deleted message is an empty text in its place, for everybody and in the list of conversations; nothing more can be
/// done to it, and what is unread stays so.
pub async fn a_deleted_message_keeps_its_place_and_says_nothing(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let first = w.tell(alice, bob, "one").await.unwrap();
    let file = upload(&w, alice, 1).await;
    let draft = Draft {
        file: Some(file.name),
        client_id: ClientId::new("c1".into()),
        ..w.draft(alice, w.to(bob), "look")
    };
    let second = w.store.append_message(draft.clone()).await.unwrap().message;
    w.edit(alice, second.id, "look!").await.unwrap();
    let before = w.conversations(bob).await;
    let at = w.now();
    let deletion = Deletion { message: second.id, actor: alice, sent_since: None, at };
    let deleted = w.store.delete_message(deletion).await.unwrap().message;
    let expected = Message {
        content: String::new(),
        message_type: MessageType::Text,
        file: None,
        updated_at: at,
        edited_at: deleted.edited_at,
        deleted_at: Some(at),
        ..(*second).clone()
    };
    assert_eq!(*deleted, expected);
    assert_eq!(changed(&w), deleted);
    for reader in [alice, bob] {
        assert_eq!(w.history(first.conversation, reader).await, [(*first).clone(), expected.clone()]);
    }
    let last = preview(&w, first.conversation, bob).await;
    assert_eq!((last.content.as_str(), last.message_type), ("", MessageType::Text));
    assert_eq!(w.conversations(bob).await[0].unread_count, before[0].unread_count);
    assert_eq!(w.store.append_message(draft).await.unwrap().message, deleted);

    let changes = w.feed.changes().len();
    assert!(matches!(w.delete(alice, second.id).await, Err(Error::MessageNotFound)));
    assert!(matches!(w.edit(alice, second.id, "again").await, Err(Error::MessageNotFound)));
    assert_eq!(w.feed.changes().len(), changes);
    w.mark(bob, second.id).await.unwrap();
}

/// Who may delete: the author, who is blocked too, and in a group its owner and admins; nobody a system message.
pub async fn a_message_is_deleted_by_its_author_or_an_admin(w: World) {
    let [owner, admin, author, member] = w.users(["owner", "admin", "author", "member"]).await;
    let [former, stranger] = w.users(["former", "stranger"]).await;
    let group = w.group(owner, &[admin, author, member, former]).await;
    w.give(owner, group, admin, Role::Admin).await.unwrap();
    let theirs = w.say(former, group, "bye").await.unwrap();
    w.remove(former, group, former).await.unwrap();
    let notice = w.history(group, owner).await.pop().unwrap();
    let outcome = async |actor: UserId, message| match w.delete(actor, message).await {
        Ok(_) => "ok",
        Err(error) => error.code(),
    };
    for (actor, expected) in [
        (owner, "ok"),
        (admin, "ok"),
        (author, "ok"),
        (member, "not_allowed"),
        (former, "message_not_found"),
        (stranger, "message_not_found"),
    ] {
        let message = w.say(author, group, "hi").await.unwrap();
        assert_eq!(outcome(actor, message.id).await, expected);
        let kept = w.store.find_message(message.id, owner).await.unwrap().unwrap().deleted_at.is_none();
        assert_eq!(kept, expected != "ok");
    }
    assert_eq!(outcome(owner, notice.id).await, "not_allowed");
    assert_eq!(outcome(former, theirs.id).await, "message_not_found");
    assert_eq!(outcome(owner, w.id()).await, "message_not_found");

    let direct = w.tell(author, member, "hi").await.unwrap();
    assert_eq!(outcome(member, direct.id).await, "not_allowed");
    w.store.set_blocked(member, author, true).await.unwrap();
    assert_eq!(outcome(author, direct.id).await, "ok");
}

/// Past the age that messages may be changed at, authors don't delete any more; a group's admins do, their own too.
pub async fn authors_delete_only_for_so_long(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    let messages =
        [w.say(alice, group, "one").await.unwrap(), w.say(bob, group, "two").await.unwrap()].map(|m| m.id);
    let direct = w.tell(alice, bob, "three").await.unwrap().id;
    let late = async |actor, message| {
        let now = w.now();
        w.store.delete_message(Deletion { message, actor, sent_since: Some(now), at: now }).await
    };
    assert!(matches!(late(bob, messages[1]).await, Err(Error::TooOld)));
    assert!(matches!(late(alice, direct).await, Err(Error::TooOld)));
    for message in messages {
        late(alice, message).await.unwrap();
    }
}

/// A file and its thumbnail are given up at once with the last message that carries it, unless it is somebody's picture; what is given up is
/// named by the next look at old uploads.
pub async fn a_file_goes_with_the_last_message_that_carries_it(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let ((cat, thumbnail), face) = (upload_with_thumbnail(&w, alice, 1).await, upload(&w, alice, 2).await);
    let send = async |file: &chirrup_domain::upload::File| {
        let draft = Draft { file: Some(file.name.clone()), ..w.draft(alice, w.to(bob), "") };
        w.store.append_message(draft).await.unwrap().message.id
    };
    let (first, second, shown) = (send(&cat).await, send(&cat).await, send(&face).await);
    let avatar = Some(face.name.url());
    w.create(alice, NewMembers::Group { name: "group".into(), avatar, others: vec![] }).await.unwrap();

    assert!(!w.delete(alice, first).await.unwrap().gave_file_up);
    assert!(!w.delete(alice, shown).await.unwrap().gave_file_up);
    assert_eq!(give_up(&w, 10).await, GivenUp::default());
    assert!(w.store.find_upload(&cat.name).await.unwrap().is_some());

    assert!(w.delete(alice, second).await.unwrap().gave_file_up);
    assert_eq!(w.store.find_upload(&cat.name).await.unwrap(), None);
    let again = Draft { file: Some(cat.name.clone()), ..w.draft(alice, w.to(bob), "") };
    assert!(matches!(w.store.append_message(again).await, Err(Error::InvalidFile)));
    assert_eq!(give_up(&w, 10).await, GivenUp { names: vec![cat.name, thumbnail], more: false });
    assert!(w.store.find_upload(&face.name).await.unwrap().is_some());
}
