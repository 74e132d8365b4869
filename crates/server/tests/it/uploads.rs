use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hyper::header::{
    ACCEPT_RANGES, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Answer, Person, TestServer, text};

const UPLOAD: &str = "/api/upload";
const FORM: &str = "multipart/form-data; boundary=XX";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0\0\0\0\0";
const HTML: &[u8] = b"<!doctype html><script>alert(document.cookie)</script>";

/// One part of a form.
fn part(disposition: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--XX\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--XX--\r\n".to_vec()].concat()
}

fn file(filename: &str, content: &[u8]) -> Vec<u8> {
    form(&[part(&format!("name=\"file\"; filename=\"{filename}\""), content)])
}

async fn post(person: &Person<'_>, kind: &str, body: Vec<u8>) -> Answer {
    let bearer = format!("Bearer {}", person.token);
    let headers = [(AUTHORIZATION, bearer.as_str()), (CONTENT_TYPE, kind)];
    person.server.request(Method::POST, UPLOAD, &headers, body).await
}

pub(crate) async fn upload(person: &Person<'_>, filename: &str, content: &[u8]) -> Value {
    post(person, FORM, file(filename, content)).await.expect(200)["file"].clone()
}

fn kept(server: &TestServer) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(server.data.path().join("uploads")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Waits until as many files lie there as are expected.
pub(crate) async fn assert_kept(server: &TestServer, count: usize) {
    let until = Instant::now() + Duration::from_secs(5);
    while kept(server).len() != count {
        assert!(Instant::now() < until, "{:?}", kept(server));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn fetch(server: &TestServer, file: &Value, headers: &[(HeaderName, &str)]) -> Answer {
    server.request(Method::GET, &text(&file["url"]), headers, "").await
}

pub(crate) fn shown(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(&name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_upload_is_described_by_the_server() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let picture = upload(&ann, "../Kätzchen\u{1} \u{202e}李.PNG", PNG).await;
    let url = text(&picture["url"]);
    let name = url.strip_prefix("/uploads/").unwrap().strip_suffix(".png").unwrap();
    assert!(name.len() == 32 && name.bytes().all(|digit| digit.is_ascii_hexdigit()), "{url}");
    assert_eq!(
        picture,
        json!({
            "url": url,
            "filename": "Kätzchen 李.PNG",
            "size": PNG.len(),
            "mimetype": "image/png",
            "messageType": "image",
            "width": 2,
            "height": 3,
        })
    );
    for (filename, content, mimetype, message_type) in [
        ("a.pdf", &b"%PDF-1.4"[..], "application/pdf", "file"),
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4", "video"),
        ("a.mp3", b"ID3\x04", "audio/mpeg", "audio"),
        ("a.txt", "Grüße".as_bytes(), "text/plain; charset=utf-8", "file"),
    ] {
        let file = upload(&ann, filename, content).await;
        assert_eq!(
            (text(&file["mimetype"]).as_str(), text(&file["messageType"]).as_str()),
            (mimetype, message_type)
        );
        assert!(file.get("width").is_none());
    }
    assert_kept(&server, 5).await;
}

#[tokio::test]
async fn the_name_of_a_file_comes_in_either_spelling() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    for (disposition, expected) in [
        ("name=\"file\"; filename=\"x.txt\"; filename*=UTF-8''K%C3%A4tzchen.txt", "Kätzchen.txt"),
        ("name=\"file\"; filename=\"C:\\fakepath\\cat.txt\"", "cat.txt"),
        ("name=\"file\"; filename=\"a%22b.txt\"", "a\"b.txt"),
        ("filename=cat.txt; name=file", "cat.txt"),
    ] {
        let answer = post(&ann, FORM, form(&[part(disposition, b"hi")])).await.expect(200);
        assert_eq!(answer["file"]["filename"], expected);
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let names = [
        "../../escaped.txt",
        "..\\..\\escaped.txt",
        "/tmp/escaped.txt",
        "....//escaped.txt",
        "%2e%2e%2fescaped.txt",
        "x/../../escaped.txt",
        "C:\\escaped.txt",
    ];
    for name in names {
        let file = upload(&ann, name, b"hi").await;
        let shown = text(&file["filename"]);
        assert!(!shown.contains(['/', '\\']), "{name} is shown as {shown}");
        assert_eq!(fetch(&server, &file, &[]).await.text, "hi");
    }
    assert_kept(&server, names.len()).await;
    let beside = |folder: &Path| {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        files.filter(|name| name.to_string_lossy().contains("escaped")).count()
    };
    let data = server.data.path();
    assert_eq!([data, data.parent().unwrap()].map(beside), [0, 0]);
}

#[tokio::test]
async fn what_is_not_what_its_name_says_is_refused_and_leaves_nothing() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    for (filename, content) in [
        ("evil.png", HTML),
        ("evil.txt.html", HTML),
        ("evil.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("evil.xjpegx", b"\xff\xd8\xff"),
        ("png", PNG),
        (".png", PNG),
        ("picture.gif", PNG),
        ("document.docx", b"%PDF-1.4"),
        ("binary.txt", b"MZ\0\0"),
        ("latin1.txt", b"caf\xe9 "),
        ("empty.png", b""),
    ] {
        let answer = post(&ann, FORM, file(filename, content)).await;
        answer.refused(400, "Invalid file type", "invalid_file_type");
        let reason = text(&answer.json()["reason"]);
        let has_allowed_extension =
            ["evil.png", "picture.gif", "document.docx", "binary.txt", "latin1.txt", "empty.png"]
                .contains(&filename);
        let expected = match has_allowed_extension {
            true => "the content is not what the extension says",
            false => "expected one of jpeg, jpg, png, gif, pdf",
        };
        assert!(reason.starts_with(expected), "{filename}: {reason}");
        assert_eq!(answer.headers[CONTENT_TYPE], "application/json; charset=utf-8");
    }
    assert_kept(&server, 0).await;
}

#[tokio::test]
async fn without_exactly_one_file_nothing_is_stored() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let one = part("name=\"file\"; filename=\"a.txt\"", b"hi");
    let other_field = part("name=\"picture\"; filename=\"a.txt\"", b"hi");
    for (kind, body) in [
        (FORM, form(&[])),
        (FORM, form(&[part("name=\"file\"", b"text")])),
        (FORM, form(&[part("name=\"file\"; filename=\"\"", b"")])),
        (FORM, form(&[other_field])),
        ("multipart/form-data", form(std::slice::from_ref(&one))),
        ("application/json", b"{}".to_vec()),
        ("text/plain", b"hi".to_vec()),
    ] {
        post(&ann, kind, body).await.refused(400, "No file", "no_file");
    }
    let two = form(&[one.clone(), one.clone()]);
    post(&ann, FORM, two).await.refused(400, "Too many files", "too_many_files");
    for broken in [one.clone(), b"no form at all".to_vec(), b"--XX\r\n".to_vec()] {
        post(&ann, FORM, broken).await.refused(400, "Invalid payload", "invalid_payload");
    }
    assert_kept(&server, 0).await;
    let beside = form(&[part("name=\"caption\"", b"a cat"), one, part("name=\"more\"", b"x")]);
    post(&ann, FORM, beside).await.expect(200);
    assert_kept(&server, 1).await;
}

#[tokio::test]
async fn a_token_is_needed_to_upload() {
    let server = TestServer::start().await;
    let body = file("a.txt", &[b'x'; 5_000_000]);
    let answer = server.request(Method::POST, UPLOAD, &[(CONTENT_TYPE, FORM)], body).await;
    answer.refused(401, "No token", "no_token");
    assert_kept(&server, 0).await;
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_leaves_nothing() {
    let server = TestServer::with(&["--limit-upload-bytes", "100000", "--upload-types", "txt"]).await;
    let ann = server.register("ann").await;
    for size in [100_001, 150_000, 5_000_000] {
        let answer = post(&ann, FORM, file("a.txt", &vec![b'x'; size])).await;
        answer.refused(413, "File too large", "file_too_large");
    }
    assert_kept(&server, 0).await;
    assert_eq!(upload(&ann, "a.txt", &[b'x'; 100_000]).await["size"], 100_000);
    post(&ann, FORM, file("a.png", PNG)).await.refused(400, "Invalid file type", "invalid_file_type");
}

/// Begins an upload whose announced length is not sent.
async fn begin(person: &Person<'_>, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(person.server.address).await.unwrap();
    let head = format!(
        "POST {UPLOAD} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {FORM}\r\n\
         content-length: 1000000\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream
}

#[tokio::test]
async fn an_upload_that_is_broken_off_leaves_nothing() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let half = part("name=\"file\"; filename=\"a.txt\"", &[b'x'; 300_000]);
    let stream = begin(&ann, &half).await;
    assert_kept(&server, 1).await;
    drop(stream);
    assert_kept(&server, 0).await;
}

#[tokio::test]
async fn a_sender_who_falls_silent_is_refused_and_leaves_nothing() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let half = part("name=\"file\"; filename=\"a.txt\"", &[b'x'; 300_000]);
    let mut stream = begin(&ann, &half[..half.len() - 2]).await;
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("Request timeout"), "{answer}");
    assert_kept(&server, 0).await;
}

/// A small disk of memory, mounted here; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Option<Self> {
        std::fs::create_dir(path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_for_the_moment_and_keeps_nothing() {
    let data = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(&data.path().join("uploads")) else {
        eprintln!("skipped: only who may mount a small disk can fill it");
        return;
    };
    let server = TestServer::on(data, &[]).await;
    let ann = server.register("ann").await;
    let answer = post(&ann, FORM, file("a.txt", &vec![b'x'; 3_000_000])).await;
    answer.refused(503, "Try again later", "unavailable");
    assert_kept(&server, 0).await;
    upload(&ann, "a.txt", &vec![b'x'; 500_000]).await;
}

#[tokio::test]
async fn a_few_uploads_of_one_user_are_under_way_at_a_time() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let half = part("name=\"file\"; filename=\"a.txt\"", b"begun");
    let mut begun = Vec::new();
    for _ in 0..6 {
        begun.push(begin(&ann, &half[..half.len() - 2]).await);
    }
    assert_kept(&server, 6).await;
    let answer = post(&ann, FORM, file("a.txt", b"hi")).await;
    assert_eq!(answer.expect(429)["code"], "rate_limited");
    upload(&bob, "a.txt", b"hi").await;
    begun.clear();
    assert_kept(&server, 1).await;
    upload(&ann, "a.txt", b"hi").await;
}

#[tokio::test]
async fn an_answer_comes_before_the_rest_of_what_is_refused() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let mut stream = begin(&ann, &part("name=\"file\"; filename=\"a.html\"", HTML)).await;
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("Invalid file type"), "{answer}");
}

#[tokio::test]
async fn a_file_is_served_so_that_nothing_in_it_can_run() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let picture = upload(&ann, "Kätzchen.png", PNG).await;
    let answer = fetch(&server, &picture, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.text), (200, String::from_utf8_lossy(PNG).into_owned()));
    let headers = &answer.headers;
    assert_eq!(shown(headers, CONTENT_TYPE), "image/png");
    assert_eq!(shown(headers, CONTENT_LENGTH), PNG.len().to_string());
    assert_eq!(shown(headers, X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(shown(headers, CACHE_CONTROL), "private, max-age=31536000, immutable");
    assert_eq!(shown(headers, ACCEPT_RANGES), "bytes");
    assert_eq!(shown(headers, HeaderName::from_static("cross-origin-resource-policy")), "cross-origin");
    assert_eq!(
        shown(headers, CONTENT_DISPOSITION),
        "inline; filename=\"K_tzchen.png\"; filename*=UTF-8''K%C3%A4tzchen.png"
    );
    let policy = shown(headers, CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");

    for (filename, content) in [("page.txt", HTML), ("archive.zip", b"PK\x03\x04")] {
        let file = upload(&ann, filename, content).await;
        let answer = fetch(&server, &file, &[]).await;
        assert_eq!(
            shown(&answer.headers, CONTENT_DISPOSITION),
            format!("attachment; filename=\"{filename}\"")
        );
        assert!(!shown(&answer.headers, CONTENT_TYPE).contains("html"));
    }
}

#[tokio::test]
async fn a_file_is_served_in_parts_and_only_if_it_is_wanted() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let file = upload(&ann, "digits.txt", b"0123456789").await;
    let etag = shown(&fetch(&server, &file, &[]).await.headers, ETAG).to_owned();
    for (headers, status, body, range) in [
        (vec![(RANGE, "bytes=2-5")], 206, "2345", "bytes 2-5/10"),
        (vec![(RANGE, "bytes=7-")], 206, "789", "bytes 7-9/10"),
        (vec![(RANGE, "bytes=-2")], 206, "89", "bytes 8-9/10"),
        (vec![(RANGE, "bytes=0-99")], 206, "0123456789", "bytes 0-9/10"),
        (vec![(RANGE, "bytes=10-")], 416, "", "bytes */10"),
        (vec![(RANGE, "bytes=0-1,4-5")], 200, "0123456789", ""),
        (vec![(RANGE, "bytes=2-5"), (IF_RANGE, &etag)], 206, "2345", "bytes 2-5/10"),
        (vec![(RANGE, "bytes=2-5"), (IF_RANGE, "\"other\"")], 200, "0123456789", ""),
        (vec![(IF_NONE_MATCH, &etag)], 304, "", ""),
        (vec![(IF_NONE_MATCH, "\"other\", *")], 304, "", ""),
        (vec![(IF_NONE_MATCH, "\"other\"")], 200, "0123456789", ""),
    ] {
        let answer = fetch(&server, &file, &headers).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, body), "{headers:?}");
        assert_eq!(shown(&answer.headers, CONTENT_RANGE), range, "{headers:?}");
        assert_eq!(shown(&answer.headers, ETAG), etag);
    }
    let head = server.request(Method::HEAD, &text(&file["url"]), &[(RANGE, "bytes=2-5")], "").await;
    assert_eq!((head.status.as_u16(), shown(&head.headers, CONTENT_LENGTH)), (200, "10"));
    assert!(head.text.is_empty());
}

#[tokio::test]
async fn nothing_but_uploads_is_served() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let url = text(&upload(&ann, "a.txt", b"hi").await["url"]);
    let name = url.strip_prefix("/uploads/").unwrap();
    for path in [
        "/uploads",
        "/uploads/",
        "/uploads/.",
        "/uploads/..%2fchirrup.db",
        "/uploads/%2e%2e/chirrup.db",
        "/uploads/../chirrup.db",
        "/uploads/..",
        "/uploads/chirrup.db",
        "/uploads/00000000000000000000000000000000.txt",
        &format!("/uploads/{}", name.to_uppercase()),
        &format!("/uploads/{name}%00"),
        &format!("/uploads/{name}/"),
        &format!("/uploads//{name}"),
        &format!("/uploads/%2e%2fuploads%2f{name}"),
        &format!("/uploads/{}png", &name[..33]),
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(server.get(&format!("{url}?download=1")).await.text, "hi");
}

#[tokio::test]
async fn a_message_carries_ones_own_upload() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let picture = upload(&ann, "Kätzchen.png", PNG).await;
    let mut forged = picture.clone();
    forged["filename"] = json!("invoice.exe");
    forged["mimetype"] = json!("text/html");
    forged["size"] = json!(1);
    let sent = ann.send(&group, &json!({ "file": forged, "clientId": "c1" })).await.expect(201);
    assert_eq!((&sent["message"]["file"], &sent["message"]["messageType"]), (&picture, &json!("image")));
    assert_eq!(sent["message"]["content"], "");
    let again = ann.send(&group, &json!({ "file": picture, "clientId": "c1" })).await.expect(200);
    assert_eq!(again, sent);

    let page = bob.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    assert_eq!(page["messages"], json!([sent["message"]]));
    let list = bob.get("/api/conversations").await.expect(200);
    let last = &list["conversations"][0]["lastMessage"];
    assert_eq!((&last["content"], &last["messageType"]), (&json!("File"), &json!("image")));
    assert_eq!(server.get(&text(&picture["url"])).await.status, 200);

    let caption = ann.send(&group, &json!({ "file": picture, "content": "look" })).await.expect(201);
    assert_eq!(caption["message"]["content"], "look");
    for (sender, file) in [
        (&bob, picture.clone()),
        (&ann, json!({ "url": "/uploads/00000000000000000000000000000000.png" })),
        (&ann, json!({ "url": format!("http://evil.example{}", text(&picture["url"])) })),
        (&ann, json!({ "filename": "a.png" })),
        (&ann, picture["url"].clone()),
    ] {
        let answer = sender.send(&group, &json!({ "content": "hi", "file": file })).await;
        answer.refused(422, "Invalid file", "invalid_file");
    }
    let page = ann.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_groups_picture_is_an_upload_of_its_creators() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let (picture, page) = (upload(&ann, "a.png", PNG).await, upload(&ann, "a.pdf", b"%PDF-1.4").await);
    let group = async |creator: &Person<'_>, avatar: &Value| {
        let body = json!({ "type": "group", "name": "team", "participants": [], "avatar": avatar });
        creator.post("/api/conversations", &body).await
    };
    let made = group(&ann, &picture["url"]).await.expect(201);
    assert_eq!(made["conversation"]["avatar"], picture["url"]);
    for (creator, avatar) in
        [(&bob, &picture["url"]), (&ann, &page["url"]), (&ann, &json!("/a.png")), (&ann, &picture)]
    {
        group(creator, avatar).await.refused(422, "Invalid avatar", "invalid_payload");
    }
}

#[tokio::test]
async fn a_group_gets_a_picture_that_its_admin_uploaded_and_loses_it() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let (hers, his) = (upload(&ann, "a.png", PNG).await, upload(&bob, "b.png", PNG).await);
    let group = format!("/api/conversations/{}", ann.group("team", &[&bob]).await);
    let set = async |avatar: &Value| ann.ask(Method::PATCH, &group, &json!({ "avatar": avatar })).await;
    set(&his["url"]).await.refused(422, "Invalid avatar", "invalid_payload");
    let conversation = set(&hers["url"]).await.expect(200)["conversation"].clone();
    assert_eq!((&conversation["avatar"], &conversation["seq"]), (&hers["url"], &json!(1)));
    let conversation = set(&Value::Null).await.expect(200)["conversation"].clone();
    assert_eq!((conversation.get("avatar"), &conversation["seq"]), (Some(&Value::Null), &json!(2)));
    assert_eq!(conversation["lastMessage"]["content"], "ann removed the picture of the group");
}
