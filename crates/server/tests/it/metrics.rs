use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::server::TestServer;

async fn get(address: &str, path: &str) -> (StatusCode, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path).header("host", address).body(Empty::<Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// An address that was free a moment ago.
async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn metrics_are_on_their_own_address_and_name_nobody() {
    let admin = free_address().await;
    let server = TestServer::with(&["--admin-addr", &admin]).await;
    let ann = server.register("ann").await;
    assert_eq!(get(&server.address.to_string(), "/metrics").await.0, StatusCode::NOT_FOUND);

    let (status, text) = get(&admin, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("chirrup_http_requests_total{method=\"POST\",status=\"201\"} 1"), "{text}");
    assert!(text.contains("chirrup_connections 0"), "{text}");
    assert!(text.trim_end().ends_with("# EOF"), "{text}");
    assert!(!text.contains(&ann.id) && !text.contains("ann@"), "{text}");
    assert_eq!(get(&admin, "/api/users/me").await.0, StatusCode::NOT_FOUND);
}
