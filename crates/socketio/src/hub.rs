//! Who is where: rooms, and sending to all in them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::emission::{Emission, Encoded};
use crate::engine::Priority;
use crate::socket::Socket;

/// Writing to more sockets than this may be batched.
const CROWD: usize = 64;

/// The rooms of a server. A clone is the same hub; keep one wherever events are sent from.
pub struct Hub<D> {
    inner: Arc<Inner<D>>,
}

struct Inner<D> {
    namespaces: Box<[Namespace<D>]>,
}

struct Namespace<D> {
    name: Box<str>,
    /// A part for each shard of connections.
    parts: Box<[Mutex<Part<D>>]>,
}

type Members<D> = IndexMap<u64, Arc<Socket<D>>>;

struct Part<D> {
    everyone: Members<D>,
    rooms: HashMap<Arc<str>, Members<D>>,
}

impl<D> Clone for Hub<D> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<D> fmt::Debug for Hub<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl<D: Send + Sync + 'static> Hub<D> {
    /// A hub for these namespaces, the first of which is the main one (`/`), and this many shards: [`Config::shards`](crate::Config::shards).
    pub fn new<'a>(namespaces: impl IntoIterator<Item = &'a str>, shards: usize) -> Self {
        let part = || Mutex::new(Part { everyone: IndexMap::new(), rooms: HashMap::new() });
        let namespace = |name: &str| Namespace {
            name: name.into(),
            parts: std::iter::repeat_with(part).take(shards.max(1)).collect(),
        };
        Self { inner: Arc::new(Inner { namespaces: namespaces.into_iter().map(namespace).collect() }) }
    }

    /// Everybody in a room of the first namespace.
    pub fn to<'a>(&'a self, room: &'a str) -> Target<'a, D> {
        Target { hub: self, namespace: 0, rooms: Rooms::One(room), except: None }
    }

    /// Everybody who is in at least one of these rooms of the first namespace, each once.
    pub fn to_any<'a>(&'a self, rooms: &'a [&'a str]) -> Target<'a, D> {
        Target { hub: self, namespace: 0, rooms: Rooms::Any(rooms), except: None }
    }

    /// Everybody in the first namespace.
    pub fn everyone(&self) -> Target<'_, D> {
        Target { hub: self, namespace: 0, rooms: Rooms::Everyone, except: None }
    }

    /// The sockets in a room of the first namespace.
    pub fn sockets_in(&self, room: &str) -> Vec<Arc<Socket<D>>> {
        let members = |part: &Mutex<Part<D>>| -> Vec<_> {
            part.lock().rooms.get(room).map_or_else(Vec::new, |members| members.values().cloned().collect())
        };
        self.first().iter().flat_map(members).collect()
    }

    /// Whether anybody is in a room of the first namespace.
    pub fn is_anyone_in(&self, room: &str) -> bool {
        self.first().iter().any(|part| part.lock().rooms.contains_key(room))
    }

    /// How many sockets the first namespace has.
    pub fn len(&self) -> usize {
        self.first().iter().map(|part| part.lock().everyone.len()).sum()
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts of the first namespace; none if the hub has no namespaces.
    fn first(&self) -> &[Mutex<Part<D>>] {
        self.inner.namespaces.first().map_or(&[], |namespace| &namespace.parts)
    }

    pub(crate) fn namespace_index(&self, name: &str) -> Option<usize> {
        self.inner.namespaces.iter().position(|namespace| *namespace.name == *name)
    }

    pub(crate) fn namespace_name(&self, index: usize) -> &str {
        &self.inner.namespaces[index].name
    }

    pub(crate) fn has_one_namespace(&self) -> bool {
        self.inner.namespaces.len() == 1
    }

    fn part(&self, socket: &Socket<D>) -> &Mutex<Part<D>> {
        let parts = &self.inner.namespaces[socket.namespace].parts;
        &parts[socket.session().shard() % parts.len()]
    }

    /// Takes in a new socket.
    pub(crate) fn enter(&self, socket: &Arc<Socket<D>>) {
        self.part(socket).lock().everyone.insert(socket.key(), Arc::clone(socket));
    }

    pub(crate) fn join(&self, socket: &Arc<Socket<D>>, room: &str) {
        let mut part = self.part(socket).lock();
        // Asked under the part's lock, under which a socket is forgotten: what has left never stays in a room.
        if !socket.is_connected() {
            return;
        }
        if let Some(members) = part.rooms.get_mut(room) {
            if members.insert(socket.key(), Arc::clone(socket)).is_some() {
                return;
            }
        } else {
            part.rooms.insert(room.into(), IndexMap::from([(socket.key(), Arc::clone(socket))]));
        }
        if let Some((name, _)) = part.rooms.get_key_value(room) {
            socket.rooms.lock().push(Arc::clone(name));
        }
    }

    pub(crate) fn leave(&self, socket: &Socket<D>, room: &str) {
        // Held to the end: a join in between would be undone by half, and the room keep the socket for ever.
        let mut part = self.part(socket).lock();
        part.remove(socket, room);
        socket.rooms.lock().retain(|joined| **joined != *room);
    }

    /// Takes a socket out of everything.
    pub(crate) fn forget(&self, socket: &Socket<D>) {
        let mut part = self.part(socket).lock();
        part.everyone.swap_remove(&socket.key());
        for room in std::mem::take(&mut *socket.rooms.lock()) {
            part.remove(socket, &room);
        }
    }
}

impl<D: Send + Sync + 'static> Part<D> {
    fn remove(&mut self, socket: &Socket<D>, room: &str) {
        if let Some(members) = self.rooms.get_mut(room) {
            members.swap_remove(&socket.key());
            if members.is_empty() {
                self.rooms.remove(room);
            }
        }
    }
}

/// Whom an event goes to.
#[must_use = "nothing is sent before `emit`"]
pub struct Target<'a, D> {
    hub: &'a Hub<D>,
    namespace: usize,
    rooms: Rooms<'a>,
    except: Option<u64>,
}

enum Rooms<'a> {
    Everyone,
    One(&'a str),
    Any(&'a [&'a str]),
}

impl<'a, D: Send + Sync + 'static> Target<'a, D> {
    /// In another namespace than the first; nobody, if there is none of this name.
    pub fn of(mut self, namespace: &str) -> Self {
        self.namespace = self.hub.namespace_index(namespace).unwrap_or(usize::MAX);
        self
    }

    /// Without the socket that has this [key](Socket::key).
    pub fn except(mut self, key: u64) -> Self {
        self.except = Some(key);
        self
    }

    /// Whether there is anybody to get it: what nobody gets need not be encoded.
    pub fn reaches_anybody(&self) -> bool {
        let Some(namespace) = self.hub.inner.namespaces.get(self.namespace) else { return false };
        let reaches = |members: &Members<D>| members.keys().any(|key| self.except != Some(*key));
        namespace.parts.iter().any(|part| {
            let part = part.lock();
            match &self.rooms {
                Rooms::Everyone => reaches(&part.everyone),
                Rooms::One(room) => part.rooms.get(*room).is_some_and(reaches),
                Rooms::Any(rooms) => rooms.iter().filter_map(|room| part.rooms.get(*room)).any(reaches),
            }
        })
    }

    /// Queues the event for every socket. All emits of one caller reach a socket in their order.
    pub fn emit(self, emission: &Emission) {
        let Some(namespace) = self.hub.inner.namespaces.get(self.namespace) else { return };
        let encoded = Encoded::new(emission, &namespace.name);
        for part in &namespace.parts {
            let part = part.lock();
            match &self.rooms {
                Rooms::Everyone => self.deliver(&encoded, &part.everyone),
                Rooms::One(room) => {
                    if let Some(members) = part.rooms.get(*room) {
                        self.deliver(&encoded, members);
                    }
                }
                Rooms::Any(rooms) => {
                    let rooms = rooms.iter().filter_map(|room| part.rooms.get(*room)).flatten();
                    let members = rooms.map(|(key, socket)| (*key, Arc::clone(socket))).collect();
                    self.deliver(&encoded, &members);
                }
            }
        }
    }

    fn deliver(&self, encoded: &Encoded<'_>, members: &Members<D>) {
        let priority = match members.len() {
            _ if encoded.emission().is_ephemeral() => Priority::Ephemeral,
            0..=CROWD => Priority::Now,
            _ => Priority::Batched,
        };
        for (key, socket) in members {
            if self.except != Some(*key) {
                socket.deliver(encoded, priority);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_without_namespaces_has_nobody() {
        let hub = Hub::<()>::new([], 1);
        hub.everyone().emit(&Emission::new("e", &0).unwrap());
        assert!(!hub.everyone().reaches_anybody() && !hub.to("a").reaches_anybody());
        assert!(hub.is_empty() && !hub.is_anyone_in("a") && hub.sockets_in("a").is_empty());
    }
}
