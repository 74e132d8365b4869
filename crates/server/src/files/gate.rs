use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chirrup_domain::{Error, Result, UserId};
use parking_lot::Mutex;

/// Most uploads of one user at a time: as many connections as a browser opens to one server.
const PER_USER: usize = 6;
/// What who is over it is told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Counts who uploads how many files at the moment.
#[derive(Default)]
pub struct Gate(Arc<Mutex<HashMap<UserId, usize>>>);

/// The right to upload one file; given back when dropped.
pub struct Slot {
    gate: Arc<Mutex<HashMap<UserId, usize>>>,
    user: UserId,
}

impl Gate {
    /// Lets one more upload of this user in.
    ///
    /// # Errors
    /// [`RateLimited`](Error::RateLimited) while too many are under way.
    pub fn enter(&self, user: UserId) -> Result<Slot> {
        let mut users = self.0.lock();
        let uploads = users.entry(user).or_default();
        if *uploads >= PER_USER {
            return Err(Error::RateLimited { retry_after: RETRY_AFTER });
        }
        *uploads += 1;
        Ok(Slot { gate: self.0.clone(), user })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut users = self.gate.lock();
        if let Some(uploads) = users.get_mut(&self.user) {
            *uploads -= 1;
            if *uploads == 0 {
                users.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_uploads_a_few_files_at_a_time() {
        let (gate, [ann, bob]) = (Gate::default(), [1, 2].map(|n| UserId::from([n; 12])));
        let mut slots: Vec<_> = (0..PER_USER).map(|_| gate.enter(ann).unwrap()).collect();
        assert!(matches!(gate.enter(ann), Err(Error::RateLimited { .. })));
        assert!(gate.enter(bob).is_ok());
        slots.pop();
        assert!(gate.enter(ann).is_ok());
        drop(slots);
        assert!(gate.0.lock().is_empty());
    }
}
