use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::server::{PASSWORD, TestServer};

/// Long enough for the server to have read what it was sent, on a busy machine too.
const BEGUN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_request_that_had_begun_is_finished() {
    let server = TestServer::start().await;
    let address = server.address;
    let body = json!({ "username": "ann", "email": "ann@example.com", "password": PASSWORD }).to_string();
    let (half, rest) = body.split_at(body.len() / 2);
    let head = format!(
        "POST /api/auth/register HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{half}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    sleep(BEGUN).await;

    let (ended, data) = server.stop();
    // Devices that poll may still come while the sockets close.
    while TcpStream::connect(address).await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    ended.await.unwrap().unwrap();

    let server = TestServer::on(data, &[]).await;
    server.post("/api/auth/login", &json!({ "username": "ann", "password": PASSWORD })).await.expect(200);
}

#[tokio::test]
async fn an_idle_connection_is_closed_at_once() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut buffer = [0; 1024];
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let (ended, _data) = server.stop();
    timeout(Duration::from_secs(2), ended).await.expect("it waits for an idle connection").unwrap().unwrap();
}

#[tokio::test]
async fn what_never_ends_is_cut_off_within_ten_seconds() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = b"POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(head).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let since = Instant::now();
    let (ended, _data) = server.stop();
    ended.await.unwrap().unwrap();
    assert!(since.elapsed() < Duration::from_secs(10));
}
