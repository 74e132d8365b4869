//! Backups, by running the program beside a server in use, and what is restored of them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use blake2::{Blake2b256, Digest};
use image::ImageFormat;
use serde_json::json;
use tar::{Builder, EntryType, Header};

use crate::commands::Place;
use crate::pictures::{encoded, quarters};
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

/// An archive of entries, each with its path, type and content, and of an end that says what it should.
fn archive(path: &Path, entries: &[(&str, EntryType, &[u8])]) {
    let mut builder = Builder::new(File::create(path).unwrap());
    let mut digest = Blake2b256::new();
    for (name, _, content) in entries {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update((content.len() as u64).to_le_bytes());
        digest.update(name);
        digest.update(content);
    }
    let uploads = entries.iter().filter(|(name, ..)| name.starts_with("uploads/")).count();
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let end = format!("{uploads} {digest}");
    for (name, kind, content) in entries.iter().chain([&("end", EntryType::Regular, end.as_bytes())]) {
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
    let picture = upload(&ann, "a.png", &encoded(quarters(1000, 500), ImageFormat::Png)).await;
    let group = ann.group("group", &[&bob]).await;
    ann.send(&group, &json!({ "content": "look", "file": file })).await.expect(201);
    let place = Arc::new(Place::new());
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
        let (saver, arguments) = (place.clone(), format!("backup a.tar {}", at(server.data.path())));
        let said = tokio::task::spawn_blocking(move || saver.run(&arguments)).await.unwrap();
        assert!(acked.load(Ordering::Relaxed) > before, "nothing was sent meanwhile");
        is_saved.store(true, Ordering::Relaxed);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
        assert!(said.out.contains("3 uploaded files"), "{}", said.out);
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
    let place = Arc::into_inner(place).unwrap();
    let restored = TestServer::at(place.0, data.clone(), &[]).await;
    let bearer = format!("Bearer {token}");
    let headers = [(hyper::header::AUTHORIZATION, bearer.as_str())];
    let page = format!("/api/conversations/{group}/messages?after={}&limit=1", before - 1);
    let history = restored.request(hyper::Method::GET, &page, &headers, "").await.expect(200);
    assert_eq!(history["messages"][0]["seq"], before);
    assert_eq!(restored.get(&text(&file["url"])).await.text, "hello");
    assert_eq!(restored.get(&text(&picture["thumbnailUrl"])).await.status, 200);
    restored.post("/api/auth/login", &json!({ "username": "bob", "password": PASSWORD })).await.expect(200);
    assert!(!names(&data).contains("restoring") && !names(&data).contains(".restore"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_sees_a_backup_in_the_making_and_a_killed_one_leaves_nothing_for_good() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let file = upload(&ann, "a.txt", b"hello").await;
    let stored = server.data.path().join(text(&file["url"]).trim_start_matches('/'));
    // Whoever opens it waits until somebody writes, so the backup does, in its midst.
    fs::remove_file(&stored).unwrap();
    assert!(Command::new("mkfifo").arg(&stored).status().unwrap().success());
    let place = Place::new();
    let saving = || place.command(&format!("backup a.tar {}", at(server.data.path()))).spawn().unwrap();
    let mut child = saving();
    let until = Instant::now() + Duration::from_secs(20);
    let workshop = loop {
        let found = names(place.0.path()).into_iter().next().map(|name| place.0.path().join(name));
        match found {
            Some(folder) if names(&folder).len() == 2 => break folder,
            _ => assert!(Instant::now() < until, "no backup is made"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&workshop), 0o700);
    for name in names(&workshop) {
        assert_eq!(mode(&workshop.join(&name)), 0o600, "{name}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(workshop.exists());

    fs::remove_file(&stored).unwrap();
    let said = place.run(&format!("backup a.tar {}", at(server.data.path())));
    assert_eq!(said.code, Some(0));
    assert_eq!(said.err, "chirrup: 1 more that the database has records of are not in DATA_DIR\n");
    assert_eq!(names(place.0.path()), BTreeSet::from(["a.tar".to_owned()]));
}

#[test]
fn what_a_restore_left_in_the_middle_is_used_by_nobody() {
    let (place, data) = saved();
    fs::rename(data.join("chirrup.db"), place.0.path().join("chirrup.db")).unwrap();
    fs::write(data.join("restoring"), "").unwrap();
    let before = names(&data);
    for command in ["serve --port 0", "user list", "token ann", "backup b.tar", "check --port 0"] {
        let said = place.run(command);
        assert_eq!(said.code, Some(1), "{command}");
        let told = format!("{}{}", said.out, said.err);
        assert!(told.contains("run `chirrup restore FILE --force` again"), "{command}: {told}");
        assert_eq!(names(&data), before, "{command}");
    }
    place.ok("restore a.tar --force");
    assert!(place.ok("user list").contains("ann") && !data.join("restoring").exists());
}

#[test]
fn what_was_acked_before_a_crash_goes_aside_whole() {
    let (place, data) = saved();
    let mut server = place.serve();
    place.ok("user add bob bob@example.com");
    server.signal("-KILL");
    assert!(fs::metadata(data.join("chirrup.db-wal")).unwrap().len() > 0);
    place.ok("restore a.tar --force");
    let aside = names(&data).into_iter().find(|name| name.starts_with("before-restore-")).unwrap();
    let alone = place.0.path().join("alone");
    fs::create_dir(&alone).unwrap();
    fs::copy(data.join(aside).join("chirrup.db"), alone.join("chirrup.db")).unwrap();
    assert!(place.ok(&format!("user list {}", at(&alone))).contains("bob"));
}

#[test]
fn a_database_that_is_none_any_more_gives_way_too() {
    let (place, data) = saved();
    fs::write(data.join("chirrup.db"), "no database").unwrap();
    place.ok("restore a.tar --force");
    assert!(place.ok("user list").contains("ann"));
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
    for inside in ["data/chirrup.db", "data/b.tar", "data/uploads/b.tar", "data/../data/b.tar"] {
        fs::create_dir_all(data.join("uploads")).unwrap();
        assert!(line(&format!("backup {inside} --force")).contains("is in DATA_DIR"), "{inside}");
    }
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
    let file = |name| (name, EntryType::Regular, &b"text"[..]);
    let bad = folder.join("bad.tar");
    let refused = |why: &str, what: &str| {
        let said = place.run("restore bad.tar --force");
        assert_eq!((said.code, said.err.lines().count()), (Some(1), 1), "{what}: {}", said.err);
        assert!(said.err.contains("bad.tar is no backup: "), "{what}: {}", said.err);
        assert!(said.err.contains(why) && said.err.len() < 300, "{what}: {}", said.err);
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
        refused("", &format!("{length} bytes"));
    }
    // A byte in the middle of the database, where its own checks see none.
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(&bad, damaged).unwrap();
    refused("not everything is as it was saved", "a damaged database");
    let long = "x".repeat(100_000);
    for (why, entries) in [
        ("\"chirrup.db\" does not belong there", vec![file("chirrup.db")]),
        ("it has no database", vec![label]),
        ("file is not a database", vec![label, file("chirrup.db")]),
        ("\"chirrup.db\" is there twice", vec![label, file("chirrup.db"), file("chirrup.db")]),
        ("does not belong there", vec![label, file("../outside")]),
        ("does not belong there", vec![label, file("/tmp/chirrup-outside")]),
        ("does not belong there", vec![label, file("uploads/../../outside")]),
        ("does not belong there", vec![label, file("uploads/.htaccess")]),
        ("does not belong there", vec![label, ("chirrup.db", EntryType::Symlink, b"")]),
        ("does not belong there", vec![label, ("jwt-secret", EntryType::Link, b"")]),
        ("does not belong there", vec![label, ("uploads", EntryType::Symlink, b"")]),
        ("does not belong there", vec![label, ("name", EntryType::GNULongName, long.as_bytes())]),
        ("does not belong there", vec![label, ("name", EntryType::XHeader, b"11 path=end\n")]),
        ("another version", vec![("chirrup-backup", EntryType::Regular, b"2")]),
    ] {
        archive(&bad, &entries);
        let names: Vec<_> = entries.iter().map(|(name, kind, _)| (name, kind)).collect();
        refused(why, &format!("{names:?}"));
    }
    assert!(!folder.join("outside").exists() && !Path::new("/tmp/chirrup-outside").exists());
    assert!(place.ok("user list").contains("ann"));
}
