"""The calls behind CloudTrail's own configuration: trails, and CloudTrail Lake's stores, channels, imports and queries.

They are made in each region, for a table that is named. A trail is seen in every region that it covers; asking about it
by its ARN is assumed to be answered in all of them, as the API reference says of GetTrailStatus.
"""

from iamsql.model import Call

# What AWS answers where there is none: a trail of the organization, asked by a member, may be hidden from it.
_NO_TRAIL = ("TrailNotFoundException", "CloudTrailARNInvalidException")
_NO_TAGS = ("ResourceNotFoundException", "CloudTrailARNInvalidException")
_NO_INSIGHTS = (*_NO_TRAIL, "InsightNotEnabledException")
_NO_LAKE = ("UnsupportedOperationException",)  # a region without CloudTrail Lake
_NO_STORE = (*_NO_LAKE, "EventDataStoreNotFoundException")
_NO_QUERIES = (*_NO_STORE, "InactiveEventDataStoreException")  # of a store that is being deleted
_PAGE = (("MaxResults", 1000),)


def _list(operation: str, items: str, params: tuple[tuple[str, int], ...] = _PAGE) -> Call:
    return Call("cloudtrail", operation, items, params=params, empty_on=_NO_LAKE, regional=True, on_demand=True)


def _of(parent: Call, operation: str, absent: tuple[str, ...], items: str = "", **key: str) -> Call:
    """Ask about each of the parents, by the parameter and path of `key`."""
    bind = tuple(key.items())
    return Call(
        "cloudtrail", operation, items, parent=parent, params_from=bind, empty_on=absent, regional=True, on_demand=True
    )


TRAILS = _list("DescribeTrails", "trailList", params=())
TRAIL_STATUS = _of(TRAILS, "GetTrailStatus", _NO_TRAIL, Name="$.TrailARN")
TRAIL_SELECTORS = _of(TRAILS, "GetEventSelectors", _NO_TRAIL, TrailName="$.TrailARN")
TRAIL_INSIGHTS = _of(TRAILS, "GetInsightSelectors", _NO_INSIGHTS, TrailName="$.TrailARN")
TRAIL_TAGS = _of(TRAILS, "ListTags", _NO_TAGS, "ResourceTagList", ResourceIdList="[$.TrailARN]")  # a list of one

STORES = _list("ListEventDataStores", "EventDataStores")
STORE = _of(STORES, "GetEventDataStore", _NO_STORE, EventDataStore="$.EventDataStoreArn")
CHANNELS = _list("ListChannels", "Channels")
CHANNEL = _of(CHANNELS, "GetChannel", (*_NO_LAKE, "ChannelNotFoundException"), Channel="$.ChannelArn")
IMPORTS = _list("ListImports", "Imports")
IMPORT = _of(IMPORTS, "GetImport", (*_NO_LAKE, "ImportNotFoundException"), ImportId="$.ImportId")
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
QUERY = _of(QUERIES, "DescribeQuery", (*_NO_QUERIES, "QueryIdNotFoundException"), QueryId="$.QueryId")
