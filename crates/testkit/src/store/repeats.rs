use std::time::Duration;

use chirrup_domain::message::{ClientId, Draft, Target};
use tokio::task::JoinSet;

use super::World;

/// Of one send repeated twenty times at once, one message comes, and everybody is answered with it.
pub async fn a_send_repeated_at_once_makes_one_message(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let mut sending = JoinSet::new();
    for _ in 0..20 {
        let w = w.clone();
        sending.spawn(async move { w.send_as(alice, w.to(bob), "hi", "c1").await.unwrap() });
    }
    let answers = sending.join_all().await;
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    let first = &answers[0].message;
    assert!(answers.iter().all(|answer| answer.message == *first));
    assert_eq!(w.history(first.conversation, bob).await, [(**first).clone()]);
    assert_eq!(first.client_id.as_ref().map(|id| id.as_str()), Some("c1"));
}

/// One `clientId` of two senders makes two messages; of one sender it makes one, wherever it goes the second time.
pub async fn a_client_id_belongs_to_its_sender(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    let first = w.send_as(alice, Target::Conversation(room), "one", "c1").await.unwrap();
    let other = w.send_as(bob, Target::Conversation(room), "two", "c1").await.unwrap();
    assert!(!first.repeated && !other.repeated);
    let elsewhere = w.send_as(alice, w.to(bob), "three", "c1").await.unwrap();
    assert!(elsewhere.repeated);
    assert_eq!(elsewhere.message, first.message);
    assert!(!w.send_as(alice, Target::Conversation(room), "four", "c2").await.unwrap().repeated);
    assert_eq!(w.history(room, alice).await.len(), 3);
    assert_eq!(w.conversations(alice).await.len(), 1);
}

/// Who has left and repeats a send learns that it was stored, and nothing that the others did since.
pub async fn who_left_learns_nothing_by_a_repeat(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    let quoted = w.say(alice, group, "before").await.unwrap();
    let draft = || Draft {
        client_id: ClientId::new("c1".into()),
        reply_to: Some(quoted.id),
        ..w.draft(bob, Target::Conversation(group), "hi")
    };
    let sent = w.store.append_message(draft()).await.unwrap().message;
    assert!(sent.reply_to.is_some());
    w.remove(bob, group, bob).await.unwrap();
    w.edit(alice, quoted.id, "a secret").await.unwrap();
    w.react(alice, sent.id, "👍").await.unwrap();
    let again = w.store.append_message(draft()).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.message.id, again.message.content.as_str()), (sent.id, "hi"));
    assert_eq!(
        (&again.message.reply_to, again.message.reactions.len(), again.message.read_count),
        (&None, 0, 0)
    );
}

/// A send is known for at least a day, however many come after it.
pub async fn a_send_is_known_for_a_day(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let send = async |client_id: String| {
        w.send_as(alice, Target::Conversation(room), "hi", &client_id).await.unwrap().repeated
    };
    assert!(!send("first".into()).await);
    for hour in 0..26 {
        assert!(!send(format!("hour {hour}")).await);
        w.pass(Duration::from_secs(3600));
    }
    assert!(send("first".into()).await);
    assert!(send("hour 25".into()).await);
}

/// A send stored while the clock was far ahead makes no other one old.
pub async fn a_send_is_known_though_the_clock_was_ahead(w: World) {
    let alice = w.user("alice").await;
    let room = Target::Conversation(w.group(alice, &[]).await);
    let ahead = Draft {
        client_id: ClientId::new("ahead".into()),
        at: w.now().plus(Duration::from_secs(30 * 24 * 3600)),
        ..w.draft(alice, room, "hi")
    };
    assert!(!w.store.append_message(ahead).await.unwrap().repeated);
    for n in 0..10 {
        assert!(!w.send_as(alice, room, "hi", &format!("c{n}")).await.unwrap().repeated);
    }
    for n in 0..10 {
        assert!(w.send_as(alice, room, "hi", &format!("c{n}")).await.unwrap().repeated);
    }
}
