"""logins.py TRANSPORT ADDRESS REALM: logs in with autobahn-python, by every method it has.

The router knows the users of `router.toml`. Prints TAP; exit status 1 if something failed.
"""

import asyncio
import sys

import txaio
from autobahn.wamp.exception import ApplicationError
from autobahn_peer import open_peer

LIMIT_SECONDS = 20
CHRIS = "07" * 32  # the private key of chris

# Method, whether its secret is salted, what is right, and what is wrong.
LOGINS = [
    ("ticket", "", {"authid": "tina", "ticket": "tina's ticket"}, {"ticket": "another's ticket"}),
    (
        "wampcra",
        "",
        {"authid": "carla", "secret": "carla's secret"},
        {"secret": "another's secret"},
    ),
    (
        "wampcra",
        "salted ",
        {"authid": "salty", "secret": "salty's secret"},
        {"secret": "another's"},
    ),
    ("scram", "", {"authid": "sally", "password": "sally's password"}, {"password": "another's"}),
    ("cryptosign", "", {"authid": "chris", "privkey": CHRIS}, {"privkey": "08" * 32}),
]


def checks(log_in):
    """What is to be tried, by name; `log_in` takes a method and its proof, or nothing."""

    async def welcome(method, proof, authrole="user"):
        peer = await log_in((method, dict(proof)))
        details = peer.details
        said = (details.authmethod, details.authid, details.authrole)
        assert said == (method, proof.get("authid", "chris"), authrole), said
        assert await peer.call("wamp.session.count") >= 1
        await leave(peer)

    async def refused(method, proof):
        try:
            await log_in((method, dict(proof)))
        except ApplicationError as error:
            assert error.error.startswith("wamp.error."), error.error
            return
        raise AssertionError("it was let in")

    async def anonymous():
        peer = await log_in(None)
        said = (peer.details.authmethod, peer.details.authrole)
        assert said == ("anonymous", "guest"), said
        await leave(peer)

    async def leave(peer):
        peer.leave()
        await peer.left

    yield "anonymous", anonymous()
    for method, salted, right, wrong in LOGINS:
        name = f"{salted}{method} of"
        yield f"{name} {right['authid']}", welcome(method, right)
        yield f"{name} {right['authid']}, wrong", refused(method, {**right, **wrong})
        yield f"{name} somebody nobody knows", refused(method, {**right, "authid": "nobody"})
    yield "cryptosign by key alone", welcome("cryptosign", {"privkey": CHRIS})


async def main(transport, address, realm):
    txaio.config.loop = asyncio.get_running_loop()
    number = failed = 0
    for name, check in checks(lambda login: open_peer(transport, "json", address, realm, login)):
        number += 1
        try:
            await asyncio.wait_for(check, LIMIT_SECONDS)
            print(f"ok {number} - {name}")
        except Exception as error:
            failed += 1
            print(f"not ok {number} - {name}\n# {error!r}")
    print(f"1..{number}")
    return failed


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(*sys.argv[1:])) else 0)
