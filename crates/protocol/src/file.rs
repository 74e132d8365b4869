use std::fmt;

use chirrup_domain::upload::{self, UPLOADS, UploadName};
use serde::Serialize;

use crate::message::type_name;
use crate::shown::Shown;

/// `File`, as an upload gives it and as a message carries it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File<'a> {
    url: Shown<Url<'a>>,
    filename: &'a str,
    size: u64,
    mimetype: &'a str,
    message_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<Shown<Url<'a>>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
}

impl<'a> From<&'a upload::File> for File<'a> {
    fn from(file: &'a upload::File) -> Self {
        Self {
            url: Shown(Url(&file.name)),
            filename: &file.filename,
            size: file.size,
            mimetype: &file.mimetype,
            message_type: type_name(file.message_type),
            width: file.dimensions.map(|dimensions| dimensions.width),
            height: file.dimensions.map(|dimensions| dimensions.height),
            thumbnail_url: file.thumbnail.as_ref().map(|thumbnail| Shown(Url(&thumbnail.name))),
            duration: file.duration.map(|duration| duration.as_secs_f64()),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Url<'a>(&'a UploadName);

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{UPLOADS}{}", self.0)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use chirrup_domain::message::MessageType;
    use chirrup_domain::upload::{Dimensions, Thumbnail};
    use serde_json::json;

    use super::*;

    pub(crate) fn cat() -> upload::File {
        upload::File {
            name: UploadName::new(0xabc, "png"),
            filename: "Kätzchen.png".into(),
            size: 204_800,
            mimetype: "image/png".into(),
            message_type: MessageType::Image,
            dimensions: Some(Dimensions { width: 640, height: 480 }),
            duration: None,
            thumbnail: Some(Thumbnail { name: UploadName::new(0xdef, "jpg"), size: 20_480 }),
        }
    }

    #[test]
    fn a_file_has_every_key_of_the_contract_and_none_without_a_value() {
        let mut shown = json!({
            "url": "/uploads/00000000000000000000000000000abc.png",
            "filename": "Kätzchen.png",
            "size": 204_800,
            "mimetype": "image/png",
            "messageType": "image",
            "width": 640,
            "height": 480,
            "thumbnailUrl": "/uploads/00000000000000000000000000000def.jpg",
        });
        assert_eq!(serde_json::to_value(File::from(&cat())).unwrap(), shown);
        let keys = shown.as_object_mut().unwrap();
        keys.remove("width");
        keys.remove("height");
        keys.remove("thumbnailUrl");
        keys.insert("duration".into(), json!(2.5));
        let duration = Some(Duration::from_millis(2500));
        let file = upload::File { dimensions: None, thumbnail: None, duration, ..cat() };
        assert_eq!(serde_json::to_value(File::from(&file)).unwrap(), shown);
    }
}
