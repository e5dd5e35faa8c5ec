"""The options of `iamsql deploy`, and what they deploy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.bundle import PLATFORMS, PYTHON_VERSIONS
from iamsql.automation.deploy.policies import source_statements
from iamsql.automation.deploy.settings import EMPTY_CONFIGURATION, notify_sections, parse_secrets, read_configuration
from iamsql.automation.notify.permissions import statements
from iamsql.automation.notify.targets import parse_target_name
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.role_options import PermissionOptions, TrustOptions, selected_tables
from iamsql.cli.trusted_organization import trusted_organization
from iamsql.tables.required_policies import Document

RUN_FIELDS = ("secrets", "configuration", "statements")  # what only scheduled runs have


@option_set
class TemplateOptions:
    """The template: its format and its file."""

    language: str = option("yaml", "--output", "-o", choices=("yaml", "json"), help="The format of the template.")
    output: Path | None = option(
        None, "--out", metavar="FILE", help="Write the template to a file.", default_text="stdout"
    )


@option_set
class RolesOptions(PermissionOptions, TrustOptions):
    """The roles that a sync assumes."""

    securityhub: bool = option(
        False, "--securityhub", help="Add the role iamsql-securityhub, which imports findings into Security Hub."
    )


@option_set
class ScheduleOptions(PermissionOptions):
    """What scheduled runs need."""

    config: Path | None = option(
        None, "--config", metavar="FILE",
        help="The iamsql.toml of the runs. The template stores its text in a Systems Manager parameter.",
    )  # fmt: skip
    secrets: tuple[str, ...] = option(
        (), "--secret", metavar="NAME=ARN",
        help="Set an environment variable of the runs, such as IAMSQL_EXTERNAL_ID, to the value of a Systems Manager parameter or "
        "of a secret in Secrets Manager.",
    )  # fmt: skip
    targets: tuple[str, ...] = option(
        (), "--to", metavar="TARGET",
        help="Allow what this target of notifications needs, as in `iamsql notify --to`. The targets of --config are always "
        "allowed.",
    )  # fmt: skip


@option_set
class StacksetOptions(RolesOptions, TemplateOptions):
    """The options of `iamsql deploy stackset`."""

    member: bool = option(
        False, "--member", help="Print the template of the roles in one account, without the stack set."
    )


@option_set
class ScheduledOptions(ScheduleOptions, TemplateOptions):
    """The options of the templates of scheduled runs."""


@option_set
class LambdaOptions(ScheduledOptions):
    """The options of `iamsql deploy lambda`."""

    is_image: bool = option(False, "--image", help="Run a container image of Amazon ECR instead of a zip file.")


@option_set
class TerraformOptions(ScheduleOptions, RolesOptions):
    """The options of `iamsql deploy terraform`."""

    folder: Path | None = option(
        None, "--out", metavar="DIR", help="Write the files to a folder.", default_text="stdout"
    )


@option_set
class BundleOptions:
    """The options of `iamsql deploy bundle`."""

    file: Path = argument(Path(), "FILE.zip", required=True)
    platform: str = option(
        PLATFORMS[0], "--platform", choices=tuple(PLATFORMS), help="The architecture of the function; aarch64 is arm64."
    )
    python: str = option("3.13", "--python", choices=tuple(PYTHON_VERSIONS), help="The Python version of the function.")


def roles_deployment(options: RolesOptions) -> Deployment:
    """Return the deployment of the roles. Print the organization that their trust policies name."""
    return Deployment(
        tables=selected_tables(options.tables, options.names),
        is_minimal=options.minimal,
        principal=options.principal,
        external_id=options.external_id,
        organization=trusted_organization(options.organization),
        has_securityhub=options.securityhub,
    )


def runs_deployment(options: ScheduleOptions) -> Deployment:
    """Return the deployment of scheduled runs."""
    configuration = read_configuration(options.config) if options.config else EMPTY_CONFIGURATION
    return Deployment(
        tables=selected_tables(options.tables, options.names),
        is_minimal=options.minimal,
        secrets=parse_secrets(options.secrets),
        configuration=configuration,
        statements=_notification_statements(configuration, options.targets),
    )


def _notification_statements(configuration: str, targets: Sequence[str]) -> list[Document]:
    """Return what the targets of the configuration file and of --to need, each statement once."""
    sections = notify_sections(configuration)
    groups = [(section.get("to") or [], section) for section in sections] + [(targets, sections[0] if sections else {})]
    documents: list[Document] = []
    for texts, section in groups:
        for text in texts:
            parse_target_name(text)
        documents += [
            statement
            for statement in (*statements(texts, section), *source_statements(texts))
            if statement not in documents
        ]
    return documents
