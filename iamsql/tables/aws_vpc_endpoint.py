"""A VPC endpoint, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import Table
from iamsql.tables.calls.resources import ENDPOINTS
from iamsql.tables.fragments.columns import C, tags, tags_src, title

TABLE = Table(
    call=ENDPOINTS,
    key=("account_id", "region", "vpc_endpoint_id"),
    columns=(
        C("vpc_endpoint_id", "text", "The ID of the endpoint."),
        C("vpc_endpoint_type", "text", "The type: Gateway, Interface, GatewayLoadBalancer …"),
        C("service_name", "text", "The name of the service, such as com.amazonaws.us-east-1.s3."),
        C("vpc_id", "text", "The ID of the VPC."),
        C("owner_id", "text", "The account that owns the endpoint."),
        C("state", "text", "The state, such as available."),
        C("policy", "json", "The policy; null for types of endpoint without one.", "$.PolicyDocument", "document"),
        tags_src(),
        title("$.VpcEndpointId"),
        tags(),
    ),
)
