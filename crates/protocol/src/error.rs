use std::borrow::Cow;
use std::time::Duration;

use chirrup_domain::Error;
use chirrup_domain::account::Unauthenticated;
use serde::Serialize;

/// What a refused request is answered: `{ success: false, error, code }`, and `retryAfter` where waiting helps,
/// `limit` where something is too much, `reason` where more than the contract's words can be said.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    success: bool,
    error: Cow<'static, str>,
    code: &'static str,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'static, str>>,
}

impl ErrorBody {
    /// A refusal that is not the domain's, such as an unknown route.
    pub const fn new(error: &'static str, code: &'static str) -> Self {
        Self {
            success: false,
            error: Cow::Borrowed(error),
            code,
            retry_after: None,
            limit: None,
            reason: None,
        }
    }

    /// With the limit that was passed.
    #[must_use]
    pub const fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// With the reason, for people.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        let retry_after = match error {
            Error::RateLimited { retry_after } => Some(millis(*retry_after)),
            _ => None,
        };
        Self {
            success: false,
            error: error.to_string().into(),
            code: error.code(),
            retry_after,
            limit: error.limit().map(|limit| limit as u64),
            reason: error.expected().map(Cow::Borrowed),
        }
    }
}

/// The message of the `connect_error` that a handshake is refused with. `None` if it could not be checked: its transport
/// is closed instead, since a client that is refused does not come back by itself.
pub const fn connect_error(error: &Unauthenticated) -> Option<&'static str> {
    match error {
        Unauthenticated::NoToken => Some("No token provided"),
        Unauthenticated::InvalidToken => Some("Authentication failed"),
        Unauthenticated::UserNotFound => Some("User not found"),
        Unauthenticated::Unchecked(_) => None,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(error: Error) -> serde_json::Value {
        serde_json::to_value(ErrorBody::from(&error)).unwrap()
    }

    #[test]
    fn a_refusal_says_why_to_people_and_to_programs() {
        assert_eq!(
            body(Error::InvalidPayload { field: "recipientId" }),
            json!({ "success": false, "error": "Invalid recipientId", "code": "invalid_payload" })
        );
    }

    #[test]
    fn a_refusal_says_the_limit_or_the_rule_where_there_is_one() {
        assert_eq!(
            body(Error::MessageTooLong { limit: 5 }),
            json!({ "success": false, "error": "Message too long", "code": "too_long", "limit": 5 })
        );
        for (field, reason) in [
            ("password", "expected 8 to 256 characters"),
            ("email", "expected an address such as ann@example.com"),
            ("payload", "expected a JSON object"),
        ] {
            assert_eq!(body(Error::InvalidPayload { field })["reason"], reason);
        }
    }

    #[test]
    fn a_rate_limit_says_how_long_to_wait() {
        let limited = Error::RateLimited { retry_after: Duration::from_millis(1500) };
        assert_eq!(
            body(limited),
            json!({ "success": false, "error": "Too many requests", "code": "rate_limited", "retryAfter": 1500 })
        );
    }

    #[test]
    fn only_a_handshake_that_was_checked_is_refused() {
        assert_eq!(connect_error(&Unauthenticated::InvalidToken), Some("Authentication failed"));
        assert_eq!(connect_error(&Unauthenticated::Unchecked(Error::unavailable("gone"))), None);
    }

    #[test]
    fn what_lies_underneath_stays_on_the_server() {
        let shown = body(Error::internal("no such table: messages")).to_string();
        assert!(!shown.contains("table"), "{shown}");
    }
}
