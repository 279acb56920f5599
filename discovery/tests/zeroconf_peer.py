"""A foreign mDNS peer: python-zeroconf, announcing or browsing _deskconn._tcp. Ends when stdin does.

zeroconf_peer.py browse ADDRESS
zeroconf_peer.py announce ADDRESS INSTANCE PORT [KEY=VALUE...]      (stdin: KEY=VALUE... replaces the TXT record)
"""

import socket
import sys

from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

TYPE = "_deskconn._tcp.local."


def say(line):
    print(line, flush=True)


class Listener(ServiceListener):
    def add_service(self, zc, type_, name):
        self.tell("added", zc, type_, name)

    def update_service(self, zc, type_, name):
        self.tell("updated", zc, type_, name)

    def remove_service(self, zc, type_, name):
        say(f"removed {name}")

    def tell(self, what, zc, type_, name):
        info = zc.get_service_info(type_, name, 10_000)
        if info is None:
            say(f"unresolved {name}")
            return
        txt = " ".join(f"{k.decode()}={v.decode()}" for k, v in sorted(info.properties.items()))
        addresses = ",".join(sorted(info.parsed_addresses()))
        say(f"{what} {name} port={info.port} addresses={addresses} {txt}")


def browse(zc):
    ServiceBrowser(zc, TYPE, Listener())
    say("browsing")
    sys.stdin.read()


def announce(zc, address, instance, port, pairs):
    def info(pairs):
        return ServiceInfo(
            TYPE,
            f"{instance}.{TYPE}",
            addresses=[socket.inet_aton(address)],
            port=int(port),
            properties=dict(pair.split("=", 1) for pair in pairs),
            server="python-peer.local.",
        )

    zc.register_service(info(pairs))
    say("announced")
    for line in sys.stdin:
        zc.update_service(info(line.split()))
        say("updated")
    zc.unregister_all_services()


def main():
    verb, address, *rest = sys.argv[1:]
    zc = Zeroconf(interfaces=[address])
    try:
        if verb == "browse":
            browse(zc)
        else:
            instance, port, *pairs = rest
            announce(zc, address, instance, port, pairs)
    finally:
        zc.close()
    say("gone")


main()
