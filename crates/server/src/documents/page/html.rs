use std::fmt::Write as _;

use serde_json::Value;

/// HTML as it is written; whatever is not written by `raw` is escaped.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Takes HTML as it is.
    pub(super) fn raw(&mut self, html: &str) -> &mut Self {
        self.0.push_str(html);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                _ => self.0.push(c),
            }
        }
        self
    }

    /// Text in which backticks mark code.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        for (nth, part) in text.split('`').enumerate() {
            match nth % 2 {
                0 => self.text(part),
                _ => self.raw("<code>").text(part).raw("</code>"),
            };
        }
        self
    }

    /// A paragraph of prose, if there is any.
    pub(super) fn paragraph(&mut self, prose: &Value) -> &mut Self {
        match prose.as_str() {
            Some(prose) => self.raw("<p>").prose(prose).raw("</p>"),
            None => self,
        }
    }

    /// What an operation says of itself.
    pub(super) fn summary(&mut self, operation: &Value) -> &mut Self {
        self.raw("<p class=\"summary\">").prose(operation["summary"].as_str().unwrap_or_default()).raw(".");
        if let Some(details) = operation["description"].as_str() {
            self.raw(" <span>").prose(details).raw("</span>");
        }
        self.raw("</p>")
    }

    /// What the next lines are.
    pub(super) fn label(&mut self, label: &str) -> &mut Self {
        self.raw("<h5>").text(label).raw("</h5>")
    }

    pub(super) fn link(&mut self, id: &str, text: &str) -> &mut Self {
        self.raw("<a href=\"#").text(id).raw("\">").text(text).raw("</a>")
    }

    pub(super) fn heading(&mut self, level: u8, id: &str, text: &str) -> &mut Self {
        let _ = write!(self.0, "<h{level} id=\"{id}\">");
        self.raw("<a href=\"#").text(id).raw("\">").text(text).raw("</a>");
        let _ = write!(self.0, "</h{level}>");
        self
    }

    /// The heading of an article, which points to itself.
    pub(super) fn title(&mut self, id: &str, title: impl FnOnce(&mut Self)) -> &mut Self {
        self.raw("<h4 id=\"").text(id).raw("\"><a href=\"#").text(id).raw("\">");
        title(self);
        self.raw("</a></h4>")
    }

    /// A line of a list of fields.
    pub(super) fn field(
        &mut self,
        name: &str,
        required: bool,
        shape: impl FnOnce(&mut Self),
        description: &Value,
    ) -> &mut Self {
        self.raw("<div><dt><code>").text(name).raw("</code>");
        if !required {
            self.raw(" <i>optional</i>");
        }
        self.raw("</dt><dd><span class=\"type\">");
        shape(self);
        self.raw("</span>");
        if let Some(description) = description.as_str() {
            self.raw(" ").prose(description);
        }
        self.raw("</dd></div>")
    }

    /// Goes on with what this writes.
    pub(super) fn inner(&mut self, write: impl FnOnce(&mut Self)) -> &mut Self {
        write(self);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_backticks_are_code() {
        let mut html = Html::default();
        html.prose("a < b & `\"c\"`");
        assert_eq!(html.finish(), "a &lt; b &amp; <code>&quot;c&quot;</code>");
    }
}
