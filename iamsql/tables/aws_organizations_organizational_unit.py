"""An organizational unit (OU) and its path from the root."""

from iamsql.model import View
from iamsql.tables.calls.account import UNITS
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("id",),
    calls=(UNITS,),
    columns=(
        C("name", "text", "The friendly name of the organizational unit."),
        C("id", "text", "The unique ID of the organizational unit: ou-…"),
        C("arn", "text", "The ARN of the organizational unit."),
        C("parent_id", "text", "The ID of the parent root or organizational unit."),
        C("path", "text", "The IDs from the root to the organizational unit, joined by '.', with '_' in place of '-'."),
        title(),
        akas(),
    ),
    sql=read_sql(__file__, units=UNITS),
)
