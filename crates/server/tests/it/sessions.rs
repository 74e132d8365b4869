//! Tokens that are renewed and revoked, over HTTP.

use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::json;

use crate::server::{Answer, PASSWORD, TestServer, text};

const NEW: &str = "another horse";

async fn me(server: &TestServer, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    server.request(Method::GET, "/api/users/me", &[(AUTHORIZATION, &bearer)], "").await
}

async fn log_in(server: &TestServer, username: &str, password: &str) -> Answer {
    server.post("/api/auth/login", &json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn a_good_token_gives_another_and_stays_good() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let answer = ann.post("/api/auth/refresh", &json!({})).await.expect(200);
    assert_eq!(answer["user"]["_id"], ann.id);
    me(&server, &text(&answer["token"])).await.expect(200);
    me(&server, &ann.token).await.expect(200);
    let empty = server.post("/api/auth/refresh", &json!({})).await;
    empty.refused(401, "No token", "no_token");
}

#[tokio::test]
async fn a_revocation_ends_every_token_at_once_and_for_ever_but_not_the_next_one() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let other = text(&log_in(&server, "ann", PASSWORD).await.expect(200)["token"]);
    assert_eq!(ann.post("/api/auth/logout_all", &json!({})).await.expect(200), json!({ "success": true }));
    // Within the same second as the revocation: this one is good all the same.
    let next = text(&log_in(&server, "ann", PASSWORD).await.expect(200)["token"]);
    for token in [&ann.token, &other] {
        me(&server, token).await.refused(401, "Invalid token", "invalid_token");
    }
    me(&server, &next).await.expect(200);
    me(&server, &bob.token).await.expect(200);

    let old = ann.token.clone();
    let (ended, data) = server.stop();
    ended.await.unwrap().unwrap();
    let server = TestServer::on(data, &[]).await;
    me(&server, &old).await.refused(401, "Invalid token", "invalid_token");
    me(&server, &next).await.expect(200);
}

#[tokio::test]
async fn another_password_gives_a_new_token_and_ends_the_others() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let change = async |body| ann.post("/api/auth/password", &body).await;
    for (body, field) in [
        (json!({ "newPassword": NEW }), "password"),
        (json!({ "password": PASSWORD }), "newPassword"),
        (json!({ "password": PASSWORD, "newPassword": "short" }), "newPassword"),
    ] {
        change(body).await.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    let wrong = change(json!({ "currentPassword": "wrong horse", "newPassword": NEW })).await;
    wrong.refused(401, "Invalid credentials", "invalid_credentials");
    me(&server, &ann.token).await.expect(200);

    let changed = change(json!({ "currentPassword": PASSWORD, "newPassword": NEW })).await.expect(200);
    assert_eq!(changed["user"]["_id"], ann.id);
    me(&server, &text(&changed["token"])).await.expect(200);
    me(&server, &ann.token).await.refused(401, "Invalid token", "invalid_token");
    log_in(&server, "ann", PASSWORD).await.refused(401, "Invalid credentials", "invalid_credentials");
    log_in(&server, "ann", NEW).await.expect(200);
}
