"""A desktop on a bus of its own, made of python-dbusmock's objects.

desktop.py CONTROL PART...  plays the parts: logind, logind-locks, notifications, plasma, players, portal,
portal-declines, portal-fails, portal-silent, saver, upower. The bus is that of DBUS_SESSION_BUS_ADDRESS. What is
called is printed, a line each, as dbusmock does. What is written to the pipe CONTROL, a list in JSON each line,
happens: ["update", PATH, INTERFACE, {PROPERTY: VALUE}], or ["signal", PATH, INTERFACE, NAME, SIGNATURE, [VALUE...]].
"""

import json
import os
import sys

import dbus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from dbusmock import mockobject
from gi.repository import GLib

LOGIND = "org.freedesktop.login1"
SESSION = "/org/freedesktop/login1/session/c1"


def mock(bus, name, path, interface, properties=None):
    """An object that owns `name`."""
    name = dbus.service.BusName(name, bus, allow_replacement=False, do_not_queue=True)
    made = mockobject.DBusMockObject(name, path, interface, properties or {})
    mockobject.objects[path] = made
    return made


def logind(bus, locks=False):
    """One session, c1; with `locks` its desktop locks and unlocks when it is told to."""
    manager = mock(bus, LOGIND, "/org/freedesktop/login1", LOGIND + ".Manager")
    manager.AddTemplate("logind", {})
    manager.AddSession("c1", "seat0", os.getuid(), "alice", True)
    session = mockobject.objects[SESSION]
    manager.AddObject(
        "/org/freedesktop/login1/session/auto",
        LOGIND + ".Session",
        session.props[LOGIND + ".Session"],
        [("SetBrightness", "ssu", "", "")],
    )
    session.AddMethod("", "SetBrightness", "ssu", "", "")
    if locks:
        for name, hint in [("Lock", True), ("Unlock", False)]:
            code = f"self.UpdateProperties('', {{'LockedHint': dbus.Boolean({hint})}})"
            session.AddMethod("", name, "", "", code)


def notifications(bus):
    """Who shows notifications, with markup and buttons."""
    name = "org.freedesktop.Notifications"
    shows = mock(bus, name, "/org/freedesktop/Notifications", name)
    shows.AddTemplate("notification_daemon", {"capabilities": "actions body body-markup"})


def plasma(bus):
    """A panel and a monitor."""
    name, path = "org.kde.ScreenBrightness", "/org/kde/ScreenBrightness"
    displays = dbus.Array(["display0", "display1"], signature="s")
    root = mock(bus, name, path, name, {"DisplaysDBusNames": displays})
    for number, label in enumerate(["Built-in Screen", "ACME 27"]):
        root.AddObject(
            f"{path}/display{number}",
            name + ".Display",
            {
                "Label": label,
                "IsInternal": number == 0,
                "Brightness": dbus.Int32(5000),
                "MaxBrightness": dbus.Int32(10000),
            },
            [("SetBrightness", "iu", "", "self.UpdateProperties('', {'Brightness': args[0]})")],
        )


def players(bus):
    """One that plays, with a picture beside the pipe, and one that is paused."""
    interface, path = "org.mpris.MediaPlayer2", "/org/mpris/MediaPlayer2"
    verbs = [(verb, "", "", "") for verb in ("Play", "Pause", "PlayPause", "Next", "Previous", "Stop")]
    # Every name is on a connection of its own: their objects have the same path.
    for number, (name, state) in enumerate([("tape", "Paused"), ("radio", "Playing")]):
        own = dbus.bus.BusConnection(os.environ["DBUS_SESSION_BUS_ADDRESS"])
        player = mock(own, f"{interface}.{name}", path, interface, {"Identity": name.title()})
        metadata = {
            "mpris:trackid": dbus.ObjectPath(f"/track/{number}"),
            "mpris:length": dbus.Int64(200_000_000),
            "xesam:title": f"Song {number}",
            "xesam:artist": dbus.Array(["A", "B"], signature="s"),
        }
        if state == "Playing":
            metadata["mpris:artUrl"] = "file://" + os.path.join(os.path.dirname(sys.argv[1]), "cover")
        properties = {
            "PlaybackStatus": state,
            "Metadata": dbus.Dictionary(metadata, signature="sv"),
            "Position": dbus.Int64(5_000_000),
            "CanControl": True,
            "CanPause": True,
            "CanSeek": True,
        }
        player.AddProperties(f"{interface}.Player", dbus.Dictionary(properties, signature="sv"))
        seeking = [("Seek", "x", "", ""), ("SetPosition", "ox", "", "")]
        player.AddMethods(f"{interface}.Player", verbs + seeking)


# What a portal answers that never does.
SILENCE = 99


class Portal(dbus.service.Object):
    """A portal that opens addresses, or not, as `response` says."""

    INTERFACE = "org.freedesktop.portal.OpenURI"
    # Where dbusmock looks first.
    interface, methods = INTERFACE, {}

    def __init__(self, bus, response):
        self.bus, self.response = bus, response
        self.name = dbus.service.BusName("org.freedesktop.portal.Desktop", bus)
        super().__init__(self.name, "/org/freedesktop/portal/desktop")

    @dbus.service.method(INTERFACE, "ssa{sv}", "o", sender_keyword="sender")
    def OpenURI(self, window, uri, options, sender):  # noqa: N802
        """Answers at once, even before it says for which request."""
        print(f"OpenURI {json.dumps(str(uri))}", flush=True)
        name = sender.removeprefix(":").replace(".", "_")
        request = f"/org/freedesktop/portal/desktop/request/{name}/{options['handle_token']}"
        answer = dbus.lowlevel.SignalMessage(request, "org.freedesktop.portal.Request", "Response")
        answer.append(self.response, {}, signature="ua{sv}")
        if self.response != SILENCE:
            self.bus.send_message(answer)
        return dbus.ObjectPath(request)


def saver(bus):
    """A screen saver that locks."""
    name = "org.freedesktop.ScreenSaver"
    made = mock(bus, name, "/org/freedesktop/ScreenSaver", name)
    made.active = False
    made.AddMethods(
        "",
        [
            ("Lock", "", "", "self.active = True; self.EmitSignal('', 'ActiveChanged', 'b', [True])"),
            ("GetActive", "", "b", "ret = self.active"),
            ("Inhibit", "ss", "u", "ret = 7"),
            ("UnInhibit", "u", "", ""),
        ],
    )


def upower(bus):
    """A battery that empties."""
    name = "org.freedesktop.UPower"
    power = mock(bus, name, "/org/freedesktop/UPower", name)
    power.AddTemplate("upower", {})
    power.SetupDisplayDevice(2, 2, 80.4, 40.0, 50.0, 10.0, 5400, 0, True, "", 1)


PARTS = {
    "logind": logind,
    "logind-locks": lambda bus: logind(bus, locks=True),
    "notifications": notifications,
    "plasma": plasma,
    "players": players,
    "portal": lambda bus: Portal(bus, 0),
    "portal-declines": lambda bus: Portal(bus, 1),
    "portal-fails": lambda bus: Portal(bus, 2),
    "portal-silent": lambda bus: Portal(bus, SILENCE),
    "saver": saver,
    "upower": upower,
}


def obey(line):
    """Does what a line of the pipe says."""
    verb, path, *rest = json.loads(line)
    if verb == "update":
        interface, properties = rest
        changed = mockobject.objects[path]
        were = changed.props[interface]
        # Of the types that they are of.
        properties = {name: type(were[name])(value) for name, value in properties.items()}
        changed.UpdateProperties(interface, properties)
    else:
        mockobject.objects[path].EmitSignal(*rest)


def main():
    control, *parts = sys.argv[1:]
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    for part in parts:
        PARTS[part](bus)
    # Opened for writing as well, so that it does not end with the first who writes.
    pipe = os.open(control, os.O_RDWR)

    def readable(*_):
        # Lines are written as a whole, perhaps several before they are read.
        for line in os.read(pipe, 65536).splitlines():
            obey(line)
        return True

    GLib.io_add_watch(pipe, GLib.IO_IN, readable)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
