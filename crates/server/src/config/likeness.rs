//! Misspelt names, and what they were probably meant to be.

use std::ffi::OsString;

use super::{NOT_YET, SETTINGS, Setting};

/// The name that is most like this one, if it is so by a slip or two.
pub(super) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let like = |name: &'a str| {
        let slips = slips(text, name)?;
        (slips > 0).then_some((slips, name))
    };
    names.into_iter().filter_map(like).min().map(|(_, name)| name)
}

/// A line about each of these variables of the environment that is no setting and has a name like one. Others' variables have such
/// names too, so that is no reason to refuse anything. Short names, such as `HOST`, are like too many.
pub fn doubtful_variables(names: impl Iterator<Item = OsString>) -> Vec<String> {
    const SHORT: usize = 4;
    let is_long = |key: &&str| key.len() > SHORT && *key != NOT_YET;
    let keys = || SETTINGS.iter().map(|setting| setting.key).filter(is_long);
    let doubt = |name: OsString| {
        let name = name.to_str().filter(|name| Setting::find(name).is_none())?;
        let meant = nearest(name, keys())?;
        Some(format!("{} is no setting: is {meant} meant? (environment)", name.escape_debug()))
    };
    names.filter_map(doubt).collect()
}

/// How many letters were left out, added, changed or swapped with their neighbour; `None` if too many for names so long.
fn slips(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let allowed = if a.len().min(b.len()) < 8 { 1 } else { 2 };
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    // Rows of the table of distances between beginnings: the one before the last, and the last.
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(from != to)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|slips| *slips <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_known_for_what_was_meant() {
        for (text, meant) in [
            ("prot", Some("port")),
            ("pot", Some("port")),
            ("port", None),
            ("limit-uplaod-byts", Some("limit-upload-bytes")),
            ("log-formats", Some("log-format")),
            ("", None),
            ("pöört", None),
            ("something-else", None),
        ] {
            assert_eq!(nearest(text, ["limit-upload-bytes", "log-format", "port"]), meant, "{text}");
        }
    }

    #[test]
    fn variables_of_others_raise_no_doubt() {
        let doubts = |names: &[&str]| doubtful_variables(names.iter().map(OsString::from));
        let others = [
            "HOME",
            "PATH",
            "POST",
            "LANG",
            "HOSTNAME",
            "LOG_LEVEL",
            "NODE_ENV",
            "PWD",
            "USER",
            "LOGNAME",
            "MONGODB_URI",
        ];
        assert_eq!(doubts(&others), [""; 0]);
        assert_eq!(doubts(&["UPLOAD_TYPES", "PORT"]), [""; 0]);
        for (name, meant) in [
            ("UPLOAD_TYPE", "UPLOAD_TYPES"),
            ("CLIENT_ORIGINS", "CLIENT_ORIGIN"),
            ("DATADIR", "DATA_DIR"),
            ("TRUSTED_PROXY", "TRUST_PROXY"),
        ] {
            assert_eq!(doubts(&[name]), [format!("{name} is no setting: is {meant} meant? (environment)")]);
        }
    }
}
