use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chirrup_domain::account::{AccountRole, NewUser};
use chirrup_domain::conversation::{
    ConversationAfter, ConversationPage, ConversationView, Created, NewConversation, NewMembers,
};
use chirrup_domain::id::IdGenerator;
use chirrup_domain::message::{
    Appended, ClientId, Deleted, Deletion, Draft, Edit, HistoryAt, HistoryPage, Message, Naming, Target,
};
use chirrup_domain::{
    Change, ConversationId, Feed, Group, MAX_PAGE, MessageId, Presence, Result, Store, Timestamp, UserId,
};
use parking_lot::Mutex;

/// A new store with a clock moved by hand, a feed that remembers and presence as a test says.
#[derive(Clone)]
pub struct World {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// What the store told.
    pub feed: Arc<Recorder>,
    /// Who is connected.
    pub online: Arc<Online>,
    ids: Arc<IdGenerator>,
    now: Arc<AtomicI64>,
}

impl World {
    /// A world around a new store.
    pub async fn new<F, S>(open: F) -> Self
    where
        F: FnOnce(Arc<dyn Feed>, Arc<dyn Presence>) -> S,
        S: Future<Output = Arc<dyn Store>>,
    {
        let (feed, online) = (Arc::<Recorder>::default(), Arc::<Online>::default());
        let store = open(feed.clone(), online.clone()).await;
        Self::of(store, feed, online)
    }

    /// A world around a store that is already open.
    pub fn of(store: Arc<dyn Store>, feed: Arc<Recorder>, online: Arc<Online>) -> Self {
        let ids = Arc::new(IdGenerator::new().expect("random bytes"));
        Self { store, feed, online, ids, now: Arc::new(AtomicI64::new(1_768_473_000_000)) }
    }

    /// The present; every look at it is a millisecond later.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.fetch_add(1, Ordering::Relaxed))
    }

    /// Moves the clock on.
    pub fn pass(&self, time: Duration) {
        self.now.fetch_add(i64::try_from(time.as_millis()).expect("a short time"), Ordering::Relaxed);
    }

    /// A new id.
    pub fn id<I: From<[u8; 12]>>(&self) -> I {
        self.ids.next(self.now())
    }

    /// An account about to be made, with the address `name@example.org`.
    pub fn new_user(&self, name: &str) -> NewUser {
        NewUser {
            id: self.id(),
            username: name.to_owned(),
            email: format!("{name}@example.org"),
            password_hash: format!("hash of {name}"),
            role: AccountRole::Member,
            at: self.now(),
        }
    }

    /// Makes an account.
    pub async fn user(&self, name: &str) -> UserId {
        self.store.create_user(self.new_user(name)).await.expect("a free name").id
    }

    /// Makes accounts.
    pub async fn users<const N: usize>(&self, names: [&str; N]) -> [UserId; N] {
        let mut users = [UserId::from([0; 12]); N];
        for (user, name) in users.iter_mut().zip(names) {
            *user = self.user(name).await;
        }
        users
    }

    /// Makes a group, named `group`.
    pub async fn group(&self, creator: UserId, others: &[UserId]) -> ConversationId {
        let members = NewMembers::Group { name: "group".to_owned(), avatar: None, others: others.to_vec() };
        self.create(creator, members).await.expect("known members").view.conversation.id
    }

    /// Makes a conversation, or finds the direct one.
    pub async fn create(&self, creator: UserId, members: NewMembers) -> Result<Created> {
        let new = NewConversation { id: self.id(), creator, at: self.now(), members };
        self.store.create_conversation(new).await
    }

    /// Where a direct message goes.
    pub fn to(&self, recipient: UserId) -> Target {
        Target::Direct { recipient, conversation: self.id() }
    }

    /// A draft.
    pub fn draft(&self, sender: UserId, target: Target, content: &str) -> Draft {
        Draft {
            id: self.id::<MessageId>(),
            sender,
            target,
            content: content.to_owned(),
            file: None,
            reply_to: None,
            namings: Naming::all_in(content),
            client_id: None,
            origin: None,
            at: self.now(),
        }
    }

    /// Sends into a conversation.
    pub async fn say(&self, sender: UserId, room: ConversationId, content: &str) -> Result<Arc<Message>> {
        let draft = self.draft(sender, Target::Conversation(room), content);
        Ok(self.store.append_message(draft).await?.message)
    }

    /// Sends to somebody.
    pub async fn tell(&self, sender: UserId, recipient: UserId, content: &str) -> Result<Arc<Message>> {
        let draft = self.draft(sender, self.to(recipient), content);
        Ok(self.store.append_message(draft).await?.message)
    }

    /// Sends under a `clientId`.
    pub async fn send_as(
        &self,
        sender: UserId,
        target: Target,
        content: &str,
        client_id: &str,
    ) -> Result<Appended> {
        let client_id = ClientId::new(client_id.to_owned());
        let draft = Draft { client_id, ..self.draft(sender, target, content) };
        self.store.append_message(draft).await
    }

    /// Answers a message.
    pub async fn reply(
        &self,
        sender: UserId,
        target: Target,
        content: &str,
        to: MessageId,
    ) -> Result<Arc<Message>> {
        let draft = Draft { reply_to: Some(to), ..self.draft(sender, target, content) };
        Ok(self.store.append_message(draft).await?.message)
    }

    /// Gives a message another text.
    pub async fn edit(&self, actor: UserId, message: MessageId, content: &str) -> Result<Arc<Message>> {
        let (namings, content) = (Naming::all_in(content), content.to_owned());
        self.store
            .edit_message(Edit { message, actor, content, namings, sent_since: None, at: self.now() })
            .await
    }

    /// Deletes a message.
    pub async fn delete(&self, actor: UserId, message: MessageId) -> Result<Deleted> {
        self.store.delete_message(Deletion { message, actor, sent_since: None, at: self.now() }).await
    }

    /// Every message of a conversation, read page by page.
    pub async fn history(&self, room: ConversationId, reader: UserId) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        loop {
            let at = match messages.first() {
                Some(oldest) => HistoryAt::Before(oldest.seq),
                None => HistoryAt::Newest,
            };
            let page = HistoryPage { at, limit: MAX_PAGE };
            let page = self.store.list_messages(room, reader, page).await.expect("a page").expect("a member");
            messages.splice(0..0, page.messages);
            if !page.has_before {
                return messages;
            }
        }
    }

    /// All of somebody's conversations, read page by page.
    pub async fn conversations(&self, reader: UserId) -> Vec<ConversationView> {
        let mut views: Vec<ConversationView> = Vec::new();
        let mut after = None;
        loop {
            let page = ConversationPage { after, limit: 3 };
            let (page, next) = self.store.list_conversations(reader, page).await.expect("a page");
            views.extend(page);
            after = next.map(ConversationAfter::Place);
            if after.is_none() {
                return views;
            }
        }
    }
}

type Settle = Box<dyn FnOnce() + Send>;

/// Remembers what a store told, and settles at once unless told to wait.
#[derive(Default)]
pub struct Recorder {
    changes: Mutex<Vec<Change>>,
    /// The answers withheld, while they are.
    held: Mutex<Option<Vec<Settle>>>,
}

impl Recorder {
    /// Withholds the answers of what is committed from now on.
    pub fn hold(&self) {
        self.held.lock().get_or_insert_default();
    }

    /// Gives the answers that were withheld.
    pub fn release(&self) {
        self.held.lock().take().into_iter().flatten().for_each(|settle| settle());
    }

    /// All changes so far, in the order told.
    pub fn changes(&self) -> Vec<Change> {
        self.changes.lock().clone()
    }
}

impl Feed for Recorder {
    fn committed(&self, group: Group) {
        self.changes.lock().extend(group.changes);
        match &mut *self.held.lock() {
            Some(held) => held.push(group.settle),
            None => (group.settle)(),
        }
    }
}

/// Who is connected, as a test says.
#[derive(Default)]
pub struct Online(Mutex<HashSet<UserId>>);

impl Online {
    /// Connects somebody.
    pub fn connect(&self, user: UserId) {
        self.0.lock().insert(user);
    }

    /// Disconnects somebody.
    pub fn disconnect(&self, user: UserId) {
        self.0.lock().remove(&user);
    }
}

impl Presence for Online {
    fn is_online(&self, user: UserId) -> bool {
        self.has_device(user)
    }

    fn has_device(&self, user: UserId) -> bool {
        self.0.lock().contains(&user)
    }
}
