//! Fills a fresh folder through the store itself, before a server opens it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{NewConversation, NewMembers};
use chirrup_domain::id::IdGenerator;
use chirrup_domain::{ConversationId, Store, UserId};
use tokio::task::JoinSet;

use crate::people::{Person, now};
use crate::store;

/// Writes that are under way at once; the store commits them together.
const AT_ONCE: usize = 256;

/// People, and one group of all of them.
pub struct Seeded {
    /// The people.
    pub people: Vec<Person>,
    /// The group's id.
    pub group: String,
}

/// Seeds `count` people in one group.
///
/// # Errors
/// When the store refuses something.
pub fn seed_group(dir: &Path, count: usize) -> Result<Seeded> {
    with_store(dir, async |seeder| {
        let people = seeder.people("member", count).await?;
        let ids = people.iter().map(|person| person.id).collect::<Vec<_>>();
        let groups = seeder.conversations(vec![seeder.group(&ids)]).await?;
        Ok(Seeded { people, group: groups[0].to_string() })
    })
}

/// Opens the store in `dir`, lets `work` fill it, and closes it.
///
/// # Errors
/// When the store refuses something.
pub fn with_store<T>(dir: &Path, work: impl AsyncFnOnce(&Seeder) -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let seeder = Seeder { store: store::open(dir)?, ids: IdGenerator::new()? };
        let made = work(&seeder).await?;
        seeder.store.close().await?;
        Ok(made)
    })
}

/// Fills a store.
pub struct Seeder {
    /// The store.
    pub store: Arc<dyn Store>,
    ids: IdGenerator,
}

impl Seeder {
    /// Makes accounts called `prefix-0`, `prefix-1`... that nobody can sign in to by password.
    ///
    /// # Errors
    /// When the store refuses one.
    pub async fn people(&self, prefix: &str, count: usize) -> Result<Vec<Person>> {
        let people = Person::many(&self.ids, prefix, count);
        for some in people.chunks(AT_ONCE) {
            let mut tasks = JoinSet::new();
            for person in some {
                let store = Arc::clone(&self.store);
                let user = NewUser {
                    id: person.id,
                    username: person.name.clone(),
                    email: person.email(),
                    password_hash: "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
                    role: AccountRole::Member,
                    at: now(),
                };
                tasks.spawn(async move { store.create_user(user).await });
            }
            while let Some(made) = tasks.join_next().await {
                made??;
            }
        }
        Ok(people)
    }

    /// A direct conversation about to be made.
    pub fn direct(&self, one: UserId, other: UserId) -> NewConversation {
        let at = now();
        NewConversation { id: self.ids.next(at), creator: one, at, members: NewMembers::Direct(other) }
    }

    /// A group about to be made; the first of `members` makes it.
    pub fn group(&self, members: &[UserId]) -> NewConversation {
        let at = now();
        let group =
            NewMembers::Group { name: "The group".to_owned(), avatar: None, others: members[1..].to_vec() };
        NewConversation { id: self.ids.next(at), creator: members[0], at, members: group }
    }

    /// Makes conversations, and gives their ids in the same order.
    ///
    /// # Errors
    /// When the store refuses one.
    pub async fn conversations(&self, new: Vec<NewConversation>) -> Result<Vec<ConversationId>> {
        let ids = new.iter().map(|conversation| conversation.id).collect();
        let mut waiting = new.into_iter();
        loop {
            let mut tasks = JoinSet::new();
            for conversation in waiting.by_ref().take(AT_ONCE) {
                let store = Arc::clone(&self.store);
                tasks.spawn(async move { store.create_conversation(conversation).await });
            }
            if tasks.is_empty() {
                return Ok(ids);
            }
            while let Some(made) = tasks.join_next().await {
                made??;
            }
        }
    }
}
