import assert from "node:assert/strict";

const ID = /^[0-9a-f]{24}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A message as the contract describes it, whatever else it may carry. */
export function assertMessage(message, { sender, content, seq, conversationId }) {
  for (const id of [message._id, message.conversationId]) assert.match(id, ID);
  for (const time of [message.createdAt, message.updatedAt]) assert.match(time, TIME);
  assert.equal(message.sender._id, sender.id);
  assert.equal(message.sender.username, sender.username);
  assert.equal(message.content, content);
  assert.equal(message.messageType, "text");
  assert.ok(["sent", "delivered", "read"].includes(message.status));
  assert.deepEqual(message.readBy, []);
  assert.ok(!("file" in message) || message.file === null);
  if (seq !== undefined) assert.equal(message.seq, seq);
  if (conversationId !== undefined) assert.equal(message.conversationId, conversationId);
  for (const secret of ["email", "password", "passwordHash"]) assert.ok(!(secret in message.sender), secret);
}

/** A user as others see them. */
export function assertUser(user, { id, username }) {
  assert.deepEqual([user._id, user.username], [id, username]);
  assert.equal(typeof user.isOnline, "boolean");
  assert.match(user.lastSeen, TIME);
  for (const secret of ["email", "password", "passwordHash"]) assert.ok(!(secret in user), secret);
}

/** A refusal as the contract describes it: for people, for programs, and nothing of the inside. */
export function assertRefused(answer, error, code) {
  assert.equal(answer.success, false, JSON.stringify(answer));
  assert.equal(answer.error, error);
  assert.match(answer.code, /^[a-z]+(_[a-z]+)*$/);
  if (code !== undefined) assert.equal(answer.code, code);
}

/** What is refused by each code: in these words, and over HTTP with this status. */
const REFUSALS = {
  no_token: ["No token", 401],
  invalid_token: ["Invalid token", 401],
  authentication_failed: ["Authentication failed", 401],
  invalid_credentials: ["Invalid credentials", 401],
  not_a_member: ["Not a member", 403],
  not_allowed: ["Not allowed", 403],
  blocked: ["Blocked", 403],
  invalid_setup_code: ["Invalid setup code", 403],
  user_not_found: ["User not found", 404],
  message_not_found: ["Message not found", 404],
  not_found: ["Not found", 404],
  not_a_group: ["Not a group", 422],
  empty_message: ["Empty message", 422],
  too_long: ["Message too long", 422],
  invalid_file: ["Invalid file", 422],
  invalid_emoji: ["Invalid emoji", 422],
  too_many_reactions: ["Too many reactions", 422],
  too_old: ["Message too old", 403],
  no_file: ["No file", 400],
};

/** An ack, or the body of an HTTP answer and its status, refused with this code and its words. */
export function assertCode(code, answer, status) {
  const [error, statusOfCode] = REFUSALS[code];
  assertRefused(answer, error, code);
  if (status !== undefined) assert.equal(status, statusOfCode, JSON.stringify(answer));
}

/** A payload refused by the name of the field at fault. */
export function assertInvalid(answer, field) {
  assert.equal(answer.success, false, JSON.stringify(answer));
  assert.equal(answer.code, "invalid_payload", JSON.stringify(answer));
  assert.ok(answer.error.includes(field), `"${answer.error}" does not name ${field}`);
}
