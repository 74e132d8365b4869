//! The first start, and who runs the server.

use std::fs;

use serde_json::{Value, json};

use crate::server::{PASSWORD, TestServer};

fn person(name: &str, code: Option<&str>) -> Value {
    let email = format!("{name}@example.com");
    json!({ "username": name, "email": email, "password": PASSWORD, "setupCode": code })
}

async fn code(server: &TestServer) -> String {
    // It has started once it answers.
    server.get("/healthz").await.expect(200);
    fs::read_to_string(server.data.path().join("setup-code")).unwrap()
}

#[tokio::test]
async fn the_setup_code_makes_one_admin_also_where_registration_is_closed() {
    let server = TestServer::with(&["--registration", "closed"]).await;
    let register = async |name, code| server.post("/api/auth/register", &person(name, code)).await;
    let code = code(&server).await;
    for wrong in ["", "x", &code[1..]] {
        register("ann", Some(wrong)).await.refused(403, "Invalid setup code", "invalid_setup_code");
    }
    register("ann", None).await.refused(403, "Registration is closed", "registration_closed");
    let answer = register("ann", Some(&code)).await.expect(201);
    assert_eq!(answer["user"]["role"], "admin");
    assert!(!server.data.path().join("setup-code").exists());
    register("bob", Some(&code)).await.refused(403, "Invalid setup code", "invalid_setup_code");
}

#[tokio::test]
async fn a_code_that_was_not_used_outlives_a_restart_and_a_used_one_does_not() {
    let server = TestServer::start().await;
    let first = code(&server).await;
    // A name that is refused uses nothing up.
    server.post("/api/auth/register", &person("a@b", Some(&first))).await.expect(422);
    let (ended, data) = server.stop();
    ended.await.unwrap().unwrap();
    let server = TestServer::on(data, &[]).await;
    assert_eq!(code(&server).await, first);
    server.post("/api/auth/register", &person("ann", Some(&first))).await.expect(201);
    let (ended, data) = server.stop();
    ended.await.unwrap().unwrap();
    let server = TestServer::on(data, &[]).await;
    server.get("/healthz").await.expect(200);
    assert!(!server.data.path().join("setup-code").exists());
    server.post("/api/auth/register", &person("bob", Some(&first))).await.expect(403);
    assert_eq!(
        server.post("/api/auth/register", &person("bob", None)).await.expect(201)["user"]["role"],
        "member"
    );
}
