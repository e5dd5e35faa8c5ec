"""The keys of front matter, as data. The parser, the errors and the JSON Schema use these declarations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iamsql.model import SEVERITIES
from iamsql.model.layout import LAYOUT_PATTERN

NAME_PATTERN = r"[a-z_][a-z0-9_]*"
# In lower case, because each query is also a macro, and DuckDB ignores the case of the names of macros.
FILE_STEM_PATTERN = re.compile(r"(?P<name>[a-z_][a-z0-9_]*?)(?:\.v(?P<version>[1-9][0-9]*))?")
KEY_VALUE_PATTERN = re.compile(r"--\s*(?P<key>[A-Za-z_][\w-]*)\s*:\s*(?P<value>.*)")
TYPE_NAME_PATTERN = r"(?P<type>[^\s=#]+)"
# A quoted default comes first in the alternatives, because it may contain # and spaces.
PARAM_PATTERN = re.compile(
    rf"(?P<name>{NAME_PATTERN})\s+{TYPE_NAME_PATTERN}(?:\s*=\s*(?P<default>'(?:[^']|'')*'|(?!\#).*?))?(?:\s+\#\s*(?P<about>.*))?"
)

# The types of resources in aws_resource_policy, and roles, which external_access lists by their trust policies.
RESOURCE_TYPES = (
    "s3_bucket", "s3_access_point", "s3_multi_region_access_point", "kms_key", "sqs_queue", "sns_topic", "lambda_function",
    "lambda_layer_version", "secret", "ecr_repository", "ecr_registry", "event_bus", "rest_api", "log_group", "glue_catalog",
    "opensearch_domain", "backup_vault", "dynamodb_table", "efs_file_system", "glacier_vault", "ses_identity", "schema_registry",
    "vpc_endpoint", "iam_role",
)  # fmt: skip
_RESOURCE_TYPE_PATTERN = rf"(?:{'|'.join(RESOURCE_TYPES)})"


@dataclass(frozen=True)
class Key:
    """A key of front matter: what it states, its possible values or the pattern of its value, and whether it may be repeated."""

    name: str
    about: str
    choices: tuple[str, ...] = ()
    pattern: str = ".+"
    is_required: bool = False
    is_repeatable: bool = False


DECLARED_KEYS = (
    Key("title", "What the rows are, in one line.", is_required=True),
    Key("kind", "What `check` does with the query; report by default.", ("report", "control", "detection")),
    Key("severity", "How urgent a finding is.", SEVERITIES),
    Key("version", "An integer from 1, the default, which rises with the meaning.", pattern="[1-9][0-9]{0,8}"),
    Key("tags", "Names with commas between them."),
    Key(
        "param",
        "A parameter: name type [= default] [# description].",
        pattern=PARAM_PATTERN.pattern,
        is_repeatable=True,
    ),
    Key(
        "positional",
        "The parameters that values after the name of the query fill in, in this order, with commas between them.",
        pattern=rf"{NAME_PATTERN}(?:\s*,\s*{NAME_PATTERN})*",
    ),
    Key(
        "resource_types",
        "The types of resources that the rows are about, with commas between them, as in aws_resource_policy; all by default.",
        pattern=rf"{_RESOURCE_TYPE_PATTERN}(?:\s*,\s*{_RESOURCE_TYPE_PATTERN})*",
    ),
    Key("dialect", "The SQL dialect; duckdb by default.", ("duckdb", "postgres")),
    Key("columns", "The columns that a terminal shows, with commas between them."),
    Key(
        "layout",
        "The layout on a terminal: table, groups COLUMNS or record TEMPLATE; `; below COLUMNS` may follow table and groups.",
        pattern=LAYOUT_PATTERN,
    ),
    Key("remediation", "A command that resolves a finding, with placeholders such as {user_name}.", is_repeatable=True),
)
KEYS_BY_NAME = {key.name: key for key in DECLARED_KEYS}
KEYS = tuple(KEYS_BY_NAME)
CHOICES_BY_KEY = {key.name: key.choices for key in DECLARED_KEYS if key.choices}
