use chirrup_domain::account::{AccountRole, NewUser, PasswordChange, Standing};
use chirrup_domain::{Error, Fact, UserId};
use tokio::task::JoinSet;

use super::World;

/// How an account stands, and what the feed told of it so far.
async fn standing(w: &World, user: UserId) -> (Standing, Vec<Standing>) {
    let told = w.feed.changes().into_iter().filter_map(|change| match change.fact {
        Fact::StandingChanged { user: whose, standing } if whose == user => Some(standing),
        _ => None,
    });
    (w.store.find_account(user).await.unwrap().unwrap().standing, told.collect())
}

fn password(w: &World, user: UserId, expected: Option<u32>) -> PasswordChange {
    PasswordChange { user, password_hash: "another".to_owned(), expected, at: w.now() }
}

/// A revocation is kept, counted, and told to the feed in its place.
pub async fn a_revocation_is_told_with_what_is_good_from_then_on(w: World) {
    let [alice, bob] = w.users(["alice", "bob"]).await;
    assert_eq!(standing(&w, alice).await, (Standing::default(), vec![]));

    let at = w.now();
    let first = w.store.revoke_tokens(alice, at).await.unwrap();
    assert_eq!(first, Standing { version: 1, revoked_at: Some(at), disabled: false });
    let change = password(&w, alice, Some(1));
    let second = w.store.change_password(change.clone()).await.unwrap();
    assert_eq!(second, Standing { version: 2, revoked_at: Some(change.at), disabled: false });
    assert_eq!(standing(&w, alice).await, (second, vec![first, second]));
    assert_eq!(w.store.find_credentials("alice").await.unwrap().unwrap().password_hash, "another");

    assert_eq!(w.store.revoke_tokens(alice, at).await.unwrap().revoked_at, Some(change.at), "never back");
    assert_eq!(standing(&w, bob).await, (Standing::default(), vec![]));
    assert!(matches!(w.store.revoke_tokens(w.id(), at).await, Err(Error::UserNotFound)));
}

/// A password is not changed on the strength of a token that was revoked meanwhile; whoever runs the server needs none.
pub async fn of_two_passwords_set_at_once_one_is_refused(w: World) {
    let alice = w.user("alice").await;
    let mut setting = JoinSet::new();
    for _ in 0..8 {
        let (store, change) = (w.store.clone(), password(&w, alice, Some(0)));
        setting.spawn(async move { store.change_password(change).await });
    }
    let answers = setting.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::AuthenticationFailed))));
    assert_eq!(w.store.change_password(password(&w, alice, None)).await.unwrap().version, 2);
    assert!(matches!(w.store.change_password(password(&w, w.id(), None)).await, Err(Error::UserNotFound)));
}

/// Disabling revokes as well, so that enabling brings no old token back; doing either twice changes and tells nothing.
pub async fn a_disabled_account_is_told_and_may_be_opened_again(w: World) {
    let alice = w.user("alice").await;
    let at = w.now();
    for (disabled, version) in [(true, 1), (true, 1), (false, 1), (false, 1)] {
        let now = w.store.set_disabled(alice, disabled, at).await.unwrap();
        assert_eq!(now, Standing { version, revoked_at: Some(at), disabled });
        let (kept, told) = standing(&w, alice).await;
        assert_eq!((kept, told.last()), (now, Some(&now)));
    }
    let told: Vec<_> = standing(&w, alice).await.1.iter().map(|standing| standing.disabled).collect();
    assert_eq!(told, [true, false]);
    assert!(matches!(w.store.set_disabled(w.id(), true, at).await, Err(Error::UserNotFound)));
}

/// Of many who want to be the first admin one is, and nobody after.
pub async fn one_is_the_first_admin(w: World) {
    let first = |n: usize| NewUser { role: AccountRole::Admin, ..w.new_user(&format!("admin{n}")) };
    assert!(!w.store.has_admin().await.unwrap());
    let mut asking = JoinSet::new();
    for n in 0..8 {
        let (store, new) = (w.store.clone(), first(n));
        asking.spawn(async move { store.create_first_admin(new).await });
    }
    let answers = asking.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::InvalidSetupCode))));
    assert!(w.store.has_admin().await.unwrap());

    let admin = answers.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(admin.role, AccountRole::Admin);
    w.store.set_role(admin.id, AccountRole::Member).await.unwrap();
    assert_eq!(w.store.find_user(admin.id).await.unwrap().unwrap().role, AccountRole::Member);
    assert!(!w.store.has_admin().await.unwrap());
    assert!(matches!(w.store.set_role(w.id(), AccountRole::Admin).await, Err(Error::UserNotFound)));
}
