//! The command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::config::{self, Config, Listen, NOT_YET, SETTINGS};
use crate::{StartError, command, log, serve, shutdown};

/// Exit code for a setting that is wrong or unknown.
pub(crate) const WRONG_SETTING: u8 = 2;

/// Work on other threads, such as a password's hash, has this long to end when the server has; nobody waits for it.
const LEFTOVERS: Duration = Duration::from_millis(500);

/// Does what the arguments (without the program's name) say; the log and the answers go to standard output, why it
/// could not to standard error, in one line.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.collect();
    let arguments = match arguments.split_first() {
        // `help user` is `user --help`.
        Some((help, of)) if help == "help" => of.iter().cloned().chain(["--help".into()]).collect(),
        _ => arguments,
    };
    if let Some(code) = command::run(&arguments) {
        return code;
    }
    if arguments.iter().any(|word| word == "-h" || word == "--help") {
        return print(&help());
    }
    if arguments.iter().any(|word| word == "-V" || word == "--version") {
        return print(&format!("chirrup {}\n", env!("CARGO_PKG_VERSION")));
    }
    let flags = match arguments.split_first() {
        Some((command, flags)) if command == "serve" => flags,
        _ => &arguments,
    };
    let config = match Config::load(flags.iter().cloned()) {
        Ok(config) => config,
        Err(wrong) => return fail(&wrong, WRONG_SETTING),
    };
    log::start(&config.log);
    for doubt in config::doubtful_variables(std::env::vars_os().map(|(name, _)| name)) {
        tracing::warn!("{doubt}");
    }
    match serve_until_signalled(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

fn serve_until_signalled(config: Config) -> Result<(), StartError> {
    let runtime = Runtime::new().map_err(StartError::Runtime)?;
    let ended = runtime.block_on(async {
        let signalled = shutdown::signalled().map_err(StartError::Signals)?;
        let listener = listen(&config.listen).await?;
        serve(config, listener, signalled).await
    });
    // Dropped, it would wait for what blocks a thread however long that takes.
    runtime.shutdown_timeout(LEFTOVERS);
    ended
}

async fn listen(Listen { host, port }: &Listen) -> Result<TcpListener, StartError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { host: host.clone(), port: *port },
        _ => StartError::Listen { host: host.clone(), port: *port, source },
    };
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host((host.as_str(), *port)).await.map_err(failed)?.collect();
    TcpListener::bind(addresses.as_slice()).await.map_err(failed)
}

fn print(text: &str) -> ExitCode {
    // Whoever reads has seen enough when they close the pipe.
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Tells in one line why it could not be done.
pub(crate) fn fail(error: &(dyn std::error::Error + 'static), code: u8) -> ExitCode {
    let line = log::chain(error).replace(['\r', '\n'], " ");
    // Where nobody reads standard error the exit code has to do.
    let _ = writeln!(std::io::stderr(), "chirrup: {line}");
    ExitCode::from(code)
}

fn help() -> String {
    let shown = || SETTINGS.iter().filter(|setting| setting.key != NOT_YET);
    let width = shown().map(|setting| setting.key.len()).max().unwrap_or_default();
    let settings: String = shown()
        .map(|setting| {
            let default = setting.default.map(|value| format!(" [{value}]")).unwrap_or_default();
            format!("  --{:width$}  {:width$}  {}{default}\n", setting.flag(), setting.key, setting.help)
        })
        .collect();
    format!(
        "Chirrup, a chat backend for Socket.IO clients\n\n\
         Usage: chirrup [COMMAND] [--SETTING VALUE]...\n\n\
         Commands, each with a --help of its own but the first:\n\
         \x20 serve         runs the server, as does no command at all\n\
         \x20 user          adds, lists and changes accounts\n\
         \x20 token USER    prints a token\n\
         \x20 check         says what is set, what is reachable and what is wrong\n\
         \x20 backup FILE   saves the whole DATA_DIR in one file, also while the server runs\n\
         \x20 restore FILE  makes a DATA_DIR of it\n\n\
         Settings, as a flag, in the environment or in ./.env:\n{settings}"
    )
}
