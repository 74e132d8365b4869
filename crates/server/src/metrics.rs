//! Figures about the running server, as Prometheus reads them. No label has an id or anything a person wrote.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the histograms' buckets, in seconds: from a quick commit to a store that is about to be given up.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// What is counted and measured.
pub struct Metrics {
    registry: Registry,
    connections: Gauge,
    disconnects: Family<Disconnect, Counter>,
    events: Family<Event, Counter>,
    messages: Counter,
    store: Histogram,
    requests: Family<Request, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Disconnect {
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Event {
    event: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("chirrup");
        let connections = Gauge::default();
        registry.register("connections", "Devices that are connected", connections.clone());
        let disconnects = Family::default();
        registry.register(
            "disconnects",
            "Devices that have gone, by the reason; `slow reader` is a queue at its bound",
            disconnects.clone(),
        );
        let events = Family::default();
        registry.register("events", "Events of devices, by name and outcome", events.clone());
        let messages = Counter::default();
        registry.register("messages", "Messages stored and published", messages.clone());
        let store = Histogram::new(BUCKETS);
        registry.register_with_unit(
            "store",
            "From asking the store for a message's place until it is durable and published",
            Unit::Seconds,
            store.clone(),
        );
        let requests = Family::default();
        registry.register("http_requests", "HTTP requests, by method and status", requests.clone());
        Self { registry, connections, disconnects, events, messages, store, requests }
    }
}

impl Metrics {
    /// A device has connected.
    pub(crate) fn connected(&self) {
        self.connections.inc();
    }

    /// A device that had connected has gone.
    pub(crate) fn disconnected(&self, reason: chirrup_socketio::Reason) {
        self.connections.dec();
        self.disconnects.get_or_create(&Disconnect { reason: reason.to_string() }).inc();
    }

    /// An event of a device has been answered. `event` is one of the names that the server knows.
    pub(crate) fn event(&self, event: &'static str, outcome: &'static str) {
        self.events.get_or_create(&Event { event, outcome }).inc();
    }

    /// A message has been published.
    pub(crate) fn message(&self) {
        self.messages.inc();
    }

    /// The store took this long for a message.
    pub(crate) fn stored(&self, took: Duration) {
        self.store.observe(took.as_secs_f64());
    }

    /// An HTTP request has been answered.
    pub(crate) fn request(&self, method: &http::Method, status: u16) {
        let method = match method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            "HEAD" => "HEAD",
            "OPTIONS" => "OPTIONS",
            _ => "other",
        };
        self.requests.get_or_create(&Request { method, status }).inc();
    }

    /// Everything, as Prometheus' text.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics can't be written");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_text() {
        let metrics = Metrics::default();
        metrics.connected();
        metrics.connected();
        metrics.disconnected(chirrup_socketio::Reason::SlowReader);
        metrics.event("send_group_message", "ok");
        metrics.message();
        metrics.stored(Duration::from_millis(2));
        metrics.request(&http::Method::GET, 200);
        metrics.request(&http::Method::from_bytes(b"BREW").unwrap(), 404);
        let text = metrics.to_text();
        for line in [
            "chirrup_connections 1",
            "chirrup_disconnects_total{reason=\"slow reader\"} 1",
            "chirrup_events_total{event=\"send_group_message\",outcome=\"ok\"} 1",
            "chirrup_messages_total 1",
            "chirrup_store_seconds_bucket{le=\"0.001\"} 0",
            "chirrup_store_seconds_bucket{le=\"0.0025\"} 1",
            "chirrup_http_requests_total{method=\"GET\",status=\"200\"} 1",
            "chirrup_http_requests_total{method=\"other\",status=\"404\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
