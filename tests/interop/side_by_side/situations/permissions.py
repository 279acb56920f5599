"""What the role `listener` may do, which is to subscribe in com.example. and no more."""

from stage import situation
from wamp import CALL, PUBLISH, REGISTER, SUBSCRIBE


async def _listener(stage):
    return await stage.log_in("listener", "lisa", ticket="lisa's ticket")


def _asks(name, kind, uri, options=None):
    @situation(name)
    async def _(stage):
        peer = await _listener(stage)
        peer.request(kind, options or {}, uri)


_asks("a subscription that is allowed", SUBSCRIBE, "com.example.allowed")
_asks("a subscription that is not allowed", SUBSCRIBE, "com.other.topic")
_asks("a subscription to more than is allowed", SUBSCRIBE, "com", {"match": "prefix"})
_asks("a call that is not allowed", CALL, "com.example.procedure")
_asks("a registration that is not allowed", REGISTER, "com.example.procedure")
_asks("a publication that is not allowed", PUBLISH, "com.example.topic", {"acknowledge": True})
_asks("a publication that is not allowed and not acknowledged", PUBLISH, "com.example.topic")
_asks("a meta procedure that is not allowed", CALL, "wamp.session.list")
_asks("a meta event that is not allowed", SUBSCRIBE, "wamp.session.on_join")
