import { PNG } from "./files.js";

const PASSWORD = "correct horse battery";

let fresh = 0;
const somebodyNew = () => {
  const username = `new-${process.pid}-${++fresh}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

const form = () => {
  const body = new FormData();
  body.append("file", new File([PNG], "cat.png"));
  return body;
};

const room = (scene) => ({ conversationId: scene.room });
const inRoom = (scene) => ({ params: { id: scene.room } });
const ofMessage = (scene) => ({ params: { id: scene.message } });
const ofOther = (scene) => ({ params: { id: scene.other.id } });
const ofMember = (scene) => ({ params: { id: scene.room, user: scene.other.id } });
const nothing = () => ({});

/**
 * A good payload for each event, in a scene: somebody who may would be acked. A scene has a `room`, a `message` in it of
 * `other`'s, at the place `seq`, and the `actor`.
 */
export const payloads = {
  send_direct_message: ({ other }) => ({ recipientId: other.id, content: "hi" }),
  send_group_message: (scene) => ({ ...room(scene), content: "hi" }),
  edit_message: ({ message }) => ({ messageId: message, content: "hello again" }),
  delete_message: ({ message }) => ({ messageId: message }),
  add_reaction: ({ message }) => ({ messageId: message, emoji: "👍" }),
  remove_reaction: ({ message }) => ({ messageId: message, emoji: "👎" }),
  mark_as_read: ({ message }) => ({ messageId: message }),
  mark_conversation_read: (scene) => ({ ...room(scene), seq: scene.seq }),
  join_group: (scene) => scene.room,
  leave_group: (scene) => scene.room,
  typing_start: room,
  typing_stop: room,
  refresh_token: ({ actor }) => ({ token: actor.token }),
};

/** A good request of each route, in such a scene: `params` of the path, `query`, and `body`. */
export const requests = {
  "POST /api/auth/register": () => ({ body: somebodyNew() }),
  "POST /api/auth/login": ({ actor }) => ({ body: { username: actor.username, password: PASSWORD } }),
  "POST /api/auth/refresh": nothing,
  "POST /api/auth/logout_all": nothing,
  "POST /api/auth/password": () => ({ body: { password: PASSWORD, newPassword: "battery staple" } }),
  "GET /api/users/me": nothing,
  "PATCH /api/users/me": () => ({ body: { username: somebodyNew().username } }),
  "GET /api/users": () => ({ query: { q: "an", limit: "2" } }),
  "GET /api/users/{id}": ofOther,
  "GET /api/users/me/blocks": () => ({ query: { limit: "2" } }),
  "PUT /api/users/{id}/block": ofOther,
  "DELETE /api/users/{id}/block": ofOther,
  "GET /api/conversations": () => ({ query: { limit: "2" } }),
  "POST /api/conversations": () => ({ body: { type: "group", name: "Team", participants: [] } }),
  "GET /api/conversations/{id}": inRoom,
  "PATCH /api/conversations/{id}": (scene) => ({ ...inRoom(scene), body: { name: "Another name" } }),
  "DELETE /api/conversations/{id}": inRoom,
  "PUT /api/conversations/{id}/mute": inRoom,
  "DELETE /api/conversations/{id}/mute": inRoom,
  "GET /api/conversations/{id}/members": (scene) => ({ ...inRoom(scene), query: { limit: "2" } }),
  "POST /api/conversations/{id}/members": (scene) => ({
    ...inRoom(scene),
    body: { userIds: [scene.newcomer.id] },
  }),
  "PATCH /api/conversations/{id}/members/{user}": (scene) => ({
    ...ofMember(scene),
    body: { role: "admin" },
  }),
  "DELETE /api/conversations/{id}/members/{user}": ofMember,
  "GET /api/conversations/{id}/messages": (scene) => ({
    ...inRoom(scene),
    query: { before: "9", limit: "2" },
  }),
  "POST /api/conversations/{id}/messages": (scene) => ({ ...inRoom(scene), body: { content: "hi" } }),
  "GET /api/messages/{id}": ofMessage,
  "GET /api/messages/{id}/readers": (scene) => ({ ...ofMessage(scene), query: { limit: "2" } }),
  "GET /api/search": (scene) => ({ query: { q: "hi", conversationId: inRoom(scene).params.id, limit: "2" } }),
  "POST /api/upload": () => ({ body: form() }),
  "GET /uploads/{name}": ({ upload }) => ({ params: { name: upload } }),
  "GET /healthz": nothing,
  "GET /readyz": nothing,
  "GET /api/openapi.json": nothing,
  "GET /api/asyncapi.json": nothing,
  "GET /docs": nothing,
  "GET /docs/style.css": nothing,
  "GET /setup.js": nothing,
  "GET /": nothing,
};

/** Asks a route over HTTP, with somebody's token if anybody's; the answer's status and body. */
export function ask(server, route, { params = {}, query = {}, ...request }, token) {
  const [method, path] = route.split(" ");
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => params[name]);
  const search = Object.entries(query).map(([key, value]) => `${key}=${value}`);
  return server.request(method, [filled, ...search].join("&").replace("&", "?"), { token, ...request });
}
