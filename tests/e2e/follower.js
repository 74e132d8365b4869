/**
 * What a front end knows that loaded everything once and from then on only followed the events: the rules of
 * a client's state, without a view.
 */
export class Follower {
  #conversations = new Map();
  #unloaded = new Set();

  /** Loads what the person sees, on a server that is quiet, and follows their device from there. */
  static async begin(person, device) {
    const follower = new Follower(person, device);
    for (const [id, conversation] of await load(person)) follower.#conversations.set(id, conversation);
    device.socket.onAny((name, payload) => follower.#events[name]?.(payload));
    return follower;
  }

  constructor(person, device) {
    this.person = person;
    this.device = device;
  }

  /** Waits for every event of what was acked before: a device gets the ack of its own request behind them. */
  async settle() {
    await this.device.sendOk("leave_group", "0".repeat(24));
    // What was said before one came is loaded when the conversation is opened.
    for (const id of this.#unloaded) {
      const conversation = this.#conversations.get(id);
      if (!conversation) continue;
      for (const message of await this.person.history(id)) conversation.messages.set(message.seq, message);
    }
    this.#unloaded.clear();
  }

  /** What is on the screen, in the form of {@link fresh}. */
  state() {
    return shown(this.person, this.#conversations);
  }

  #events = {
    conversation_created: ({ conversation }) => {
      const { _id: id, seq } = conversation;
      if (seq > 0) this.#unloaded.add(id);
      this.#conversations.set(id, { ...conversation, lastReadSeq: seq, messages: new Map() });
    },
    conversation_updated: ({ conversation }) => Object.assign(this.#of(conversation._id), conversation),
    conversation_removed: ({ conversationId }) => this.#conversations.delete(conversationId),
    new_message: (event) => this.#append(event),
    message_sent: (event) => this.#append(event),
    new_group_message: (event) => this.#append(event),
    message_updated: ({ conversationId, message }) => {
      const conversation = this.#of(conversationId);
      conversation.messages.set(message.seq, message);
      if (message.seq === conversation.seq) preview(conversation, message);
      for (const reply of conversation.messages.values()) {
        if (reply.replyTo?._id === message._id) Object.assign(reply.replyTo, quote(message));
      }
    },
    message_read: ({ messageId, conversationId, readBy: user, readAt }) => {
      const message = this.#message(conversationId, messageId);
      if (!message || message.readBy.some((reader) => reader.user === user)) return;
      message.readBy.push({ user, readAt });
      message.readCount += 1;
      message.status = "read";
    },
    conversation_read: ({ conversationId, userId, seq }) => {
      if (userId === this.person.id) this.#reads(this.#of(conversationId), seq);
    },
    user_updated: ({ user }) => {
      for (const { participants, messages } of this.#conversations.values()) {
        const people = [...messages.values()].flatMap(({ sender, replyTo }) => [sender, replyTo?.sender]);
        for (const person of [...participants, ...people]) {
          if (person?._id === user._id) Object.assign(person, user);
        }
      }
    },
  };

  #append({ conversationId, message }) {
    const conversation = this.#of(conversationId);
    conversation.messages.set(message.seq, message);
    conversation.seq = message.seq;
    conversation.updatedAt = message.createdAt;
    preview(conversation, message);
    if (message.sender._id === this.person.id) this.#reads(conversation, message.seq);
  }

  #reads(conversation, seq) {
    conversation.lastReadSeq = Math.max(conversation.lastReadSeq, seq);
  }

  #of(id) {
    const conversation = this.#conversations.get(id);
    if (!conversation)
      throw new Error(`${this.person.username} got an event of ${id}, which they don't know`);
    return conversation;
  }

  #message(conversationId, id) {
    return [...this.#of(conversationId).messages.values()].find((message) => message._id === id);
  }
}

/** What somebody sees who loads everything now. */
export async function fresh(person) {
  return shown(person, await load(person));
}

async function load(person) {
  const conversations = new Map();
  for (let after = "", more = true; more;) {
    const page = await person.ask("GET", `/api/conversations?limit=2${after}`);
    for (const conversation of page.conversations) conversations.set(conversation._id, conversation);
    after = `&after=${encodeURIComponent(page.next)}`;
    more = Boolean(page.next);
  }
  for (const [id, conversation] of conversations) {
    const history = await person.history(id);
    conversation.messages = new Map(history.map((message) => [message.seq, message]));
  }
  return conversations;
}

function preview(conversation, { content, sender, createdAt, messageType }) {
  conversation.lastMessage = { content, sender: sender._id, timestamp: createdAt, messageType };
}

function quote({ content, messageType, sender }) {
  return { content, messageType, sender };
}

/** Without presence, the reader's mutes, and the receipts of others' messages: no durable event has them. */
function shown(person, conversations) {
  return Object.fromEntries(
    [...conversations].map(([id, { messages, participants, ...conversation }]) => [
      id,
      {
        ...without(conversation, "muted"),
        unreadCount: conversation.seq - conversation.lastReadSeq,
        participants: participants.map((member) => without(member, "isOnline", "lastSeen")),
        messages: [...messages.values()].toSorted(bySeq).map((message) => {
          const own = message.sender._id === person.id;
          if (!own) return without(message, "status", "readBy", "readCount");
          return { ...message, readBy: message.readBy.toSorted(byUser) };
        }),
      },
    ]),
  );
}

function without(object, ...keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function byUser(a, b) {
  return a.user < b.user ? -1 : 1;
}

function bySeq(a, b) {
  return a.seq - b.seq;
}
