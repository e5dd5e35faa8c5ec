"""The calls of trails and of CloudTrail Lake's event data stores, channels, imports and queries.

A sync makes these calls on demand in each region. A trail is visible in every region that it covers. Assumed: operations
accept the ARN of a trail in all of these regions, as the API reference documents for GetTrailStatus.
"""

from iamsql.model import Call

# A member account may not see a trail of the organization.
_NO_TRAIL = ("TrailNotFoundException", "CloudTrailARNInvalidException")
_NO_TAGS = ("ResourceNotFoundException", "CloudTrailARNInvalidException")
_NO_INSIGHTS = (*_NO_TRAIL, "InsightNotEnabledException")
_NO_LAKE = ("UnsupportedOperationException",)  # a region without CloudTrail Lake
_NO_STORE = (*_NO_LAKE, "EventDataStoreNotFoundException")
_NO_QUERIES = (*_NO_STORE, "InactiveEventDataStoreException")  # an event data store that is pending deletion
_PAGE = (("MaxResults", 1000),)


def _list(operation: str, items: str, params: tuple[tuple[str, int], ...] = _PAGE) -> Call:
    return Call("cloudtrail", operation, items, params=params, empty_on=_NO_LAKE, regional=True, on_demand=True)


def _for_each(parent: Call, operation: str, empty_on: tuple[str, ...], items: str = "", **params_from: str) -> Call:
    """Declare a call for each item of the parent call."""
    paths = tuple(params_from.items())
    return Call(
        "cloudtrail",
        operation,
        items,
        parent=parent,
        params_from=paths,
        empty_on=empty_on,
        regional=True,
        on_demand=True,
    )


# DescribeTrails is not paginated. By default it returns the trails of other regions and of the organization too (shadow trails).
TRAILS = _list("DescribeTrails", "trailList", params=())
TRAIL_STATUS = _for_each(TRAILS, "GetTrailStatus", _NO_TRAIL, Name="$.TrailARN")
TRAIL_SELECTORS = _for_each(TRAILS, "GetEventSelectors", _NO_TRAIL, TrailName="$.TrailARN")
TRAIL_INSIGHTS = _for_each(TRAILS, "GetInsightSelectors", _NO_INSIGHTS, TrailName="$.TrailARN")
# The brackets make a list of the ARN: ListTags has a list parameter.
TRAIL_TAGS = _for_each(TRAILS, "ListTags", _NO_TAGS, "ResourceTagList", ResourceIdList="[$.TrailARN]")

STORES = _list("ListEventDataStores", "EventDataStores")
STORE = _for_each(STORES, "GetEventDataStore", _NO_STORE, EventDataStore="$.EventDataStoreArn")
CHANNELS = _list("ListChannels", "Channels")
CHANNEL = _for_each(CHANNELS, "GetChannel", (*_NO_LAKE, "ChannelNotFoundException"), Channel="$.ChannelArn")
IMPORTS = _list("ListImports", "Imports")
IMPORT = _for_each(IMPORTS, "GetImport", (*_NO_LAKE, "ImportNotFoundException"), ImportId="$.ImportId")
QUERIES = Call(
    "cloudtrail",
    "ListQueries",
    "Queries",
    params=_PAGE,
    parent=STORES,
    params_from=(("EventDataStore", "$.EventDataStoreArn"),),
    empty_on=_NO_QUERIES,
    regional=True,
    on_demand=True,
)
QUERY = _for_each(QUERIES, "DescribeQuery", (*_NO_QUERIES, "QueryIdNotFoundException"), QueryId="$.QueryId")
