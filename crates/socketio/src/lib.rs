#![doc = include_str!("../README.md")]

mod config;
mod emission;
pub mod engine;
mod handler;
mod hub;
mod packet;
mod placeholder;
mod server;
mod socket;
mod unwind;
mod ws;

pub use config::{Config, Origins};
pub use emission::{Emission, Reply};
pub use engine::{HandshakeRequest, Headers, Reason, Session, Sid, TransportKind};
pub use handler::{Accept, Event, Handler, Handshake, Refusal};
pub use hub::{Hub, Target};
pub use server::Server;
pub use socket::{Ack, AckError, Socket};
