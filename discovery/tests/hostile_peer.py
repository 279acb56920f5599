"""A peer that keeps to no rules: multicasts made-up answers and broken packets. Ends when stdin does.

hostile_peer.py ADDRESS      (stdin: `names`, `noise`, `halves`; says `sent` after each)

`halves` announces an IPv6 address, and tells its IPv4 address only when asked for it.
"""

import random
import socket
import struct
import sys

GROUP = ("224.0.0.251", 5353)
PTR, TXT, A, AAAA, SRV = 12, 16, 1, 28, 33


def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


TYPE = (b"_deskconn", b"_tcp", b"local")


def record(owner, kind, rdata):
    return owner + struct.pack(">HHIH", kind, 1, 120, len(rdata)) + rdata


def message(records):
    return struct.pack(">6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def answer(label, txt, address):
    instance, host = name(label, *TYPE), name(b"evil", b"local")
    family, kind = (socket.AF_INET6, AAAA) if ":" in address else (socket.AF_INET, A)
    return message([
        record(name(*TYPE), PTR, instance),
        record(instance, SRV, struct.pack(">HHH", 0, 0, 5020) + host),
        record(instance, TXT, b"".join(bytes([len(t)]) + t for t in txt)),
        record(host, kind, socket.inet_pton(family, address)),
    ])


def names():
    keys = [b"v=x", b"id=../..", b"pm=maybe", b"\xff\xfe=\xff", b"=", b"x" * 255]
    yield answer("\x1b[31mevil\r\n\u202e".encode(), keys * 20, "10.77.0.66")


def noise():
    chance = random.Random(5353)
    whole = answer(b"noise", [b"v=1"], "10.77.0.66")
    for end in range(len(whole)):
        yield whole[:end]
    for _ in range(300):
        packet = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        yield bytes(packet)
    yield struct.pack(">6H", 0, 0x8400, 0, 65535, 65535, 65535)
    yield struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" * 20


def halves():
    """Waits, after the announcement, for somebody to ask for the other half."""
    yield answer(b"half", [b"v=1"], "fd77::66")
    with opened(GROUP[0]) as group:
        joined = socket.inet_aton(GROUP[0]) + socket.inet_aton(sys.argv[1])
        group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        question = name(b"evil", b"local") + struct.pack(">H", A)
        while question not in group.recv(9000):
            pass
    yield message([record(name(b"evil", b"local"), A, socket.inet_aton("10.77.0.66"))])


def opened(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((address, 5353))
    return sock


def main():
    address = sys.argv[1]
    sock = opened(address)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    for line in sys.stdin:
        for packet in {"names": names, "noise": noise, "halves": halves}[line.strip()]():
            sock.sendto(packet, GROUP)
        print("sent", flush=True)


main()
