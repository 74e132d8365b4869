use chirrup_domain::account::{Claims, TokenCodec};
use chirrup_domain::{Error, Result, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Secret;

/// JSON Web Tokens, signed with HS256; those of other issuers may use HS384 or HS512.
pub struct JwtCodec {
    signing: EncodingKey,
    checking: DecodingKey,
    rules: Validation,
}

#[derive(Serialize)]
struct Issued<'a> {
    id: String,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// The user's token version: whole seconds can't tell what a revocation in the same second was to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    tv: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// What is read of a token. The standard lets times have fractions.
#[derive(Deserialize)]
struct Presented {
    id: String,
    email: Option<Value>,
    iat: Option<f64>,
    tv: Option<Value>,
    nbf: Option<f64>,
    exp: Option<f64>,
}

impl JwtCodec {
    /// A codec for this secret.
    pub fn new(secret: &Secret) -> Self {
        let secret = secret.reveal().as_bytes();
        let mut rules = Validation::new(Algorithm::HS256);
        rules.algorithms = vec![Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        // Times are for the domain and its clock to judge; an audience is another issuer's affair.
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        Self { signing: EncodingKey::from_secret(secret), checking: DecodingKey::from_secret(secret), rules }
    }
}

impl TokenCodec for JwtCodec {
    fn sign(&self, claims: &Claims) -> Result<String> {
        let issued = Issued {
            id: claims.user.to_string(),
            email: &claims.email,
            iat: claims.issued_at.map(seconds),
            tv: claims.version,
            nbf: claims.not_before.map(seconds),
            exp: claims.expires_at.map(seconds),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &issued, &self.signing).map_err(Error::internal)
    }

    fn read(&self, token: &str) -> Option<Claims> {
        let token = jsonwebtoken::decode::<Presented>(token, &self.checking, &self.rules).ok()?;
        let Presented { id, email, iat, tv, nbf, exp } = token.claims;
        Some(Claims {
            user: id.parse().ok()?,
            email: email.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
            issued_at: iat.map(moment),
            version: tv.as_ref().and_then(Value::as_u64).and_then(|version| version.try_into().ok()),
            not_before: nbf.map(moment),
            expires_at: exp.map(moment),
        })
    }
}

const fn seconds(moment: Timestamp) -> i64 {
    moment.as_millis() / 1000
}

/// The cast saturates, and a moment stays within the years that can be shown.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the largest and smallest are as good as any beyond them"
)]
const fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ANN: &str = "65a51c2f0123456789abcd01";

    fn codec() -> JwtCodec {
        JwtCodec::new(&Secret::new("secret".into()))
    }

    fn foreign(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    #[test]
    fn a_token_reads_back_what_was_signed_in_whole_seconds() {
        let claims = Claims {
            user: ANN.parse().unwrap(),
            email: "ann@example.com".into(),
            issued_at: Some(Timestamp::from_millis(1_768_473_000_000)),
            version: Some(3),
            not_before: None,
            expires_at: Some(Timestamp::from_millis(1_768_473_060_000)),
        };
        assert_eq!(codec().read(&codec().sign(&claims).unwrap()), Some(claims));
    }

    #[test]
    fn tokens_of_other_issuers_are_read_whatever_else_they_say() {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let claims = json!({ "id": ANN, "iat": 1.5, "exp": 2, "aud": "app", "iss": "us", "role": ["x"] });
            let read = codec().read(&foreign(algorithm, "secret", &claims)).unwrap();
            assert_eq!(read.user.to_string(), ANN);
            assert_eq!(read.email, "");
            assert_eq!(read.issued_at, Some(Timestamp::from_millis(1500)));
            assert_eq!(read.expires_at, Some(Timestamp::from_millis(2000)));
        }
    }

    #[test]
    fn a_token_of_another_secret_or_without_a_signature_is_refused() {
        let claims = json!({ "id": ANN, "exp": 2 });
        assert_eq!(codec().read(&foreign(Algorithm::HS256, "other", &claims)), None);
        // {"alg":"none","typ":"JWT"}
        let signed = foreign(Algorithm::HS256, "secret", &claims);
        let payload = signed.split('.').nth(1).unwrap();
        assert_eq!(codec().read(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")), None);
    }

    #[test]
    fn claims_of_the_wrong_type_are_refused() {
        for claims in [
            json!({ "exp": 2 }),
            json!({ "id": { "$ne": null }, "exp": 2 }),
            json!({ "id": "ann", "exp": 2 }),
            json!({ "id": ANN, "exp": "never" }),
        ] {
            assert_eq!(codec().read(&foreign(Algorithm::HS256, "secret", &claims)), None, "{claims}");
        }
        for text in ["", ".", "..", "a.b.c", "\u{0}"] {
            assert_eq!(codec().read(text), None);
        }
    }
}
