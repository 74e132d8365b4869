use chirrup_domain::message::{HistoryAt, HistoryPage, Seq};

use super::World;

/// A page holds what lies before, after or around a place, ascending, and says whether there is more on either side.
pub async fn history_pages_by_place(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    let read = async |at, limit| {
        let page = w.store.list_messages(room, bob, HistoryPage { at, limit }).await.unwrap().unwrap();
        let places: Vec<_> = page.messages.iter().map(|message| message.seq.get()).collect();
        (places, page.has_before, page.has_after)
    };
    assert_eq!(read(HistoryAt::Newest, 50).await, (vec![], false, false));

    let mut said = Vec::new();
    for n in 1..=10 {
        said.push((*w.say(alice, room, &format!("message {n}")).await.unwrap()).clone());
    }
    assert_eq!(w.history(room, bob).await, said);

    let seq = |seq| Seq::new(seq).unwrap();
    assert_eq!(read(HistoryAt::Newest, 3).await, (vec![8, 9, 10], true, false));
    assert_eq!(read(HistoryAt::Before(seq(5)), 3).await, (vec![2, 3, 4], true, true));
    assert_eq!(read(HistoryAt::Before(seq(1)), 3).await, (vec![], false, true));
    assert_eq!(read(HistoryAt::After(seq(5)), 3).await, (vec![6, 7, 8], true, true));
    assert_eq!(read(HistoryAt::After(seq(10)), 3).await, (vec![], true, false));
    assert_eq!(read(HistoryAt::Around(seq(5)), 3).await, (vec![4, 5, 6], true, true));
    assert_eq!(read(HistoryAt::Newest, 200).await, ((1..=10).collect(), false, false));
}

/// A page of long messages is cut where its bytes are full, and says that there are more.
pub async fn a_page_of_long_messages_is_cut(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let text = "ä".repeat(HistoryPage::MAX_BYTES / 8);
    for _ in 0..10 {
        w.say(alice, room, &text).await.unwrap();
    }
    let read = async |at| {
        let page = w.store.list_messages(room, alice, HistoryPage { at, limit: 200 }).await.unwrap().unwrap();
        let places: Vec<_> = page.messages.iter().map(|message| message.seq.get()).collect();
        (places, page.has_before, page.has_after)
    };
    assert_eq!(read(HistoryAt::Newest).await, (vec![7, 8, 9, 10], true, false));
    assert_eq!(read(HistoryAt::After(Seq::FIRST)).await, (vec![2, 3, 4, 5], true, true));
    assert_eq!(w.history(room, alice).await.len(), 10);
}
