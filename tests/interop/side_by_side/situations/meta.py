"""What a router tells of its sessions, registrations and subscriptions."""

from contextlib import suppress

from peer import Closed
from stage import situation
from wamp import CALL, ERROR, EVENT, GOODBYE, UNREGISTER, UNSUBSCRIBE


async def _says(stage, asker, procedure, *args, **kwargs):
    stage.say(f"{procedure} {await stage.call(asker, procedure, *args, **kwargs)}")


@situation("sessions, counted and listed")
async def _(stage):
    asker, other = await stage.join("asker", "other")
    listed = (await asker.ask(CALL, {}, "wamp.session.list"))[3][0]
    counted = (await asker.ask(CALL, {}, "wamp.session.count"))[3][0]
    here = {asker.session, other.session} <= set(listed)
    stage.say("both are listed" if here else "not both are listed")
    stage.say("as many as are listed" if counted == len(listed) else "another number")


@situation("sessions of a role nobody has")
async def _(stage):
    asker = await stage.join("asker")
    await _says(stage, asker, "wamp.session.count", ["nobody"])
    await _says(stage, asker, "wamp.session.list", ["nobody"])


@situation("what is told of a session")
async def _(stage):
    asker, other = await stage.join("asker", "other")
    details = (await asker.ask(CALL, {}, "wamp.session.get", [other.session]))[3][0]
    known = ["session", "authid", "authrole", "authmethod", "authprovider"]
    stage.say(stage.show({key: details.get(key) for key in known}))


@situation("what is told of a session that is none")
async def _(stage):
    await _says(stage, await stage.join("asker"), "wamp.session.get", 4711)


@situation("a session that ends another")
async def _(stage):
    killer, victim, onlooker = await stage.join("killer", "victim", "onlooker")
    await stage.subscribe(onlooker, "wamp.session.on_leave")
    arguments = {"reason": "com.example.error.enough", "message": "enough"}
    await _says(stage, killer, "wamp.session.kill", victim.session, **arguments)
    stage.say(f"GOODBYE {(await victim.expect(GOODBYE))[2]}")
    with suppress(Closed):
        victim.leave()
    event = await onlooker.expect(EVENT)
    stage.say(f"on_leave with {stage.show(event[4])}")


@situation("a session that ends itself")
async def _(stage):
    killer = await stage.join("killer")
    await _says(stage, killer, "wamp.session.kill", killer.session)


@situation("a session that ends another for a reason that is no URI")
async def _(stage):
    killer, victim = await stage.join("killer", "victim")
    await _says(stage, killer, "wamp.session.kill", victim.session, reason="no reason at all")


@situation("a session that ends one that is none")
async def _(stage):
    await _says(stage, await stage.join("killer"), "wamp.session.kill", 4711)


@situation("a session that ends those of an authid")
async def _(stage):
    killer, victim = await stage.join("killer", "victim")
    got = await killer.ask(CALL, {}, "wamp.session.get", [victim.session])
    await _says(stage, killer, "wamp.session.kill_by_authid", got[3][0]["authid"])


@situation("a session that ends those of a role nobody has")
async def _(stage):
    killer = await stage.join("killer")
    await _says(stage, killer, "wamp.session.kill_by_authrole", "nobody")


@situation("a session that ends those of its own role")
async def _(stage):
    killer, victim = await stage.join("killer", "victim")
    told = (await killer.ask(CALL, {}, "wamp.session.kill_by_authrole", ["guest"]))[3][0]
    names = sorted(map(stage.show, told)) if isinstance(told, list) else [str(told)]
    stage.say(f"wamp.session.kill_by_authrole {', '.join(names)}")
    await victim.ended()


@situation("a session that ends all others")
async def _(stage):
    killer, victim = await stage.join("killer", "victim")
    await _says(stage, killer, "wamp.session.kill_all")


@situation("who joins")
async def _(stage):
    onlooker = await stage.join("onlooker")
    await stage.subscribe(onlooker, "wamp.session.on_join")
    await stage.join("newcomer")
    details = (await onlooker.expect(EVENT))[4][0]
    known = ["session", "authid", "authrole", "authmethod", "authprovider"]
    stage.say(stage.show({key: details.get(key) for key in known}))


@situation("who leaves")
async def _(stage):
    onlooker, leaver = await stage.join("onlooker", "leaver")
    await stage.subscribe(onlooker, "wamp.session.on_leave")
    leaver.leave()
    stage.say(stage.show((await onlooker.expect(EVENT))[4]))


@situation("registrations, asked about")
async def _(stage):
    callee, asker = await stage.join("callee", "asker")
    exact = await stage.register(callee, stage.uri)
    prefix = await stage.register(callee, f"{stage.uri}.", match="prefix")
    stage.call_it("the exact one", f"{exact}")
    stage.call_it("the prefix", f"{prefix}")

    async def says(procedure, *args):
        answer = await asker.ask(CALL, {}, f"wamp.registration.{procedure}", list(args))
        result = answer[3][0] if answer[0] != ERROR else answer[4]
        stage.say(f"{procedure} {stage.show(str(result) if result in (exact, prefix) else result)}")

    await says("lookup", stage.uri)
    await says("lookup", f"{stage.uri}.", {"match": "prefix"})
    await says("lookup", f"{stage.uri}.x")
    await says("match", f"{stage.uri}.x")
    await says("match", "com.nobody")
    await says("list_callees", exact)
    await says("count_callees", exact)
    await says("list_callees", 4711)
    await says("count_callees", 4711)
    await says("get", 4711)


@situation("what is told of a registration")
async def _(stage):
    callee = await stage.join("callee")
    registration = await stage.register(callee, stage.uri)
    details = (await callee.ask(CALL, {}, "wamp.registration.get", [registration]))[3][0]
    stage.say(stage.show({key: details.get(key) for key in ["uri", "match", "invoke"]}))


@situation("subscriptions, asked about")
async def _(stage):
    subscriber, asker = await stage.join("subscriber", "asker")
    exact = await stage.subscribe(subscriber, stage.uri)
    prefix = await stage.subscribe(subscriber, stage.uri, match="prefix")
    stage.call_it("the exact one", f"{exact}")
    stage.call_it("the prefix", f"{prefix}")

    async def says(procedure, *args):
        answer = await asker.ask(CALL, {}, f"wamp.subscription.{procedure}", list(args))
        result = answer[3][0] if answer[0] != ERROR else answer[4]
        match result:
            case list():
                result = [str(item) if item in (exact, prefix) else item for item in result]
            case _ if result in (exact, prefix):
                result = str(result)
        stage.say(f"{procedure} {stage.show(result)}")

    await says("lookup", stage.uri)
    await says("lookup", stage.uri, {"match": "prefix"})
    await says("lookup", f"{stage.uri}.x")
    await says("match", "com.nobody")
    await says("list_subscribers", exact)
    await says("count_subscribers", exact)
    await says("list_subscribers", 4711)
    await says("count_subscribers", 4711)
    await says("get", 4711)


async def _events_of(stage, prefix, begin, end):
    """The meta events of one thing that two sessions begin and end, in order."""
    onlooker, one, two = await stage.join("onlooker", "one", "two")
    await stage.subscribe(onlooker, prefix, match="prefix")
    await onlooker.settle()
    onlooker.taken.clear()
    ids = [await begin(peer) for peer in (one, two)]
    for peer, id in zip((one, two), ids):
        await peer.ask(end, id)
    await onlooker.settle()
    topics = [(event[3].get("topic", "?"), event[4][:1]) for event in onlooker.taken]
    stage.say(
        ", ".join(f"{topic.removeprefix(prefix)} {stage.show(args)}" for topic, args in topics)
    )
    onlooker.taken.clear()


@situation("the meta events of a registration")
async def _(stage):
    await _events_of(
        stage,
        "wamp.registration.",
        lambda peer: stage.register(peer, stage.uri, invoke="roundrobin"),
        UNREGISTER,
    )


@situation("the meta events of a subscription")
async def _(stage):
    await _events_of(
        stage, "wamp.subscription.", lambda peer: stage.subscribe(peer, stage.uri), UNSUBSCRIBE
    )


@situation("a meta procedure with an argument of the wrong type")
async def _(stage):
    await _says(stage, await stage.join("asker"), "wamp.session.get", "one")


@situation("a meta procedure without its argument")
async def _(stage):
    await _says(stage, await stage.join("asker"), "wamp.session.get")


@situation("a meta procedure that is none")
async def _(stage):
    await _says(stage, await stage.join("asker"), "wamp.session.unheard_of")
