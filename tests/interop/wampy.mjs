// wampy as a peer of the scenario.

import { Wampy } from "wampy";
import { CborSerializer } from "wampy/CborSerializer.js";
import { JsonSerializer } from "wampy/JsonSerializer.js";
import { MsgpackSerializer } from "wampy/MsgpackSerializer.js";
import WebSocket from "ws";

const serializers = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };

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

export const open = async (url, realm, serializer) => {
  const wampy = new Wampy("ws://localhost/ws", {
    realm,
    serializer: new serializers[serializer](),
    autoReconnect: false,
    // wampy takes no other URLs than ws: and wss:, so the real one is put in here.
    ws: class extends WebSocket {
      constructor(_url, protocols) {
        super(url, protocols);
      }
    },
  });
  const welcome = await wampy.connect();
  return peer(wampy, welcome);
};

const peer = (wampy, welcome) => ({
  id: wampy.getSessionId?.() ?? welcome.session ?? welcome.sessionId,

  call(uri, args, kwargs, onPart) {
    const options = onPart ? { progress_callback: (part) => onPart(payload(part)) } : {};
    const call = wampy.call(uri, toWampy({ args, kwargs }), options);
    const { reqId } = wampy.getOpStatus();
    const cancel = () => wampy.cancel(reqId, { mode: "kill" });
    return Object.assign(call.then(payload, failure), { cancel });
  },

  async register(uri, procedure, options) {
    const endpoint = async (invocation) => {
      const part = (part) =>
        invocation.result_handler({ ...toWampy(part), options: { progress: true } });
      try {
        const { receive_progress } = invocation.details;
        return toWampy(await procedure(payload(invocation), receive_progress && part));
      } catch (error) {
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

  publish: (topic, args, kwargs, options) =>
    wampy.publish(topic, toWampy({ args, kwargs }), options),

  leave: () => wampy.disconnect(),
});
