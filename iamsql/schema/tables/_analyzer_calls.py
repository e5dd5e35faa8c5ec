"""The calls of IAM Access Analyzer, made on demand in each region.

ListFindings returns the findings of external access analyzers, with principal and action. ListFindingsV2 returns the findings
of all other types of analyzer (API reference). The action access-analyzer:ListFindings allows both.
"""

from dataclasses import replace

from iamsql.model import Call

EXTERNAL_ACCESS = ("ACCOUNT", "ORGANIZATION")
_PAGE = (("maxResults", 100),)  # assumed: the API reference gives no limit

ANALYZERS = Call(
    "accessanalyzer",
    "ListAnalyzers",
    "analyzers",
    params=_PAGE,
    regional=True,
    on_demand=True,
    action="access-analyzer:ListAnalyzers",
)
FINDINGS = Call(
    "accessanalyzer",
    "ListFindings",
    "findings",
    params=_PAGE,
    parent=ANALYZERS,
    params_from=(("analyzerArn", "$.arn"),),
    empty_on=("ResourceNotFoundException",),  # an analyzer that was deleted after the listing
    regional=True,
    only=("type", *EXTERNAL_ACCESS),
    on_demand=True,
    action="access-analyzer:ListFindings",
)
OTHER_FINDINGS = replace(FINDINGS, operation="ListFindingsV2", only=("-type", *EXTERNAL_ACCESS))
