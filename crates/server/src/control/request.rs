use serde::{Deserialize, Serialize};

/// What a command asks for. It may hold a password, so it does not print.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum Request {
    /// Who are you, and how is the store?
    Ping,
    /// A new account.
    AddUser { username: String, email: String, password: String, admin: bool },
    /// A page of accounts, behind the one with this id.
    ListUsers { after: Option<String> },
    /// Another password.
    SetPassword { user: String, password: String },
    /// Closes an account, or opens it again.
    SetDisabled { user: String, disabled: bool },
    /// Another role on the server.
    SetRole { user: String, admin: bool },
    /// A token, for so many seconds or for as long as any.
    Token { user: String, seconds: Option<u64> },
}

/// What a command is answered. It may hold a token, so it does not print.
#[derive(Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The server is there.
    Alive {
        version: String,
        pid: u32,
        /// Why the store does not work, if it does not.
        store_error: Option<String>,
        has_admin: bool,
    },
    /// It is done; the account's name.
    Done { username: String },
    /// A page of accounts, and whether there are more behind it.
    Users { users: Vec<Person>, more: bool },
    /// A token of the account with this name.
    Token { username: String, token: String },
    /// It was refused, and this is why.
    Refused { error: String },
}

/// An account, as whoever runs the server sees it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) disabled: bool,
    pub(crate) created_at: String,
    pub(crate) last_seen: Option<String>,
}
