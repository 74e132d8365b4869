//! The server that the protocols' public test suites expect: echoes at `/engine.io/` and at `/socket.io/`.
//!
//! `PORT` is where it listens (3000).

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chirrup_socketio::engine::{Application, Engine, HandshakeRequest, Message, Session};
use chirrup_socketio::{
    Accept, Config, Emission, Event, Handler, Handshake, Hub, Origins, Reason, Refusal, Reply, Server, Socket,
};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use tokio::net::TcpListener;

/// Plain Engine.IO: every message comes back.
struct EngineEcho;

impl Application for EngineEcho {
    type State = ();

    fn open(&self, _: &Arc<Session>, _: &Arc<HandshakeRequest>) {}

    async fn message(&self, session: &Arc<Session>, _: &mut (), message: Message) -> Result<(), Reason> {
        match message {
            Message::Text(text) => session.send_text(&text),
            Message::Binary(bytes) => session.send_binary(&bytes),
        }
        Ok(())
    }

    async fn close(&self, _: &Arc<Session>, (): (), _: Reason) {}
}

/// Socket.IO: tells the handshake's auth, echoes `message` and acks `message-with-ack`.
struct Echo;

impl Handler for Echo {
    type Data = Box<RawValue>;

    async fn connect(&self, handshake: Handshake<'_>) -> Result<Accept<Self::Data>, Refusal> {
        let auth =
            handshake.auth.map_or_else(|| RawValue::from_string("{}".into()), |auth| Ok(auth.to_owned()));
        auth.map(Accept::new).map_err(|_| Refusal::CloseTransport)
    }

    async fn connected(&self, socket: &Arc<Socket<Self::Data>>) {
        if let Ok(auth) = Emission::new("auth", &socket.data) {
            socket.emit(&auth);
        }
    }

    async fn event(&self, socket: &Arc<Socket<Self::Data>>, event: Event) -> Reply {
        match &*event.name {
            "message" => {
                if let Ok(back) =
                    Emission::with_arguments("message-back", &event.arguments, event.attachments)
                {
                    socket.emit(&back);
                }
                Reply::none()
            }
            "message-with-ack" => {
                Reply::with_arguments(&event.arguments, event.attachments).unwrap_or_else(|_| Reply::none())
            }
            _ => Reply::none(),
        }
    }

    async fn disconnected(&self, _: &Arc<Socket<Self::Data>>, _: Reason) {}
}

fn config(path: &str) -> Config {
    Config {
        path: path.into(),
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_secs(1),
        max_payload: 1_000_000,
        origins: Origins::Any,
        ..Config::default()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let engine = Engine::new(config("/engine.io/"), Arc::new(EngineEcho));
    let socketio = config("/socket.io/");
    let hub = Hub::new(["/", "/custom"], socketio.shards);
    let socketio = Server::new(socketio, hub, Arc::new(Echo));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (engine, socketio) = (Arc::clone(&engine), socketio.clone());
        let service = service_fn(move |request| answer(Arc::clone(&engine), socketio.clone(), request, peer));
        tokio::spawn(async move {
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = connection.with_upgrades().await;
        });
    }
}

async fn answer(
    engine: Arc<Engine<EngineEcho>>,
    socketio: Server<Echo>,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match request.uri().path() {
        "/engine.io/" => engine.call(request, peer).await,
        path if socketio.serves(path) => socketio.call(request, peer).await,
        _ => {
            let mut response = Response::new(Full::from("not found"));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    })
}
