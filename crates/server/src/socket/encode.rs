use chirrup_domain::feed::ChangeNo;
use chirrup_socketio::Emission;
use serde::Serialize;

/// An event that is told as it happens, and missed by whoever is away.
pub(super) fn encode(name: &str, payload: &impl Serialize) -> Option<Emission> {
    Emission::new(name, payload)
        .inspect_err(|error| tracing::error!(name, %error, "an event can't be written as JSON"))
        .ok()
}

/// An event of a change. A device that is still being handed what waited gets it afterwards.
pub(super) fn encode_durable(no: ChangeNo, name: &str, payload: &impl Serialize) -> Option<Emission> {
    Some(encode(name, payload)?.durable(no.0, &no.0.to_string()))
}
