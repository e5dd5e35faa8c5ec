"""An ECR repository, in the regions that the sync reads; `--region all` reads all regions."""

from iamsql.model import View
from iamsql.tables.calls.resources import REPOSITORIES, REPOSITORY_POLICY
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.resource_policies import join_details

TABLE = View(
    key=("account_id", "arn"),
    calls=(REPOSITORIES, REPOSITORY_POLICY),
    columns_of=((REPOSITORY_POLICY, ("policy",)),),
    columns=(
        C("repository_name", "text", "The name of the repository."),
        C("registry_id", "text", "The account that owns the registry."),
        C("arn", "text", "The ARN of the repository."),
        C("repository_uri", "text", "The URI of the repository."),
        C("policy", "json", "The policy of the repository; null if it has none, and if it was not read."),
        title(),
        akas(),
    ),
    sql=f"""
select l.account_id, l.region, 'ecr:{REPOSITORIES.operation}' as source, l.synced_at,
  l.item ->> '$.repositoryName' as repository_name, l.item ->> '$.registryId' as registry_id,
  l.item ->> '$.repositoryArn' as arn, l.item ->> '$.repositoryUri' as repository_uri,
  document(p.item -> '$.policyText') as policy,
  l.item ->> '$.repositoryName' as title, one_list(l.item -> '$.repositoryArn') as akas
from raw."{REPOSITORIES.raw}" l {join_details("p", REPOSITORY_POLICY, "(l.item ->> '$.repositoryName')", "repositoryName")}
""",
)
