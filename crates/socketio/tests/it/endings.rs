use std::time::Duration;

use chirrup_socketio::{Config, Reason};

use crate::support::{Frame, Polling, TestServer, WebSocket, config, event, soon};

#[tokio::test]
async fn a_client_that_closes_has_left_once() {
    let mut server = TestServer::start(config()).await;
    let (mut closing, closing_socket) = server.join("").await;
    closing.send_frame(8, &1000_u16.to_be_bytes()).await;
    assert_eq!(server.disconnected().await, (closing_socket.key(), Reason::TransportClose));
    assert_eq!(closing.next().await, Frame::Close(Some(1000)));
    let (mut polite, polite_socket) = server.join("").await;
    polite.send("1").await;
    assert_eq!(server.disconnected().await, (polite_socket.key(), Reason::TransportClose));
    let (gone, gone_socket) = server.join("").await;
    drop(gone);
    assert_eq!(server.disconnected().await, (gone_socket.key(), Reason::TransportClose));
    let (mut wrong, wrong_socket) = server.join("").await;
    wrong.send("nonsense").await;
    assert_eq!(server.disconnected().await, (wrong_socket.key(), Reason::ParseError));
    server.nothing_more().await;
}

#[tokio::test]
async fn a_client_that_leaves_its_namespace_may_come_back_to_it() {
    let mut server = TestServer::start(config()).await;
    let (mut client, first) = server.join("").await;
    client.send("41").await;
    assert_eq!(server.disconnected().await, (first.key(), Reason::ClientDisconnect));
    client.join("/", "").await;
    let second = server.connected().await;
    assert_ne!(first.key(), second.key());
    drop(client);
    assert_eq!(server.disconnected().await, (second.key(), Reason::TransportClose));
    server.nothing_more().await;
}

#[tokio::test]
async fn who_is_disconnected_is_told_and_then_closed() {
    let mut server = TestServer::with_one_namespace(config()).await;
    let (mut client, socket) = server.join("").await;
    socket.emit(&event("before", 0));
    socket.disconnect();
    socket.disconnect();
    socket.emit(&event("behind", 0));
    assert_eq!(client.text().await, r#"42["before",0]"#);
    assert_eq!(client.text().await, "41");
    assert_eq!(client.next().await, Frame::Close(None));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerDisconnect));
    let (mut client, socket) = server.join("").await;
    client.send(r#"421["disconnect me"]"#).await;
    client.send(r#"422["behind"]"#).await;
    assert_eq!(server.event().await.1, "disconnect me");
    assert_eq!(client.text().await, "41");
    assert_eq!(client.next().await, Frame::Close(None));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerDisconnect));
    let polling = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    socket.disconnect();
    assert_eq!(polling.poll().await, "41");
    assert_eq!(polling.poll().await, "1");
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerDisconnect));
    server.nothing_more().await;
}

#[tokio::test]
async fn where_there_are_other_namespaces_the_connection_stays() {
    let mut server = TestServer::start(config()).await;
    let (mut client, first) = server.join("").await;
    first.disconnect();
    assert_eq!(client.text().await, "41");
    // The client did not know it yet.
    client.send(r#"421["late"]"#).await;
    client.join("/", "").await;
    assert_eq!(server.disconnected().await, (first.key(), Reason::ServerDisconnect));
    let second = server.connected().await;
    drop(client);
    assert_eq!(server.disconnected().await, (second.key(), Reason::TransportClose));
    server.nothing_more().await;
}

#[tokio::test]
async fn a_transport_that_is_closed_takes_what_was_sent_before_with_it() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join("").await;
    for number in 0..100 {
        socket.emit(&event("before", number));
    }
    socket.close_transport();
    socket.emit(&event("behind", 0));
    for number in 0..100 {
        assert_eq!(client.text().await, format!(r#"42["before",{number}]"#));
    }
    assert_eq!(client.next().await, Frame::Close(None));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));
    let polling = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    socket.emit(&event("before", 0));
    socket.close_transport();
    assert_eq!(polling.poll().await, "42[\"before\",0]");
    assert_eq!(polling.poll().await, "1");
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));
    server.nothing_more().await;
}

#[tokio::test]
async fn a_connection_can_be_closed_from_a_thread_of_no_runtime() {
    let mut server = TestServer::with_one_namespace(config()).await;
    for disconnect in [true, false] {
        let (mut client, socket) = server.join("").await;
        let closing = std::thread::spawn(move || match disconnect {
            true => socket.disconnect(),
            false => socket.close_transport(),
        });
        soon(tokio::task::spawn_blocking(|| closing.join())).await.expect("a thread").expect("no panic");
        if disconnect {
            assert_eq!(client.text().await, "41");
        }
        assert_eq!(client.next().await, Frame::Close(None));
        server.disconnected().await;
    }
}

#[tokio::test]
async fn who_answers_no_ping_is_gone_in_time() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(200), Duration::from_millis(100));
    let mut server = TestServer::start(Config { ping_interval, ping_timeout, ..config() }).await;
    let (mut client, socket) = server.join("").await;
    let polling = Polling::join(server.address, "").await;
    let polling_socket = server.connected().await;
    let gone = [server.disconnected().await, server.disconnected().await];
    assert!(gone.contains(&(socket.key(), Reason::PingTimeout)), "{gone:?}");
    assert!(gone.contains(&(polling_socket.key(), Reason::PingTimeout)), "{gone:?}");
    assert_eq!(client.text().await, "2");
    assert!(matches!(client.next().await, Frame::Close(None) | Frame::End));
    assert_eq!(polling.get().await.0, 400);
    server.nothing_more().await;
}

#[tokio::test]
async fn who_can_not_be_seen_to_answer_is_not_blamed() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(200), Duration::from_millis(100));
    let mut server = TestServer::start(Config { ping_interval, ping_timeout, ..config() }).await;
    let (mut client, _socket) = server.join("").await;
    client.send(r#"421["slow",500]"#).await;
    for _ in 0..2 {
        assert_eq!(client.text().await, "2");
        client.send("3").await;
    }
    let mut next = client.text().await;
    if next == "2" {
        client.send("3").await;
        next = client.text().await;
    }
    assert_eq!(next, "431[500]");
}

#[tokio::test]
async fn a_panic_ends_its_own_connection_and_no_other() {
    let mut server = TestServer::start(config()).await;
    let (mut other, _) = server.join("").await;
    let (mut client, socket) = server.join("").await;
    client.join("/other", "").await;
    let second = server.connected().await;
    client.send(r#"421["panic"]"#).await;
    assert_eq!(server.event().await, (socket.key(), "panic".into()));
    let left = [server.disconnected().await, server.disconnected().await];
    assert!(left.contains(&(socket.key(), Reason::ServerClose)), "{left:?}");
    assert!(left.contains(&(second.key(), Reason::ServerClose)), "{left:?}");
    assert_eq!(client.next().await, Frame::Close(None));

    let mut client = WebSocket::open(server.address).await;
    client.send(r#"40{"panic":true}"#).await;
    assert_eq!(client.next().await, Frame::Close(None));
    let mut client = WebSocket::open(server.address).await;
    client.join("/", r#"{"panic_connected":true}"#).await;
    let socket = server.connected().await;
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));
    assert_eq!(client.next().await, Frame::Close(None));

    let polling = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    polling.post(r#"421["panic"]"#).await;
    assert_eq!(server.event().await, (socket.key(), "panic".into()));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));
    assert_eq!(polling.get().await.0, 400);

    other.send(r#"421["alive"]"#).await;
    assert_eq!(other.text().await, "431[]");
    server.event().await;
    server.nothing_more().await;
}

/// Its polls have stopped, so it would notice nothing: it has to go over, and see the end there.
#[tokio::test]
async fn a_client_that_is_about_to_go_over_is_waited_for() {
    let mut server = TestServer::start(config()).await;
    let polling = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let mut client = WebSocket::upgrade(server.address, &format!("&sid={}", polling.sid)).await;
    client.send("2probe").await;
    assert_eq!(client.text().await, "3probe");
    assert_eq!(polling.poll().await, "6");
    socket.close_transport();
    server.disconnected().await;
    let ended = tokio::time::timeout(Duration::from_millis(100), client.next()).await;
    assert!(ended.is_err(), "ended before it went over: {ended:?}");
    client.send("5").await;
    assert_eq!(client.next().await, Frame::End);
}
