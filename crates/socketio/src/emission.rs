//! Outgoing events, encoded once for all who receive them.

use std::sync::OnceLock;

use bytes::Bytes;
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::ws;

/// An event to send: a name, arguments, attachments, and for durable events an offset.
///
/// It is encoded when it is sent, once for all recipients; a second time, at most, when some of them can't carry the
/// offset.
#[derive(Debug, Clone)]
pub struct Emission {
    /// `"name",arg,arg` as JSON, without the brackets around it.
    inner: Vec<u8>,
    attachments: Vec<Bytes>,
    /// The offset as JSON, and the number that it stands for.
    offset: Option<(Box<str>, u64)>,
    ephemeral: bool,
}

impl Emission {
    /// An event with one argument.
    ///
    /// # Errors
    /// When the argument can't be written as JSON.
    pub fn new(name: &str, argument: &impl Serialize) -> serde_json::Result<Self> {
        let mut inner = Self::named(name)?;
        inner.push(b',');
        serde_json::to_writer(&mut inner, argument)?;
        Ok(Self::from_inner(inner))
    }

    /// An event with the arguments that a JSON array holds, and the attachments that placeholders in them stand for.
    ///
    /// # Errors
    /// When `arguments` is not an array.
    pub fn with_arguments(name: &str, arguments: &str, attachments: Vec<Bytes>) -> serde_json::Result<Self> {
        let mut inner = Self::named(name)?;
        let items = array_items(arguments)?;
        if !items.is_empty() {
            inner.push(b',');
            inner.extend_from_slice(items.as_bytes());
        }
        Ok(Self { attachments, ..Self::from_inner(inner) })
    }

    /// Marks it as durable: clients that can carry it get this offset as an extra last argument, and tell the latest
    /// one when they come back (connection state recovery). Sockets that hold live events back hold this one, and know
    /// by its number, which grows from one durable event to the next, whether it is still news when they let go.
    #[must_use]
    pub fn durable(mut self, number: u64, offset: &str) -> Self {
        self.offset = serde_json::to_string(offset).ok().map(|json| (json.into(), number));
        self
    }

    /// Marks it as one that may be left out where a queue is half full.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    pub(crate) fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    pub(crate) fn number(&self) -> Option<u64> {
        self.offset.as_ref().map(|(_, number)| *number)
    }

    fn named(name: &str) -> serde_json::Result<Vec<u8>> {
        let mut inner = Vec::with_capacity(512);
        serde_json::to_writer(&mut inner, name)?;
        Ok(inner)
    }

    fn from_inner(inner: Vec<u8>) -> Self {
        Self { inner, attachments: Vec::new(), offset: None, ephemeral: false }
    }

    /// Its frames for one namespace, with an ack id if an answer is expected.
    pub(crate) fn encode(&self, namespace: &str, ack: Option<u64>, with_offset: bool) -> Bytes {
        let offset = self.offset.as_ref().filter(|_| with_offset).map(|(json, _)| &**json);
        encode(2, namespace, ack, &self.inner, offset, &self.attachments)
    }
}

/// The two encodings of one emission in one namespace, each made when it is first asked for.
pub(crate) struct Encoded<'a> {
    emission: &'a Emission,
    namespace: &'a str,
    plain: OnceLock<Bytes>,
    with_offset: OnceLock<Bytes>,
}

impl<'a> Encoded<'a> {
    pub(crate) fn new(emission: &'a Emission, namespace: &'a str) -> Self {
        Self { emission, namespace, plain: OnceLock::new(), with_offset: OnceLock::new() }
    }

    pub(crate) fn emission(&self) -> &Emission {
        self.emission
    }

    pub(crate) fn get(&self, with_offset: bool) -> &Bytes {
        let with_offset = with_offset && self.emission.number().is_some();
        let cell = if with_offset { &self.with_offset } else { &self.plain };
        cell.get_or_init(|| self.emission.encode(self.namespace, None, with_offset))
    }
}

/// What an event's handler answers.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The arguments as JSON, without the brackets; `None` for no answer.
    inner: Option<Vec<u8>>,
    attachments: Vec<Bytes>,
}

impl Reply {
    /// No answer: the client's callback is never called.
    pub fn none() -> Self {
        Self::default()
    }

    /// One argument for the client's callback.
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn new(argument: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { inner: Some(serde_json::to_vec(argument)?), attachments: Vec::new() })
    }

    /// The arguments that a JSON array holds, and the attachments that placeholders in them stand for.
    ///
    /// # Errors
    /// When `arguments` is not an array.
    pub fn with_arguments(arguments: &str, attachments: Vec<Bytes>) -> serde_json::Result<Self> {
        Ok(Self { inner: Some(array_items(arguments)?.into()), attachments })
    }

    /// Its frames as the answer to `ack`.
    pub(crate) fn encode(&self, namespace: &str, ack: u64) -> Option<Bytes> {
        let inner = self.inner.as_ref()?;
        Some(encode(3, namespace, Some(ack), inner, None, &self.attachments))
    }
}

/// What stands between the brackets of a JSON array.
fn array_items(json: &str) -> serde_json::Result<&str> {
    // All of it is read: a client closes its connection over a packet that is not JSON.
    let _: Vec<IgnoredAny> = serde_json::from_str(json)?;
    let json = json.trim();
    Ok(json[1..json.len() - 1].trim())
}

/// A packet of the given type as frames: `<type>[<attachments>-][<namespace>,][<ack>][<inner>[,<offset>]]`.
fn encode(
    kind: u8,
    namespace: &str,
    ack: Option<u64>,
    inner: &[u8],
    offset: Option<&str>,
    attachments: &[Bytes],
) -> Bytes {
    let binary: usize = attachments.iter().map(|bytes| bytes.len() + ws::HEADER_ROOM).sum();
    let room =
        ws::HEADER_ROOM + 48 + namespace.len() + inner.len() + offset.map_or(0, |offset| offset.len() + 1);
    let mut buffer = Vec::with_capacity(room + binary);
    buffer.resize(ws::HEADER_ROOM, 0);
    buffer.push(b'4');
    if attachments.is_empty() {
        buffer.push(b'0' + kind);
    } else {
        buffer.push(b'0' + kind + 3);
        buffer.extend_from_slice(attachments.len().to_string().as_bytes());
        buffer.push(b'-');
    }
    push_namespace(&mut buffer, namespace);
    if let Some(ack) = ack {
        buffer.extend_from_slice(ack.to_string().as_bytes());
    }
    buffer.push(b'[');
    buffer.extend_from_slice(inner);
    if let Some(offset) = offset {
        buffer.push(b',');
        buffer.extend_from_slice(offset.as_bytes());
    }
    buffer.push(b']');
    let text = ws::text_frame_from(buffer);
    if attachments.is_empty() {
        return text;
    }
    let mut frames = Vec::with_capacity(text.len() + binary);
    frames.extend_from_slice(&text);
    for attachment in attachments {
        ws::encode_binary(attachment, &mut frames);
    }
    Bytes::from(frames)
}

fn push_namespace(buffer: &mut Vec<u8>, namespace: &str) {
    if namespace != "/" {
        buffer.extend_from_slice(namespace.as_bytes());
        buffer.push(b',');
    }
}

/// A packet without ack and attachments, such as the answer to CONNECT.
pub(crate) fn control(kind: u8, namespace: &str, data: &str) -> Bytes {
    let mut buffer = Vec::with_capacity(ws::HEADER_ROOM + 4 + namespace.len() + data.len());
    buffer.resize(ws::HEADER_ROOM, 0);
    buffer.extend_from_slice(&[b'4', b'0' + kind]);
    push_namespace(&mut buffer, namespace);
    buffer.extend_from_slice(data.as_bytes());
    ws::text_frame_from(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(frames: &[u8]) -> Vec<(u8, String)> {
        ws::frames(frames)
            .map(|(opcode, bytes)| (opcode, String::from_utf8_lossy(bytes).into_owned()))
            .collect()
    }

    #[test]
    fn an_event_is_encoded_with_and_without_its_offset() {
        let emission = Emission::new("hi", &serde_json::json!({ "a": 1 })).unwrap().durable(17, "17.x");
        assert_eq!(texts(&emission.encode("/", None, false)), [(1, r#"42["hi",{"a":1}]"#.into())]);
        assert_eq!(
            texts(&emission.encode("/n", Some(3), true)),
            [(1, r#"42/n,3["hi",{"a":1},"17.x"]"#.into())]
        );
    }

    #[test]
    fn attachments_follow_their_packet() {
        let placeholder = r#"[{"_placeholder":true,"num":0}]"#;
        let emission = Emission::with_arguments("b", placeholder, vec![Bytes::from_static(b"xyz")]).unwrap();
        let expected =
            [(1, format!(r#"451-["b",{}]"#, &placeholder[1..placeholder.len() - 1])), (2, "xyz".into())];
        assert_eq!(texts(&emission.encode("/", None, true)), expected);
    }

    #[test]
    fn no_arguments_make_an_empty_array() {
        assert_eq!(
            texts(&Reply::with_arguments("[]", vec![]).unwrap().encode("/", 12).unwrap()),
            [(1, "4312[]".into())]
        );
        assert_eq!(
            texts(&Emission::with_arguments("e", " [ ] ", vec![]).unwrap().encode("/", None, true)),
            [(1, r#"42["e"]"#.into())]
        );
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for json in ["", "{}", "[", "[1", "[1]]", "[1],[2]", "[,]", "[1,]", "[a]", "1", "]["] {
            assert!(Reply::with_arguments(json, vec![]).is_err(), "{json}");
            assert!(Emission::with_arguments("e", json, vec![]).is_err(), "{json}");
        }
    }
}
