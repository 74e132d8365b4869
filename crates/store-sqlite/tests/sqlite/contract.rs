use std::sync::Arc;

use chirrup_domain::{Feed, Presence, Store};
use chirrup_store_sqlite::SqliteStore;

async fn open(feed: Arc<dyn Feed>, presence: Arc<dyn Presence>) -> Arc<dyn Store> {
    Arc::new(SqliteStore::temporary(feed, presence).unwrap())
}

chirrup_testkit::store_contract!(open);
