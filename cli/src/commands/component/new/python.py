"""The component NAME: a lamp that every device with the grant `NAME` can switch.

    python3 -m pip install autobahn

The daemon starts this program and tells it by the environment where to join, and as whom. Whatever it
prints is shown by `deskconn component logs NAME`.
"""

import os

from autobahn.asyncio.component import Component, run
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallResult

PREFIX = os.environ["DESKCONN_PREFIX"]

component = Component(
    realm=os.environ["DESKCONN_REALM"],
    transports=[
        {
            "type": "websocket",
            "url": "ws://localhost/ws",
            "endpoint": {"type": "unix", "path": os.environ["DESKCONN_SOCKET"]},
        }
    ],
    authentication={
        "ticket": {
            "authid": os.environ["DESKCONN_AUTHID"],
            "ticket": os.environ["DESKCONN_TICKET"],
        }
    },
)


@component.on_join
async def joined(session, details):
    lamp = {"on": False}

    def status():
        return CallResult(**lamp)

    def switch(on=None):
        if not isinstance(on, bool):
            raise ApplicationError(
                "org.deskconn.error.invalid_argument",
                "`on` is true or false",
                hint="-k on=true",
            )
        lamp["on"] = on
        session.publish(PREFIX + "on_change", **lamp)
        return CallResult(**lamp)

    def health():
        """The daemon calls this now and then; a component that does not answer is started again."""

    await session.register(status, PREFIX + "status")
    await session.register(switch, PREFIX + "switch")
    await session.register(health, PREFIX + "health")
    print("ready", flush=True)


if __name__ == "__main__":
    run([component])
