//! Tells devices what happened to groups; called by the publisher, in the order of the changes.

use std::slice;

use chirrup_domain::conversation::Conversation;
use chirrup_domain::feed::ChangeNo;
use chirrup_domain::{ConversationId, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Emission, Hub};

use super::device::Device;
use super::encode::encode_durable;
use super::groups::Groups;
use super::rooms;

/// People came into a group: they are told of all of it, the others of the change.
pub(super) fn members_added(
    hub: &Hub<Device>,
    groups: &Groups,
    no: ChangeNo,
    conversation: &Conversation,
    newcomers: &[UserId],
) {
    conversation_updated(hub, no, conversation);
    let told =
        encode_durable(no, event::CONVERSATION_CREATED, &event::ConversationChanged::from(conversation));
    for newcomer in newcomers {
        groups.add(conversation.id, *newcomer);
        tell(hub, *newcomer, told.as_ref());
    }
}

/// Somebody is out of a group: they are told that, and nothing of it after that; the others of the change.
pub(super) fn member_removed(
    hub: &Hub<Device>,
    groups: &Groups,
    no: ChangeNo,
    conversation: &Conversation,
    member: UserId,
) {
    conversation_deleted(hub, groups, no, conversation.id, slice::from_ref(&member));
    conversation_updated(hub, no, conversation);
}

/// A group looks another way.
pub(super) fn conversation_updated(hub: &Hub<Device>, no: ChangeNo, conversation: &Conversation) {
    if let Some(told) =
        encode_durable(no, event::CONVERSATION_UPDATED, &event::ConversationChanged::from(conversation))
    {
        hub.to(&rooms::of_group(conversation.id)).emit(&told);
    }
}

/// A group is gone for these people.
pub(super) fn conversation_deleted(
    hub: &Hub<Device>,
    groups: &Groups,
    no: ChangeNo,
    group: ConversationId,
    members: &[UserId],
) {
    let told = encode_durable(no, event::CONVERSATION_REMOVED, &event::ConversationRemoved::new(group));
    for member in members {
        groups.remove(group, *member);
        tell(hub, *member, told.as_ref());
    }
}

fn tell(hub: &Hub<Device>, user: UserId, told: Option<&Emission>) {
    if let Some(told) = told {
        hub.to(&rooms::of_user(user)).emit(told);
    }
}
