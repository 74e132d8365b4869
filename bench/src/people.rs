//! The people who take part: accounts that are seeded, and the tokens that prove them.

use anyhow::Result;
use chirrup_domain::clock::SystemClock;
use chirrup_domain::id::IdGenerator;
use chirrup_domain::{Clock, Timestamp, UserId};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

/// `JWT_SECRET` of every server that is measured.
pub const SECRET: &str = "a secret that only the benchmark and its servers share";

/// How long a token holds, in seconds.
const TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub id: UserId,
    /// The account's name.
    pub name: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    id: &'a str,
    email: &'a str,
    iat: i64,
    exp: i64,
}

impl Person {
    /// People called `prefix-0`, `prefix-1`...
    pub fn many(ids: &IdGenerator, prefix: &str, count: usize) -> Vec<Self> {
        let now = now();
        (0..count).map(|number| Self { id: ids.next(now), name: format!("{prefix}-{number}") }).collect()
    }

    /// The account's address.
    pub fn email(&self) -> String {
        format!("{}@example.org", self.name)
    }

    /// A token as any service with the secret would issue it (contract section 2).
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self) -> Result<String> {
        let iat = now().as_millis() / 1000;
        let (id, email) = (self.id.to_string(), self.email());
        let claims = Claims { id: &id, email: &email, iat, exp: iat + TOKEN_SECONDS };
        Ok(encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))?)
    }
}

/// Tokens for these people, in their order.
///
/// # Errors
/// When one cannot be signed.
pub fn tokens(people: &[Person]) -> Result<Vec<String>> {
    people.iter().map(Person::token).collect()
}

/// The time by the machine's clock.
pub fn now() -> Timestamp {
    SystemClock.now()
}
