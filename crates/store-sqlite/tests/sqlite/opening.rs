use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use chirrup_domain::feed::{ChangeNo, NoFeed};
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Error, Store};
use chirrup_store_sqlite::{OpenError, SqliteStore};
use chirrup_testkit::store::{Online, Recorder, World};

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, Arc::new(NoFeed), Arc::new(Nobody))
}

fn world(path: &Path) -> World {
    let (feed, online) = (Arc::<Recorder>::default(), Arc::<Online>::default());
    let store = SqliteStore::open(path, feed.clone(), online.clone()).unwrap();
    World::of(Arc::new(store), feed, online)
}

#[tokio::test]
async fn a_reopened_database_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    let before = world(&path);
    let [alice, bob] = before.users(["alice", "bob"]).await;
    let first = before.send_as(alice, before.to(bob), "hi", "c1").await.unwrap();
    before.store.close().await.unwrap();

    let after = world(&path);
    assert_eq!(after.store.epoch(), before.store.epoch());
    assert_eq!(after.store.last_change().await.unwrap(), ChangeNo(2));
    let again = after.send_as(alice, after.to(bob), "hi", "c1").await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.message, first.message);
    assert_eq!(after.tell(bob, alice, "ho").await.unwrap().seq.get(), 2);
    assert_eq!(after.feed.changes()[0].no, ChangeNo(3));
}

#[tokio::test]
async fn a_database_in_use_is_refused_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    let store = open(&path).unwrap();
    let refused = open(&path).err().unwrap();
    assert!(matches!(refused, OpenError::InUse(_)));
    assert_eq!(refused.to_string(), format!("{} is in use by another process", path.display()));

    store.close().await.unwrap();
    open(&path).unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn its_files_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("chirrup.db")).unwrap();
    store.ping().await.unwrap();
    let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 4, "database, log, index and lock");
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}

#[tokio::test]
async fn closing_leaves_one_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    let w = world(&path);
    let alice = w.user("alice").await;
    w.tell(alice, alice, "milk").await.unwrap();
    w.store.close().await.unwrap();
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["chirrup.db", "chirrup.db.lock"]);
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    assert!(matches!(open(&path), Err(OpenError::Newer { found: 999, .. })));
}

#[test]
fn what_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chirrup.db");
    fs::write(&path, "x".repeat(4096)).unwrap();
    let refused = open(&path).err().unwrap().to_string();
    assert!(refused.starts_with(path.to_str().unwrap()), "{refused}");

    let missing = folder.path().join("missing").join("chirrup.db");
    assert!(matches!(open(&missing), Err(OpenError::Io { .. })));
}

#[tokio::test]
async fn a_closed_store_refuses_everything() {
    let store = SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap();
    store.ping().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.ping().await, Err(Error::Unavailable(_))));
}
