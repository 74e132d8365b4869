use chirrup_socketio::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Polling, TestServer, config, event, soon};

#[tokio::test]
async fn a_post_that_comes_after_the_end_is_told_so() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let down = tokio::spawn({
        let server = server.server.clone();
        async move { server.shutdown().await }
    });
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerShutdown));
    let (posted, polled) = tokio::join!(client.post(r#"42["late"]"#), client.poll());
    assert_eq!((posted.0, &*polled), (400, "1"));
    soon(down).await.expect("the end");
    server.nothing_more().await;
}

#[tokio::test]
async fn a_post_whose_body_never_ends_waits_no_longer_than_its_session() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let head = format!("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n42[", client.target());
    stream.write_all(head.as_bytes()).await.expect("to write");
    socket.close_transport();
    assert_eq!(client.poll().await, "1");
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_poll_that_its_client_gives_up_ends_the_session() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let poll = client.waiting_poll().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(poll);
    assert_eq!(server.disconnected().await, (socket.key(), Reason::TransportError));
    assert_eq!(client.get().await.0, 400);
    server.nothing_more().await;
}

#[tokio::test]
async fn what_waits_comes_in_order_however_many_polls_it_takes() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let large = "x".repeat(300_000);
    for number in 0..10 {
        socket.emit(&event("large", (number, &large)));
    }
    let (mut next, mut polls) = (0, 0);
    while next < 10 {
        let payload = client.poll().await;
        assert!(payload.len() < 1_500_000);
        polls += 1;
        for packet in payload.split('\x1e') {
            assert!(packet.starts_with(&format!(r#"42["large",[{next},"x"#)));
            next += 1;
        }
    }
    assert_eq!(polls, 3);
}
