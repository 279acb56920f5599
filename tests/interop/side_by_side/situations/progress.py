"""Results and arguments that come in parts."""

from peer import roles_without
from stage import situation
from wamp import CALL, CANCEL, INTERRUPT, INVOCATION, YIELD


@situation("results in parts")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"receive_progress": True}, stage.uri)
    invocation = await callee.expect(INVOCATION, keep=True)
    for part in range(3):
        callee.send(YIELD, invocation[1], {"progress": True}, [part])
    callee.send(YIELD, invocation[1], {}, ["end"])


@situation("results in parts nobody asked for")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(YIELD, invocation[1], {"progress": True}, ["a part"])
    callee.send(YIELD, invocation[1], {}, ["end"])


@situation("results in parts asked of a callee that has none")
async def _(stage):
    callee = await stage.join("callee", roles=roles_without("progressive_call_results"))
    caller = await stage.join("caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"receive_progress": True}, stage.uri)
    await callee.expect(INVOCATION, keep=True)


@situation("results in parts asked by a caller that did not announce it")
async def _(stage):
    callee = await stage.join("callee")
    caller = await stage.join("caller", roles=roles_without("progressive_call_results"))
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"receive_progress": True}, stage.uri)


@situation("a caller that leaves between parts of a result")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"receive_progress": True}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(YIELD, invocation[1], {"progress": True}, ["a part"])
    await callee.settle()
    caller.leave()
    await callee.expect(INTERRUPT, keep=True)
    callee.send(YIELD, invocation[1], {"progress": True}, ["for nobody"])


@situation("a call canceled between parts of its result")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    call = caller.request(CALL, {"receive_progress": True}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    callee.send(YIELD, invocation[1], {"progress": True}, ["a part"])
    await callee.settle()
    caller.send(CANCEL, call, {"mode": "killnowait"})
    await callee.expect(INTERRUPT, keep=True)
    callee.send(YIELD, invocation[1], {"progress": True}, ["for nobody"])


@situation("arguments in parts")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    call = caller.request(CALL, {"progress": True}, stage.uri, ["first"])
    caller.send(CALL, call, {"progress": True}, stage.uri, ["second"])
    caller.send(CALL, call, {}, stage.uri, ["last"])
    await caller.settle()
    await callee.settle()
    ids = {message[1] for message in callee.taken}
    stage.say(f"{len(ids)} invocation ids" if len(ids) > 1 else "one invocation id")
    for invocation in ids:
        callee.send(YIELD, invocation, {}, ["sum"])


@situation("arguments in parts for a callee that takes none")
async def _(stage):
    callee = await stage.join("callee", roles=roles_without("progressive_call_invocations"))
    caller = await stage.join("caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"progress": True}, stage.uri, ["first"])


@situation("arguments in parts from a caller that did not announce it")
async def _(stage):
    callee = await stage.join("callee")
    caller = await stage.join("caller", roles=roles_without("progressive_call_invocations"))
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"progress": True}, stage.uri, ["first"])
