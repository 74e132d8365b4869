use serde_json::{Value, json};

use crate::server::TestServer;

fn seqs(page: &Value) -> (Vec<u64>, bool, bool) {
    let seq = |message: &Value| message["seq"].as_u64().unwrap();
    let messages = page["messages"].as_array().unwrap().iter().map(seq).collect();
    (messages, page["hasBefore"] == true, page["hasAfter"] == true)
}

#[tokio::test]
async fn history_is_read_in_pages_by_seq() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let group = ann.group("team", &[]).await;
    for n in 1..=6 {
        let sent = ann.send(&group, &json!({ "content": format!("message {n}") })).await.expect(201);
        assert_eq!(sent["message"]["seq"], n);
    }
    let path = format!("/api/conversations/{group}/messages");
    for (query, expected) in [
        ("", (vec![1, 2, 3, 4, 5, 6], false, false)),
        ("?limit=2", (vec![5, 6], true, false)),
        ("?limit=2&before=5", (vec![3, 4], true, true)),
        ("?limit=2&before=1", (vec![], false, true)),
        ("?limit=2&after=1", (vec![2, 3], true, true)),
        ("?limit=2&after=0", (vec![1, 2], false, true)),
        ("?after=0", (vec![1, 2, 3, 4, 5, 6], false, false)),
        ("?limit=3&around=3", (vec![2, 3, 4], true, true)),
        ("?limit=100000", (vec![1, 2, 3, 4, 5, 6], false, false)),
    ] {
        assert_eq!(seqs(&ann.get(&format!("{path}{query}")).await.expect(200)), expected, "{query}");
    }
    for (query, field) in [("before=x", "before"), ("before=0", "before"), ("limit=-1", "limit")] {
        let answer = ann.get(&format!("{path}?{query}")).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
}

#[tokio::test]
async fn a_program_sends_like_a_socket() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let group = ann.group("team", &[]).await;
    let sent = ann.send(&group, &json!({ "content": "hé \"you\"", "clientId": "c1" })).await.expect(201);
    assert_eq!(sent["message"]["sender"], json!({ "_id": ann.id, "username": "ann", "avatar": null }));
    assert_eq!(sent["message"]["content"], "hé \"you\"");
    assert_eq!(sent["message"]["status"], "sent");
    assert_eq!(sent["message"]["readBy"], json!([]));

    let again = ann.send(&group, &json!({ "content": "hé \"you\"", "clientId": "c1" })).await.expect(200);
    assert_eq!(again, sent);
    let page = ann.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    assert_eq!(page["messages"], json!([sent["message"]]));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_leaves_nothing() {
    let server = TestServer::with(&["--limit-message-chars", "5"]).await;
    let ann = server.register("ann").await;
    let group = ann.group("team", &[]).await;
    for (body, error, code) in [
        (json!({}), "Empty message", "empty_message"),
        (json!({ "content": null }), "Empty message", "empty_message"),
        (json!({ "content": "" }), "Empty message", "empty_message"),
        (json!({ "content": "äöüäöü" }), "Message too long", "too_long"),
        (json!({ "content": { "$gt": "" } }), "Invalid content", "invalid_payload"),
        (json!({ "content": "hi", "clientId": 1 }), "Invalid clientId", "invalid_payload"),
        (json!({ "content": "hi", "file": { "url": "/x" } }), "Invalid file", "invalid_file"),
        (json!(["hi"]), "Invalid payload", "invalid_payload"),
    ] {
        ann.send(&group, &body).await.refused(422, error, code);
    }
    ann.send(&group, &json!({ "content": "äöüäö" })).await.expect(201);
    let page = ann.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
}
