use std::io::BufRead;

use super::CommandError;
use super::words::{CommandOption, Words};
use crate::auth::random_hex;

/// Random bytes of a password that is made here.
const BYTES: usize = 12;

pub(super) const FROM_STDIN: CommandOption = CommandOption { name: "--password-stdin", takes_value: false };

/// A password for somebody.
pub(super) struct Password {
    /// The password.
    pub(super) text: String,
    /// Whether it was made here, and so is known to nobody before it is printed.
    pub(super) made: bool,
}

impl Password {
    /// The first line of standard input if the command says so, else one made here. Arguments are no place for it: the
    /// machine's other users see them.
    ///
    /// # Errors
    /// [`CommandError::NoPassword`].
    pub(super) fn of(words: &Words) -> Result<Self, CommandError> {
        if !words.has(FROM_STDIN.name) {
            return Ok(Self { text: random_hex(BYTES).map_err(CommandError::Random)?, made: true });
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|_| CommandError::NoPassword)?;
        match line.trim_end_matches(['\r', '\n']) {
            "" => Err(CommandError::NoPassword),
            text => Ok(Self { text: text.to_owned(), made: false }),
        }
    }

    /// Shows a password that was made here, once.
    pub(super) fn show(&self) {
        if self.made {
            println!("password: {}", self.text);
        }
    }
}
