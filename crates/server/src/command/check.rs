use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::{fs, io};

use chirrup_store_sqlite::{Found, inspect};

use super::CommandError;
use super::words::Words;
use crate::auth;
use crate::config::{Config, Given, NOT_YET, Secret, Shown, doubtful_variables};
use crate::control::{Answer, Asked, Request, ask_server};
use crate::{StartError, data_dir};

pub(super) const HELP: &str = "\
Says what is set and where that stands, what is reachable and what is wrong

Usage: chirrup check [--SETTING VALUE]...

Secrets are not shown. Nothing is changed. The exit code is 0 if nothing is wrong, 1 if something is, 2 if a setting is.
";

/// What was found, as it is printed.
#[derive(Default)]
struct Findings {
    wrong: bool,
}

impl Findings {
    fn fine(&self, what: &str) {
        println!("ok     {what}");
    }

    fn note(&self, what: &str) {
        println!("note   {what}");
    }

    fn wrong(&mut self, what: &str) {
        self.wrong = true;
        println!("WRONG  {what}");
    }
}

pub(super) fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, CommandError> {
    let given = Given::load(Words::sort(arguments, &[])?.finish()?)?;
    let config = Config::from_given(&given);
    let has_own_secret = config.as_ref().is_ok_and(has_own_secret);
    for Shown { key, mut value, place } in given.shown().into_iter().filter(|setting| setting.key != NOT_YET)
    {
        if key == "JWT_SECRET" && has_own_secret {
            value = "(in DATA_DIR)".to_owned();
        }
        println!("{key:<22} {value:<32} {place}");
    }
    println!();
    let config = config?;
    let mut findings = Findings::default();
    for doubt in doubtful_variables(std::env::vars_os().map(|(name, _)| name)) {
        findings.note(&doubt);
    }
    check_secret(&config, &findings);
    check_directory(&config, &mut findings);
    check_server(&config, &mut findings);
    Ok(ExitCode::from(u8::from(findings.wrong)))
}

/// Whether the tokens are signed with a secret that was made here.
fn has_own_secret(config: &Config) -> bool {
    config.auth.jwt_secret.is_none() && auth::find(&config.data_dir).is_ok_and(|secret| secret.is_some())
}

fn check_secret(config: &Config, findings: &Findings) {
    if let Some(weakness) = config.auth.jwt_secret.as_ref().and_then(Secret::weakness) {
        findings.note(weakness);
    }
}

fn check_directory(config: &Config, findings: &mut Findings) {
    let shown = config.data_dir.display();
    match fs::metadata(&config.data_dir) {
        Ok(found) if !found.is_dir() => findings.wrong(&format!("DATA_DIR: {shown} is no directory")),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            findings.note(&format!("DATA_DIR: other users of this machine may look into {shown}"));
        }
        Ok(_) => findings.fine(&format!("DATA_DIR: {shown} is there, for its owner only")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            findings.note(&format!("DATA_DIR: {shown} is not there yet; the first start makes it"));
        }
        Err(error) => findings.wrong(&format!("DATA_DIR: {shown}: {error}")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn check_server(config: &Config, findings: &mut Findings) {
    match ask_server(&config.data_dir, &Request::Ping).await {
        Ok(Asked::Answered(Answer::Alive { version, pid, store_error, has_admin })) => {
            findings.fine(&format!("the server runs: version {version}, process {pid}"));
            findings.note(
                "the settings above are those of this shell; the server has those that it was started with",
            );
            match store_error {
                None => findings.fine("its database can be read and written"),
                Some(error) => findings.wrong(&format!("its database: {error}")),
            }
            note_admin(has_admin, findings);
        }
        Ok(Asked::Answered(_)) => {
            findings.wrong("the running server does not understand: is it of another version?")
        }
        Ok(Asked::NotRunning) => {
            findings.note("the server does not run on this DATA_DIR");
            if data_dir::is_half_restored(&config.data_dir) {
                findings.wrong(&StartError::HalfRestored(config.data_dir.clone()).to_string());
            }
            check_database(config, findings);
            check_port(config, findings);
        }
        Err(error) => findings.wrong(&match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }),
    }
}

fn check_database(config: &Config, findings: &mut Findings) {
    match inspect(&data_dir::database(&config.data_dir)) {
        Ok(None) => findings.note("there is no database yet; the first start makes it"),
        Ok(Some(Found { users, admins, current })) => {
            findings.fine(&format!("the database can be read; it has {users} users"));
            if !current {
                findings.note("the database is of an earlier version; the next start brings it up to date");
            }
            note_admin(admins > 0, findings);
        }
        Err(error) => findings.wrong(&error.to_string()),
    }
}

fn check_port(config: &Config, findings: &mut Findings) {
    let (host, port) = (&config.listen.host, config.listen.port);
    match TcpListener::bind((host.as_str(), port)) {
        Ok(_) => findings.fine(&format!("HOST, PORT: {host} port {port} is free")),
        Err(error) => findings.wrong(&format!("HOST, PORT: can't listen on {host} port {port}: {error}")),
    }
}

fn note_admin(has_admin: bool, findings: &Findings) {
    if !has_admin {
        findings.note("there is no admin yet: the start of the server prints a link to become it");
    }
}
