"""A component that does what it is told, all of it bad: hangs, floods, takes what is not its own, looks around.

Run by tests/tests/e2e/third_party.rs and sandbox.rs.
"""

import os
import signal
import socket
import sys
import time

from autobahn.asyncio.component import Component, run
from autobahn.wamp.exception import ApplicationError

PREFIX = os.environ["DESKCONN_PREFIX"]
TRANSPORT = {
    "type": "websocket",
    "url": "ws://localhost/ws",
    "endpoint": {"type": "unix", "path": os.environ["DESKCONN_SOCKET"]},
}

component = Component(
    realm=os.environ["DESKCONN_REALM"],
    transports=[TRANSPORT],
    authentication={
        "ticket": {
            "authid": os.environ["DESKCONN_AUTHID"],
            "ticket": os.environ["DESKCONN_TICKET"],
        }
    },
)


def health():
    """That it answers is the answer."""


def pid():
    return os.getpid()


def hang():
    """Stops the event loop, and with it everything."""
    time.sleep(10_000)


def write(megabytes):
    """Writes far more than anybody wants to read."""
    line = "x" * 1023
    for _ in range(megabytes * 1024):
        print(line)
    sys.stdout.flush()


def tried(attempt):
    """What comes of an attempt: `done`, or what the system says."""
    try:
        attempt()
    except OSError as error:
        return error.strerror
    return "done"


def read(path):
    return tried(lambda: open(path).close())


def change(path):
    return tried(lambda: open(path, "a").close())


def reach(port):
    return tried(lambda: socket.create_connection(("127.0.0.1", port)).close())


def interrupt(process):
    return tried(lambda: os.kill(process, signal.SIGCONT))


@component.on_join
async def joined(session, details):
    print(f"joined as {details.authid}", flush=True)

    async def take(procedure):
        """Registers what is not its own; tells what came of it."""
        try:
            await session.register(health, procedure)
        except ApplicationError as error:
            return error.error
        return "registered"

    def say(topic, times):
        for number in range(times):
            session.publish(topic, number)

    # Who gets an answer from the last one finds the others there.
    looking = (read, change, reach, interrupt)
    for procedure in (health, hang, write, take, say, *looking, pid):
        await session.register(procedure, PREFIX + procedure.__name__)


if __name__ == "__main__":
    run([component])
