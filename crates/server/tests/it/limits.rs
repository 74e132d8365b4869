use hyper::Method;
use hyper::header::{HeaderName, RETRY_AFTER};
use serde_json::{Value, json};

use crate::server::{Answer, PASSWORD, TestServer};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Behind a proxy, so that a test can come from anywhere.
async fn behind_proxy(sign_in: &str) -> TestServer {
    TestServer::with(&["--trust-proxy", "127.0.0.1", "--limit-sign-in", sign_in]).await
}

async fn log_in(server: &TestServer, from: &str, name: &str, password: &str) -> Answer {
    let key = if name.contains('@') { "email" } else { "username" };
    let body = json!({ key: name, "password": password }).to_string();
    server.request(Method::POST, "/api/auth/login", &[(FORWARDED, from)], body).await
}

fn limited(answer: &Answer) -> Value {
    let body = answer.expect(429);
    assert_eq!((&body["error"], &body["code"]), (&json!("Too many requests"), &json!("rate_limited")));
    let seconds: u64 = answer.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert_eq!(seconds, body["retryAfter"].as_u64().unwrap().div_ceil(1000));
    body
}

#[tokio::test]
async fn guessing_at_one_account_is_limited_by_any_of_its_names_and_locks_nobody_out() {
    let server = behind_proxy("3/h,100/h").await;
    server.register("ann").await;
    for name in ["ann", "ANN", "ann@example.com"] {
        log_in(&server, "192.0.2.1", name, "wrong horse").await.expect(401);
    }
    limited(&log_in(&server, "192.0.2.1", "ann", PASSWORD).await);
    limited(&log_in(&server, "203.0.113.9, 192.0.2.1", "ann", PASSWORD).await);
    log_in(&server, "192.0.2.2", "ann", PASSWORD).await.expect(200);
    for _ in 0..3 {
        log_in(&server, "192.0.2.1", "nobody", PASSWORD).await.expect(401);
    }
    limited(&log_in(&server, "192.0.2.1", "NOBODY", PASSWORD).await);
}

#[tokio::test]
async fn one_address_tries_so_often_whatever_the_account() {
    let server = behind_proxy("100/h,3/h").await;
    for name in ["ann", "bob", "carol"] {
        log_in(&server, "2001:db8::1", name, PASSWORD).await.expect(401);
    }
    limited(&log_in(&server, "2001:db8::2", "dave", PASSWORD).await);
    let body = json!({ "username": "dave", "email": "dave@example.com", "password": PASSWORD });
    let register = async |from| {
        let headers = [(FORWARDED, from)];
        server.request(Method::POST, "/api/auth/register", &headers, body.to_string()).await
    };
    limited(&register("2001:db8::3").await);
    register("2001:db8:0:1::3").await.expect(201);
}

#[tokio::test]
async fn a_header_that_anybody_can_send_counts_for_nothing() {
    let server = TestServer::with(&["--limit-sign-in", "2/h"]).await;
    for n in 0..2 {
        log_in(&server, &format!("192.0.2.{n}"), "ann", PASSWORD).await.expect(401);
    }
    limited(&log_in(&server, "192.0.2.3", "ann", PASSWORD).await);
}

#[tokio::test]
async fn tries_of_the_password_with_a_token_count_too() {
    let server = TestServer::with(&["--limit-sign-in", "3/h"]).await;
    let ann = server.register("ann").await;
    let body = json!({ "password": "wrong horse", "newPassword": "another horse" });
    for _ in 0..3 {
        ann.post("/api/auth/password", &body).await.expect(401);
    }
    limited(&ann.post("/api/auth/password", &body).await);
}

#[tokio::test]
async fn sends_over_http_are_limited_per_user() {
    let server = TestServer::with(&["--limit-sends", "1/h:2"]).await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("Team", &[&bob]).await;
    for _ in 0..2 {
        ann.send(&group, &json!({ "content": "hi" })).await.expect(201);
    }
    limited(&ann.send(&group, &json!({ "content": "hi" })).await);
    let seq = bob.send(&group, &json!({ "content": "ho" })).await.expect(201)["message"]["seq"].clone();
    assert_eq!(seq, 3);
}

#[tokio::test]
async fn off_lifts_them() {
    let server = TestServer::with(&["--limit-sends", "off", "--limit-sign-in", "off"]).await;
    let ann = server.register("ann").await;
    let group = ann.group("Notes", &[]).await;
    for _ in 0..80 {
        ann.send(&group, &json!({ "content": "hi" })).await.expect(201);
    }
    let body = json!({ "username": "nobody" });
    for _ in 0..80 {
        server.post("/api/auth/login", &body).await.expect(422);
    }
}
