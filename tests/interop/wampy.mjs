// wampy as a peer of the scenario.

import nacl from "tweetnacl";
import { Wampy } from "wampy";
import { CborSerializer } from "wampy/CborSerializer.js";
import { JsonSerializer } from "wampy/JsonSerializer.js";
import { MsgpackSerializer } from "wampy/MsgpackSerializer.js";
import * as cryptosign from "wampy/cryptosign.js";
import * as wampcra from "wampy/wampcra.js";
import WebSocket from "ws";

/** What it can not do, and why. */
export const cannot = {
  "arguments come in parts":
    "it announces no progressive_call_invocations, and sends parts all the same",
  "the last event is kept for who comes later": "it leaves out retain: true",
  "a publisher may have its own event": "it leaves out exclude_me: false",
};

// Its MessagePack and CBOR write numbers beyond 32 bits as floats, which no id may be.
const idFor = { json: Number, msgpack: BigInt, cbor: BigInt };

// It puts options nobody gave into SUBSCRIBE, as `undefined`; JSON leaves these out, and so do the
// others here.
const withoutUndefined = (Serializer) =>
  class extends Serializer {
    encode(message) {
      return super.encode(message.map(defined));
    }
  };

const defined = (field) =>
  field?.constructor === Object
    ? Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined))
    : field;

const serializers = {
  json: JsonSerializer,
  msgpack: withoutUndefined(MsgpackSerializer),
  cbor: withoutUndefined(CborSerializer),
};

const payload = ({ argsList, argsDict, details }) => ({
  args: argsList ?? [],
  kwargs: argsDict ?? {},
  details,
});

const toWampy = ({ args, kwargs }) => ({ argsList: args ?? [], argsDict: kwargs ?? {} });

const failure = (error) =>
  Promise.reject(
    error.errorUri ? { uri: error.errorUri, args: error.argsList, kwargs: error.argsDict } : error,
  );

// What the router asks, answered for somebody with a ticket, a secret or a key.
const loginOptions = ({ method, authid, secret }) => ({
  authid,
  authmethods: [method],
  authextra: method === "cryptosign" ? { pubkey: publicKey(secret) } : {},
  onChallenge: answers[method](secret),
});

const publicKey = (secret) =>
  Buffer.from(nacl.sign.keyPair.fromSeed(Buffer.from(secret, "hex")).publicKey).toString("hex");

const answers = {
  ticket: (secret) => () => secret,
  wampcra: wampcra.sign,
  cryptosign: cryptosign.sign,
};

export const open = async (url, realm, serializer, login) => {
  const wampy = new Wampy("ws://localhost/ws", {
    realm,
    serializer: new serializers[serializer](),
    autoReconnect: false,
    ...(login && loginOptions(login)),
    // wampy takes no other URLs than ws: and wss:, so the real one is put in here.
    ws: class extends WebSocket {
      constructor(_url, protocols) {
        super(url, protocols);
      }
    },
  });
  const welcome = await wampy.connect();
  return peer(wampy, welcome, idFor[serializer]);
};

const peer = (wampy, { authid, authrole, authmethod }, toId) => ({
  id: Number(wampy._cache.sessionId), // which it tells nobody
  principal: { authid, authrole, authmethod },

  call(uri, args, kwargs, onPart, given = {}) {
    const parts = onPart ? { progress_callback: (part) => onPart(payload(part)) } : {};
    const options = { ...parts, ...given };
    const call = wampy.call(uri, toWampy({ args, kwargs }), options);
    const { reqId } = wampy.getOpStatus();
    const cancel = () => wampy.cancel(reqId, { mode: "kill" });
    return Object.assign(call.then(payload, failure), { cancel });
  },

  async register(uri, procedure, options) {
    const endpoint = async (invocation) => {
      const { details, result_handler } = invocation;
      const part = (part) => result_handler({ ...toWampy(part), options: { progress: true } });
      try {
        const asked = details.receive_progress ? part : undefined;
        return toWampy(await procedure(payload(invocation), asked));
      } catch (error) {
        if (!error.uri) throw error;
        throw { error: error.uri, ...toWampy(error) };
      }
    };
    await wampy.register(uri, endpoint, options).catch(failure);
    return () => wampy.unregister(uri);
  },

  async subscribe(topic, handler, options) {
    const onEvent = (event) => handler(payload(event));
    const { subscriptionKey } = await wampy.subscribe(topic, onEvent, options);
    return () => wampy.unsubscribe(subscriptionKey, onEvent);
  },

  publish(topic, args, kwargs, options = {}) {
    const receivers = Object.entries(options).filter(([, value]) => Array.isArray(value));
    const ids = Object.fromEntries(receivers.map(([key, ids]) => [key, ids.map(toId)]));
    return wampy.publish(topic, toWampy({ args, kwargs }), { ...options, ...ids });
  },

  leave: () => wampy.disconnect(),
});
