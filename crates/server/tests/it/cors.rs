use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName,
    ORIGIN, VARY,
};
use hyper::{Method, StatusCode};

use crate::server::{Answer, TestServer};

const APP: &str = "https://chat.example.com";

async fn server() -> TestServer {
    TestServer::with(&["--client-origin", "http://localhost:5173, https://chat.example.com/"]).await
}

fn header(answer: &Answer, name: HeaderName) -> Option<&str> {
    answer.headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_page_of_a_client_origin_may_read_answers_and_errors() {
    let server = server().await;
    for path in ["/api/users/me", "/healthz", "/api/nothing", "/socket.io/?EIO=4&transport=polling"] {
        let answer = server.request(Method::GET, path, &[(ORIGIN, APP)], "").await;
        assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_ORIGIN), Some(APP), "{path}");
        assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_CREDENTIALS), Some("true"), "{path}");
        assert_eq!(header(&answer, VARY), Some("Origin"), "{path}");
    }
}

#[tokio::test]
async fn the_servers_own_page_may_always() {
    let server = server().await;
    let own = format!("http://{}", server.address);
    let answer = server.request(Method::GET, "/healthz", &[(ORIGIN, &own)], "").await;
    assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_ORIGIN), Some(own.as_str()));
}

#[tokio::test]
async fn other_pages_are_told_nothing() {
    let server = server().await;
    for origin in [
        "https://evil.example.com",
        "https://chat.example.com.evil.example",
        "null",
        "http://chat.example.com",
    ] {
        let answer = server.request(Method::GET, "/healthz", &[(ORIGIN, origin)], "").await;
        assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_ORIGIN), None, "{origin}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_before_any_route() {
    let server = server().await;
    let ask = async |origin: &str| {
        let headers = [
            (ORIGIN, origin),
            (ACCESS_CONTROL_REQUEST_METHOD, "POST"),
            (ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type"),
        ];
        server.request(Method::OPTIONS, "/api/auth/login", &headers, "").await
    };
    let allowed = ask(APP).await;
    assert_eq!(allowed.status, StatusCode::NO_CONTENT);
    assert_eq!(header(&allowed, ACCESS_CONTROL_ALLOW_ORIGIN), Some(APP));
    assert_eq!(header(&allowed, ACCESS_CONTROL_ALLOW_HEADERS), Some("authorization,content-type"));
    assert!(header(&allowed, ACCESS_CONTROL_ALLOW_METHODS).unwrap().contains("PATCH"));
    let refused = ask("https://evil.example.com").await;
    assert_eq!(header(&refused, ACCESS_CONTROL_ALLOW_ORIGIN), None);
    assert_eq!(header(&refused, ACCESS_CONTROL_ALLOW_METHODS), None);
}
