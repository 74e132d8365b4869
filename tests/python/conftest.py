"""The binary under test, and people with devices that python-socketio plays."""

import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import socketio

WORKSPACE = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
EVENTS = ["new_message", "message_sent", "new_group_message", "user_online", "conversation_created"]


def binary():
    given = os.environ.get("CHIRRUP_BIN")
    if given:
        return Path(given).resolve()
    subprocess.run(["cargo", "build", "-q", "-p", "chirrup-server"], cwd=WORKSPACE, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", WORKSPACE / "target")
    return Path(target) / "debug" / "chirrup"


class Chirrup:
    """A running server with a data directory and a port of its own."""

    def __init__(self, directory):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(directory / "output.log", "w+b")
        environment = {
            "PATH": os.environ["PATH"],
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATA_DIR": str(directory / "data"),
            "LIMIT_SIGN_IN": "off",
        }
        self.process = subprocess.Popen(
            [binary()], cwd=directory, env=environment, stdout=self.log, stderr=subprocess.STDOUT
        )
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output()
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("no answer within 15 s\n" + self.output())

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def end(self):
        assert self.process.poll() is None, self.output()
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(timeout=12) == 0
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.close()

    def request(self, method, route, token=None, body=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + route, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


class Device:
    """A connection of the Python client; what it gets waits in a queue per event."""

    def __init__(self, url, auth, transports):
        self.queues = {name: queue.Queue() for name in EVENTS}
        self.client = socketio.Client(reconnection=False)
        for name in EVENTS:
            self.client.on(name, self._handler(name))
        self.client.connect(url, auth=auth, transports=transports, wait_timeout=5)

    def _handler(self, name):
        # One argument, as Python programs write it: another would be a TypeError.
        def handle(payload):
            self.queues[name].put(payload)

        return handle

    def send(self, event, payload):
        return self.client.call(event, payload, timeout=5)

    def gets(self, event):
        return self.queues[event].get(timeout=5)

    def got_nothing(self, event):
        time.sleep(0.15)
        return self.queues[event].empty()

    def leave(self):
        self.client.disconnect()


class Person:
    """Somebody with an account."""

    numbers = itertools.count(1)

    def __init__(self, server, name, devices):
        self.server = server
        self.devices = devices
        self.username = f"{name}-{next(self.numbers)}"
        body = {"username": self.username, "email": f"{self.username}@example.com", "password": PASSWORD}
        status, answer = server.request("POST", "/api/auth/register", body=body)
        assert status == 201, answer
        self.token = answer["token"]
        self.id = answer["user"]["_id"]

    def connect(self, transports):
        device = Device(self.server.url, {"token": self.token}, transports)
        self.devices.append(device)
        return device

    def ask(self, method, route, body=None):
        status, answer = self.server.request(method, route, self.token, body)
        assert status < 300, answer
        return answer


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Chirrup(tmp_path_factory.mktemp("chirrup"))
    yield running
    running.end()


@pytest.fixture
def register(server):
    """Registers people; their devices are disconnected behind the test."""
    devices = []
    yield lambda *names: [Person(server, name, devices) for name in names]
    for device in devices:
        device.leave()


@pytest.fixture(params=[["websocket"], ["polling"], ["polling", "websocket"]], ids="+".join)
def transports(request):
    return request.param
