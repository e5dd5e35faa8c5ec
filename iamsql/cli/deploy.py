"""`iamsql deploy`: print the templates that deploy iamsql, and on stderr the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from iamsql.automation.deploy import Deployment, template_text, terraform_files
from iamsql.automation.deploy.bundle import MAX_ZIP, PLATFORMS, PYTHONS, build_bundle
from iamsql.automation.deploy.policies import source_statements
from iamsql.automation.deploy.settings import NO_CONFIGURATION, notify_sections, parse_secrets, read_configuration
from iamsql.automation.notify.permissions import statements
from iamsql.automation.notify.targets import kind_of
from iamsql.cli.errors import say
from iamsql.cli.role_options import FOR, MINIMAL, TABLES, external_id, organization, principal, selected_tables
from iamsql.cli.trusted_organization import trusted_organization
from iamsql.render.files import atomic_write
from iamsql.tables.required_policies import Document

DEPLOY = "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM --template-file FILE --stack-name"
NEXT_STEPS = {
    "stackset": f"Deploy it in the management account, or in a delegated administrator's account with CallAs=DELEGATED_ADMIN:\n"
    f"{DEPLOY} iamsql-roles --parameter-overrides OrganizationalUnits=r-… Principal=ARN",
    "member": f"Deploy it in an account that the stack set leaves out:\n{DEPLOY} iamsql-audit --parameter-overrides Principal=ARN",
    "fargate": f"Build and push the image of docker/Dockerfile, then deploy:\n{DEPLOY} iamsql --parameter-overrides Image=… "
    "Subnets=… SecurityGroups=…",
    "shards": f"Build and push the image of docker/Dockerfile, then deploy:\n{DEPLOY} iamsql --parameter-overrides Image=… "
    "Subnets=… SecurityGroups=… Shards=8",
    "lambda": f"Upload the file of `iamsql deploy bundle`, then deploy:\n{DEPLOY} iamsql --parameter-overrides CodeBucket=… "
    "CodeKey=…",
    "image": f"Push the image to Amazon ECR, then deploy:\n{DEPLOY} iamsql --parameter-overrides ImageUri=…",
    "terraform": "Review the module, then: terraform init && terraform plan",
}

OUTPUT = click.option(
    "--out",
    "output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the template to a file [default: stdout].",
)
FORMAT = click.option(
    "--output",
    "-o",
    "language",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="The format of the template.",
)
SECURITYHUB = click.option(
    "--securityhub", is_flag=True, help="Add the role iamsql-securityhub, which imports findings into Security Hub."
)
CONFIGURATION = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The iamsql.toml of the runs. The template stores its text in a Systems Manager parameter.",
)
SECRETS = click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME=ARN",
    help="Set an environment variable of the runs, such as IAMSQL_EXTERNAL_ID, to the value of a Systems Manager parameter or "
    "of a secret in Secrets Manager; repeatable.",
)

TO = click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Allow what this target of notifications needs, as in `iamsql notify --to`; repeatable. The targets of --config are "
    "always allowed.",
)


@click.group()
def deploy() -> None:
    """Print templates that deploy the audit role and scheduled runs."""


@deploy.command()
@click.option("--member", is_flag=True, help="Print the template of the roles in one account, without the stack set.")
@SECURITYHUB
@TABLES
@FOR
@MINIMAL
@principal()
@external_id()
@organization()
@FORMAT
@OUTPUT
def stackset(member: bool, language: str, output: Path | None, **given: Any) -> None:
    """Print a CloudFormation template of the roles in all accounts of an organization, as a stack set."""
    given["organization"] = trusted_organization(given["organization"])
    _print_template("member" if member else "stackset", _deployment(given), language, output)


@deploy.command()
@CONFIGURATION
@SECRETS
@TO
@TABLES
@FOR
@MINIMAL
@FORMAT
@OUTPUT
def fargate(language: str, output: Path | None, **given: Any) -> None:
    """Print a CloudFormation template of scheduled runs on Fargate, with an archive in S3 and alarms."""
    _print_template("fargate", _deployment(given), language, output)


@deploy.command()
@CONFIGURATION
@SECRETS
@TO
@TABLES
@FOR
@MINIMAL
@FORMAT
@OUTPUT
def shards(language: str, output: Path | None, **given: Any) -> None:
    """Print a CloudFormation template of scheduled runs in shards: tasks on Fargate that read in parallel, and one that merges."""
    _print_template("shards", _deployment(given), language, output)


@deploy.command("lambda")
@click.option("--image", "is_image", is_flag=True, help="Run a container image of Amazon ECR instead of a zip file.")
@CONFIGURATION
@SECRETS
@TO
@TABLES
@FOR
@MINIMAL
@FORMAT
@OUTPUT
def lambda_(language: str, output: Path | None, **given: Any) -> None:
    """Print a CloudFormation template of scheduled runs as a Lambda function, which may take 15 minutes."""
    step = "image" if given["is_image"] else "lambda"
    _print_template("lambda", _deployment(given), language, output, step)


@deploy.command()
@CONFIGURATION
@SECRETS
@TO
@SECURITYHUB
@TABLES
@FOR
@MINIMAL
@principal()
@external_id()
@organization()
@click.option(
    "--out",
    "output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the files to a folder [default: stdout].",
)
def terraform(output: Path | None, **given: Any) -> None:
    """Print a Terraform module of the stack set and of scheduled runs on Fargate."""
    given["organization"] = trusted_organization(given["organization"])
    files = terraform_files(_deployment(given))
    for name, text in files.items():
        if output is None:
            click.echo(f"# {name}\n\n{text}")
        else:
            output.mkdir(parents=True, exist_ok=True)
            _write(output / name, text)
    say(NEXT_STEPS["terraform"])


@deploy.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.zip")
@click.option(
    "--platform",
    type=click.Choice(PLATFORMS),
    default=PLATFORMS[0],
    show_default=True,
    help="The architecture of the function; aarch64 is arm64.",
)
@click.option(
    "--python",
    type=click.Choice(PYTHONS),
    default="3.13",
    show_default=True,
    help="The Python version of the function.",
)
def bundle(file: Path, platform: str, python: str) -> None:
    """Build the zip file of a Lambda function from this installation. pip downloads packages for the platform."""
    built = build_bundle(file, platform, python)
    click.echo(f"{built.path}: {built.size / 1e6:.1f} MB, {built.unzipped / 1e6:.0f} MB unzipped.")
    upload = "Upload it" if built.size < MAX_ZIP else "It is too large for a direct upload: upload it to S3"
    say(f"{upload}: aws s3 cp {built.path} s3://BUCKET/iamsql.zip")


def _deployment(given: Mapping[str, Any]) -> Deployment:
    path = given.get("config")
    configuration = read_configuration(path) if path else NO_CONFIGURATION
    return Deployment(
        tables=selected_tables(given["tables"], given["names"]),
        is_minimal=given["minimal"],
        principal=given.get("principal") or "",
        external_id=given.get("external_id") or "",
        organization=given.get("organization") or "",
        has_securityhub=given.get("securityhub", False),
        secrets=parse_secrets(given.get("secrets", ())),
        configuration=configuration,
        statements=_notification_statements(configuration, given.get("targets", ())),
        is_image=given.get("is_image", False),
    )


def _notification_statements(configuration: str, targets: Sequence[str]) -> list[Document]:
    """Return what the targets of the configuration file and of --to need, each statement once."""
    sections = notify_sections(configuration)
    groups = [(section.get("to") or [], section) for section in sections] + [(targets, sections[0] if sections else {})]
    found: list[Document] = []
    for texts, section in groups:
        for text in texts:
            kind_of(text)
        found += [each for each in (*statements(texts, section), *source_statements(texts)) if each not in found]
    return found


def _print_template(kind: str, deployment: Deployment, language: str, output: Path | None, step: str = "") -> None:
    text = template_text(kind, deployment, language)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)
    say(NEXT_STEPS[step or kind].replace("FILE", str(output or "FILE")))


def _write(path: Path, text: str) -> None:
    atomic_write(path, lambda stream: stream.write(text))
