//! A little chat. Clients give a name (`io(url, { auth: { name } })`), join rooms (`emit("join", room)`) and say
//! something in them (`emit("say", room, text)`); everybody in a room gets `said` with who, where and what. Ctrl-C
//! ends it.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use chirrup_socketio::{
    Accept, Config, Emission, Event, Handler, Handshake, Hub, Reason, Refusal, Reply, Server, Socket,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;

struct Chat {
    hub: Hub<Person>,
}

/// What is kept with a socket.
#[derive(Deserialize)]
struct Person {
    name: String,
}

impl Handler for Chat {
    type Data = Person;

    async fn connect(&self, handshake: Handshake<'_>) -> Result<Accept<Person>, Refusal> {
        let person = handshake.auth.and_then(|auth| serde_json::from_str(auth.get()).ok());
        person.map(Accept::new).ok_or_else(|| Refusal::Error("Who is it?".into()))
    }

    async fn connected(&self, socket: &Arc<Socket<Person>>) {
        println!("{} came", socket.data.name);
    }

    async fn event(&self, socket: &Arc<Socket<Person>>, event: Event) -> Reply {
        let handled = match &*event.name {
            "join" => event.parse().map(|(room,): (String,)| socket.join(&room)),
            "leave" => event.parse().map(|(room,): (String,)| socket.leave(&room)),
            "say" => event.parse().and_then(|(room, text): (String, String)| {
                let said = Emission::new("said", &(&socket.data.name, &room, text))?;
                self.hub.to(&room).emit(&said);
                Ok(())
            }),
            _ => return Reply::none(),
        };
        // The client's callback learns whether it was understood.
        Reply::new(&handled.is_ok()).unwrap_or_default()
    }

    async fn disconnected(&self, socket: &Arc<Socket<Person>>, reason: Reason) {
        println!("{} left: {reason}", socket.data.name);
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let config = Config::default();
    let hub = Hub::new(["/"], config.shards);
    let server = Server::new(config, hub.clone(), Arc::new(Chat { hub }));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 3000)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        ended = accept(&listener, &server) => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    server.shutdown().await;
    Ok(())
}

async fn accept(listener: &TcpListener, server: &Server<Chat>) -> std::io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        let server = server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.call(request, peer).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}
