use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::options::Options;

/// A folder of a run's own, on the disk that is measured; it goes with this value.
pub struct DataDir(PathBuf);

impl DataDir {
    /// An empty folder for what is called `name`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(options: &Options, name: &str) -> Result<Self> {
        let path = options.data.join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        // Servers run in it, so that no setting file nearby is read.
        Ok(Self(path.canonicalize()?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}
