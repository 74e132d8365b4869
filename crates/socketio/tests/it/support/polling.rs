use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;

/// A client over HTTP long-polling, a connection for each request.
pub struct Polling {
    pub address: SocketAddr,
    pub sid: String,
}

impl Polling {
    /// Opens a session.
    pub async fn open(address: SocketAddr) -> Self {
        let mut client = Self { address, sid: String::new() };
        let (status, body) = client.get().await;
        assert_eq!(status, 200, "{body}");
        let open: serde_json::Value = serde_json::from_str(&body[1..]).expect("JSON");
        client.sid = open["sid"].as_str().expect("an id").to_owned();
        client
    }

    /// Opens a session and joins the main namespace.
    pub async fn join(address: SocketAddr, auth: &str) -> Self {
        let client = Self::open(address).await;
        assert_eq!(client.post(&format!("40{auth}")).await, (200, "ok".to_owned()));
        assert!(client.poll().await.starts_with("40{"));
        client
    }

    pub fn target(&self) -> String {
        let sid = if self.sid.is_empty() { String::new() } else { format!("&sid={}", self.sid) };
        format!("/socket.io/?EIO=4&transport=polling{sid}")
    }

    /// Polls; answers the status and what came.
    pub async fn get(&self) -> (u16, String) {
        soon(request(self.address, "GET", &self.target(), "", "")).await
    }

    /// Polls; answers what came.
    pub async fn poll(&self) -> String {
        let (status, body) = self.get().await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn post(&self, body: &str) -> (u16, String) {
        soon(request(self.address, "POST", &self.target(), "", body)).await
    }

    /// Sends the request of a poll and leaves it open.
    pub async fn waiting_poll(&self) -> TcpStream {
        let mut stream = soon(TcpStream::connect(self.address)).await.expect("a connection");
        let head = format!("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", self.target());
        stream.write_all(head.as_bytes()).await.expect("to write");
        stream
    }
}

/// One request on a connection of its own; answers the status and the body.
pub async fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("to write");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let body = response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (status, body.expect("a body"))
}
