use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use chirrup_domain::account::SignInRates;
use chirrup_domain::limit::Rate;
use chirrup_domain::upload::MediaType;
use http::HeaderValue;
use http::uri::{Scheme, Uri};
use tracing::metadata::LevelFilter;

use super::likeness::nearest;
use super::{Network, Secret};

/// With one rate for sign-ins, an address may try for all accounts together this many times as often as for one.
const TRIES_PER_SOURCE: u32 = 6;

/// What the targets of our own lines begin with.
const OWN_TARGET: &str = "chirrup";

/// What a setting can be read as, or in words what was expected.
type Parsed<T> = Result<T, String>;

/// An origin as browsers send it: scheme, host and, unless it is the scheme's own, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// Which events are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevels {
    /// The level of everything that is not named.
    pub default: LevelFilter,
    /// Levels of targets, such as modules.
    pub targets: Vec<(String, LevelFilter)>,
}

/// What may wait to be written to one socket; `None` lifts a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketQueue {
    /// Most frames.
    pub frames: Option<usize>,
    /// Most bytes.
    pub bytes: Option<usize>,
}

impl Origin {
    /// The origin that this text is; a slash at its end is forgiven.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let uri: Uri = text.parse().ok()?;
        let web = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&uri.scheme());
        let bare = text == format!("{}://{}", uri.scheme_str()?, uri.authority()?) && !text.contains('@');
        let own_port = match uri.scheme_str()? {
            "http" => ":80",
            _ => ":443",
        };
        let shown = text.strip_suffix(own_port).unwrap_or(&text);
        (web && bare).then(|| HeaderValue::from_str(shown).ok().map(Self))?
    }

    /// The origin as it stands in a header.
    pub const fn as_header(&self) -> &HeaderValue {
        &self.0
    }
}

pub(super) fn port(text: &str) -> Parsed<u16> {
    text.parse().map_err(|_| "a port from 0 to 65535".into())
}

pub(super) fn address(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "an address and a port, such as 127.0.0.1:9464".into())
}

pub(super) fn host(text: &str) -> Parsed<String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let fits = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-._:%".contains(c));
    fits.then(|| inner.to_owned()).ok_or_else(|| "an address or a host name".into())
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    (!text.is_empty()).then(|| text.into()).ok_or_else(|| "a directory".into())
}

pub(super) fn secret(text: &str) -> Parsed<Secret> {
    (!text.is_empty())
        .then(|| Secret::new(text.to_owned()))
        .ok_or_else(|| "a secret that is not empty".into())
}

pub(super) fn duration(text: &str) -> Parsed<Duration> {
    humantime::parse_duration(text).map_err(|_| "a time with its unit, such as 2s, 15m or 7d".into())
}

pub(super) fn duration_or_off(text: &str) -> Parsed<Option<Duration>> {
    match text {
        off if is_off(off) => Ok(None),
        _ => duration(text).map(Some).map_err(|expected| format!("{expected}, or off")),
    }
}

pub(super) fn lifetime(text: &str) -> Parsed<Duration> {
    match duration(text)? {
        short if short < Duration::from_secs(1) => Err("a time of at least 1s, such as 15m or 7d".into()),
        long => Ok(long),
    }
}

pub(super) fn limit(text: &str) -> Parsed<Option<usize>> {
    match text {
        off if is_off(off) => Ok(None),
        _ => positive(text).map(Some).ok_or_else(|| "a whole number from 1, or off".into()),
    }
}

pub(super) fn size(text: &str) -> Parsed<Option<usize>> {
    match text {
        off if is_off(off) => Ok(None),
        _ => bytes(text).map(Some).ok_or_else(|| "a size, such as 52428800 or 50mb, or off".into()),
    }
}

pub(super) fn socket_queue(text: &str) -> Parsed<SocketQueue> {
    if is_off(text) {
        return Ok(SocketQueue { frames: None, bytes: None });
    }
    let (frames, size) = text.split_once(',').unwrap_or((text, ""));
    match (positive(frames), bytes(size)) {
        (Some(frames), Some(bytes)) => Ok(SocketQueue { frames: Some(frames), bytes: Some(bytes) }),
        _ => Err("frames and bytes, such as 1024,4mb, or off".into()),
    }
}

pub(super) fn rate_or_off(text: &str) -> Parsed<Option<Rate>> {
    match text {
        off if is_off(off) => Ok(None),
        _ => rate(text, 1).map(Some).ok_or_else(|| "a rate and a burst, such as 20/s:60, or off".into()),
    }
}

pub(super) fn sign_in_rates(text: &str) -> Parsed<SignInRates> {
    if is_off(text) {
        return Ok(SignInRates { account: None, source: None });
    }
    let (account, source) = match text.split_once(',') {
        Some((account, source)) => (rate(account, 1), rate(source, 1)),
        None => (rate(text, 1), rate(text, TRIES_PER_SOURCE)),
    };
    match (account, source) {
        (Some(account), Some(source)) => Ok(SignInRates { account: Some(account), source: Some(source) }),
        _ => Err("one or two rates, such as 10/m,60/m, or off".into()),
    }
}

/// `20/s:60`, or `10/m`, whose burst is as large; both `factor` times over.
fn rate(text: &str, factor: u32) -> Option<Rate> {
    let (rate, burst) = match text.trim().split_once(':') {
        Some((rate, burst)) => (rate, Some(burst)),
        None => (text.trim(), None),
    };
    let (count, unit) = rate.split_once('/')?;
    let period = match unit {
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        _ => return None,
    };
    let factor = NonZeroU32::new(factor)?;
    let number = |text: &str| text.parse::<NonZeroU32>().ok()?.checked_mul(factor);
    Some(Rate::new(number(count)?, period, number(burst.unwrap_or(count))?))
}

pub(super) fn networks(text: &str) -> Parsed<Vec<Network>> {
    let networks: Option<Vec<_>> = text.split(',').map(str::trim).map(Network::parse).collect();
    networks.ok_or_else(|| "addresses or networks such as 10.0.0.0/8, separated by commas".into())
}

pub(super) fn origins(text: &str) -> Parsed<Vec<Origin>> {
    if text.contains('*') {
        return Err("origins named in full, such as https://chat.example.com, without wildcards".into());
    }
    let origins: Option<Vec<_>> = text.split(',').map(Origin::parse).collect();
    origins.ok_or_else(|| "origins such as https://chat.example.com, separated by commas".into())
}

pub(super) fn upload_types(text: &str) -> Parsed<Vec<&'static MediaType>> {
    let known = |extension: &str| {
        let extension = extension.trim().to_ascii_lowercase();
        MediaType::of_extension(extension.strip_prefix('.').unwrap_or(&extension))
    };
    let types: Option<Vec<_>> = text.split(',').map(known).collect();
    types.ok_or_else(|| {
        let all: Vec<_> = MediaType::all().iter().map(|media| media.extension).collect();
        format!("extensions separated by commas, of {}", all.join(" "))
    })
}

pub(super) fn log_levels(text: &str) -> Parsed<LogLevels> {
    let mut levels =
        LogLevels { default: LevelFilter::from_level(super::DEFAULT_LEVEL), targets: Vec::new() };
    for part in text.split(',').map(str::trim) {
        let (target, level) =
            part.rsplit_once('=').map_or((None, part), |(target, level)| (Some(target), level));
        let level = level
            .parse()
            .map_err(|_| "error, warn, info, debug, trace or off, or target=level, separated by commas")?;
        match target {
            // A target that nothing has would say nothing, in silence.
            Some(target) if nearest(target, [OWN_TARGET]).is_some() => {
                return Err(format!("a target such as {OWN_TARGET}=debug"));
            }
            Some(target) => levels.targets.push((target.to_owned(), level)),
            None => levels.default = level,
        }
    }
    Ok(levels)
}

/// One of these words.
pub(super) fn choice<T: Copy>(choices: &[(&str, T)]) -> impl Fn(&str) -> Parsed<T> {
    move |text| {
        let chosen =
            choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        chosen.ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let (last, others) = words.split_last().unwrap_or((&"", &[]));
            format!("{} or {last}", others.join(", "))
        })
    }
}

fn is_off(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("off")
}

fn positive(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|number| *number > 0)
}

fn bytes(text: &str) -> Option<usize> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match &text[digits.len()..] {
        "" | "b" => 1,
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    positive(digits)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_send() {
        let shown = |text| Origin::parse(text).map(|origin| origin.as_header().to_str().unwrap().to_owned());
        assert_eq!(shown("http://localhost:5173/").as_deref(), Some("http://localhost:5173"));
        assert_eq!(shown(" HTTPS://Chat.Example.com:443").as_deref(), Some("https://chat.example.com"));
        assert_eq!(shown("http://[::1]:80").as_deref(), Some("http://[::1]"));
        for text in
            ["", "*", "chat.example.com", "ws://a", "http://", "http://a/b", "http://a?b", "http://u@a"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn log_levels_are_words_and_never_targets_by_mistake() {
        let levels = log_levels("warn,chirrup=debug").unwrap();
        assert_eq!(levels.default, LevelFilter::WARN);
        assert_eq!(levels.targets, [("chirrup".to_owned(), LevelFilter::DEBUG)]);
        assert!(log_levels("chirrup").is_err());
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("4mb"), Some(4 << 20));
        assert_eq!(bytes("5xb"), None);
        assert_eq!(bytes("512kb"), Some(512 << 10));
        assert_eq!(bytes("1 MiB"), Some(1 << 20));
        assert_eq!(bytes("100"), Some(100));
        assert_eq!(bytes("99999999999gb"), None);
    }
}
