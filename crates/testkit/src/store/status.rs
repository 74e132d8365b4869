use chirrup_domain::Error;
use chirrup_domain::message::Status;

use super::World;

/// A direct message is delivered if a device of the recipient is connected; a group's is sent.
pub async fn a_direct_message_is_delivered_to_who_is_connected(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    w.online.connect(bob);
    let room = w.group(alice, &[bob]).await;
    let to_bob = w.tell(alice, bob, "hi").await.unwrap();
    let to_carol = w.tell(alice, carol, "hi").await.unwrap();
    let to_group = w.say(alice, room, "hi").await.unwrap();
    assert_eq!(
        [to_bob.status, to_carol.status, to_group.status],
        [Status::Delivered, Status::Sent, Status::Sent]
    );
    let into_it = w.say(alice, to_bob.conversation, "hi").await.unwrap();
    assert_eq!(into_it.status, Status::Delivered);
    assert_eq!(w.history(to_bob.conversation, bob).await[0].status, Status::Delivered);
}

/// Closing waits for what was accepted; afterwards everything is refused as unavailable.
pub async fn a_closed_store_has_finished_and_refuses(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let writing: Vec<_> = (0..100)
        .map(|_| {
            let w = w.clone();
            tokio::spawn(async move { w.say(alice, room, "hi").await })
        })
        .collect();
    w.store.close().await.unwrap();
    let mut accepted = 0;
    for answer in writing {
        match answer.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
        }
    }
    assert_eq!(w.feed.changes().len(), 1 + accepted);
    assert!(matches!(w.say(alice, room, "hi").await, Err(Error::Unavailable(_))));
    assert!(matches!(w.store.find_user(alice).await, Err(Error::Unavailable(_))));
    assert!(matches!(w.store.ping().await, Err(Error::Unavailable(_))));
    w.store.close().await.unwrap();
}
