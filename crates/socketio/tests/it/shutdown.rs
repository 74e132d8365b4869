use std::time::Duration;

use chirrup_socketio::{Config, Reason};
use http::Response;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Call, Frame, Polling, TestServer, WebSocket, config, masked, request, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_sent_before_is_handled_and_answered() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join("").await;
    client.send(r#"42["gated"]"#).await;
    assert_eq!(server.event().await.1, "gated");
    for ack in 0..100 {
        client.send(&format!(r#"42{ack}["count",{ack}]"#)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let down = tokio::spawn({
        let server = server.server.clone();
        async move { server.shutdown().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.app.gate.add_permits(1);
    for ack in 0..100 {
        assert_eq!(server.event().await, (socket.key(), "count".into()));
        assert_eq!(client.text().await, format!("43{ack}[{ack}]"));
    }
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerShutdown));
    assert_eq!(client.next().await, Frame::Close(Some(1001)));
    assert_eq!(client.next().await, Frame::End);
    drop(client);
    soon(down).await.expect("the end");
    server.nothing_more().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_are_answered_with_the_end() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let mut poll = client.waiting_poll().await;
    let posted = tokio::spawn(async move { (client.post(r#"42["gated"]"#).await, client) });
    assert_eq!(server.event().await.1, "gated");
    let down = tokio::spawn({
        let server = server.server.clone();
        async move { server.shutdown().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.app.gate.add_permits(1);
    let (posted, client) = soon(posted).await.expect("an answer");
    assert_eq!(posted, (200, "ok".into()));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerShutdown));
    let mut answer = vec![0; 1000];
    let length = soon(poll.read(&mut answer)).await.expect("an answer");
    assert!(answer[..length].ends_with(b"\r\n\r\n1"), "{:?}", String::from_utf8_lossy(&answer[..length]));
    soon(down).await.expect("the end");
    assert_eq!(client.get().await.0, 400);
    server.nothing_more().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_new_is_let_in() {
    let server = TestServer::start(config()).await;
    soon(server.server.shutdown()).await;
    let target = "/socket.io/?EIO=4&transport=polling";
    assert_eq!(soon(request(server.address, "GET", target, "", "")).await.0, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_stops_sending_holds_nothing_up() {
    let mut server = TestServer::start(config()).await;
    let (client, socket) = server.join("").await;
    let (mut reading, mut writing) = client.stream.into_split();
    let flood = tokio::spawn(async move {
        let frames = masked(1, br#"42["slow",1]"#).repeat(1000);
        while writing.write_all(&frames).await.is_ok() {}
    });
    let discard = tokio::spawn(async move {
        let mut buffer = vec![0; 65536];
        while reading.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    });
    assert_eq!(server.event().await.1, "slow");
    soon(server.server.shutdown()).await;
    loop {
        match server.call().await {
            Call::Event(..) => {}
            call => {
                assert!(
                    matches!(call, Call::Disconnected(key, Reason::ServerShutdown) if key == socket.key()),
                    "{call:?}"
                );
                break;
            }
        }
    }
    soon(flood).await.expect("the end");
    soon(discard).await.expect("the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_under_way_holds_nothing_up() {
    for pause in [0, 1, 2, 5] {
        let server = TestServer::start(config()).await;
        let polling = Polling::join(server.address, "").await;
        let mut client = WebSocket::upgrade(server.address, &format!("&sid={}", polling.sid)).await;
        client.send("2probe").await;
        assert_eq!(client.text().await, "3probe");
        client.send("5").await;
        if pause > 0 {
            tokio::time::sleep(Duration::from_micros(pause * 100)).await;
        }
        soon(server.server.shutdown()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_that_never_goes_out_holds_nothing_up() {
    let upgrade_timeout = Duration::from_millis(200);
    let server = TestServer::start(Config { upgrade_timeout, ..config() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let client = tokio::spawn(WebSocket::upgrade(address, ""));
    let (stream, peer) = listener.accept().await.expect("a client");
    let (opening, mut opened) = tokio::sync::mpsc::channel(1);
    let inner = server.server.clone();
    let service = service_fn(move |request| {
        let (server, opening) = (inner.clone(), opening.clone());
        async move {
            let _response = server.call(request, peer).await;
            let _ = opening.send(()).await;
            std::future::pending::<Result<Response<String>, std::convert::Infallible>>().await
        }
    });
    let builder = hyper::server::conn::http1::Builder::new();
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let connection = tokio::spawn(connection);
    soon(opened.recv()).await.expect("a request");
    soon(server.server.shutdown()).await;
    connection.abort();
    client.abort();
}
