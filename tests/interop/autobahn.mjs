// autobahn-js as a peer of the scenario.

import { XMLHttpRequest } from "./xhr.mjs";

// Node 22 brings a WebSocket of its own, which can not reach a Unix socket; autobahn then takes `ws`.
delete globalThis.WebSocket;
// It warns of every connection that ends.
console.warn = () => {};
globalThis.XMLHttpRequest ??= XMLHttpRequest;
const { default: autobahn } = await import("autobahn");
const { default: nacl } = await import("tweetnacl");

const serializers = {
  json: autobahn.serializer.JSONSerializer,
  msgpack: autobahn.serializer.MsgpackSerializer,
  cbor: autobahn.serializer.CBORSerializer,
};

/** What it can not do, and why. */
export const cannot = {
  "arguments come in parts": "it sends no CALL in parts",
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

const transport = (url, serializer) => {
  const [scheme, ...where] = url.split(":");
  switch (scheme) {
    case "unix": // of RawSocket it has JSON only
      return { type: "rawsocket", path: where.join(":") };
    case "tcp":
      return { type: "rawsocket", host: where[0], port: Number(where[1]) };
    case "http": // long-poll, of which it has JSON only
      return { type: "longpoll", url };
    default:
      return { type: "websocket", url, serializers: [new serializers[serializer]()] };
  }
};

export const open = (url, realm, serializer, login) => {
  const joined = withResolvers();
  const left = withResolvers();
  const connection = new autobahn.Connection({
    transports: [transport(url, serializer)],
    realm,
    ...(login && loginOptions(login)),
    max_retries: 0,
    use_deferred: deferred,
    on_user_error: () => {}, // the scenario's procedures fail on purpose
  });
  connection.onopen = (session, details) =>
    joined.resolve(peer(session, details, connection, left.promise));
  connection.onclose = (reason, details) => {
    joined.reject(new Error(`${reason}: ${JSON.stringify(details)}`));
    left.resolve(details.reason);
    return true; // do not connect again
  };
  connection.open();
  return joined.promise;
};

// What the router asks, answered for somebody with a ticket, a secret or a key.
const loginOptions = ({ method, authid, secret }) => {
  const key = method === "cryptosign" ? keyOf(secret) : undefined;
  return {
    authmethods: [method],
    authid,
    authextra: key && { pubkey: autobahn.auth_cryptosign.public_key(key) },
    onchallenge: (_session, _method, extra) => answers[method](secret, extra),
  };
};

const keyOf = (secret) => nacl.sign.keyPair.fromSeed(Buffer.from(secret, "hex"));

const answers = {
  ticket: (secret) => secret,
  wampcra: (secret, { challenge, salt, iterations, keylen }) => {
    const { derive_key, sign } = autobahn.auth_cra;
    return sign(salt ? derive_key(secret, salt, iterations, keylen) : secret, challenge);
  },
  cryptosign: (secret, extra) => autobahn.auth_cryptosign.sign_challenge(keyOf(secret), extra),
};

const peer = (session, { authid, authrole, authmethod }, connection, left) => ({
  id: session.id,
  principal: { authid, authrole, authmethod },

  call(uri, args, kwargs, onPart, options) {
    const parts = onPart ? { receive_progress: true } : {};
    const call = session.call(uri, args, kwargs, { ...parts, ...options });
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
