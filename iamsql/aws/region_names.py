"""The names of AWS's regions, from the data of botocore: for completion in a shell, which must not open a session."""

from __future__ import annotations

from botocore.loaders import create_loader


def region_names() -> list[str]:
    """Return the regions of every partition, sorted, without the names that stand for a whole partition."""
    partitions = create_loader().load_data("partitions")["partitions"]
    names = {str(name) for partition in partitions for name in partition["regions"]}
    return sorted(name for name in names if not name.endswith("-global"))
