use std::time::Duration;

/// How a server treats its connections. The defaults are the reference server's, where it has them.
#[derive(Debug, Clone)]
pub struct Config {
    /// Path that requests come to, with a slash at both ends.
    pub path: String,
    /// A ping goes out this long after the one before it, or `ping_timeout` after it where that is longer.
    pub ping_interval: Duration,
    /// A connection that has not answered a ping for this long is closed.
    pub ping_timeout: Duration,
    /// A connection that has joined no namespace for this long is closed; so is one whose announced attachments stay
    /// away for this long.
    pub connect_timeout: Duration,
    /// A WebSocket has this long to open, and this long to upgrade the polling session for which it was opened.
    pub upgrade_timeout: Duration,
    /// Most bytes in one message, attachment or polling request.
    pub max_payload: usize,
    /// Most binary attachments of one packet. All of them together may have four times `max_payload` bytes.
    pub max_attachments: usize,
    /// A connection with more packets than this waiting to be written is closed.
    pub queue_packets: usize,
    /// A connection with more bytes than this waiting to be written is closed.
    pub queue_bytes: usize,
    /// Connections are spread over this many flushers; as many as the runtime has threads serve best.
    pub shards: usize,
    /// Which web pages may use the polling transport.
    pub origins: Origins,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            upgrade_timeout: Duration::from_secs(10),
            max_payload: 1_000_000,
            max_attachments: 10,
            queue_packets: 1024,
            queue_bytes: 4 << 20,
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            origins: Origins::None,
        }
    }
}

/// Which web pages of other origins may read what the polling transport answers (the `Access-Control-*` headers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Pages of the server's own origin only.
    None,
    /// Any page, with credentials.
    Any,
    /// Pages of these origins, such as `https://chat.example`, with credentials.
    List(Vec<String>),
}

impl Origins {
    /// Whether a page of this origin may.
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::List(origins) => origins.iter().any(|allowed| allowed == origin),
        }
    }
}
