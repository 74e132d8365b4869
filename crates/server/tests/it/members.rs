use hyper::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Person, TestServer, text};

const NOBODY: &str = "65a51c2f0123456789abcdef";

fn path(group: &str) -> String {
    format!("/api/conversations/{group}")
}

fn member(group: &str, person: &Person<'_>) -> String {
    format!("{}/members/{}", path(group), person.id)
}

async fn add(actor: &Person<'_>, group: &str, people: &[&Person<'_>]) -> Answer {
    let ids: Vec<_> = people.iter().map(|person| &person.id).collect();
    actor.post(&format!("{}/members", path(group)), &json!({ "userIds": ids })).await
}

async fn give(actor: &Person<'_>, group: &str, person: &Person<'_>, role: &str) -> Answer {
    actor.ask(Method::PATCH, &member(group, person), &json!({ "role": role })).await
}

async fn remove(actor: &Person<'_>, group: &str, person: &Person<'_>) -> Answer {
    actor.ask(Method::DELETE, &member(group, person), &Value::Null).await
}

fn roles(list: &Value) -> Vec<(String, String)> {
    let role = |member: &Value| (text(&member["username"]), text(&member["role"]));
    list.as_array().unwrap().iter().map(role).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect()
}

/// Who asks, and what they are answered on each route: `ok`, or a status and a code.
#[tokio::test]
async fn each_route_is_for_those_whose_role_goes_so_far() {
    let server = TestServer::start().await;
    let (owner, admin) = (server.register("owner").await, server.register("admin").await);
    let (plain, other) = (server.register("plain").await, server.register("other").await);
    let (former, stranger) = (server.register("former").await, server.register("stranger").await);
    let newcomer = server.register("newcomer").await;
    let group = owner.group("team", &[&admin, &plain, &other, &former]).await;
    give(&owner, &group, &admin, "admin").await.expect(200);
    remove(&former, &group, &former).await.expect(200);

    let (ok, not_allowed, not_a_member) = ((200, ""), (403, "not_allowed"), (403, "not_a_member"));
    let ids = |person: &Person<'_>| json!({ "userIds": [person.id] });
    let rename = |n: usize| json!({ "name": format!("name {n}") });
    let members = format!("{}/members", path(&group));
    for (n, (person, manages, owns, is_in)) in [
        (&stranger, not_a_member, not_a_member, not_a_member),
        (&former, not_a_member, not_a_member, not_a_member),
        (&plain, not_allowed, not_allowed, ok),
        (&admin, ok, not_allowed, ok),
        (&owner, ok, ok, ok),
    ]
    .into_iter()
    .enumerate()
    {
        for (method, path, body, expected) in [
            (Method::GET, path(&group), Value::Null, is_in),
            (Method::GET, members.clone(), Value::Null, is_in),
            (Method::GET, format!("{}/messages", path(&group)), Value::Null, is_in),
            (Method::PUT, format!("{}/mute", path(&group)), Value::Null, is_in),
            (Method::DELETE, format!("{}/mute", path(&group)), Value::Null, is_in),
            (Method::POST, members.clone(), ids(&newcomer), manages),
            (Method::DELETE, member(&group, &newcomer), Value::Null, manages),
            (Method::PATCH, path(&group), rename(n), manages),
            (Method::PATCH, member(&group, &other), json!({ "role": "admin" }), owns),
            (Method::PATCH, member(&group, &other), json!({ "role": "member" }), owns),
        ] {
            let answer = person.ask(method.clone(), &path, &body).await;
            let what = format!("{method} {path}: {answer:?}");
            assert_eq!(answer.status, expected.0, "{what}");
            if expected.0 != 200 {
                assert_eq!(answer.json()["code"], expected.1, "{what}");
            }
        }
    }
    for (person, code) in [
        (&stranger, "not_a_member"),
        (&former, "not_a_member"),
        (&plain, "not_allowed"),
        (&admin, "not_allowed"),
    ] {
        let answer = person.ask(Method::DELETE, &path(&group), &Value::Null).await;
        assert_eq!(
            (answer.expect(403)["code"].clone(), answer.json()["success"].clone()),
            (json!(code), json!(false))
        );
        person.ask(Method::DELETE, &path(NOBODY), &Value::Null).await.refused(
            403,
            "Not a member",
            "not_a_member",
        );
    }
    owner.ask(Method::DELETE, &path(&group), &Value::Null).await.expect(200);
    for person in [&owner, &admin, &plain] {
        person.get(&path(&group)).await.refused(403, "Not a member", "not_a_member");
        let list = person.get("/api/conversations").await.expect(200);
        assert_eq!(list["conversations"], json!([]));
    }
    server.get(&members).await.refused(401, "No token", "no_token");
}

#[tokio::test]
async fn newcomers_see_what_was_said_and_count_from_there() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[]).await;
    ann.send(&group, &json!({ "content": "hi" })).await.expect(201);
    let conversation = add(&ann, &group, &[&bob, &bob]).await.expect(200)["conversation"].clone();
    assert_eq!(roles(&conversation["participants"]), named(&[("ann", "owner"), ("bob", "member")]));
    assert_eq!((&conversation["participantCount"], &conversation["seq"]), (&json!(2), &json!(2)));

    let history = bob.get(&format!("{}/messages", path(&group))).await.expect(200);
    assert_eq!(history["messages"][0]["content"], "hi");
    let notice = &history["messages"][1];
    assert_eq!((&notice["content"], &notice["messageType"]), (&json!("ann added bob"), &json!("system")));
    assert_eq!((&notice["sender"]["_id"], &notice["seq"]), (&json!(ann.id), &json!(2)));
    let unread = async || bob.get(&path(&group)).await.expect(200)["conversation"]["unreadCount"].clone();
    assert_eq!(unread().await, 1);
    ann.send(&group, &json!({ "content": "welcome" })).await.expect(201);
    assert_eq!(unread().await, 2);
}

#[tokio::test]
async fn who_is_out_gets_403_everywhere_and_may_be_brought_back() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    bob.send(&group, &json!({ "content": "hi" })).await.expect(201);
    remove(&ann, &group, &bob).await.expect(200);
    for route in [path(&group), format!("{}/messages", path(&group)), format!("{}/members", path(&group))] {
        bob.get(&route).await.refused(403, "Not a member", "not_a_member");
    }
    bob.send(&group, &json!({ "content": "hi" })).await.refused(403, "Not a member", "not_a_member");
    remove(&bob, &group, &bob).await.refused(403, "Not a member", "not_a_member");
    remove(&ann, &group, &bob).await.refused(404, "User not found", "user_not_found");
    add(&ann, &group, &[&bob]).await.expect(200);
    let sent = bob.send(&group, &json!({ "content": "back" })).await.expect(201);
    assert_eq!(sent["message"]["seq"], 4);
}

#[tokio::test]
async fn a_group_passes_from_owner_to_owner_and_ends_with_its_last_member() {
    let server = TestServer::start().await;
    let (ann, bob, carol) =
        (server.register("ann").await, server.register("bob").await, server.register("carol").await);
    let group = ann.group("team", &[&bob, &carol]).await;
    let conversation = give(&ann, &group, &bob, "owner").await.expect(200)["conversation"].clone();
    assert_eq!(conversation["admin"], bob.id);
    assert_eq!(
        roles(&conversation["participants"]),
        named(&[("ann", "admin"), ("bob", "owner"), ("carol", "member")])
    );
    give(&bob, &group, &bob, "member").await.refused(403, "Not allowed", "not_allowed");
    remove(&ann, &group, &bob).await.refused(403, "Not allowed", "not_allowed");
    remove(&bob, &group, &bob).await.expect(200);
    let list = ann.get(&format!("{}/members", path(&group))).await.expect(200);
    assert_eq!(roles(&list["members"]), named(&[("ann", "owner"), ("carol", "member")]));
    remove(&ann, &group, &ann).await.expect(200);
    remove(&carol, &group, &carol).await.expect(200);
    carol.get(&path(&group)).await.refused(403, "Not a member", "not_a_member");
}

#[tokio::test]
async fn the_limit_holds_for_those_who_come_later() {
    let server = TestServer::with(&["--limit-group-members", "2"]).await;
    let (ann, bob, carol) =
        (server.register("ann").await, server.register("bob").await, server.register("carol").await);
    let group = ann.group("team", &[]).await;
    add(&ann, &group, &[&bob, &carol]).await.refused(422, "Too many members", "too_many_members");
    add(&ann, &group, &[&bob]).await.expect(200);
    add(&ann, &group, &[&bob]).await.expect(200);
    add(&ann, &group, &[&carol]).await.refused(422, "Too many members", "too_many_members");
}

#[tokio::test]
async fn members_beyond_the_first_hundred_come_in_pages() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let mut people = Vec::new();
    for n in 0..3 {
        people.push(server.register(&format!("member-{n}")).await);
    }
    let group = ann.group("team", &people.iter().collect::<Vec<_>>()).await;
    let route = format!("{}/members", path(&group));
    let first = people[0].get(&format!("{route}?limit=2")).await.expect(200);
    assert_eq!(roles(&first["members"]), named(&[("ann", "owner"), ("member-0", "member")]));
    assert_eq!(first["more"], true);
    let online = &first["members"][0];
    assert_eq!((&online["isOnline"], online.get("email")), (&json!(false), None));
    let rest = people[0].get(&format!("{route}?after={}", people[0].id)).await.expect(200);
    assert_eq!(roles(&rest["members"]), named(&[("member-1", "member"), ("member-2", "member")]));
    assert_eq!(rest["more"], false);
    for (query, field) in [("limit=0", "limit"), ("after=x", "after")] {
        let answer = people[0].get(&format!("{route}?{query}")).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
}

#[tokio::test]
async fn a_wrong_payload_changes_nothing() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let (members, of_bob) = (format!("{}/members", path(&group)), member(&group, &bob));
    for (method, route, body, field) in [
        (Method::POST, &members, json!({}), "userIds"),
        (Method::POST, &members, json!({ "userIds": [] }), "userIds"),
        (Method::POST, &members, json!({ "userIds": [{ "$ne": null }] }), "userIds"),
        (Method::POST, &members, json!([]), "payload"),
        (Method::PATCH, &of_bob, json!({}), "role"),
        (Method::PATCH, &of_bob, json!({ "role": "king" }), "role"),
        (Method::PATCH, &path(&group), json!({ "name": " " }), "name"),
        (Method::PATCH, &path(&group), json!({ "name": 7 }), "name"),
        (Method::PATCH, &path(&group), json!({ "name": "x".repeat(101) }), "name"),
        (Method::PATCH, &path(&group), json!({ "avatar": "http://x/y.png" }), "avatar"),
    ] {
        let answer = ann.ask(method, route, &body).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    for id in ["nobody", NOBODY] {
        let answer = ann.post(&members, &json!({ "userIds": [bob.id, id] })).await;
        answer.refused(404, "User not found", "user_not_found");
        let route = format!("{members}/{id}");
        ann.ask(Method::DELETE, &route, &Value::Null).await.refused(404, "User not found", "user_not_found");
    }
    let conversation = ann.get(&path(&group)).await.expect(200)["conversation"].clone();
    assert_eq!((&conversation["seq"], &conversation["name"]), (&json!(0), &json!("team")));
    ann.ask(Method::PATCH, &path(&group), &json!({ "name": " New " })).await.expect(200);
    let conversation = bob.get(&path(&group)).await.expect(200)["conversation"].clone();
    assert_eq!((&conversation["seq"], &conversation["name"]), (&json!(1), &json!("New")));
    assert_eq!(conversation["lastMessage"]["content"], "ann renamed the group to \"New\"");
}

#[tokio::test]
async fn a_direct_conversation_is_managed_by_nobody() {
    let server = TestServer::start().await;
    let (ann, bob, carol) =
        (server.register("ann").await, server.register("bob").await, server.register("carol").await);
    let body = json!({ "type": "direct", "participants": [bob.id] });
    let made = ann.post("/api/conversations", &body).await.expect(201);
    let direct = text(&made["conversation"]["_id"]);
    for answer in [
        add(&ann, &direct, &[&carol]).await,
        remove(&ann, &direct, &ann).await,
        remove(&ann, &direct, &bob).await,
        give(&ann, &direct, &bob, "admin").await,
        ann.ask(Method::PATCH, &path(&direct), &json!({ "name": "us" })).await,
        ann.ask(Method::DELETE, &path(&direct), &Value::Null).await,
    ] {
        answer.refused(422, "Not a group", "not_a_group");
    }
    let list = bob.get(&format!("{}/members", path(&direct))).await.expect(200);
    assert_eq!(roles(&list["members"]), named(&[("ann", "member"), ("bob", "member")]));
}

#[tokio::test]
async fn a_mute_is_seen_by_oneself_only() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let route = format!("{}/mute", path(&group));
    for (method, muted) in [(Method::PUT, true), (Method::PUT, true), (Method::DELETE, false)] {
        ann.ask(method, &route, &Value::Null).await.expect(200);
        assert_eq!(ann.get(&path(&group)).await.expect(200)["conversation"]["muted"], muted);
        assert_eq!(bob.get(&path(&group)).await.expect(200)["conversation"]["muted"], false);
    }
}
