use chirrup_domain::Error;
use chirrup_domain::account::{AccountRole, NewUser};
use tokio::task::JoinSet;

use super::World;

/// A second account with the name or the address of another is refused, whatever the case.
pub async fn names_and_addresses_are_unique_whatever_their_case(w: World) {
    let made = w.store.create_user(w.new_user("Älice")).await.unwrap();
    assert_eq!(made.username, "Älice");

    let same_name = NewUser { email: "other@example.org".into(), ..w.new_user("äLICE") };
    assert!(matches!(w.store.create_user(same_name).await, Err(Error::UsernameTaken)));
    let same_address = NewUser { email: "äliCE@Example.org".into(), ..w.new_user("other") };
    assert!(matches!(w.store.create_user(same_address).await, Err(Error::EmailTaken)));

    w.user("other").await;
}

/// An account is found by its address or its name, whatever the case, and by its id.
pub async fn an_account_is_found_by_address_and_by_name(w: World) {
    let new = NewUser { role: AccountRole::Admin, ..w.new_user("Alice") };
    let made = w.store.create_user(new.clone()).await.unwrap();
    assert_eq!((made.id, made.role, made.created_at), (new.id, AccountRole::Admin, new.at));
    assert_eq!(w.store.find_user(new.id).await.unwrap(), Some(made.clone()));

    for known_as in ["alice", "ALICE", "alice@example.org", "Alice@EXAMPLE.org"] {
        let found = w.store.find_credentials(known_as).await.unwrap().expect(known_as);
        assert_eq!((found.account.user, found.password_hash), (made.clone(), new.password_hash.clone()));
    }
    assert!(w.store.find_credentials("bob").await.unwrap().is_none());
    assert!(w.store.find_credentials("bob@example.org").await.unwrap().is_none());
    assert!(w.store.find_user(w.id()).await.unwrap().is_none());
}

/// Of many who ask for one name at once, one gets it.
pub async fn a_name_is_taken_once_by_many_at_once(w: World) {
    let mut asking = JoinSet::new();
    for n in 0..32 {
        let new = NewUser { email: format!("{n}@example.org"), ..w.new_user("alice") };
        let store = w.store.clone();
        asking.spawn(async move { store.create_user(new).await });
    }
    let answers = asking.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::UsernameTaken))));
}

/// When the last device went away is part of the user.
pub async fn a_user_shows_when_the_last_device_went_away(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    let seen = async |user| w.store.find_user(user).await.unwrap().unwrap().last_seen;
    assert_eq!(seen(alice).await, None);
    let [at, later] = [w.now(), w.now()];
    w.store.set_last_seen(vec![(alice, at), (w.id(), at), (bob, later)]).await.unwrap();
    assert_eq!((seen(alice).await, seen(bob).await), (Some(at), Some(later)));
    w.store.set_last_seen(vec![(bob, at)]).await.unwrap();
    assert_eq!(seen(bob).await, Some(later), "it never moves back");
}
