"""What keys mean in a layout: `decode_keys.py LAYOUT` reads lines like `KEY_A 1` and prints the text.

It asks the library that desktops ask, and composes accents by itself.
"""

import ctypes
import re
import sys
import unicodedata

ALONE = {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0308": "¨"}
DEAD = {0xFE50: "\u0300", 0xFE51: "\u0301", 0xFE52: "\u0302", 0xFE57: "\u0308"}


class Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


with open("/usr/include/linux/input-event-codes.h") as header:
    codes = dict(re.findall(r"^#define (KEY_\w+)\s+(\d+)", header.read(), re.MULTILINE))

xkb = ctypes.CDLL("libxkbcommon.so.0")
for maker in (xkb.xkb_context_new, xkb.xkb_keymap_new_from_names, xkb.xkb_state_new):
    maker.restype = ctypes.c_void_p
names = Names(layout=sys.argv[1].encode(), model=b"pc105")
context = ctypes.c_void_p(xkb.xkb_context_new(0))
keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
state = ctypes.c_void_p(xkb.xkb_state_new(keymap))

text = accent = ""
for line in sys.stdin:
    key, down = line.split()
    code = int(codes[key]) + 8
    if down == "1":
        symbol = xkb.xkb_state_key_get_one_sym(state, code)
        character = chr(xkb.xkb_keysym_to_utf32(symbol))
        if symbol in DEAD:
            accent = DEAD[symbol]
        elif character != "\0":
            text += ALONE[accent] if accent and character == " " else unicodedata.normalize("NFC", character + accent)
            accent = ""
    xkb.xkb_state_update_key(state, code, int(down))
print(text)
