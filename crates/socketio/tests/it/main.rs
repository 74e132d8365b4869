//! What the server does for an application, seen by raw clients over real sockets.

mod support;

mod acks;
mod endings;
mod engine;
mod heartbeat;
mod joining;
mod order;
mod polling;
mod rooms;
mod shutdown;
mod slow_readers;
