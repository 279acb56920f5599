"""play.py ADDRESS: brings a router into situations and prints what it does, one line each.

ADDRESS is unix:SOCKET or tcp:HOST:PORT of a router that is set up as `crossbar.json` says, or `router.toml`.
"""

import asyncio
import importlib
import sys

import txaio
from stage import Stage, situations

PARTS = [
    "sessions",
    "malformed",
    "calling",
    "registering",
    "canceling",
    "progress",
    "events",
    "receivers",
    "keeping",
    "meta",
    "testaments",
    "permissions",
    "logins",
]


async def main(address):
    txaio.config.loop = asyncio.get_running_loop()
    for part in PARTS:
        importlib.import_module(f"situations.{part}")
    for number, (name, play) in enumerate(situations()):
        print(f"{name}: {await Stage(address, number).play(play)}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
