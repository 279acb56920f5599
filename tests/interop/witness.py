"""witness.py TRANSPORT ADDRESS REALM SERIALIZER...: plays the scenario with autobahn-python.

TRANSPORT is websocket or rawsocket, ADDRESS is unix:SOCKET, tcp:HOST:PORT or tls:HOST:PORT:AUTHORITY, the
last a file with the certificate to trust. SERIALIZER is json, msgpack or cbor; over websocket json.batched
and so on as well. Prints TAP; exit status 1 if something failed.
"""

import asyncio
import sys
import traceback

import txaio
from autobahn_peer import BATCHED, open_peer
from scenario import CANNOT, STEPS

LIMIT_SECONDS = 20
MAX_LATE = 2
NEXT = {"json": "msgpack", "msgpack": "cbor", "cbor": "json"}


def within(awaitable):
    return asyncio.wait_for(awaitable, LIMIT_SECONDS)


async def main(transport, address, realm, *serializers):
    loop = txaio.config.loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # of invocations that wait until they are cut off
    # Peers of one serializer, and peers whose messages the router must translate.
    pairs = [
        (one, other) for one in serializers for other in [one, NEXT[one.removesuffix(BATCHED)]]
    ]
    number = failed = late = 0
    print(f"1..{len(pairs) * (len(STEPS) + len(CANNOT))}")
    for one, other in pairs:
        a = await within(open_peer(transport, one, address, realm))
        b = await within(open_peer(transport, other, address, realm))
        family = f"com.example.python.{transport}_{one}_{other}".replace(BATCHED, "_batched")

        def uri(name, family=family):
            # What is disclosed is so by its name, in the router's configuration.
            if name.startswith("disclosed."):
                return family.replace("com.example.", "com.example.disclosed.") + f".{name}"
            return f"{family}.{name}"

        for step in STEPS:
            number += 1
            line = f"{number} - {one} to {other}: {step.__name__.replace('_', ' ')}"
            try:
                await within(step(a, b, uri))
                print(f"ok {line}")
            except Exception as error:
                failed += 1
                late += isinstance(error, TimeoutError)
                print(f"not ok {line}")
                print("# " + traceback.format_exc().strip().replace("\n", "\n# "))
                if late == MAX_LATE:
                    print("Bail out! The router keeps the steps waiting")
                    return failed
        for name, why in CANNOT.items():
            number += 1
            print(f"ok {number} - {one} to {other}: {name} # SKIP {why}")
        a.leave()
        await within(a.left)
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(*sys.argv[1:])) else 0)
