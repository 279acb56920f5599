"""What is published when a session is gone."""

from stage import situation
from wamp import EVENT

ADD = "wamp.session.add_testament"


async def _heirs(stage):
    testator, heir = await stage.join("testator", "heir")
    await stage.subscribe(heir, stage.uri)
    await stage.subscribe(heir, "wamp.session.on_leave")
    return testator, heir


async def _gone(testator, heir):
    """Waits until the testator is gone. When on_leave comes is not laid down, so it is not told."""
    seen = []
    while (event := await heir.expect(EVENT))[4][:1] != [testator.session]:
        seen.append(event)
    await heir.settle()
    heir.taken[:0] = seen


@situation("testaments of a session that is lost")
async def _(stage):
    testator, heir = await _heirs(stage)
    await stage.call(testator, ADD, stage.uri, ["destroyed"], {}, scope="destroyed")
    await stage.call(testator, ADD, stage.uri, ["detached"], {"key": 1}, scope="detached")
    await stage.call(testator, ADD, stage.uri, ["no scope"], {})
    testator.drop()
    await _gone(testator, heir)


@situation("testaments of a session that says GOODBYE")
async def _(stage):
    testator, heir = await _heirs(stage)
    await stage.call(testator, ADD, stage.uri, ["farewell"], {})
    testator.leave()
    await _gone(testator, heir)


@situation("testaments taken back")
async def _(stage):
    testator, heir = await _heirs(stage)
    for scope in ["destroyed", "detached"]:
        await stage.call(testator, ADD, stage.uri, [scope], {}, scope=scope)
    flushed = await stage.call(testator, "wamp.session.flush_testaments", scope="detached")
    stage.say(f"flush_testaments {flushed}")
    testator.drop()
    await _gone(testator, heir)


@situation("a testament for some only")
async def _(stage):
    testator, heir = await _heirs(stage)
    only = {"eligible": [4711]}
    await stage.call(testator, ADD, stage.uri, ["for nobody here"], {}, publish_options=only)
    await stage.call(testator, ADD, stage.uri, ["for all"], {})
    testator.drop()
    await _gone(testator, heir)


@situation("a testament of a scope that is none")
async def _(stage):
    testator = await stage.join("testator")
    stage.say(await stage.call(testator, ADD, stage.uri, [], {}, scope="eternal"))


@situation("what adding a testament answers")
async def _(stage):
    testator = await stage.join("testator")
    told = await stage.call(testator, ADD, stage.uri, [], {})
    stage.say("an id" if told.strip("[]").isdigit() else told)
