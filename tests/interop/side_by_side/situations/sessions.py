"""How sessions begin and end."""

from peer import Closed, roles_without
from stage import REALM, situation
from wamp import ABORT, AUTHENTICATE, CALL, CHALLENGE, GOODBYE, HELLO, WELCOME


@situation("HELLO to a realm that is not there")
async def _(stage):
    peer = await stage.connect("peer")
    peer.send(HELLO, "com.example.nowhere", {"roles": roles_without()})
    await peer.ended()


@situation("HELLO without a role")
async def _(stage):
    peer = await stage.connect("peer")
    peer.send(HELLO, REALM, {})
    await peer.ended()


@situation("HELLO with a role that is none")
async def _(stage):
    peer = await stage.connect("peer")
    peer.send(HELLO, REALM, {"roles": {"onlooker": {}}})
    await peer.ended()


@situation("a second HELLO")
async def _(stage):
    peer = await stage.join("peer")
    peer.send(HELLO, REALM, {"roles": roles_without()})


@situation("a call before HELLO")
async def _(stage):
    peer = await stage.connect("peer")
    peer.request(CALL, {}, "com.example.procedure")
    try:
        await peer.join(REALM)
        stage.say("HELLO is answered all the same")
    except Closed:
        stage.say("HELLO is not answered")


@situation("WELCOME from a client")
async def _(stage):
    peer = await stage.join("peer")
    peer.send(WELCOME, 1, {})


@situation("CHALLENGE from a client")
async def _(stage):
    peer = await stage.join("peer")
    peer.send(CHALLENGE, "ticket", {})


@situation("AUTHENTICATE from a client that was not challenged")
async def _(stage):
    peer = await stage.join("peer")
    peer.send(AUTHENTICATE, "a ticket", {})


@situation("ABORT from a client in a session")
async def _(stage):
    peer = await stage.join("peer")
    peer.send(ABORT, {}, "com.example.error.tired")
    await peer.ended()


@situation("GOODBYE from a client")
async def _(stage):
    peer = await stage.join("peer")
    peer.leave()
    stage.say(f"GOODBYE {(await peer.expect(GOODBYE))[2]}")


@situation("HELLO after GOODBYE on the same connection")
async def _(stage):
    peer = await stage.join("peer")
    peer.leave()
    await peer.expect(GOODBYE)
    try:
        await peer.join(REALM)
        stage.say("a new session")
    except Closed:
        stage.say("the connection is closed")


@situation("what the broker announces")
async def _(stage):
    peer = await stage.connect("peer")
    stage.say(_features(await peer.join(REALM), "broker"))


@situation("what the dealer announces")
async def _(stage):
    peer = await stage.connect("peer")
    stage.say(_features(await peer.join(REALM), "dealer"))


def _features(welcome, role):
    features = welcome[2]["roles"][role]["features"]
    return ", ".join(sorted(name for name, has in features.items() if has))
