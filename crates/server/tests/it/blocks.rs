use hyper::Method;
use serde_json::{Value, json};

use crate::server::{Person, TestServer, text};

async fn set(person: &Person<'_>, method: Method, other: &str) -> crate::server::Answer {
    person.ask(method, &format!("/api/users/{other}/block"), &Value::Null).await
}

#[tokio::test]
async fn a_blocked_person_can_neither_write_nor_begin() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    set(&bob, Method::PUT, &ann.id).await.expect(200);
    let body = json!({ "type": "direct", "participants": [bob.id] });
    ann.post("/api/conversations", &body).await.refused(403, "Blocked", "blocked");
    let body = json!({ "type": "direct", "participants": [ann.id] });
    let direct = text(&bob.post("/api/conversations", &body).await.expect(201)["conversation"]["_id"]);
    ann.send(&direct, &json!({ "content": "hi" })).await.refused(403, "Blocked", "blocked");
    bob.send(&direct, &json!({ "content": "hi" })).await.expect(201);
    set(&bob, Method::DELETE, &ann.id).await.expect(200);
    let sent = ann.send(&direct, &json!({ "content": "hello" })).await.expect(201);
    assert_eq!(sent["message"]["seq"], 2);
}

#[tokio::test]
async fn one_sees_whom_one_has_blocked() {
    let server = TestServer::start().await;
    let (ann, bob, carol) =
        (server.register("ann").await, server.register("bob").await, server.register("carol").await);
    for other in [&bob, &carol, &bob] {
        set(&ann, Method::PUT, &other.id).await.expect(200);
    }
    let blocks = "/api/users/me/blocks";
    let first = ann.get(&format!("{blocks}?limit=1")).await.expect(200);
    assert_eq!((&first["users"][0]["_id"], &first["more"]), (&json!(bob.id), &json!(true)));
    let rest = ann.get(&format!("{blocks}?after={}", bob.id)).await.expect(200);
    assert_eq!((&rest["users"][0]["_id"], &rest["more"]), (&json!(carol.id), &json!(false)));
    assert_eq!(rest["users"].as_array().unwrap().len(), 1);
    assert_eq!(bob.get(blocks).await.expect(200)["users"], json!([]));
    server.get(blocks).await.refused(401, "No token", "no_token");
    set(&ann, Method::PUT, &ann.id).await.refused(422, "Invalid id", "invalid_payload");
    for nobody in ["nobody", "65a51c2f0123456789abcdef"] {
        set(&ann, Method::PUT, nobody).await.refused(404, "User not found", "user_not_found");
    }
}
