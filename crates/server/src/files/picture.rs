use std::path::Path;

use chirrup_domain::upload::Dimensions;

/// The size of a picture by its header; `None` where that does not tell.
pub fn dimensions(path: &Path) -> Option<Dimensions> {
    let size = imagesize::size(path).ok()?;
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    Some(Dimensions { width, height })
}
