mod app;
mod polling;
mod server;
mod websocket;

use std::time::Duration;

pub use app::{App, Call, Data};
pub use polling::{Polling, request};
pub use server::{TestServer, config, event};
pub use websocket::{Frame, WebSocket, masked};

/// What is to happen soon fails the test if it does not.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("this to happen soon")
}

/// Asks until the answer is yes.
pub async fn until(mut done: impl FnMut() -> bool) {
    soon(async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
