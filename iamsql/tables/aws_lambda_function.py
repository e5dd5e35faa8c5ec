"""A Lambda function, in the regions that the sync reads; `--region all` reads all regions.

Environment variables, which may contain secrets, are not stored.
"""

from iamsql.model import Join, Table
from iamsql.tables.calls.resources import FUNCTION_POLICY, FUNCTIONS
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=FUNCTIONS,
    key=("account_id", "arn"),
    joins=(Join("details", FUNCTION_POLICY),),
    columns=(
        C("name", "text", "The name of the function.", "$.FunctionName"),
        C("arn", "text", "The ARN of the function.", "$.FunctionArn"),
        C("description", "text", "The description of the function."),
        C("handler", "text", "The handler that Lambda calls."),
        C("kms_key_arn", "text", "The KMS key that encrypts the environment variables.", "$.KMSKeyArn"),
        C("layers", "json", "The layers of the function, each with its ARN; null without layers."),
        C("package_type", "text", "Zip or Image."),
        C("role", "text", "The ARN of the execution role."),
        C("runtime", "text", "The runtime, such as python3.13; null for an image."),
        C("policy", "json", "The policy of the function; null if none, or not read.", "details:$.Policy", "document"),
        title("$.FunctionName"),
        akas("$.FunctionArn"),
    ),
)
