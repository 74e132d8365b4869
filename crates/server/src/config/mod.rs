//! Settings: flags, environment, `.env`, in that order, read once. Each part of the server is given only its own.

mod dotenv;
mod given;
mod likeness;
mod network;
mod secret;
mod setting;
mod value;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chirrup_domain::account::SignInRates;
use chirrup_domain::limit::Rate;
use chirrup_domain::upload::MediaType;
use tracing::Level;

pub use dotenv::Entry;
pub use given::{Given, Shown};
pub use likeness::doubtful_variables;
pub use network::Network;
pub use secret::Secret;
pub use setting::{NOT_YET, SETTINGS, Setting};
pub use value::{LogFormat, LogLevels, Origin, SocketQueue};

/// A setting that is wrong or unknown: one line that names it, and never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongSetting(pub(crate) String);

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens.
    pub listen: Listen,
    /// Where its files are.
    pub data_dir: PathBuf,
    /// Accounts and tokens.
    pub auth: Auth,
    /// Web pages of these origins may use the server, besides its own.
    pub client_origins: Vec<Origin>,
    /// Who learns who is online.
    pub presence: Presence,
    /// What may be uploaded.
    pub uploads: Uploads,
    /// Where those who run the server see its metrics; nowhere if `None`.
    pub admin: Option<SocketAddr>,
    /// What is logged.
    pub log: Log,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
    /// What is too much.
    pub limits: Limits,
}

/// Where the server listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Address or name of the interface.
    pub host: String,
    /// Port; 0 takes any that is free.
    pub port: u16,
}

/// Accounts and tokens.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Signs the tokens; one is made and kept in the data directory if `None`.
    pub jwt_secret: Option<Secret>,
    /// How long a token is good.
    pub token_lifetime: Duration,
    /// Whether anybody may register.
    pub registration_open: bool,
}

/// Who learns who is online.
#[derive(Debug, Clone, Copy)]
pub struct Presence {
    /// Whom presence events go to.
    pub audience: Audience,
    /// How long a user's last device may be gone before the user is.
    pub grace: Duration,
}

/// Whom presence events go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody while few are connected, else those who share a conversation.
    Auto,
    /// Everybody who is connected.
    Everyone,
    /// Those who share a conversation.
    Contacts,
}

/// What may be uploaded.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// Files of these types.
    pub types: Vec<&'static MediaType>,
    /// Most bytes of a file; any number if `None`.
    pub max_bytes: Option<u64>,
}

/// What is logged.
#[derive(Debug, Clone)]
pub struct Log {
    /// Which events.
    pub levels: LogLevels,
    /// How they look.
    pub format: LogFormat,
}

/// What is too much; `None` lifts a limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most characters in a message.
    pub message_chars: Option<usize>,
    /// How long after sending an author may edit or delete a message.
    pub edit_age: Option<Duration>,
    /// Most members in a group.
    pub group_members: Option<usize>,
    /// What may wait to be written to one socket.
    pub socket_queue: SocketQueue,
    /// Most sockets that a user has at a time.
    pub sockets_per_user: Option<usize>,
    /// How often a user sends.
    pub sends: Option<Rate>,
    /// How often a user says that they are typing.
    pub typing: Option<Rate>,
    /// How often a user searches.
    pub search: Option<Rate>,
    /// How often somebody may try to sign in or register.
    pub sign_in: SignInRates,
}

impl Config {
    /// Reads the settings from command line flags (without the program's name), the environment and the `.env` in the
    /// current directory.
    ///
    /// # Errors
    /// The first setting that is wrong or unknown.
    pub fn load(flags: impl IntoIterator<Item = OsString>) -> Result<Self, WrongSetting> {
        Self::from_given(&Given::load(flags)?)
    }

    /// Reads the settings from what was given.
    ///
    /// # Errors
    /// The first setting that is wrong, or that this build can't follow.
    pub fn from_given(given: &Given) -> Result<Self, WrongSetting> {
        if let Some(place) = given.place(NOT_YET) {
            return Err(WrongSetting(format!("{NOT_YET}: this build stores in SQLite only ({place})")));
        }
        Ok(Self {
            listen: Listen { host: given.read("HOST", value::host)?, port: given.read("PORT", value::port)? },
            data_dir: given.read("DATA_DIR", value::path)?,
            auth: Auth {
                jwt_secret: given.read_optional("JWT_SECRET", value::secret)?,
                token_lifetime: given.read("JWT_EXPIRES_IN", value::lifetime)?,
                registration_open: given
                    .read("REGISTRATION", value::choice(&[("open", true), ("closed", false)]))?,
            },
            client_origins: given.read("CLIENT_ORIGIN", value::origins)?,
            presence: Presence {
                audience: given.read("PRESENCE", value::choice(AUDIENCES))?,
                grace: given.read("PRESENCE_GRACE", value::duration)?,
            },
            uploads: Uploads {
                types: given.read("UPLOAD_TYPES", value::upload_types)?,
                max_bytes: given.read("LIMIT_UPLOAD_BYTES", value::size)?.map(|bytes| bytes as u64),
            },
            admin: given.read_optional("ADMIN_ADDR", value::address)?,
            log: Log {
                levels: given.read("LOG", value::log_levels)?,
                format: given.read(
                    "LOG_FORMAT",
                    value::choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]),
                )?,
            },
            trusted_proxies: given.read_optional("TRUST_PROXY", value::networks)?.unwrap_or_default(),
            limits: Limits {
                message_chars: given.read("LIMIT_MESSAGE_CHARS", value::limit)?,
                edit_age: given.read("LIMIT_EDIT_AGE", value::duration_or_off)?,
                group_members: given.read("LIMIT_GROUP_MEMBERS", value::limit)?,
                socket_queue: given.read("LIMIT_SOCKET_QUEUE", value::socket_queue)?,
                sockets_per_user: given.read("LIMIT_SOCKETS_PER_USER", value::limit)?,
                sends: given.read("LIMIT_SENDS", value::rate_or_off)?,
                typing: given.read("LIMIT_TYPING", value::rate_or_off)?,
                search: given.read("LIMIT_SEARCH", value::rate_or_off)?,
                sign_in: given.read("LIMIT_SIGN_IN", value::sign_in_rates)?,
            },
        })
    }
}

const AUDIENCES: &[(&str, Audience)] =
    &[("auto", Audience::Auto), ("everyone", Audience::Everyone), ("contacts", Audience::Contacts)];

/// The level of a log that was not configured.
pub(crate) const DEFAULT_LEVEL: Level = Level::INFO;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn load(flags: &[&str], env: &[(&str, &str)], dotenv: &[(&str, &str)]) -> Result<Config, WrongSetting> {
        let entry = |(line, (key, value)): (usize, &(&str, &str))| Entry {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            line: line + 1,
        };
        let dotenv: Vec<_> = dotenv.iter().enumerate().map(entry).collect();
        let env = |key: &str| env.iter().find(|(name, _)| *name == key).map(|(_, value)| value.into());
        Config::from_given(&Given::gather(flags.iter().map(OsString::from), env, &dotenv)?)
    }

    fn refused(flags: &[&str], env: &[(&str, &str)], dotenv: &[(&str, &str)]) -> String {
        load(flags, env, dotenv).unwrap_err().to_string()
    }

    #[test]
    fn everything_has_a_default() {
        let config = load(&[], &[], &[]).unwrap();
        assert_eq!((config.listen.host.as_str(), config.listen.port), ("0.0.0.0", 3000));
        assert_eq!(config.data_dir, PathBuf::from("./data"));
        assert!(config.auth.jwt_secret.is_none() && config.auth.registration_open);
        assert_eq!(config.auth.token_lifetime, Duration::from_secs(7 * 24 * 3600));
        assert_eq!(config.client_origins, [Origin::parse("http://localhost:5173").unwrap()]);
        assert_eq!(config.presence.audience, Audience::Auto);
        assert_eq!(config.presence.grace, Duration::from_secs(2));
        assert_eq!(config.limits.message_chars, Some(10_000));
        assert_eq!((config.uploads.types.len(), config.uploads.max_bytes), (18, Some(52_428_800)));
        assert_eq!(config.limits.group_members, Some(5_000));
        assert_eq!(config.limits.edit_age, None);
        let given = load(&["--limit-edit-age", "15m"], &[], &[]).unwrap();
        assert_eq!(given.limits.edit_age, Some(Duration::from_secs(15 * 60)));
        assert_eq!(
            config.limits.socket_queue,
            SocketQueue { frames: Some(1024), bytes: Some(4 * 1024 * 1024) }
        );
    }

    #[test]
    fn rates_have_a_count_a_time_and_a_burst() {
        let rate = |count, seconds, burst| {
            let [count, burst] = [count, burst].map(|number| NonZeroU32::new(number).unwrap());
            Some(Rate::new(count, Duration::from_secs(seconds), burst))
        };
        let limits = load(&[], &[], &[]).unwrap().limits;
        assert_eq!(limits.sends, rate(20, 1, 60));
        assert_eq!((limits.typing, limits.search), (rate(5, 1, 20), rate(5, 1, 20)));
        let default = SignInRates { account: rate(10, 60, 10), source: rate(60, 60, 60) };
        assert_eq!(limits.sign_in, default);
        assert_eq!(limits.sockets_per_user, Some(20));
        let given = [("LIMIT_SENDS", "off"), ("LIMIT_TYPING", "3/h"), ("LIMIT_SIGN_IN", "2/m")];
        let limits = load(&[], &given, &[]).unwrap().limits;
        assert_eq!((limits.sends, limits.typing), (None, rate(3, 3600, 3)));
        assert_eq!(limits.sign_in, SignInRates { account: rate(2, 60, 2), source: rate(12, 60, 12) });
        let off = load(&[], &[("LIMIT_SIGN_IN", "off")], &[]).unwrap().limits.sign_in;
        assert_eq!(off, SignInRates { account: None, source: None });
    }

    #[test]
    fn flags_go_before_the_environment_and_that_before_the_file() {
        let port = |flags, env, dotenv| load(flags, env, dotenv).unwrap().listen.port;
        assert_eq!(port(&["--port", "1"], &[("PORT", "2")], &[("PORT", "3")]), 1);
        assert_eq!(port(&["--port=1"], &[("PORT", "2")], &[("PORT", "3")]), 1);
        assert_eq!(port(&[], &[("PORT", "2")], &[("PORT", "3")]), 2);
        assert_eq!(port(&[], &[], &[("PORT", "3")]), 3);
        assert_eq!(port(&[], &[("PORT", "")], &[("PORT", "3")]), 3);
    }

    #[test]
    fn a_wrong_setting_is_named_with_where_it_stands() {
        for (key, value) in [
            ("PORT", "70000"),
            ("HOST", "two words"),
            ("JWT_EXPIRES_IN", "7"),
            ("JWT_EXPIRES_IN", "0s"),
            ("CLIENT_ORIGIN", "localhost:5173"),
            ("CLIENT_ORIGIN", "http://a,http://b/path"),
            ("REGISTRATION", "maybe"),
            ("PRESENCE", "nobody"),
            ("PRESENCE_GRACE", "soon"),
            ("ADMIN_ADDR", "9464"),
            ("LOG", "loud"),
            ("LOG_FORMAT", "xml"),
            ("LIMIT_MESSAGE_CHARS", "-1"),
            ("LIMIT_MESSAGE_CHARS", "0"),
            ("LIMIT_EDIT_AGE", "15"),
            ("LIMIT_GROUP_MEMBERS", "many"),
            ("UPLOAD_TYPES", "png,svg"),
            ("UPLOAD_TYPES", ","),
            ("LIMIT_UPLOAD_BYTES", "50xb"),
            ("LIMIT_UPLOAD_BYTES", "0"),
            ("LOG", "chirup=debug"),
            ("LIMIT_SOCKET_QUEUE", "1024"),
            ("LIMIT_SOCKET_QUEUE", "1024,4xb"),
            ("LIMIT_SOCKETS_PER_USER", "0"),
            ("LIMIT_SENDS", "20"),
            ("LIMIT_SENDS", "20/s:0"),
            ("LIMIT_TYPING", "5/day"),
            ("LIMIT_SIGN_IN", "10/m,"),
            ("TRUST_PROXY", "10.0.0.0/33"),
        ] {
            let line = refused(&[], &[(key, value)], &[]);
            assert!(line.starts_with(&format!("{key}: ")), "{line}");
            assert!(line.contains("environment") && line.contains(value) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn what_nobody_knows_stops_the_start() {
        assert_eq!(refused(&["--prot", "1"], &[], &[]), "--prot: unknown flag; did you mean --port?");
        assert_eq!(refused(&["--proxy", "1"], &[], &[]), "--proxy: unknown flag");
        assert_eq!(refused(&["--port"], &[], &[]), "--port: needs a value");
        assert_eq!(refused(&["surprise"], &[], &[]), "surprise: unknown argument");
        assert_eq!(refused(&[], &[], &[("PROT", "1")]), "PROT: unknown setting (.env line 1)");
        assert_eq!(
            refused(&[], &[], &[("PROT", "1"), ("PORT", "1"), ("MODE", "x")]),
            "PROT, MODE: unknown settings (.env lines 1, 3)"
        );
        assert_eq!(
            refused(&[], &[("MONGO_URI", "mongodb://me:secret@db")], &[]),
            "MONGO_URI: this build stores in SQLite only (environment)"
        );
    }

    #[test]
    fn a_wrong_setting_says_what_would_be_right() {
        for (key, value, line) in [
            ("PRESENCE", "nobody", "PRESENCE: expected auto, everyone or contacts, got"),
            ("REGISTRATION", "maybe", "REGISTRATION: expected open or closed, got"),
            (
                "CLIENT_ORIGIN",
                "*",
                "CLIENT_ORIGIN: expected origins named in full, such as https://chat.example.com, without wildcards, got",
            ),
            ("CLIENT_ORIGIN", "https://*.example.com", "CLIENT_ORIGIN: expected origins named in full, "),
        ] {
            let refused = refused(&[], &[(key, value)], &[]);
            assert!(refused.starts_with(line), "{refused}");
        }
        let line = refused(&[], &[], &[("HOST", "::"), ("PORT", "x")]);
        assert!(line.ends_with("got \"x\" (.env line 2)"), "{line}");
    }

    #[test]
    fn a_value_never_makes_a_second_line() {
        let line = refused(&[], &[("PORT", "1\n2")], &[]);
        assert!(!line.contains('\n'), "{line}");
    }

    #[test]
    fn secrets_print_redacted() {
        let config = load(&[], &[("JWT_SECRET", "correct horse")], &[]).unwrap();
        assert!(!format!("{config:?}").contains("horse"));
    }

    #[test]
    fn a_value_is_taken_as_people_write_it() {
        let given = [
            ("LIMIT_UPLOAD_BYTES", "50MB"),
            ("UPLOAD_TYPES", ".PNG, jpg"),
            ("REGISTRATION", "Closed"),
            ("PRESENCE", "EVERYONE"),
            ("LOG_FORMAT", "JSON"),
            ("LIMIT_SENDS", "OFF"),
        ];
        let config = load(&[], &given, &[]).unwrap();
        let types: Vec<_> = config.uploads.types.iter().map(|media| media.extension).collect();
        assert_eq!((config.uploads.max_bytes, types), (Some(50 << 20), vec!["png", "jpg"]));
        assert_eq!((config.auth.registration_open, config.presence.audience), (false, Audience::Everyone));
        assert_eq!((config.log.format, config.limits.sends), (LogFormat::Json, None));
    }

    #[test]
    fn off_lifts_a_limit() {
        let off = [("LIMIT_MESSAGE_CHARS", "off"), ("LIMIT_SOCKET_QUEUE", "off"), ("LIMIT_EDIT_AGE", "off")];
        let limits = load(&[], &off, &[]).unwrap().limits;
        assert_eq!(limits.edit_age, None);
        assert_eq!(limits.message_chars, None);
        assert_eq!(limits.socket_queue, SocketQueue { frames: None, bytes: None });
    }
}
