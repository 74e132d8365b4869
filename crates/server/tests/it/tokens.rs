use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chirrup_domain::account::{
    AccountPolicy, Accounts, Claims, PasswordHasher, Registration, SignIn, SignInRates, Source, TokenCodec,
    Unauthenticated,
};
use chirrup_domain::feed::NoFeed;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::presence::Nobody;
use chirrup_domain::{Clock, Error, Result, Store, Timestamp};
use chirrup_server::auth::JwtCodec;
use chirrup_server::config::Secret;
use chirrup_store_sqlite::SqliteStore;
use hyper::Method;
use hyper::header::AUTHORIZATION;

use crate::server::TestServer;

const START: i64 = 1_768_473_000_000;
const LIFETIME: Duration = Duration::from_secs(3600);
const UNLIMITED: SignInRates = SignInRates { account: None, source: None };

fn here() -> Source {
    Source::of([127, 0, 0, 1].into())
}

/// A clock moved by hand.
struct ManualClock(AtomicI64);

impl ManualClock {
    fn advance(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Stores passwords as they are, and counts comparisons.
#[derive(Default)]
struct PlainPasswords(AtomicUsize);

#[async_trait]
impl PasswordHasher for PlainPasswords {
    async fn hash(&self, password: String) -> Result<String> {
        Ok(password)
    }

    async fn verify(&self, password: String, phc: Option<String>) -> Result<bool> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(phc == Some(password))
    }
}

struct World {
    accounts: Accounts,
    clock: Arc<ManualClock>,
    tokens: Arc<JwtCodec>,
    passwords: Arc<PlainPasswords>,
    store: Arc<SqliteStore>,
}

fn world() -> World {
    let clock = Arc::new(ManualClock(AtomicI64::new(START)));
    let store = Arc::new(SqliteStore::temporary(Arc::new(NoFeed), Arc::new(Nobody)).unwrap());
    let tokens = Arc::new(JwtCodec::new(&Secret::new("secret".into())));
    let passwords = Arc::new(PlainPasswords::default());
    let accounts = Accounts::new(
        store.clone(),
        clock.clone(),
        Arc::new(IdGenerator::new().unwrap()),
        passwords.clone(),
        tokens.clone(),
        AccountPolicy { registration_open: true, token_lifetime: LIFETIME, sign_in_rates: UNLIMITED },
        None,
    );
    World { accounts, clock, tokens, passwords, store }
}

impl World {
    async fn ann(&self) -> chirrup_domain::account::SignedIn {
        let wanted = Registration {
            username: "ann".into(),
            email: "ann@example.com".into(),
            password: "correct horse".into(),
            setup_code: None,
        };
        self.accounts.register(wanted, here()).await.unwrap()
    }

    /// How a token of another issuer fares.
    async fn foreign(
        &self,
        change: impl FnOnce(&mut Claims),
    ) -> Result<chirrup_domain::account::Session, Unauthenticated> {
        let mut claims = Claims {
            user: "65a51c2f0123456789abcdef".parse().unwrap(),
            email: String::new(),
            issued_at: None,
            version: None,
            not_before: None,
            expires_at: None,
        };
        change(&mut claims);
        self.accounts.authenticate(Some(&self.tokens.sign(&claims).unwrap())).await
    }
}

fn after(seconds: u64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(START).plus(Duration::from_secs(seconds)))
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let world = world();
    let ann = world.ann().await;
    let session = world.accounts.authenticate(Some(&ann.token)).await.unwrap();
    assert_eq!(session.user, ann.user);
    assert_eq!(Some(session.expires_at), after(3600));
    world.clock.advance(LIFETIME - Duration::from_millis(1));
    assert!(world.accounts.authenticate(Some(&ann.token)).await.is_ok());
    world.clock.advance(Duration::from_millis(1));
    let late = world.accounts.authenticate(Some(&ann.token)).await;
    assert!(matches!(late, Err(Unauthenticated::InvalidToken)));
}

#[tokio::test]
async fn a_token_without_an_expiry_expires_a_lifetime_after_it_was_issued() {
    let world = world();
    let ann = world.ann().await.user.id;
    let session = world.foreign(|claims| (claims.user, claims.issued_at) = (ann, after(60))).await.unwrap();
    assert_eq!(Some(session.expires_at), after(3660));
    let neither = world.foreign(|claims| claims.user = ann).await;
    assert!(matches!(neither, Err(Unauthenticated::InvalidToken)));
}

#[tokio::test]
async fn a_token_is_not_good_before_its_time() {
    let world = world();
    let ann = world.ann().await.user.id;
    let early = world
        .foreign(|claims| {
            (claims.user, claims.not_before, claims.expires_at) = (ann, after(60), after(120));
        })
        .await;
    assert!(matches!(early, Err(Unauthenticated::InvalidToken)));
}

#[tokio::test]
async fn a_good_token_of_nobody_and_no_token_are_told_apart() {
    let world = world();
    let nobody = world.foreign(|claims| claims.expires_at = after(60)).await;
    assert!(matches!(nobody, Err(Unauthenticated::UserNotFound)));
    for none in [None, Some("")] {
        assert!(matches!(world.accounts.authenticate(none).await, Err(Unauthenticated::NoToken)));
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_is_not_called_bad() {
    let world = world();
    let ann = world.ann().await;
    world.store.close().await.unwrap();
    let unchecked = world.accounts.authenticate(Some(&ann.token)).await;
    assert!(matches!(unchecked, Err(Unauthenticated::Unchecked(Error::Unavailable(_)))), "{unchecked:?}");
}

#[tokio::test]
async fn a_password_is_compared_also_where_there_is_no_account() {
    let world = world();
    let sign_in = SignIn { account: "nobody".into(), password: "correct horse".into() };
    assert!(matches!(world.accounts.sign_in(sign_in, here()).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.passwords.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn http_tells_no_token_from_a_bad_one_and_from_nobodys() {
    let server = TestServer::with(&["--jwt-secret", "secret"]).await;
    let me = async |authorization: &str| {
        server.request(Method::GET, "/api/users/me", &[(AUTHORIZATION, authorization)], "").await
    };
    server.get("/api/users/me").await.refused(401, "No token", "no_token");
    me("Bearer ").await.refused(401, "No token", "no_token");
    me("Bearer a.b.c").await.refused(401, "Invalid token", "invalid_token");
    let claims = Claims {
        user: "65a51c2f0123456789abcdef".parse().unwrap(),
        email: String::new(),
        issued_at: None,
        version: None,
        not_before: None,
        expires_at: Some(Timestamp::MAX),
    };
    let token = JwtCodec::new(&Secret::new("secret".into())).sign(&claims).unwrap();
    me(&format!("Bearer {token}")).await.refused(401, "User not found", "user_not_found");
}

#[tokio::test]
async fn the_servers_own_secret_survives_a_restart() {
    let server = TestServer::start().await;
    let token = server.register("ann").await.token;
    let (ended, data) = server.stop();
    ended.await.unwrap().unwrap();
    let server = TestServer::on(data, &[]).await;
    let bearer = format!("Bearer {token}");
    server.request(Method::GET, "/api/users/me", &[(AUTHORIZATION, &bearer)], "").await.expect(200);
}
