use chirrup_domain::conversation::NewMembers;
use chirrup_domain::member::UserPage;
use chirrup_domain::{Error, UserId};

use super::World;

/// A blocked sender's direct messages are refused, whichever way they go, and leave nothing behind; groups, answers and
/// repeats of what was sent before are not touched by it.
pub async fn a_blocked_sender_changes_nothing(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let group = w.group(alice, &[bob]).await;
    w.store.set_blocked(bob, alice, true).await.unwrap();
    w.store.set_blocked(bob, alice, true).await.unwrap();
    let told = w.feed.changes().len();
    assert!(matches!(w.tell(alice, bob, "hi").await, Err(Error::Blocked)));
    assert!(matches!(w.create(alice, NewMembers::Direct(bob)).await, Err(Error::Blocked)));
    assert_eq!(w.conversations(alice).await.len(), 1);
    assert_eq!(w.feed.changes().len(), told);

    let direct = w.tell(bob, alice, "hi").await.unwrap().conversation;
    let first = w.tell(alice, alice, "milk").await.unwrap();
    assert_eq!(first.seq.get(), 1);
    let told = w.feed.changes().len();
    assert!(matches!(w.say(alice, direct, "ho").await, Err(Error::Blocked)));
    assert_eq!(w.history(direct, alice).await.len(), 1);
    assert_eq!(w.feed.changes().len(), told);
    w.say(alice, group, "hello").await.unwrap();

    w.store.set_blocked(bob, alice, false).await.unwrap();
    let sent = w.send_as(alice, w.to(bob), "at last", "c1").await.unwrap();
    assert_eq!(sent.message.seq.get(), 2);
    w.store.set_blocked(bob, alice, true).await.unwrap();
    assert!(w.send_as(alice, w.to(bob), "at last", "c1").await.unwrap().repeated);
}

/// One sees whom one has blocked, page by page, and nobody else's.
pub async fn who_is_blocked_is_listed_in_pages(w: World) {
    let [alice, bob, carol, dave] = w.users(["alice", "bob", "carol", "dave"]).await;
    for other in [dave, bob, carol] {
        w.store.set_blocked(alice, other, true).await.unwrap();
    }
    w.store.set_blocked(alice, carol, false).await.unwrap();
    let page = async |user: UserId, after| {
        let (people, more) = w.store.list_blocked(user, UserPage { after, limit: 1 }).await.unwrap();
        (people.into_iter().map(|user| user.id).collect::<Vec<_>>(), more)
    };
    assert_eq!(page(alice, None).await, (vec![bob], true));
    assert_eq!(page(alice, Some(bob)).await, (vec![dave], false));
    assert_eq!(page(alice, Some(w.id())).await, (vec![], false));
    assert_eq!(page(bob, None).await, (vec![], false));
    assert!(matches!(w.store.set_blocked(alice, w.id(), true).await, Err(Error::UserNotFound)));
}
