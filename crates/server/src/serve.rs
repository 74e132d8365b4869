use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chirrup_domain::Store;
use chirrup_domain::account::SetupCode;
use chirrup_domain::clock::SystemClock;
use chirrup_store_sqlite::SqliteStore;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::admin;
use crate::auth::{JwtCodec, SetupFile};
use crate::config::Config;
use crate::connection;
use crate::control::Control;
use crate::data_dir;
use crate::files::{self, Files};
use crate::http::Front;
use crate::log;
use crate::services::Services;
use crate::shutdown;
use crate::socket::Sockets;

/// Why the server did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Signals can't be listened to.
    #[error("signals can't be listened to")]
    Signals(#[source] io::Error),
    /// The threads that serve can't be started.
    #[error("the server's threads can't be started")]
    Runtime(#[source] io::Error),
    /// The address can't be listened on.
    #[error("HOST, PORT: can't listen on {host} port {port}")]
    Listen {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The address of the metrics can't be listened on.
    #[error("ADMIN_ADDR: can't listen on {address}")]
    Admin {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Somebody else listens there.
    #[error("PORT: {port} is in use on {host}; stop what uses it, or set another, such as PORT={}", port.saturating_add(1))]
    PortInUse {
        /// The address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The data directory is none.
    #[error("DATA_DIR: {0} is not a directory")]
    NoDirectory(PathBuf),
    /// The data directory is neither the old one nor the restored one.
    #[error("DATA_DIR: a restore did not come to its end in {0}: run `chirrup restore FILE --force` again")]
    HalfRestored(PathBuf),
    /// The data directory can't be used.
    #[error("DATA_DIR: can't use {path}")]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random(#[source] io::Error),
    /// The database can't be opened.
    #[error("DATA_DIR: can't open the database")]
    Store(#[source] chirrup_domain::error::BoxError),
    /// What is stored can't be told to anybody any more; clients have to connect afresh.
    #[error("the publisher of stored changes failed")]
    Publisher,
    /// The database did not close in order.
    #[error("the database did not close in order")]
    Close(#[source] chirrup_domain::error::BoxError),
}

/// Runs the server on `listener` until `shutdown` answers; then stops accepting, finishes what was received, closes the
/// sockets and the store. What takes too long is cut off, so that it ends within ten seconds.
///
/// # Errors
/// See [`StartError`].
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let unusable = |source| StartError::DataDir { path: config.data_dir.clone(), source };
    let secret = data_dir::prepare(&config)?;
    if let Some(weakness) = secret.weakness() {
        tracing::warn!("{weakness}");
    }
    let files = Files::open(&config.data_dir, &config.uploads).map_err(unusable)?;
    let admin = match config.admin {
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            Some(bound.map_err(|source| StartError::Admin { address, source })?)
        }
        None => None,
    };

    let sockets = Sockets::new(config.presence, config.limits.socket_queue);
    let store: Arc<dyn Store> = Arc::new(open_store(&config.data_dir, &sockets).await?);
    let setup = setup_code(&*store, &config.data_dir).await?;
    let clock = Arc::new(SystemClock);
    let services = Services::new(
        store.clone(),
        sockets.presence(),
        clock.clone(),
        Arc::new(JwtCodec::new(&secret)),
        files,
        setup.clone().map(|setup| setup as Arc<dyn SetupCode>),
        &config,
    );
    let services = Arc::new(services.map_err(StartError::Random)?);
    let publishing = sockets.start(services.clone(), clock);
    let sweeping = tokio::spawn(files::sweep(services.clone()));
    let front = Arc::new(Front::new(services.clone(), sockets.clone(), config.client_origins));

    // Ends with the runtime: the metrics of a shutdown are still worth reading.
    if let Some(admin) = admin {
        tokio::spawn(admin::serve(admin, services.metrics.clone()));
    }

    let control = match Control::bind(&config.data_dir) {
        Ok(control) => Some(tokio::spawn(control.serve(services.clone()))),
        Err(error) => {
            tracing::warn!(%error, "commands such as `chirrup user` can't reach this server");
            None
        }
    };

    announce(&listener, &config.data_dir, setup.as_deref());
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown, publishing);
    let outcome = loop {
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            () = &mut publishing => break Err(StartError::Publisher),
            (stream, peer) = connection::accept(&listener) => {
                connections.spawn(connection::serve(stream, peer, front.clone(), stopping.clone()));
            }
        }
        while connections.try_join_next().is_some() {}
    };

    let finished = async {
        // Devices that poll fetch their last acks by new requests; a new session is told to come back later.
        let last_requests = async {
            loop {
                let (stream, peer) = connection::accept(&listener).await;
                connections.spawn(connection::serve(stream, peer, front.clone(), stopping.clone()));
            }
        };
        tokio::select! {
            () = sockets.close(&*store) => {}
            () = last_requests => {}
        }
        drop(listener);
        drop(stop); // Tells every connection.
        while connections.join_next().await.is_some() {}
    };
    if timeout(shutdown::SOFT, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), "cut off what was not finished in time");
        connections.shutdown().await;
    }
    sweeping.abort();
    if let Some(control) = control {
        control.abort();
        // Its socket is gone with it.
        let _ = control.await;
    }
    let flushed = async {
        sockets.store_last_seen().await;
        store.close().await
    };
    let closed = timeout(shutdown::FLUSH, flushed).await.map_err(|late| StartError::Close(late.into()))?;
    closed.map_err(|error| StartError::Close(error.into()))?;
    tracing::info!("stopped");
    outcome
}

/// The code of a server that has no admin.
async fn setup_code(store: &dyn Store, data_dir: &Path) -> Result<Option<Arc<SetupFile>>, StartError> {
    if store.has_admin().await.map_err(|error| StartError::Store(error.into()))? {
        SetupFile::remove(data_dir);
        return Ok(None);
    }
    let setup = SetupFile::load_or_create(data_dir);
    setup
        .map(|setup| Some(Arc::new(setup)))
        .map_err(|source| StartError::DataDir { path: data_dir.to_owned(), source })
}

fn announce(listener: &TcpListener, data_dir: &Path, setup: Option<&SetupFile>) {
    let Ok(address) = listener.local_addr() else { return };
    let url = match address.ip().is_unspecified() {
        // Every address is no address to go to.
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    };
    let (data, version) = (data_dir.display(), env!("CARGO_PKG_VERSION"));
    tracing::info!(%address, %data, version, "chirrup is running on {url}");
    if let Some(setup) = setup {
        let link = format!("{url}/?setup={}", setup.code());
        tracing::info!(target: log::SHOWN_ALWAYS, "there is no admin yet: whoever registers at {link} is");
    }
}

async fn open_store(data_dir: &Path, sockets: &Sockets) -> Result<SqliteStore, StartError> {
    let path = data_dir::database(data_dir);
    let (feed, presence) = (sockets.feed(), sockets.presence());
    // Bringing an old database up to date may take a while.
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path, feed, presence)).await;
    opened.map_err(|lost| StartError::Store(lost.into()))?.map_err(|error| StartError::Store(error.into()))
}
