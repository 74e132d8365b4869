use hyper::Method;
use serde_json::{Value, json};

use crate::server::{Answer, PASSWORD, Person, TestServer};

async fn update(person: &Person<'_>, body: &Value) -> Answer {
    person.request(Method::PATCH, "/api/users/me", body.to_string()).await
}

async fn names(person: &Person<'_>, query: &str) -> (Vec<Value>, bool) {
    let page = person.get(&format!("/api/users?{query}")).await.expect(200);
    let users = page["users"].as_array().unwrap();
    assert!(users.iter().all(|user| user.get("email").is_none() && user["isOnline"] == false));
    (users.iter().map(|user| user["username"].clone()).collect(), page["more"] == true)
}

#[tokio::test]
async fn people_are_found_by_name_page_by_page() {
    let server = TestServer::start().await;
    let dora = server.register("dora").await;
    let bob = server.register("Bob").await;
    server.register("bobby").await;
    assert_eq!(names(&dora, "").await, (vec![json!("Bob"), json!("bobby"), json!("dora")], false));
    assert_eq!(names(&dora, "q=BOB&limit=1").await, (vec![json!("Bob")], true));
    assert_eq!(names(&dora, &format!("q=bob&after={}", bob.id)).await, (vec![json!("bobby")], false));
    assert_eq!(names(&dora, "q=nobody").await, (vec![], false));
    dora.get("/api/users?after=x").await.refused(422, "Invalid after", "invalid_payload");
    server.get("/api/users").await.refused(401, "No token", "no_token");
}

#[tokio::test]
async fn one_changes_ones_name_and_address_by_the_rules_of_registration() {
    let server = TestServer::start().await;
    let (ann, _) = (server.register("ann").await, server.register("bob").await);
    for (body, field) in [
        (json!([]), "payload"),
        (json!({ "username": "a" }), "username"),
        (json!({ "username": { "$ne": null } }), "username"),
        (json!({ "email": "nowhere" }), "email"),
        (json!({ "username": "anna", "avatar": 7 }), "avatar"),
        (json!({ "username": "anna", "avatar": "https://example.com/a.png" }), "avatar"),
    ] {
        update(&ann, &body).await.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    update(&ann, &json!({ "username": "BOB" })).await.refused(409, "Username taken", "username_taken");
    update(&ann, &json!({ "email": "bob@example.com" })).await.refused(409, "Email taken", "email_taken");
    let me = ann.get("/api/users/me").await.expect(200);
    assert_eq!(me["user"]["username"], "ann");
    assert_eq!(update(&ann, &json!({})).await.expect(200), me);

    let body = json!({ "username": " Anna ", "email": "Anna@Example.com", "avatar": null });
    let changed = update(&ann, &body).await.expect(200);
    assert_eq!(
        (&changed["user"]["username"], &changed["user"]["email"]),
        (&json!("Anna"), &json!("anna@example.com"))
    );
    let login = json!({ "email": "anna@example.com", "password": PASSWORD });
    server.post("/api/auth/login", &login).await.expect(200);
}
