"""An import of a trail's log files into event data stores."""

from iamsql.model import Join, Table
from iamsql.tables.calls.account import NO_LAKE, for_each, list_of_lake
from iamsql.tables.fragments.columns import C, title

IMPORTS = list_of_lake("ListImports", "Imports")
IMPORT = for_each(IMPORTS, "GetImport", "", {"ImportId": "$.ImportId"}, empty_on=(*NO_LAKE, "ImportNotFoundException"))

TABLE = Table(
    call=IMPORTS,
    key=("account_id", "region", "import_id"),
    joins=(Join("import", IMPORT),),
    columns=(
        C("import_id", "text", "The ID of the import."),
        C("created_timestamp", "timestamptz", "The date and time when the import was created."),
        C("import_status", "text", "The status: INITIALIZING, IN_PROGRESS, FAILED, STOPPED or COMPLETED."),
        C("end_event_time", "timestamptz", "The end of the imported period; null if unlimited.", "import:"),
        C("start_event_time", "timestamptz", "The start of the imported period; null if unlimited.", "import:"),
        C("updated_timestamp", "timestamptz", "The date and time when the import was last updated."),
        C("destinations", "json", "The ARNs of the event data stores that receive the events."),
        C("import_source", "json", "The S3 location, its region, and the access role.", "import:$.ImportSource.S3"),
        C("import_statistics", "json", "Counts of completed prefixes, files and events, and of failures.", "import:"),
        title("$.ImportId"),
    ),
)
