"""replay.py CAPTURE HOST PORT: says to HOST:PORT what somebody said to that port in a capture of capture.py.

Prints what came back, as text with everything but letters left out, and ends when the other side hangs up.
"""

import socket
import struct
import sys

IPV4, IPV6, ARP, TCP = 0x0800, 0x86DD, 0x0806, 6


def segments(capture, port):
    """What was sent to `port`: source port, sequence number and octets of every segment."""
    at = 0
    while at < len(capture):
        (kind,) = struct.unpack_from("!H", capture, at + 12)
        packet = at + 14
        if kind == IPV4:
            length = struct.unpack_from("!H", capture, packet + 2)[0]
            protocol, segment = capture[packet + 9], packet + 4 * (capture[packet] & 15)
        elif kind == IPV6:
            length = 40 + struct.unpack_from("!H", capture, packet + 4)[0]
            protocol, segment = capture[packet + 6], packet + 40
        elif kind == ARP:
            length, protocol, segment = 28, None, None
        else:
            raise SystemExit(f"a frame of kind {kind:#x} at {at}")
        at = packet + length
        if protocol == TCP:
            source, target, number = struct.unpack_from("!HHI", capture, segment)
            data = capture[segment + 4 * (capture[segment + 12] >> 4) : at]
            if target == port and data:
                yield source, number, data


def main(path, host, port):
    with open(path, "rb") as file:
        said = list(segments(file.read(), port))
    if not said:
        raise SystemExit("nobody said anything to that port")
    client = said[-1][0]
    # What was sent twice is said once.
    stream = dict((number, data) for source, number, data in said if source == client)
    with socket.create_connection((host, port), timeout=30) as connection:
        for _, data in sorted(stream.items()):
            try:
                connection.sendall(data)
            except ConnectionError:
                break
        heard = b""
        try:
            while more := connection.recv(4096):
                heard += more
        except ConnectionError:
            pass
    print("heard", "".join(chr(c) for c in heard if chr(c).isascii() and chr(c).isprintable()))
    print("said", len(stream), "segments; the other side has hung up")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
