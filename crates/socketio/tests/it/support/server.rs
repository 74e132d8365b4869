use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use chirrup_socketio::{Config, Emission, Hub, Reason, Server, Socket};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

use super::{App, Call, Data, WebSocket, soon};

/// A server with the tests' application, on a port of its own.
pub struct TestServer {
    pub address: SocketAddr,
    pub server: Server<App>,
    pub hub: Hub<Data>,
    pub app: Arc<App>,
    calls: mpsc::UnboundedReceiver<Call>,
    accepting: AbortHandle,
}

/// Pings and bounds that no test comes to by chance.
pub fn config() -> Config {
    Config { ping_interval: Duration::from_secs(30), shards: 2, ..Config::default() }
}

impl TestServer {
    pub async fn start(config: Config) -> Self {
        let hub = Hub::new(["/", "/other"], config.shards);
        Self::start_with(config, hub).await
    }

    /// A server that has only the main namespace.
    pub async fn with_one_namespace(config: Config) -> Self {
        let hub = Hub::new(["/"], config.shards);
        Self::start_with(config, hub).await
    }

    async fn start_with(config: Config, hub: Hub<Data>) -> Self {
        let (sender, calls) = mpsc::unbounded_channel();
        let app = Arc::new(App { calls: sender, gate: Semaphore::new(0), handled: AtomicUsize::new(0) });
        let server = Server::new(config, hub.clone(), Arc::clone(&app));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let accepting = tokio::spawn(accept(listener, server.clone())).abort_handle();
        Self { address, server, hub, app, calls, accepting }
    }

    /// The next call of the application.
    pub async fn call(&mut self) -> Call {
        soon(self.calls.recv()).await.expect("a call")
    }

    /// The socket that joins next.
    pub async fn connected(&mut self) -> Arc<Socket<Data>> {
        match self.call().await {
            Call::Connected(socket) => socket,
            call => panic!("expected a socket, not {call:?}"),
        }
    }

    /// The event that comes next.
    pub async fn event(&mut self) -> (u64, String) {
        match self.call().await {
            Call::Event(key, name) => (key, name),
            call => panic!("expected an event, not {call:?}"),
        }
    }

    /// The socket that leaves next, and why.
    pub async fn disconnected(&mut self) -> (u64, Reason) {
        match self.call().await {
            Call::Disconnected(key, reason) => (key, reason),
            call => panic!("expected a socket to leave, not {call:?}"),
        }
    }

    /// Fails if the application is called.
    pub async fn nothing_more(&mut self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Ok(call) = self.calls.try_recv() {
            panic!("unexpected: {call:?}");
        }
    }

    /// A WebSocket client that has joined the main namespace with this `auth`, and its socket.
    pub async fn join(&mut self, auth: &str) -> (WebSocket, Arc<Socket<Data>>) {
        let mut client = WebSocket::open(self.address).await;
        client.join("/", auth).await;
        (client, self.connected().await)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: Server<App>) {
    while let Ok((stream, peer)) = listener.accept().await {
        // Small, so that a client that reads nothing is noticed after a few events.
        SockRef::from(&stream).set_send_buffer_size(16 * 1024).expect("a buffer");
        let server = server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            async move { Ok::<_, std::convert::Infallible>(server.call(request, peer).await) }
        });
        let builder = hyper::server::conn::http1::Builder::new();
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::spawn(connection);
    }
}

/// An event with one argument.
pub fn event(name: &str, argument: impl serde::Serialize) -> Emission {
    Emission::new(name, &argument).expect("JSON")
}
