"""Templates of to_char, to_date and to_timestamp, read as PostgreSQL does: the longest pattern first, other text as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

# the patterns as PostgreSQL spells them; all but the four in capitals and small letters may be all capitals or all small
_MIXED = ["Month", "Day", "Mon", "Dy"]
_NAMES = (
    "Y,YYY YYYY YYY YY Y IYYY IYY IY I MONTH MON MM DAY DY DDD DD D IDDD ID WW W IW CC J Q RM HH24 HH12 HH MI SSSSS SSSS SS "
    "MS US FF1 FF2 FF3 FF4 FF5 FF6 AM PM A.M. P.M. BC AD B.C. A.D. TZH TZM TZ OF"
).split()
PATTERNS = sorted([*_MIXED, *_NAMES, *(name.lower() for name in _NAMES)], key=len, reverse=True)
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>")|'
    r"(?P<modifiers>(?:FM|fm|FX|fx|TM|tm)*)"
    rf"(?P<pattern>{'|'.join(map(re.escape, PATTERNS))})(?P<suffix>(?:TH|th|SP|sp)?)|(?P<plain>.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Part:
    """A pattern with what stands around it, or plain text (then `pattern` is empty)."""

    pattern: str = ""
    text: str = ""
    bare: bool = False  # FM: without blanks and zeros
    ordinal: str = ""  # TH or th
    other: str = ""  # a modifier that has no counterpart here


def parts(template: str) -> list[Part]:
    """Cut a template into its parts."""
    found: list[Part] = []
    for token in _TOKEN.finditer(template):
        if token["pattern"]:
            modifiers, suffix = token["modifiers"].upper(), token["suffix"]
            bare = "FM" in modifiers or "TM" in modifiers
            other = suffix if suffix.upper() == "SP" else ""
            found.append(Part(token["pattern"], "", bare, "" if other else suffix, other))
        else:
            quoted = token["quoted"]
            plain = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token["escaped"] or token["plain"] or ""
            found.append(Part(text=plain))
    return found
