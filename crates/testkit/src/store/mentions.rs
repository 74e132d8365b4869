use std::fmt::Write;

use chirrup_domain::message::MAX_MENTIONS;

use super::World;

/// Members are mentioned by their names, whatever the case, the longest first, each once and in the order of the text;
/// who is no member is not, nor who has left.
pub async fn members_are_mentioned_by_their_names(w: World) {
    let [alice, bob, lee, carol, zoe] = w.users(["Alice", "bob", "Bob Lee", "carol", "Zoë"]).await;
    let group = w.group(alice, &[bob, lee, zoe, carol]).await;
    w.user("dave").await;
    w.remove(carol, group, carol).await.unwrap();
    for (text, mentioned) in [
        ("hi @ALICE", vec![alice]),
        ("@bob lee, and @bob: hi", vec![lee, bob]),
        ("@bob leers", vec![bob]),
        ("@bob @alice @Bob", vec![bob, alice]),
        ("@zoe\u{308}!", vec![zoe]),
        ("@dave @carol @nobody", vec![]),
        ("bob, bob@alice.org, @bobby", vec![]),
    ] {
        let said = w.say(alice, group, text).await.unwrap();
        assert_eq!(said.mentions, mentioned, "{text}");
        assert_eq!(w.history(group, bob).await.pop().unwrap(), *said);
    }
    let direct = w.tell(alice, bob, "@bob and @alice, not @zoë").await.unwrap();
    assert_eq!(direct.mentions, [bob, alice]);
    let other = w.tell(alice, zoe, "@zoë").await.unwrap();
    assert_eq!(other.mentions, [zoe], "the first message of a conversation too");
}

/// With another text a message mentions others, and once it is deleted nobody.
pub async fn an_edit_mentions_afresh(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let sent = w.tell(alice, bob, "@alice").await.unwrap();
    assert_eq!(w.edit(alice, sent.id, "@bob, @alice").await.unwrap().mentions, [bob, alice]);
    assert_eq!(w.edit(alice, sent.id, "you").await.unwrap().mentions, []);
    w.edit(alice, sent.id, "@bob").await.unwrap();
    assert_eq!(w.delete(alice, sent.id).await.unwrap().message.mentions, []);
}

/// Who is named last in a text that names too many is not mentioned.
pub async fn a_message_mentions_so_many_and_no_more(w: World) {
    let alice = w.user("alice").await;
    let mut others = Vec::new();
    let mut text = String::new();
    for number in 0..=MAX_MENTIONS {
        others.push(w.user(&format!("user{number}")).await);
        write!(text, "@user{number} ").unwrap();
    }
    let group = w.group(alice, &others).await;
    let said = w.say(alice, group, &text).await.unwrap();
    assert_eq!(said.mentions, others[..MAX_MENTIONS]);
}
