//! Where the Socket.IO server is joined to the rest: handshakes and events come in, and what the store committed goes
//! out to whom it concerns.

mod connect;
mod delivery;
mod device;
mod encode;
mod events;
mod expiry;
mod group_events;
mod group_facts;
mod groups;
mod memberships;
mod message_events;
mod presence;
mod publisher;
mod receipts;
mod refresh;
mod revocations;
mod rooms;
mod tracker;
mod typing;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use chirrup_domain::{Clock, Feed, Presence, Store};
use chirrup_protocol::ErrorBody;
use chirrup_socketio::{Config, Hub, Server};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::config;
use crate::http::reply;
use crate::services::Services;
use connect::Devices;
use delivery::Published;
use device::Device;
use expiry::Expiry;
use groups::Groups;
use presence::Announcer;
use publisher::{Inbox, Publisher};
use revocations::Revocations;
use tracker::Tracker;
use typing::Typing;

/// Path under which the sockets answer.
pub const PATH: &str = "/socket.io/";

/// What is stored when the server ends has this long to be queued for the devices.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(1);

/// Every connected device. It exists before the store, which needs its [`feed`](Self::feed) and
/// [`presence`](Self::presence); it serves once it has been given the [`Services`].
pub struct Sockets {
    config: Config,
    presence_config: config::Presence,
    hub: Hub<Device>,
    feed: Arc<publisher::Outlet>,
    inbox: Mutex<Option<Inbox>>,
    published: Published,
    presence: Arc<Tracker>,
    announcer: OnceLock<Arc<Announcer>>,
    server: OnceLock<Server<Devices>>,
}

impl Sockets {
    /// No device is connected yet.
    pub fn new(presence: config::Presence, queue: config::SocketQueue) -> Arc<Self> {
        let config = Config {
            path: PATH.into(),
            queue_packets: queue.frames.unwrap_or(usize::MAX),
            queue_bytes: queue.bytes.unwrap_or(usize::MAX),
            ..Config::default()
        };
        let (feed, inbox) = publisher::channel();
        Arc::new(Self {
            hub: Hub::new(["/"], config.shards),
            config,
            presence_config: presence,
            feed: Arc::new(feed),
            inbox: Mutex::new(Some(inbox)),
            published: Published::default(),
            presence: Arc::new(Tracker::default()),
            announcer: OnceLock::new(),
            server: OnceLock::new(),
        })
    }

    /// Takes what the store commits.
    pub fn feed(&self) -> Arc<dyn Feed> {
        self.feed.clone()
    }

    /// Knows who is connected.
    pub fn presence(&self) -> Arc<dyn Presence> {
        self.presence.clone()
    }

    /// Serves with these from now on; called once. What it returns answers if nobody publishes any more, which only a
    /// fault of ours can bring about: the process is to end then, since nothing can be acked.
    pub fn start(
        &self,
        services: Arc<Services>,
        clock: Arc<dyn Clock>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let revocations = Arc::<Revocations>::default();
        let typing = Arc::new(Typing::new(self.hub.clone()));
        tokio::spawn(typing.clone().run());
        let groups = Arc::new(Groups::new(self.hub.clone(), typing));
        let inbox = self.inbox.lock().take();
        let (hub, published) = (self.hub.clone(), self.published.clone());
        let publisher = Publisher::new(hub, groups.clone(), published, &services, revocations.clone());
        let publishing = inbox.map(|inbox| tokio::spawn(publisher.run(inbox)));
        let expiry = Arc::new(Expiry::new(clock.clone()));
        tokio::spawn(expiry.clone().run());
        let announcer = Announcer::new(
            self.presence.clone(),
            self.hub.clone(),
            services.store.clone(),
            clock,
            self.presence_config,
        );
        let announcer = self.announcer.get_or_init(|| Arc::new(announcer)).clone();
        tokio::spawn(announcer.clone().run());
        let (hub, published) = (self.hub.clone(), self.published.clone());
        let devices = Devices::new(services, hub, announcer, expiry, groups, revocations, published);
        self.server.get_or_init(|| Server::new(self.config.clone(), self.hub.clone(), Arc::new(devices)));
        async move {
            if let Some(publishing) = publishing {
                // How it ended has been logged where it panicked.
                let _ = publishing.await;
            }
        }
    }

    /// Answers a request to [`PATH`]; a WebSocket upgrade too, whose connection is
    /// `hyper_util::rt::TokioIo<tokio::net::TcpStream>`.
    pub async fn call(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        match self.server.get() {
            Some(server) => server.call(request, peer).await.map(Body::new),
            None => reply::json(
                StatusCode::SERVICE_UNAVAILABLE,
                &ErrorBody::new("Try again later", "unavailable"),
            ),
        }
    }

    /// Finishes what devices sent, then closes their transports so that they come back by themselves. A direct message that
    /// is sent meanwhile waits for its recipient's next connection, unless it is confirmed.
    pub async fn close(&self, store: &dyn Store) {
        self.presence.close();
        // What was stored before for devices that were here is published, and so sent to them, once a later write is
        // answered. Where nothing can be stored there is nothing to wait for.
        let _ = timeout(PUBLISHED_WITHIN, store.ping()).await;
        if let Some(server) = self.server.get() {
            server.shutdown().await;
        }
    }

    /// Stores what only this process knows: when those who were connected to the end were last seen. Called once the
    /// devices are gone, before the store is closed.
    pub async fn store_last_seen(&self) {
        if let Some(announcer) = self.announcer.get() {
            announcer.store_last_seen().await;
        }
    }
}
