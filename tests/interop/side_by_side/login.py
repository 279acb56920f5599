"""How a peer logs in, with autobahn's answers to challenges."""

import inspect
import logging
from types import SimpleNamespace

from autobahn.wamp.auth import create_authenticator
from autobahn.wamp.types import Challenge

from wamp import AUTHENTICATE, CHALLENGE, HELLO, WELCOME

# What autobahn calls the proof of a method.
_PROOFS = {"ticket": "ticket", "wampcra": "secret", "scram": "password", "cryptosign": "privkey"}
# What autobahn asks of a session: its log, and the ids of its channel, of which one without TLS has none.
_SESSION = SimpleNamespace(
    log=logging.getLogger(__name__),
    _transport=SimpleNamespace(transport_details=SimpleNamespace(channel_id={})),
)


async def log_in(peer, realm, roles, authid, **proof):
    """WELCOME, or the ABORT of who is not let in. `proof` is METHOD=SECRET."""
    ((method, secret),) = proof.items()
    # scram puts the authid into what it signs
    named = {"authid": authid} if authid is not None else {}
    authenticator = create_authenticator(method, **named, **{_PROOFS[method]: secret})
    details = {"roles": roles, "authmethods": [method], **named}
    extra = getattr(authenticator, "authextra", None)
    if extra:
        details["authextra"] = extra
    peer.send(HELLO, realm, details)
    said = await peer.first()
    if said[0] == CHALLENGE:
        answer = authenticator.on_challenge(_SESSION, Challenge(said[1], said[2]))
        answer = await answer if inspect.isawaitable(answer) else answer
        peer.send(AUTHENTICATE, answer.decode() if isinstance(answer, bytes) else answer, {})
        said = await peer.first()
    if said[0] == WELCOME:
        peer.session = said[1]
        refusal = authenticator.on_welcome(_SESSION, said[2].get("authextra"))
        assert refusal is None, refusal
    return said
