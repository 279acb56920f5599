"""Events that are kept: the last of a topic, and histories."""

from stage import situation
from wamp import CALL, ERROR, EVENT, PUBLISH

RETAINED = {"retain": True, "acknowledge": True}


@situation("a retained event, for a subscriber that comes later and wants it")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["old"])
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["last"])
    await stage.subscribe(subscriber, stage.uri, get_retained=True)


@situation("a retained event, for a subscriber that comes later and does not want it")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["last"])
    await stage.subscribe(subscriber, stage.uri)


@situation("a retained event, for who is subscribed already")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, stage.uri)
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["last"])


@situation("a retained event that has been for somebody else")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await publisher.ask(
        PUBLISH, {**RETAINED, "eligible": [publisher.session]}, stage.uri, ["for me"]
    )
    await stage.subscribe(subscriber, stage.uri, get_retained=True)


@situation("an event after a retained one, not retained itself")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["retained"])
    await publisher.ask(PUBLISH, {"acknowledge": True}, stage.uri, ["later"])
    await stage.subscribe(subscriber, stage.uri, get_retained=True)


@situation("a retained event whose publisher has left")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await publisher.ask(PUBLISH, RETAINED, stage.uri, ["left behind"])
    publisher.leave()
    await publisher.ended()
    await stage.subscribe(subscriber, stage.uri, get_retained=True)


@situation("retained events, for a subscriber to a prefix")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    for name in ["a", "b"]:
        await publisher.ask(PUBLISH, RETAINED, f"{stage.uri}.{name}", [name])
    await stage.subscribe(subscriber, stage.uri, match="prefix", get_retained=True)
    await subscriber.settle()
    subscriber.taken.sort(key=lambda event: event[4])


async def _history(stage, topic, *args, **kwargs):
    """What the history of a topic answers after three events."""
    publisher, subscriber = await stage.join("publisher", "subscriber")
    subscription = await stage.subscribe(subscriber, topic)
    for number in range(3):
        await publisher.ask(PUBLISH, {"acknowledge": True}, topic, [number])
        await subscriber.expect(EVENT)
    asked = [subscription, *args]
    answer = await subscriber.ask(CALL, {}, "wamp.subscription.get_events", asked, kwargs)
    if answer[0] == ERROR:
        stage.say(f"ERROR {answer[4]}")
        return
    events = answer[3] if len(answer) > 3 else []
    if events and isinstance(events[0], list):
        stage.say("a list in the first argument")
        events = events[0]
    stage.say(f"the events {stage.show([event.get('args') for event in events])}")
    stage.say(f"of an event {stage.show(sorted(events[0]) if events else [])}")


@situation("two events of a history, asked by position")
async def _(stage):
    await _history(stage, "com.example.history.one", 2)


@situation("two events of a history, asked by keyword")
async def _(stage):
    await _history(stage, "com.example.history.two", limit=2)


@situation("two events of a history, in reverse")
async def _(stage):
    await _history(stage, "com.example.history.three", limit=2, reverse=True)


@situation("the events of a subscription that is none")
async def _(stage):
    asker = await stage.join("asker")
    asker.request(CALL, {}, "wamp.subscription.get_events", [4711], {"limit": 2})


@situation("the events of a topic without a history")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    subscription = await stage.subscribe(subscriber, stage.uri)
    await publisher.ask(PUBLISH, {"acknowledge": True}, stage.uri)
    await subscriber.expect(EVENT)
    subscriber.request(CALL, {}, "wamp.subscription.get_events", [subscription], {"limit": 2})
