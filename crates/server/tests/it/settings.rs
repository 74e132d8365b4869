use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use tempfile::tempdir;

/// The real program in a directory of its own, without this process's environment.
fn chirrup(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chirrup"));
    command.current_dir(dir).env_clear();
    command
}

/// What a server on this port answers to a GET with these lines of headers.
pub(crate) fn ask(port: u16, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Asserts that the start stopped with this one line.
fn stopped(output: &Output, code: i32, line: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("chirrup: {line}\n"));
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn a_wrong_or_unknown_setting_stops_the_start_with_one_line() {
    let dir = tempdir().unwrap();
    stopped(
        &chirrup(dir.path()).env("PORT", "http").output().unwrap(),
        2,
        "PORT: expected a port from 0 to 65535, got \"http\" (environment)",
    );
    stopped(
        &chirrup(dir.path()).arg("--prot=1").output().unwrap(),
        2,
        "--prot: unknown flag; did you mean --port?",
    );
    stopped(
        &chirrup(dir.path()).env("MONGO_URI", "mongodb://localhost/chat").output().unwrap(),
        2,
        "MONGO_URI: this build stores in SQLite only (environment)",
    );
    for name in ["LIMIT_SEND", "JWT_SECERT", "PRESENCE_GRAVE"] {
        let line = format!("{name}: unknown setting (environment)");
        stopped(&chirrup(dir.path()).env(name, "hush").env("LOG_DIR", "x").output().unwrap(), 2, &line);
    }
    // What Kubernetes says of a Service of our name is no setting, so the wrong one is what is told.
    let mut command = chirrup(dir.path());
    command.env("CHIRRUP_PORT", "tcp://10.0.0.1:3000").env("CHIRRUP_SERVICE_HOST", "10.0.0.1");
    stopped(&command.arg("--nothing=1").output().unwrap(), 2, "--nothing: unknown flag");
    assert!(!dir.path().join("data").exists(), "nothing is made before the settings are right");
}

#[test]
fn the_file_is_read_and_its_unknown_keys_are_named() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join(".env"), "# settings\nexport PORT=nope\n").unwrap();
    stopped(
        &chirrup(dir.path()).output().unwrap(),
        2,
        "PORT: expected a port from 0 to 65535, got \"nope\" (.env line 2)",
    );
    std::fs::write(dir.path().join(".env"), "PORT=0\nJWT_SECERT=hush\nMODE=x\n").unwrap();
    stopped(
        &chirrup(dir.path()).output().unwrap(),
        2,
        "JWT_SECERT, MODE: unknown settings (.env lines 2, 3)",
    );
    std::fs::write(dir.path().join(".env"), "PORT=0\nhush hush\n").unwrap();
    stopped(&chirrup(dir.path()).output().unwrap(), 2, ".env: line 2 is not KEY=value");
}

#[test]
fn an_address_in_use_stops_the_start() {
    let dir = tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = chirrup(dir.path()).args(["--host", "127.0.0.1", "--port", &port]).output().unwrap();
    let next = port.parse::<u16>().unwrap().saturating_add(1);
    let line = format!(
        "PORT: {port} is in use on 127.0.0.1; stop what uses it, or set another, such as PORT={next}"
    );
    stopped(&output, 1, &line);
}

#[test]
fn a_data_directory_that_cannot_be_used_stops_the_start() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let output = chirrup(dir.path()).args(["--port", "0", "--data-dir", "file"]).output().unwrap();
    stopped(&output, 1, "DATA_DIR: file is not a directory");
}

type Log = Lines<BufReader<ChildStdout>>;

/// A server in this directory, with its log, line by line.
fn running(dir: &Path) -> (Child, Log) {
    started(chirrup(dir))
}

fn started(mut command: Command) -> (Child, Log) {
    command.args(["--port=0", "--host=127.0.0.1", "--log-format=json"]);
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    (server, lines)
}

/// A connection to the server, once the log says where it runs.
fn connect(lines: &mut Log) -> TcpStream {
    TcpStream::connect(line_with(lines, "chirrup is running")["address"].as_str().unwrap()).unwrap()
}

/// The next line of the log with this in its message.
fn line_with(lines: &mut Log, message: &str) -> serde_json::Value {
    let mut values = lines.map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
    values.find(|line| line["message"].as_str().unwrap().contains(message)).unwrap()
}

fn terminate(server: &Child) {
    let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(told.success());
}

#[test]
fn a_second_signal_ends_it_at_once_and_says_so() {
    let dir = tempdir().unwrap();
    let (mut server, mut lines) = running(dir.path());
    // A request that does not end is waited for.
    let mut request = connect(&mut lines);
    write!(request, "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    terminate(&server);
    line_with(&mut lines, "stopping");
    // As it comes to a process and to its whole group, which is one.
    terminate(&server);
    std::thread::sleep(Duration::from_millis(1200));
    assert!(server.try_wait().unwrap().is_none());
    terminate(&server);
    assert_eq!(line_with(&mut lines, "told twice")["signal"], "SIGTERM");
    assert_eq!(server.wait().unwrap().code(), Some(1));
}

#[test]
fn a_short_secret_and_a_page_of_another_origin_leave_a_line() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join(".env"), "JWT_SECRET=s3cr$et # short\n").unwrap();
    let mut command = chirrup(dir.path());
    command.env("UPLOAD_TYPE", "png");
    let (mut server, mut lines) = started(command);
    assert_eq!(line_with(&mut lines, "UPLOAD_TYPE is no setting")["level"], "WARN");
    let warned = line_with(&mut lines, "JWT_SECRET is shorter than 32 bytes");
    assert!(warned["level"] == "WARN" && !warned.to_string().contains("s3cr"), "{warned}");
    let mut stream = connect(&mut lines);
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: x\r\norigin: https://evil.example\r\n\r\n").unwrap();
    let refused = line_with(&mut lines, "CLIENT_ORIGIN does not name");
    assert_eq!((&refused["level"], &refused["origin"]), (&"WARN".into(), &"https://evil.example".into()));
    terminate(&server);
    server.wait().unwrap();
}

#[test]
fn it_says_where_it_runs_what_it_does_and_ends_well_when_told_to() {
    let dir = tempdir().unwrap();
    let mut server = chirrup(dir.path())
        .args(["serve", "--port=0", "--host=127.0.0.1", "--log-format=json", "--data-dir=here"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(
        first["message"].as_str().unwrap().starts_with("chirrup is running on http://127.0.0.1:"),
        "{first}"
    );
    assert_eq!((first["data"].as_str(), first["version"].as_str()), (Some("here"), Some("0.1.0")));

    let port = first["address"].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    let setup: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let link = format!("http://127.0.0.1:{port}/?setup=");
    assert!(setup["message"].as_str().unwrap().contains(&link), "{setup}");

    assert!(ask(port, "/api/users/me?token=hush", "").starts_with("HTTP/1.1 401"));
    let request: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((request["method"].as_str(), request["path"].as_str()), (Some("GET"), Some("/api/users/me")));
    assert_eq!(request["status"], 401);
    assert!(request["ms"].is_number() && !request.to_string().contains("hush"), "{request}");

    terminate(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(lines.last().unwrap().unwrap().contains("stopped"));
}

#[test]
fn the_link_of_the_first_start_is_printed_whatever_is_logged() {
    for level in ["warn", "off", "off,chirrup=off"] {
        let dir = tempdir().unwrap();
        let mut command = chirrup(dir.path());
        command.env("LOG", level);
        let (server, mut lines) = started(command);
        let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert!(first["message"].as_str().unwrap().contains("/?setup="), "{level}: {first}");
        terminate(&server);
        assert!(lines.next().is_none(), "{level}");
    }
}

#[test]
fn it_tells_what_can_be_set() {
    let dir = tempdir().unwrap();
    let output = chirrup(dir.path()).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(help.contains("--client-origin") && help.contains("[http://localhost:5173]"), "{help}");
    assert!(!help.contains("MONGO_URI"), "{help}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn help_that_nobody_reads_to_its_end_is_no_fault() {
    let dir = tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = chirrup(dir.path()).arg("--help").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_file_that_is_no_database_is_named_with_its_reason_once() {
    let dir = tempdir().unwrap();
    std::fs::create_dir(dir.path().join("here")).unwrap();
    std::fs::write(dir.path().join("here/chirrup.db"), "x".repeat(4096)).unwrap();
    let output = chirrup(dir.path()).args(["--port=0", "--data-dir=here"]).output().unwrap();
    stopped(&output, 1, "DATA_DIR: can't open the database: here/chirrup.db: file is not a database");
}
