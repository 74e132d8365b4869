//! What the server does for an application, seen by raw clients over real sockets.

mod support;

mod heartbeat;
mod polling;
mod rooms;
mod shutdown;
