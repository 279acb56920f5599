"""A peer of autobahn-python, over any of its transports, serializers and ways to log in."""

import asyncio
import ssl

from autobahn.asyncio.rawsocket import WampRawSocketClientFactory
from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.auth import create_authenticator
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import ComponentConfig

SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}
BATCHED = ".batched"


class Peer(ApplicationSession):
    """A session whose joining and leaving can be awaited.

    `login` is a method of WAMP and what autobahn needs for it; without it the peer is anonymous. By `tls` the
    connection has logged in already, and autobahn needs nothing.
    """

    def __init__(self, realm, login=None):
        super().__init__(ComponentConfig(realm))
        self.joined = asyncio.get_running_loop().create_future()
        self.left = asyncio.get_running_loop().create_future()
        self.details = None
        self._authenticator = None
        self._method, proof = login or (None, {})
        self._authid = proof.get("authid")
        if self._method not in (None, "tls"):
            self._authenticator = create_authenticator(self._method, **proof)

    def onConnect(self):
        realm = self.config.realm
        if self._method is None:
            self.join(realm)
            return
        extra = getattr(self._authenticator, "authextra", None) or None
        self.join(realm, authmethods=[self._method], authid=self._authid, authextra=extra)

    def onChallenge(self, challenge):
        return self._authenticator.on_challenge(self, challenge)

    def onWelcome(self, welcome):
        if self._authenticator is not None:
            return self._authenticator.on_welcome(self, welcome.authextra)

    def onJoin(self, details):
        self.details = details
        self.joined.set_result(self)

    def onUserError(self, failure, message):
        """Procedures fail on purpose here: say nothing."""

    def onLeave(self, details):
        if not self.joined.done():
            self.joined.set_exception(ApplicationError(details.reason, details.message))
        elif not self.left.done():
            self.left.set_result(details.reason)
        self.disconnect()

    def onDisconnect(self):
        if not self.joined.done():
            self.joined.set_exception(ConnectionError("closed before WELCOME"))
        if not self.left.done():
            self.left.set_result(None)


async def open_peer(transport, serializer, address, realm, login=None):
    """A peer that has joined; `ApplicationError` if the router does not let it."""
    peer = Peer(realm, login)
    name = serializer.removesuffix(BATCHED)
    serializer = SERIALIZERS[name](batched=serializer != name)
    if transport == "rawsocket":
        factory = WampRawSocketClientFactory(lambda: peer, serializer=serializer)
    else:
        factory = WampWebSocketClientFactory(
            lambda: peer, url="ws://localhost/ws", serializers=[serializer]
        )
    kind, _, where = address.partition(":")
    loop = asyncio.get_running_loop()
    if kind == "unix":
        await loop.create_unix_connection(factory, where)
    elif kind == "tls":
        # HOST:PORT:AUTHORITY, and the own certificate and key in one file if there is one.
        host, port, authority, *own = where.split(":")
        trusting = ssl.create_default_context(cafile=authority)
        for file in own:
            trusting.load_cert_chain(file)
        await loop.create_connection(factory, host, int(port), ssl=trusting)
    else:
        host, port = where.rsplit(":", 1)
        await loop.create_connection(factory, host, int(port))
    return await peer.joined
