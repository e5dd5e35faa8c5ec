"""A region that is enabled in an account. Sync with `--region all`."""

from iamsql.model import View
from iamsql.tables.calls.account import EC2_REGIONS, REGIONS
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "name"),
    calls=(REGIONS, EC2_REGIONS),
    columns=(
        C("name", "text", "The name of the region, such as eu-west-1."),
        C("opt_in_status", "text", "ENABLED or ENABLED_BY_DEFAULT; from EC2, opted-in or opt-in-not-required."),
        title(),
    ),
    sql=read_sql(__file__, ec2_regions=EC2_REGIONS, regions=REGIONS),
)
