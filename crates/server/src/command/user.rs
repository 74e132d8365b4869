use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use super::password::{FROM_STDIN, Password};
use super::words::{CommandOption, Words};
use super::{CommandError, ask_for};
use crate::config::WrongSetting;
use crate::control::{Answer, Person, Request};

pub(super) const HELP: &str = "\
Manages accounts, also while the server runs

Usage: chirrup user add USERNAME EMAIL [--admin] [--password-stdin]
       chirrup user list [--json]
       chirrup user password USER [--password-stdin]
       chirrup user disable USER
       chirrup user enable USER
       chirrup user role USER admin|member

  USER              name, address or id
  --password-stdin  reads the password from standard input; without it one is made and printed, once
  --json            prints one JSON object per line

A new password and disabling end every session of the user. Before the first start of the server, `add` prepares accounts in a
DATA_DIR that is there. Settings, such as --data-dir DIR, may follow.
";

const ADMIN: CommandOption = CommandOption { name: "--admin", takes_value: false };
/// What the columns of the list are.
const HEADER: [&str; 5] = ["id", "username", "role", "last seen", "email"];
const JSON: CommandOption = CommandOption { name: "--json", takes_value: false };

pub(super) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, CommandError> {
    let action = arguments.next().unwrap_or_default();
    match action.to_str() {
        Some("add") => add(Words::sort(arguments, &[ADMIN, FROM_STDIN])?),
        Some("list") => list(Words::sort(arguments, &[JSON])?),
        Some("password") => password(Words::sort(arguments, &[FROM_STDIN])?),
        Some("disable") => set_disabled(Words::sort(arguments, &[])?, true),
        Some("enable") => set_disabled(Words::sort(arguments, &[])?, false),
        Some("role") => role(Words::sort(arguments, &[])?),
        _ => Err(WrongSetting(
            "user: expected add, list, password, disable, enable or role; see --help".into(),
        ))?,
    }
    .map(|()| ExitCode::SUCCESS)
}

fn add(mut words: Words) -> Result<(), CommandError> {
    let (username, email) = (words.next("USERNAME")?, words.next("EMAIL")?);
    let (admin, password) = (words.has(ADMIN.name), Password::of(&words)?);
    let request = Request::AddUser { username, email, password: password.text.clone(), admin };
    done("added", ask_for(words.finish()?, request)?);
    password.show();
    Ok(())
}

fn password(mut words: Words) -> Result<(), CommandError> {
    let (user, password) = (words.next("USER")?, Password::of(&words)?);
    let request = Request::SetPassword { user, password: password.text.clone() };
    done("changed the password of", ask_for(words.finish()?, request)?);
    password.show();
    Ok(())
}

fn set_disabled(mut words: Words, disabled: bool) -> Result<(), CommandError> {
    let user = words.next("USER")?;
    let what = if disabled { "disabled" } else { "enabled" };
    done(what, ask_for(words.finish()?, Request::SetDisabled { user, disabled })?);
    Ok(())
}

fn role(mut words: Words) -> Result<(), CommandError> {
    let user = words.next("USER")?;
    let (what, admin) = match words.next("admin or member")?.as_str() {
        "admin" => ("an admin", true),
        "member" => ("a member", false),
        other => Err(WrongSetting(format!("{}: expected admin or member", other.escape_debug())))?,
    };
    if let Answer::Done { username } = ask_for(words.finish()?, Request::SetRole { user, admin })? {
        println!("{username} is {what} now");
    }
    Ok(())
}

fn list(words: Words) -> Result<(), CommandError> {
    let as_json = words.has(JSON.name);
    let settings = words.finish()?;
    let mut after = None;
    // For people alone: what is piped is read by programs.
    let mut header = Some(HEADER).filter(|_| !as_json && std::io::stdout().is_terminal());
    loop {
        let Answer::Users { users, more } = ask_for(settings.clone(), Request::ListUsers { after })? else {
            return Ok(());
        };
        header.take().inspect(|names| println!("{}", columns(*names)));
        users.iter().for_each(|person| println!("{}", if as_json { json(person) } else { line(person) }));
        match users.last() {
            Some(last) if more => after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn json(person: &Person) -> String {
    serde_json::to_string(person).unwrap_or_default()
}

fn line(person: &Person) -> String {
    let Person { id, username, email, role, disabled, last_seen, .. } = person;
    let seen = last_seen.as_deref().unwrap_or("never seen");
    let disabled = if *disabled { "  disabled" } else { "" };
    columns([id, username, role, seen, email]) + disabled
}

fn columns([id, username, role, seen, email]: [&str; 5]) -> String {
    format!("{id:<24}  {username:<32}  {role:<6}  {seen:<24}  {email}")
}

fn done(what: &str, answer: Answer) {
    if let Answer::Done { username } = answer {
        println!("{what} {username}");
    }
}
