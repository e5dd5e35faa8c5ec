"""botocore's data files: descriptions of services and endpoints, read at a fifth of the CPU time that botocore needs.

botocore converts each object of these files to an OrderedDict, and looks into the folders of 400 services to find one.
"""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import ExtrasProcessor, JSONFileLoader


class PlainFileLoader(JSONFileLoader):  # type: ignore[misc]
    """The `file_loader` of botocore's loaders, which returns plain dicts; they keep the order as well."""

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file, or None if it does not exist. The path has no ending."""
        return read_file(file_path)


def read_file(file_path: str) -> Any:
    """Return the content of a .json or .json.gz file, or None if neither exists. The path has no ending."""
    for path, is_compressed in ((Path(f"{file_path}.json"), False), (Path(f"{file_path}.json.gz"), True)):
        if path.is_file():
            content = path.read_bytes()
            return json.loads(gzip.decompress(content) if is_compressed else content)
    return None


def load_description(loader: Any, service: str, type_name: str) -> dict[str, Any]:
    """Return botocore's description of a service, such as `service-2`. Raise BotoCoreError for an unknown service."""
    path = f"{service}/{loader.determine_latest_version(service, type_name)}/{type_name}"
    description: dict[str, Any] = loader.load_data(path)
    with suppress(DataNotFoundError):
        ExtrasProcessor().process(description, [loader.load_data(f"{path}.sdk-extras")])
    return description
