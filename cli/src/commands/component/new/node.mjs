// The component NAME: a lamp that every device with the grant `NAME` can switch.
//
//     npm install
//
// The daemon starts this program and tells it by the environment where to join, and as whom. Whatever it
// prints is shown by `deskconn component logs NAME`.

import autobahn from "autobahn";

const { DESKCONN_SOCKET, DESKCONN_REALM, DESKCONN_AUTHID, DESKCONN_TICKET } = process.env;
const PREFIX = process.env.DESKCONN_PREFIX;

const connection = new autobahn.Connection({
  transports: [{ type: "rawsocket", path: DESKCONN_SOCKET }],
  realm: DESKCONN_REALM,
  authid: DESKCONN_AUTHID,
  authmethods: ["ticket"],
  onchallenge: () => DESKCONN_TICKET,
});

connection.onopen = async (session) => {
  const lamp = { on: false };
  const result = () => new autobahn.Result([], { ...lamp });

  const switchTo = (_args, { on }) => {
    if (typeof on !== "boolean") {
      const hint = { hint: "-k on=true" };
      const said = ["`on` is true or false"];
      throw new autobahn.Error("org.deskconn.error.invalid_argument", said, hint);
    }
    lamp.on = on;
    session.publish(`${PREFIX}on_change`, [], { ...lamp });
    return result();
  };

  await session.register(`${PREFIX}status`, result);
  await session.register(`${PREFIX}switch`, switchTo);
  // The daemon calls this now and then; a component that does not answer is started again.
  await session.register(`${PREFIX}health`, () => null);
  console.log("ready");
};

// Without the daemon there is nothing to do; the next one starts this program again.
connection.onclose = () => process.exit(1);

connection.open();
