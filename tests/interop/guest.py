"""guest.py TRANSPORT ADDRESS REALM METHOD AUTHID KEY: a guest of a desk, with autobahn-python.

Logs in by `cryptosign` with the private key KEY, or by `tls` with the certificate that is in ADDRESS. Says in
a line each as whom it has joined, or why not; what the desk is called; what it may not do; and when it has
been thrown out, why. Then it ends.
"""

import asyncio
import sys

import txaio
from autobahn.wamp.exception import ApplicationError
from autobahn_peer import open_peer


async def visit(transport, address, realm, method, authid, key):
    proof = {"authid": authid, "privkey": key} if method == "cryptosign" else {"authid": authid}
    try:
        peer = await open_peer(transport, "json", address, realm, (method, proof))
    except ApplicationError as error:
        say(f"refused: {error.error}")
        return
    except OSError as error:
        say(f"refused: {type(error).__name__}")
        return
    details = peer.details
    say(f"joined as {details.authid} ({details.authrole}) by {details.authmethod}")
    status = await peer.call("org.deskconn.daemon.status")
    say(f"at {status.kwresults['name']}")
    try:
        await peer.call("org.deskconn.daemon.devices")
    except ApplicationError as error:
        say(f"may not: {error.error}")
    say(f"thrown out: {await peer.left}")


def say(line):
    print(line, flush=True)


txaio.use_asyncio()
asyncio.run(visit(*sys.argv[1:]))
