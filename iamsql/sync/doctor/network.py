"""Check the way to AWS: the proxy, the CA certificates, the configured endpoints, and whether each endpoint answers."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator

from iamsql.aws.errors import RequestFailedError
from iamsql.aws.partitions import find_partition
from iamsql.aws.plan import ALL_REGIONS
from iamsql.aws.settings import ca_bundle, default_ca_bundle, endpoint_url, find_proxy
from iamsql.render.cells import pluralize
from iamsql.sync.doctor.connection import HOST, Problem, Target, address, connect, same_cause
from iamsql.sync.doctor.model import Row, Rows, State, failed_row, ok, present, warning, with_full_stop
from iamsql.tables.calls.event_names import SIGN_IN_REGIONS

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY")
CONNECTIONS = 16  # at once
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".amazonwebservices.com.cn",
    ".amazonaws.eu",
    ".amazonaws-eusc.eu",
)


async def proxy(_state: State) -> Rows:
    """Show the proxy of the environment; its URL must have a host name. User names and passwords are not shown."""
    check, settings = "proxy", list[str]()
    for name in PROXIES:
        value = os.environ.get(name) or os.environ.get(name.lower())
        if value:
            try:
                settings.append(f"{name} is {address(value)}")
            except ValueError as error:
                step = f"Set {name} to a URL such as http://proxy.example.com:3128, or unset it."
                return [failed_row(check, f"{name} is not the URL of a proxy: {error}", step)]
    if not settings:
        return [ok(check, "No proxy is set.")]
    direct = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    return [ok(check, "; ".join([*settings, f"NO_PROXY is {direct}" if direct else "NO_PROXY is not set"]))]


async def certificates(state: State) -> Rows:
    """Read the file of CA certificates that the user configured."""
    path = ca_bundle(state.sessions) if state.sessions else os.environ.get("AWS_CA_BUNDLE", "")
    check, step = "CA certificates", "Set AWS_CA_BUNDLE to a PEM file with CA certificates, or unset it."
    # botocore also reads this variable of the library requests.
    path = path or os.environ.get("REQUESTS_CA_BUNDLE", "")
    if not path:
        return [ok(check, "The certificates of botocore are used; AWS_CA_BUNDLE is not set.")]
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except FileNotFoundError:
        return [failed_row(check, f"The file {path} does not exist.", step)]
    except (ssl.SSLError, OSError) as error:
        return [
            failed_row(
                check, f"The file {path} has no PEM certificates: {getattr(error, 'reason', None) or error}", step
            )
        ]
    return [ok(check, f"{path}: {len(context.get_ca_certs())} CA certificates")]


def targets(state: State) -> dict[str, list[str]]:
    """Return the URLs of the endpoints that a sync calls, with the services and regions of each. Raise RequestFailedError."""
    sessions, run, endpoints_by_url = present(state.sessions), present(state.run), dict[str, list[str]]()
    home_region, partition = sessions.home_region, "aws" if sessions.home_region == "us-east-1" else ""
    regions = state.options.sync.regions
    selected_regions = (
        regions if regions and regions != ALL_REGIONS else (home_region, *SIGN_IN_REGIONS.get(partition, ()))
    )
    calls = {
        (call.service, region)
        for call in run.account_calls
        for region in (selected_regions if call.regional else (call.region or home_region,))
        if find_partition(region) == find_partition(home_region)
    }
    calls |= {("sts", sessions.region), ("organizations", home_region)}
    calls |= {("s3", home_region)} if state.options.sync.trail else set()
    for service, region in sorted(calls):
        endpoints_by_url.setdefault(endpoint_url(sessions, service, region), []).append(f"{service} in {region}")
    return endpoints_by_url


async def endpoint_settings(state: State) -> Rows:
    """Show which endpoints are configured instead of AWS's own, and whether they are FIPS or dual-stack endpoints."""
    check = "endpoint settings"
    try:
        services_by_url = await asyncio.to_thread(targets, state)
    except RequestFailedError as error:
        step = "Correct AWS_DEFAULT_REGION, --region or AWS_ENDPOINT_URL."
        return [failed_row(check, f"An endpoint cannot be determined: {error.fault.message}", step)]
    sessions = present(state.sessions)
    settings = {"use_fips_endpoint": "FIPS endpoints", "use_dualstack_endpoint": "dual-stack endpoints"}
    settings_text = [text for name, text in settings.items() if sessions.setting(name) is True]
    others = {url: names for url, names in services_by_url.items() if not Target(url, "", "").host.endswith(SUFFIXES)}
    settings_text += [
        f"{', '.join(_service_names(names))}: {_without_credentials(url)}" for url, names in others.items()
    ]
    insecure = [url for url in others if url.startswith("http://") and Target(url, "", "").host not in LOCAL_HOSTS]
    if insecure:
        detail = f"Requests to {_without_credentials(insecure[0])} are not encrypted."
        return [warning(check, detail, "Use an https:// URL in AWS_ENDPOINT_URL.")]
    return [ok(check, "; ".join(settings_text) or f"The endpoints of AWS, region {sessions.region}")]


def _service_names(names: list[str]) -> list[str]:
    return sorted({name.partition(" in ")[0] for name in names})


def _without_credentials(url: str) -> str:
    """Return scheme and address of a URL, without user name, password and query."""
    return f"{url.partition('://')[0]}://{address(url)}"


async def endpoints(state: State) -> Rows:
    """Connect to every endpoint, CONNECTIONS at once: a row for each cause of a failure, or one row for all."""
    check, services_by_url = "endpoints", await asyncio.to_thread(targets, state)
    configured = ca_bundle(present(state.sessions)) or os.environ.get("REQUESTS_CA_BUNDLE")
    bundle, limit = configured or default_ca_bundle(), asyncio.Semaphore(CONNECTIONS)

    async def attempt(url: str) -> Problem | None:
        async with limit:
            return await asyncio.to_thread(connect, Target(url, find_proxy(url), bundle))

    problems = dict(zip(services_by_url, await asyncio.gather(*map(attempt, services_by_url)), strict=True))
    if rows := list(_problem_rows(check, services_by_url, problems)):
        return rows
    count, through = len(services_by_url), sum(bool(find_proxy(url)) for url in services_by_url)
    return [
        ok(
            check,
            f"{count} of {count} endpoints answer" + (f", {through} through a proxy" if through else ""),
        )
    ]


def _problem_rows(
    check: str, services_by_url: dict[str, list[str]], problems: dict[str, Problem | None]
) -> Iterator[Row]:
    """Yield a row for each cause: without a network, all endpoints fail for the same reason."""
    causes: dict[Problem, list[str]] = {}
    for url, problem in problems.items():
        if problem:
            causes.setdefault(same_cause(problem, Target(url, "", "").host), []).append(url)
    for cause, urls in causes.items():
        hosts = [Target(url, "", "").host for url in urls]
        detail = cause.detail.replace(HOST, hosts[0])
        if len(urls) == 1:
            yield failed_row(
                check, f"{detail} ({', '.join(services_by_url[urls[0]])})", cause.remediation.replace(HOST, hosts[0])
            )
        else:
            others = f"The same for {pluralize(len(hosts) - 1, 'other endpoint')}: {', '.join(hosts[1:])}"
            yield failed_row(
                check, f"{with_full_stop(detail)} {others}", cause.remediation.replace(HOST, "these endpoints")
            )
