use std::sync::Arc;
use std::time::Duration;

use chirrup_socketio::{Ack, AckError, Reason, Socket};
use tokio::task::JoinHandle;

use crate::support::{Data, Polling, TestServer, config, event, soon};

const LONG: Duration = Duration::from_secs(60);

fn ask(socket: &Arc<Socket<Data>>, timeout: Duration) -> JoinHandle<Result<Ack, AckError>> {
    let socket = Arc::clone(socket);
    tokio::spawn(async move { socket.emit_with_ack(&event("question", 1), timeout).await })
}

#[tokio::test]
async fn an_answer_comes_back_to_its_question() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join("").await;
    let first = ask(&socket, LONG);
    assert_eq!(client.text().await, r#"420["question",1]"#);
    let second = ask(&socket, LONG);
    assert_eq!(client.text().await, r#"421["question",1]"#);
    client.send(r#"431["b",2]"#).await;
    client.send(r#"461-0[{"_placeholder":true,"num":0}]"#).await;
    client.send_frame(2, b"\x07").await;
    // Answers to nothing, and once more, mean nothing.
    client.send("431[]").await;
    client.send("4399[]").await;
    client.send(r#"427["end"]"#).await;
    assert_eq!(client.text().await, "437[]");
    assert_eq!(soon(second).await.unwrap().unwrap().arguments, r#"["b",2]"#);
    let first = soon(first).await.unwrap().unwrap();
    assert_eq!(first.arguments, r#"[{"_placeholder":true,"num":0}]"#);
    assert_eq!(first.attachments, [&b"\x07"[..]]);
}

#[tokio::test]
async fn an_answer_comes_over_polling_too() {
    let mut server = TestServer::start(config()).await;
    let client = Polling::join(server.address, "").await;
    let socket = server.connected().await;
    let question = ask(&socket, LONG);
    assert_eq!(client.poll().await, r#"420["question",1]"#);
    client.post(r#"430["a"]"#).await;
    assert_eq!(soon(question).await.unwrap().unwrap().arguments, r#"["a"]"#);
}

#[tokio::test]
async fn a_question_ends_with_its_time_or_with_the_socket() {
    let mut server = TestServer::start(config()).await;
    let (mut client, socket) = server.join("").await;
    let late = ask(&socket, Duration::from_millis(20));
    assert_eq!(soon(late).await.unwrap().unwrap_err(), AckError::Timeout);
    let open = ask(&socket, LONG);
    assert!(client.text().await.starts_with("420"));
    assert!(client.text().await.starts_with("421"));
    client.send("430[]").await;
    drop(client);
    assert_eq!(soon(open).await.unwrap().unwrap_err(), AckError::Disconnected);
    assert_eq!(server.disconnected().await, (socket.key(), Reason::TransportClose));
    assert_eq!(soon(ask(&socket, LONG)).await.unwrap().unwrap_err(), AckError::Disconnected);

    let (_client, socket) = server.join("").await;
    let open = ask(&socket, LONG);
    tokio::task::yield_now().await;
    socket.disconnect();
    assert_eq!(soon(open).await.unwrap().unwrap_err(), AckError::Disconnected);
}
