use hyper::Method;
use hyper::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, WWW_AUTHENTICATE};

use crate::server::TestServer;

#[tokio::test]
async fn under_api_every_error_is_json() {
    let server = TestServer::start().await;
    server.get("/api/nothing").await.refused(404, "Not found", "not_found");
    let wrong_method = server.get("/api/auth/login").await;
    wrong_method.refused(405, "Method not allowed", "method_not_allowed");
    assert_eq!(wrong_method.headers[ALLOW], "POST");
    let no_token = server.get("/api/users/me").await;
    assert_eq!(no_token.headers[CONTENT_TYPE], "application/json; charset=utf-8");
    assert_eq!(no_token.headers[WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn there_is_nothing_under_a_path_that_is_no_text() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    for path in ["/api/users/%ff", "/api/conversations/%ff/members", "/api/messages/%c3%28", "/uploads/%ff"] {
        ann.get(path).await.refused(404, "Not found", "not_found");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let server = TestServer::start().await;
    let register = async |body: Vec<u8>| server.request(Method::POST, "/api/auth/register", &[], body).await;
    for body in [&b""[..], b"{", b"username=ann", b"{\"username\":\"\xff\"}", b"\0"] {
        let answer = register(body.to_vec()).await;
        answer.refused(422, "Invalid payload", "invalid_payload");
        assert_eq!(answer.json()["reason"], "expected a JSON object");
    }
    register(vec![b' '; 1_000_001]).await.refused(413, "Payload too large", "too_large");
    register(vec![b' '; 1_000_000]).await.expect(422);
}

#[tokio::test]
async fn it_says_that_it_is_alive_and_ready() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).await.expect(200)["success"], true);
    }
}

#[tokio::test]
async fn the_front_page_runs_no_script() {
    let server = TestServer::start().await;
    let page = server.get("/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(page.text.contains("socket.io-client") && !page.text.contains("<script"));
    let own = format!("curl http://{}/api/auth/register", server.address);
    assert!(page.text.contains(&own) && !page.text.contains("localhost:3000"), "{}", page.text);
    assert!(server.get("/docs").await.text.contains(&format!("io(&quot;http://{}&quot;", server.address)));
}

#[tokio::test]
async fn the_front_page_has_a_form_for_whoever_comes_with_a_code() {
    let server = TestServer::start().await;
    let page = server.get("/?setup=0123456789abcdef").await;
    assert!(
        page.text.contains("<form id=\"setup\">") && page.text.contains("\"setupCode\":\"0123456789abcdef\"")
    );
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self'; connect-src 'self'"), "{policy}");
    assert_eq!(server.get("/setup.js").await.headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let bent = server.get("/?x=1&setup=%3Cscript%3Ealert(1)").await.text;
    assert!(bent.contains("\"setupCode\":\"CODE\"") && !bent.contains("alert"));
}
