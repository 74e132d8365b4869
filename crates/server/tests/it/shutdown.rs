use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::server::{PASSWORD, TestServer};

/// A connection on which the server has taken up a request, whose body of this length is still to come.
async fn begin_request(address: SocketAddr, path: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, go_on);
    stream
}

#[tokio::test]
async fn a_request_that_had_begun_is_finished() {
    let server = TestServer::start().await;
    let address = server.address;
    let body = json!({ "username": "ann", "email": "ann@example.com", "password": PASSWORD }).to_string();
    let (half, rest) = body.split_at(body.len() / 2);
    let mut stream = begin_request(address, "/api/auth/register", body.len()).await;
    stream.write_all(half.as_bytes()).await.unwrap();

    let (ended, data) = server.stop();
    while TcpStream::connect(address).await.is_ok() {
        sleep(Duration::from_millis(5)).await;
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
    let mut stream = begin_request(server.address, "/api/auth/login", 9).await;
    stream.write_all(b"{").await.unwrap();
    let since = Instant::now();
    let (ended, _data) = server.stop();
    ended.await.unwrap().unwrap();
    assert!(since.elapsed() < Duration::from_secs(10));
}
