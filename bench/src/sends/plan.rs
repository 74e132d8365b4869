use anyhow::Result;
use chirrup_domain::{ConversationId, UserId};

use crate::people::Person;
use crate::seed::Seeder;

/// People who send, all at once.
pub const PEOPLE: usize = 64;

/// Members of each group; everybody is in one.
pub const GROUP: usize = 8;

/// Text of every message.
pub const TEXT: &str =
    "Shall we meet at the station at ten? The train goes at a quarter past, and I have the tickets.";

/// Who sends what to whom.
pub struct Plan {
    /// The people, group by group.
    pub people: Vec<Person>,
    /// The groups.
    pub groups: Vec<ConversationId>,
}

/// Where a send goes.
pub enum To {
    /// To the neighbour.
    Person(UserId),
    /// Into one's group.
    Group(ConversationId),
}

impl Plan {
    /// Seeds the people and their groups.
    ///
    /// # Errors
    /// When the store refuses something.
    pub async fn seed(seeder: &Seeder) -> Result<Self> {
        let people = seeder.people("sender", PEOPLE).await?;
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        let groups = seeder.conversations(ids.chunks(GROUP).map(|ids| seeder.group(ids)).collect()).await?;
        Ok(Self { people, groups })
    }

    /// Where a person's send goes: to the neighbour and into the group in turn.
    pub fn target(&self, person: usize, number: u64) -> To {
        match number % 2 {
            0 => To::Person(self.people[person ^ 1].id),
            _ => To::Group(self.groups[person / GROUP]),
        }
    }

    /// `clientId` of a send.
    pub fn client_id(person: usize, number: u64) -> String {
        format!("sender-{person}-{number}")
    }
}
