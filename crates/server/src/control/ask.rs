use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::Store;
use chirrup_domain::clock::SystemClock;
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::presence::Nobody;
use chirrup_store_sqlite::{OpenError, SqliteStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::execute::execute;
use super::{Answer, MAX_LINE, Request, socket_path};
use crate::auth::{JwtCodec, random_hex};
use crate::config::{Config, Secret};
use crate::services::accounts;
use crate::{StartError, data_dir};

const SECRET_BYTES: usize = 32;
/// The running server has this long to answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Why a command got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// Nobody can answer without the data.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing was ever stored there: most likely the data are elsewhere.
    #[error("no database in {0}: start the server once, or set DATA_DIR")]
    NoDatabase(PathBuf),
    /// A token signed with anything else would let nobody in.
    #[error("no secret in {0}: set JWT_SECRET as it is set for the server")]
    NoSecret(PathBuf),
    /// The database can't be opened.
    #[error("can't open the database")]
    Open(#[source] OpenError),
    /// The running server does not answer.
    #[error("the running server does not answer")]
    Server(#[source] io::Error),
    /// The database did not close in order.
    #[error("the database did not close in order")]
    Close(#[source] chirrup_domain::Error),
}

/// Whether the running server answered.
pub(crate) enum Asked {
    /// This.
    Answered(Answer),
    /// There is none.
    NotRunning,
}

/// Has the running server do it or, where none runs, does it here.
///
/// # Errors
/// See [`AskError`]. A refusal is an answer.
pub(crate) async fn ask(config: &Config, request: Request) -> Result<Answer, AskError> {
    match ask_server(&config.data_dir, &request).await? {
        Asked::Answered(answer) => Ok(answer),
        Asked::NotRunning => do_here(config, request).await,
    }
}

/// Asks the running server, and does nothing where none runs.
///
/// # Errors
/// [`AskError::Server`].
pub(crate) async fn ask_server(data_dir: &Path, request: &Request) -> Result<Asked, AskError> {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    match UnixStream::connect(socket_path(data_dir)).await {
        Ok(stream) => {
            let late = |_| io::Error::from(io::ErrorKind::TimedOut);
            let answered = timeout(PATIENCE, exchange(stream, request)).await.map_err(late);
            answered.flatten().map(Asked::Answered).map_err(AskError::Server)
        }
        // A socket that nobody listens on was left by a crash. Where the path is too long there is none either.
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused | io::ErrorKind::InvalidInput) => {
            Ok(Asked::NotRunning)
        }
        Err(error) => Err(AskError::Server(error)),
    }
}

async fn exchange(mut stream: UnixStream, request: &Request) -> io::Result<Answer> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut answer = String::new();
    BufReader::new(stream.take(MAX_LINE)).read_line(&mut answer).await?;
    Ok(serde_json::from_str(&answer)?)
}

async fn do_here(config: &Config, request: Request) -> Result<Answer, AskError> {
    data_dir::check_whole(&config.data_dir)?;
    let database = data_dir::database(&config.data_dir);
    // An admin may be prepared before the first start, in a folder that was made for that.
    let may_begin = matches!(request, Request::AddUser { .. }) && config.data_dir.is_dir();
    if matches!(database.try_exists(), Ok(false)) && !may_begin {
        return Err(AskError::NoDatabase(config.data_dir.clone()));
    }
    let secret = match data_dir::find_secret(config)? {
        Some(secret) => secret,
        None if matches!(request, Request::Token { .. }) => {
            return Err(AskError::NoSecret(config.data_dir.clone()));
        }
        // Nothing is signed.
        None => Secret::new(random_hex(SECRET_BYTES).map_err(StartError::Random)?),
    };
    let store = SqliteStore::open(&database, Arc::new(NoFeed), Arc::new(Nobody)).map_err(AskError::Open)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let ids = Arc::new(IdGenerator::new().map_err(|error| StartError::Random(error.into()))?);
    let tokens = Arc::new(JwtCodec::new(&secret));
    let accounts = accounts(store.clone(), Arc::new(SystemClock), ids, tokens, None, config);
    let answer = execute(&accounts, &*store, request).await;
    store.close().await.map_err(AskError::Close)?;
    Ok(answer)
}
