//! Socket.IO packets (protocol 5) in their text form: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A packet that breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a Socket.IO packet")]
pub(crate) struct InvalidPacket;

/// Names that the clients emit to themselves; nobody may send them.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// A packet as it came, cut into its parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) kind: Kind,
    /// How many binary messages follow.
    pub(crate) attachments: usize,
    /// Where the namespace stands in the text; `None` for `/`.
    namespace: Option<Range<usize>>,
    /// What to answer to, or what is answered.
    pub(crate) ack: Option<u64>,
    /// The text; from here on it is JSON.
    text: String,
    data: usize,
}

/// What a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
}

impl Packet {
    /// Cuts a packet into its parts. The JSON is not looked into yet. The first character of `text` is not the
    /// packet's: it is Engine.IO's.
    pub(crate) fn parse(text: String) -> Result<Self, InvalidPacket> {
        let bytes = text.as_bytes();
        let (kind, binary) = match bytes.get(1).ok_or(InvalidPacket)? {
            b'0' => (Kind::Connect, false),
            b'1' => (Kind::Disconnect, false),
            b'2' => (Kind::Event, false),
            b'3' => (Kind::Ack, false),
            b'5' => (Kind::Event, true),
            b'6' => (Kind::Ack, true),
            _ => return Err(InvalidPacket),
        };
        let mut at = 2;
        let mut attachments = 0;
        if binary {
            let count = digits(bytes, at);
            attachments = text[count.clone()].parse().map_err(|_| InvalidPacket)?;
            if attachments == 0 || bytes.get(count.end) != Some(&b'-') {
                return Err(InvalidPacket);
            }
            at = count.end + 1;
        }
        let mut namespace = None;
        if bytes.get(at) == Some(&b'/') {
            let end =
                bytes[at..].iter().position(|byte| *byte == b',').map_or(bytes.len(), |comma| at + comma);
            namespace = Some(at..end).filter(|name| name.len() > 1);
            at = bytes.len().min(end + 1);
        }
        let id = digits(bytes, at);
        let ack =
            if id.is_empty() { None } else { Some(text[id.clone()].parse().map_err(|_| InvalidPacket)?) };
        Ok(Self { kind, attachments, namespace, ack, data: id.end, text })
    }

    /// The namespace that the packet belongs to.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.clone().map_or("/", |range| &self.text[range])
    }

    /// The JSON, empty if there is none.
    pub(crate) fn data(&self) -> &str {
        &self.text[self.data..]
    }

    /// What a CONNECT carries: an object, or nothing.
    pub(crate) fn into_auth(self) -> Result<Option<Box<RawValue>>, InvalidPacket> {
        if self.data().is_empty() {
            return Ok(None);
        }
        let raw: Box<RawValue> = serde_json::from_str(self.data()).map_err(|_| InvalidPacket)?;
        if raw.get().starts_with('{') { Ok(Some(raw)) } else { Err(InvalidPacket) }
    }

    /// The name of an event and the JSON array of its arguments; `None` for an event without even a name.
    pub(crate) fn into_event(mut self) -> Result<Option<(String, String)>, InvalidPacket> {
        if self.data().is_empty() {
            return Ok(None);
        }
        let Head { name, length } = head(self.data())?;
        if RESERVED.contains(&&*name) {
            return Err(InvalidPacket);
        }
        let name = name.into_owned();
        self.text.drain(..self.data);
        // `[ "name" , 1, 2 ]` is `[1, 2]` once the name and the comma are gone.
        let open = self.text.find('[').ok_or(InvalidPacket)? + 1;
        let name_end = open + (self.text[open..].len() - self.text[open..].trim_start().len()) + length;
        let rest = self.text[name_end..].trim_start();
        let arguments = match rest.strip_prefix(',') {
            Some(arguments) => {
                let start = self.text.len() - arguments.len() - 1;
                self.text.replace_range(start..=start, "[");
                self.text.split_off(start)
            }
            None => "[]".to_owned(),
        };
        Ok(Some((name, arguments)))
    }

    /// The JSON array that an ack carries.
    pub(crate) fn into_ack(mut self) -> Result<String, InvalidPacket> {
        let _: Vec<IgnoredAny> = serde_json::from_str(self.data()).map_err(|_| InvalidPacket)?;
        Ok(self.text.split_off(self.data))
    }
}

fn digits(bytes: &[u8], from: usize) -> Range<usize> {
    let end = bytes[from..]
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map_or(bytes.len(), |count| from + count);
    from..end
}

/// The first element of an event's array.
struct Head<'a> {
    name: Cow<'a, str>,
    /// Its length in the text.
    length: usize,
}

/// Reads the name of an event, and checks that all of it is an array of JSON.
fn head(json: &str) -> Result<Head<'_>, InvalidPacket> {
    struct Event;

    impl<'de> Visitor<'de> for Event {
        type Value = &'de RawValue;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array that begins with the event's name")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
            let name = array.next_element()?.ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
            while array.next_element::<IgnoredAny>()?.is_some() {}
            Ok(name)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(json);
    let name = deserializer.deserialize_seq(Event).map_err(|_| InvalidPacket)?;
    deserializer.end().map_err(|_| InvalidPacket)?;
    let raw = name.get();
    let name = match raw.as_bytes().first() {
        Some(b'"') => {
            #[derive(serde::Deserialize)]
            struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
            serde_json::from_str::<Name<'_>>(raw).map_err(|_| InvalidPacket)?.0
        }
        Some(b'-' | b'0'..=b'9') => Cow::Borrowed(raw),
        _ => return Err(InvalidPacket),
    };
    Ok(Head { name, length: raw.len() })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::emission::Emission;
    use crate::ws;

    fn event(text: &str) -> Result<Option<(String, String)>, InvalidPacket> {
        Packet::parse(format!("4{text}"))?.into_event()
    }

    fn some(name: &str, arguments: &str) -> Result<Option<(String, String)>, InvalidPacket> {
        Ok(Some((name.to_owned(), arguments.to_owned())))
    }

    #[test]
    fn an_event_is_its_name_and_its_arguments() {
        assert_eq!(event(r#"2["a"]"#), some("a", "[]"));
        assert_eq!(event(r#"2["a",1,{"b":[2]}]"#), some("a", r#"[1,{"b":[2]}]"#));
        assert_eq!(event(r#"2 [ "a\n" , 1 ] "#), some("a\n", "[ 1 ] "));
        assert_eq!(event(r#"2["\"[,",","]"#), some("\"[,", r#"[","]"#));
        assert_eq!(event(r#"2[1,2]"#), some("1", "[2]"));
        assert_eq!(event(r#"2["a","\ud800"]"#), some("a", r#"["\ud800"]"#));
        assert_eq!(event("2"), Ok(None));
    }

    #[test]
    fn the_parts_of_a_packet_are_found() {
        let packet = Packet::parse(r#"452-/custom,12["a"]"#.into()).unwrap();
        assert_eq!((packet.kind, packet.attachments, packet.ack), (Kind::Event, 2, Some(12)));
        assert_eq!((packet.namespace(), packet.data()), ("/custom", r#"["a"]"#));
        let packet = Packet::parse("40/random".into()).unwrap();
        assert_eq!((packet.kind, packet.namespace(), packet.data()), (Kind::Connect, "/random", ""));
        assert_eq!(Packet::parse("40/,{}".into()).unwrap().namespace(), "/");
        assert_eq!(Packet::parse("43007[]".into()).unwrap().ack, Some(7));
    }

    #[test]
    fn what_breaks_the_protocol_is_refused() {
        for text in [
            "",
            "9",
            "a",
            "450-[]",
            "45-[]",
            "45[]",
            "45x-[]",
            "4599999999999999999999-[]",
            "4299999999999999999999[]",
        ] {
            assert_eq!(
                Packet::parse(format!("4{}", text.strip_prefix('4').unwrap_or(text))).map(|_| ()),
                Err(InvalidPacket),
                "{text}"
            );
        }
        for text in [
            "2{}",
            "2[]",
            "2[null]",
            "2[{}]",
            "2x",
            r#"2["connect"]"#,
            r#"2["a"]x"#,
            r#"2["a""#,
            "2-1[\"a\"]",
            "21.5[\"a\"]",
            "2\"a\"",
        ] {
            assert_eq!(event(text), Err(InvalidPacket), "{text}");
        }
        for text in ["40[]", "40null", "40\"x\"", "40{", "40{}x"] {
            assert!(Packet::parse(text.into()).unwrap().into_auth().is_err(), "{text}");
        }
        for text in ["431", "431{}", "431[1"] {
            assert!(Packet::parse(text.into()).unwrap().into_ack().is_err(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = format!("2[\"a\",{}{}]", "[".repeat(400_000), "]".repeat(400_000));
        let (_, arguments) = event(&deep).unwrap().unwrap();
        assert_eq!(arguments.len(), 800_002);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = event(&text);
            if let Ok(packet) = Packet::parse(format!("4{text}")) { let _ = packet.into_auth(); }
            if let Ok(packet) = Packet::parse(format!("4{text}")) { let _ = packet.into_ack(); }
        }

        #[test]
        fn nearly_a_packet_does_not_panic(text in "[0-6][0-9]{0,2}-?(/[a-z]{0,3},?)?[0-9]{0,3}[\\[\\]{}\",a-z0-9 :\\\\]{0,30}") {
            let _ = event(&text);
        }

        #[test]
        fn any_event_comes_back_as_it_was(name in "[^\"\\\\\\p{Cc}]{1,20}", arguments in vec(any::<i32>(), 0..5)) {
            prop_assume!(!RESERVED.contains(&&*name));
            let mut json = format!("2[\"{name}\"");
            for argument in &arguments { json.push_str(&format!(",{argument}")); }
            json.push(']');
            let (read, rest) = event(&json).unwrap().unwrap();
            prop_assert_eq!(read, name);
            prop_assert_eq!(serde_json::from_str::<Vec<i32>>(&rest).unwrap(), arguments);
        }

        #[test]
        fn the_parts_of_any_packet_are_found(
            kind in 0u8..7, attachments in 1usize..2000, name in "(/[^,]{0,12})?", ack in proptest::option::of(any::<u64>()),
            json in prop_oneof![Just(""), Just("[]"), Just("{}"), Just("[\"a\",1]"), Just(" [1]")],
        ) {
            let binary = matches!(kind, 5 | 6);
            let mut text = format!("4{kind}");
            if binary { text.push_str(&format!("{attachments}-")); }
            if !name.is_empty() { text.push_str(&format!("{name},")); }
            if let Some(ack) = ack { text.push_str(&ack.to_string()); }
            text.push_str(json);
            let packet = Packet::parse(text);
            prop_assert_eq!(packet.is_err(), kind == 4);
            if let Ok(packet) = packet {
                let expected = match kind { 0 => Kind::Connect, 1 => Kind::Disconnect, 2 | 5 => Kind::Event, _ => Kind::Ack };
                prop_assert_eq!(packet.kind, expected);
                prop_assert_eq!(packet.attachments, if binary { attachments } else { 0 });
                prop_assert_eq!(packet.namespace(), if name.len() > 1 { &name } else { "/" });
                prop_assert_eq!(packet.ack, ack);
                prop_assert_eq!(packet.data(), json);
            }
        }

        #[test]
        fn any_json_array_is_the_event_that_serde_reads(items in vec(written_json(), 0..5), space in space(), tail in space()) {
            let text = format!("{space}[{}]{tail}", items.join(","));
            let read: Vec<Value> = serde_json::from_str(&text).unwrap();
            let name = match read.first() {
                Some(Value::String(name)) if !RESERVED.contains(&&**name) => Some(name.clone()),
                Some(Value::Number(_)) => Some(items[0].trim().to_owned()),
                _ => None,
            };
            match (event(&format!("2{text}")), name) {
                (Ok(Some((found, arguments))), Some(name)) => {
                    prop_assert_eq!(found, name);
                    prop_assert_eq!(&serde_json::from_str::<Vec<Value>>(&arguments).unwrap(), &read[1..]);
                }
                (Err(InvalidPacket), None) => {}
                (found, name) => prop_assert!(false, "{found:?} where serde reads {name:?} in {text}"),
            }
        }

        #[test]
        fn nearly_json_is_an_event_where_serde_reads_an_array(text in "[\\[\\]{}\",a0-9.eE+\\- \n\t:\\\\u]{0,20}") {
            let text = format!("[\"e\"{text}");
            let read = serde_json::from_str::<Vec<&RawValue>>(&text);
            match (event(&format!("2{text}")), read) {
                (Ok(Some((name, arguments))), Ok(read)) => {
                    prop_assert_eq!(name, "e");
                    let arguments: Vec<&RawValue> = serde_json::from_str(&arguments).unwrap();
                    let texts = |values: &[&RawValue]| values.iter().map(|value| value.get().to_owned()).collect::<Vec<_>>();
                    prop_assert_eq!(texts(&arguments), texts(&read[1..]));
                }
                (Err(InvalidPacket), Err(_)) => {}
                (found, read) => prop_assert!(false, "{found:?} where serde reads {read:?}"),
            }
        }

        #[test]
        fn what_the_server_sends_reads_back(
            name in any::<String>(), argument in json(), ack in proptest::option::of(any::<u64>()),
            namespace in prop_oneof![Just("/"), Just("/a")], attachments in vec(vec(any::<u8>(), 0..200), 0..3),
        ) {
            prop_assume!(!RESERVED.contains(&&*name));
            let arguments = Value::from_iter([argument]);
            let attachments: Vec<_> = attachments.into_iter().map(Bytes::from).collect();
            let emission = Emission::with_arguments(&name, &arguments.to_string(), attachments.clone()).unwrap();
            let frames = emission.encode(namespace, ack, true);
            let mut frames = ws::frames(&frames);
            let (_, text) = frames.next().unwrap();
            let packet = Packet::parse(String::from_utf8(text.to_vec()).unwrap()).unwrap();
            prop_assert_eq!((packet.namespace(), packet.ack, packet.attachments), (namespace, ack, attachments.len()));
            let (read, rest) = packet.into_event().unwrap().unwrap();
            prop_assert_eq!(read, name);
            prop_assert_eq!(serde_json::from_str::<Value>(&rest).unwrap(), arguments);
            let read: Vec<_> = frames.map(|(_, bytes)| bytes.to_vec()).collect();
            prop_assert_eq!(read, attachments);
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                vec((any::<String>(), inner), 0..4)
                    .prop_map(|items| Value::Object(items.into_iter().collect())),
            ]
        })
    }

    fn space() -> impl Strategy<Value = String> {
        "[ \t\r\n]{0,3}"
    }

    /// JSON as somebody may write it, with spaces around.
    fn written_json() -> impl Strategy<Value = String> {
        let escaped = "(\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}|[a-z,\\[\\] ]){0,8}"
            .prop_map(|text| format!("\"{text}\""));
        let value = prop_oneof![
            3 => json().prop_map(|value| value.to_string()),
            3 => json().prop_map(|value| serde_json::to_string_pretty(&value).unwrap()),
            2 => escaped,
            1 => "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?([eE][+\\-]?[0-9])?",
            1 => proptest::sample::select(&RESERVED[..]).prop_map(|name| format!("\"{name}\"")),
        ];
        (space(), value, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"))
    }
}
