"""Writes a PDF of three slides, red, green and blue, to standard output."""

import sys

COLOURS = ["1 0 0", "0 1 0", "0 0 1"]

objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
kids = " ".join(f"{3 + 2 * i} 0 R" for i in range(len(COLOURS)))
objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(COLOURS)} /MediaBox [0 0 600 450] >>")
for number, colour in enumerate(COLOURS):
    content = f"{colour} rg 0 0 600 450 re f"
    objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {4 + 2 * number} 0 R /Resources << >> >>")
    objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")

out = "%PDF-1.4\n"
places = []
for number, body in enumerate(objects, 1):
    places.append(len(out))
    out += f"{number} 0 obj\n{body}\nendobj\n"
table = "".join(f"{place:010} 00000 n \n" for place in places)
begin = len(out)
out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{begin}\n%%EOF\n"
sys.stdout.write(out)
