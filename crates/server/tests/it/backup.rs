//! Backups, by running the program beside a server in use, and what is restored of them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;
use tar::{Builder, EntryType, Header};

use crate::commands::Place;
use crate::server::{PASSWORD, TestServer, text};
use crate::uploads::upload;

/// Where commands find these data, and where else the directory is not theirs.
fn at(data: &Path) -> String {
    format!("--data-dir {}", data.display())
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A place with a backup of a server that has one account, and where its data are.
fn saved() -> (Place, PathBuf) {
    let place = Place::prepared();
    place.ok("user add ann ann@example.com");
    place.ok("backup a.tar");
    let data = place.0.path().join("data");
    (place, data)
}

/// An archive of entries, each with its path, type and content.
fn archive(path: &Path, entries: &[(&str, EntryType, &[u8])]) {
    let mut builder = Builder::new(File::create(path).unwrap());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        // Past the library, which writes no path that leads out.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.finish().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acked_before_a_backup_is_restored() {
    let server = TestServer::with(&["--limit-sends", "off"]).await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let file = upload(&ann, "a.txt", b"hello").await;
    let group = ann.group("group", &[&bob]).await;
    ann.send(&group, &json!({ "content": "look", "file": file })).await.expect(201);
    let place = Place::new();
    let (acked, is_saved) = (AtomicU64::new(0), AtomicBool::new(false));
    let sending = async {
        while !is_saved.load(Ordering::Relaxed) {
            let sent = ann.send(&group, &json!({ "content": "more" })).await.expect(201);
            acked.store(sent["message"]["seq"].as_u64().unwrap(), Ordering::Relaxed);
        }
    };
    let saving = async {
        while acked.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
        let before = acked.load(Ordering::Relaxed);
        let arguments = format!("backup a.tar {}", at(server.data.path()));
        let said = tokio::task::block_in_place(|| place.run(&arguments));
        is_saved.store(true, Ordering::Relaxed);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
        assert!(said.out.contains("1 uploaded files"), "{}", said.out);
        before
    };
    let ((), before) = tokio::join!(sending, saving);
    let backup = place.0.path().join("a.tar");
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(place.0.path()), BTreeSet::from(["a.tar".to_owned()]));

    let token = ann.token.clone();
    let refused = place.run(&format!("restore a.tar --force {}", at(server.data.path())));
    assert!(refused.code == Some(1) && refused.err.contains("in use by another process"), "{}", refused.err);

    place.ok("restore a.tar");
    let data = place.0.path().join("data");
    let restored = TestServer::at(place.0, data.clone(), &[]).await;
    let bearer = format!("Bearer {token}");
    let headers = [(hyper::header::AUTHORIZATION, bearer.as_str())];
    let page = format!("/api/conversations/{group}/messages?after={}&limit=1", before - 1);
    let history = restored.request(hyper::Method::GET, &page, &headers, "").await.expect(200);
    assert_eq!(history["messages"][0]["seq"], before);
    assert_eq!(restored.get(&text(&file["url"])).await.text, "hello");
    restored.post("/api/auth/login", &json!({ "username": "bob", "password": PASSWORD })).await.expect(200);
    assert!(!names(&data).contains("restoring"));
}

#[test]
fn nothing_is_overwritten_unless_it_is_said() {
    let (place, data) = saved();
    let line = |arguments: &str| {
        let said = place.run(arguments);
        assert_eq!((said.code, said.out.as_str(), said.err.lines().count()), (Some(1), "", 1), "{arguments}");
        said.err
    };
    assert!(line("backup a.tar").contains("a.tar exists already; --force replaces it"));
    place.ok("backup a.tar --force");
    assert!(line("restore a.tar").contains("is not empty; --force moves what is there aside"));
    assert!(line("backup b.tar --data-dir nowhere").contains("there is no database in nowhere"));
    assert!(line("restore nothing.tar --data-dir other").contains("nothing.tar"));
    assert!(line("backup nowhere/b.tar").contains("nowhere/b.tar"));
    assert_eq!(place.run("backup").code, Some(2));

    place.ok("user add bob bob@example.com");
    place.ok("restore a.tar --force");
    assert!(!place.ok("user list").contains("bob"));
    let aside = names(&data).into_iter().find(|name| name.starts_with("before-restore-")).unwrap();
    assert!(place.ok(&format!("user list {}", at(&data.join(aside)))).contains("bob"));
    for command in ["backup", "restore"] {
        assert!(place.ok(&format!("{command} --help")).contains("Usage: chirrup"));
    }
}

#[test]
fn a_bad_backup_is_refused_in_one_line_and_changes_nothing() {
    let (place, data) = saved();
    let folder = place.0.path().to_owned();
    let whole = fs::read(folder.join("a.tar")).unwrap();
    let before = names(&data);
    let label = ("chirrup-backup", EntryType::Regular, &b"1"[..]);
    let end = ("end", EntryType::Regular, &b"0"[..]);
    let file = |name| (name, EntryType::Regular, &b"text"[..]);
    let bad = folder.join("bad.tar");
    let refused = |what: &str| {
        let said = place.run("restore bad.tar --force");
        assert_eq!((said.code, said.err.lines().count()), (Some(1), 1), "{what}: {}", said.err);
        assert!(said.err.contains("bad.tar is no backup: "), "{what}: {}", said.err);
        assert_eq!(names(&data), before, "{what}");
        let said = place.run("restore bad.tar --data-dir fresh");
        assert_eq!(said.code, Some(1), "{what}");
        assert!(
            !folder.join("fresh/chirrup.db").exists() && !folder.join("fresh/uploads").exists(),
            "{what}"
        );
    };
    for length in [0, 100, 512, 3000, whole.len() / 2, whole.len() - 2048] {
        fs::write(&bad, &whole[..length]).unwrap();
        refused(&format!("{length} bytes"));
    }
    let mut damaged = whole.clone();
    damaged[3 * 512..][..4096].fill(7);
    fs::write(&bad, damaged).unwrap();
    refused("a damaged database");
    for entries in [
        vec![file("chirrup.db"), end],
        vec![label, end],
        vec![label, file("chirrup.db"), end],
        vec![label, file("chirrup.db"), file("chirrup.db"), end],
        vec![label, file("../outside"), end],
        vec![label, file("/tmp/chirrup-outside"), end],
        vec![label, file("uploads/../../outside"), end],
        vec![label, file("uploads/.htaccess"), end],
        vec![label, ("chirrup.db", EntryType::Symlink, b""), end],
        vec![label, ("jwt-secret", EntryType::Link, b""), end],
        vec![label, ("uploads", EntryType::Symlink, b""), end],
        vec![("chirrup-backup", EntryType::Regular, b"2"), end],
    ] {
        archive(&bad, &entries);
        refused(&format!("{entries:?}"));
    }
    assert!(!folder.join("outside").exists() && !Path::new("/tmp/chirrup-outside").exists());
    assert!(place.ok("user list").contains("ann"));
}
