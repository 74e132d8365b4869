use std::time::Duration;

use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{Draft, HistoryPage, Message, Target};
use chirrup_domain::search::{Found, FoundPage, Query, Search};
use chirrup_domain::{ConversationId, UserId};

use super::World;
use super::uploads::upload;

impl World {
    /// A page of what somebody finds.
    pub async fn search_page(
        &self,
        reader: UserId,
        query: &str,
        before: Option<ChangeNo>,
        limit: u16,
    ) -> FoundPage {
        let search =
            Search { query: Query::parse(query).expect("a query"), conversation: None, before, limit };
        self.store.search_messages(reader, search).await.expect("a search").expect("a page")
    }

    /// Everything that somebody finds, page by page.
    pub async fn search(&self, reader: UserId, query: &str) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut before = None;
        loop {
            let page = self.search_page(reader, query, before, 3).await;
            found.extend(page.found);
            before = page.next;
            if before.is_none() {
                return found;
            }
        }
    }

    /// The texts of it.
    pub async fn texts(&self, reader: UserId, query: &str) -> Vec<String> {
        self.search(reader, query).await.into_iter().map(|found| found.message.content).collect()
    }
}

/// What is found comes newest first over all of one's conversations, as the history shows it, each once, page by page.
pub async fn what_is_found_comes_newest_first(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let rooms = [w.group(alice, &[bob]).await, w.group(bob, &[alice]).await, w.group(alice, &[]).await];
    let mut said: Vec<Message> = Vec::new();
    for n in 0..40 {
        let text = if n % 3 == 0 { format!("Red apple {n}") } else { format!("green pear {n}") };
        said.push((*w.say(alice, rooms[n % 7 % 3], &text).await.unwrap()).clone());
    }
    w.tell(bob, alice, "reddish").await.unwrap();
    let expected: Vec<_> =
        said.iter().rev().filter(|message| message.content.starts_with("Red")).cloned().collect();
    let found = w.search(alice, "red ").await;
    assert_eq!(
        found.iter().map(|found| &found.message).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    for found in found {
        assert_eq!(found.highlights.iter().map(|mark| (mark.start, mark.end)).collect::<Vec<_>>(), [(0, 3)]);
    }
    let page = w.search_page(alice, "red ", None, 50).await;
    assert_eq!((page.found.len(), page.next), (expected.len(), None));
    let page = w.search_page(alice, "pear 5", None, 50).await;
    assert_eq!(page.found.len(), 1);
    assert_eq!(w.texts(alice, "red").await[0], "reddish");
}

/// Words, beginnings, phrases and parts of texts without spaces are found, and nothing that only looks like them.
pub async fn words_beginnings_and_phrases_are_found(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let texts = [
        "The Café on the corner",
        "corner café, the other one",
        "東京タワーに行きました",
        "สวัสดีครับ",
        "주간회의가 끝났다",
        "Straßenfest 🎉",
        "see http://example.org/a_b?c=d",
        "\" OR keys : * NEAR(",
    ];
    for text in texts {
        w.say(alice, room, text).await.unwrap();
    }
    // Behind these the index knows all of them, and of some only it.
    for (query, expected) in [
        ("cafe ", &[1, 0][..]),
        ("CAFÉ the ", &[1, 0]),
        ("\"the cafe\"", &[0]),
        ("cafe -other ", &[0]),
        ("corn* ", &[1, 0]),
        ("cor", &[1, 0]),
        ("cor ", &[]),
        ("タワー", &[2]),
        ("京タワ ", &[2]),
        ("京東", &[]),
        ("ดีครับ", &[3]),
        ("회의", &[4]),
        ("strasse", &[5]),
        ("🎉", &[5]),
        ("http://example.org/a_b ", &[6]),
        ("has:link", &[6]),
        ("\" OR keys : * NEAR(", &[7]),
        ("keys:OR ", &[]),
        ("u1", &[]),
        ("hl", &[]),
    ] {
        let found = w.texts(alice, query).await;
        assert_eq!(found, expected.iter().map(|index| texts[*index]).collect::<Vec<_>>(), "{query}");
    }
}

/// People, places, contents and times narrow what is found; who or what is unknown finds nothing.
pub async fn filters_narrow_what_is_found(w: World) {
    let [alice, bob, carol] = w.users(["alice", "Bob B", "carol"]).await;
    let team = w.group(alice, &[bob, carol]).await;
    let direct = w.tell(alice, bob, "tea for two").await.unwrap().conversation;
    w.tell(alice, carol, "tea for carol").await.unwrap();
    let early = w.now();
    w.pass(Duration::from_secs(3 * 24 * 3600));
    w.say(bob, team, "tea for all").await.unwrap();
    let file = Some(upload(&w, bob, 1).await.name);
    let draft = Draft { file, ..w.draft(bob, Target::Conversation(team), "tea cup") };
    w.store.append_message(draft).await.unwrap();
    let day = &early.to_string()[..10];
    for (query, expected) in [
        ("tea ".to_owned(), &["tea cup", "tea for all", "tea for carol", "tea for two"][..]),
        ("tea from:me".to_owned(), &["tea for carol", "tea for two"]),
        ("from:\"bob b\" tea".to_owned(), &["tea cup", "tea for all"]),
        ("from:alice from:nobody tea".to_owned(), &["tea for carol", "tea for two"]),
        ("tea -from:me".to_owned(), &["tea cup", "tea for all"]),
        ("from:nobody".to_owned(), &[]),
        ("in:GROUP".to_owned(), &["tea cup", "tea for all"]),
        (format!("in:{direct}"), &["tea for two"]),
        ("in:@carol tea".to_owned(), &["tea for carol"]),
        ("tea -in:group".to_owned(), &["tea for carol", "tea for two"]),
        ("in:nowhere tea".to_owned(), &[]),
        ("has:image".to_owned(), &["tea cup"]),
        ("has:file from:me".to_owned(), &[]),
        ("tea has:video".to_owned(), &[]),
        (format!("tea before:{early}"), &["tea for carol", "tea for two"]),
        (format!("after:{day}"), &["tea cup", "tea for all"]),
        (format!("tea before:{day}"), &[]),
    ] {
        assert_eq!(w.texts(alice, &query).await, expected, "{query}");
    }
    for query in ["in:@carol ", "in:@nobody tea", "in:65a51c2f0123456789abcdef tea"] {
        assert!(w.texts(bob, query).await.is_empty(), "{query}");
    }
}

/// Only who is a member now finds anything, and system messages nobody.
pub async fn only_members_find_messages(w: World) {
    let [alice, bob, eve] = w.users(["alice", "bob", "eve"]).await;
    let room = w.group(alice, &[bob]).await;
    for n in 0..12 {
        w.say(alice, room, &format!("secret {n}")).await.unwrap();
    }
    let within = async |reader: UserId, room: ConversationId| {
        let query = Query::parse("secret").unwrap();
        let search = Search { query, conversation: Some(room), before: None, limit: 50 };
        w.store.search_messages(reader, search).await.unwrap().map(|page| page.found.len())
    };
    assert_eq!((w.texts(bob, "secret").await.len(), within(bob, room).await), (12, Some(12)));
    assert_eq!((w.texts(eve, "secret").await.len(), within(eve, room).await), (0, None));
    assert_eq!(within(alice, w.id()).await, None);

    w.remove(alice, room, bob).await.unwrap();
    assert_eq!((w.texts(bob, "secret").await.len(), within(bob, room).await), (0, None));
    assert_eq!(w.texts(alice, "removed").await.len(), 0);
    w.add(alice, room, &[bob, eve]).await.unwrap();
    assert_eq!((w.texts(bob, "secret").await.len(), within(eve, room).await), (12, Some(12)));

    w.store.delete_group(w.act(alice, room)).await.unwrap();
    assert_eq!((w.texts(alice, "secret").await.len(), within(alice, room).await), (0, None));
}

/// A message is found by what it says now: not by the words that an edit took away, and by the new ones at once.
pub async fn an_edited_message_is_found_by_its_new_words(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    let mut said = Vec::new();
    for n in 0..13 {
        said.push(w.say(alice, room, &format!("old words {n}")).await.unwrap());
    }
    // The first ones are in the index, the last ones are not.
    for (n, message) in said.iter().enumerate() {
        w.edit(alice, message.id, &format!("new text {n}")).await.unwrap();
        assert_eq!(w.texts(bob, "new").await.len(), n + 1);
        assert_eq!(w.texts(bob, "old").await.len(), said.len() - n - 1);
    }
    for n in 0..5 {
        w.say(bob, room, &format!("more {n}")).await.unwrap();
    }
    w.edit(alice, said[0].id, "old words again").await.unwrap();
    w.edit(alice, said[0].id, "old words anew").await.unwrap();
    assert_eq!(w.texts(bob, "words").await, ["old words anew"]);
    assert_eq!(w.texts(bob, "anew \"old words\"").await, ["old words anew"]);
    assert_eq!(w.texts(bob, "text").await.len(), said.len() - 1);
}

/// Of a deleted message nothing is found any more, not even that it was there.
pub async fn a_deleted_message_is_not_found(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let mut said = Vec::new();
    for n in 0..12 {
        let file = Some(upload(&w, alice, n).await.name);
        let draft = w.draft(alice, Target::Conversation(room), "gone https://example.org");
        said.push(w.store.append_message(Draft { file, ..draft }).await.unwrap().message);
    }
    for (n, message) in said.iter().enumerate() {
        w.delete(alice, message.id).await.unwrap();
        for query in ["gone", "has:image", "has:link", "from:me", "in:group"] {
            assert_eq!(w.search(alice, query).await.len(), said.len() - n - 1, "{query}");
        }
    }
}

/// However many conversations somebody is in, common and rare words are found in all of them and nowhere else.
pub async fn many_conversations_are_searched(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let mut rooms = Vec::new();
    for n in 0..80 {
        let others: &[UserId] = if n % 2 == 0 { &[bob] } else { &[] };
        rooms.push(w.group(alice, others).await);
    }
    for round in 0..20 {
        for (n, room) in rooms.iter().enumerate() {
            let word = if n == 7 * round % 80 { "rare" } else { "usual" };
            w.say(alice, *room, &format!("{word} word {round} {n}")).await.unwrap();
        }
    }
    let numbers =
        |text: &str| -> Vec<usize> { text.split(' ').skip(2).map(|n| n.parse().unwrap()).collect() };
    for (reader, mine) in [(alice, 1), (bob, 2)] {
        for (query, word) in [
            ("word ", None),
            ("rare ", Some("rare")),
            ("usual rare", Some("")),
            ("\"usual word\"", Some("usual")),
        ] {
            let found = w.texts(reader, query).await;
            let mut expected = Vec::new();
            for round in (0..20).rev() {
                for n in (0..80).rev().filter(|n| n % mine == 0) {
                    let said = if n == 7 * round % 80 { "rare" } else { "usual" };
                    if word.is_none_or(|word| word == said) {
                        expected.push(vec![round, n]);
                    }
                }
            }
            assert_eq!(found.iter().map(|text| numbers(text)).collect::<Vec<_>>(), expected, "{query}");
        }
    }
}

/// What takes long to find comes on later pages: each ends after so much work, and says where to go on.
pub async fn a_search_that_finds_little_goes_on_page_by_page(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    for n in 0..3 {
        w.say(bob, room, &format!("early {n}")).await.unwrap();
    }
    let mut saying = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let w = w.clone();
        saying.spawn(async move {
            for n in 0..100 {
                w.say(alice, room, &format!("late {n}")).await.unwrap();
            }
        });
    }
    saying.join_all().await;
    let query = "in:group -from:alice";
    let first = w.search_page(bob, query, None, 50).await;
    assert!(first.found.is_empty() && first.next.is_some());
    assert_eq!(w.texts(bob, query).await, ["early 2", "early 1", "early 0"]);
}

/// A page of long messages is cut where its bytes are full, and goes on behind that.
pub async fn a_page_of_long_texts_is_cut(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let text = format!("long {}", "x".repeat(HistoryPage::MAX_BYTES / 4));
    for _ in 0..6 {
        w.say(alice, room, &text).await.unwrap();
    }
    let first = w.search_page(alice, "long", None, 50).await;
    assert_eq!(first.found.len(), 3);
    let second = w.search_page(alice, "long", first.next, 50).await;
    assert_eq!((second.found.len(), second.next), (3, None));
}

/// A text with more to find it by than an index keeps is found by its end as by its start, before and after a change.
pub async fn a_text_with_very_many_characters_is_found_by_each(w: World) {
    let alice = w.user("alice").await;
    let room = w.group(alice, &[]).await;
    let text: String = (0..10_000).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
    for text in [&text, "other", "short"] {
        w.say(alice, room, text).await.unwrap();
    }
    for n in 0..20 {
        w.say(alice, room, &format!("and {n}")).await.unwrap();
    }
    let last: String = text.chars().skip(9_998).collect();
    for query in ["一丁", &last, "has:file -other", "other"] {
        let expected: &[&str] = match query {
            "has:file -other" => &[],
            "other" => &["other"],
            _ => &[&text],
        };
        assert_eq!(w.texts(alice, query).await, expected, "{query}");
    }
}

/// As many long texts as are looked at for one page end it, whatever else is asked of them.
pub async fn a_search_through_long_texts_goes_on_page_by_page(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.group(alice, &[bob]).await;
    w.say(bob, room, "early").await.unwrap();
    let text = format!("late {}", "x".repeat(HistoryPage::MAX_BYTES / 4));
    for _ in 0..5 {
        w.say(alice, room, &text).await.unwrap();
    }
    let query = "in:group -late";
    let first = w.search_page(bob, query, None, 50).await;
    assert!(first.found.is_empty() && first.next.is_some());
    assert_eq!(w.texts(bob, query).await, ["early"]);
}
