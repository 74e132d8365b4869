//! The real server, on a port of its own and a database of its own, spoken to over HTTP.
#![expect(clippy::unwrap_used, reason = "what a test can't get is a failed test")]

mod accounts;
mod backup;
mod blocks;
mod commands;
mod conversations;
mod cors;
mod documents;
mod history;
mod http;
mod limits;
mod members;
mod messages;
mod metrics;
mod people;
mod pictures;
mod playables;
mod search;
mod server;
mod sessions;
mod settings;
mod setup;
mod shutdown;
mod tokens;
mod uploads;
