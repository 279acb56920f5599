"""What is no WAMP, or no JSON."""

from peer import Closed, Peer
from stage import situation
from wamp import CALL, ERROR, INVOCATION, PUBLISH, REGISTER, SUBSCRIBE, YIELD


def _sends(name, text):
    @situation(name)
    async def _(stage):
        peer = await stage.join("peer")
        peer.next_request()
        peer.send_text(text)


_sends("no JSON", "{")
_sends("an empty message", "[]")
_sends("a message that is no list", '{"type": 48}')
_sends("a message of a type that is none", "[250, 1]")
_sends("a message that is too short", "[32, 1, {}]")
_sends("a message that is too long", '[32, 1, {}, "com.example.topic", [], {}, 7]')
_sends("options that are no dictionary", '[32, 1, [], "com.example.topic"]')
_sends("an option of the wrong type", '[16, 1, {"acknowledge": 1}, "com.example.topic"]')
_sends("an option with a value that is none", '[32, 1, {"match": "fuzzy"}, "com.example.topic"]')
_sends(
    "an option that nobody knows", '[32, 1, {"_private": 1, "unheard_of": 1}, "com.example.topic"]'
)
_sends("a request id of 0", '[32, 0, {}, "com.example.topic"]')
_sends("a request id that is negative", '[32, -1, {}, "com.example.topic"]')
_sends("a request id that is a text", '[32, "1", {}, "com.example.topic"]')
_sends("arguments that are no list", '[48, 1, {}, "wamp.session.count", {}]')


@situation("a binary frame where JSON was agreed on")
async def _(stage):
    peer = await stage.join("peer")
    peer.next_request()
    peer.send_binary(b'[32, 1, {}, "com.example.topic"]')


@situation("no subprotocol offered")
async def _(stage):
    await _refused(stage, [])


@situation("only subprotocols offered that are none")
async def _(stage):
    await _refused(stage, ["wamp.2.unheard", "mqtt"])


async def _refused(stage, protocols):
    try:
        peer = await Peer.connect("peer", stage.address, protocols=protocols)
    except Closed:
        stage.say("refused")
    else:
        peer.drop()
        stage.say("accepted")


@situation("a request id that repeats")
async def _(stage):
    peer = await stage.join("peer")
    await stage.subscribe(peer, f"{stage.uri}.one")
    peer.send(SUBSCRIBE, 1, {}, f"{stage.uri}.two")


@situation("request ids with a gap")
async def _(stage):
    peer = await stage.join("peer")
    await stage.subscribe(peer, f"{stage.uri}.one")
    peer.next_request()
    await stage.subscribe(peer, f"{stage.uri}.two")


@situation("the id of a call that goes on, again for another call")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    call = caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION)
    caller.send(CALL, call, {}, stage.uri)
    await callee.answered()


@situation("YIELD for the invocation of another callee")
async def _(stage):
    callee, caller, intruder = await stage.join("callee", "caller", "intruder")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    intruder.send(YIELD, invocation[1], {}, ["forged"])
    await intruder.settle()


@situation("YIELD for an invocation that never was")
async def _(stage):
    callee = await stage.join("callee")
    callee.send(YIELD, 4711, {})


@situation("a second YIELD for one invocation")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(YIELD, invocation[1], {}, ["first"])
    callee.send(YIELD, invocation[1], {}, ["second"])


@situation("ERROR of a message that a client can not refuse")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(ERROR, CALL, invocation[1], {}, "com.example.error")
    await caller.expect(ERROR, keep=True)


def _asks(name, kind, uri):
    @situation(name)
    async def _(stage):
        peer = await stage.join("peer")
        options = {"acknowledge": True} if kind == PUBLISH else {}
        peer.request(kind, options, uri)


_asks("a call to a URI with white space", CALL, "com.example. procedure")
_asks("a call to an empty URI", CALL, "")
_asks("a registration of a URI with an empty part", REGISTER, "com..procedure")
_asks("a subscription to a URI with a hash", SUBSCRIBE, "com.example#topic")
_asks("an acknowledged publication to a URI with an empty part", PUBLISH, "com..topic")


@situation("a publication to a URI that is none, not acknowledged")
async def _(stage):
    peer = await stage.join("peer")
    peer.request(PUBLISH, {}, "com..topic")
