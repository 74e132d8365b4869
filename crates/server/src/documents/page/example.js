import { io } from "socket.io-client";

const socket = io("http://localhost:3000", { auth: { token } });
socket.on("new_message", ({ message }) => console.log(message.content));

const message = { recipientId, content: "Hello!" };
const ack = await socket.emitWithAck("send_direct_message", message);
console.log(ack.success ? ack.message.seq : ack.code);
