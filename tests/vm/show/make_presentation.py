"""Writes a presentation (OpenDocument, flat) of three slides, red, green and blue, to standard output."""

COLOURS = ["#ff0000", "#00ff00", "#0000ff"]

NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}"'
    for short, name in [
        ("office", "office:1.0"),
        ("style", "style:1.0"),
        ("draw", "drawing:1.0"),
        ("presentation", "presentation:1.0"),
        ("fo", "xsl-fo-compatible:1.0"),
    ]
)

styles = "".join(
    f'<style:style style:name="page{number}" style:family="drawing-page"><style:drawing-page-properties '
    f'draw:fill="solid" draw:fill-color="{colour}" presentation:background-visible="true"/></style:style>'
    for number, colour in enumerate(COLOURS)
)
pages = "".join(
    f'<draw:page draw:name="{number}" draw:style-name="page{number}" draw:master-page-name="Default"/>'
    for number in range(len(COLOURS))
)

print(
    f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {NAMESPACES} office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.presentation">
<office:automatic-styles>
<style:page-layout style:name="screen"><style:page-layout-properties fo:page-width="28cm"
 fo:page-height="21cm" fo:margin-top="0cm" fo:margin-bottom="0cm" fo:margin-left="0cm"
 fo:margin-right="0cm"/></style:page-layout>
{styles}
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Default" style:page-layout-name="screen"/>
</office:master-styles>
<office:body><office:presentation>{pages}</office:presentation></office:body>
</office:document>"""
)
