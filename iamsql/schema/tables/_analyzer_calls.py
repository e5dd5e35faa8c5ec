"""The calls behind IAM Access Analyzer, made in each region for a table that is named.

ListFindings knows the findings of external access analyzers only, but tells of them who may do what; those of every other
type of analyzer are told by ListFindingsV2 (API reference). Both are allowed by the one action.
"""

from dataclasses import replace

from iamsql.model import Call

EXTERNAL = ("ACCOUNT", "ORGANIZATION")
_GONE = ("ResourceNotFoundException",)  # an analyzer that was deleted since it was listed
_ACTION = "access-analyzer:ListFindings"
_ARN = (("analyzerArn", "$.arn"),)
_PAGE = (("maxResults", 100),)  # assumed: the API reference names no limit

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
    params_from=_ARN,
    empty_on=_GONE,
    regional=True,
    only=("type", *EXTERNAL),
    on_demand=True,
    action=_ACTION,
)
OTHER_FINDINGS = replace(FINDINGS, operation="ListFindingsV2", only=("-type", *EXTERNAL))
