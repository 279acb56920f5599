"""Who gets in, by which method, and what is told to who does not."""

from stage import REALM, situation
from wamp import ABORT, AUTHENTICATE, CHALLENGE, HELLO, in_words

CHRIS = "07" * 32


def _logs_in(name, authid, **proof):
    @situation(name)
    async def _(stage):
        peer = await stage.connect("peer")
        welcome = await stage.log_in_on(peer, authid, **proof)
        if welcome[0] == ABORT:
            peer.taken.append(welcome)
            return
        known = ["authid", "authrole", "authmethod"]
        stage.say(in_words({key: welcome[2].get(key) for key in known}, {}))


_logs_in("ticket", "tina", ticket="tina's ticket")
_logs_in("a wrong ticket", "tina", ticket="another's ticket")
_logs_in("wampcra", "carla", wampcra="carla's secret")
_logs_in("wampcra with a wrong secret", "carla", wampcra="another's secret")
_logs_in("wampcra, salted", "salty", wampcra="salty's secret")
_logs_in("wampcra, salted, with a wrong secret", "salty", wampcra="another's secret")
_logs_in("scram", "sally", scram="sally's password")
_logs_in("scram with a wrong password", "sally", scram="another's password")
_logs_in("cryptosign", "chris", cryptosign=CHRIS)
_logs_in("cryptosign by key alone", None, cryptosign=CHRIS)
_logs_in("cryptosign with the wrong key", "chris", cryptosign="08" * 32)


@situation("somebody nobody knows, who can log in by every method")
async def _(stage):
    peer = await stage.connect("peer")
    methods = ["ticket", "wampcra", "scram", "cryptosign"]
    extra = {"nonce": "AAECAwQFBgcICQoLDA0ODw==", "pubkey": "07" * 32}
    details = {"authmethods": methods, "authid": "nobody", "authextra": extra}
    peer.send(HELLO, REALM, {"roles": {"caller": {}}, **details})
    said = await peer.first()
    stage.say("is challenged" if said[0] == CHALLENGE else "is turned away at once")


@situation("anonymous, by name")
async def _(stage):
    peer = await stage.connect("peer")
    welcome = await peer.join(REALM, authmethods=["anonymous"])
    stage.say(in_words({key: welcome[2].get(key) for key in ["authrole", "authmethod"]}, {}))


@situation("anonymous, with an authid that is somebody's")
async def _(stage):
    peer = await stage.connect("peer")
    welcome = await peer.join(REALM, authmethods=["anonymous"], authid="tina")
    as_tina = welcome[2].get("authid") == "tina"
    stage.say("welcome as tina" if as_tina else "welcome as somebody else")


@situation("a method nobody knows")
async def _(stage):
    await _hello(stage, authmethods=["telepathy"], authid="tina")


@situation("a method nobody knows, then one that works")
async def _(stage):
    await _hello(stage, authmethods=["telepathy", "ticket"], authid="tina")


@situation("ticket without an authid")
async def _(stage):
    await _hello(stage, authmethods=["ticket"])


@situation("ticket for a role that is not the user's")
async def _(stage):
    await _hello(stage, authmethods=["ticket"], authid="tina", authrole="listener")


async def _hello(stage, **details):
    peer = await stage.connect("peer")
    peer.send(HELLO, REALM, {"roles": {"caller": {}}, **details})
    await peer.answered()


@situation("another message instead of AUTHENTICATE")
async def _(stage):
    peer = await stage.connect("peer")
    peer.send(HELLO, REALM, {"roles": {"caller": {}}, "authmethods": ["ticket"], "authid": "tina"})
    await peer.expect(CHALLENGE)
    peer.send(HELLO, REALM, {"roles": {"caller": {}}, "authmethods": ["anonymous"]})
    await peer.answered()


@situation("AUTHENTICATE without a challenge")
async def _(stage):
    peer = await stage.connect("peer")
    peer.send(AUTHENTICATE, "tina's ticket", {})
    await peer.answered()
