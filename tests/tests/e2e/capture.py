"""Writes every frame that passes eth0 to a file, one after another, until SIGTERM."""

import select
import signal
import socket
import sys

ETH_P_ALL = 3


def main(path):
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    frames.bind(("eth0", 0))
    stopping, stop = socket.socketpair()
    stop.setblocking(False)
    signal.set_wakeup_fd(stop.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    frames.setblocking(False)
    print("capturing", flush=True)
    with open(path, "wb") as file:
        while True:
            ready, _, _ = select.select([frames, stopping], [], [])
            while frames in ready:
                try:
                    file.write(frames.recv(1 << 16))
                except BlockingIOError:
                    break
            if stopping in ready:
                return


main(sys.argv[1])
