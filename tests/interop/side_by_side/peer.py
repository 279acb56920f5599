"""A peer that speaks WAMP frame by frame in JSON over a WebSocket, rightly or wrongly."""

import asyncio
import json
from urllib.parse import urlsplit

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.exception import Disconnected

from wamp import ABORT, ANSWERS, CALL, ERROR, GOODBYE, HELLO, NO_JSON, WELCOME, read

# What a client has to announce to be served like one that can do everything.
FEATURES = {
    "publisher": [
        "publisher_identification",
        "publisher_exclusion",
        "subscriber_blackwhite_listing",
    ],
    "subscriber": [
        "publisher_identification",
        "pattern_based_subscription",
        "event_retention",
        "subscription_revocation",
    ],
    "caller": [
        "caller_identification",
        "call_canceling",
        "call_timeout",
        "progressive_call_results",
        "progressive_call_invocations",
    ],
    "callee": [
        "caller_identification",
        "call_canceling",
        "progressive_call_results",
        "progressive_call_invocations",
        "pattern_based_registration",
        "shared_registration",
        "registration_revocation",
    ],
}
# Longer than anything takes; only who waits for what never comes waits for so long.
PATIENCE_SECONDS = 20


class Closed(Exception):
    """The router has closed the connection."""


class Silent(Exception):
    """The router did not say what was waited for."""


def roles_without(*features):
    """The roles of a client that can do everything but this."""
    return {
        role: {"features": {name: True for name in names if name not in features}}
        for role, names in FEATURES.items()
    }


class Peer:
    """One connection. What it is sent is kept in `taken`, what was waited for in passing is not."""

    def __init__(self, name):
        self.name = name
        self.session = None
        self.taken = []
        self.is_closed = False
        self.is_gone = False  # by its own will
        self._request = 0
        self._came = asyncio.Event()
        self._protocol = None

    @classmethod
    async def connect(cls, name, address, protocols=("wamp.2.json",)):
        """Opens a connection to unix:SOCKET or tcp:HOST:PORT.

        Raises `Closed` if the router refuses the handshake.
        """
        peer = cls(name)
        factory = WebSocketClientFactory("ws://localhost/ws", protocols=list(protocols))
        factory.protocol = lambda: _Protocol(peer)
        factory.setProtocolOptions(openHandshakeTimeout=PATIENCE_SECONDS, closeHandshakeTimeout=1)
        kind, _, where = address.partition(":")
        loop = asyncio.get_running_loop()
        if kind == "unix":
            _, peer._protocol = await loop.create_unix_connection(factory, where)
        else:
            url = urlsplit(f"tcp://{where}")
            _, peer._protocol = await loop.create_connection(factory, url.hostname, url.port)
        opened = peer._protocol.opened
        await asyncio.wait_for(opened, PATIENCE_SECONDS)
        return peer

    async def join(self, realm, **details):
        """HELLO and WELCOME, which it returns."""
        self.send(HELLO, realm, {"roles": roles_without(), **details})
        welcome = await self.expect(WELCOME)
        self.session = welcome[1]
        self.is_gone = False
        return welcome

    def next_request(self):
        self._request += 1
        return self._request

    def send(self, *message):
        self.send_text(json.dumps(message))

    def send_text(self, text):
        try:
            self._protocol.sendMessage(text.encode(), isBinary=False)
        except Disconnected:
            raise Closed(self.name) from None

    def send_binary(self, octets):
        self._protocol.sendMessage(octets, isBinary=True)

    def request(self, kind, *rest):
        """Sends a message with the next request id, which it returns."""
        request = self.next_request()
        self.send(kind, request, *rest)
        return request

    async def ask(self, kind, *rest):
        """The answer to a request, or its ERROR; it is not kept."""
        request = self.request(kind, *rest)
        return await self._take(
            lambda message: (
                message[:2] == [ANSWERS[kind], request] or message[:3] == [ERROR, kind, request]
            )
        )

    async def expect(self, kind, keep=False):
        """The first message of this type."""
        return await self._take(lambda message: message[0] == kind, keep)

    async def first(self):
        """The next message, whatever it is."""
        return await self._take(lambda _: True)

    async def answered(self):
        """Waits until the router has said anything, or closed the connection."""
        await self._wait(lambda: self.taken or self.is_closed)

    async def settle(self):
        """Waits until the router has dealt with everything sent, as far as it still listens."""
        if self.is_closed or self.is_gone or self.session is None:
            return
        try:
            await self.ask(CALL, {}, "wamp.session.count")
        except Closed:
            pass

    async def ended(self):
        """Waits until the router has ended the session or closed the connection."""
        await self._wait(
            lambda: self.is_closed or self.taken and self.taken[-1][0] in (ABORT, GOODBYE)
        )

    def drop(self):
        """Goes without a word."""
        self.is_gone = True
        if not self.is_closed:
            self._protocol.transport.abort()

    def leave(self):
        """GOODBYE."""
        self.is_gone = True
        self.send(GOODBYE, {}, "wamp.close.close_realm")

    def received(self, text):
        try:
            self.taken.append(read(text))
        except ValueError:
            self.taken.append([NO_JSON])
        self._came.set()

    def lost(self):
        self.is_closed = True
        self._came.set()

    async def _take(self, wanted, keep=False):
        found = []

        def look():
            found.extend(message for message in self.taken if wanted(message))
            return found

        await self._wait(look, or_closed=True)
        if not found:
            raise Closed(self.name)
        if not keep:
            self.taken.remove(found[0])
        return found[0]

    async def _wait(self, done, or_closed=False):
        async def waiting():
            while not done() and not (or_closed and self.is_closed):
                self._came.clear()
                await self._came.wait()

        try:
            await asyncio.wait_for(waiting(), PATIENCE_SECONDS)
        except TimeoutError:
            raise Silent(self.name) from None


class _Protocol(WebSocketClientProtocol):
    def __init__(self, peer):
        super().__init__()
        self._peer = peer
        self.opened = asyncio.get_running_loop().create_future()

    def onOpen(self):
        self.opened.set_result(None)

    def onMessage(self, payload, isBinary):
        self._peer.received(payload)

    def onClose(self, wasClean, code, reason):
        if not self.opened.done():
            self.opened.set_exception(Closed(self._peer.name))
        self._peer.lost()
