use std::fs::File;
use std::io::{self, BufReader, Seek};

use chirrup_domain::upload::Dimensions;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits,
};

use super::Header;

/// Most pixels of a thumbnail's longer side.
const SIDE: u32 = 480;
/// A picture that is no longer and has no more bytes than this is small enough as it is.
const SMALL_BYTES: u64 = 64 * 1024;
/// Most pixels of a picture that is decoded, and of its longer side.
const MOST_PIXELS: u64 = 50_000_000;
const LONGEST_SIDE: u32 = 32_768;
/// Of JPEG, in percent.
const QUALITY: u8 = 80;
/// Most bytes of a colour profile that a thumbnail takes along: those of cameras and screens have less.
const PROFILE_BYTES: usize = 8 * 1024;
/// Where a colour profile says which kind of colours it is for.
const PROFILE_COLOURS: std::ops::Range<usize> = 16..20;

/// A thumbnail that was made.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::files) struct Made {
    /// What it is, as its extension says.
    pub(in crate::files) extension: &'static str,
    /// The content.
    pub(in crate::files) bytes: Vec<u8>,
}

/// Whether a picture of so many bytes is one that gets a thumbnail.
pub(super) const fn is_wanted(bytes: u64, dimensions: Dimensions) -> bool {
    let Dimensions { width, height } = dimensions;
    let is_small = width <= SIDE && height <= SIDE && bytes <= SMALL_BYTES;
    !is_small
        && width <= LONGEST_SIDE
        && height <= LONGEST_SIDE
        && width as u64 * height as u64 <= MOST_PIXELS
}

/// Makes a thumbnail of a picture of this type: its first frame, turned as it is shown, in its own colours. Nothing else
/// that the file says goes into it. This takes as long as the picture is large.
///
/// # Errors
/// When the picture can't be read or decoded, or is another to its decoder than its header was read to say.
pub(super) fn make(file: &File, mimetype: &str, header: Header) -> ImageResult<Made> {
    let mut reader = BufReader::new(file);
    reader.rewind()?;
    let format = ImageFormat::from_mime_type(mimetype).ok_or_else(|| io::Error::other("no picture"))?;
    let mut reader = ImageReader::with_format(reader, format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(header.memory);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // Not every decoder heeds the limits, and memory was reserved for what the header says.
    if decoder.dimensions() != header.stored_size() || decoder.total_bytes() > header.memory {
        return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
    }
    let profile = decoder.icc_profile().unwrap_or_default();
    let picture = DynamicImage::from_decoder(decoder)?;
    let mut small = match picture.width().max(picture.height()) > SIDE {
        true => picture.thumbnail(SIDE, SIDE),
        false => picture,
    };
    if let Some(orientation) = Orientation::from_exif(header.orientation.number()) {
        small.apply_orientation(orientation);
    }
    encode(small, profile)
}

fn encode(small: DynamicImage, profile: Option<Vec<u8>>) -> ImageResult<Made> {
    let is_transparent =
        small.color().has_alpha() && small.to_rgba8().pixels().any(|pixel| pixel.0[3] != u8::MAX);
    let has_colours = small.color().has_color();
    let profile = profile.filter(|profile| fits(profile, has_colours));
    let mut bytes = Vec::new();
    if is_transparent {
        let mut encoder =
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        take_along(&mut encoder, profile)?;
        let small = if has_colours {
            small.into_rgba8().into()
        } else {
            DynamicImage::from(small.into_luma_alpha8())
        };
        small.write_with_encoder(encoder)?;
        return Ok(Made { extension: "png", bytes });
    }
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    take_along(&mut encoder, profile)?;
    let small = if has_colours { small.into_rgb8().into() } else { DynamicImage::from(small.into_luma8()) };
    small.write_with_encoder(encoder)?;
    Ok(Made { extension: "jpg", bytes })
}

/// Whether a profile is for such pictures, and short.
fn fits(profile: &[u8], has_colours: bool) -> bool {
    let colours: &[u8] = if has_colours { b"RGB " } else { b"GRAY" };
    profile.len() <= PROFILE_BYTES && profile.get(PROFILE_COLOURS) == Some(colours)
}

fn take_along(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) -> ImageResult<()> {
    match profile {
        Some(profile) => encoder.set_icc_profile(profile).map_err(ImageError::Unsupported),
        None => Ok(()),
    }
}
