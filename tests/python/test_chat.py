"""A chat as Python programs have it: python-socketio, handlers of one argument."""

import queue

import pytest
import socketio


def test_direct_messages(register, transports):
    ann, bob = register("ann", "bob")
    phone, laptop, bobs = ann.connect(transports), ann.connect(transports), bob.connect(transports)

    ack = phone.send("send_direct_message", {"recipientId": bob.id, "content": "hi \U0001f426", "clientId": "c1"})
    assert ack["success"] is True
    assert ack["status"] == "delivered"
    message = ack["message"]
    assert (message["seq"], message["content"]) == (1, "hi \U0001f426")

    for device, event in [(bobs, "new_message"), (laptop, "message_sent")]:
        got = device.gets(event)
        assert got["conversationId"] == message["conversationId"]
        assert got["message"]["_id"] == message["_id"]
        assert got["message"]["sender"]["username"] == ann.username
    assert phone.got_nothing("message_sent")

    again = laptop.send("send_direct_message", {"recipientId": bob.id, "content": "hi", "clientId": "c1"})
    assert again["message"]["_id"] == message["_id"]
    assert bobs.got_nothing("new_message")

    history = bob.ask("GET", f"/api/conversations/{message['conversationId']}/messages")
    assert [kept["content"] for kept in history["messages"]] == ["hi \U0001f426"]


def test_group_messages(register, transports):
    ann, bob, carol, dave = register("ann", "bob", "carol", "dave")
    group = {"type": "group", "name": "Friends", "participants": [bob.id, carol.id]}
    room = ann.ask("POST", "/api/conversations", group)["conversation"]["_id"]
    members = [person.connect(transports) for person in (ann, bob, carol)]
    stranger = dave.connect(transports)

    for number in range(1, 21):
        ack = members[number % 3].send("send_group_message", {"conversationId": room, "content": f"no. {number}"})
        assert (ack["success"], ack["message"]["seq"]) == (True, number)
    for device in members:
        seen = [device.gets("new_group_message")["message"] for _ in range(20)]
        assert [message["seq"] for message in seen] == list(range(1, 21))
        assert [message["content"] for message in seen] == [f"no. {number}" for number in range(1, 21)]

    refused = stranger.send("send_group_message", {"conversationId": room, "content": "let me in"})
    assert (refused["success"], refused["error"], refused["code"]) == (False, "Not a member", "not_a_member")
    assert stranger.got_nothing("new_group_message")


def test_a_wrong_payload_is_refused_by_name(register, transports):
    (ann,) = register("ann")
    device = ann.connect(transports)
    for payload in [{"recipientId": {"$ne": None}, "content": "hi"}, {"content": "hi"}, None, 7, b"binary"]:
        ack = device.send("send_direct_message", payload)
        assert (ack["success"], ack["code"]) == (False, "invalid_payload")
    assert device.client.connected


def test_presence(register, transports):
    ann, bob = register("ann", "bob")
    watcher = bob.connect(transports)
    ann.connect(transports)
    while watcher.gets("user_online") != {"userId": ann.id, "username": ann.username}:
        pass


@pytest.mark.parametrize(
    ("auth", "message"),
    [(None, "No token provided"), ({}, "No token provided"), ({"token": "garbage"}, "Authentication failed")],
)
def test_a_refusal_has_its_message(server, transports, auth, message):
    client = socketio.Client(reconnection=False)
    refusals = queue.Queue()
    client.on("connect_error", refusals.put)
    client.connect(server.url, auth=auth, transports=transports, wait=False)
    assert refusals.get(timeout=5)["message"] == message
    # Waiting for the end would now and then wait for a ping: this client forgets to close a polling session.
    client.eio.disconnect(abort=True)
