use std::collections::HashSet;

use chirrup_domain::conversation::{ConversationKind, NewMembers, Role};
use chirrup_domain::message::Audience;
use chirrup_domain::{Error, Fact, UserId};
use tokio::task::JoinSet;

use super::World;

/// However many first messages go both ways at once, while others ask for the conversation, there is one.
pub async fn the_first_sends_of_a_pair_make_one_conversation(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let mut racing = JoinSet::new();
    for n in 0..96 {
        let w = w.clone();
        let (from, to) = if n % 2 == 0 { (alice, bob) } else { (bob, alice) };
        racing.spawn(async move {
            match n % 3 {
                0 => w.create(from, NewMembers::Direct(to)).await.unwrap().view.conversation.id,
                _ => w.tell(from, to, "hi").await.unwrap().conversation,
            }
        });
    }
    let ids: HashSet<_> = racing.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    let room = *ids.iter().next().unwrap();

    assert_eq!(w.history(room, alice).await.len(), 64);
    for user in [alice, bob] {
        let views = w.conversations(user).await;
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].conversation.id, room);
    }
    let begun = w.feed.changes();
    let begun = begun.iter().filter(|change| matches!(change.fact, Fact::ConversationCreated { .. }));
    assert_eq!(begun.count(), 1);
}

/// Asking again, from either side, finds the conversation; both take part in it.
pub async fn a_direct_conversation_is_made_once(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let made = w.create(alice, NewMembers::Direct(bob)).await.unwrap();
    assert!(!made.existed);
    let conversation = &made.view.conversation;
    assert_eq!(conversation.kind, ConversationKind::Direct);
    assert_eq!((conversation.name.as_ref(), conversation.admin), (None, None));
    assert_eq!((conversation.last_seq, made.view.unread_count), (None, 0));
    let participants: Vec<_> = conversation.participants.iter().map(|p| (p.user.id, p.role)).collect();
    assert_eq!(participants, [(alice, Role::Member), (bob, Role::Member)]);

    for (creator, other) in [(alice, bob), (bob, alice)] {
        let again = w.create(creator, NewMembers::Direct(other)).await.unwrap();
        assert!(again.existed);
        assert_eq!(again.view, made.view);
    }
    let message = w.tell(bob, alice, "hi").await.unwrap();
    assert_eq!((message.conversation, message.audience), (conversation.id, Audience::Direct(alice)));
    let into_it = w.say(alice, conversation.id, "hi").await.unwrap();
    assert_eq!((into_it.seq.get(), into_it.audience), (2, Audience::Direct(bob)));
}

/// Notes to oneself are a direct conversation with one participant, and nothing in them is unread.
pub async fn notes_to_oneself_have_one_participant(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let note = w.tell(alice, alice, "milk").await.unwrap();
    assert_eq!(note.audience, Audience::Direct(alice));
    w.tell(alice, bob, "hi").await.unwrap();
    assert!(w.create(alice, NewMembers::Direct(alice)).await.unwrap().existed);

    let view = w.store.find_conversation(note.conversation, alice).await.unwrap().unwrap();
    assert_eq!(view.conversation.kind, ConversationKind::Direct);
    assert_eq!((view.conversation.participants.len(), view.conversation.participant_count), (1, 1));
    assert_eq!(view.unread_count, 0);
    assert_eq!(w.history(note.conversation, alice).await, [(*note).clone()]);
    assert_eq!(w.store.find_conversation(note.conversation, bob).await.unwrap(), None);
}

/// A message to or with nobody known is refused and leaves nothing behind.
pub async fn an_unknown_recipient_makes_nothing(w: World) {
    let alice = w.user("alice").await;
    let nobody: UserId = w.id();
    assert!(matches!(w.tell(alice, nobody, "hi").await, Err(Error::UserNotFound)));
    assert!(matches!(w.tell(nobody, alice, "hi").await, Err(Error::UserNotFound)));
    let direct = w.create(alice, NewMembers::Direct(nobody)).await;
    assert!(matches!(direct, Err(Error::UserNotFound)));
    assert!(w.conversations(alice).await.is_empty());
    assert!(w.feed.changes().is_empty());
}
