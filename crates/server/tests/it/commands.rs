//! The commands, by running the program: on data that nobody uses, and beside a running server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::{Child, Command, Output, Stdio};

use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Answer, PASSWORD, TestServer, text};
use crate::settings::ask;

/// A directory of a test's own, where commands are run.
pub(crate) struct Place(pub(crate) TempDir);

/// What a command said, and its exit code.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A place where the data may begin, as the first start of a server leaves it, but for the database.
    pub(crate) fn prepared() -> Self {
        let place = Self::new();
        fs::create_dir(place.0.path().join("data")).unwrap();
        fs::write(place.0.path().join("data/jwt-secret"), "0123456789abcdef".repeat(4)).unwrap();
        place
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chirrup"));
        command.current_dir(self.0.path()).env_clear().env("DATA_DIR", self.0.path().join("data"));
        command.args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Said {
        Said::from(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with(&self, arguments: &str, input: &str) -> Said {
        let piped = || Stdio::piped();
        let mut child =
            self.command(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Said::from(child.wait_with_output().unwrap())
    }

    /// What a command says that does what it is told.
    pub(crate) fn ok(&self, arguments: &str) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments}: {}{}", said.out, said.err);
        assert_eq!(said.err, "");
        said.out
    }

    /// Starts the server; its process and port.
    pub(crate) fn serve(&self) -> Server {
        let command =
            self.command("serve --port 0 --host 127.0.0.1 --log-format json").stdout(Stdio::piped()).spawn();
        let mut child = command.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let port = text(&first["address"]).rsplit_once(':').unwrap().1.parse().unwrap();
        Server { child, port }
    }

    fn socket(&self) -> std::path::PathBuf {
        self.0.path().join("data/control.sock")
    }

    /// A server within this process, on the same data once nobody else uses it.
    async fn server(self) -> TestServer {
        let data = self.0.path().join("data");
        let server = TestServer::at(self.0, data, &[]).await;
        server.get("/healthz").await.expect(200);
        server
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The program, serving.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn signal(&mut self, name: &str) {
        let told = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn log_in(server: &TestServer, username: &str, password: &str) -> Answer {
    server.post("/api/auth/login", &json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn accounts_are_managed_where_no_server_runs() {
    let place = Place::prepared();
    let added = place.ok("user add ann ann@example.com --admin");
    let (first, password) = added.trim().split_once("\npassword: ").unwrap();
    assert_eq!((first, password.len()), ("added ann", 24));
    let added = place.run_with("user add bob bob@example.com --password-stdin", &format!("{PASSWORD}\n"));
    assert_eq!((added.code, added.out.as_str()), (Some(0), "added bob\n"));

    let listed = place.ok("user list");
    assert_eq!(listed.lines().count(), 2);
    assert!(listed.lines().next().unwrap().contains("ann") && listed.contains("bob@example.com"), "{listed}");
    place.ok("user disable bob");
    let people: Vec<Value> =
        place.ok("user list --json").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&people[0]["role"], &people[0]["disabled"]), (&json!("admin"), &json!(false)));
    assert_eq!((&people[1]["role"], &people[1]["disabled"]), (&json!("member"), &json!(true)));
    assert!(!listed.contains("argon2"));

    let refused = place.run("token bob");
    assert_eq!((refused.code, refused.err.as_str()), (Some(1), "chirrup: bob is disabled\n"));
    let token = place.ok("token ANN@example.com --expires-in 1h");
    let changed = place.ok(&format!("user password {}", text(&people[0]["_id"])));
    let next = changed.trim().split_once("password: ").unwrap().1.to_owned();
    let fresh = place.ok("token ann");
    let old = password.to_owned();

    let server = place.server().await;
    for (token, status) in [(token, 401), (fresh, 200)] {
        let bearer = format!("Bearer {}", token.trim());
        server.request(Method::GET, "/api/users/me", &[(AUTHORIZATION, &bearer)], "").await.expect(status);
    }
    log_in(&server, "ann", &old).await.expect(401);
    assert_eq!(log_in(&server, "ann", &next).await.expect(200)["user"]["role"], "admin");
    log_in(&server, "bob", PASSWORD).await.refused(401, "Invalid credentials", "invalid_credentials");
    assert!(!server.data.path().join("data/setup-code").exists(), "there is an admin");
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let place = Place::prepared();
    place.ok("user add ann ann@example.com");
    for (arguments, code, line) in [
        ("user add ANN other@example.com", 1, "Username taken"),
        ("user add bob nowhere", 1, "Invalid email: expected an address such as ann@example.com"),
        ("user disable nobody", 1, "User not found"),
        ("user add bob", 2, "EMAIL is missing; see --help"),
        ("user add bob bob@example.com secret", 2, "secret: unknown argument"),
        ("user role ann king", 2, "king: expected admin or member"),
        ("user", 2, "user: expected add, list, password, disable, enable or role; see --help"),
        ("user list --prot 1", 2, "--prot: unknown flag; did you mean --port?"),
        ("token ann --expires-in 7", 2, "--expires-in: expected a time of at least 1s, such as 15m or 7d"),
        ("user password ann --password-stdin", 1, "no password on standard input"),
    ] {
        let said = place.run(arguments);
        assert_eq!((said.code, said.err), (Some(code), format!("chirrup: {line}\n")), "{arguments}");
        assert_eq!(said.out, "", "{arguments}");
    }
    for command in ["user", "user add", "token", "check"] {
        assert!(place.ok(&format!("{command} --help")).contains("Usage: chirrup"));
    }
    assert_eq!(place.ok("help"), place.ok("--help"));
    assert_eq!(place.ok("help token"), place.ok("token --help"));
}

#[test]
fn nothing_is_made_where_nothing_was() {
    let place = Place::new();
    let data = place.0.path().join("data");
    let refused = |arguments: &str, line: &str| {
        let said = place.run(arguments);
        let line = format!("chirrup: {line}\n").replace("HERE", data.to_str().unwrap());
        assert_eq!((said.code, said.out.as_str(), said.err), (Some(1), "", line), "{arguments}");
    };
    let no_database = "no database in HERE: start the server once, or set DATA_DIR";
    for command in ["user list", "user disable ann", "token ann", "user add ann ann@example.com"] {
        refused(command, no_database);
        assert!(!data.exists(), "{command}");
    }
    fs::create_dir(&data).unwrap();
    refused("user list", no_database);
    place.ok("user add ann ann@example.com");
    assert!(place.ok("user list").contains("ann@example.com"));
    refused("token ann", "no secret in HERE: set JWT_SECRET as it is set for the server");
    assert!(!data.join("jwt-secret").exists());
    let mut token = place.command("token ann");
    let said = Said::from(token.env("JWT_SECRET", "correct horse battery staple paper").output().unwrap());
    assert_eq!((said.code, said.out.matches('.').count()), (Some(0), 2));
}

#[test]
fn a_running_server_does_what_commands_say() {
    let place = Place::new();
    let mut server = place.serve();
    let socket = fs::metadata(place.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    place.ok("user add ann ann@example.com");
    let token = place.ok("token ann");
    let port = server.port;
    let status = |token: &str| {
        let header = format!("authorization: Bearer {}\r\n", token.trim());
        ask(port, "/api/users/me", &header).split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status(&token), "200");
    place.ok("user disable ann");
    assert_eq!(status(&token), "401");
    place.ok("user enable ann");
    assert_eq!(status(&token), "401");
    assert_eq!(status(&place.ok("token ann")), "200");
    let checked = place.ok("check");
    assert!(checked.contains("ok     the server runs: version 0.1.0, process "), "{checked}");
    assert!(checked.contains("note   the settings above are those of this shell"), "{checked}");

    server.signal("-TERM");
    assert!(!place.socket().exists());
    let mut server = place.serve();
    server.signal("-KILL");
    assert!(place.socket().exists(), "a crash leaves it behind");
    assert_eq!(place.ok("user role ann admin"), "ann is an admin now\n");
    let _server = place.serve();
    assert!(place.ok("user list").contains("admin"));
}

#[test]
fn the_check_says_what_is_set_and_what_is_wrong() {
    let place = Place::new();
    let fresh = place.ok("check --port 0");
    assert!(fresh.contains("there is no database yet") && !place.0.path().join("data").exists(), "{fresh}");
    fs::create_dir(place.0.path().join("data")).unwrap();
    place.ok("user add ann ann@example.com");
    fs::write(place.0.path().join(".env"), "REGISTRATION=closed\n").unwrap();
    let mut check = place.command("check --port 0");
    let said = Said::from(check.env("JWT_SECRET", "correct horse").output().unwrap());
    assert_eq!(said.code, Some(0), "{}", said.out);
    let is = |key: &str, value: &str, place: &str| {
        let line = said.out.lines().find(|line| line.starts_with(key)).unwrap();
        assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), format!("{key} {value} {place}"));
    };
    is("REGISTRATION", "closed", ".env line 1");
    is("JWT_SECRET", "(secret)", "environment");
    assert!(!said.out.contains("this shell"), "{}", said.out);
    is("PORT", "0", "flag");
    is("LIMIT_SENDS", "20/s:60", "default");
    for line in ["it has 1 users", "JWT_SECRET is shorter", "there is no admin yet"] {
        assert!(said.out.contains(line), "{}", said.out);
    }
    assert!(!said.out.contains("horse"));
    fs::write(place.0.path().join("data/jwt-secret"), "hush").unwrap();
    let kept = Said::from(place.command("check --port 0").env("CLIENT_ORIGINS", "x").output().unwrap());
    assert!(kept.out.contains("(in DATA_DIR)") && !kept.out.contains("hush"), "{}", kept.out);
    assert!(kept.out.contains("note   CLIENT_ORIGINS is no setting"), "{}", kept.out);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = place.run(&format!("check --host 127.0.0.1 --port {port}"));
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("WRONG  HOST, PORT: can't listen"), "{}", said.out);
    fs::write(place.0.path().join("data/chirrup.db"), "no database").unwrap();
    assert_eq!(place.run("check --port 0").code, Some(1));
    assert_eq!(place.run("check --port http").code, Some(2));
}
