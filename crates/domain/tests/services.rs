//! The services over a real store.

#![expect(clippy::unwrap_used, reason = "tests may")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::conversation::{ConversationPage, Conversations};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::limit::{Limiter, Rate};
use chirrup_domain::message::{ClientId, MessageLimits, Messages, SendMessage, SendTo};
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Clock, Error, Store, Timestamp, UserId};
use chirrup_store_sqlite::SqliteStore;
use chirrup_testkit::store::{Online, Recorder, World};

const NOW: Timestamp = Timestamp::from_millis(1_768_473_000_000);

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct Services {
    messages: Messages,
    conversations: Conversations,
    users: [UserId; 3],
}

async fn services() -> Services {
    services_limited(None).await
}

/// Services that take texts of 5 characters, groups of 3, and sends at this rate.
async fn services_limited(rate: Option<Rate>) -> Services {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap());
    let (clock, ids) = (Arc::new(Stopped), Arc::new(IdGenerator::new().unwrap()));
    let world = World::of(store.clone(), Arc::<Recorder>::default(), Arc::<Online>::default());
    Services {
        messages: Messages::new(
            store.clone(),
            clock.clone(),
            ids.clone(),
            MessageLimits { max_chars: Some(5), edit_age: None, sends: Limiter::new(rate, clock.clone()) },
        ),
        conversations: Conversations::new(store, clock, ids, Some(3)),
        users: world.users(["alice", "bob", "carol"]).await,
    }
}

fn send(sender: UserId, to: SendTo, content: &str) -> SendMessage {
    SendMessage {
        sender,
        to,
        content: content.to_owned(),
        file: None,
        reply_to: None,
        client_id: ClientId::new("c1".to_owned()),
        origin: None,
    }
}

#[tokio::test]
async fn a_message_is_stored_as_it_was_written() {
    let Services { messages, conversations, users: [alice, bob, _] } = services().await;
    let sent = messages.send(send(alice, SendTo::User(bob), " hi\n")).await.unwrap();
    assert_eq!((sent.message.content.as_str(), sent.message.created_at), (" hi\n", NOW));
    assert_eq!(sent.message.sender.username, "alice");

    let room = sent.message.conversation;
    let answer = messages.send(send(bob, SendTo::Conversation(room), "ho")).await.unwrap();
    assert_eq!(answer.message.seq.get(), 2);
    assert!(messages.send(send(bob, SendTo::User(alice), "again")).await.unwrap().repeated);
    assert_eq!(conversations.find(room, bob).await.unwrap().unwrap().unread_count, 0);
}

#[tokio::test]
async fn what_is_empty_or_too_long_is_not_stored() {
    let Services { messages, conversations, users: [alice, bob, _] } = services().await;
    let empty = messages.send(send(alice, SendTo::User(bob), "")).await;
    assert!(matches!(empty, Err(Error::EmptyMessage)));
    let long = messages.send(send(alice, SendTo::User(bob), "123456")).await;
    assert!(matches!(long, Err(Error::MessageTooLong { .. })));
    let page = ConversationPage { after: None, limit: 10 };
    assert_eq!(conversations.list(alice, page).await.unwrap(), (vec![], None));
}

#[tokio::test]
async fn a_group_has_a_name_and_each_member_once() {
    let Services { conversations, users: [alice, bob, carol], .. } = services().await;
    let made = conversations.create_group(alice, " team ", None, [bob, alice, bob]).await.unwrap();
    let group = &made.view.conversation;
    assert_eq!((group.name.as_deref(), group.participant_count), (Some("team"), 2));
    assert_eq!(conversations.find(group.id, bob).await.unwrap().unwrap().conversation, *group);
    assert_eq!(conversations.find(group.id, carol).await.unwrap(), None);

    let nameless = conversations.create_group(alice, " ", None, [bob]).await;
    assert!(matches!(nameless, Err(Error::InvalidPayload { field: "name" })));
}

#[tokio::test]
async fn the_limit_of_a_group_counts_its_creator() {
    let Services { conversations, users: [alice, bob, carol], .. } = services().await;
    assert!(conversations.create_group(alice, "team", None, [alice, bob, carol]).await.is_ok());
    let nobody = UserId::from([7; 12]);
    let large = conversations.create_group(alice, "team", None, [bob, carol, nobody]).await;
    assert!(matches!(large, Err(Error::TooManyMembers { .. })));
}

#[tokio::test]
async fn a_direct_conversation_is_made_or_found() {
    let Services { conversations, users: [alice, bob, _], .. } = services().await;
    let made = conversations.create_direct(alice, bob).await.unwrap();
    let found = conversations.create_direct(bob, alice).await.unwrap();
    assert_eq!((made.existed, found.existed), (false, true));
    assert_eq!(made.view.conversation, found.view.conversation);
    let unknown = conversations.create_direct(alice, UserId::from([7; 12])).await;
    assert!(matches!(unknown, Err(Error::UserNotFound)));
}

#[tokio::test]
async fn sends_are_limited_per_user_and_a_refused_one_is_not_stored() {
    let two = NonZeroU32::new(2).unwrap();
    let rate = Rate::new(two, Duration::from_secs(1), two);
    let Services { messages, users: [alice, bob, _], .. } = services_limited(Some(rate)).await;
    let send = async |from, to| {
        messages.send(SendMessage { client_id: None, ..send(from, SendTo::User(to), "hi") }).await
    };
    assert!(send(alice, bob).await.is_ok() && send(alice, bob).await.is_ok());
    match send(alice, bob).await {
        Err(Error::RateLimited { retry_after }) => assert_eq!(retry_after, Duration::from_millis(500)),
        other => panic!("{other:?}"),
    }
    assert_eq!(send(bob, alice).await.unwrap().message.seq.get(), 3);
}
