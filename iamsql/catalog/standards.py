"""The numbers of controls in standards that auditors ask for, from the shipped benchmarks of these standards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iamsql import catalog
from iamsql.catalog.benchmarks import BENCHMARK_SUFFIX, BENCHMARKS_FOLDER
from iamsql.catalog.settings.toml_file import read_toml

# The standards that are not about AWS. queries/benchmarks/requirements.csv has the source of each number.
STANDARD_TITLES = {
    "nist_800_53_r5": "NIST SP 800-53 Revision 5",
    "nist_csf_v2.0": "NIST Cybersecurity Framework 2.0",
    "pci_dss_v4.0.1": "PCI DSS v4.0.1",
    "soc_2": "SOC 2",
    "iso_27001_2022": "ISO/IEC 27001:2022",
}
NUMBERED_BENCHMARKS = (
    "cis_v7.0",
    "security_hub",
    *STANDARD_TITLES,
)  # the benchmarks whose numbers a summary of controls has

StandardNumbers = Mapping[str, Mapping[str, str]]


def standard_numbers() -> StandardNumbers:
    """Map each shipped benchmark of NUMBERED_BENCHMARKS to the numbers of each of its controls, with commas between them."""
    numbers_by_standard: dict[str, dict[str, str]] = {}
    for name in NUMBERED_BENCHMARKS:
        path = catalog.shipped_folder() / BENCHMARKS_FOLDER / f"{name}{BENCHMARK_SUFFIX}"
        if path.is_file():
            numbers_by_control: dict[str, dict[str, None]] = {}
            for control, number in _numbered_controls(read_toml(path)):
                numbers_by_control.setdefault(control, {})[number] = None
            numbers_by_standard[name] = {control: ", ".join(numbers) for control, numbers in numbers_by_control.items()}
    return numbers_by_standard


def _numbered_controls(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each control of the sections of a shipped file, with its number."""
    for section in tree.get("section", ()):
        yield from ((control, section["id"]) for control in section.get("controls", ()))
        yield from ((entry["control"].partition("@")[0], entry.get("id", "")) for entry in section.get("control", ()))
        yield from _numbered_controls(section)
