use std::ffi::OsString;

use crate::config::WrongSetting;

/// What stands behind a command: its words, its own options, and settings.
#[derive(Debug)]
pub(super) struct Words {
    words: std::vec::IntoIter<String>,
    options: Vec<(&'static str, Option<String>)>,
    settings: Vec<OsString>,
}

/// An option of a command's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandOption {
    /// Its name, dashes included.
    pub(super) name: &'static str,
    /// Whether a value follows.
    pub(super) takes_value: bool,
}

impl Words {
    /// Sorts the arguments. A flag that is none of the command's own is a setting, with a value.
    ///
    /// # Errors
    /// An option without its value, or with one that it does not take.
    pub(super) fn sort(
        arguments: impl IntoIterator<Item = OsString>,
        own: &[CommandOption],
    ) -> Result<Self, WrongSetting> {
        let (mut words, mut options, mut settings) = (Vec::new(), Vec::new(), Vec::new());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let text = argument.to_string_lossy().into_owned();
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text.as_str(), None),
            };
            if !text.starts_with("--") {
                words.push(text);
            } else if let Some(option) = own.iter().find(|option| option.name == name) {
                let value = match (option.takes_value, value) {
                    (true, None) => Some(
                        arguments
                            .next()
                            .map(|value| value.to_string_lossy().into_owned())
                            .ok_or_else(|| WrongSetting(format!("{name}: needs a value")))?,
                    ),
                    (false, Some(_)) => return Err(WrongSetting(format!("{name}: takes no value"))),
                    (_, value) => value,
                };
                options.push((option.name, value));
            } else {
                settings.push(argument);
                if value.is_none() {
                    settings.extend(arguments.next());
                }
            }
        }
        Ok(Self { words: words.into_iter(), options, settings })
    }

    /// The next word, which says `what`.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn next(&mut self, what: &str) -> Result<String, WrongSetting> {
        self.words.next().ok_or_else(|| WrongSetting(format!("{what} is missing; see --help")))
    }

    /// Whether an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(given, _)| *given == name)
    }

    /// The value of an option.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rfind(|(given, _)| *given == name)?.1.as_deref()
    }

    /// The settings, now that every word has been taken.
    ///
    /// # Errors
    /// A word too many.
    pub(super) fn finish(mut self) -> Result<Vec<OsString>, WrongSetting> {
        match self.words.next() {
            Some(word) => Err(WrongSetting(format!("{}: unknown argument", word.escape_debug()))),
            None => Ok(self.settings),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[CommandOption] = &[
        CommandOption { name: "--admin", takes_value: false },
        CommandOption { name: "--expires-in", takes_value: true },
    ];

    fn sort(arguments: &[&str]) -> Result<Words, String> {
        Words::sort(arguments.iter().map(OsString::from), OPTIONS).map_err(|error| error.to_string())
    }

    #[test]
    fn words_options_and_settings_may_stand_in_any_order() {
        let mut words =
            sort(&["--data-dir", "d", "ann", "--admin", "--expires-in=1h", "--port=1", "bob"]).unwrap();
        assert_eq!((words.next("A").unwrap(), words.next("B").unwrap()), ("ann".into(), "bob".into()));
        assert!(words.has("--admin"));
        assert_eq!(words.value("--expires-in"), Some("1h"));
        assert_eq!(words.next("C").unwrap_err().to_string(), "C is missing; see --help");
        assert_eq!(words.finish().unwrap(), ["--data-dir", "d", "--port=1"]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(sort(&["--expires-in"]).unwrap_err(), "--expires-in: needs a value");
        assert_eq!(sort(&["--admin=yes"]).unwrap_err(), "--admin: takes no value");
        assert_eq!(sort(&["ann"]).unwrap().finish().unwrap_err().to_string(), "ann: unknown argument");
    }
}
