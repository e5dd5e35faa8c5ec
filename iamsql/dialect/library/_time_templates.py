"""Templates of to_char, to_date and to_timestamp, tokenized as PostgreSQL does: the longest pattern first."""

from __future__ import annotations

import re
from typing import NamedTuple

# The patterns as PostgreSQL spells them: all capitals or all small letters, and these four also with one capital.
_CAPITALIZED = ["Month", "Day", "Mon", "Dy"]
_NAMES = (
    "Y,YYY YYYY YYY YY Y IYYY IYY IY I MONTH MON MM DAY DY DDD DD D IDDD ID WW W IW CC J Q RM HH24 HH12 HH MI SSSSS SSSS SS "
    "MS US FF1 FF2 FF3 FF4 FF5 FF6 AM PM A.M. P.M. BC AD B.C. A.D. TZH TZM TZ OF"
).split()
_PATTERNS = sorted([*_CAPITALIZED, *_NAMES, *(name.lower() for name in _NAMES)], key=len, reverse=True)
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|\\(?P<escaped>")|'
    r"(?P<modifiers>(?:FM|fm|FX|fx|TM|tm)*)"
    rf"(?P<pattern>{'|'.join(map(re.escape, _PATTERNS))})(?P<suffix>(?:TH|th|SP|sp)?)|(?P<plain>.)",
    re.DOTALL,
)


class Part(NamedTuple):
    """A pattern of a template, or literal text, where `pattern` is empty."""

    pattern: str = ""
    text: str = ""
    fill_mode: bool = False  # FM: without padding
    ordinal: str = ""  # TH or th
    unsupported: str = ""  # SP, which PostgreSQL parses and does not implement

    @property
    def name(self) -> str:
        """The pattern in capitals."""
        return self.pattern.upper()


def template_parts(template: str) -> list[Part]:
    """Return the parts of a template."""
    parts: list[Part] = []
    for token in _TOKEN.finditer(template):
        if token["pattern"]:
            modifiers, suffix = token["modifiers"].upper(), token["suffix"]
            fill_mode = "FM" in modifiers or "TM" in modifiers
            is_ordinal = suffix.upper() == "TH"
            parts.append(
                Part(token["pattern"], "", fill_mode, suffix if is_ordinal else "", "" if is_ordinal else suffix)
            )
        else:
            quoted = token["quoted"]
            plain = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token["escaped"] or token["plain"] or ""
            parts.append(Part(text=plain))
    return parts
