// What any WAMP client may expect of a router, played by two peers `a` and `b`. Whichever library a
// peer is of, it has these methods:
//
//   call(uri, args, kwargs, onPart, options)
//                                       a promise of {args, kwargs}, with a method `cancel`; it
//                                       rejects with {uri, args, kwargs}
//   register(uri, procedure, options)   a promise of how to unregister; `procedure` gets {args, kwargs,
//                                       details} and, if the caller wants parts, what takes a part
//   subscribe(topic, handler, options)  a promise of how to unsubscribe
//   publish(topic, args, kwargs, options), acknowledged
//   leave()                             a promise that the session has ended
//
// and its session's `id`. What a library can not do is in its `cannot`, by the name of the step, with why.

import assert from "node:assert/strict";

const VALUES = [
  [null, true, false, 0, -1, 42, 2 ** 31, 2 ** 40, 2 ** 53 - 1, -(2 ** 53 - 1), 0.1, -1.5e300],
  ["", "zażółć gęślą jaźń", "🐢\u0000\u001f\\\"'\u2028"],
  [[], [[[]]], {}, { a: { "": [1, { ż: null }] } }],
  ["x".repeat(1_000_000)],
];

const echo = ({ args, kwargs }) => ({ args, kwargs });

// The first `count` things given to `take`, then whatever comes later.
const collect = (count) => {
  const taken = [];
  let finish;
  const done = new Promise((resolve) => {
    finish = resolve;
  });
  const take = (thing) => {
    taken.push(thing);
    if (taken.length === count) finish(taken);
  };
  return { take, done, taken };
};

const numbers = (count) => [...Array(count).keys()];

const argsOf = (events) => events.map(({ args }) => args[0]);

const refused = async (promise, uri) => {
  const error = await promise.then(
    (result) => assert.fail(`not refused: ${JSON.stringify(result)}`),
    (error) => error,
  );
  assert.equal(error.uri, uri, `${error}`);
  return error;
};

export const scenario = {
  async "a call takes its arguments there and its result back"(a, b, uri) {
    await b.register(uri("echo"), echo);
    for (const args of VALUES) {
      const result = await a.call(uri("echo"), args, { x: args, ż: 1 });
      assert.deepEqual([...result.args], args);
      assert.deepEqual({ ...result.kwargs }, { x: args, ż: 1 });
    }
  },

  async "a call without arguments has none"(a, b, uri) {
    let seen;
    await b.register(uri("none"), (invocation) => {
      seen = invocation;
      return {};
    });
    const result = await a.call(uri("none"));
    assert.equal(seen.args?.length ?? 0, 0);
    assert.equal(result.args?.length ?? 0, 0);
  },

  async "an error takes its URI and arguments back"(a, b, uri) {
    await b.register(uri("fail"), () => {
      throw { uri: uri("error.made_up"), args: ["no", 7], kwargs: { hint: "żaden" } };
    });
    const error = await refused(a.call(uri("fail"), [1]), uri("error.made_up"));
    assert.deepEqual([...error.args], ["no", 7]);
    assert.deepEqual({ ...error.kwargs }, { hint: "żaden" });
  },

  async "a procedure nobody registered is refused"(a, _b, uri) {
    await refused(a.call(uri("nobody"), [1]), "wamp.error.no_such_procedure");
  },

  async "a procedure is registered once"(a, b, uri) {
    await b.register(uri("taken"), echo);
    await refused(a.register(uri("taken"), echo), "wamp.error.procedure_already_exists");
  },

  async "an unregistered procedure is gone"(a, b, uri) {
    const unregister = await b.register(uri("gone"), echo);
    await a.call(uri("gone"), [1]);
    await unregister();
    await refused(a.call(uri("gone"), [1]), "wamp.error.no_such_procedure");
  },

  async "the procedures of a prefix come to one callee"(a, b, uri) {
    await b.register(uri("prefix"), ({ details }) => ({ args: [details.procedure] }), {
      match: "prefix",
    });
    const result = await a.call(uri("prefix.some.thing"), []);
    assert.deepEqual([...result.args], [uri("prefix.some.thing")]);
  },

  async "of shared procedures the first or the last is called"(a, b, uri) {
    for (const [invoke, expected] of [
      ["first", "a"],
      ["last", "b"],
    ]) {
      await a.register(uri(invoke), () => ({ args: ["a"] }), { invoke });
      await b.register(uri(invoke), () => ({ args: ["b"] }), { invoke });
      const result = await a.call(uri(invoke), []);
      assert.deepEqual([...result.args], [expected]);
    }
  },

  async "a callee is told its caller where callers are disclosed"(a, b, uri) {
    await b.register(uri("disclosed.who"), ({ details }) => ({ args: [details.caller] }));
    const result = await a.call(uri("disclosed.who"), []);
    assert.deepEqual(result.args.map(Number), [a.id]);
  },

  async "results come in parts and in order, where the callee is asked for parts"(a, b, uri) {
    let asked;
    await b.register(uri("parts"), ({ args }, part) => {
      asked = part !== undefined;
      if (asked) for (let i = 0; i < args[0]; i++) part({ args: [i] });
      return { args: ["end"] };
    });
    const parts = collect();
    const result = await a.call(uri("parts"), [20], {}, parts.take);
    assert.deepEqual([...result.args], ["end"]);
    assert.deepEqual(argsOf(parts.taken), asked ? numbers(20) : []);
  },

  async "a canceled call ends at once"(a, b, uri) {
    await b.register(uri("forever"), () => new Promise(() => {}));
    const call = a.call(uri("forever"), []);
    call.cancel();
    await refused(call, "wamp.error.canceled");
  },

  async "a call that takes too long ends"(a, b, uri) {
    await b.register(uri("late"), () => new Promise(() => {}));
    const call = a.call(uri("late"), [], {}, undefined, { timeout: 50 });
    await refused(call, "wamp.error.timeout");
  },

  async "calls in flight get their own results, whatever the order"(a, b, uri) {
    const held = [];
    await b.register(uri("hold"), ({ args }) => {
      const result = new Promise((resolve) => {
        held.push(() => resolve({ args: [args[0] * 2] }));
      });
      if (held.length === 50) {
        for (const answer of held.reverse()) answer();
      }
      return result;
    });
    const results = await Promise.all(numbers(50).map((n) => a.call(uri("hold"), [n])));
    assert.deepEqual(
      argsOf(results),
      numbers(50).map((n) => n * 2),
    );
  },

  async "an event reaches its subscribers in order and not its publisher"(a, b, uri) {
    const atA = collect();
    const atB = collect(100);
    await a.subscribe(uri("topic"), atA.take);
    await b.subscribe(uri("topic"), atB.take);
    for (let i = 0; i < 100; i++) await a.publish(uri("topic"), [i], { ż: [i] });
    const events = await atB.done;
    assert.deepEqual(argsOf(events), numbers(100));
    assert.deepEqual({ ...events[99].kwargs }, { ż: [99] });
    // What the broker had for a came before this.
    await a.call("wamp.session.count", []);
    assert.equal(atA.taken.length, 0);
  },

  async "a publisher may have its own event"(a, _b, uri) {
    const events = collect(1);
    await a.subscribe(uri("own"), events.take);
    await a.publish(uri("own"), ["mine"], {}, { exclude_me: false });
    assert.deepEqual(argsOf(await events.done), ["mine"]);
  },

  async "an event reaches those it is for only"(a, b, uri) {
    const events = collect(2);
    await b.subscribe(uri("for"), events.take);
    await a.publish(uri("for"), ["b"], {}, { eligible: [b.id] });
    await a.publish(uri("for"), ["a"], {}, { eligible: [a.id] });
    await a.publish(uri("for"), ["not b"], {}, { exclude: [b.id] });
    await a.publish(uri("for"), ["all"]);
    assert.deepEqual(argsOf(await events.done), ["b", "all"]);
  },

  async "patterns subscribe to every topic they match"(a, b, uri) {
    const prefix = collect(2);
    const wildcard = collect(2);
    await b.subscribe(uri("pattern"), prefix.take, { match: "prefix" });
    await b.subscribe(uri("pattern..end"), wildcard.take, { match: "wildcard" });
    await a.publish(uri("pattern.x.end"), [1]);
    await a.publish(uri("other.x.end"), [2]);
    await a.publish(uri("pattern.y.end"), [3]);
    assert.deepEqual(argsOf(await prefix.done), [1, 3]);
    assert.deepEqual(argsOf(await wildcard.done), [1, 3]);
    assert.equal(prefix.taken[0].details.topic, uri("pattern.x.end"));
  },

  async "the last event is kept for who comes later"(a, b, uri) {
    await a.publish(uri("kept"), [1], {}, { retain: true });
    await a.publish(uri("kept"), [2], {}, { retain: true });
    const events = collect(1);
    await b.subscribe(uri("kept"), events.take, { get_retained: true });
    assert.deepEqual(argsOf(await events.done), [2]);
  },

  async "a subscriber is told the publisher where publishers are disclosed"(a, b, uri) {
    const events = collect(1);
    await b.subscribe(uri("disclosed.topic"), events.take);
    await a.publish(uri("disclosed.topic"), []);
    const [{ details }] = await events.done;
    assert.equal(Number(details.publisher), a.id);
  },

  async "no event comes after unsubscribing"(a, b, uri) {
    const events = collect(1);
    const marks = collect(1);
    const unsubscribe = await b.subscribe(uri("short"), events.take);
    await b.subscribe(uri("mark"), marks.take);
    await a.publish(uri("short"), [1]);
    await events.done;
    await unsubscribe();
    await a.publish(uri("short"), [2]);
    await a.publish(uri("mark"), []);
    await marks.done;
    assert.deepEqual(argsOf(events.taken), [1]);
  },

  async "the router counts its sessions"(a, _b) {
    const result = await a.call("wamp.session.list", []);
    assert.ok(result.args[0].map(Number).includes(a.id));
  },

  // Last: b is gone afterwards.
  async "a callee that leaves leaves nobody waiting"(a, b, uri) {
    let invoked;
    const invocation = new Promise((resolve) => {
      invoked = resolve;
    });
    await b.register(uri("leaver"), () => {
      invoked();
      return new Promise(() => {});
    });
    const call = a.call(uri("leaver"), []);
    const outcome = refused(call, "wamp.error.canceled");
    await invocation;
    await b.leave();
    await outcome;
    await refused(a.call(uri("leaver"), []), "wamp.error.no_such_procedure");
  },
};
