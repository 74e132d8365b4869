use std::net::Ipv4Addr;
use std::sync::Arc;

use chirrup_socketio::Reason;
use chirrup_socketio::engine::{Application, Engine, HandshakeRequest, Message, Session};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::support::{Frame, Polling, WebSocket, config, soon};

/// An application that panics.
struct Careless;

impl Application for Careless {
    type State = ();

    fn open(&self, _: &Arc<Session>, _: &Arc<HandshakeRequest>) {}

    async fn message(&self, _: &Arc<Session>, (): &mut (), _: Message) -> Result<(), Reason> {
        panic!("it always does")
    }

    async fn close(&self, _: &Arc<Session>, (): (), _: Reason) {}
}

#[tokio::test]
async fn an_application_that_panics_leaves_no_session_behind() {
    let engine = Engine::new(config(), Arc::new(Careless));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = Arc::clone(&engine);
    let accepting = tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let engine = Arc::clone(&serving);
            let service = service_fn(move |request| {
                let engine = Arc::clone(&engine);
                async move { Ok::<_, std::convert::Infallible>(engine.call(request, peer).await) }
            });
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
        }
    });
    let mut client = WebSocket::open(address).await;
    client.send("4").await;
    assert_eq!(client.next().await, Frame::End);
    let polling = Polling::open(address).await;
    polling.post("4").await;
    assert_eq!(polling.get().await.0, 400);
    soon(engine.shutdown()).await;
    accepting.abort();
}
