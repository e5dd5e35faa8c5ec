"""The numbers of controls in standards that auditors ask for, from the shipped benchmarks of these standards."""

from __future__ import annotations

from collections.abc import Mapping

from iamsql.catalog.benchmarks import Benchmark

# The benchmarks of standards that are not about AWS, which public mappings relate to controls.
TITLES = {
    "nist_800_53_r5": "NIST SP 800-53 Revision 5",
    "nist_csf_v2.0": "NIST Cybersecurity Framework 2.0",
    "pci_dss_v4.0.1": "PCI DSS v4.0.1",
    "soc_2": "SOC 2",
    "iso_27001_2022": "ISO/IEC 27001:2022",
}
NUMBERED = ("cis_v7.0", "security_hub", *TITLES)  # the benchmarks whose numbers a summary of controls has

Numbers = Mapping[str, Mapping[str, str]]


def numbers_of(benchmarks: Mapping[str, Benchmark]) -> Numbers:
    """Map each benchmark of NUMBERED that exists to the numbers of each control, with commas between them."""
    found: dict[str, dict[str, str]] = {}
    for name in NUMBERED:
        if name in benchmarks:
            listed: dict[str, dict[str, None]] = {}
            for _, entry in benchmarks[name].controls():
                listed.setdefault(entry.control.partition("@")[0], {})[entry.id] = None
            found[name] = {control: ", ".join(ids) for control, ids in listed.items()}
    return found
