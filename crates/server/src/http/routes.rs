//! The table of routes. The router and the documents (`/api/openapi.json`, `/docs`) are both made of it, so a route
//! that is not here does not exist. To add one: an entry in [`table`], and schemas for what it takes and gives in
//! `documents/schemas.json`.

use std::sync::Arc;

use axum::Router;
use chirrup_domain::Error;
use chirrup_domain::search::QueryFault;
use http::StatusCode;

use super::failure::Failure;
use super::route::{
    MESSAGE_TOO_LONG, Operation, Payload, QueryParameter, Route, TOO_MANY_MEMBERS, TOO_MANY_REQUESTS, delete,
    get, patch, post, put,
};
use super::{
    accounts, blocks, conversations, documents, health, home, members, messages, receipts, search, uploads,
    users,
};
use crate::services::Services;

/// What programs talk to; here every answer is JSON.
pub(super) const API: &str = "/api/";

const LIMIT: QueryParameter =
    QueryParameter { name: "limit", schema: "Limit", summary: "how many at most; 50 unless it is said" };
const AFTER_CONVERSATION: QueryParameter =
    QueryParameter { name: "after", schema: "ListPlace", summary: "the next of the page before" };
const AFTER_USER: QueryParameter =
    QueryParameter { name: "after", schema: "Id", summary: "the last user of the page before" };
const NAME: QueryParameter = QueryParameter { name: "q", schema: "Text", summary: "a part of their names" };
const HISTORY: &[QueryParameter] = &[
    QueryParameter { name: "before", schema: "Seq", summary: "messages before this place, the nearest ones" },
    QueryParameter {
        name: "after",
        schema: "Place",
        summary: "messages after this place; 0: from the first on",
    },
    QueryParameter { name: "around", schema: "Seq", summary: "messages on both sides of this place, and it" },
    LIMIT,
];

const SEARCH: &[QueryParameter] = &[
    QueryParameter { name: "q", schema: "SearchQuery", summary: "what to look for; has to be given" },
    QueryParameter { name: "conversationId", schema: "Id", summary: "where; everywhere unless it is said" },
    QueryParameter { name: "before", schema: "Text", summary: "the next of the page before" },
    QueryParameter {
        name: "limit",
        schema: "SearchLimit",
        summary: "how many at most; 20 unless it is said",
    },
];

/// Every route, in the sections in which the documents show them.
fn table() -> Vec<(&'static str, Vec<Route>)> {
    vec![
        (
            "Accounts",
            vec![
                post("/api/auth/register", accounts::register)
                    .does("Make an account")
                    .details("With the setup code of the first start, the account is the server's admin.")
                    .takes("Register")
                    .gives(StatusCode::CREATED, "SignedIn")
                    .refuses([
                        Error::UsernameTaken,
                        Error::EmailTaken,
                        Error::RegistrationClosed,
                        Error::InvalidSetupCode,
                        TOO_MANY_REQUESTS,
                    ]),
                post("/api/auth/login", accounts::login)
                    .does("Sign in")
                    .details("Whether the account or the password is wrong is not said, and takes equal time.")
                    .takes("Login")
                    .gives(StatusCode::OK, "SignedIn")
                    .refuses([Error::InvalidCredentials, TOO_MANY_REQUESTS]),
                post("/api/auth/refresh", accounts::refresh)
                    .does("Get another token for a good one")
                    .with_token()
                    .gives(StatusCode::OK, "SignedIn"),
                post("/api/auth/logout_all", accounts::log_out_all)
                    .does("End every token of one's own")
                    .details("And every connection that was made with one of them.")
                    .with_token()
                    .gives(StatusCode::OK, "Done"),
                post("/api/auth/password", accounts::change_password)
                    .does("Change the password")
                    .details("Ends every token but the one that is answered.")
                    .with_token()
                    .takes("ChangePassword")
                    .gives(StatusCode::OK, "SignedIn")
                    .refuses([Error::InvalidCredentials, TOO_MANY_REQUESTS]),
            ],
        ),
        (
            "Users",
            vec![
                get("/api/users/me", users::me)
                    .does("Oneself")
                    .details("With address and role, which nobody else sees.")
                    .with_token()
                    .gives(StatusCode::OK, "OneUser"),
                patch("/api/users/me", users::update_me)
                    .does("Change one's name, address or picture")
                    .with_token()
                    .takes("ChangeProfile")
                    .gives(StatusCode::OK, "OneUser")
                    .refuses([Error::UsernameTaken, Error::EmailTaken]),
                get("/api/users", users::list)
                    .does("People, by name")
                    .with_token()
                    .asks(&[NAME, AFTER_USER, LIMIT])
                    .gives(StatusCode::OK, "UserList"),
                get("/api/users/{id}", users::one)
                    .does("One user")
                    .with_token()
                    .gives(StatusCode::OK, "OneUser")
                    .refuses([Error::UserNotFound]),
                get("/api/users/me/blocks", blocks::list)
                    .does("Whom one has blocked")
                    .with_token()
                    .asks(&[AFTER_USER, LIMIT])
                    .gives(StatusCode::OK, "UserList"),
                put("/api/users/{id}/block", blocks::block)
                    .does("Stop direct messages from somebody")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::UserNotFound, Error::InvalidPayload { field: "id" }]),
                delete("/api/users/{id}/block", blocks::unblock)
                    .does("Allow direct messages from somebody")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::UserNotFound, Error::InvalidPayload { field: "id" }]),
            ],
        ),
        (
            "Conversations",
            vec![
                get("/api/conversations", conversations::list)
                    .does("One's conversations, the latest first")
                    .with_token()
                    .asks(&[AFTER_CONVERSATION, LIMIT])
                    .gives(StatusCode::OK, "ConversationList"),
                post("/api/conversations", conversations::create)
                    .does("Begin a conversation")
                    .details("There is one direct conversation per pair: asked for again, it is answered with 200.")
                    .with_token()
                    .takes("CreateConversation")
                    .gives(StatusCode::CREATED, "OneConversation")
                    .gives(StatusCode::OK, "OneConversation")
                    .refuses([Error::UserNotFound, TOO_MANY_MEMBERS]),
                get("/api/conversations/{id}", conversations::one)
                    .does("One conversation")
                    .with_token()
                    .gives(StatusCode::OK, "OneConversation")
                    .refuses([Error::NotAMember]),
                patch("/api/conversations/{id}", members::update)
                    .does("Rename a group, or change its picture")
                    .details("For its admins.")
                    .with_token()
                    .takes("GroupLook")
                    .gives(StatusCode::OK, "OneConversation")
                    .refuses([Error::NotAMember, Error::NotAGroup, Error::NotAllowed]),
                delete("/api/conversations/{id}", members::delete)
                    .does("Delete a group")
                    .details("For its owner.")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::NotAMember, Error::NotAGroup, Error::NotAllowed]),
                put("/api/conversations/{id}/mute", members::mute)
                    .does("Want no notifications")
                    .details("For oneself.")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::NotAMember]),
                delete("/api/conversations/{id}/mute", members::unmute)
                    .does("Want notifications again")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::NotAMember]),
                get("/api/conversations/{id}/members", members::list)
                    .does("Members, in the order in which they joined")
                    .with_token()
                    .asks(&[AFTER_USER, LIMIT])
                    .gives(StatusCode::OK, "MemberList")
                    .refuses([Error::NotAMember]),
                post("/api/conversations/{id}/members", members::add)
                    .does("Bring people into a group")
                    .details("For its admins. Newcomers see the whole history, and none of it is unread to them.")
                    .with_token()
                    .takes("NewMembers")
                    .gives(StatusCode::OK, "OneConversation")
                    .refuses([
                        Error::NotAMember,
                        Error::NotAGroup,
                        Error::NotAllowed,
                        Error::UserNotFound,
                        TOO_MANY_MEMBERS,
                    ]),
                patch("/api/conversations/{id}/members/{user}", members::set_role)
                    .does("Change what a member may do")
                    .details("For the owner, who may hand the group over.")
                    .with_token()
                    .takes("NewRole")
                    .gives(StatusCode::OK, "OneConversation")
                    .refuses([Error::NotAMember, Error::NotAGroup, Error::NotAllowed, Error::UserNotFound]),
                delete("/api/conversations/{id}/members/{user}", members::remove)
                    .does("Leave a group, or take somebody out")
                    .details("Somebody else only with a lower role.")
                    .with_token()
                    .gives(StatusCode::OK, "Done")
                    .refuses([Error::NotAMember, Error::NotAGroup, Error::NotAllowed, Error::UserNotFound]),
            ],
        ),
        (
            "Messages",
            vec![
                get("/api/conversations/{id}/messages", messages::list)
                    .does("History, ascending by seq")
                    .details("Of before, after and around one at most; with none, the newest messages.")
                    .with_token()
                    .asks(HISTORY)
                    .gives(StatusCode::OK, "MessageList")
                    .refuses([Error::NotAMember]),
                post("/api/conversations/{id}/messages", messages::send)
                    .does("Send, for programs")
                    .details("The same as the events: what is answered is on disk, and a clientId makes it repeatable.")
                    .with_token()
                    .takes("SendMessage")
                    .gives(StatusCode::CREATED, "MessageSent")
                    .refuses([
                        Error::NotAMember,
                        Error::Blocked,
                        Error::EmptyMessage,
                        MESSAGE_TOO_LONG,
                        Error::InvalidFile,
                        Error::MessageNotFound,
                        TOO_MANY_REQUESTS,
                    ]),
                get("/api/messages/{id}", messages::one)
                    .does("One message")
                    .with_token()
                    .gives(StatusCode::OK, "OneMessage")
                    .refuses([Error::MessageNotFound]),
                get("/api/messages/{id}/readers", receipts::readers)
                    .does("Everybody who has read a message")
                    .with_token()
                    .asks(&[AFTER_USER, LIMIT])
                    .gives(StatusCode::OK, "ReaderList")
                    .refuses([Error::MessageNotFound]),
            ],
        ),
        (
            "Search",
            vec![
                get("/api/search", search::search)
                    .does("Search one's own conversations")
                    .details("The newest first. Where more is true, next is the before of the page behind this one; a page may hold less than was asked for, and still there is more.")
                    .with_token()
                    .asks(SEARCH)
                    .gives(StatusCode::OK, "FoundList")
                    .refuses([Error::InvalidQuery(QueryFault::Empty), Error::NotAMember, TOO_MANY_REQUESTS]),
            ],
        ),
        (
            "Files",
            vec![
                post("/api/upload", uploads::upload)
                    .does("Upload a file")
                    .details("The content has to be what the extension says. Of a picture, metadata are removed and a thumbnail is made. Send the file within a day, or it goes.")
                    .with_token()
                    .takes_form("Upload")
                    .gives(StatusCode::OK, "OneFile")
                    .refuses([
                        uploads::no_file(),
                        uploads::too_many_files(),
                        uploads::invalid_type(uploads::CONTENT_DIFFERS),
                        uploads::too_large(50 << 20),
                        uploads::broken(),
                        Failure::Status(StatusCode::PAYLOAD_TOO_LARGE),
                        Failure::Status(StatusCode::REQUEST_TIMEOUT),
                    ])
                    .refuses([TOO_MANY_REQUESTS]),
                get("/uploads/{name}", uploads::one)
                    .does("Download a file")
                    .details("By the url or thumbnailUrl of a File: its name is secret enough. Ranges, ETag, and caching for good.")
                    .gives_payload(StatusCode::OK, Payload::Media("*/*"))
                    .gives_payload(StatusCode::PARTIAL_CONTENT, Payload::Media("*/*"))
                    .gives_payload(StatusCode::NOT_MODIFIED, Payload::Empty)
                    .refuses([Failure::Status(StatusCode::RANGE_NOT_SATISFIABLE)]),
            ],
        ),
        (
            "Server",
            vec![
                get("/healthz", health::alive).does("Whether the process answers").gives(StatusCode::OK, "Done"),
                get("/readyz", health::ready)
                    .does("Whether the store answers too")
                    .gives(StatusCode::OK, "Done"),
                get("/api/openapi.json", documents::openapi)
                    .does("The routes, as an OpenAPI 3.1 document")
                    .gives_payload(StatusCode::OK, Payload::Media("application/json")),
                get("/api/asyncapi.json", documents::asyncapi)
                    .does("The events, as an AsyncAPI 3 document")
                    .gives_payload(StatusCode::OK, Payload::Media("application/json")),
                get("/docs", documents::docs)
                    .does("Both, to be read")
                    .gives_payload(StatusCode::OK, Payload::Media("text/html")),
                get("/docs/style.css", documents::style)
                    .does("How that looks")
                    .gives_payload(StatusCode::OK, Payload::Media("text/css")),
                get("/", home::page)
                    .does("How to begin")
                    .details("With the code of the first start, as `setup`, it has a form for the admin's account.")
                    .gives_payload(StatusCode::OK, Payload::Media("text/html")),
                get("/setup.js", home::script)
                    .does("What that form does")
                    .gives_payload(StatusCode::OK, Payload::Media("text/javascript")),
            ],
        ),
    ]
}

/// The router.
pub(super) fn all(services: Arc<Services>) -> Router {
    table()
        .into_iter()
        .flat_map(|(_, routes)| routes)
        .fold(Router::new(), |router, Route { handler, operation }| router.route(operation.path, handler))
        .fallback(async || Failure::Status(StatusCode::NOT_FOUND))
        .with_state(services)
}

/// What the documents say of the routes, by section.
pub(crate) fn operations() -> Vec<(&'static str, Vec<Operation>)> {
    let operations = |routes: Vec<Route>| routes.into_iter().map(|route| route.operation).collect();
    table().into_iter().map(|(section, routes)| (section, operations(routes))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_route_is_described_once() {
        let mut seen = HashSet::new();
        for Operation { method, path, summary, answers, .. } in
            operations().into_iter().flat_map(|(_, operations)| operations)
        {
            assert!(!summary.is_empty() && !answers.is_empty(), "{method} {path} says nothing");
            assert!(seen.insert((method.clone(), path)), "{method} {path} is there twice");
        }
    }

    /// The router is made of the table alone; see the head of this file for how to add a route.
    #[test]
    fn no_route_goes_round_the_table() {
        let source = include_str!("routes.rs").split("#[cfg(test)]").next().unwrap();
        assert_eq!(source.matches(".route(").count(), 1, "a route belongs into the table");
        assert!(![".merge(", ".nest(", ".route_service("].iter().any(|way| source.contains(way)));
    }
}
