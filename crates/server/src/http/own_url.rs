use http::HeaderMap;
use http::header::HOST;

/// The server's address in the examples.
pub(super) const EXAMPLE_URL: &str = "http://localhost:3000";
/// Most bytes of a host and a port.
const MAX_HOST: usize = 261;

/// The server's address as whoever asks knows it, for examples that can be copied. It may stand in HTML and in scripts: a
/// `Host` with anything but what names have in it is not taken over. A proxy that ends TLS says so by `X-Forwarded-Proto`; nothing
/// depends on whether that is true.
pub(super) fn own_url(headers: &HeaderMap) -> String {
    let is_name = |host: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        (1..=MAX_HOST).contains(&host.len()) && host.bytes().all(plain)
    };
    let scheme = match headers.get("x-forwarded-proto") {
        Some(proto) if proto == "https" => "https",
        _ => "http",
    };
    match headers.get(HOST).and_then(|host| host.to_str().ok()).filter(is_name) {
        Some(host) => format!("{scheme}://{host}"),
        None => EXAMPLE_URL.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn url(host: &'static str, proto: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        headers.extend(proto.map(|proto| {
            ("x-forwarded-proto".parse::<http::HeaderName>().unwrap(), HeaderValue::from_static(proto))
        }));
        own_url(&headers)
    }

    #[test]
    fn it_is_the_host_that_was_asked_unless_that_could_be_anything_else() {
        assert_eq!(url("192.0.2.1:4000", None), "http://192.0.2.1:4000");
        assert_eq!(url("[::1]:4000", Some("http")), "http://[::1]:4000");
        assert_eq!(url("chat.example.com", Some("https")), "https://chat.example.com");
        for host in ["", "<script>", "a\"b", "a'b", "a b", "a&amp;b"] {
            assert_eq!(url(host, None), EXAMPLE_URL, "{host}");
        }
        assert_eq!(own_url(&HeaderMap::new()), EXAMPLE_URL);
    }
}
