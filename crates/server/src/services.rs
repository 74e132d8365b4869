use std::sync::Arc;
use std::time::Instant;

use chirrup_domain::account::{AccountPolicy, Accounts, TokenCodec};
use chirrup_domain::conversation::Conversations;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{Appended, Messages, SendMessage};
use chirrup_domain::upload::Uploads;
use chirrup_domain::{Clock, Presence, Store};

use crate::auth::Argon2id;
use crate::config::{Auth, Limits};
use crate::files::Files;
use crate::metrics::Metrics;

/// What requests are served with, over HTTP and sockets alike.
pub struct Services {
    /// Accounts and tokens.
    pub accounts: Accounts,
    /// Conversations.
    pub conversations: Conversations,
    /// Messages.
    pub messages: Messages,
    /// Whose uploads there are.
    pub uploads: Uploads,
    /// What the uploads contain.
    pub files: Files,
    /// Who is connected.
    pub presence: Arc<dyn Presence>,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// What is looked up as it is.
    pub store: Arc<dyn Store>,
}

impl Services {
    /// Puts the services together.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(
        store: Arc<dyn Store>,
        presence: Arc<dyn Presence>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn TokenCodec>,
        files: Files,
        auth: &Auth,
        limits: &Limits,
    ) -> std::io::Result<Self> {
        let ids = Arc::new(IdGenerator::new()?);
        let passwords = Arc::new(Argon2id::new(std::thread::available_parallelism().map_or(1, usize::from)));
        let policy =
            AccountPolicy { registration_open: auth.registration_open, token_lifetime: auth.token_lifetime };
        Ok(Self {
            accounts: Accounts::new(store.clone(), clock.clone(), ids.clone(), passwords, tokens, policy),
            conversations: Conversations::new(
                store.clone(),
                clock.clone(),
                ids.clone(),
                limits.group_members,
            ),
            messages: Messages::new(store.clone(), clock.clone(), ids, limits.message_chars),
            uploads: Uploads::new(store.clone(), clock),
            files,
            presence,
            metrics: Arc::default(),
            store,
        })
    }

    /// Sends a message, and measures how long the store took.
    ///
    /// # Errors
    /// Those of [`Messages::send`].
    pub async fn send(&self, request: SendMessage) -> chirrup_domain::Result<Appended> {
        let since = Instant::now();
        let sent = self.messages.send(request).await;
        if sent.is_ok() {
            self.metrics.stored(since.elapsed());
        }
        sent
    }
}
