"""What autobahn-python may expect of a router, played by two peers `a` and `b`."""

import asyncio
import math

from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import (
    CallOptions,
    CallResult,
    PublishOptions,
    RegisterOptions,
    SubscribeOptions,
)

VALUES = [
    [None, True, False, 0, -1, 42, 2**31, 2**40, 2**53 - 1, -(2**53 - 1), 0.1, -1.5e300],
    ["", "zażółć gęślą jaźń", "🐢\u0000\u001f\\\"'\u2028"],
    [[], [[[]]], {}, {"a": {"": [1, {"ż": None}]}}],
    [b"", bytes(range(256)), {"b": b"\xff"}],
    ["x" * 1_000_000],
]


class Events:
    """The events a subscription got, and a way to wait for a number of them."""

    def __init__(self):
        self.taken = []
        self._queue = asyncio.Queue()

    def __call__(self, *args, **kwargs):
        self.taken.append(args)
        self._queue.put_nowait(args)

    async def take(self, count):
        return [await self._queue.get() for _ in range(count)]


async def refused(call, uri):
    try:
        result = await call
    except ApplicationError as error:
        assert error.error == uri, f"{error.error} instead of {uri}: {error}"
        return error
    raise AssertionError(f"not refused: {result}")


async def forever():
    await asyncio.get_running_loop().create_future()


def echo(*args, **kwargs):
    return CallResult(*args, **kwargs)


async def a_call_takes_its_arguments_there_and_its_result_back(a, b, uri):
    await b.register(echo, uri("echo"))
    for args in VALUES:
        result = await a.call(uri("echo"), *args, x=args, ż=1)
        assert list(result.results) == args, f"{result.results} instead of {args}"
        assert result.kwresults == {"x": args, "ż": 1}, result.kwresults


async def numbers_of_no_measure_are_numbers(a, b, uri):
    await b.register(lambda x: x, uri("same"))
    for number in [2**63 - 1, -(2**63), 1e-300, 1.0, 123456789.123456789]:
        result = await a.call(uri("same"), number)
        assert result == number, f"{result} instead of {number}"
        assert isinstance(result, type(number)) or math.isclose(result, number), repr(result)


async def an_error_takes_its_uri_and_arguments_back(a, b, uri):
    def fail(_):
        raise ApplicationError(uri("error.made_up"), "no", 7, hint="żaden")

    await b.register(fail, uri("fail"))
    error = await refused(a.call(uri("fail"), 1), uri("error.made_up"))
    assert error.args == ("no", 7), error.args
    assert error.kwargs == {"hint": "żaden"}, error.kwargs


async def a_procedure_nobody_registered_is_refused(a, _b, uri):
    await refused(a.call(uri("nobody")), "wamp.error.no_such_procedure")


async def a_procedure_is_registered_once(a, b, uri):
    await b.register(echo, uri("taken"))
    await refused(a.register(echo, uri("taken")), "wamp.error.procedure_already_exists")


async def an_unregistered_procedure_is_gone(a, b, uri):
    registration = await b.register(echo, uri("gone"))
    await a.call(uri("gone"), 1)
    await registration.unregister()
    await refused(a.call(uri("gone"), 1), "wamp.error.no_such_procedure")


async def the_procedures_of_a_pattern_come_to_one_callee(a, b, uri):
    def which(details):
        return details.procedure

    for match, pattern in [("prefix", uri("prefix")), ("wildcard", uri("wild..card"))]:
        options = RegisterOptions(match=match, details_arg="details")
        await b.register(which, pattern, options=options)
    for name in ["prefix.some.thing", "wild.some.card"]:
        assert await a.call(uri(name)) == uri(name)


async def shared_procedures_take_turns(a, b, uri):
    options = RegisterOptions(invoke="roundrobin")
    await a.register(lambda: "a", uri("shared"), options=options)
    await b.register(lambda: "b", uri("shared"), options=options)
    results = [await a.call(uri("shared")) for _ in range(6)]
    assert results == ["a", "b"] * 3, results


async def of_shared_procedures_the_first_or_the_last_is_called(a, b, uri):
    for policy, expected in [("first", "a"), ("last", "b")]:
        options = RegisterOptions(invoke=policy)
        await a.register(lambda: "a", uri(policy), options=options)
        await b.register(lambda: "b", uri(policy), options=options)
        results = [await a.call(uri(policy)) for _ in range(2)]
        assert results == [expected] * 2, results


async def a_callee_is_told_its_caller_where_callers_are_disclosed(a, b, uri):
    def who(details):
        return [details.caller, details.caller_authid, details.caller_authrole]

    options = RegisterOptions(details_arg="details")
    await b.register(who, uri("disclosed.who"), options=options)
    told = await a.call(uri("disclosed.who"))
    assert told == [a.details.session, a.details.authid, a.details.authrole], told


async def results_come_in_parts_and_in_order(a, b, uri):
    def parts_of(count, details):
        for i in range(count):
            details.progress(i)
        return "end"

    await b.register(parts_of, uri("parts"), options=RegisterOptions(details_arg="details"))
    parts = []
    result = await a.call(uri("parts"), 20, options=CallOptions(on_progress=parts.append))
    assert (result, parts) == ("end", list(range(20))), (result, parts)


async def a_canceled_call_interrupts_its_callee(a, b, uri):
    invoked = asyncio.Event()
    interrupted = asyncio.Event()

    async def wait():
        invoked.set()
        try:
            await forever()
        except asyncio.CancelledError:
            interrupted.set()
            raise

    await b.register(wait, uri("wait"))
    call = a.call(uri("wait"))
    await invoked.wait()
    call.cancel()
    await interrupted.wait()


async def a_call_that_takes_too_long_ends(a, b, uri):
    await b.register(forever, uri("forever"))
    call = a.call(uri("forever"), options=CallOptions(timeout=50))
    await refused(call, "wamp.error.timeout")


async def calls_in_flight_get_their_own_results_whatever_the_order(a, b, uri):
    held = []

    async def hold(number):
        held.append(asyncio.get_running_loop().create_future())
        mine = held[-1]
        if len(held) == 50:
            for future in reversed(held):
                future.set_result(None)
        await mine
        return number * 2

    await b.register(hold, uri("hold"))
    results = await asyncio.gather(*(a.call(uri("hold"), n) for n in range(50)))
    assert results == [n * 2 for n in range(50)], results


async def an_event_reaches_its_subscribers_in_order_and_not_its_publisher(a, b, uri):
    at_a, at_b = Events(), Events()
    await a.subscribe(at_a, uri("topic"))
    await b.subscribe(at_b, uri("topic"))
    for i in range(100):
        a.publish(uri("topic"), i, b"\x00\xff", ż=[i])
    events = await at_b.take(100)
    assert events == [(i, b"\x00\xff") for i in range(100)], events
    await a.call("wamp.session.count")  # what the broker had for a came before this
    assert at_a.taken == [], at_a.taken


async def a_publisher_may_have_its_own_event(a, _b, uri):
    events = Events()
    await a.subscribe(events, uri("own"))
    await a.publish(uri("own"), "mine", options=PublishOptions(acknowledge=True, exclude_me=False))
    assert await events.take(1) == [("mine",)]


async def an_event_reaches_those_it_is_for_only(a, b, uri):
    at_a, at_b = Events(), Events()
    await a.subscribe(at_a, uri("for"))
    await b.subscribe(at_b, uri("for"))
    only_a = PublishOptions(acknowledge=True, exclude_me=False, eligible=[a.details.session])
    not_a = PublishOptions(acknowledge=True, exclude_me=False, exclude=[a.details.session])
    await a.publish(uri("for"), "a", options=only_a)
    await a.publish(uri("for"), "b", options=not_a)
    assert (await at_a.take(1), await at_b.take(1)) == ([("a",)], [("b",)])


async def patterns_subscribe_to_every_topic_they_match(a, b, uri):
    prefix, wildcard = Events(), Events()
    await b.subscribe(prefix, uri("pattern"), options=SubscribeOptions(match="prefix"))
    await b.subscribe(wildcard, uri("pattern..end"), options=SubscribeOptions(match="wildcard"))
    for number, name in enumerate(["pattern.x.end", "other.x.end", "pattern.y.end"]):
        await a.publish(uri(name), number, options=PublishOptions(acknowledge=True))
    assert await prefix.take(2) == [(0,), (2,)], prefix.taken
    assert await wildcard.take(2) == [(0,), (2,)], wildcard.taken


async def a_subscriber_is_told_the_publisher_where_publishers_are_disclosed(a, b, uri):
    publishers = Events()
    options = SubscribeOptions(details_arg="details")
    await b.subscribe(
        lambda details: publishers(details.publisher), uri("disclosed.topic"), options=options
    )
    a.publish(uri("disclosed.topic"))
    assert await publishers.take(1) == [(a.details.session,)], publishers.taken


async def the_last_event_is_kept_for_who_comes_later(a, b, uri):
    retained = PublishOptions(acknowledge=True, retain=True)
    for number in range(2):
        await a.publish(uri("kept"), number, options=retained)
    events = Events()
    options = SubscribeOptions(get_retained=True, details_arg="details")
    await b.subscribe(
        lambda number, details: events(number, details.retained), uri("kept"), options=options
    )
    assert await events.take(1) == [(1, True)], events.taken


async def no_event_comes_after_unsubscribing(a, b, uri):
    events, marks = Events(), Events()
    subscription = await b.subscribe(events, uri("short"))
    await b.subscribe(marks, uri("mark"))
    a.publish(uri("short"), 1)
    await events.take(1)
    await subscription.unsubscribe()
    a.publish(uri("short"), 2)
    a.publish(uri("mark"))
    await marks.take(1)
    assert events.taken == [(1,)], events.taken


async def the_router_knows_its_sessions(a, b, _uri):
    sessions = await a.call("wamp.session.list")
    assert {a.details.session, b.details.session} <= set(sessions), sessions
    assert await a.call("wamp.session.count") == len(sessions)
    session = await a.call("wamp.session.get", b.details.session)
    assert session["session"] == b.details.session, session


async def a_callee_that_leaves_leaves_nobody_waiting(a, b, uri):
    """The last step: b is gone afterwards."""
    invoked = asyncio.Event()

    async def wait():
        invoked.set()
        await forever()

    await b.register(wait, uri("leaver"))
    call = a.call(uri("leaver"))
    await invoked.wait()
    b.leave()
    await refused(call, "wamp.error.canceled")
    await b.left
    await refused(a.call(uri("leaver")), "wamp.error.no_such_procedure")


STEPS = [
    a_call_takes_its_arguments_there_and_its_result_back,
    numbers_of_no_measure_are_numbers,
    an_error_takes_its_uri_and_arguments_back,
    a_procedure_nobody_registered_is_refused,
    a_procedure_is_registered_once,
    an_unregistered_procedure_is_gone,
    the_procedures_of_a_pattern_come_to_one_callee,
    shared_procedures_take_turns,
    of_shared_procedures_the_first_or_the_last_is_called,
    a_callee_is_told_its_caller_where_callers_are_disclosed,
    results_come_in_parts_and_in_order,
    a_canceled_call_interrupts_its_callee,
    a_call_that_takes_too_long_ends,
    calls_in_flight_get_their_own_results_whatever_the_order,
    an_event_reaches_its_subscribers_in_order_and_not_its_publisher,
    a_publisher_may_have_its_own_event,
    an_event_reaches_those_it_is_for_only,
    patterns_subscribe_to_every_topic_they_match,
    a_subscriber_is_told_the_publisher_where_publishers_are_disclosed,
    the_last_event_is_kept_for_who_comes_later,
    no_event_comes_after_unsubscribing,
    the_router_knows_its_sessions,
    a_callee_that_leaves_leaves_nobody_waiting,
]

# What autobahn-python can not do, and why.
CANNOT = {"arguments come in parts": "it sends no CALL in parts"}
