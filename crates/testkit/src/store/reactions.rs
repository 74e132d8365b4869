use chirrup_domain::message::{HistoryAt, HistoryPage, Message};
use chirrup_domain::reaction::{Emoji, LISTED_USERS, MAX_KINDS, React};
use chirrup_domain::{Error, MessageId, Result, UserId};

use super::World;
use super::edits::changed;

/// What somebody does to reactions.
impl World {
    fn wish(&self, actor: UserId, message: MessageId, emoji: &str) -> React {
        React { message, actor, emoji: Emoji::parse(emoji).unwrap(), at: self.now() }
    }

    /// Reacts to a message.
    pub async fn react(&self, actor: UserId, message: MessageId, emoji: &str) -> Result<()> {
        self.store.add_reaction(self.wish(actor, message, emoji)).await
    }

    /// Takes a reaction back.
    pub async fn unreact(&self, actor: UserId, message: MessageId, emoji: &str) -> Result<()> {
        self.store.remove_reaction(self.wish(actor, message, emoji)).await
    }
}

/// The kinds of reactions to a message, with who is listed for each.
pub(super) fn shown(message: &Message) -> Vec<(&str, Vec<UserId>)> {
    message.reactions.iter().map(|kind| (kind.emoji.as_str(), kind.users.clone())).collect()
}

/// The `number`th of many emoji.
fn emoji(number: u32) -> String {
    char::from_u32(0x1f600 + number).unwrap().to_string()
}

/// A reaction shows once for each user, in the order of first use, and is told; taken back it is gone. Twice the same, and
/// taking back what is not there, change nothing.
pub async fn a_reaction_is_counted_once_and_taken_back(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let sent = w.tell(alice, bob, "hi").await.unwrap();
    let other = w.tell(bob, alice, "ho").await.unwrap();
    let before = w.feed.changes().len() as u64;
    w.react(bob, sent.id, "👍").await.unwrap();
    w.react(alice, sent.id, "❤").await.unwrap();
    w.react(alice, sent.id, "👍").await.unwrap();
    for repeat in ["👍", "👍\u{fe0f}"] {
        w.react(bob, sent.id, repeat).await.unwrap();
    }
    w.unreact(bob, sent.id, "❤️").await.unwrap();
    w.unreact(bob, sent.id, "🔥").await.unwrap();
    let told = changed(&w);
    assert_eq!(shown(&told), [("👍", vec![bob, alice]), ("❤️", vec![alice])]);
    assert_eq!(told.reactions.iter().map(|kind| kind.count).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((told.edited_at, told.content.as_str()), (None, "hi"));
    assert!(told.updated_at > sent.updated_at);
    for reader in [alice, bob] {
        assert_eq!(w.history(sent.conversation, reader).await, [(*told).clone(), (*other).clone()]);
    }

    w.unreact(bob, sent.id, "👍").await.unwrap();
    assert_eq!(shown(&changed(&w)), [("👍", vec![alice]), ("❤️", vec![alice])]);
    w.unreact(alice, sent.id, "👍").await.unwrap();
    w.react(bob, sent.id, "👍").await.unwrap();
    assert_eq!(shown(&changed(&w)), [("❤️", vec![alice]), ("👍", vec![bob])]);
    assert_eq!(w.feed.changes().len() as u64, before + 6);
    w.unreact(bob, sent.id, "👍").await.unwrap();
    w.unreact(alice, sent.id, "❤").await.unwrap();
    assert_eq!(w.store.find_message(sent.id, bob).await.unwrap().unwrap().reactions, []);
    w.react(bob, sent.id, "👍").await.unwrap();
    let deleted = w.delete(alice, sent.id).await.unwrap().message;
    assert_eq!(deleted.reactions, []);
}

/// Who is not in the conversation finds no message to react to; who is blocked adds nothing and takes their own back;
/// nobody reacts to what is deleted, or said by the group itself.
pub async fn reactions_are_kept_out_where_changes_are(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob, carol]).await;
    let sent = w.say(alice, group, "hi").await.unwrap();
    w.react(carol, sent.id, "👍").await.unwrap();
    w.remove(carol, group, carol).await.unwrap();
    let notice = w.history(group, alice).await.pop().unwrap();
    let direct = w.tell(alice, bob, "hi").await.unwrap();
    w.react(alice, direct.id, "👍").await.unwrap();
    w.store.set_blocked(bob, alice, true).await.unwrap();
    let gone = w.say(bob, group, "bye").await.unwrap();
    w.delete(bob, gone.id).await.unwrap();
    let changes = w.feed.changes().len();
    for (actor, message, add, remove) in [
        (carol, sent.id, "message_not_found", "message_not_found"),
        (carol, direct.id, "message_not_found", "message_not_found"),
        (w.id(), sent.id, "message_not_found", "message_not_found"),
        (bob, w.id(), "message_not_found", "message_not_found"),
        (bob, gone.id, "message_not_found", "message_not_found"),
        (alice, notice.id, "not_allowed", "not_allowed"),
        (alice, direct.id, "blocked", "ok"),
    ] {
        let code = |outcome: Result<()>| outcome.map_or_else(|error| error.code(), |()| "ok");
        assert_eq!(code(w.react(actor, message, "🔥").await), add);
        assert_eq!(code(w.unreact(actor, message, "🔥").await), remove);
    }
    assert_eq!(w.feed.changes().len(), changes);
    w.unreact(alice, direct.id, "👍").await.unwrap();
    assert_eq!(changed(&w).reactions, []);
    assert_eq!(shown(&w.history(group, bob).await[0]), [("👍", vec![carol])]);
}

/// Another kind than the many that a message has is refused; more of those that it has are not, and when one is gone
/// there is room.
pub async fn a_message_has_so_many_kinds_of_reactions(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let sent = w.tell(alice, bob, "hi").await.unwrap();
    for number in 0..MAX_KINDS {
        w.react(alice, sent.id, &emoji(number)).await.unwrap();
    }
    let changes = w.feed.changes().len();
    let refused = w.react(bob, sent.id, &emoji(MAX_KINDS)).await;
    assert!(matches!(refused, Err(Error::TooManyReactions)));
    assert_eq!(w.feed.changes().len(), changes);
    w.react(bob, sent.id, &emoji(0)).await.unwrap();
    w.unreact(alice, sent.id, &emoji(1)).await.unwrap();
    w.react(bob, sent.id, &emoji(MAX_KINDS)).await.unwrap();
    let reactions = changed(&w).reactions.clone();
    assert_eq!((reactions.len() as u32, reactions[0].count), (MAX_KINDS, 2));
    assert_eq!(reactions.last().unwrap().emoji.as_str(), emoji(MAX_KINDS));
}

/// However many react, a message lists the first of each kind and counts all.
pub async fn a_message_lists_the_first_who_reacted_and_counts_all(w: World) {
    let alice = w.user("alice").await;
    let mut members = Vec::new();
    for number in 0..LISTED_USERS + 2 {
        members.push(w.user(&format!("user{number}")).await);
    }
    let group = w.group(alice, &members).await;
    let sent = w.say(alice, group, "vote!").await.unwrap();
    for &member in &members {
        w.react(member, sent.id, "👍").await.unwrap();
    }
    w.react(alice, sent.id, "👎").await.unwrap();
    let message = w.history(group, alice).await.remove(0);
    assert_eq!(message, *changed(&w));
    assert_eq!(message.reactions[0].count as usize, members.len());
    assert_eq!(shown(&message), [("👍", members[..LISTED_USERS].to_vec()), ("👎", vec![alice])]);
    w.unreact(members[0], sent.id, "👍").await.unwrap();
    assert_eq!(changed(&w).reactions[0].users, members[1..=LISTED_USERS]);
}

/// A page of messages that each have many reactions ends early, and the next one goes on there.
pub async fn a_page_of_many_reactions_is_cut(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    for _ in 0..4 {
        let sent = w.say(alice, group, &"x".repeat(HistoryPage::MAX_BYTES / 4 - 2000)).await.unwrap();
        for number in 0..MAX_KINDS {
            w.react(bob, sent.id, &emoji(number)).await.unwrap();
        }
    }
    let page = HistoryPage { at: HistoryAt::Newest, limit: 50 };
    let page = w.store.list_messages(group, bob, page).await.unwrap().unwrap();
    assert_eq!((page.messages.len(), page.has_before), (3, true));
    assert_eq!(w.history(group, bob).await.len(), 4);
    assert_eq!(w.search_page(bob, "from:alice", None, 50).await.found.len(), 3);
    assert_eq!(w.search(bob, "from:alice").await.len(), 4);
}
