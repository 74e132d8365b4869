use std::io::Cursor;
use std::time::{Duration, Instant};

use hyper::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, Frame, GrayImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Luma, Rgb,
    RgbImage, Rgba, RgbaImage,
};
use serde_json::{Value, json};

use crate::server::{TestServer, text};
use crate::uploads::{assert_kept, fetch, shown, upload};

const GPS: &[u8] = b"GPS 48.2 N 16.4 E";
const RED: Rgb<u8> = Rgb([200, 0, 0]);
const GREEN: Rgb<u8> = Rgb([0, 200, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 200]);
const GREY: Rgb<u8> = Rgb([90, 90, 90]);

/// A quarter of each colour: red and green above, blue and grey below.
pub(crate) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => GREY,
    })
}

/// Colours that do not shrink when they are compressed.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        Rgb([a, b, c])
    })
}

pub(crate) fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// EXIF data with this orientation, and with a place.
fn exif(orientation: u8) -> Vec<u8> {
    let entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
    [&b"MM\0\x2a\0\0\0\x08\0\x01"[..], &entry, &[0; 4], GPS].concat()
}

/// A JPEG of such a picture, as a phone that was held so makes it, in colours of its own.
fn photo(picture: &RgbImage, orientation: u8, profile: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder.set_icc_profile(profile.to_vec()).unwrap();
    encoder.encode_image(picture).unwrap();
    bytes
}

fn profile() -> Vec<u8> {
    let mut profile = vec![0; 400];
    profile[16..20].copy_from_slice(b"RGB ");
    profile
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn decoder(bytes: &[u8]) -> impl ImageDecoder + '_ {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().unwrap().into_decoder().unwrap()
}

fn decoded(bytes: &[u8]) -> RgbImage {
    DynamicImage::from_decoder(decoder(bytes)).unwrap().into_rgb8()
}

fn assert_like(pixel: &Rgb<u8>, colour: Rgb<u8>) {
    assert!(pixel.0.iter().zip(colour.0).all(|(a, b)| a.abs_diff(b) < 12), "{pixel:?} is not {colour:?}");
}

async fn thumbnail(server: &TestServer, file: &Value) -> Vec<u8> {
    let answer = fetch(server, &json!({ "url": file["thumbnailUrl"] }), &[]).await;
    assert_eq!(answer.status, 200);
    answer.body.to_vec()
}

#[tokio::test]
async fn a_photo_is_shown_as_it_was_held() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let picture = quarters(1200, 600);
    for (orientation, size, corners) in [
        (1, (1200, 600), [RED, GREEN, BLUE, GREY]),
        (3, (1200, 600), [GREY, BLUE, GREEN, RED]),
        (6, (600, 1200), [BLUE, RED, GREY, GREEN]),
        (8, (600, 1200), [GREEN, GREY, RED, BLUE]),
    ] {
        let file = upload(&ann, "photo.jpg", &photo(&picture, orientation, &profile())).await;
        assert_eq!((&file["width"], &file["height"]), (&json!(size.0), &json!(size.1)), "{orientation}");
        let small = decoded(&thumbnail(&server, &file).await);
        let (width, height) = small.dimensions();
        assert_eq!((width, height), (size.0 * 2 / 5, size.1 * 2 / 5));
        let places = [(5, 5), (width - 5, 5), (5, height - 5), (width - 5, height - 5)];
        for ((x, y), colour) in places.into_iter().zip(corners) {
            assert_like(small.get_pixel(x, y), colour);
        }
    }
}

#[tokio::test]
async fn nobody_learns_where_a_photo_was_taken() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let taken = photo(&quarters(1200, 600), 6, &profile());
    assert!(contains(&taken, GPS));
    let file = upload(&ann, "photo.jpg", &taken).await;

    let small = thumbnail(&server, &file).await;
    assert!(!contains(&small, b"Exif") && !contains(&small, GPS));
    assert_eq!(decoder(&small).icc_profile().unwrap(), Some(profile()));

    let stored = fetch(&server, &file, &[]).await;
    assert_eq!(file["size"], stored.body.len());
    assert_eq!(shown(&stored.headers, CONTENT_LENGTH), stored.body.len().to_string());
    assert!(!contains(&stored.body, GPS));
    assert_eq!(decoder(&stored.body).orientation().unwrap(), Orientation::Rotate90);
    assert_eq!(decoder(&stored.body).icc_profile().unwrap(), Some(profile()));
    assert_eq!(decoded(&stored.body), decoded(&taken));
    assert_kept(&server, 2).await;
}

#[tokio::test]
async fn other_pictures_lose_what_they_say_and_keep_their_pixels() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let picture = quarters(600, 500);
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif(6)).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    let mut webp = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif(6)).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    for (filename, content) in [("a.png", png), ("a.webp", webp)] {
        assert!(contains(&content, GPS), "{filename}");
        let file = upload(&ann, filename, &content).await;
        assert_eq!((&file["width"], &file["height"]), (&json!(500), &json!(600)), "{filename}");
        let stored = fetch(&server, &file, &[]).await.body;
        assert!(!contains(&stored, GPS), "{filename}");
        assert_eq!(decoder(&stored).orientation().unwrap(), Orientation::Rotate90, "{filename}");
        assert_eq!(decoded(&stored), picture, "{filename}");
        let small = decoded(&thumbnail(&server, &file).await);
        assert_eq!(small.dimensions(), (400, 480), "{filename}");
        assert_like(small.get_pixel(5, 5), BLUE);
    }
}

#[tokio::test]
async fn a_thumbnail_is_light_and_served_as_safely_as_its_picture() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let file = upload(&ann, "Kätzchen.png", &encoded(noise(1000, 1000), ImageFormat::Png)).await;
    let answer = fetch(&server, &json!({ "url": file["thumbnailUrl"] }), &[]).await;
    assert_eq!(shown(&answer.headers, CONTENT_TYPE), "image/jpeg");
    assert_eq!(
        shown(&answer.headers, CONTENT_DISPOSITION),
        "inline; filename=\"K_tzchen.jpg\"; filename*=UTF-8''K%C3%A4tzchen.jpg"
    );
    assert!(shown(&answer.headers, CONTENT_SECURITY_POLICY).contains("sandbox"));
    assert!(answer.body.len() < 300_000, "{}", answer.body.len());

    let glass = RgbaImage::from_fn(600, 300, |x, _| Rgba([9, 9, 9, if x < 300 { 0 } else { 255 }]));
    let file = upload(&ann, "glass.png", &encoded(glass, ImageFormat::Png)).await;
    let small = thumbnail(&server, &file).await;
    let small = image::load_from_memory_with_format(&small, ImageFormat::Png).unwrap().into_rgba8();
    assert_eq!((small.dimensions(), small.get_pixel(9, 9).0[3]), ((480, 240), 0));

    let grey = GrayImage::from_fn(600, 300, |x, _| Luma([if x < 300 { 0 } else { 255 }]));
    let file =
        upload(&ann, "grey.webp", &encoded(DynamicImage::from(grey).into_rgb8(), ImageFormat::WebP)).await;
    assert_eq!(decoded(&thumbnail(&server, &file).await).dimensions(), (480, 240));
}

#[tokio::test]
async fn a_small_picture_is_its_own_thumbnail() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let file = upload(&ann, "a.png", &encoded(quarters(480, 480), ImageFormat::Png)).await;
    assert_eq!((&file["width"], file.get("thumbnailUrl")), (&json!(480), None));
    // Small on the screen, and not on the wire.
    let file = upload(&ann, "a.png", &encoded(noise(400, 400), ImageFormat::Png)).await;
    assert_eq!(decoded(&thumbnail(&server, &file).await).dimensions(), (400, 400));
}

#[tokio::test]
async fn an_animation_is_kept_whole_and_shown_by_its_first_frame() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for colour in [RED, BLUE, GREEN] {
        let frame = RgbImage::from_pixel(600, 600, colour);
        encoder.encode_frame(Frame::new(DynamicImage::from(frame).into_rgba8())).unwrap();
    }
    drop(encoder);
    let file = upload(&ann, "a.gif", &gif).await;
    assert_eq!(fetch(&server, &file, &[]).await.body, gif);
    assert_like(decoded(&thumbnail(&server, &file).await).get_pixel(240, 240), RED);
}

/// A PNG's beginning that claims this size, and content that is compressed to next to nothing.
fn bomb(width: u32, height: u32, inflated: usize) -> Vec<u8> {
    let small = GrayImage::new(u32::try_from(inflated / 1000).unwrap(), 1000);
    let mut png = encoded(small, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

/// A JPEG of 1600 x 1200 pixels that says so behind a byte that fills up a marker. Who takes that byte for the marker is
/// led by what follows into the next segment, where it says 600 x 600.
fn two_sizes() -> Vec<u8> {
    let mut jpeg = encoded(quarters(1600, 1200), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == b"\xff\xc0").unwrap();
    jpeg.insert(frame, 0xff);
    let behind = frame + 3 + usize::from(jpeg[frame + 4]);
    let other = b"\xff\xc0\0\x0b\x08\x02\x58\x02\x58\x01\x01\x11\0";
    let padding = vec![b'J'; frame + 4 + 0xc000 - 2 - behind - 4];
    let length = u16::try_from(2 + padding.len() + other.len()).unwrap().to_be_bytes();
    jpeg.splice(behind..behind, [&b"\xff\xe0"[..], &length, &padding, other].concat());
    jpeg
}

/// A WebP of 1600 x 1200 pixels that says 600 x 600 ahead.
fn small_ahead() -> Vec<u8> {
    let frame = encoded(quarters(1600, 1200), ImageFormat::WebP).split_off(12);
    let ahead = [&b"VP8X\x0a\0\0\0\0\0\0\0"[..], &[0x57, 2, 0, 0x57, 2, 0]].concat();
    let length = u32::try_from(4 + ahead.len() + frame.len()).unwrap().to_le_bytes();
    [&b"RIFF"[..], &length, b"WEBP", &ahead, &frame].concat()
}

#[tokio::test]
async fn a_picture_that_is_none_is_a_file_without_a_thumbnail() {
    let server = TestServer::start().await;
    let ann = server.register("ann").await;
    let since = Instant::now();
    let [jpeg, png] = [ImageFormat::Jpeg, ImageFormat::Png].map(|format| encoded(noise(1000, 800), format));
    let mut broken_frame = jpeg.clone();
    let frame = broken_frame.windows(2).position(|marker| marker == b"\xff\xc0").unwrap();
    broken_frame[frame + 4..frame + 12].fill(0xff);
    for (filename, content, width) in [
        ("claims 30,000 x 30,000.png", bomb(30_000, 30_000, 100_000), Some(30_000)),
        ("claims the most.png", bomb(u32::MAX, u32::MAX, 100_000), Some(u32::MAX)),
        ("has no pixels.png", bomb(0, 0, 100_000), None),
        ("is cut off.png", png[..png.len() / 2].to_vec(), Some(1000)),
        ("is cut off.jpg", jpeg[..jpeg.len() / 2].to_vec(), Some(1000)),
        ("is only a header.jpg", jpeg[..700].to_vec(), Some(1000)),
        ("has a broken frame.jpg", broken_frame, Some(65_535)),
        ("has two sizes.jpg", two_sizes(), Some(600)),
        ("has two sizes.webp", small_ahead(), Some(600)),
        ("is only a signature.gif", b"GIF89a".to_vec(), None),
        ("is cut off.gif", b"GIF89a\xff\xff\xff\xff\x80\0\0".to_vec(), Some(65_535)),
        ("is only a signature.webp", b"RIFF\x04\0\0\0WEBP".to_vec(), None),
    ] {
        let file = upload(&ann, filename, &content).await;
        assert_eq!(file.get("thumbnailUrl"), None, "{filename}");
        assert_eq!(file["width"], json!(width), "{filename}");
        assert_eq!(fetch(&server, &file, &[]).await.body, content, "{filename}");
    }
    assert_kept(&server, 12).await;
    // Of what a file inflates to, no more is looked at than it claims to show.
    let file = upload(&ann, "inflates to 200 MB.png", &bomb(600, 600, 200_000_000)).await;
    assert_eq!(decoded(&thumbnail(&server, &file).await).dimensions(), (480, 480));
    assert!(since.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_thumbnail_is_sent_with_its_picture_and_never_without() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.register("ann").await, server.register("bob").await);
    let group = ann.group("team", &[&bob]).await;
    let file = upload(&ann, "a.png", &encoded(quarters(600, 600), ImageFormat::Png)).await;
    let mut forged = file.clone();
    forged["thumbnailUrl"] = json!("https://evil.example/a.png");
    forged["width"] = json!(1);
    let sent = ann.send(&group, &json!({ "file": forged })).await.expect(201);
    assert_eq!(sent["message"]["file"], file);
    let page = bob.get(&format!("/api/conversations/{group}/messages")).await.expect(200);
    assert_eq!(page["messages"][0]["file"], file);

    let alone = json!({ "url": text(&file["thumbnailUrl"]) });
    ann.send(&group, &json!({ "file": alone })).await.refused(422, "Invalid file", "invalid_file");
    let body = json!({ "avatar": file["thumbnailUrl"] });
    let answer = ann.ask(hyper::Method::PATCH, "/api/users/me", &body).await;
    answer.refused(422, "Invalid avatar", "invalid_payload");
}
