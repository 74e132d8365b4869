/// Most bytes of a file's name: as many as file systems take.
const MAX_BYTES: usize = 255;

/// The name that people see of a file, from the one that a client gave: without folders, control characters and those
/// that reverse how the rest is shown, and short enough to be saved under. What stands behind the last dot stays.
pub fn clean_filename(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect();
    let name = shown.trim();
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= MAX_BYTES / 4 => (stem, Some(extension)),
        _ => (name, None),
    };
    let room = MAX_BYTES - extension.map_or(0, |extension| extension.len() + 1);
    let stem = &stem[..stem.floor_char_boundary_at(room)];
    extension.map_or_else(|| stem.to_owned(), |extension| format!("{stem}.{extension}"))
}

/// The extension of a name, in lower case; `None` also for a name that is nothing else.
pub fn extension(filename: &str) -> Option<String> {
    let (stem, extension) = filename.rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_lowercase())
}

/// Characters that change the direction of text: `photo\u{202e}gpj.exe` shows as a picture.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

trait FloorCharBoundary {
    fn floor_char_boundary_at(&self, index: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_at(&self, index: usize) -> usize {
        (0..=index).rev().find(|at| self.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_loses_its_folders() {
        for (given, clean) in [
            ("Überraschung 李.png", "Überraschung 李.png"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\ann\cat.jpg", "cat.jpg"),
            ("a\0b\r\n\u{7f}c.txt", "abc.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("  spaced.pdf ", "spaced.pdf"),
            ("a/", ""),
        ] {
            assert_eq!(clean_filename(given), clean, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_before_its_extension() {
        let name = clean_filename(&format!("{}.png", "ü".repeat(300)));
        assert_eq!((name.len(), extension(&name).as_deref()), (254, Some("png")));
        assert_eq!(clean_filename(&"x".repeat(300)).len(), 255);
        assert_eq!(clean_filename(&format!("a.{}", "x".repeat(300))).len(), 255);
    }

    #[test]
    fn the_extension_stands_behind_the_last_dot() {
        for (name, expected) in [("a.b.PNG", Some("png")), ("a", None), (".png", None), ("a.", None)] {
            assert_eq!(extension(name).as_deref(), expected, "{name}");
        }
    }
}
