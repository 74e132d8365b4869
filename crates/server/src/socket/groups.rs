use std::sync::Arc;

use chirrup_domain::{ConversationId, Error, Result, UserId};
use chirrup_protocol::event;
use chirrup_socketio::{Emission, Hub};

use super::device::{Device, DeviceSocket};
use super::encode::encode;
use super::memberships::Memberships;
use super::rooms;
use super::typing::{Hearers, Typing};

/// Which groups devices are in, have open, and type in.
pub(super) struct Groups {
    hub: Hub<Device>,
    memberships: Memberships,
    typing: Arc<Typing>,
}

impl Groups {
    pub(super) fn new(hub: Hub<Device>, typing: Arc<Typing>) -> Self {
        Self { hub, memberships: Memberships::default(), typing }
    }

    /// Takes a device, which is in its user's room already, into its groups, as `read` gives them.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) async fn enter(
        &self,
        socket: &DeviceSocket,
        read: impl Future<Output = Result<Vec<ConversationId>>>,
    ) -> Result<()> {
        let arrival = self.memberships.arrive(socket.data.user, socket.key());
        let groups = read.await?;
        arrival.join(groups, |group| socket.join(&rooms::of_group(group)));
        Ok(())
    }

    /// Takes all devices of somebody into a group.
    pub(super) fn add(&self, group: ConversationId, user: UserId) {
        self.memberships.added(user, group, || {
            let room = rooms::of_group(group);
            for socket in self.hub.sockets_in(&rooms::of_user(user)) {
                socket.join(&room);
            }
        });
    }

    /// Takes all devices of somebody out of a group; nothing of it reaches them after this.
    pub(super) fn remove(&self, group: ConversationId, user: UserId) {
        self.memberships.removed(user, group, || {
            let (room, open) = (rooms::of_group(group), rooms::of_open(group));
            let mut had_it_open = None;
            for socket in self.hub.sockets_in(&rooms::of_user(user)) {
                socket.leave(&room);
                self.typing.stop(socket.key(), group);
                if socket.is_in(&open) {
                    socket.leave(&open);
                    had_it_open = Some(socket);
                }
            }
            if let Some(left) = had_it_open.and_then(|socket| told(event::USER_LEFT_GROUP, &socket, group)) {
                self.hub.to(&open).emit(&left);
            }
        });
    }

    /// A device has a group open from now on; the others that have are told, once.
    ///
    /// # Errors
    /// [`NotAMember`](Error::NotAMember).
    pub(super) fn open(&self, socket: &DeviceSocket, group: ConversationId) -> Result<()> {
        self.memberships.undivided(|| {
            if !socket.is_in(&rooms::of_group(group)) {
                return Err(Error::NotAMember);
            }
            let open = rooms::of_open(group);
            if !socket.is_in(&open) {
                socket.join(&open);
                self.tell_others(event::USER_JOINED_GROUP, socket, group);
            }
            Ok(())
        })
    }

    /// A device has a group open no more; if it had, the others that have are told.
    pub(super) fn close(&self, socket: &DeviceSocket, group: ConversationId) {
        self.memberships.undivided(|| {
            let open = rooms::of_open(group);
            if socket.is_in(&open) {
                self.typing.stop(socket.key(), group);
                socket.leave(&open);
                self.tell_others(event::USER_LEFT_GROUP, socket, group);
            }
        });
    }

    /// A device types in a group, if it is in it. Answers whether it is.
    pub(super) fn type_in(&self, socket: &DeviceSocket, group: ConversationId) -> bool {
        self.memberships.undivided(|| {
            let is_in = self.has(socket, group);
            if is_in {
                self.typing.start(socket, group, Hearers::Group);
            }
            is_in
        })
    }

    /// Whether the user of a device is in a group.
    pub(super) fn has(&self, socket: &DeviceSocket, group: ConversationId) -> bool {
        socket.is_in(&rooms::of_group(group))
    }

    /// Who types.
    pub(super) fn typing(&self) -> &Typing {
        &self.typing
    }

    fn tell_others(&self, name: &str, socket: &DeviceSocket, group: ConversationId) {
        if let Some(told) = told(name, socket, group) {
            self.hub.to(&rooms::of_open(group)).except(socket.key()).emit(&told);
        }
    }
}

fn told(name: &str, socket: &DeviceSocket, group: ConversationId) -> Option<Emission> {
    let device = &socket.data;
    encode(name, &event::UserThere::named(device.user, &device.username(), group)).map(Emission::ephemeral)
}
