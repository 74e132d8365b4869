use serde_json::json;

use crate::server::{TestServer, text};

#[tokio::test]
async fn one_message_is_shown_to_members_as_in_the_history() {
    let server = TestServer::start().await;
    let (ann, bob, eve) =
        (server.register("ann").await, server.register("bob").await, server.register("eve").await);
    let group = ann.group("team", &[&bob]).await;
    let sent = ann.send(&group, &json!({ "content": "hi" })).await.expect(201);
    let id = text(&sent["message"]["_id"]);
    let path = format!("/api/messages/{id}");
    for member in [&ann, &bob] {
        let shown = member.get(&path).await.expect(200);
        assert_eq!(shown, json!({ "success": true, "message": sent["message"] }));
        let readers = member.get(&format!("{path}/readers")).await.expect(200);
        assert_eq!(readers, json!({ "success": true, "readers": [], "more": false }));
    }
    for (person, id) in [(&eve, id.as_str()), (&ann, "65a51c2f0123456789abcdef"), (&ann, "nonsense")] {
        for rest in ["", "/readers"] {
            let answer = person.get(&format!("/api/messages/{id}{rest}")).await;
            answer.refused(404, "Message not found", "message_not_found");
        }
    }
    for (query, field) in [("after=x", "after"), ("limit=0", "limit")] {
        let answer = ann.get(&format!("{path}/readers?{query}")).await;
        answer.refused(422, &format!("Invalid {field}"), "invalid_payload");
    }
    server.get(&path).await.refused(401, "No token", "no_token");
}
