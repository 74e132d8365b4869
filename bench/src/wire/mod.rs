//! The client's side of WebSocket, Engine.IO 4 and Socket.IO 5, as far as a load generator needs it.

mod frame;
mod handshake;
mod packet;

pub use frame::{Frame, Opcode, push_text};
pub use handshake::{Connected, connect, connect_bare};
pub use packet::{Packet, event, number_after};
