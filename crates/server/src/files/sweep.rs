use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::Result;
use chirrup_domain::upload::Uploads;

use super::Folder;
use crate::services::Services;

/// How often to look for uploads that nothing uses.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Between two steps, so that the sweep is not what the store is busy with.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes uploads that nothing has used for a day, for ever.
pub async fn sweep(services: Arc<Services>) {
    loop {
        match step(&services.uploads, &services.files.folder).await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            Ok(false) => tokio::time::sleep(INTERVAL).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "unused uploads were not removed");
                tokio::time::sleep(INTERVAL).await;
            }
        }
    }
}

/// Removes a few; answers whether there may be more. What is given up can't be used any more, its content goes, then
/// its record: a crash in between leaves what the next step finishes.
async fn step(uploads: &Uploads, folder: &Folder) -> Result<bool> {
    let given_up = uploads.give_up_unused().await?;
    for name in &given_up.names {
        folder.remove(name).await?;
    }
    if !given_up.names.is_empty() {
        tracing::info!(count = given_up.names.len(), "unused uploads were removed");
        uploads.forget(given_up.names).await?;
    }
    Ok(given_up.more)
}
