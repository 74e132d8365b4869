use hyper::Method;
use hyper::header::RETRY_AFTER;
use serde_json::{Value, json};

use crate::server::{Person, TestServer, text};

async fn found(person: &Person<'_>, query: &str) -> Vec<String> {
    let page = person.get(&format!("/api/search?q={query}")).await.expect(200);
    let content = |result: &Value| text(&result["message"]["content"]);
    page["results"].as_array().unwrap().iter().map(content).collect()
}

#[tokio::test]
async fn what_is_found_is_shown_as_in_the_history_with_its_highlights() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let sent = ann.send(&group, &json!({ "content": "😀 Das Café, das cafe" })).await.expect(201);
    bob.send(&group, &json!({ "content": "nothing" })).await.expect(201);
    let page = bob.get("/api/search?q=CAFE%20from:ann").await.expect(200);
    let highlights = json!([{ "start": 7, "end": 11 }, { "start": 17, "end": 21 }]);
    let expected = json!({ "message": sent["message"], "highlights": highlights });
    assert_eq!(page, json!({ "success": true, "results": [expected], "more": false }));
    let page = bob.get("/api/search?q=in:team%20from:me").await.expect(200);
    assert_eq!(page["results"][0]["highlights"], json!([]));
}

#[tokio::test]
async fn pages_go_on_at_next() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let group = ann.group("notes", &[]).await;
    for n in 1..=45 {
        ann.send(&group, &json!({ "content": format!("note {n}") })).await.expect(201);
    }
    let mut path = "/api/search?q=note".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = ann.get(&path).await.expect(200);
        let results = page["results"].as_array().unwrap();
        sizes.push(results.len());
        if page["more"] == false {
            assert_eq!(results.last().unwrap()["message"]["seq"], 1);
            break;
        }
        path = format!("/api/search?q=note&before={}", text(&page["next"]));
    }
    assert_eq!(sizes, [20, 20, 5]);
    for (limit, count) in [(1, 1), (50, 45), (1000, 45)] {
        let page = ann.get(&format!("/api/search?q=note&limit={limit}")).await.expect(200);
        assert_eq!(page["results"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn only_members_find_what_was_said() {
    let server = TestServer::start().await;
    let (ann, bob, eve) =
        (server.register("ann").await, server.register("bob").await, server.register("eve").await);
    let group = ann.group("team", &[&bob]).await;
    ann.send(&group, &json!({ "content": "secret" })).await.expect(201);
    let within = format!("/api/search?q=secret&conversationId={group}");
    assert_eq!(found(&bob, "secret").await, ["secret"]);
    bob.get(&within).await.expect(200);

    ann.request(Method::DELETE, &format!("/api/conversations/{group}/members/{}", bob.id), "")
        .await
        .expect(200);
    for stranger in [&bob, &eve] {
        for query in ["secret", &format!("secret%20in:{group}"), "in:team", "from:ann"] {
            assert!(found(stranger, query).await.is_empty());
        }
        stranger.get(&within).await.refused(403, "Not a member", "not_a_member");
    }
    let unknown = "/api/search?q=secret&conversationId=65a51c2f0123456789abcdef";
    eve.get(unknown).await.refused(403, "Not a member", "not_a_member");
    for path in ["/api/search?q=secret", &within] {
        server.get(path).await.refused(401, "No token", "no_token");
    }
}

#[tokio::test]
async fn what_can_not_be_looked_for_is_named() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    for (query, fault) in [
        ("", "there is nothing to look for"),
        ("q=%20%22%22%20-", "there is nothing to look for"),
        ("q=-x", "it only says what is not wanted"),
        ("q=has:cats", "has: knows file, image, video, audio and link"),
        (
            "q=x%20before:soon",
            "before: takes a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z",
        ),
        ("q=from:", "there is nothing behind from:"),
        (&format!("q={}", "a".repeat(257)), "it has more than 256 characters"),
        (&format!("q={}", "a%20".repeat(17)), "it asks for more than 16 things"),
    ] {
        let answer = ann.get(&format!("/api/search?{query}")).await;
        answer.refused(422, &format!("Invalid q: {fault}"), "invalid_query");
    }
    for (query, field) in [
        ("conversationId=team", "conversationId"),
        ("before=yesterday", "before"),
        ("before=1", "before"),
        ("limit=0", "limit"),
    ] {
        let answer = ann.get(&format!("/api/search?q=x&{query}")).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    // What an index or a database could mistake for its own language is text, and found as such.
    let group = ann.group("notes", &[]).await;
    let hostile = "\"' OR 1=1; DROP TABLE search; NEAR(keys) col:* ^x {a b} \u{0} %_";
    ann.send(&group, &json!({ "content": hostile })).await.expect(201);
    for query in [
        "%22'%20OR%201=1",
        "OR",
        "NEAR(keys)",
        "col:*",
        "%5Ex",
        "%7Ba%20b%7D",
        "a%20AND%20OR%20NOT",
        "1=1;%20DROP",
        "x%00",
    ] {
        let answer = ann.get(&format!("/api/search?q={query}")).await;
        assert!(answer.status == 200, "{query}: {answer:?}");
    }
    assert_eq!(found(&ann, "drop%20near").await, [hostile]);
    assert!(found(&ann, "a%20AND%20b").await.is_empty());
}

#[tokio::test]
async fn searches_are_limited_per_user() {
    let server = TestServer::with(&["--limit-search", "1/h:2"]).await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    for _ in 0..2 {
        ann.get("/api/search?q=x").await.expect(200);
    }
    let answer = ann.get("/api/search?q=x").await;
    assert_eq!(answer.expect(429)["code"], "rate_limited");
    assert!(answer.headers.contains_key(RETRY_AFTER));
    bob.get("/api/search?q=x").await.expect(200);
}
