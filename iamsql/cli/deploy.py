"""`iamsql deploy`: print the templates that deploy iamsql, and on stderr the next step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from iamsql.automation.deploy import Deployment, template_text, terraform_files
from iamsql.automation.deploy.bundle import MAX_ZIP_BYTES, build_bundle
from iamsql.cli.declared import takes
from iamsql.cli.deploy_options import (
    RUN_FIELDS,
    BundleOptions,
    LambdaOptions,
    ScheduledOptions,
    StacksetOptions,
    TemplateOptions,
    TerraformOptions,
    roles_deployment,
    runs_deployment,
)
from iamsql.cli.errors import say
from iamsql.render.files import atomic_write

DEPLOY_COMMAND = "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM --template-file FILE --stack-name"
NEXT_STEPS = {
    "stackset": "Deploy it in the management account, or in a delegated administrator's account with CallAs=DELEGATED_ADMIN:\n"
    f"{DEPLOY_COMMAND} iamsql-roles --parameter-overrides OrganizationalUnits=r-… Principal=ARN",
    "member": "Deploy it in an account that the stack set leaves out:\n"
    f"{DEPLOY_COMMAND} iamsql-audit --parameter-overrides Principal=ARN",
    "fargate": "Build and push the image of docker/Dockerfile, then deploy:\n"
    f"{DEPLOY_COMMAND} iamsql --parameter-overrides Image=… Subnets=… SecurityGroups=…",
    "shards": "Build and push the image of docker/Dockerfile, then deploy:\n"
    f"{DEPLOY_COMMAND} iamsql --parameter-overrides Image=… Subnets=… SecurityGroups=… Shards=8",
    "lambda": "Upload the file of `iamsql deploy bundle`, then deploy:\n"
    f"{DEPLOY_COMMAND} iamsql --parameter-overrides CodeBucket=… CodeKey=…",
    "image": f"Push the image to Amazon ECR, then deploy:\n{DEPLOY_COMMAND} iamsql --parameter-overrides ImageUri=…",
    "terraform": "Review the module, then: terraform init && terraform plan",
}


@click.group()
def deploy() -> None:
    """Print templates that deploy the audit role and scheduled runs."""


@deploy.command()
@takes(StacksetOptions)
def stackset(options: StacksetOptions) -> None:
    """Print a CloudFormation template of the roles in all accounts of an organization, as a stack set."""
    _print_template("member" if options.member else "stackset", roles_deployment(options), options)


@deploy.command()
@takes(ScheduledOptions)
def fargate(options: ScheduledOptions) -> None:
    """Print a CloudFormation template of scheduled runs on Fargate, with an archive in S3 and alarms."""
    _print_template("fargate", runs_deployment(options), options)


@deploy.command()
@takes(ScheduledOptions)
def shards(options: ScheduledOptions) -> None:
    """Print a CloudFormation template of scheduled runs in shards: tasks on Fargate that read in parallel, and one that merges."""
    _print_template("shards", runs_deployment(options), options)


@deploy.command("lambda")
@takes(LambdaOptions)
def lambda_(options: LambdaOptions) -> None:
    """Print a CloudFormation template of scheduled runs as a Lambda function, which may take 15 minutes."""
    deployment = replace(runs_deployment(options), is_image=options.is_image)
    _print_template("lambda", deployment, options, "image" if options.is_image else "lambda")


@deploy.command()
@takes(TerraformOptions)
def terraform(options: TerraformOptions) -> None:
    """Print a Terraform module of the stack set and of scheduled runs on Fargate."""
    runs, folder = runs_deployment(options), options.folder
    roles = roles_deployment(options)
    deployment = replace(roles, **{name: getattr(runs, name) for name in RUN_FIELDS})
    for name, text in terraform_files(deployment).items():
        if folder is None:
            click.echo(f"# {name}\n\n{text}")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            _write_file(folder / name, text)
    say(NEXT_STEPS["terraform"])


@deploy.command()
@takes(BundleOptions)
def bundle(options: BundleOptions) -> None:
    """Build the zip file of a Lambda function from this installation. pip downloads packages for the platform."""
    built_bundle = build_bundle(options.file, options.platform, options.python)
    click.echo(
        f"{built_bundle.path}: {built_bundle.size / 1e6:.1f} MB, {built_bundle.unzipped_bytes / 1e6:.0f} MB unzipped."
    )
    upload = (
        "Upload it" if built_bundle.size < MAX_ZIP_BYTES else "It is too large for a direct upload: upload it to S3"
    )
    say(f"{upload}: aws s3 cp {built_bundle.path} s3://BUCKET/iamsql.zip")


def _print_template(template: str, deployment: Deployment, options: TemplateOptions, step: str = "") -> None:
    text = template_text(template, deployment, options.language)
    if options.output is None:
        click.echo(text, nl=False)
    else:
        _write_file(options.output, text)
    say(NEXT_STEPS[step or template].replace("FILE", str(options.output or "FILE")))


def _write_file(path: Path, text: str) -> None:
    atomic_write(path, lambda stream: stream.write(text))
