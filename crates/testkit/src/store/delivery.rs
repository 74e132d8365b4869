use chirrup_domain::delivery::{DELIVERED_AT_ONCE, Delivered};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::Status;
use chirrup_domain::{ConversationId, Fact, MessageId, UserId};

use super::World;

impl World {
    async fn waiting(&self, recipient: UserId) -> Vec<MessageId> {
        let waiting = self.store.list_waiting(recipient).await.expect("a list");
        assert!(waiting.is_sorted_by(|a, b| a.no < b.no));
        waiting.iter().map(|waiting| waiting.message).collect()
    }

    async fn confirm(&self, recipient: UserId, up_to: ChangeNo) {
        while self.store.confirm_delivered(recipient, up_to, self.now()).await.expect("a note") {}
    }

    async fn statuses(&self, room: ConversationId, reader: UserId) -> Vec<Status> {
        self.history(room, reader).await.iter().map(|message| message.status).collect()
    }
}

fn delivered(w: &World) -> Vec<Delivered> {
    let delivered = |fact| match fact {
        Fact::MessagesDelivered(delivered) => Some(delivered),
        _ => None,
    };
    w.feed.changes().into_iter().filter_map(|change| delivered(change.fact)).collect()
}

/// What is sent to somebody without a device waits, oldest first, until it is confirmed; what is sent to somebody who is
/// here, to oneself or to a group does not.
pub async fn direct_messages_wait_for_a_device(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob]).await;
    w.online.connect(carol);
    let mut sent = Vec::new();
    for (from, text) in [(alice, "a1"), (carol, "c1"), (alice, "a2"), (carol, "c2")] {
        sent.push(w.tell(from, bob, text).await.unwrap());
        w.say(alice, group, "in the group").await.unwrap();
        w.tell(bob, bob, "a note").await.unwrap();
        w.tell(bob, carol, "to somebody who is here").await.unwrap();
    }
    let ids: Vec<_> = sent.iter().map(|message| message.id).collect();
    assert_eq!(w.waiting(bob).await, ids);
    assert_eq!(w.waiting(bob).await, ids, "looking changes nothing");
    assert!(w.waiting(carol).await.is_empty() && w.waiting(w.id()).await.is_empty());

    w.confirm(bob, w.store.last_change().await.unwrap()).await;
    assert!(w.waiting(bob).await.is_empty());
    let mut told = delivered(&w);
    told.sort_by_key(|delivered| delivered.seq);
    told.sort_by_key(|delivered| delivered.sender != alice);
    let newest: Vec<_> = told.iter().map(|d| (d.message, d.conversation, d.seq, d.sender)).collect();
    let of = |n: usize| (sent[n].id, sent[n].conversation, sent[n].seq, sent[n].sender.id);
    assert_eq!(newest, [of(2), of(3)]);
    assert!(told.iter().all(|delivered| delivered.recipient == bob));
    assert_eq!(w.statuses(sent[0].conversation, alice).await, [Status::Delivered, Status::Delivered]);

    let before = w.store.last_change().await.unwrap();
    w.confirm(bob, before).await;
    assert_eq!(w.store.last_change().await.unwrap(), before, "confirming twice changes nothing");
}

/// A confirmation covers what came before it and nothing later; what came while a device was there is not sent again.
pub async fn a_confirmation_covers_what_came_before_it(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let first = w.tell(alice, bob, "one").await.unwrap();
    let up_to = w.store.last_change().await.unwrap();
    let answer = w.say(bob, first.conversation, "an answer").await.unwrap();
    let second = w.tell(alice, bob, "two").await.unwrap();
    w.confirm(bob, ChangeNo(0)).await;
    assert_eq!(w.waiting(bob).await, [first.id, second.id]);

    w.confirm(bob, up_to).await;
    assert_eq!(w.waiting(bob).await, [second.id]);
    assert_eq!(w.statuses(first.conversation, alice).await, [Status::Delivered, answer.status, Status::Sent]);

    w.online.connect(bob);
    w.tell(alice, bob, "three").await.unwrap();
    assert_eq!(w.waiting(bob).await, [second.id], "three has reached a device");
    w.confirm(bob, w.store.last_change().await.unwrap()).await;
    assert!(w.waiting(bob).await.is_empty());
    w.online.disconnect(bob);
    let fourth = w.tell(alice, bob, "four").await.unwrap();
    assert_eq!(w.waiting(bob).await, [fourth.id]);
    assert_eq!(delivered(&w).iter().map(|d| d.seq.get()).collect::<Vec<_>>(), [1, 3]);
}

/// Of many that wait the newest are delivered, across conversations; the confirmation covers the older ones too.
pub async fn the_newest_of_many_are_delivered(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let mut sent = Vec::new();
    for n in 0..DELIVERED_AT_ONCE + 20 {
        let from = if n % 3 == 0 { carol } else { alice };
        sent.push(w.tell(from, bob, "hi").await.unwrap());
    }
    let newest: Vec<_> = sent[20..].iter().map(|message| message.id).collect();
    assert_eq!(w.waiting(bob).await, newest);
    w.confirm(bob, w.store.last_change().await.unwrap()).await;
    assert!(w.waiting(bob).await.is_empty());
    let statuses = w.statuses(sent[0].conversation, bob).await;
    assert!(statuses.iter().all(|status| *status == Status::Delivered));
    assert_eq!(delivered(&w).len(), 2);
}

/// However many people have written, everything is confirmed, step by step, one change for each conversation.
pub async fn many_conversations_are_confirmed_in_steps(w: World) {
    let bob = w.user("bob").await;
    for n in 0..250 {
        let sender = w.user(&format!("sender {n}")).await;
        w.tell(sender, bob, "hi").await.unwrap();
    }
    assert_eq!(w.waiting(bob).await.len(), 250);
    w.confirm(bob, w.store.last_change().await.unwrap()).await;
    assert!(w.waiting(bob).await.is_empty());
    assert_eq!(delivered(&w).len(), 250);
}
