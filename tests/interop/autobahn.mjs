// autobahn-js as a peer of the scenario.

// Node 22 brings a WebSocket of its own, which can not reach a Unix socket; autobahn then takes `ws`.
delete globalThis.WebSocket;
// It warns of every connection that ends.
console.warn = () => {};
const { default: autobahn } = await import("autobahn");

const serializers = {
  json: autobahn.serializer.JSONSerializer,
  msgpack: autobahn.serializer.MsgpackSerializer,
  cbor: autobahn.serializer.CBORSerializer,
};

// A deferred whose promise tells of results in parts.
const deferred = () => {
  const { promise, resolve, reject } = withResolvers();
  promise.onPart = () => {};
  return { promise, resolve, reject, notify: (part) => promise.onPart(part) };
};

const withResolvers = () => {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};

const payload = (result) =>
  result instanceof autobahn.Result
    ? { args: result.args, kwargs: result.kwargs }
    : { args: result === null || result === undefined ? [] : [result], kwargs: {} };

const failure = ({ error, args, kwargs }) => ({ uri: error, args, kwargs });

export const open = (url, realm, serializer) => {
  const joined = withResolvers();
  const left = withResolvers();
  const connection = new autobahn.Connection({
    transports: [{ type: "websocket", url, serializers: [new serializers[serializer]()] }],
    realm,
    max_retries: 0,
    use_deferred: deferred,
    on_user_error: () => {}, // the scenario's procedures fail on purpose
  });
  connection.onopen = (session) => joined.resolve(peer(session, connection, left.promise));
  connection.onclose = (reason, details) => {
    joined.reject(new Error(`${reason}: ${JSON.stringify(details)}`));
    left.resolve(details.reason);
    return true; // do not connect again
  };
  connection.open();
  return joined.promise;
};

const peer = (session, connection, left) => ({
  id: session.id,

  call(uri, args, kwargs, onPart) {
    const call = session.call(uri, args, kwargs, onPart ? { receive_progress: true } : {});
    call.onPart = (part) => onPart(payload(part));
    const result = call.then(payload, (error) => Promise.reject(failure(error)));
    return Object.assign(result, { cancel: () => call.cancel({ mode: "kill" }) });
  },

  async register(uri, procedure, options) {
    const endpoint = async (args, kwargs, details) => {
      try {
        const { progress } = details;
        const part = progress ? ({ args, kwargs }) => progress(args, kwargs) : undefined;
        const result = await procedure({ args, kwargs, details }, part);
        return new autobahn.Result(result.args ?? [], result.kwargs ?? {});
      } catch (error) {
        if (!error.uri) throw error;
        throw new autobahn.Error(error.uri, error.args, error.kwargs);
      }
    };
    const registration = await session.register(uri, endpoint, options).catch((error) => {
      throw failure(error);
    });
    return () => session.unregister(registration);
  },

  async subscribe(topic, handler, options) {
    const onEvent = (args, kwargs, details) => handler({ args, kwargs, details });
    const subscription = await session.subscribe(topic, onEvent, options);
    return () => session.unsubscribe(subscription);
  },

  publish: (topic, args, kwargs, options) =>
    session.publish(topic, args, kwargs, { acknowledge: true, ...options }),

  leave() {
    connection.close();
    return left;
  },
});
