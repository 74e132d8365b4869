use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;

use super::dotenv::{self, Entry};
use super::likeness::nearest;
use super::{SETTINGS, Setting, WrongSetting};

/// The values that were given, each with where it stands.
#[derive(Default)]
pub struct Given(HashMap<&'static str, (String, Place)>);

/// Where a value was given.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Flag,
    Environment,
    /// The file, on this line.
    File(usize),
    Default,
}

/// A setting as whoever runs the server may see it.
pub struct Shown {
    /// Its name.
    pub key: &'static str,
    /// Its value; no secret.
    pub value: String,
    /// Where that was given.
    pub place: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(line) => write!(f, ".env line {line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Given {
    /// Gathers what is given on the command line, in the environment and in the `.env` of the current directory.
    ///
    /// # Errors
    /// As [`gather`](Self::gather).
    pub fn load(flags: impl IntoIterator<Item = OsString>) -> Result<Self, WrongSetting> {
        refuse_unknown(std::env::vars_os().map(|(name, _)| name))?;
        Self::gather(flags, |key| std::env::var_os(key), &dotenv::read()?)
    }

    /// Gathers what is given: flags first, then the environment, then the file. An empty value outside the command line
    /// counts as none, as tools that pass variables on write one where there is none.
    ///
    /// # Errors
    /// An unknown flag or argument; the unknown keys of the file; a value that is not UTF-8.
    pub fn gather(
        flags: impl IntoIterator<Item = OsString>,
        env: impl Fn(&str) -> Option<OsString>,
        file: &[Entry],
    ) -> Result<Self, WrongSetting> {
        let mut given = Self::default();
        if let Some(unknown) = unknown(file) {
            return Err(unknown);
        }
        for Entry { key, value, line } in file {
            if let Some(setting) = Setting::find(key) {
                given.put(setting, value.clone(), Place::File(*line));
            }
        }
        for setting in SETTINGS {
            if let Some(value) = env(setting.key) {
                let value = value.into_string();
                let value =
                    value.map_err(|_| WrongSetting(format!("{}: not UTF-8 (environment)", setting.key)))?;
                given.put(setting, value, Place::Environment);
            }
        }
        let mut flags = flags.into_iter().map(|flag| flag.to_string_lossy().into_owned());
        while let Some(flag) = flags.next() {
            let (setting, value) = parse_flag(&flag, || flags.next())?;
            given.0.insert(setting.key, (value, Place::Flag));
        }
        Ok(given)
    }

    /// Where the setting was given a value.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.0.get(key).map(|(_, place)| *place)
    }

    /// Every setting, with what it is and where that stands; secrets redacted.
    pub fn shown(&self) -> Vec<Shown> {
        let shown = |setting: &'static Setting| {
            let (value, place) = match (self.0.get(setting.key), setting.default) {
                (Some((value, place)), _) => (Some(value.as_str()), *place),
                (None, default) => (default, Place::Default),
            };
            let value = match value {
                Some(_) if setting.secret => "(secret)".to_owned(),
                Some(value) => value.escape_debug().to_string(),
                None => "(none)".to_owned(),
            };
            Shown { key: setting.key, value, place: place.to_string() }
        };
        SETTINGS.iter().map(shown).collect()
    }

    /// The setting's value or default, as `parse` reads it.
    ///
    /// # Errors
    /// The line that says what `parse` expected.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, WrongSetting> {
        let missing = || WrongSetting(format!("{key}: needs a value"));
        self.read_optional(key, parse)?.ok_or_else(missing)
    }

    /// As [`read`](Self::read), for a setting that may have no value.
    pub(super) fn read_optional<T>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, WrongSetting> {
        let setting = Setting::find(key);
        let default = || Some((setting?.default?, Place::Default));
        let given = self.0.get(key).map(|(value, place)| (value.as_str(), *place));
        let Some((value, place)) = given.or_else(default) else { return Ok(None) };
        parse(value).map(Some).map_err(|expected| {
            let shown = match setting {
                Some(Setting { secret: true, .. }) => String::new(),
                _ => format!(", got \"{}\"", value.escape_debug()),
            };
            WrongSetting(format!("{key}: expected {expected}{shown} ({place})"))
        })
    }

    fn put(&mut self, setting: &'static Setting, value: String, place: Place) {
        if !value.is_empty() {
            self.0.insert(setting.key, (value, place));
        }
    }
}

/// The line that names every key of the file that is no setting.
fn unknown(file: &[Entry]) -> Option<WrongSetting> {
    let unknown: Vec<_> = file.iter().filter(|entry| Setting::find(&entry.key).is_none()).collect();
    let keys: Vec<_> = unknown.iter().map(|entry| entry.key.as_str()).collect();
    let lines: Vec<_> = unknown.iter().map(|entry| entry.line.to_string()).collect();
    let plural = if keys.len() == 1 { "" } else { "s" };
    let (keys, lines) = (keys.join(", "), lines.join(", "));
    (!keys.is_empty())
        .then(|| WrongSetting(format!("{keys}: unknown setting{plural} (.env line{plural} {lines})")))
}

fn parse_flag(
    text: &str,
    next: impl FnOnce() -> Option<String>,
) -> Result<(&'static Setting, String), WrongSetting> {
    let Some(flag) = text.strip_prefix("--") else {
        return Err(WrongSetting(format!("{}: unknown argument", text.escape_debug())));
    };
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (flag, None),
    };
    let setting = SETTINGS.iter().find(|setting| setting.flag() == name).ok_or_else(|| unknown_flag(name))?;
    let value = value.or_else(next).ok_or_else(|| WrongSetting(format!("--{name}: needs a value")))?;
    Ok((setting, value))
}

fn unknown_flag(name: &str) -> WrongSetting {
    let flags: Vec<_> = SETTINGS.iter().map(Setting::flag).collect();
    let meant = nearest(name, flags.iter().map(String::as_str));
    let question = meant.map(|flag| format!("; did you mean --{flag}?")).unwrap_or_default();
    WrongSetting(format!("--{}: unknown flag{question}", name.escape_debug()))
}

/// What the names of our variables begin with, and nobody else's do. `LOG_` is not among them, nor is `CHIRRUP_`: no setting
/// begins so, and Kubernetes sets `CHIRRUP_PORT` and others where a Service has our name.
const OWN_PREFIXES: [&str; 3] = ["LIMIT_", "JWT_", "PRESENCE_"];

/// Refuses a variable of the environment whose name is meant for us and known to nobody: a limit that is misspelt would
/// be none.
fn refuse_unknown(names: impl Iterator<Item = OsString>) -> Result<(), WrongSetting> {
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut unknown = names.filter(|name| {
        OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && Setting::find(name).is_none()
    });
    match unknown.next() {
        Some(name) => Err(WrongSetting(format!("{}: unknown setting (environment)", name.escape_debug()))),
        None => Ok(()),
    }
}
