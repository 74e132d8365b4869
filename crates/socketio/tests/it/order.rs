use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::AsyncWriteExt;

use crate::support::{Frame, Polling, TestServer, config, event, masked, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_clients_events_come_one_after_the_other_and_hold_up_nobody_elses() {
    let mut server = TestServer::start(config()).await;
    let (mut slow, slow_socket) = server.join("").await;
    let (mut quick, quick_socket) = server.join("").await;
    slow.send(r#"421["gated"]"#).await;
    slow.send(r#"422["after"]"#).await;
    assert_eq!(server.event().await, (slow_socket.key(), "gated".into()));
    for ack in 0..20 {
        quick.send(&format!(r#"42{ack}["quick"]"#)).await;
        assert_eq!(quick.text().await, format!("43{ack}[]"));
        assert_eq!(server.event().await, (quick_socket.key(), "quick".into()));
    }
    // What is sent to a client does not wait for its handler.
    slow_socket.emit(&event("meanwhile", 0));
    assert_eq!(slow.text().await, r#"42["meanwhile",0]"#);
    server.nothing_more().await;
    server.app.gate.add_permits(1);
    assert_eq!(slow.text().await, "431[]");
    assert_eq!(slow.text().await, "432[]");
    assert_eq!(server.event().await, (slow_socket.key(), "after".into()));
}

#[tokio::test]
async fn the_packets_of_one_post_are_handled_in_their_order() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    server.connected().await;
    let packets: Vec<_> = (0..20).map(|ack| format!(r#"42{ack}["slow",{}]"#, (20 - ack) % 3)).collect();
    assert_eq!(client.post(&packets.join("\x1e")).await, (200, "ok".into()));
    let (mut ack, mut acks) = (0, String::new());
    while ack < 20 {
        acks = client.poll().await;
        for packet in acks.split('\x1e') {
            assert!(packet.starts_with(&format!("43{ack}[")), "{packet}");
            ack += 1;
        }
    }
    assert!(!acks.is_empty());
}

#[tokio::test]
async fn who_sends_without_a_pause_leaves_time_for_others() {
    const EVENTS: usize = 5000;
    let mut server = TestServer::start(config()).await;
    let (mut client, _socket) = server.join("").await;
    // One thread runs everything here: this task has its turn after each of the reader's.
    let app = Arc::clone(&server.app);
    let longest = tokio::spawn(async move {
        let (mut before, mut longest) = (0, 0);
        while before < EVENTS {
            tokio::task::yield_now().await;
            let handled = app.handled.load(Ordering::Relaxed);
            longest = longest.max(handled - before);
            before = handled;
        }
        longest
    });
    let frames = masked(1, br#"42["e"]"#).repeat(EVENTS);
    soon(client.stream.write_all(&frames)).await.expect("to write");
    let longest = soon(longest).await.expect("a number");
    assert!(longest < 500, "{longest} events in one turn");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ack_comes_behind_what_the_handler_emitted() {
    let mut server = TestServer::start(config()).await;
    let (mut client, _) = server.join("").await;
    client.send(r#"451-7["echo",{"_placeholder":true,"num":0}]"#).await;
    client.send_frame(2, b"\0\x01").await;
    assert_eq!(client.text().await, r#"451-["echoed",{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.next().await, Frame::Binary(b"\0\x01".to_vec()));
    assert_eq!(client.text().await, r#"461-7[{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.next().await, Frame::Binary(b"\0\x01".to_vec()));
}
