use serde_json::{Value, json};

use crate::server::{PASSWORD, TestServer, text};

fn ann() -> Value {
    json!({ "username": "Ann", "email": "Ann@Example.com", "password": PASSWORD })
}

fn with(key: &str, value: Value) -> Value {
    let mut body = ann();
    body[key] = value;
    body
}

#[tokio::test]
async fn who_registers_is_signed_in_and_sees_ones_own_address() {
    let server = TestServer::start().await;
    let answer = server.post("/api/auth/register", &ann()).await.expect(201);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["user"]["username"], "Ann");
    assert_eq!(answer["user"]["email"], "ann@example.com");
    assert_eq!(answer["user"]["role"], "member");
    assert_eq!(answer["user"]["isOnline"], false);
    assert_eq!(text(&answer["user"]["lastSeen"]).len(), "2026-01-15T10:30:00.000Z".len());
    assert!(!answer.to_string().contains("argon2"));

    let bearer = format!("Bearer {}", text(&answer["token"]));
    let headers = [(hyper::header::AUTHORIZATION, bearer.as_str())];
    let me = server.request(hyper::Method::GET, "/api/users/me", &headers, "").await.expect(200);
    assert_eq!(me["user"], answer["user"]);
}

#[tokio::test]
async fn a_name_and_an_address_are_taken_whatever_their_case() {
    let server = TestServer::start().await;
    server.post("/api/auth/register", &ann()).await.expect(201);
    let same_name = json!({ "username": "aNN", "email": "other@example.com", "password": PASSWORD });
    server.post("/api/auth/register", &same_name).await.refused(409, "Username taken", "username_taken");
    let same_email = json!({ "username": "other", "email": "ANN@example.com", "password": PASSWORD });
    server.post("/api/auth/register", &same_email).await.refused(409, "Email taken", "email_taken");
}

#[tokio::test]
async fn one_signs_in_by_address_or_name_whatever_their_case() {
    let server = TestServer::start().await;
    let registered = server.post("/api/auth/register", &ann()).await.expect(201);
    for (key, value) in
        [("email", "ANN@example.COM"), ("email", "ann"), ("username", " ann "), ("username", "Ann")]
    {
        let answer =
            server.post("/api/auth/login", &json!({ key: value, "password": PASSWORD })).await.expect(200);
        assert_eq!(answer["user"], registered["user"]);
        assert!(answer["token"].is_string());
    }
}

#[tokio::test]
async fn an_unknown_account_is_answered_like_a_wrong_password() {
    let server = TestServer::start().await;
    server.register("ann").await;
    let wrong =
        server.post("/api/auth/login", &json!({ "username": "ann", "password": "wrong horse" })).await;
    let unknown =
        server.post("/api/auth/login", &json!({ "username": "bob", "password": "wrong horse" })).await;
    wrong.refused(401, "Invalid credentials", "invalid_credentials");
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(wrong.status, unknown.status);
}

#[tokio::test]
async fn a_wrong_payload_is_refused_by_the_field_at_fault() {
    let server = TestServer::start().await;
    let register = "/api/auth/register";
    let login = "/api/auth/login";
    for (path, body, field) in [
        (register, json!(null), "payload"),
        (register, json!([]), "payload"),
        (register, json!("Ann"), "payload"),
        (register, json!({}), "username"),
        (register, with("username", json!(null)), "username"),
        (register, with("username", json!({ "$ne": null })), "username"),
        (register, with("username", json!("ab")), "username"),
        (register, with("username", json!("a@b")), "username"),
        (register, with("email", json!(7)), "email"),
        (register, with("email", json!("nowhere")), "email"),
        (register, with("password", json!(12_345_678)), "password"),
        (register, with("password", json!("short")), "password"),
        (register, with("password", json!("x".repeat(257))), "password"),
        (login, json!({}), "email"),
        (login, json!({ "username": { "$ne": null }, "password": { "$ne": null } }), "username"),
        (login, json!({ "username": "ann" }), "password"),
    ] {
        let answer = server.post(path, &body).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    server.post("/api/auth/login", &json!({ "username": "Ann", "password": PASSWORD })).await.expect(401);
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed() {
    let server = TestServer::with(&["--registration", "closed"]).await;
    let answer = server.post("/api/auth/register", &ann()).await;
    answer.refused(403, "Registration is closed", "registration_closed");
}

#[tokio::test]
async fn others_are_seen_without_their_address() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let user = ann.get(&format!("/api/users/{}", bob.id)).await.expect(200)["user"].clone();
    assert_eq!(user["_id"], bob.id);
    assert_eq!(user["username"], "bob");
    assert!(user.get("email").is_none() && user.get("role").is_none(), "{user}");
    for id in ["65a51c2f0123456789abcdef", "nobody", "%00", "%ff"] {
        ann.get(&format!("/api/users/{id}")).await.expect(404);
    }
}
