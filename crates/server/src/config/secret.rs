use std::fmt;

/// A text that must not be shown: it prints redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides this text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever has to sign or check with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Why the secret is a weak one, if it is: a shorter one than the signatures made with it.
    pub fn weakness(&self) -> Option<&'static str> {
        (self.0.len() < 32)
            .then_some("JWT_SECRET is shorter than 32 bytes: it may be guessed, and tokens be forged with it")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}
