use chirrup_domain::{Error, MessageId, Result, UserId};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A field that has not been looked at; `None` if it is missing or null.
pub(super) type Field<'a> = Option<&'a RawValue>;

/// The fields of a payload.
pub(super) fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    // serde would take an array for a struct, its items for the fields in order.
    let is_object = json.trim_start().starts_with('{');
    let fields = if is_object { serde_json::from_str(json).ok() } else { None };
    fields.ok_or(Error::InvalidPayload { field: "payload" })
}

pub(super) fn required<'a, T: Deserialize<'a>>(field: Field<'a>, name: &'static str) -> Result<T> {
    optional(field, name)?.ok_or(Error::InvalidPayload { field: name })
}

pub(super) fn optional<'a, T: Deserialize<'a>>(field: Field<'a>, name: &'static str) -> Result<Option<T>> {
    let Some(raw) = field else { return Ok(None) };
    serde_json::from_str(raw.get()).map(Some).map_err(|_| Error::InvalidPayload { field: name })
}

/// The id of a message; a text that is none names no message.
pub(super) fn message_id(field: Field<'_>, name: &'static str) -> Result<MessageId> {
    let text: String = required(field, name)?;
    text.parse().map_err(|_| Error::MessageNotFound)
}

/// A list of users' ids.
pub(super) fn user_ids(field: Field<'_>, name: &'static str) -> Result<Vec<UserId>> {
    let items: Vec<&RawValue> = required(field, name)?;
    let user_id = |item: &RawValue| -> Result<UserId> {
        let text: Option<String> = optional(Some(item), name)?;
        text.ok_or(Error::InvalidPayload { field: name })?.parse().map_err(|_| Error::UserNotFound)
    };
    items.into_iter().map(user_id).collect()
}

/// Reads a field of which null means something else than leaving it out.
pub(super) fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(field).map(Some)
}
