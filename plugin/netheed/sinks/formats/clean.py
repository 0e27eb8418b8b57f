"""Text from records, made safe for terminals and lines."""

import unicodedata
from typing import Final

LONGEST: Final = 512
"""Room for three reasons in words; the sources keep names below 256."""
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode categories never shown as they are: controls, format and bidi marks, surrogates, private
and unassigned code points, line and paragraph separators (CVE-2009-4487, CVE-2021-42574)."""


def clean(text: str) -> str:
    r"""At most LONGEST characters, hidden ones written out as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text
    shown = "".join(map(_visible, text[:LONGEST]))
    return shown if len(text) <= LONGEST else f"{shown}..."


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
