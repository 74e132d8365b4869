use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use axum::body::Body;
use http::{Response, StatusCode};

use super::reply;

/// The answer, or a bare `Internal error` where making it panicked: one broken request is no reason to drop the
/// connection. The panic itself is in the log.
pub(super) async fn caught(answer: impl Future<Output = Response<Body>>) -> Response<Body> {
    let mut answer = pin!(answer);
    poll_fn(move |cx| {
        // Nothing that a panic may have left half done is used again: the future is not polled once more.
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))).unwrap_or_else(|_| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Poll::Ready(reply::json(status, &reply::error_of(status)))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_without_details() {
        let response = caught(async { panic!("the password is swordfish") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(&body[..], br#"{"success":false,"error":"Internal error","code":"internal"}"#);
    }
}
