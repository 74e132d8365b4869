use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::soon;

/// A frame of the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame with its code, if it has one.
    Close(Option<u16>),
    /// The end of the stream, however it came.
    End,
}

/// A client over WebSocket that does nothing by itself but answer a close frame.
pub struct WebSocket {
    pub stream: TcpStream,
    received: Vec<u8>,
    /// How much of `received` has been taken.
    taken: usize,
}

impl WebSocket {
    /// Opens a session.
    pub async fn open(address: SocketAddr) -> Self {
        let mut client = Self::upgrade(address, "").await;
        assert!(client.text().await.starts_with("0{"));
        client
    }

    /// A WebSocket whose query says this besides.
    pub async fn upgrade(address: SocketAddr, query: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 * 1024).expect("a buffer");
        let stream = soon(socket.connect(address)).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let mut client = Self { stream, received: Vec::new(), taken: 0 };
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        client.stream.write_all(request.as_bytes()).await.expect("to write");
        let end = loop {
            if let Some(end) = client.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(soon(client.fill()).await.expect("a response") > 0, "a response, not the end");
        };
        assert!(
            client.received.starts_with(b"HTTP/1.1 101 "),
            "{:?}",
            String::from_utf8_lossy(&client.received)
        );
        client.taken = end;
        client
    }

    /// Joins a namespace; answers the object that CONNECT is answered with.
    pub async fn join(&mut self, namespace: &str, auth: &str) -> serde_json::Value {
        let prefix = if namespace == "/" { String::new() } else { format!("{namespace},") };
        self.send(&format!("40{prefix}{auth}")).await;
        let answer = self.text().await;
        let json = answer.strip_prefix(&format!("40{prefix}")).unwrap_or_else(|| panic!("{answer}"));
        serde_json::from_str(json).expect("JSON")
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: &str) {
        self.send_frame(1, text.as_bytes()).await;
    }

    /// Sends one frame.
    pub async fn send_frame(&mut self, opcode: u8, payload: &[u8]) {
        soon(self.stream.write_all(&masked(opcode, payload))).await.expect("to write");
    }

    /// The next frame.
    pub async fn next(&mut self) -> Frame {
        loop {
            if let Some(frame) = self.take() {
                if let Frame::Close(_) = frame {
                    let _ = self.stream.write_all(&masked(8, &[])).await;
                }
                return frame;
            }
            match soon(self.fill()).await {
                Ok(0) | Err(_) => return Frame::End,
                Ok(_) => {}
            }
        }
    }

    /// The next frame, which is a text.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Frame::Text(text) => text,
            frame => panic!("expected a text, not {frame:?}"),
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.received.drain(..self.taken);
        self.taken = 0;
        self.stream.read_buf(&mut self.received).await
    }

    fn take(&mut self) -> Option<Frame> {
        let [first, second, rest @ ..] = &self.received[self.taken..] else { return None };
        let (length, start) = match second {
            126 => (usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?)), 2),
            127 => (u64::from_be_bytes(rest.get(..8)?.try_into().ok()?) as usize, 8),
            short => (usize::from(*short), 0),
        };
        let payload = rest.get(start..start + length)?.to_vec();
        let opcode = *first;
        self.taken += 2 + start + length;
        Some(match opcode {
            0x81 => Frame::Text(String::from_utf8(payload).expect("UTF-8")),
            0x82 => Frame::Binary(payload),
            0x8a => Frame::Pong(payload),
            0x88 => Frame::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
            _ => panic!("a frame that a server does not send: {opcode:#x}"),
        })
    }
}

/// A frame as a client sends it.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ ..126 => frame.push(0x80 | short as u8),
        medium @ ..65_536 => {
            frame.push(0x80 | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    let mask = [0x3c, 0x5a, 0x96, 0x69];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}
