"""Who an account belongs to, as it says itself."""

from iamsql.model import Column as C
from iamsql.model import View, camel
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._org_calls import CONTACT

_COLUMNS = (
    C("full_name", "text", "The name of the primary contact."),
    C("address_line_1", "text", "The first line of the address."),
    C("address_line_2", "text", "The second line of the address."),
    C("address_line_3", "text", "The third line of the address."),
    C("company_name", "text", "The company."),
    C("city", "text", "The city."),
    C("country_code", "text", "The country, in two letters."),
    C("district_or_county", "text", "The district or county."),
    C("phone_number", "text", "The phone number."),
    C("postal_code", "text", "The postal code."),
    C("state_or_region", "text", "The state or region."),
    C("website_url", "text", "The web site."),
)
_READ = ", ".join(f"item ->> '$.{camel(column.name)}' as {column.name}" for column in _COLUMNS)

TABLE = View(
    "aws_account_contact",
    "The primary contact of an account, asked for in the account itself.",
    key=("account_id",),
    calls=(CONTACT,),
    columns=(
        *_COLUMNS,
        C("linked_account_id", "text", "The account whose contact it is."),
        C("title", "text", TITLE),
    ),
    sql=f"""
select account_id, 'global' as region, 'account:{CONTACT.operation}' as source, synced_at, {_READ},
  account_id as linked_account_id, item ->> '$.FullName' as title
from raw."{CONTACT.raw}"
""",
)
