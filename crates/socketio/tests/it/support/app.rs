use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chirrup_socketio::{Accept, Emission, Event, Handler, Handshake, Reason, Refusal, Reply, Sid, Socket};
use serde::Deserialize;
use tokio::sync::{Semaphore, mpsc};

/// What the tests keep with a socket.
#[derive(Debug)]
pub struct Data {
    panic_connected: bool,
    gated_join: bool,
}

/// How a client wants to be accepted: its `auth`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    id: Option<String>,
    pid: Option<String>,
    offsets: bool,
    hold: bool,
    refuse: Option<String>,
    close: bool,
    panic: bool,
    panic_connected: bool,
    gated_join: bool,
}

/// What the application was called for.
#[derive(Debug)]
pub enum Call {
    Connected(Arc<Socket<Data>>),
    Event(u64, String),
    Disconnected(u64, Reason),
}

/// An application that does what its clients ask for and tells its calls.
pub struct App {
    pub calls: mpsc::UnboundedSender<Call>,
    /// Handlers of `gated` wait here.
    pub gate: Semaphore,
    /// How many events have come.
    pub handled: AtomicUsize,
}

impl Handler for App {
    type Data = Data;

    async fn connect(&self, handshake: Handshake<'_>) -> Result<Accept<Data>, Refusal> {
        let wish = handshake.auth.map(|auth| serde_json::from_str::<Wish>(auth.get()).expect("a wish"));
        let wish = wish.unwrap_or_default();
        assert!(!wish.panic, "a client wished for it");
        if wish.close {
            return Err(Refusal::CloseTransport);
        }
        if let Some(message) = wish.refuse {
            return Err(Refusal::Error(message));
        }
        let id = wish.id.and_then(|id| Sid::parse(&id));
        let data = Data { panic_connected: wish.panic_connected, gated_join: wish.gated_join };
        Ok(Accept { data, id, pid: wish.pid, offsets: wish.offsets, hold: wish.hold })
    }

    async fn join(&self, socket: &Arc<Socket<Data>>) {
        if socket.data.gated_join {
            self.gate.acquire().await.expect("an open gate").forget();
            socket.join("joined");
        }
    }

    async fn connected(&self, socket: &Arc<Socket<Data>>) {
        let _ = self.calls.send(Call::Connected(Arc::clone(socket)));
        assert!(!socket.data.panic_connected, "a client wished for it");
    }

    async fn event(&self, socket: &Arc<Socket<Data>>, event: Event) -> Reply {
        self.handled.fetch_add(1, Ordering::Relaxed);
        let _ = self.calls.send(Call::Event(socket.key(), event.name.clone()));
        match &*event.name {
            "echo" => {
                let back = Emission::with_arguments("echoed", &event.arguments, event.attachments.clone());
                socket.emit(&back.expect("arguments to be an array"));
            }
            "slow" => {
                let (millis,) = event.parse().expect("one number");
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
            "gated" => self.gate.acquire().await.expect("an open gate").forget(),
            "panic" => panic!("a client wished for it"),
            "join" => socket.join(&event.parse::<(String,)>().expect("a room").0),
            "leave" => socket.leave(&event.parse::<(String,)>().expect("a room").0),
            "disconnect me" => socket.disconnect(),
            "close me" => socket.close_transport(),
            _ => {}
        }
        Reply::with_arguments(&event.arguments, event.attachments).expect("arguments to be an array")
    }

    async fn disconnected(&self, socket: &Arc<Socket<Data>>, reason: Reason) {
        let _ = self.calls.send(Call::Disconnected(socket.key(), reason));
    }
}
