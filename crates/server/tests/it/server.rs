//! A server of a test's own and clients of it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use chirrup_server::config::{Config, Given};
use chirrup_server::{StartError, serve};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const PASSWORD: &str = "correct horse";

/// A running server; its data goes with it.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) data: TempDir,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), StartError>>,
}

/// What a request was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Bytes,
}

/// Somebody with an account.
pub(crate) struct Person<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) id: String,
    pub(crate) token: String,
}

/// The settings that these flags make, and defaults.
pub(crate) fn config(flags: &[&str]) -> Config {
    let given = Given::gather(flags.iter().map(OsString::from), |_| None, &[]).unwrap();
    Config::from_given(&given).unwrap()
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::on(data, flags).await
    }

    /// A server with the data of another one.
    pub(crate) async fn on(data: TempDir, flags: &[&str]) -> Self {
        let path = data.path().to_owned();
        Self::at(data, path, flags).await
    }

    /// A server with its data somewhere in that directory.
    pub(crate) async fn at(data: TempDir, path: PathBuf, flags: &[&str]) -> Self {
        let mut config = config(flags);
        config.data_dir = path;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve(config, listener, async {
            let _ = stopped.await;
        }));
        Self { address, data, stop, ended }
    }

    /// Asks the server to end; it is still ending when this returns.
    pub(crate) fn stop(self) -> (JoinHandle<Result<(), StartError>>, TempDir) {
        self.stop.send(()).unwrap();
        (self.ended, self.data)
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request =
            Request::builder().method(method).uri(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = sender.send_request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        Answer { status: head.status, headers: head.headers, text, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, &[], body.to_string()).await
    }

    pub(crate) async fn register(&self, username: &str) -> Person<'_> {
        let email = format!("{username}@example.com");
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        let answer = self.post("/api/auth/register", &body).await.expect(201);
        Person { server: self, id: text(&answer["user"]["_id"]), token: text(&answer["token"]) }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of an answer with this status.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Asserts that it is an error with this status, message and code, and nothing else.
    pub(crate) fn refused(&self, status: u16, error: &str, code: &str) {
        let body = self.expect(status);
        let told = [&body["success"], &body["error"], &body["code"]];
        assert_eq!(told, [&json!(false), &json!(error), &json!(code)], "{body}");
    }
}

impl Person<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, body.to_string()).await
    }

    /// Asks with a body, or with none if it is null.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.request(method, path, body).await
    }

    pub(crate) async fn request(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.server.request(method, path, &[(AUTHORIZATION, &bearer)], body).await
    }

    /// The id of a new group.
    pub(crate) async fn group(&self, name: &str, others: &[&Person<'_>]) -> String {
        let participants: Vec<_> = others.iter().map(|person| &person.id).collect();
        let body = json!({ "type": "group", "name": name, "participants": participants });
        text(&self.post("/api/conversations", &body).await.expect(201)["conversation"]["_id"])
    }

    pub(crate) async fn send(&self, conversation: &str, body: &Value) -> Answer {
        self.post(&format!("/api/conversations/{conversation}/messages"), body).await
    }
}

/// A JSON string's text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
