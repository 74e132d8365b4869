use std::time::Duration;

use chirrup_socketio::{Config, Reason};

use crate::support::{Frame, Polling, TestServer, WebSocket, config, event, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_over_the_bound_closes_the_slow_reader_and_nothing_else() {
    let ping_interval = Duration::from_millis(400);
    let ping_timeout = ping_interval / 2;
    let config = Config { ping_interval, ping_timeout, queue_packets: 4, shards: 1, ..config() };
    let mut server = TestServer::start(config).await;
    let _slow = Polling::join(server.address, "").await;
    let slow = server.connected().await;
    let mut other = WebSocket::open(server.address).await;
    for number in 0..4 {
        slow.emit(&event("waits", number));
    }
    assert_eq!(server.disconnected().await, (slow.key(), Reason::SlowReader));
    for _ in 0..2 {
        assert_eq!(other.next().await, Frame::Text("2".into()));
        other.send("3").await;
    }
}

#[tokio::test]
async fn a_confirmation_over_the_bound_answers_no() {
    let mut server = TestServer::start(Config { queue_packets: 4, ..config() }).await;
    let _slow = Polling::join(server.address, "").await;
    let slow = server.connected().await;
    for number in 0..4 {
        slow.emit(&event("waits", number));
    }
    assert!(!soon(slow.session().confirm()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_shortly_before_the_heartbeat_looks_costs_no_connection() {
    let (ping_interval, ping_timeout) = (Duration::from_millis(600), Duration::from_millis(300));
    let mut server = TestServer::start(Config { ping_interval, ping_timeout, ..config() }).await;
    let (mut client, socket) = server.join("").await;
    assert_eq!(client.next().await, Frame::Text("2".into()));
    client.send("3").await;
    tokio::time::sleep(ping_timeout - Duration::from_millis(80)).await;
    let confirmed = tokio::spawn(async move { socket.session().confirm().await });
    assert_eq!(client.next().await, Frame::Text("2".into()));
    // The heartbeat looks while this ping is on its way.
    tokio::time::sleep(Duration::from_millis(160)).await;
    client.send("3").await;
    assert!(soon(confirmed).await.expect("an answer"));
    assert_eq!(client.next().await, Frame::Text("2".into()));
}

#[tokio::test]
async fn a_confirmation_proves_that_everything_before_it_arrived() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join("").await;
    let confirm = || {
        let socket = std::sync::Arc::clone(&socket);
        tokio::spawn(async move { socket.session().confirm().await })
    };
    socket.emit(&event("first", 1));
    let first = confirm();
    tokio::task::yield_now().await;
    socket.emit(&event("second", 2));
    let second = confirm();
    assert_eq!(client.text().await, r#"42["first",1]"#);
    assert_eq!(client.text().await, "2");
    assert_eq!(client.text().await, r#"42["second",2]"#);
    assert_eq!(client.text().await, "2");
    assert!(!first.is_finished());
    client.send("3").await;
    assert!(soon(first).await.expect("an answer"));
    assert!(!second.is_finished());
    client.send("3").await;
    assert!(soon(second).await.expect("an answer"));
    // Pongs that nobody asked for confirm nothing that comes later.
    client.send("3").await;
    client.send(r#"420["and then"]"#).await;
    assert_eq!(client.text().await, "430[]");
    let never = confirm();
    assert_eq!(client.text().await, "2");
    assert!(!never.is_finished());
    drop(client);
    assert!(!soon(never).await.expect("an answer"));
    server.event().await;
    server.disconnected().await;
    assert!(!soon(socket.session().confirm()).await);
}

#[tokio::test]
async fn a_polling_client_confirms_too() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    socket.emit(&event("first", 1));
    let confirmed = tokio::spawn(async move { socket.session().confirm().await });
    assert_eq!(client.poll().await, "42[\"first\",1]\x1e2");
    client.post("3").await;
    assert!(soon(confirmed).await.expect("an answer"));
}
