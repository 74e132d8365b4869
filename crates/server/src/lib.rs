//! The server: settings, accounts' secrets, HTTP, sockets and how it all starts and stops.

mod admin;
pub mod auth;
mod backup;
mod cli;
mod client_address;
mod command;
pub mod config;
mod connection;
mod control;
mod data_dir;
mod documents;
mod files;
mod http;
mod log;
mod metrics;
mod readiness;
mod serve;
mod services;
mod shutdown;
mod socket;

pub use cli::run;
pub use serve::{StartError, serve};
