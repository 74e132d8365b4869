// A chat that a page of another origin has with the server: `window.chat` signs in and opens conversations, the rest
// is done by the form, and what there is to see is in the document.
import { io } from "/socket.io.esm.min.js";

const parameters = new URLSearchParams(location.search);
const server = parameters.get("server");
const transports = parameters.get("transports").split(",");

const list = document.querySelector("#messages");
const composer = document.querySelector("#composer");
const typing = document.querySelector("#typing");

let socket = null;
let open = {};

/** Asks over HTTP; the JSON of the answer. */
async function ask(route, body) {
  const headers = {};
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  const json = body && !(body instanceof FormData);
  if (json) headers["Content-Type"] = "application/json";
  const response = await fetch(server + route, {
    method: body ? "POST" : "GET",
    headers,
    credentials: "include",
    body: json ? JSON.stringify(body) : body,
  });
  return response.json();
}

function show(message) {
  const item = document.createElement("li");
  item.id = `m${message._id}`;
  item.dataset.seq = message.seq;
  item.dataset.status = message.status;
  item.textContent = `${message.sender.username}: ${message.content}`;
  if (message.messageType === "image") {
    const picture = document.createElement("img");
    picture.src = server + message.file.url;
    picture.alt = message.file.filename;
    item.append(picture);
  }
  list.append(item);
}

function receive({ conversationId, message }) {
  show(message);
  if (conversationId === open.conversationId && message.sender._id !== sessionStorage.getItem("id")) {
    socket.emit("mark_as_read", { messageId: message._id });
  }
}

function connect() {
  socket = io(server, {
    auth: { token: sessionStorage.getItem("token") },
    transports,
    reconnectionDelay: 100,
    reconnectionDelayMax: 300,
  });
  const state = document.querySelector("#connection");
  socket.on("connect", () => {
    state.textContent = "here";
    if (open.group) socket.emit("join_group", open.conversationId);
  });
  socket.on("disconnect", () => (state.textContent = "away"));
  socket.on("connect_error", (error) => (state.textContent = error.message));
  socket.on("new_message", receive);
  socket.on("new_group_message", receive);
  socket.on("message_read", ({ messageId }) => {
    document.querySelector(`#m${messageId}`).dataset.status = "read";
  });
  socket.on("user_typing", ({ username }) => {
    typing.textContent = `${username} types`;
    typing.hidden = false;
  });
  socket.on("user_stopped_typing", () => (typing.hidden = true));
  window.chat.events = [];
  socket.onAny((name, payload) => window.chat.events.push({ name, payload }));
}

/** Sends what the form holds; direct messages show when they are acked, group messages when they come. */
async function send(content, picture) {
  const message = { content };
  if (picture) {
    const form = new FormData();
    form.append("file", picture);
    const upload = await ask("/api/upload", form);
    if (!upload.success) throw new Error(upload.error);
    message.file = upload.file;
  }
  if (open.group) {
    await socket.emitWithAck("send_group_message", { ...message, conversationId: open.conversationId });
  } else {
    const ack = await socket.emitWithAck("send_direct_message", {
      ...message,
      recipientId: open.recipientId,
    });
    open.conversationId = ack.message.conversationId;
    show({ ...ack.message, status: ack.status });
  }
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text, picture } = composer.elements;
  send(text.value, picture.files[0]);
  composer.reset();
});

composer.elements.text.addEventListener("input", ({ target }) => {
  const event = target.value ? "typing_start" : "typing_stop";
  socket.emit(event, { conversationId: open.conversationId });
});

window.chat = {
  ask,
  events: [],
  /** Opens a conversation: `{ recipientId }`, with `conversationId` if it is known, or `{ conversationId, group: true }`. */
  async open(conversation) {
    open = conversation;
    if (open.group) await socket.emitWithAck("join_group", open.conversationId);
  },
  /** Makes an account, and connects with it; the user. */
  async register(username) {
    const account = { username, email: `${username}@example.com`, password: "correct horse battery" };
    const { token, user } = await ask("/api/auth/register", account);
    sessionStorage.setItem("token", token);
    sessionStorage.setItem("id", user._id);
    connect();
    return user;
  },
  /** How this page is connected at the moment. */
  transport: () => socket.io.engine.transport.name,
};

if (sessionStorage.getItem("token")) connect();
