use crate::message::MessageType;

/// Bytes from its start that decide what a file is.
pub const HEAD_BYTES: usize = 64;

/// A kind of file that can be uploaded: what its extension promises, and how to tell whether the content keeps it.
#[derive(Debug)]
pub struct MediaType {
    /// Its extension, in lower case.
    pub extension: &'static str,
    /// What it is served as.
    pub mimetype: &'static str,
    /// What it is served as if its tracks are of the other kind: a container for films may hold sound alone, and one
    /// for sounds a film.
    otherwise: Option<&'static str>,
    /// Whether a browser may show it in place. It shows nothing in place that could run.
    pub inline: bool,
    content: Content,
}

/// What plays in a sound or a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// Sound alone.
    Sound,
    /// Moving pictures, with sound or without.
    Film,
}

/// What the content begins with.
#[derive(Debug, Clone, Copy)]
enum Content {
    /// One of these.
    Starts(&'static [&'static [u8]]),
    /// A RIFF container of this form.
    Riff(&'static [u8; 4]),
    /// An ISO base media file: a box `ftyp` comes first.
    BaseMedia,
    /// A Matroska file that calls itself WebM.
    WebM,
    /// MPEG audio, with tags before it or without.
    MpegAudio,
    /// UTF-8 without a NUL, from the start to the end.
    Text,
}

const ZIP: Content = Content::Starts(&[b"PK\x03\x04", b"PK\x05\x06"]);
const OLE: Content = Content::Starts(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]);
const JPEG: Content = Content::Starts(&[b"\xff\xd8\xff"]);
const OGG: Content = Content::Starts(&[b"OggS"]);

/// Every type that can be allowed. There is none here that a browser would run: no HTML, no SVG, no script.
const MEDIA_TYPES: &[MediaType] = &[
    shown("jpg", "image/jpeg", JPEG),
    shown("jpeg", "image/jpeg", JPEG),
    shown("png", "image/png", Content::Starts(&[b"\x89PNG\r\n\x1a\n"])),
    shown("gif", "image/gif", Content::Starts(&[b"GIF87a", b"GIF89a"])),
    shown("webp", "image/webp", Content::Riff(b"WEBP")),
    either("mp4", ["video/mp4", "audio/mp4"], Content::BaseMedia),
    shown("mov", "video/quicktime", Content::BaseMedia),
    either("webm", ["video/webm", "audio/webm"], Content::WebM),
    shown("mp3", "audio/mpeg", Content::MpegAudio),
    shown("m4a", "audio/mp4", Content::BaseMedia),
    either("ogg", ["audio/ogg", "video/ogg"], OGG),
    shown("opus", "audio/ogg", OGG),
    shown("flac", "audio/flac", Content::Starts(&[b"fLaC"])),
    shown("wav", "audio/wav", Content::Riff(b"WAVE")),
    shown("pdf", "application/pdf", Content::Starts(&[b"%PDF-"])),
    saved("doc", "application/msword", OLE),
    saved("xls", "application/vnd.ms-excel", OLE),
    saved("ppt", "application/vnd.ms-powerpoint", OLE),
    saved("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP),
    saved("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
    saved("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", ZIP),
    saved("odt", "application/vnd.oasis.opendocument.text", ZIP),
    saved("ods", "application/vnd.oasis.opendocument.spreadsheet", ZIP),
    saved("odp", "application/vnd.oasis.opendocument.presentation", ZIP),
    saved("zip", "application/zip", ZIP),
    saved("gz", "application/gzip", Content::Starts(&[b"\x1f\x8b"])),
    saved("txt", "text/plain; charset=utf-8", Content::Text),
    saved("md", "text/markdown; charset=utf-8", Content::Text),
    saved("csv", "text/csv; charset=utf-8", Content::Text),
];

const fn shown(extension: &'static str, mimetype: &'static str, content: Content) -> MediaType {
    MediaType { extension, mimetype, otherwise: None, inline: true, content }
}

/// Sound or film, as the tracks show; what stands first where they do not.
const fn either(
    extension: &'static str,
    [mimetype, otherwise]: [&'static str; 2],
    content: Content,
) -> MediaType {
    MediaType { extension, mimetype, otherwise: Some(otherwise), inline: true, content }
}

const fn saved(extension: &'static str, mimetype: &'static str, content: Content) -> MediaType {
    MediaType { extension, mimetype, otherwise: None, inline: false, content }
}

impl MediaType {
    /// Every type that can be allowed.
    pub const fn all() -> &'static [Self] {
        MEDIA_TYPES
    }

    /// The type with this extension.
    pub fn of_extension(extension: &str) -> Option<&'static Self> {
        MEDIA_TYPES.iter().find(|media| media.extension == extension)
    }

    /// Whether a browser may show in place what is served as this.
    pub fn is_inline(mimetype: &str) -> bool {
        let is_of = |media: &Self| media.mimetype == mimetype || media.otherwise == Some(mimetype);
        MEDIA_TYPES.iter().any(|media| media.inline && is_of(media))
    }

    /// What a file with these tracks is served as.
    pub fn mimetype_with(&self, tracks: Option<Tracks>) -> &'static str {
        let mimetypes = std::iter::once(self.mimetype).chain(self.otherwise);
        let kind = match tracks {
            Some(Tracks::Sound) => MessageType::Audio,
            Some(Tracks::Film) => MessageType::Video,
            None => return self.mimetype,
        };
        mimetypes.into_iter().find(|mimetype| message_type(mimetype) == kind).unwrap_or(self.mimetype)
    }

    /// Whether all of the content has to be text, not only its start.
    pub const fn is_text(&self) -> bool {
        matches!(self.content, Content::Text)
    }

    /// Whether a file whose first [`HEAD_BYTES`] are these is what its extension says. Of text only the whole can tell.
    pub fn begins(&self, head: &[u8]) -> bool {
        match self.content {
            Content::Starts(magics) => magics.iter().any(|magic| head.starts_with(magic)),
            Content::Riff(form) => head.starts_with(b"RIFF") && head.get(8..12) == Some(form),
            Content::BaseMedia => head.get(4..8) == Some(b"ftyp"),
            Content::WebM => {
                head.starts_with(b"\x1a\x45\xdf\xa3") && head.windows(4).any(|word| word == b"webm")
            }
            Content::MpegAudio => head.starts_with(b"ID3") || is_mpeg_audio_frame(head),
            Content::Text => true,
        }
    }
}

/// What a message is that carries a file which is served as this.
pub fn message_type(mimetype: &str) -> MessageType {
    match mimetype.split('/').next() {
        Some("image") => MessageType::Image,
        Some("video") => MessageType::Video,
        Some("audio") => MessageType::Audio,
        _ => MessageType::File,
    }
}

/// Whether the header of a layer III frame stands here: eleven bits set, and neither version, bit rate nor sample rate
/// reserved.
fn is_mpeg_audio_frame(head: &[u8]) -> bool {
    match head {
        [0xff, a, b, ..] => {
            a & 0xe0 == 0xe0 && a & 0x18 != 0x08 && a & 0x06 == 0x02 && b & 0xf0 != 0xf0 && b & 0x0c != 0x0c
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(extension: &str, head: &[u8]) -> bool {
        MediaType::of_extension(extension).unwrap().begins(head)
    }

    #[test]
    fn the_content_has_to_be_what_the_extension_says() {
        let good: &[(&str, &[u8])] = &[
            ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("jpg", b"\xff\xd8\xff\xe0"),
            ("jpeg", b"\xff\xd8\xff\xe1"),
            ("gif", b"GIF89a"),
            ("webp", b"RIFF\x10\0\0\0WEBPVP8 "),
            ("wav", b"RIFF\x10\0\0\0WAVEfmt "),
            ("pdf", b"%PDF-1.7"),
            ("mp4", b"\0\0\0\x18ftypisom"),
            ("m4a", b"\0\0\0\x18ftypM4A "),
            ("mp3", b"ID3\x04"),
            ("mp3", b"\xff\xfb\x90\x64"),
            (
                "webm",
                b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm",
            ),
            ("ogg", b"OggS\0\x02"),
            ("doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"),
            ("docx", b"PK\x03\x04"),
            ("zip", b"PK\x03\x04"),
        ];
        for (extension, head) in good {
            assert!(is(extension, head), "{extension}");
            for (other, _) in
                good.iter().filter(|(name, other)| name != extension && !other.starts_with(&head[..3]))
            {
                assert!(!is(other, head), "{extension} passes for {other}");
            }
            assert!(!is(extension, b"<html><script>alert(1)</script>"), "{extension}");
            assert!(!is(extension, b""), "{extension}");
        }
    }

    #[test]
    fn an_archive_may_be_empty() {
        assert!(is("zip", b"PK\x05\x06"));
    }

    #[test]
    fn a_text_mark_is_no_sound() {
        for head in [b"\xff\xfe\0\0", b"\xff\xff\xff\xff"] {
            assert!(!is("mp3", head), "{head:?}");
        }
    }

    #[test]
    fn what_a_browser_could_run_is_no_type_at_all() {
        for extension in ["html", "htm", "svg", "xml", "js", "xhtml", "exe", "png.html", "PNG", ""] {
            assert!(MediaType::of_extension(extension).is_none(), "{extension}");
        }
    }

    #[test]
    fn the_tracks_decide_between_sound_and_film() {
        for (extension, tracks, mimetype) in [
            ("webm", None, "video/webm"),
            ("webm", Some(Tracks::Film), "video/webm"),
            ("webm", Some(Tracks::Sound), "audio/webm"),
            ("mp4", Some(Tracks::Sound), "audio/mp4"),
            ("ogg", Some(Tracks::Sound), "audio/ogg"),
            ("ogg", Some(Tracks::Film), "video/ogg"),
            ("m4a", Some(Tracks::Film), "audio/mp4"),
            ("png", Some(Tracks::Sound), "image/png"),
        ] {
            let found = MediaType::of_extension(extension).unwrap().mimetype_with(tracks);
            assert_eq!(found, mimetype, "{extension} {tracks:?}");
            assert!(MediaType::is_inline(found));
        }
    }

    #[test]
    fn only_pictures_sounds_films_and_pdf_are_shown_in_place() {
        assert!(MediaType::is_inline("image/png") && MediaType::is_inline("application/pdf"));
        for mimetype in ["text/plain; charset=utf-8", "application/zip", "text/html", "image/svg+xml"] {
            assert!(!MediaType::is_inline(mimetype), "{mimetype}");
        }
    }
}
