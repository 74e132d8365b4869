use serde_json::{Value, json};

use crate::server::{Person, TestServer, text};

const CONVERSATIONS: &str = "/api/conversations";

async fn direct(creator: &Person<'_>, participants: &[&str], status: u16) -> Value {
    let body = json!({ "type": "direct", "participants": participants });
    creator.post(CONVERSATIONS, &body).await.expect(status)["conversation"].clone()
}

#[tokio::test]
async fn a_direct_conversation_exists_once_per_pair() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let made = direct(&ann, &[&bob.id], 201).await;
    assert_eq!(made["type"], "direct");
    assert_eq!(made["participantCount"], 2);
    assert_eq!(made["unreadCount"], 0);
    for key in ["name", "avatar", "admin", "lastMessage"] {
        assert_eq!(made.get(key), Some(&Value::Null), "no {key}, and said so");
    }
    for (creator, participants) in [(&ann, [&ann.id, &bob.id]), (&bob, [&ann.id, &bob.id])] {
        let found = direct(creator, &participants.map(String::as_str), 200).await;
        assert_eq!(found["_id"], made["_id"]);
    }
}

#[tokio::test]
async fn notes_to_oneself_have_one_participant() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let notes = direct(&ann, &[&ann.id], 201).await;
    assert_eq!(notes["participantCount"], 1);
    assert_eq!(notes["participants"][0]["_id"], ann.id);
}

#[tokio::test]
async fn a_group_has_its_creator_as_owner() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let body = json!({ "type": "group", "name": " Team ", "participants": [bob.id, bob.id, ann.id] });
    let group = ann.post(CONVERSATIONS, &body).await.expect(201)["conversation"].clone();
    assert_eq!(group["name"], "Team");
    assert_eq!(group["admin"], ann.id);
    assert_eq!(group["seq"], 0);
    let roles: Vec<_> = group["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (text(&member["username"]), text(&member["role"])))
        .collect();
    assert_eq!(roles, [("ann".into(), "owner".into()), ("bob".into(), "member".into())]);
    let path = format!("{CONVERSATIONS}/{}", text(&group["_id"]));
    assert_eq!(bob.get(&path).await.expect(200)["conversation"]["_id"], group["_id"]);
}

#[tokio::test]
async fn a_wrong_payload_makes_nothing() {
    let server = TestServer::with(&["--limit-group-members", "2"]).await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let nobody = "65a51c2f0123456789abcdef";
    let invalid = |field: &str| (422, format!("Invalid {field}"), "invalid_payload");
    let unknown = || (404, "User not found".to_owned(), "user_not_found");
    for (body, (status, error, code)) in [
        (json!([]), invalid("payload")),
        (json!({ "participants": [bob.id] }), invalid("type")),
        (json!({ "type": "direct" }), invalid("participants")),
        (json!({ "type": "direct", "participants": [] }), invalid("participants")),
        (json!({ "type": "direct", "participants": [bob.id, nobody] }), invalid("participants")),
        (json!({ "type": "direct", "participants": [{ "$ne": null }] }), invalid("participants")),
        (json!({ "type": "direct", "participants": ["bob"] }), unknown()),
        (json!({ "type": "direct", "participants": [nobody] }), unknown()),
        (json!({ "type": "group", "name": "", "participants": [] }), invalid("name")),
        (json!({ "type": "group", "name": "x", "participants": [nobody] }), unknown()),
        (
            json!({ "type": "group", "name": "x", "participants": [bob.id, nobody] }),
            (422, "Too many members".to_owned(), "too_many_members"),
        ),
    ] {
        ann.post(CONVERSATIONS, &body).await.refused(status, &error, code);
    }
    let list = ann.get(CONVERSATIONS).await.expect(200);
    assert_eq!(list, json!({ "success": true, "conversations": [], "more": false }));
}

#[tokio::test]
async fn ones_conversations_come_latest_first_and_in_pages() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let mut groups = Vec::new();
    for name in ["a", "b", "c"] {
        groups.push(ann.group(name, &[&bob]).await);
    }
    ann.send(&groups[0], &json!({ "content": "hi" })).await.expect(201);

    let first = bob.get(&format!("{CONVERSATIONS}?limit=2")).await.expect(200);
    let names = |list: &Value| -> Vec<String> {
        list["conversations"].as_array().unwrap().iter().map(|item| text(&item["name"])).collect()
    };
    assert_eq!(names(&first), ["a", "c"]);
    assert_eq!(first["more"], true);
    let latest = &first["conversations"][0];
    assert_eq!((&latest["unreadCount"], &latest["lastReadSeq"]), (&json!(1), &json!(0)));
    assert_eq!(latest["lastMessage"]["content"], "hi");

    let after = async |after: &str| {
        let rest = bob.get(&format!("{CONVERSATIONS}?limit=2&after={after}")).await.expect(200);
        assert_eq!(rest["more"], rest["next"].is_string());
        (names(&rest), rest["more"] == true)
    };
    assert_eq!(after(&groups[2]).await, (vec!["b".to_owned()], false));
    ann.send(&groups[2], &json!({ "content": "hi" })).await.expect(201);
    assert_eq!(after(&groups[2]).await, (vec!["a".to_owned(), "b".to_owned()], false));
    assert_eq!(after(&text(&first["next"])).await, (vec!["b".to_owned()], false));

    for (query, field) in [("limit=0", "limit"), ("limit=x", "limit"), ("after=x", "after")] {
        let answer = bob.get(&format!("{CONVERSATIONS}?{query}")).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
}

#[tokio::test]
async fn a_stranger_sees_and_writes_nothing() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.register("ann").await, server.register("eve").await);
    let group = ann.group("secret", &[]).await;
    for id in [group.as_str(), "65a51c2f0123456789abcdef", "nonsense"] {
        let path = format!("{CONVERSATIONS}/{id}");
        eve.get(&path).await.refused(403, "Not a member", "not_a_member");
        eve.get(&format!("{path}/messages")).await.refused(403, "Not a member", "not_a_member");
        eve.send(id, &json!({ "content": "hi" })).await.refused(403, "Not a member", "not_a_member");
    }
    for path in [CONVERSATIONS.to_owned(), format!("{CONVERSATIONS}/{group}/messages")] {
        server.get(&path).await.refused(401, "No token", "no_token");
    }
}
