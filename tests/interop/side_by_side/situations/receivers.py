"""Who is to have an event, and who did it."""

from stage import situation
from wamp import CALL, INVOCATION, PUBLISH


async def _published(stage, options):
    """An event for three subscribers, with options made from them."""
    publisher = await stage.join("publisher")
    subscribers = await stage.join("a", "b", "c")
    for subscriber in subscribers:
        await stage.subscribe(subscriber, stage.uri)
    publisher.request(PUBLISH, options(*subscribers), stage.uri)


@situation("an event for two of three")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible": [a.session, b.session]})


@situation("an event for nobody")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible": []})


@situation("an event for a session that is none")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible": [4711]})


@situation("an event not for one of three")
async def _(stage):
    await _published(stage, lambda a, b, c: {"exclude": [a.session]})


@situation("an event not for nobody")
async def _(stage):
    await _published(stage, lambda a, b, c: {"exclude": []})


@situation("an event for two of which one is excluded")
async def _(stage):
    await _published(
        stage, lambda a, b, c: {"eligible": [a.session, b.session], "exclude": [b.session]}
    )


@situation("an event for a role, which they have")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible_authrole": ["guest"]})


@situation("an event for a role, which they do not have")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible_authrole": ["user"]})


@situation("an event not for a role, which they have")
async def _(stage):
    await _published(stage, lambda a, b, c: {"exclude_authrole": ["guest"]})


@situation("an event for an authid nobody has")
async def _(stage):
    await _published(stage, lambda a, b, c: {"eligible_authid": ["nobody"]})


@situation("an event not for an authid nobody has")
async def _(stage):
    await _published(stage, lambda a, b, c: {"exclude_authid": ["nobody"]})


@situation("a caller that wants to be known")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {"disclose_me": True}, stage.uri)
    await callee.expect(INVOCATION, keep=True)


@situation("a caller that does not want to be known")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION, keep=True)


@situation("a caller of a procedure that discloses callers")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, "com.example.disclosed.procedure")
    caller.request(CALL, {}, "com.example.disclosed.procedure")
    await callee.expect(INVOCATION, keep=True)


@situation("a callee that asks to know its callers")
async def _(stage):
    callee, caller = await stage.join("callee", "caller")
    await stage.register(callee, stage.uri, disclose_caller=True)
    caller.request(CALL, {}, stage.uri)
    await callee.expect(INVOCATION, keep=True)


@situation("a publisher that wants to be known")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, stage.uri)
    publisher.request(PUBLISH, {"disclose_me": True}, stage.uri)


@situation("a publisher on a topic that discloses publishers")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, "com.example.disclosed.topic")
    publisher.request(PUBLISH, {}, "com.example.disclosed.topic")
