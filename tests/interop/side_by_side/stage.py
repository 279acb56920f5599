"""Situations, and the stage they are played on."""

from login import log_in
from peer import Closed, Peer, Silent, roles_without
from wamp import ABORT, CALL, ERROR, GOODBYE, REGISTER, SUBSCRIBE, in_words, show

REALM = "realm1"
_SITUATIONS = []


def situation(name):
    """Declares a situation: a function that brings it about on a stage."""

    def declare(play):
        _SITUATIONS.append((name, play))
        return play

    return declare


def situations():
    """All situations, in the order of their declaration."""
    return list(_SITUATIONS)


class Stage:
    """The peers of one situation, and what there is to tell of it.

    `uri` is what the names of its procedures and topics begin with.
    """

    def __init__(self, address, number):
        self.address = address
        # What no other situation uses: a router may have kept something of it.
        self.uri = f"com.example.situation{number}"
        self._peers = []
        self._notes = []
        self._names = {}

    async def connect(self, name, **options):
        """A connection without a session."""
        peer = await Peer.connect(name, self.address, **options)
        self._peers.append(peer)
        return peer

    async def join(self, *names, **details):
        """Anonymous sessions of these names; one, if there is one name."""
        peers = [await self._join(name, details) for name in names]
        return peers[0] if len(peers) == 1 else peers

    async def log_in(self, name, authid, **proof):
        """The session of somebody who is known."""
        peer = await self.connect(name)
        await self.log_in_on(peer, authid, **proof)
        return peer

    async def log_in_on(self, peer, authid, **proof):
        """WELCOME, or the ABORT of who is not let in."""
        return await log_in(peer, REALM, roles_without(), authid, **proof)

    async def register(self, peer, procedure, **options):
        """The id of a registration that is made."""
        return (await peer.ask(REGISTER, options, procedure))[2]

    async def subscribe(self, peer, topic, **options):
        """The id of a subscription that is made."""
        return (await peer.ask(SUBSCRIBE, options, topic))[2]

    async def call(self, peer, procedure, *args, **kwargs):
        """The result of a call in the words of the transcript, or its error."""
        answer = await peer.ask(CALL, {}, procedure, list(args), kwargs)
        return f"ERROR {answer[4]}" if answer[0] == ERROR else self.show(answer[3:])

    def call_it(self, name, value):
        """Gives a value that differs each time a name for the transcript."""
        self._names[value] = name

    def say(self, note):
        """Tells something that the messages do not."""
        self._notes.append(note)

    def show(self, value):
        """A value in the words of the transcript."""
        return in_words(value, self._names)

    async def play(self, play):
        """Brings the situation about. Returns what each peer got, in one line."""
        try:
            await play(self)
            for peer in (
                self._peers * 2
            ):  # what the last one said reaches the first in the second round
                await peer.settle()
        except Closed as closed:
            self.say(f"{closed} was waiting for more")
        except Silent as silent:
            self.say(f"{silent} waits in vain")
        parts = self._notes + [part for part in map(self._told, self._peers) if part]
        for peer in self._peers:
            peer.drop()
        return "; ".join(parts).replace(self.uri, "com.example") or "nothing"

    async def _join(self, name, details):
        peer = await self.connect(name)
        welcome = await peer.join(REALM, **details)
        self.call_it(name, peer.session)
        self.call_it(f"authid of {name}", welcome[2].get("authid"))
        return peer

    def _told(self, peer):
        taken = [message for message in peer.taken if not (peer.is_gone and message[0] == GOODBYE)]
        told = [show(message, self._names) for message in taken]
        was_told = any(message[0] in (ABORT, GOODBYE) for message in peer.taken)
        if peer.is_closed and not was_told and not peer.is_gone:
            told.append("closed")
        return f"{peer.name} gets {', '.join(told)}" if told else ""
