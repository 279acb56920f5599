"""Registrations: whose they are, patterns, and procedures that several share."""

from stage import situation
from wamp import CALL, INVOCATION, REGISTER, UNREGISTER, YIELD


@situation("a procedure registered twice")
async def _(stage):
    first, second = await stage.join("first", "second")
    await stage.register(first, stage.uri)
    second.request(REGISTER, {}, stage.uri)


@situation("a procedure registered in wamp.")
async def _(stage):
    callee = await stage.join("callee")
    callee.request(REGISTER, {}, "wamp.session.forged")


@situation("unregistering an id that is none")
async def _(stage):
    callee = await stage.join("callee")
    callee.request(UNREGISTER, 4711)


@situation("unregistering what another registered")
async def _(stage):
    callee, intruder = await stage.join("callee", "intruder")
    registration = await stage.register(callee, stage.uri)
    await stage.register(intruder, f"{stage.uri}.own")
    intruder.request(UNREGISTER, registration)
    await intruder.settle()
    intruder.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION, keep=True)


@situation("a procedure of a pattern is told which it is")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, f"{stage.uri}.prefix", match="prefix")
    await stage.register(callee, f"{stage.uri}.wild..card", match="wildcard")
    for name in ["prefix.some", "prefixed", "wild.some.card"]:
        caller.request(CALL, {}, f"{stage.uri}.{name}")
        await callee.expect(INVOCATION, keep=True)


@situation("exact before the longest prefix before wildcards")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    patterns = [
        ("exact", "a.b.c"),
        ("prefix", "a.b"),
        ("prefix", "a.b.c"),
        ("wildcard", "a..c"),
        ("wildcard", "a..c.d"),
    ]
    for match, pattern in patterns:
        registration = await stage.register(callee, f"{stage.uri}.{pattern}", match=match)
        stage.call_it(f"{match} {pattern}", f"registration {registration}")
    for name in ["a.b.c", "a.b.x", "a.b.c.x", "a.x.c", "a.x.c.d", "a.b.c.d"]:
        caller.request(CALL, {}, f"{stage.uri}.{name}")
        invocation = await callee.expect(INVOCATION)
        stage.say(f"{name} to {stage.show(f'registration {invocation[2]}')}")


@situation("the wildcards of the specification's example")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    for pattern in [
        "a1.b2..d4.e5",
        "a1.b2.c33..e5",
        "a1..c3.d4.e5",
        "a1.b2..d4.e5..g7",
        "a1.b2..d4..f6.g7",
    ]:
        registration = await stage.register(callee, f"{stage.uri}.{pattern}", match="wildcard")
        stage.call_it(pattern, f"registration {registration}")
    for name in ["a1.b2.c33.d4.e5", "a1.b2.c88.d4.e5", "a1.x.c3.d4.e5", "a1.b2.c3.d4.e5.f6.g7"]:
        caller.request(CALL, {}, f"{stage.uri}.{name}")
        invocation = await callee.expect(INVOCATION)
        stage.say(f"{name} to {stage.show(f'registration {invocation[2]}')}")


@situation("one URI, registered with three kinds of matching")
async def _(stage):
    callee = await stage.join("callee")
    ids = [
        await stage.register(callee, stage.uri, match=match)
        for match in ["exact", "prefix", "wildcard"]
    ]
    stage.say(f"{len(set(ids))} registrations")


async def _asked(stage, policy):
    """Which of three callees is asked, by six calls, with one that leaves after four."""
    callees = await stage.join("a", "b", "c")
    caller = await stage.join("caller")
    asked = []
    ids = [await stage.register(callee, stage.uri, invoke=policy) for callee in callees]
    for number in range(6):
        if number == 4:
            await callees[0].ask(UNREGISTER, ids[0])
        caller.request(CALL, {}, stage.uri)
        await caller.settle()
        for callee in callees:
            await callee.settle()
            if callee.taken:
                invocation = callee.taken.pop()
                callee.send(YIELD, invocation[1], {}, [callee.name])
                asked.append(callee.name)
                await callee.settle()
        await caller.settle()
        caller.taken.clear()
    return asked


@situation("roundrobin")
async def _(stage):
    stage.say(" ".join(await _asked(stage, "roundrobin")))


@situation("first")
async def _(stage):
    stage.say(" ".join(await _asked(stage, "first")))


@situation("last")
async def _(stage):
    stage.say(" ".join(await _asked(stage, "last")))


@situation("random")
async def _(stage):
    asked = await _asked(stage, "random")
    stage.say("one callee for each call" if len(asked) == 6 else f"{asked}")


@situation("a shared procedure registered with another policy")
async def _(stage):
    first, second = await stage.join("first", "second")
    await stage.register(first, stage.uri, invoke="roundrobin")
    second.request(REGISTER, {"invoke": "first"}, stage.uri)


@situation("a shared procedure registered twice by one callee")
async def _(stage):
    callee = await stage.join("callee")
    await stage.register(callee, stage.uri, invoke="roundrobin")
    callee.request(REGISTER, {"invoke": "roundrobin"}, stage.uri)


@situation("a policy that is none")
async def _(stage):
    callee = await stage.join("callee")
    callee.request(REGISTER, {"invoke": "whoever"}, stage.uri)


@situation("a callee that takes one call at a time, called twice")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri, invoke="roundrobin", concurrency=1)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    caller.request(CALL, {}, stage.uri)
    await caller.settle()
    stage.say("the second is refused" if caller.taken else "the second waits")
    callee.send(YIELD, invocation[1], {})


@situation("a procedure taken over by force_reregister")
async def _(stage):
    first, second = await stage.join("first", "second")
    await stage.register(first, stage.uri)
    second.request(REGISTER, {"force_reregister": True}, stage.uri)
