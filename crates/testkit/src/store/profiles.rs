use chirrup_domain::account::{AccountPage, ProfileUpdate};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::MessageType;
use chirrup_domain::upload::{File, NewUpload, UNUSED_LIFETIME};
use chirrup_domain::{Error, Fact, UserId};

use super::World;
use super::uploads::{picture, upload};

async fn names(w: &World, page: AccountPage) -> (Vec<String>, bool) {
    let (accounts, more) = w.store.list_accounts(page).await.unwrap();
    (accounts.into_iter().map(|account| account.user.username).collect(), more)
}

fn called(username: &str) -> ProfileUpdate {
    ProfileUpdate { username: Some(username.to_owned()), ..ProfileUpdate::default() }
}

/// People come by name, whatever the case, page by page; who is disabled comes only where asked for.
pub async fn people_are_listed_by_name(w: World) {
    let [_, bob, _, _, dora] = w.users(["Carol", "bob", "Älice Lee", "alice", "Dora"]).await;
    w.store.set_disabled(dora, true, w.now()).await.unwrap();
    let page =
        |query: &str, after, limit| AccountPage { query: query.to_owned(), after, limit, disabled: false };

    assert_eq!(
        names(&w, page("", None, 200)).await,
        (["alice", "bob", "Carol", "Älice Lee"].map(String::from).to_vec(), false)
    );
    assert_eq!(names(&w, page("", Some(bob), 1)).await, (vec!["Carol".to_owned()], true));
    assert_eq!(names(&w, page("", Some(bob), 2)).await, (vec!["Carol".into(), "Älice Lee".into()], false));
    assert_eq!(names(&w, page("", Some(w.id()), 2)).await, (vec![], false));
    for (query, found) in [("LICE", 2), ("älICE", 1), ("lee", 1), ("%", 0), ("dora", 0), ("_", 0)] {
        assert_eq!(names(&w, page(query, None, 200)).await.0.len(), found, "{query}");
    }
    let all = AccountPage { query: "dora".to_owned(), limit: 1, disabled: true, ..AccountPage::default() };
    assert_eq!(names(&w, all).await, (vec!["Dora".to_owned()], false));
}

/// A name and an address are changed to free ones only; one's own in another case is free.
pub async fn a_profile_changes_by_the_rules_of_registration(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let change = async |update| w.store.update_profile(alice, update).await;
    assert_eq!(change(called("ALICE")).await.unwrap().username, "ALICE");
    assert!(matches!(change(called("BOB")).await, Err(Error::UsernameTaken)));
    let email = |text: &str| ProfileUpdate { email: Some(text.to_owned()), ..ProfileUpdate::default() };
    assert!(matches!(change(email("BOB@example.org")).await, Err(Error::EmailTaken)));
    assert_eq!(change(email("new@example.org")).await.unwrap().email, "new@example.org");

    let found = w.store.find_credentials("new@example.org").await.unwrap().unwrap().account.user;
    assert_eq!((found.id, found.username.as_str()), (alice, "ALICE"));
    assert!(w.store.find_credentials("alice@example.org").await.unwrap().is_none());
    assert!(matches!(w.store.update_profile(w.id(), called("carol")).await, Err(Error::UserNotFound)));
    assert_eq!(w.store.update_profile(bob, called("alice2")).await.unwrap().username, "alice2");
}

/// Everybody who shares a conversation is told of another name or picture, and who is in one that they left. An address is nobody else's, and what stays
/// as it was is no change.
pub async fn whoever_sees_somebody_is_told_of_another_name_and_nothing_else(w: World) {
    let [alice, bob, carol, dave, eve, _] = w.users(["alice", "bob", "carol", "dave", "eve", "frank"]).await;
    w.group(bob, &[alice, carol]).await;
    w.tell(alice, bob, "hi").await.unwrap();
    let left = w.group(dave, &[alice, eve]).await;
    w.remove(alice, left, alice).await.unwrap();
    w.remove(eve, left, eve).await.unwrap();
    let before = w.store.last_change().await.unwrap();

    let update = ProfileUpdate { email: Some("new@example.org".to_owned()), ..called("alice") };
    w.store.update_profile(alice, update).await.unwrap();
    assert_eq!(w.store.last_change().await.unwrap(), before);

    let name = upload(&w, alice, 1).await.name;
    let picture = ProfileUpdate { avatar: Some(Some(name.clone())), ..called("Alice") };
    w.store.update_profile(alice, picture).await.unwrap();
    assert_eq!(w.store.last_change().await.unwrap(), ChangeNo(before.0 + 1));
    match w.feed.changes().pop().unwrap().fact {
        Fact::UserUpdated { user, audience } => {
            assert_eq!((user.id, user.username.as_str()), (alice, "Alice"));
            assert_eq!(user.avatar.as_deref(), Some(name.url().as_str()));
            let mut told: Vec<UserId> = audience.to_vec();
            told.sort();
            assert_eq!(told, [bob, carol, dave]);
        }
        fact => panic!("{fact:?}"),
    }
    let none = ProfileUpdate { avatar: Some(None), ..ProfileUpdate::default() };
    assert_eq!(w.store.update_profile(alice, none).await.unwrap().avatar, None);
}

/// An avatar is a picture that the user uploaded; it is kept for as long as it is used.
pub async fn an_avatar_is_a_picture_of_ones_own(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let (own, others) = (upload(&w, alice, 1).await, upload(&w, bob, 2).await);
    let text = File { message_type: MessageType::File, ..picture(3) };
    w.store.add_upload(NewUpload { owner: alice, file: text.clone(), at: w.now() }).await.unwrap();
    let take = async |file: &File| {
        let avatar = Some(Some(file.name.clone()));
        w.store.update_profile(alice, ProfileUpdate { avatar, ..called("anna") }).await
    };
    for file in [&others, &text, &picture(4)] {
        assert!(matches!(take(file).await, Err(Error::InvalidPayload { field: "avatar" })));
    }
    assert_eq!(w.store.find_user(alice).await.unwrap().unwrap().username, "alice");
    assert_eq!(take(&own).await.unwrap().avatar, Some(own.name.url()));

    w.pass(2 * UNUSED_LIFETIME);
    let gone = w.store.give_up_uploads(w.now(), w.now(), 10).await.unwrap();
    assert_eq!(gone.names, [others.name, text.name]);
}

/// What was written under a name shows the name of now.
pub async fn messages_and_conversations_show_the_name_of_now(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let room = w.tell(alice, bob, "hi").await.unwrap().conversation;
    w.store.update_profile(alice, called("anna")).await.unwrap();
    assert_eq!(w.history(room, bob).await[0].sender.username, "anna");
    let participants = &w.conversations(bob).await[0].conversation.participants;
    assert!(participants.iter().any(|participant| participant.user.username == "anna"));
    assert_eq!(w.tell(alice, bob, "ho").await.unwrap().sender.username, "anna");
}
