"""Names the colour in the middle of the screen that `xwd` writes to standard input, or with `corner` there."""

import struct
import sys

NAMES = {
    (255, 0, 0): "red",
    (0, 255, 0): "green",
    (0, 0, 255): "blue",
    (0, 0, 0): "black",
    (255, 255, 255): "white",
}

picture = sys.stdin.buffer.read()
if len(picture) < 100:
    sys.exit("no picture")
header = struct.unpack(">25I", picture[:100])
size, width, height, order, bits, line, colours = (header[i] for i in (0, 4, 5, 7, 11, 12, 19))
x, y = (width - 2, height - 2) if "corner" in sys.argv else (width // 2, height // 2)
place = size + 12 * colours + y * line + x * bits // 8
octets = picture[place : place + 4]
blue, green, red = octets[:3] if order == 0 else octets[:0:-1]
print(NAMES.get((red, green, blue), f"{red} {green} {blue}"))
