"""Imports of trail files from S3 into CloudTrail Lake."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._trail_calls import IMPORT, IMPORTS

TABLE = Table(
    "aws_cloudtrail_import",
    "An import of a trail's files into event data stores.",
    call=IMPORTS,
    key=("account_id", "region", "import_id"),
    joins=(Join("import", IMPORT, on="$.ImportId", to="@$.ImportId"),),
    columns=(
        C("import_id", "text", "The import's id."),
        C("created_timestamp", "timestamptz", "When it was begun."),
        C("import_status", "text", "INITIALIZING, IN_PROGRESS, FAILED, STOPPED or COMPLETED."),
        C(
            "end_event_time",
            "timestamptz",
            "The time of the last event wanted; null when there is no bound.",
            "import:$.EndEventTime",
        ),
        C(
            "start_event_time",
            "timestamptz",
            "The time of the first event wanted; null when there is no bound.",
            "import:$.StartEventTime",
        ),
        C("updated_timestamp", "timestamptz", "When its state last changed."),
        C("destinations", "json", "The ARNs of the event data stores that get the events."),
        C(
            "import_source",
            "json",
            "The S3 location, its region, and the role that reads it.",
            "import:$.ImportSource.S3",
        ),
        C(
            "import_statistics",
            "json",
            "How many prefixes, files and events are done, and how many failed.",
            "import:$.ImportStatistics",
        ),
        C("title", "text", TITLE, "$.ImportId"),
    ),
)
