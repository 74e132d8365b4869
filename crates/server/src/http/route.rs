use std::sync::Arc;
use std::time::Duration;

use axum::handler::Handler;
use axum::routing::MethodRouter;
use chirrup_domain::Error;
use chirrup_domain::account::Unauthenticated;
use chirrup_protocol::ErrorBody;
use http::{Method, StatusCode};

use super::failure::Failure;
use crate::services::Services;

/// A route: what answers it, and what the documents say of it.
pub(super) struct Route {
    pub(super) handler: MethodRouter<Arc<Services>>,
    pub(super) operation: Operation,
}

/// What the documents say of a route.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// With its parameters in braces.
    pub(crate) path: &'static str,
    /// In a few words.
    pub(crate) summary: &'static str,
    /// What else there is to know; may be empty.
    pub(crate) details: &'static str,
    pub(crate) needs_token: bool,
    pub(crate) query: &'static [QueryParameter],
    pub(crate) body: Option<Payload>,
    pub(crate) answers: Vec<(StatusCode, Payload)>,
    /// What it may be refused with: a status and a body each, as the server tells it.
    pub(crate) refusals: Vec<(StatusCode, ErrorBody)>,
}

/// What a body is.
#[derive(Clone, Copy)]
pub(crate) enum Payload {
    /// JSON, by the name of its schema.
    Json(&'static str),
    /// A form with a file, by the name of its schema.
    Form(&'static str),
    /// Something of this media type.
    Media(&'static str),
    /// There is none.
    Empty,
}

/// A parameter behind the question mark; none is required.
pub(crate) struct QueryParameter {
    pub(crate) name: &'static str,
    /// The name of its schema.
    pub(crate) schema: &'static str,
    pub(crate) summary: &'static str,
}

/// `GET`, and with it `HEAD`.
pub(super) fn get<H: Handler<T, Arc<Services>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::GET, path, axum::routing::get(handler))
}

/// `POST`.
pub(super) fn post<H: Handler<T, Arc<Services>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::POST, path, axum::routing::post(handler))
}

/// `PATCH`.
pub(super) fn patch<H: Handler<T, Arc<Services>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::PATCH, path, axum::routing::patch(handler))
}

/// `PUT`.
pub(super) fn put<H: Handler<T, Arc<Services>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::PUT, path, axum::routing::put(handler))
}

/// `DELETE`.
pub(super) fn delete<H: Handler<T, Arc<Services>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::DELETE, path, axum::routing::delete(handler))
}

impl Route {
    fn new(method: Method, path: &'static str, handler: MethodRouter<Arc<Services>>) -> Self {
        let operation = Operation {
            method,
            path,
            summary: "",
            details: "",
            needs_token: false,
            query: &[],
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        };
        // Whatever a request needs may be out of reach.
        let route = Self { handler, operation }.refuses([Error::unavailable(""), Error::internal("")]);
        // What stands for a parameter may be no text.
        match path.contains('{') {
            true => route.refuses([Failure::Status(StatusCode::NOT_FOUND)]),
            false => route,
        }
    }

    /// Says in a few words what it does.
    pub(super) fn does(mut self, summary: &'static str) -> Self {
        self.operation.summary = summary;
        self
    }

    /// Says what else there is to know.
    pub(super) fn details(mut self, details: &'static str) -> Self {
        self.operation.details = details;
        self
    }

    /// It is for signed-in users: its handler takes an `Actor`.
    pub(super) fn with_token(mut self) -> Self {
        self.operation.needs_token = true;
        let refused =
            [Unauthenticated::NoToken, Unauthenticated::InvalidToken, Unauthenticated::UserNotFound];
        self.refuses(refused)
    }

    /// It looks at these parameters behind the question mark.
    pub(super) fn asks(mut self, query: &'static [QueryParameter]) -> Self {
        self.operation.query = query;
        self.refuses([Failure::Status(StatusCode::BAD_REQUEST), Failure::from(INVALID_PAYLOAD)])
    }

    /// It takes a body of JSON.
    pub(super) fn takes(mut self, schema: &'static str) -> Self {
        self.operation.body = Some(Payload::Json(schema));
        let unreadable =
            [StatusCode::REQUEST_TIMEOUT, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST];
        self.refuses(unreadable.map(Failure::Status)).refuses([INVALID_PAYLOAD])
    }

    /// It takes a form with a file.
    pub(super) fn takes_form(mut self, schema: &'static str) -> Self {
        self.operation.body = Some(Payload::Form(schema));
        self
    }

    /// It answers JSON when all goes well.
    pub(super) fn gives(self, status: StatusCode, schema: &'static str) -> Self {
        self.gives_payload(status, Payload::Json(schema))
    }

    /// It answers something else when all goes well.
    pub(super) fn gives_payload(mut self, status: StatusCode, payload: Payload) -> Self {
        self.operation.answers.push((status, payload));
        self
    }

    /// It may be refused so.
    pub(super) fn refuses<F: Into<Failure>>(mut self, refusals: impl IntoIterator<Item = F>) -> Self {
        self.operation.refusals.extend(refusals.into_iter().map(|refusal| refusal.into().told()));
        self
    }
}

/// Stands for all of its kind: which field it is depends on the payload.
const INVALID_PAYLOAD: Error = Error::InvalidPayload { field: "payload" };

/// As it is refused by the limit that is usual.
pub(crate) const MESSAGE_TOO_LONG: Error = Error::MessageTooLong { limit: 10_000 };

/// As it is refused by the limit that is usual.
pub(crate) const TOO_MANY_MEMBERS: Error = Error::TooManyMembers { limit: 5_000 };

/// Stands for all of its kind: how long to wait depends on the moment.
pub(crate) const TOO_MANY_REQUESTS: Error = Error::RateLimited { retry_after: Duration::from_secs(1) };
