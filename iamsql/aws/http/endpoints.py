"""The endpoint of a service in a region, with the region and name that sign its requests, as botocore resolves them.

botocore resolves an endpoint when it creates a client, which has no public alternative. A client costs milliseconds for
each region, and this module resolves the same endpoint, with the same rule sets and settings, without a client.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from botocore.args import ClientArgsCreator
from botocore.client import ClientEndpointBridge
from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.context import get_context, start_as_current_context
from botocore.model import OperationModel, ServiceModel
from botocore.regions import EndpointRulesetResolver
from botocore.useragent import register_feature_id
from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url, normalize_url_path, validate_region_name

from iamsql.aws.data_files import load_description
from iamsql.aws.http.signature import Scope

# Parameters of rule sets that do not depend on the operation or its parameters.
SUPPORTED_PARAMETERS = {"Region", "UseDualStack", "UseFIPS", "Endpoint", "UseGlobalEndpoint"}
SIGNATURE_VERSION = "v4"


class Endpoint(NamedTuple):
    """The URL of an endpoint, what signatures for it are valid for, and the value of the User-Agent header."""

    url: str
    scope: Scope
    user_agent: str


class EndpointResolver:
    """Resolves endpoints with the settings of a botocore session, which the environment and the profile have set."""

    def __init__(self, core: Any, config: Config) -> None:
        """Use a botocore session, and the configuration that its clients have."""
        self._core, self._config = core, config
        self._loader = core.get_component("data_loader")

    def resolve(self, service: ServiceModel, region: str) -> Endpoint | None:
        """Return the endpoint; None if it depends on the operation, or if requests need a signature other than version 4.

        Raise ValueError for a configured URL that is invalid, and BotoCoreError for a region that is invalid.
        """
        rule_set = load_description(self._loader, service.service_name, "endpoint-rule-set-1")
        # botocore also has clients for names such as fips-us-east-1, which it converts to a region and a setting.
        if not rule_set["parameters"].keys() <= SUPPORTED_PARAMETERS or "fips" in region:
            return None
        validate_region_name(region)
        with start_as_current_context():  # botocore collects the features for the User-Agent header in it
            return self._resolve_with_rules(service, region, rule_set)

    def _resolve_with_rules(self, service: ServiceModel, region: str, rule_set: dict[str, Any]) -> Endpoint | None:
        bridge, creator = self._bridge_and_creator(service)
        arguments = creator.compute_client_args(service, self._config, bridge, region, None, True, bridge.scoped_config)
        config, endpoint_config = arguments["config_kwargs"], arguments["endpoint_config"]
        register_feature_id("RETRY_MODE_STANDARD")
        check_url(endpoint_config["endpoint_url"])
        builtins = creator.compute_endpoint_resolver_builtin_defaults(
            region_name=endpoint_config["region_name"] if service.endpoint_prefix == "sts" else region,
            service_name=service.endpoint_prefix,
            s3_config={},
            endpoint_bridge=bridge,
            client_endpoint_url=arguments["configured_endpoint_url"],
            legacy_endpoint_url=endpoint_config["endpoint_url"],
            credentials=None,
            account_id_endpoint_mode=config["account_id_endpoint_mode"],
            s3_disable_express_session_auth=None,
        )
        resolver = EndpointRulesetResolver(
            rule_set,
            self._loader.load_data("partitions"),
            service,
            builtins,
            {},
            self._core.get_component("event_emitter"),
        )
        endpoint = resolver.construct_endpoint(_any_operation(service), {}, {})
        version, signing_context = SIGNATURE_VERSION, {}
        if (schemes := endpoint.properties.get("authSchemes")) is not None:
            version, signing_context = resolver.auth_schemes_to_signing_ctx(schemes)
        # The user prefers another signature, such as version 4A.
        has_other_signature = (
            config.get("auth_scheme_preference")
            or endpoint_config["signature_version"] != SIGNATURE_VERSION
            or version != SIGNATURE_VERSION
        )
        url = urlsplit(check_url(endpoint.url))
        if has_other_signature or endpoint.headers or url.query:
            return None
        scope = Scope(
            _host_header(url),
            quote(normalize_url_path(url.path), safe="/~"),
            signing_context.get("region") or endpoint_config["signing_region"],
            signing_context.get("signing_name") or endpoint_config["signing_name"],
        )
        return Endpoint(f"{url.scheme}://{scope.host}{url.path or '/'}", scope, self._user_agent())

    def _bridge_and_creator(self, service: ServiceModel) -> tuple[ClientEndpointBridge, ClientArgsCreator]:
        """Return the objects of botocore that a client of the service would be created with."""
        core, scoped_config = self._core, self._core.get_scoped_config()
        config_store = copy.copy(core.get_component("config_store"))
        endpoint = ConfiguredEndpointProvider(core.full_config, scoped_config, service.service_name)
        config_store.set_config_provider("endpoint_url", endpoint)
        bridge = ClientEndpointBridge(
            core._get_internal_component("endpoint_resolver"),
            scoped_config,
            self._config,
            service_signing_name=service.metadata.get("signingName"),
            config_store=config_store,
            service_signature_version=SIGNATURE_VERSION,
        )
        user_agent_creator = core.get_component("user_agent_creator")
        events = core.get_component("event_emitter")
        return bridge, ClientArgsCreator(
            events, "", None, self._loader, None, config_store, user_agent_creator=user_agent_creator
        )

    def _user_agent(self) -> str:
        core = self._core
        agent = core.get_component("user_agent_creator").set_session_config(
            core.user_agent_name, core.user_agent_version, core.user_agent_extra
        )
        agent = agent.with_client_config(self._config)
        agent.set_client_features(set(get_context().features))
        return str(agent.to_string())


def check_url(url: str) -> str:
    """Return a URL of an endpoint. Raise ValueError, as botocore does, if it has no valid host name."""
    if not is_valid_endpoint_url(url) and not is_valid_ipv6_endpoint_url(url):
        raise ValueError(f"Invalid endpoint: {url}")
    return url


def _host_header(url: Any) -> str:
    """Return the Host header of a URL: without user name and password, and without the default port."""
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    is_default = url.port in (None, {"http": 80, "https": 443}.get(url.scheme))
    return host if is_default else f"{host}:{url.port}"


def _any_operation(service: ServiceModel) -> OperationModel:
    return service.operation_model(next(iter(service.operation_names)))
