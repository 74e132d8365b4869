//! The store, as the server opens it in the same folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chirrup_domain::Store;
use chirrup_domain::feed::NoFeed;
use chirrup_domain::presence::Nobody;
use chirrup_store_sqlite::SqliteStore;

/// Name of the database file in the server's `DATA_DIR`.
const FILE: &str = "chirrup.db";

/// Opens it, with nobody following what is committed, and nobody connected.
///
/// # Errors
/// When it cannot be opened.
pub fn open(dir: &Path) -> Result<Arc<dyn Store>> {
    Ok(Arc::new(SqliteStore::open(&dir.join(FILE), Arc::new(NoFeed), Arc::new(Nobody))?))
}
