"""A desktop on a bus of its own, made of python-dbusmock's objects.

desktop.py CONTROL PART...  plays the parts: logind, logind-locks, plasma, players, saver. The bus is that of
DBUS_SESSION_BUS_ADDRESS. What is called is printed, a line each, as dbusmock does. What is written to the
pipe CONTROL, a list in JSON each line, happens: ["update", PATH, INTERFACE, {PROPERTY: VALUE}], or
["signal", PATH, INTERFACE, NAME, SIGNATURE, [VALUE...]].
"""

import json
import os
import sys

import dbus
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
    """One that plays, and one that is paused."""
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


PARTS = {
    "logind": logind,
    "logind-locks": lambda bus: logind(bus, locks=True),
    "plasma": plasma,
    "players": players,
    "saver": saver,
}


def typed(value):
    """A value of JSON as D-Bus has it."""
    types = {bool: dbus.Boolean, int: dbus.Int32, str: dbus.String}
    return types[type(value)](value)


def obey(line):
    """Does what a line of the pipe says."""
    verb, path, *rest = json.loads(line)
    if verb == "update":
        interface, properties = rest
        properties = {name: typed(value) for name, value in properties.items()}
        mockobject.objects[path].UpdateProperties(interface, properties)
    else:
        mockobject.objects[path].EmitSignal(*rest)


def main():
    control, *parts = sys.argv[1:]
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(os.environ["DBUS_SESSION_BUS_ADDRESS"])
    for part in parts:
        PARTS[part](bus)
    # Opened for writing as well, so that it does not end with the first who writes.
    pipe = os.fdopen(os.open(control, os.O_RDWR), "r")

    def readable(*_):
        obey(pipe.readline())
        return True

    GLib.io_add_watch(pipe, GLib.IO_IN, readable)
    print("ready", flush=True)
    GLib.MainLoop().run()


main()
