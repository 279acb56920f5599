"""A small USB display, the picoLCD 20x4 graphics, as far as its backlight goes.

Plugs one in through /dev/uhid; the kernel's driver makes a backlight of it. Every level that the display
is told is printed, a line each, until it is unplugged by ending this program.
"""

import os
import struct

# linux/uhid.h
GET_REPORT, GET_REPORT_REPLY, CREATE2, SET_REPORT, SET_REPORT_REPLY = 9, 10, 11, 13, 14

# The reports of hid-picolcd, by id and length: what goes in, and what goes out.
INPUTS = [(0x11, 2), (0x21, 63), (0xF1, 2)]
OUTPUTS = [(0x81, 1), (0x91, 1), (0x92, 1), (0x94, 63), (0x95, 63), (0x96, 63), (0xF1, 1)]
BRIGHTNESS = 0x91


def report(number, length, main_item):
    """A report of `length` octets in a HID report descriptor."""
    head = bytes([0x85, number, 0x09, number, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, length])
    return head + bytes([main_item, 0x02])


def descriptor():
    reports = [report(number, length, 0x91) for number, length in OUTPUTS]
    reports += [report(number, length, 0x81) for number, length in INPUTS]
    return bytes([0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01]) + b"".join(reports) + bytes([0xC0])


def create():
    """UHID_CREATE2: on USB, Microchip's vendor id, the picoLCD's product id."""
    described = descriptor()
    numbers = struct.pack("=HHIIII", len(described), 3, 0x04D8, 0xC002, 0, 0)
    names = struct.pack("128s64s64s", b"picoLCD", b"", b"")
    return struct.pack("=I", CREATE2) + names + numbers + described.ljust(4096, b"\0")


def main():
    uhid = os.open("/dev/uhid", os.O_RDWR)
    os.write(uhid, create())
    while True:
        event = os.read(uhid, 8192)
        kind, request = struct.unpack_from("=II", event)
        if kind == SET_REPORT:
            os.write(uhid, struct.pack("=IIH", SET_REPORT_REPLY, request, 0))
            (size,) = struct.unpack_from("=H", event, 10)
            number, *data = event[12 : 12 + size]
            if number == BRIGHTNESS:
                print(data[0], flush=True)
        elif kind == GET_REPORT:
            os.write(uhid, struct.pack("=IIHH", GET_REPORT_REPLY, request, 0, 0))


main()
