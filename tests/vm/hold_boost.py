"""Has the screens bright, as a program of the owner's, until it is ended: hold_boost.py SOCKET PERCENT."""

import json
import socket
import struct
import sys


def main():
    path, percent = sys.argv[1:]
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    octets = link.makefile("rwb")
    # WAMP over RawSocket, JSON.
    octets.write(bytes([0x7F, 0xF1, 0, 0]))
    octets.flush()
    octets.read(4)

    def ask(message):
        text = json.dumps(message).encode()
        octets.write(struct.pack(">I", len(text)) + text)
        octets.flush()
        (length,) = struct.unpack(">I", octets.read(4))
        return json.loads(octets.read(length))

    ask([1, "deskconn", {"roles": {"caller": {}}}])
    boost = "org.deskconn.screen.brightness.boost"
    answer = ask([48, 1, {}, boost, [], {"percent": int(percent)}])
    print("boosted" if answer[0] == 50 else answer, flush=True)
    octets.read()


main()
