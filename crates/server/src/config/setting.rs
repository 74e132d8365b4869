/// A setting: `PORT` in the environment and in `.env`, `--port` on the command line.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name, as the environment spells it.
    pub key: &'static str,
    /// What it is if nobody says; `None` if it has no value then.
    pub default: Option<&'static str>,
    /// What it does, in one line.
    pub help: &'static str,
    /// Whether its value must not be shown.
    pub secret: bool,
}

const fn setting(key: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { key, default: Some(default), help, secret: false }
}

/// The setting that this build knows and can't follow: it is refused, and shown to nobody.
pub const NOT_YET: &str = "MONGO_URI";

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("PORT", "3000", "port to listen on; 0 takes any that is free"),
    setting("HOST", "0.0.0.0", "address to listen on"),
    setting("DATA_DIR", "./data", "where the database, the uploaded files and the secret are kept"),
    Setting {
        key: "JWT_SECRET",
        default: None,
        help: "signs the tokens; made on the first start if not given",
        secret: true,
    },
    setting("JWT_EXPIRES_IN", "7d", "how long a token is good"),
    setting("CLIENT_ORIGIN", "http://localhost:5173", "origins of web clients, separated by commas"),
    setting("REGISTRATION", "open", "whether anybody may register: open or closed"),
    setting("PRESENCE", "auto", "who learns who is online: auto, everyone or contacts"),
    setting("PRESENCE_GRACE", "2s", "how long the last device may be gone before its user is"),
    Setting {
        key: NOT_YET,
        default: None,
        help: "not in this build: it stores in SQLite only",
        secret: true,
    },
    setting(
        "UPLOAD_TYPES",
        "jpeg,jpg,png,gif,pdf,doc,docx,mp4,mp3,webp,webm,ogg,m4a,wav,txt,zip,xlsx,pptx",
        "extensions of files that may be uploaded, separated by commas",
    ),
    Setting {
        key: "ADMIN_ADDR",
        default: None,
        help: "where /metrics listens, such as 127.0.0.1:9464; nowhere if not given",
        secret: false,
    },
    Setting {
        key: "TRUST_PROXY",
        default: None,
        help: "addresses and networks whose X-Forwarded-For counts, separated by commas",
        secret: false,
    },
    setting("LOG", "info", "error, warn, info, debug, trace or off; also target=level"),
    setting("LOG_FORMAT", "text", "text or json"),
    setting("LIMIT_MESSAGE_CHARS", "10000", "most characters in a message, or off"),
    setting("LIMIT_EDIT_AGE", "off", "how long authors may edit and delete their messages, or off"),
    setting("LIMIT_GROUP_MEMBERS", "5000", "most members in a group, or off"),
    setting("LIMIT_UPLOAD_BYTES", "52428800", "most bytes of an uploaded file, also as 50mb, or off"),
    setting("LIMIT_SENDS", "20/s:60", "most messages of a user: rate and burst, or off"),
    setting("LIMIT_TYPING", "5/s:20", "most typing events of a user: rate and burst, or off"),
    setting("LIMIT_SEARCH", "5/s:20", "most searches of a user: rate and burst, or off"),
    setting("LIMIT_SIGN_IN", "10/m,60/m", "most tries of an address, for one account and for all, or off"),
    setting("LIMIT_SOCKETS_PER_USER", "20", "most connections of a user, or off"),
    setting("LIMIT_SOCKET_QUEUE", "1024,4mb", "most frames and bytes that wait for one socket, or off"),
];

impl Setting {
    /// The setting with this name.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its flag, without the dashes before it.
    pub fn flag(&self) -> String {
        self.key.to_lowercase().replace('_', "-")
    }
}
