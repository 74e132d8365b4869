use std::sync::Arc;
use std::time::Instant;

use chirrup_domain::account::{AccountPolicy, Accounts, SetupCode, TokenCodec};
use chirrup_domain::conversation::Conversations;
use chirrup_domain::delivery::Deliveries;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::limit::Limiter;
use chirrup_domain::member::Members;
use chirrup_domain::message::{Appended, MessageLimits, Messages, SendMessage};
use chirrup_domain::receipt::Receipts;
use chirrup_domain::search::Searches;
use chirrup_domain::upload::Uploads;
use chirrup_domain::{Clock, Presence, Store, UserId};

use crate::auth::Argon2id;
use crate::client_address::TrustedProxies;
use crate::config::Config;
use crate::files::Files;
use crate::metrics::Metrics;
use crate::readiness::Readiness;

/// What requests are served with, over HTTP and sockets alike.
pub struct Services {
    /// Accounts and tokens.
    pub accounts: Accounts,
    /// Conversations.
    pub conversations: Conversations,
    /// Members of groups.
    pub members: Members,
    /// Messages.
    pub messages: Messages,
    /// Who has read what.
    pub receipts: Receipts,
    /// What was said somewhere.
    pub searches: Searches,
    /// What waits for a device.
    pub deliveries: Deliveries,
    /// Whose uploads there are.
    pub uploads: Uploads,
    /// What the uploads contain.
    pub files: Files,
    /// Who is connected.
    pub presence: Arc<dyn Presence>,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Whether the store can be reached.
    pub readiness: Readiness,
    /// What is looked up as it is.
    pub store: Arc<dyn Store>,
    /// Whose word counts on where a request comes from.
    pub proxies: TrustedProxies,
    /// What else is too much.
    pub limits: ServiceLimits,
}

/// Limits that no service of the domain keeps by itself.
pub struct ServiceLimits {
    /// How often a user says that they are typing.
    pub typing: Limiter<UserId>,
    /// Most sockets that a user has at a time.
    pub sockets_per_user: Option<usize>,
}

impl Services {
    /// Puts the services together; `setup` is there while the server has no admin.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new(
        store: Arc<dyn Store>,
        presence: Arc<dyn Presence>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn TokenCodec>,
        files: Files,
        setup: Option<Arc<dyn SetupCode>>,
        config: &Config,
    ) -> std::io::Result<Self> {
        let ids = Arc::new(IdGenerator::new()?);
        let limits = &config.limits;
        let message_limits = MessageLimits {
            max_chars: limits.message_chars,
            edit_age: limits.edit_age,
            sends: Limiter::new(limits.sends, clock.clone()),
        };
        Ok(Self {
            accounts: accounts(store.clone(), clock.clone(), ids.clone(), tokens, setup, config),
            conversations: Conversations::new(
                store.clone(),
                clock.clone(),
                ids.clone(),
                limits.group_members,
            ),
            receipts: Receipts::new(store.clone(), clock.clone()),
            searches: Searches::new(store.clone(), Limiter::new(limits.search, clock.clone())),
            deliveries: Deliveries::new(store.clone(), clock.clone()),
            members: Members::new(store.clone(), clock.clone(), ids.clone(), limits.group_members),
            messages: Messages::new(store.clone(), clock.clone(), ids, message_limits),
            uploads: Uploads::new(store.clone(), clock.clone()),
            files,
            presence,
            metrics: Arc::default(),
            readiness: Readiness::default(),
            store,
            proxies: TrustedProxies::new(config.trusted_proxies.clone()),
            limits: ServiceLimits {
                typing: Limiter::new(limits.typing, clock),
                sockets_per_user: limits.sockets_per_user,
            },
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

/// The service of accounts, which commands use without the others.
pub fn accounts(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    tokens: Arc<dyn TokenCodec>,
    setup: Option<Arc<dyn SetupCode>>,
    config: &Config,
) -> Accounts {
    let passwords = Arc::new(Argon2id::new(std::thread::available_parallelism().map_or(1, usize::from)));
    let policy = AccountPolicy {
        registration_open: config.auth.registration_open,
        token_lifetime: config.auth.token_lifetime,
        sign_in_rates: config.limits.sign_in,
    };
    Accounts::new(store, clock, ids, passwords, tokens, policy, setup)
}
