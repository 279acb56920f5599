"""Publications and the subscriptions they reach."""

from stage import situation
from wamp import PUBLISH, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, EVENT

ACKNOWLEDGED = {"acknowledge": True}


@situation("an event for one subscriber, not acknowledged")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, stage.uri)
    publisher.request(PUBLISH, {}, stage.uri, [1], {"two": 2})


@situation("an event that is acknowledged")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, stage.uri)
    publisher.request(PUBLISH, ACKNOWLEDGED, stage.uri)


@situation("an event on a topic its publisher subscribed to")
async def _(stage):
    both, other = await stage.join("both", "other")
    await stage.subscribe(both, stage.uri)
    await stage.subscribe(other, stage.uri)
    both.request(PUBLISH, {}, stage.uri, [1])


@situation("an event for its publisher too")
async def _(stage):
    both = await stage.join("both")
    await stage.subscribe(both, stage.uri)
    both.request(PUBLISH, {"exclude_me": False}, stage.uri, [1])


@situation("a topic one session subscribed to in four ways")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, f"{stage.uri}.a.b")
    await stage.subscribe(subscriber, f"{stage.uri}.", match="prefix")
    await stage.subscribe(subscriber, f"{stage.uri}.a", match="prefix")
    await stage.subscribe(subscriber, f"{stage.uri}..b", match="wildcard")
    published = await publisher.ask(PUBLISH, ACKNOWLEDGED, f"{stage.uri}.a.b")
    await subscriber.settle()
    same = all(event[2] == published[2] for event in subscriber.taken)
    stage.say("one publication id" if same else "several publication ids")
    subscriber.taken.sort(key=lambda event: str(event[3]))


@situation("one URI, subscribed to with three kinds of matching")
async def _(stage):
    subscriber = await stage.join("subscriber")
    ids = [
        await stage.subscribe(subscriber, stage.uri, match=match)
        for match in ["exact", "prefix", "wildcard"]
    ]
    stage.say(f"{len(set(ids))} subscriptions")


@situation("one topic, subscribed to twice by one session")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    ids = [await stage.subscribe(subscriber, stage.uri) for _ in range(2)]
    stage.say("one subscription" if ids[0] == ids[1] else "two subscriptions")
    publisher.request(PUBLISH, {}, stage.uri)


@situation("one topic, subscribed to by two sessions")
async def _(stage):
    one, two = await stage.join("one", "two")
    same = await stage.subscribe(one, stage.uri) == await stage.subscribe(two, stage.uri)
    stage.say("one subscription" if same else "two subscriptions")


@situation("unsubscribing")
async def _(stage):
    publisher, subscriber, other = await stage.join("publisher", "subscriber", "other")
    subscription = await stage.subscribe(subscriber, stage.uri)
    await stage.subscribe(other, stage.uri)
    subscriber.request(UNSUBSCRIBE, subscription)
    await subscriber.settle()
    publisher.request(PUBLISH, {}, stage.uri)


@situation("unsubscribing from an id that is none")
async def _(stage):
    subscriber = await stage.join("subscriber")
    subscriber.request(UNSUBSCRIBE, 4711)


@situation("unsubscribing from what another subscribed to")
async def _(stage):
    publisher, subscriber, intruder = await stage.join("publisher", "subscriber", "intruder")
    subscription = await stage.subscribe(subscriber, stage.uri)
    await stage.subscribe(intruder, f"{stage.uri}.own")
    intruder.request(UNSUBSCRIBE, subscription)
    await intruder.settle()
    publisher.request(PUBLISH, {}, stage.uri)


@situation("a wildcard that loses one of its subscribers")
async def _(stage):
    publisher, leaver, stayer = await stage.join("publisher", "leaver", "stayer")
    for subscriber in [leaver, stayer]:
        await stage.subscribe(subscriber, f"{stage.uri}..end", match="wildcard")
    leaver.drop()
    await publisher.settle()
    publisher.request(PUBLISH, {}, f"{stage.uri}.any.end")


@situation("a publication in wamp.")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, "wamp.session.on_forged")
    publisher.request(PUBLISH, ACKNOWLEDGED, "wamp.session.on_forged")


@situation("a subscription to everything, by an empty prefix")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, "", match="prefix")
    await publisher.ask(PUBLISH, ACKNOWLEDGED, stage.uri)
    await subscriber.settle()
    topics = [event[3]["topic"] for event in subscriber.taken]
    stage.say("the event comes" if stage.uri in topics else "the event does not come")
    is_told = any(topic.startswith("wamp.") for topic in topics)
    stage.say("meta events come" if is_told else "no meta event comes")
    subscriber.taken.clear()


@situation("wildcards with empty parts at either end")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    for pattern in ["..", ".example.", "com.."]:
        subscriber.request(SUBSCRIBE, {"match": "wildcard"}, pattern)
        await subscriber.settle()
    accepted = [message for message in subscriber.taken if message[0] == SUBSCRIBED]
    stage.say(f"{len(accepted)} of 3 accepted")
    subscriber.taken.clear()
    publisher.request(PUBLISH, {}, stage.uri)


@situation("a join, seen by a wildcard of nothing but dots")
async def _(stage):
    subscriber = await stage.join("subscriber")
    await stage.subscribe(subscriber, "..", match="wildcard")
    await stage.join("newcomer")
    await subscriber.settle()
    stage.say("a meta event comes" if subscriber.taken else "no meta event comes")
    subscriber.taken.clear()


@situation("3000 events, as fast as they go")
async def _(stage):
    publisher, subscriber = await stage.join("publisher", "subscriber")
    await stage.subscribe(subscriber, stage.uri)
    for number in range(3000):
        publisher.request(PUBLISH, {}, stage.uri, [number])
    await publisher.settle()
    await subscriber.settle()
    numbers = [event[4][0] for event in subscriber.taken if event[0] == EVENT]
    stage.say(f"{len(numbers)} come" + ("" if numbers == sorted(numbers) else ", out of order"))
    subscriber.taken.clear()
