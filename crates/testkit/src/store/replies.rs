use chirrup_domain::account::ProfileUpdate;
use chirrup_domain::message::{ClientId, Draft, Message, MessageType, QUOTE_CHARS, Quote, Target};
use chirrup_domain::{Error, Fact};

use super::World;
use super::uploads::upload;

fn quote(message: &Message, content: &str) -> Option<Box<Quote>> {
    Some(Box::new(Quote {
        id: message.id,
        sender: message.sender.clone(),
        content: content.to_owned(),
        message_type: message.message_type,
    }))
}

/// An answer shows what it answers: in its own answer, the feed and the history, also when that is changed or deleted
/// later; then, what it showed itself is gone with it.
pub async fn an_answer_quotes_what_it_answers_as_it_is_now(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let long = "ü".repeat(QUOTE_CHARS + 1);
    let first = w.tell(alice, bob, &long).await.unwrap();
    let room = first.conversation;
    let answer = w.reply(bob, w.to(alice), "what?", first.id).await.unwrap();
    assert_eq!(answer.reply_to, quote(&first, &format!("{}…", "ü".repeat(QUOTE_CHARS))));
    let told = w.feed.changes().pop().unwrap();
    assert!(matches!(told.fact, Fact::MessageAppended { message, .. } if message == answer));
    assert_eq!(w.history(room, alice).await, [(*first).clone(), (*answer).clone()]);

    let file = upload(&w, alice, 1).await;
    let draft = Draft { file: Some(file.name), reply_to: Some(answer.id), ..w.draft(alice, w.to(bob), "") };
    let picture = w.store.append_message(draft).await.unwrap().message;
    assert_eq!(picture.reply_to, quote(&answer, "what?"));
    let last = w.reply(bob, Target::Conversation(room), "nice", picture.id).await.unwrap();
    assert_eq!(last.reply_to, quote(&picture, ""));
    assert_eq!(last.reply_to.as_ref().unwrap().message_type, MessageType::Image);

    w.edit(alice, first.id, "what").await.unwrap();
    let update = ProfileUpdate { username: Some("alina".into()), ..ProfileUpdate::default() };
    w.store.update_profile(alice, update).await.unwrap();
    let history = w.history(room, bob).await;
    assert_eq!(history[1].reply_to, quote(&history[0], "what"));
    assert_eq!(history[1].reply_to.as_ref().unwrap().sender.username, "alina");
    let one = w.store.find_message(answer.id, bob).await.unwrap().unwrap();
    assert_eq!(one, history[1]);

    w.delete(alice, first.id).await.unwrap();
    let history = w.history(room, bob).await;
    assert_eq!(history[1].reply_to, quote(&history[0], ""));
    w.delete(bob, answer.id).await.unwrap();
    assert_eq!(w.history(room, bob).await[1].reply_to, None);
}

/// Nobody answers what is in another conversation, deleted, or nowhere; nothing is made of such a send.
pub async fn only_a_message_of_the_same_conversation_is_answered(w: World) {
    let [alice, bob, carol] = w.users(["alice", "bob", "carol"]).await;
    let group = w.group(alice, &[bob]).await;
    let said = w.say(bob, group, "hi").await.unwrap();
    let gone = w.say(bob, group, "bye").await.unwrap();
    w.delete(bob, gone.id).await.unwrap();
    let elsewhere = w.tell(alice, bob, "psst").await.unwrap();
    let changes = w.feed.changes().len();
    for (target, to) in [
        (Target::Conversation(group), elsewhere.id),
        (Target::Conversation(group), gone.id),
        (Target::Conversation(group), w.id()),
        (w.to(bob), said.id),
        (w.to(carol), elsewhere.id),
    ] {
        let refused = w.reply(alice, target, "re", to).await;
        assert!(matches!(refused, Err(Error::MessageNotFound)), "{target:?}");
    }
    assert_eq!(w.feed.changes().len(), changes);
    assert_eq!(w.conversations(alice).await.len(), 2);
    assert!(w.conversations(carol).await.is_empty());

    // A repeat is answered with the first one, whatever has become of what it answers.
    let draft = Draft {
        reply_to: Some(said.id),
        client_id: ClientId::new("c1".into()),
        ..w.draft(alice, Target::Conversation(group), "re")
    };
    let first = w.store.append_message(draft.clone()).await.unwrap().message;
    w.delete(bob, said.id).await.unwrap();
    let again = w.store.append_message(draft).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.message.id, first.id);
}
