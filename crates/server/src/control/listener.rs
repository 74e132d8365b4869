use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::execute::execute;
use super::{Answer, MAX_LINE, socket_path};
use crate::services::Services;

/// Most commands at a time; the next ones wait.
const AT_ONCE: usize = 8;
/// A command has this long to say what it wants and to be answered.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait after a connection that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// The running server's ear for commands. Gone when dropped, its socket too.
pub(crate) struct Control {
    listener: UnixListener,
    path: PathBuf,
    /// Whose files these are: nobody else is listened to, but root.
    owner: u32,
}

impl Control {
    /// Listens in the data directory, for its owner only. Called by whoever holds the database, so that a socket found
    /// there is one that a crash left behind.
    ///
    /// # Errors
    /// When there can be no socket, as on some file systems and in very long paths.
    pub(crate) fn bind(data_dir: &Path) -> io::Result<Self> {
        let path = socket_path(data_dir);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let owner = fs::metadata(&path)?.uid();
        Ok(Self { listener, path, owner })
    }

    /// Answers commands, for ever.
    pub(crate) async fn serve(self, services: Arc<Services>) {
        let mut commands = JoinSet::new();
        loop {
            match self.listener.accept().await {
                // Between making the socket and closing it to others, others may have come.
                Ok((stream, _)) if self.is_owner(&stream) => {
                    commands.spawn(timeout(PATIENCE, answer(stream, services.clone())));
                }
                Ok(_) => tracing::warn!("a command of another user of this machine was refused"),
                Err(error) => {
                    tracing::warn!(%error, "can't accept commands");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
            while commands.try_join_next().is_some() {}
            if commands.len() >= AT_ONCE {
                commands.join_next().await;
            }
        }
    }

    fn is_owner(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| [self.owner, 0].contains(&peer.uid()))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket was not removed");
        }
    }
}

async fn answer(mut stream: UnixStream, services: Arc<Services>) {
    let mut line = String::new();
    let (read, mut write) = stream.split();
    if let Err(error) = BufReader::new(read.take(MAX_LINE)).read_line(&mut line).await {
        tracing::debug!(%error, "a command broke off");
        return;
    }
    let answer = match serde_json::from_str(&line) {
        Ok(request) => execute(&services.accounts, &*services.store, request).await,
        Err(_) => Answer::Refused { error: "no command that this server knows".to_owned() },
    };
    let written = match serde_json::to_vec(&answer) {
        Ok(mut json) => {
            json.push(b'\n');
            write.write_all(&json).await
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = written {
        tracing::debug!(%error, "a command left before its answer");
    }
}
