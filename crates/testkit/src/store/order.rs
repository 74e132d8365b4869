use chirrup_domain::{ConversationId, Error, UserId};
use tokio::task::JoinSet;

use super::World;

/// In each of many conversations that many write to at once, places run from 1 without gap or repeat, and one sender's
/// messages stand in the order in which they were sent.
pub async fn numbers_have_no_gap_whoever_writes_at_once(w: World) {
    const ROOMS: usize = 8;
    const SENDERS: usize = 16;
    const EACH: usize = 10;
    let mut senders = Vec::new();
    for n in 0..SENDERS {
        senders.push(w.user(&format!("sender {n}")).await);
    }
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        rooms.push(w.group(senders[0], &senders[1..]).await);
    }
    let mut writing = JoinSet::new();
    for (room, sender) in rooms.iter().flat_map(|room| senders.iter().map(move |sender| (*room, *sender))) {
        let w = w.clone();
        writing.spawn(async move {
            for n in 0..EACH {
                w.say(sender, room, &n.to_string()).await.unwrap();
            }
        });
    }
    writing.join_all().await;
    for room in rooms {
        assert_complete(&w, room, senders[0], SENDERS * EACH).await;
        let history = w.history(room, senders[0]).await;
        for sender in &senders {
            let said: Vec<_> =
                history.iter().filter(|m| m.sender.id == *sender).map(|m| &m.content).collect();
            assert_eq!(said, (0..EACH).map(|n| n.to_string()).collect::<Vec<_>>().iter().collect::<Vec<_>>());
        }
    }
}

/// A refused send among others takes no place.
pub async fn a_refused_send_leaves_no_gap(w: World) {
    let [alice, eve] = w.users(["alice", "eve"]).await;
    let room = w.group(alice, &[]).await;
    let mut writing = JoinSet::new();
    for n in 0..200 {
        let w = w.clone();
        writing.spawn(async move {
            match n % 2 {
                0 => w.say(alice, room, "hi").await.map(drop).unwrap(),
                _ => assert!(matches!(w.say(eve, room, "hi").await, Err(Error::NotAMember))),
            }
        });
    }
    writing.join_all().await;
    assert_complete(&w, room, alice, 100).await;
}

async fn assert_complete(w: &World, room: ConversationId, reader: UserId, count: usize) {
    let places: Vec<_> = w.history(room, reader).await.iter().map(|message| message.seq.get()).collect();
    assert_eq!(places, (1..=count as u64).collect::<Vec<_>>());
    let view = w.store.find_conversation(room, reader).await.unwrap().unwrap();
    assert_eq!(view.conversation.last_seq.map(|seq| seq.get()), Some(count as u64));
}
