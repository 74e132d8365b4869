// The peer of `fanout` and `connect`: what one writes by hand with socket.io, in its fastest form. Tokens and
// membership are checked as chirrup does; messages are numbered and sent on, but nothing is stored.
//
// Usage: PORT=... JWT_SECRET=... node server.mjs PEER_JSON
// PEER_JSON is `{ "group": id, "people": { id: username } }`; all people are members of the group.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import jwt from "jsonwebtoken";
import { Server } from "socket.io";

const { PORT, JWT_SECRET } = process.env;
const { group, people } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const users = new Map(Object.entries(people));
const groups = new Map([[group, { members: new Set(users.keys()), seq: 0 }]]);

const http = createServer();
const io = new Server(http, { serveClient: false });

io.use((socket, next) => {
  const { token } = socket.handshake.auth;
  if (!token) return next(new Error("No token provided"));
  try {
    const { id } = jwt.verify(token, JWT_SECRET, { algorithms: ["HS256"] });
    if (!users.has(id)) return next(new Error("User not found"));
    socket.data.sender = { _id: id, username: users.get(id), avatar: null };
    next();
  } catch {
    next(new Error("Authentication failed"));
  }
});

io.on("connection", (socket) => {
  const { sender } = socket.data;
  for (const [id, { members }] of groups) {
    if (members.has(sender._id)) socket.join(id);
  }
  socket.on("send_group_message", ({ conversationId, content }, ack) => {
    const conversation = groups.get(conversationId);
    if (!conversation?.members.has(sender._id)) return ack?.({ success: false, error: "Not a member" });
    const now = new Date().toISOString();
    const message = {
      _id: randomBytes(12).toString("hex"),
      conversationId,
      seq: ++conversation.seq,
      sender,
      content,
      messageType: "text",
      status: "sent",
      readBy: [],
      createdAt: now,
      updatedAt: now,
    };
    io.to(conversationId).emit("new_group_message", { conversationId, message });
    ack?.({ success: true, message });
  });
});

http.listen(Number(PORT), "127.0.0.1");
