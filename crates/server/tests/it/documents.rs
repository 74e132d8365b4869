use hyper::Method;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::Value;

use crate::server::TestServer;

const ID: &str = "65a51c2f0123456789abcd01";

#[tokio::test]
async fn every_documented_route_answers_and_only_with_what_is_documented() {
    let server = TestServer::start().await;
    let document = server.get("/api/openapi.json").await.expect(200);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route = format!("{method} {path}");
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{name}", "x").replace(['{', '}'], "").replace("/id", &format!("/{ID}"));
            let answer = server.request(method, &path, &[], "").await;
            let response = &operation["responses"][answer.status.as_str()];
            assert!(response.is_object(), "{route} answers {} and does not say so", answer.status);
            assert_eq!(operation["security"].is_array(), answer.status == 401, "{route}: {answer:?}");
            if !answer.status.is_success() {
                let documented = &response["content"]["application/json"]["examples"];
                let code = &answer.json()["code"];
                assert!(documented[code.as_str().unwrap()].is_object(), "{route}: {code}");
            }
        }
    }
}

#[tokio::test]
async fn the_events_are_described_too() {
    let server = TestServer::start().await;
    let document = server.get("/api/asyncapi.json").await.expect(200);
    assert_eq!(document["asyncapi"], "3.0.0");
    let send = &document["operations"]["send_direct_message"];
    assert_eq!(send["action"], "receive");
    assert!(send["reply"]["messages"].is_array());
}

#[tokio::test]
async fn the_page_shows_every_route_event_and_schema_and_runs_no_script() {
    let server = TestServer::start().await;
    let page = server.get("/docs").await;
    assert_eq!(page.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("<script") && !page.text.contains("style="));
    assert_eq!(server.get("/docs/style.css").await.headers[CONTENT_TYPE], "text/css; charset=utf-8");

    let (openapi, asyncapi) =
        (server.get("/api/openapi.json").await.json(), server.get("/api/asyncapi.json").await.json());
    for path in keys(&openapi["paths"]) {
        assert!(page.text.contains(&format!("<code>{path}</code>")), "{path}");
    }
    for event in keys(&asyncapi["operations"]) {
        assert!(page.text.contains(&format!("<h4 id=\"event-{event}\">")), "{event}");
    }
    for link in page.text.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.text.contains(&format!("id=\"{id}\"")), "a link to #{id} leads nowhere");
    }
}

fn keys(object: &Value) -> impl Iterator<Item = &String> {
    object.as_object().unwrap().keys()
}
