"""Calls that are canceled or take too long."""

from peer import roles_without
from stage import situation
from wamp import CALL, CANCEL, ERROR, INTERRUPT, INVOCATION, YIELD


async def _called(stage, options=None, **callee_details):
    """A callee that was called, its caller, and the ids of invocation and call."""
    callee = await stage.join("callee", **callee_details)
    caller = await stage.join("caller")
    await stage.register(callee, stage.uri)
    call = caller.request(CALL, options or {}, stage.uri)
    invocation = await callee.expect(INVOCATION)
    return callee, caller, invocation[1], call


@situation("cancel skip")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "skip"})
    await caller.settle()
    callee.send(YIELD, invocation, {}, ["too late"])


@situation("cancel kill")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "kill"})
    await callee.expect(INTERRUPT, keep=True)
    await caller.settle()
    stage.say("the caller waits" if not caller.taken else "the caller does not wait")
    callee.send(ERROR, INVOCATION, invocation, {}, "wamp.error.canceled")


@situation("cancel kill of a call that has its result ready")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "kill"})
    await callee.expect(INTERRUPT)
    callee.send(YIELD, invocation, {}, ["ready"])


@situation("cancel killnowait")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "killnowait"})
    interrupt = await callee.expect(INTERRUPT, keep=True)
    stage.say(f"INTERRUPT with the reason {interrupt[2].get('reason')}")
    await caller.expect(ERROR, keep=True)
    callee.send(YIELD, invocation, {}, ["too late"])


@situation("cancel without a mode")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {})
    await callee.expect(INTERRUPT, keep=True)
    await caller.settle()
    callee.send(ERROR, INVOCATION, invocation, {}, "wamp.error.canceled")


@situation("cancel in a mode that is none")
async def _(stage):
    callee, caller, _, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "gently"})
    await callee.expect(INTERRUPT, keep=True)


@situation("cancel kill, then killnowait")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    caller.send(CANCEL, call, {"mode": "kill"})
    await callee.expect(INTERRUPT, keep=True)
    caller.send(CANCEL, call, {"mode": "killnowait"})
    await caller.settle()
    callee.send(ERROR, INVOCATION, invocation, {}, "wamp.error.canceled")


@situation("cancel kill, for a callee that can not be interrupted")
async def _(stage):
    callee, caller, invocation, call = await _called(
        stage, roles=roles_without("call_canceling", "progressive_call_results")
    )
    caller.send(CANCEL, call, {"mode": "kill"})
    await caller.settle()
    callee.send(YIELD, invocation, {}, ["too late"])


@situation("cancel of a call that is over")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    callee.send(YIELD, invocation, {})
    await callee.settle()
    caller.send(CANCEL, call, {"mode": "kill"})


@situation("cancel of a call that never was")
async def _(stage):
    caller = await stage.join("caller")
    caller.send(CANCEL, 4711, {"mode": "kill"})


@situation("cancel of the call of another")
async def _(stage):
    callee, caller, invocation, call = await _called(stage)
    other = await stage.join("other")
    other.send(CANCEL, call, {"mode": "kill"})
    await other.settle()
    callee.send(YIELD, invocation, {}, ["in peace"])


@situation("a call with a timeout of 50 ms that is not answered")
async def _(stage):
    callee, caller, _, _ = await _called(stage, {"timeout": 50})
    await caller.expect(ERROR, keep=True)
    interrupt = await callee.expect(INTERRUPT, keep=True)
    stage.say(f"INTERRUPT with the reason {interrupt[2].get('reason')}")


@situation("a call with a timeout that is answered in time")
async def _(stage):
    callee, _, invocation, _ = await _called(stage, {"timeout": 60_000})
    callee.send(YIELD, invocation, {}, ["in time"])


@situation("a timeout that is negative")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"timeout": -1}, stage.uri)
