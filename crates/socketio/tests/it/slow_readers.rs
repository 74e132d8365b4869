use std::collections::HashSet;
use std::time::Duration;

use chirrup_socketio::{Config, Reason};

use crate::support::{Frame, Polling, TestServer, config, event, soon, until};

const CLIENTS: usize = 300;
const SLOW: usize = 5;
/// All of them may wait for one client.
const BURST: usize = 400;
/// Then come more, at a pace that those who read keep up with.
const MORE: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_reaches_all_who_read_and_closes_those_who_do_not() {
    let mut server = TestServer::start(Config { queue_packets: 500, ..config() }).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let (client, socket) = server.join("").await;
        clients.push((client, socket.key()));
    }
    let slow: Vec<_> = clients.drain(..SLOW).collect();
    let before = resident();
    let reading: Vec<_> = clients
        .into_iter()
        .map(|(mut client, _)| {
            tokio::spawn(async move {
                for number in 0..BURST + MORE {
                    let text = client.text().await;
                    assert!(text.starts_with(&format!(r#"42["burst",[{number},"#)), "{}", &text[..30]);
                }
                client
            })
        })
        .collect();
    let payload = "x".repeat(1000);
    let emit = |number| server.hub.everyone().emit(&event("burst", (number, &payload)));
    (0..BURST).for_each(emit);
    for number in BURST..BURST + MORE {
        emit(number);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "{} MB more", grown >> 20);
    let mut closed = HashSet::new();
    for _ in 0..SLOW {
        let (key, reason) = server.disconnected().await;
        assert_eq!(reason, Reason::SlowReader);
        closed.insert(key);
    }
    assert_eq!(closed, slow.iter().map(|(_, key)| *key).collect());
    let mut kept = Vec::new();
    for reading in reading {
        kept.push(soon(reading).await.expect("no panic"));
    }
    server.nothing_more().await;
}

/// How much memory the process has.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).map_or(0, |pages: usize| pages * 4096)
}

#[tokio::test]
async fn a_polling_client_that_does_not_poll_is_closed_at_the_bound() {
    let mut server = TestServer::start(Config { queue_bytes: 100_000, ..config() }).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    for number in 0..9 {
        socket.emit(&event("e", (number, "x".repeat(10_000))));
    }
    assert_eq!(client.poll().await.split('\x1e').count(), 9);
    for number in 0..10 {
        socket.emit(&event("e", (number, "x".repeat(10_000))));
    }
    assert_eq!(server.disconnected().await, (socket.key(), Reason::SlowReader));
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn what_may_be_left_out_is_where_the_queue_is_half_full_and_closes_nothing() {
    let mut server = TestServer::start(Config { queue_packets: 10, ..config() }).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    for number in 0..100 {
        server.hub.everyone().emit(&event("typing", number).ephemeral());
        socket.emit(&event("typing alone", number).ephemeral());
    }
    for number in 0..5 {
        socket.emit(&event("message", number));
        socket.emit(&event("typing", number).ephemeral());
    }
    let came = client.poll().await;
    let came: Vec<_> = came.split('\x1e').collect();
    assert_eq!(came.len(), 10, "{came:?}");
    assert!(came[..5].iter().all(|packet| packet.starts_with("42[\"typing")));
    assert!(came[5..].iter().all(|packet| packet.starts_with("42[\"message")));
    assert!(socket.session().is_open());
    server.nothing_more().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_lot_can_wait_for_the_queue_to_run_low() {
    let mut server = TestServer::start(Config { queue_packets: 100, ..config() }).await;
    let (mut client, socket) = server.join("").await;
    let sending = tokio::spawn(async move {
        for number in 0..2000 {
            socket.session().low().await;
            socket.emit(&event("much", (number, "x".repeat(1000))));
        }
        socket
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!sending.is_finished());
    for number in 0..2000 {
        assert!(client.text().await.starts_with(&format!(r#"42["much",[{number},"#)));
    }
    let socket = soon(sending).await.expect("no panic");
    assert!(socket.session().is_open());
    // Nor does it wait for one that is over.
    client.send_frame(8, &[]).await;
    assert_eq!(client.next().await, Frame::Close(None));
    until(|| socket.session().closed().is_some()).await;
    soon(socket.session().low()).await;
}

#[tokio::test]
async fn a_poll_that_leaves_the_queue_over_the_half_lets_nobody_go_on() {
    let mut server = TestServer::start(Config { queue_bytes: 4 << 20, ..config() }).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let large = "x".repeat(500_000);
    for number in 0..8 {
        socket.emit(&event("large", (number, &large)));
    }
    let waiting = tokio::spawn(async move { socket.session().low().await });
    client.poll().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    client.poll().await;
    soon(waiting).await.expect("no panic");
}
