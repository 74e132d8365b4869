use std::time::Duration;

use chirrup_socketio::{Config, Reason};

use crate::support::{Frame, Polling, TestServer, WebSocket, config, event, request, soon, until};

#[tokio::test]
async fn the_answer_tells_the_ids() {
    let mut server = TestServer::start(config()).await;
    let mut client = WebSocket::open(server.address).await;
    let answer = client.join("/", r#"{"pid":"secret"}"#).await;
    let socket = server.connected().await;
    assert_eq!(answer, serde_json::json!({ "sid": socket.id().as_str(), "pid": "secret" }));
    assert_ne!(socket.id(), socket.session().id());

    let mut client = WebSocket::open(server.address).await;
    let answer = client.join("/other", r#"{"id":"ABCDEFGHIJKLMNOPQRST"}"#).await;
    assert_eq!(answer, serde_json::json!({ "sid": "ABCDEFGHIJKLMNOPQRST" }));
    assert_eq!(server.connected().await.id().as_str(), "ABCDEFGHIJKLMNOPQRST");
}

#[tokio::test]
async fn who_is_refused_is_told_why_or_closed() {
    let mut server = TestServer::start(config()).await;
    let mut client = WebSocket::open(server.address).await;
    client.send(r#"40{"refuse":"not \"you\""}"#).await;
    assert_eq!(client.text().await, r#"44{"message":"not \"you\""}"#);
    client.send(r#"40/other,{"refuse":"no"}"#).await;
    assert_eq!(client.text().await, r#"44/other,{"message":"no"}"#);
    // It may ask again, and better.
    client.join("/", "").await;
    let socket = server.connected().await;
    client.send(r#"40/other,{"close":true}"#).await;
    assert_eq!(client.next().await, Frame::Close(None));
    assert_eq!(server.disconnected().await, (socket.key(), Reason::ServerClose));

    let polling = Polling::open(server.address).await;
    polling.post(r#"40{"refuse":"no"}"#).await;
    assert_eq!(polling.poll().await, r#"44{"message":"no"}"#);
    polling.post(r#"40{"close":true}"#).await;
    assert_eq!(polling.get().await.0, 400);
    server.nothing_more().await;
}

#[tokio::test]
async fn who_can_carry_offsets_gets_them_with_what_is_durable() {
    let mut server = TestServer::start(config()).await;
    let (mut with, with_socket) = server.join(r#"{"offsets":true}"#).await;
    let (mut without, _) = server.join("").await;
    server.hub.everyone().emit(&event("durable", 1).durable(17, "17.x"));
    server.hub.everyone().emit(&event("passing", 2));
    with_socket.emit(&event("own", 3).durable(18, "18.x"));
    assert_eq!(with.text().await, r#"42["durable",1,"17.x"]"#);
    assert_eq!(with.text().await, r#"42["passing",2]"#);
    assert_eq!(with.text().await, r#"42["own",3,"18.x"]"#);
    assert_eq!(without.text().await, r#"42["durable",1]"#);
    assert_eq!(without.text().await, r#"42["passing",2]"#);
}

#[tokio::test]
async fn what_is_durable_waits_until_the_client_has_caught_up() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join(r#"{"hold":true,"offsets":true}"#).await;
    for number in 1..=5 {
        server.hub.everyone().emit(&event("live", number).durable(number, &number.to_string()));
    }
    server.hub.everyone().emit(&event("passing", 0));
    socket.emit(&event("caught up", 3).durable(3, "3"));
    client.send(r#"421["ack"]"#).await;
    assert_eq!(client.text().await, r#"42["passing",0]"#);
    assert_eq!(client.text().await, r#"42["caught up",3,"3"]"#);
    assert_eq!(client.text().await, "431[]");
    socket.release(|number| number > 3);
    server.hub.everyone().emit(&event("live", 6).durable(6, "6"));
    for number in 4..=6 {
        assert_eq!(client.text().await, format!(r#"42["live",{number},"{number}"]"#));
    }
}

#[tokio::test]
async fn what_is_sent_meanwhile_stands_in_its_place_among_what_is_held() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join(r#"{"hold":true}"#).await;
    for number in 1..=7 {
        server.hub.everyone().emit(&event("live", number).durable(number, &number.to_string()));
    }
    let is_news = |number: u64| number != 3 && number != 5;
    for number in [3, 5] {
        socket.release_before(number, is_news);
        socket.emit(&event("waited", number).durable(number, &number.to_string()));
    }
    socket.release(is_news);
    for number in 1..=7 {
        let name = if is_news(number) { "live" } else { "waited" };
        assert_eq!(client.text().await, format!(r#"42["{name}",{number}]"#));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letting_go_while_events_come_loses_and_repeats_none() {
    const EVENTS: u64 = 2000;
    let mut server = TestServer::start(Config { queue_packets: 10_000, ..config() }).await;
    for round in 0..5 {
        let (mut client, socket) = server.join(r#"{"hold":true}"#).await;
        let hub = server.hub.clone();
        let emitting = tokio::task::spawn_blocking(move || {
            (1..=EVENTS).for_each(|number| hub.everyone().emit(&event("live", number).durable(number, "")));
        });
        tokio::time::sleep(std::time::Duration::from_micros(500 * round)).await;
        socket.release(|_| true);
        for number in 1..=EVENTS {
            assert_eq!(client.text().await, format!(r#"42["live",{number}]"#));
        }
        soon(emitting).await.expect("no panic");
        client.send("41").await;
        server.disconnected().await;
    }
}

#[tokio::test]
async fn too_much_held_back_closes_the_connection() {
    let mut server = TestServer::start(Config { queue_packets: 20, ..config() }).await;
    let (mut client, socket) = server.join(r#"{"hold":true}"#).await;
    for number in 1..=21 {
        assert_eq!(socket.session().closed(), None);
        server.hub.everyone().emit(&event("live", number).durable(number, ""));
    }
    assert_eq!(server.disconnected().await, (socket.key(), Reason::SlowReader));
    assert_eq!(client.next().await, Frame::End);
}

#[tokio::test]
async fn what_is_kept_of_a_request_is_bounded() {
    let server = TestServer::start(config()).await;
    let target = "/socket.io/?EIO=4&transport=polling";
    let header = |length| format!("Cookie: {}\r\n", "x".repeat(length));
    assert_eq!(request(server.address, "GET", target, &header(15_000), "").await.0, 200);
    assert_eq!(request(server.address, "GET", target, &header(17_000), "").await.0, 431);
    let long = format!("{target}&x={}", "x".repeat(17_000));
    assert_eq!(request(server.address, "GET", &long, "", "").await.0, 431);
}

#[tokio::test]
async fn nobody_is_told_of_being_connected_before_the_rooms_are_joined() {
    let mut server = TestServer::start(config()).await;
    let mut client = WebSocket::open(server.address).await;
    client.send(r#"40{"gated_join":true}"#).await;
    until(|| server.hub.len() == 1).await;
    server.hub.everyone().emit(&event("meanwhile", 1));
    let early = tokio::time::timeout(Duration::from_millis(100), client.text()).await;
    assert!(early.is_err(), "{early:?}");

    server.app.gate.add_permits(1);
    assert!(client.text().await.starts_with("40{"));
    server.hub.to("joined").emit(&event("from now on", 2));
    assert_eq!(client.text().await, r#"42["meanwhile",1]"#);
    assert_eq!(client.text().await, r#"42["from now on",2]"#);
    server.connected().await;

    let polling = Polling::open(server.address).await;
    server.app.gate.add_permits(1);
    polling.post(r#"40{"gated_join":true}"#).await;
    assert!(polling.poll().await.starts_with("40{"));
}
