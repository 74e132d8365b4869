//! HTTP: the routes, and everything that holds for each request whatever its route.

mod accounts;
mod blocks;
mod body;
mod conversations;
mod cors;
mod documents;
mod failure;
mod front;
mod guard;
mod health;
mod home;
mod id;
mod members;
mod messages;
mod own_url;
mod path;
mod query;
mod receipts;
pub(crate) mod reply;
pub(crate) mod route;
pub(crate) mod routes;
mod search;
mod session;
mod source;
mod uploads;
mod users;

pub(crate) use front::Front;
