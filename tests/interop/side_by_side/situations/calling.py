"""Calls, their results and what can come between."""

from stage import situation
from wamp import (
    CALL,
    ERROR,
    INTERRUPT,
    INVOCATION,
    REGISTER,
    REGISTERED,
    UNREGISTER,
    UNREGISTERED,
    YIELD,
)


@situation("a call and its result")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri, [1, "two"], {"three": 3})
    invocation = await callee.expect(INVOCATION, keep=True)
    callee.send(YIELD, invocation[1], {}, ["done"], {"in": "time"})


@situation("a call to a procedure nobody registered")
async def _(stage):
    caller = await stage.join("caller")
    caller.request(CALL, {}, stage.uri)


@situation("a call to itself")
async def _(stage):
    both = await stage.join("both")
    await stage.register(both, stage.uri)
    both.request(CALL, {}, stage.uri)
    invocation = await both.expect(INVOCATION)
    both.send(YIELD, invocation[1], {}, ["mine"])


@situation("a call whose callee fails")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    call = caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    details = {"_hint": "passed on"}
    callee.send(ERROR, INVOCATION, invocation[1], details, "com.example.error", ["no"], {"why": 1})
    error = await caller.expect(ERROR)
    assert error[2] == call
    stage.say(f"ERROR {stage.show(error[3:])}")


@situation("a callee that fails with an error of WAMP's own")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(ERROR, INVOCATION, invocation[1], {}, "wamp.error.invalid_argument")


@situation("empty arguments")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri, [], {})
    invocation = await callee.expect(INVOCATION)
    stage.say(f"INVOCATION has {len(invocation)} elements")
    callee.send(YIELD, invocation[1], {})


@situation("keyword arguments only")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri, [], {"key": 1})
    invocation = await callee.expect(INVOCATION)
    stage.say(f"INVOCATION with {stage.show(invocation[4:])}")


@situation("an integer of 64 bits")
async def _(stage):
    await _passes(stage, "18446744073709551615")


@situation("a number that is too large for a double")
async def _(stage):
    await _passes(stage, "1e400")


async def _passes(stage, number):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    call = caller.next_request()
    caller.send_text(f'[48, {call}, {{}}, "{stage.uri}", [{number}]]')


@situation("the ids of a callee's invocations")
async def _(stage):
    callees = await stage.join("one", "other")
    caller = await stage.join("caller")
    ids = {}
    for callee in callees:
        procedure = f"{stage.uri}.{callee.name}"
        await stage.register(callee, procedure)
        for _ in range(3):
            caller.request(CALL, {}, procedure)
            invocation = await callee.expect(INVOCATION)
            ids.setdefault(callee.name, []).append(invocation[1])
    counted = all(taken == [1, 2, 3] for taken in ids.values())
    stage.say("1, 2, 3 for each callee" if counted else "another sequence")


@situation("a callee says GOODBYE while it is called")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION)
    callee.leave()
    await caller.expect(ERROR, keep=True)


@situation("a callee is lost while it is called")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION)
    callee.drop()
    await caller.expect(ERROR, keep=True)


@situation("a callee unregisters while it is called, then answers")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    registration = await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.request(UNREGISTER, registration)
    await callee.expect(UNREGISTERED)
    callee.send(YIELD, invocation[1], {}, ["still"])


@situation("a caller says GOODBYE while its call goes on")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    caller.leave()
    await callee.expect(INTERRUPT, keep=True)
    callee.send(YIELD, invocation[1], {})


@situation("a caller is lost while its call goes on")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION)
    caller.drop()
    await callee.expect(INTERRUPT, keep=True)


@situation("REGISTERED and INVOCATION, of a procedure that is called at once")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    callee.request(REGISTER, {}, stage.uri)
    await callee.expect(REGISTERED, keep=True)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION, keep=True)
