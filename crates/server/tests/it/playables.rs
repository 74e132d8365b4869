use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use serde_json::{Value, json};

use crate::server::TestServer;
use crate::uploads::{fetch, shown, upload};

const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
const SOUND: &[u8] = b"\xae\x83\x83\x81\x02";
const FILM: &[u8] = b"\xae\x83\x83\x81\x01";

/// What a browser records: the tracks, and a cluster with blocks that start at 0 and 60 ms.
fn webm(tracks: &[&[u8]]) -> Vec<u8> {
    let entries = tracks.concat();
    let head = [&b"\x16\x54\xae\x6b"[..], &[0x80 | u8::try_from(entries.len()).unwrap()], &entries].concat();
    let blocks = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x81\0\xa3\x85\x81\0\0\x80x\xa3\x85\x81\0\x3c\x80x";
    [WEBM, &head, blocks].concat()
}

fn base_media(handler: &[u8; 4]) -> Vec<u8> {
    let long = |name: &[u8; 4], content: &[u8]| {
        [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], name, content].concat()
    };
    let header = [&[0; 12][..], &1000_u32.to_be_bytes(), &2500_u32.to_be_bytes(), &[0; 80]].concat();
    let track = long(b"trak", &long(b"mdia", &long(b"hdlr", &[&[0; 8][..], handler, &[0; 13]].concat())));
    let movie = long(b"moov", &[long(b"mvhd", &header), track].concat());
    [long(b"ftyp", b"isom\0\0\0\0"), long(b"mdat", &[0; 1000]), movie].concat()
}

fn wav(seconds: u32) -> Vec<u8> {
    let format = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data";
    let bytes = 8000 * seconds;
    let samples = (0..bytes).map(|n| n.to_be_bytes()[3]);
    [&format[..], &bytes.to_le_bytes()].concat().into_iter().chain(samples).collect()
}

#[tokio::test]
async fn the_tracks_decide_whether_it_is_a_sound_or_a_film() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    for (filename, content, mimetype, message_type, duration) in [
        ("voice.webm", webm(&[SOUND]), "audio/webm", "audio", json!(0.12)),
        ("film.webm", webm(&[FILM, SOUND]), "video/webm", "video", json!(0.12)),
        ("unknown.webm", WEBM.to_vec(), "video/webm", "video", Value::Null),
        ("voice.mp4", base_media(b"soun"), "audio/mp4", "audio", json!(2.5)),
        ("film.mp4", base_media(b"vide"), "video/mp4", "video", json!(2.5)),
        ("voice.m4a", base_media(b"soun"), "audio/mp4", "audio", json!(2.5)),
        ("voice.wav", wav(3), "audio/wav", "audio", json!(3.0)),
    ] {
        let file = upload(&ann, filename, &content).await;
        let found = (&file["mimetype"], &file["messageType"], &file["duration"]);
        assert_eq!(found, (&json!(mimetype), &json!(message_type), &duration), "{filename}");
        let answer = fetch(&server, &file, &[]).await;
        assert_eq!(shown(&answer.headers, CONTENT_TYPE), mimetype);
        assert_eq!(answer.body, content, "{filename}");
    }
}

#[tokio::test]
async fn a_voice_message_plays_from_where_it_is_asked() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let content = wav(2);
    let file = upload(&ann, "voice.wav", &content).await;
    let sent = ann.send(&group, &json!({ "file": file })).await.expect(201);
    assert_eq!(sent["message"]["messageType"], "audio");
    let page = bob.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    let received = &page["messages"][0]["file"];
    assert_eq!((received, &received["duration"]), (&file, &json!(2.0)));
    for (range, first) in [("bytes=0-", 0), ("bytes=8000-", 8000), ("bytes=-100", content.len() - 100)] {
        let answer = fetch(&server, received, &[(RANGE, range)]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (206, &content[first..]), "{range}");
        let total = content.len();
        let expected = format!("bytes {first}-{}/{total}", total - 1);
        assert_eq!(shown(&answer.headers, CONTENT_RANGE), expected);
        assert_eq!(shown(&answer.headers, ACCEPT_RANGES), "bytes");
    }
}
