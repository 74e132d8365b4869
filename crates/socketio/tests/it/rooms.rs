use chirrup_socketio::Reason;

use crate::support::{Frame, TestServer, WebSocket, config, event, soon};

#[tokio::test]
async fn an_event_reaches_everybody_in_its_room_once() {
    let mut server = TestServer::start(config()).await;
    let (mut anna, anna_socket) = server.join("").await;
    let (mut ben, ben_socket) = server.join("").await;
    let (mut cleo, cleo_socket) = server.join("").await;
    for socket in [&anna_socket, &ben_socket] {
        socket.join("a");
        socket.join("a");
    }
    for socket in [&ben_socket, &cleo_socket] {
        socket.join("b");
    }
    server.hub.to("a").emit(&event("to a", 1));
    server.hub.to_any(&["a", "b", "nobody's"]).emit(&event("to any", 2));
    server.hub.to_any(&["a", "b"]).except(ben_socket.key()).emit(&event("without ben", 3));
    server.hub.to("nobody's").emit(&event("to nobody", 4));
    ben_socket.leave("a");
    server.hub.to("a").emit(&event("to a", 5));
    server.hub.everyone().emit(&event("to everyone", 6));
    let expected: [(&mut WebSocket, &[&str]); 3] = [
        (&mut anna, &["to a\",1", "to any\",2", "without ben\",3", "to a\",5", "to everyone\",6"]),
        (&mut ben, &["to a\",1", "to any\",2", "to everyone\",6"]),
        (&mut cleo, &["to any\",2", "without ben\",3", "to everyone\",6"]),
    ];
    for (client, events) in expected {
        for event in events {
            assert_eq!(client.text().await, format!("42[\"{event}]"));
        }
    }
    assert!(anna_socket.is_in("a") && !ben_socket.is_in("a") && ben_socket.is_in("b"));
    assert_eq!((server.hub.sockets_in("a").len(), server.hub.sockets_in("b").len()), (1, 2));
}

#[tokio::test]
async fn namespaces_have_rooms_of_their_own() {
    let mut server = TestServer::start(config()).await;
    let (mut client, main) = server.join("").await;
    client.join("/other", "").await;
    let other = server.connected().await;
    assert_eq!((main.namespace(), other.namespace()), ("/", "/other"));
    main.join("a");
    other.join("a");
    server.hub.to("a").of("/other").emit(&event("to other", 1));
    server.hub.to("a").emit(&event("to main", 2));
    server.hub.everyone().of("/other").emit(&event("to others", 3));
    server.hub.everyone().of("/none").emit(&event("to nobody", 4));
    assert_eq!(client.text().await, r#"42/other,["to other",1]"#);
    assert_eq!(client.text().await, r#"42["to main",2]"#);
    assert_eq!(client.text().await, r#"42/other,["to others",3]"#);
    client.send("41/other,").await;
    assert_eq!(server.disconnected().await, (other.key(), Reason::ClientDisconnect));
    server.hub.to("a").of("/other").emit(&event("to other", 5));
    server.hub.to("a").emit(&event("to main", 6));
    assert_eq!(client.text().await, r#"42["to main",6]"#);
}

#[tokio::test]
async fn who_has_left_is_in_no_room_and_joins_none() {
    let mut server = TestServer::start(config()).await;
    let (client, socket) = server.join("").await;
    socket.join("a");
    assert!(server.hub.is_anyone_in("a"));
    drop(client);
    assert_eq!(server.disconnected().await, (socket.key(), Reason::TransportClose));
    socket.join("b");
    assert!(!server.hub.is_anyone_in("a") && !server.hub.is_anyone_in("b"));
    assert!(!socket.is_in("a") && !socket.is_in("b") && !socket.is_connected());
    assert!(server.hub.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_and_leaving_at_once_leaves_nobody_behind() {
    const ROUNDS: usize = 200_000;
    let mut server = TestServer::start(config()).await;
    let (client, socket) = server.join("").await;
    let hub = server.hub.clone();
    let leaving = tokio::task::spawn_blocking(move || {
        std::thread::scope(|scope| {
            let joining = scope.spawn(|| (0..ROUNDS).for_each(|_| socket.join("a")));
            let mut halves = 0;
            while !joining.is_finished() {
                socket.leave("a");
                halves += usize::from(hub.is_anyone_in("a") && !socket.is_in("a"));
            }
            halves
        })
    });
    assert_eq!(soon(leaving).await.expect("no panic"), 0);
    drop(client);
    server.disconnected().await;
    assert!(!server.hub.is_anyone_in("a"));
}

#[tokio::test]
async fn a_room_of_a_polling_client_is_a_room_as_any() {
    let mut server = TestServer::start(config()).await;
    let client = crate::support::Polling::join(server.address, "").await;
    server.connected().await.join("a");
    let (mut other, other_socket) = server.join("").await;
    other_socket.join("a");
    server.hub.to("a").emit(&event("to a", 1));
    assert_eq!(client.poll().await, r#"42["to a",1]"#);
    assert_eq!(other.next().await, Frame::Text(r#"42["to a",1]"#.into()));
}
