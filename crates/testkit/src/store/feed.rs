use std::collections::HashSet;
use std::time::Duration;

use chirrup_domain::conversation::NewMembers;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{Draft, Target};
use chirrup_domain::presence::DeviceId;
use chirrup_domain::{Error, Fact};
use tokio::task::JoinSet;

use super::World;

/// The feed tells every change once, numbered without gap in the order told, and each conversation's messages in the
/// order of their places.
pub async fn the_feed_tells_everything_in_order(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    assert_eq!(w.store.last_change().await.unwrap(), ChangeNo(0));
    let room = w.group(alice, &[bob, carol]).await;
    let mut writing = JoinSet::new();
    for n in 0..300 {
        let w = w.clone();
        writing.spawn(async move {
            match n % 3 {
                0 => w.say(alice, room, "hi").await,
                1 => w.tell(alice, bob, "hi").await,
                _ => w.tell(carol, bob, "hi").await,
            }
            .unwrap()
        });
    }
    let answered = writing.join_all().await;

    let changes = w.feed.changes();
    let numbers: Vec<_> = changes.iter().map(|change| change.no.0).collect();
    assert_eq!(numbers, (1..=303).collect::<Vec<_>>());
    assert_eq!(w.store.last_change().await.unwrap(), ChangeNo(303));

    let mut begun = HashSet::new();
    let mut told = Vec::new();
    for change in changes {
        match change.fact {
            Fact::ConversationCreated { conversation, members } => {
                assert!(begun.insert(conversation.id));
                assert_eq!(conversation.last_message, None);
                assert_eq!(members.len(), conversation.participants.len());
            }
            Fact::MessageAppended { message, .. } => {
                assert!(begun.contains(&message.conversation), "a message before its conversation");
                told.push(message);
            }
            fact => panic!("nobody did that: {fact:?}"),
        }
    }
    for id in begun {
        let told: Vec<_> = told.iter().filter(|m| m.conversation == id).map(|m| (**m).clone()).collect();
        assert_eq!(told.len(), 100);
        assert_eq!(w.history(id, told[0].sender.id).await, told);
    }
    assert!(answered.iter().all(|message| told.contains(message)));
}

/// Whoever is answered finds the change with the feed already.
pub async fn an_answer_comes_after_the_feed_was_told(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let mut writing = JoinSet::new();
    for _ in 0..64 {
        let w = w.clone();
        writing.spawn(async move {
            for _ in 0..5 {
                let message = w.say(alice, room, "hi").await.unwrap();
                let changes = w.feed.changes();
                let told = changes.iter().any(
                    |change| matches!(&change.fact, Fact::MessageAppended { message: told, .. } if told.id == message.id),
                );
                assert!(told);
                assert!(w.store.last_change().await.unwrap() >= changes[changes.len() - 1].no);
            }
        });
    }
    writing.join_all().await;
}

/// Nobody is answered before the feed says so, also when more is committed meanwhile.
pub async fn an_answer_waits_for_the_feed(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    w.feed.hold();
    let before = w.feed.changes().len();
    let mut waiting = JoinSet::new();
    for n in 1..=3 {
        let sender = w.clone();
        waiting.spawn(async move { sender.say(alice, room, "hi").await.unwrap() });
        while w.feed.changes().len() < before + n {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(waiting.try_join_next().is_none(), "answered before the feed had published it");
    w.feed.release();
    assert_eq!(waiting.join_all().await.len(), 3);
}

/// What changed nothing has no number.
pub async fn repeats_and_refusals_tell_the_feed_nothing(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[]).await;
    w.create(alice, NewMembers::Direct(bob)).await.unwrap();
    w.send_as(alice, Target::Conversation(room), "hi", "c1").await.unwrap();
    let before = w.store.last_change().await.unwrap();
    assert_eq!(before, ChangeNo(3));

    assert!(w.send_as(alice, Target::Conversation(room), "hi", "c1").await.unwrap().repeated);
    assert!(w.create(bob, NewMembers::Direct(alice)).await.unwrap().existed);
    assert!(matches!(w.say(bob, room, "hi").await, Err(Error::NotAMember)));
    assert!(matches!(w.tell(bob, w.id(), "hi").await, Err(Error::UserNotFound)));
    w.store.ping().await.unwrap();

    assert_eq!(w.store.last_change().await.unwrap(), before);
    assert_eq!(w.feed.changes().len(), 3);
}

/// The feed names the device that a message came from, and a message that came from none names none.
pub async fn the_feed_names_the_device_that_sent(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    for origin in [Some(DeviceId(7)), None] {
        let draft = Draft { origin, ..w.draft(alice, w.to(bob), "hi") };
        w.store.append_message(draft).await.unwrap();
        match w.feed.changes().pop().unwrap().fact {
            Fact::MessageAppended { origin: told, .. } => assert_eq!(told, origin),
            fact => panic!("{fact:?}"),
        }
    }
}
