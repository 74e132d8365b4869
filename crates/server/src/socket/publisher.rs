//! Tells devices what the store committed, in the order in which it did.

use std::sync::{Arc, Weak};

use chirrup_domain::account::Sender;
use chirrup_domain::conversation::{Conversation, ConversationKind};
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::message::{Audience, Message, MessageType, Status};
use chirrup_domain::presence::DeviceId;
use chirrup_domain::{Change, Fact, Feed, Group, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Hub, Target};
use tokio::sync::mpsc;

use super::delivery::{self, Published};
use super::device::Device;
use super::encode::encode_durable;
use super::groups::Groups;
use super::revocations::Revocations;
use super::{group_facts, receipts, rooms};
use crate::metrics::Metrics;
use crate::services::Services;

/// After this many changes of one group others get the thread for a while.
const AT_A_STRETCH: usize = 16;

/// What the publisher reads.
pub(super) type Inbox = mpsc::UnboundedReceiver<Group>;

/// The store's end of the way to the publisher. It holds no more groups than the store has requests waiting.
pub(super) struct Outlet(mpsc::UnboundedSender<Group>);

/// A way from the store to the publisher.
pub(super) fn channel() -> (Outlet, Inbox) {
    let (sender, inbox) = mpsc::unbounded_channel();
    (Outlet(sender), inbox)
}

impl Feed for Outlet {
    fn committed(&self, group: Group) {
        // Where nobody publishes any more nothing is acked: the group is dropped, which refuses its requests. They are
        // stored, and a repeat under the same `clientId` finds that out.
        let _ = self.0.send(group);
    }
}

/// Sends events to rooms. There is one, so that every device sees changes in the order of their numbers.
pub(super) struct Publisher {
    hub: Hub<Device>,
    groups: Arc<Groups>,
    published: Published,
    metrics: Arc<Metrics>,
    /// Weak, since they hold the store, and the store the other end of the inbox.
    services: Weak<Services>,
    revocations: Arc<Revocations>,
}

impl Publisher {
    pub(super) fn new(
        hub: Hub<Device>,
        groups: Arc<Groups>,
        published: Published,
        services: &Arc<Services>,
        revocations: Arc<Revocations>,
    ) -> Self {
        let (metrics, services) = (services.metrics.clone(), Arc::downgrade(services));
        Self { hub, groups, published, metrics, services, revocations }
    }

    /// Publishes until the store is gone. An ack follows the events that its request caused.
    pub(super) async fn run(self, mut inbox: Inbox) {
        while let Some(group) = inbox.recv().await {
            for (index, change) in group.changes.iter().enumerate() {
                if index > 0 && index % AT_A_STRETCH == 0 {
                    tokio::task::yield_now().await;
                }
                self.publish(change);
                self.published.reach(change.no);
            }
            (group.settle)();
        }
    }

    fn publish(&self, change: &Change) {
        let no = change.no;
        match &change.fact {
            Fact::ConversationCreated { conversation, members } => {
                self.conversation_created(no, conversation, members)
            }
            Fact::MembersAdded { conversation, newcomers } => {
                group_facts::members_added(&self.hub, &self.groups, no, conversation, newcomers);
            }
            Fact::MemberRemoved { conversation, member } => {
                group_facts::member_removed(&self.hub, &self.groups, no, conversation, *member);
            }
            Fact::ConversationUpdated { conversation } => {
                group_facts::conversation_updated(&self.hub, no, conversation);
            }
            Fact::ConversationDeleted { id, members } => {
                group_facts::conversation_deleted(&self.hub, &self.groups, no, *id, members);
            }
            Fact::MuteChanged { .. } => {}
            Fact::MessageAppended { message, origin } => self.message_appended(no, message, *origin),
            Fact::MessageChanged { message } => self.message_changed(no, message),
            Fact::MessagesRead(marked) => receipts::messages_read(&self.hub, no, marked),
            Fact::MessagesDelivered(delivered) => receipts::messages_delivered(&self.hub, no, delivered),
            Fact::StandingChanged { user, standing } => self.revocations.apply(&self.hub, *user, *standing),
            Fact::UserUpdated { user, audience } => self.user_updated(no, user, audience),
        }
    }

    fn conversation_created(&self, no: ChangeNo, conversation: &Arc<Conversation>, members: &[UserId]) {
        let Some(emission) = encode_durable(
            no,
            event::CONVERSATION_CREATED,
            &event::ConversationChanged::from(&**conversation),
        ) else {
            return;
        };
        match conversation.kind {
            ConversationKind::Group => {
                for member in members {
                    self.groups.add(conversation.id, *member);
                }
                self.hub.to(&rooms::of_group(conversation.id)).emit(&emission);
            }
            ConversationKind::Direct => {
                for member in members {
                    self.hub.to(&rooms::of_user(*member)).emit(&emission);
                }
            }
        }
    }

    fn message_appended(&self, no: ChangeNo, message: &Message, origin: Option<DeviceId>) {
        self.metrics.message();
        let typing = self.groups.typing();
        match origin {
            Some(DeviceId(sender)) => typing.stop(sender, message.conversation),
            // Who renames a group has said nothing of what they are writing.
            None if message.message_type == MessageType::System => {}
            None => typing.stop_all(message.sender.id, message.conversation),
        }
        let payload = event::MessageEvent::from(message);
        match message.audience {
            Audience::Group => {
                let room = rooms::of_group(message.conversation);
                emit(no, event::NEW_GROUP_MESSAGE, &payload, self.hub.to(&room));
            }
            Audience::Direct(recipient) => {
                let room = rooms::of_user(recipient);
                emit(no, event::NEW_MESSAGE, &payload, self.hub.to(&room));
                if message.status == Status::Sent {
                    delivery::came_late(&self.hub, &self.services, &room, no);
                }
                // Notes to oneself have reached all of one's devices with that.
                if recipient != message.sender.id {
                    let own = rooms::of_user(message.sender.id);
                    let own = self.hub.to(&own);
                    let others = match origin {
                        Some(DeviceId(key)) => own.except(key),
                        None => own,
                    };
                    emit(no, event::MESSAGE_SENT, &payload, others);
                }
            }
        }
    }

    fn message_changed(&self, no: ChangeNo, message: &Message) {
        let payload = event::MessageEvent::from(message);
        match message.audience {
            Audience::Group => {
                let room = rooms::of_group(message.conversation);
                emit(no, event::MESSAGE_UPDATED, &payload, self.hub.to(&room));
            }
            Audience::Direct(recipient) => {
                let [own, other] = [message.sender.id, recipient].map(rooms::of_user);
                emit(no, event::MESSAGE_UPDATED, &payload, self.hub.to_any(&[&own, &other]));
            }
        }
    }

    fn user_updated(&self, no: ChangeNo, user: &Sender, audience: &[UserId]) {
        let own = rooms::of_user(user.id);
        let username: Arc<str> = user.username.as_str().into();
        for socket in self.hub.sockets_in(&own) {
            socket.data.rename(&username);
        }
        if let Some(emission) = encode_durable(no, event::USER_UPDATED, &event::UserUpdated::from(user)) {
            let others: Vec<_> = audience.iter().map(|other| rooms::of_user(*other)).collect();
            let rooms: Vec<_> = others.iter().chain([&own]).map(String::as_str).collect();
            self.hub.to_any(&rooms).emit(&emission);
        }
    }
}

/// Sends a durable event, and writes it only if there is anybody to get it.
fn emit(no: ChangeNo, name: &'static str, payload: &event::MessageEvent<'_>, to: Target<'_, Device>) {
    if to.reaches_anybody()
        && let Some(emission) = encode_durable(no, name, payload)
    {
        to.emit(&emission);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use chirrup_domain::feed::ChangeNo;

    use super::*;
    use crate::socket::typing::Typing;

    /// A group of this many changes, and whether it was settled.
    fn group(changes: u64) -> (Group, Arc<AtomicBool>) {
        let conversation = Arc::new(Conversation {
            id: [1; 12].into(),
            kind: ConversationKind::Direct,
            participants: Vec::new(),
            participant_count: 0,
            name: None,
            avatar: None,
            admin: None,
            last_seq: None,
            last_message: None,
            created_at: chirrup_domain::Timestamp::from_millis(0),
            updated_at: chirrup_domain::Timestamp::from_millis(0),
        });
        let change = |no| Change {
            no: ChangeNo(no),
            fact: Fact::ConversationCreated { conversation: conversation.clone(), members: Arc::new([]) },
        };
        let settled = Arc::new(AtomicBool::new(false));
        let settle = settled.clone();
        let settle = Box::new(move || settle.store(true, Ordering::SeqCst));
        (Group { changes: (1..=changes).map(change).collect(), settle }, settled)
    }

    #[test]
    fn what_nobody_publishes_is_not_acked() {
        let (outlet, inbox) = channel();
        drop(inbox);
        let (group, settled) = group(1);
        outlet.committed(group);
        assert!(!settled.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_large_group_lets_others_run() {
        let (outlet, inbox) = channel();
        let (group, settled) = group(AT_A_STRETCH as u64 + 1);
        outlet.committed(group);
        drop(outlet);
        let hub = Hub::new(["/"], 1);
        let publisher = Publisher {
            hub: hub.clone(),
            groups: Arc::new(Groups::new(hub.clone(), Arc::new(Typing::new(hub)))),
            published: Published::default(),
            metrics: Arc::default(),
            services: Weak::new(),
            revocations: Arc::default(),
        };
        let publishing = tokio::spawn(publisher.run(inbox));
        let was_settled = settled.clone();
        let other = tokio::spawn(async move { was_settled.load(Ordering::SeqCst) });
        assert!(!other.await.unwrap(), "the other one ran only when all was published");
        publishing.await.unwrap();
        assert!(settled.load(Ordering::SeqCst));
    }
}
