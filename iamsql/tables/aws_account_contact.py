"""The primary contact of an account. The call is made in each account."""

from iamsql.model import Call, View, camel_case
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.sql_files import read_sql

NO_CONTACT = ("ResourceNotFoundException",)
CONTACT = Call("account", "GetContactInformation", "ContactInformation", empty_on=NO_CONTACT, on_demand=True)
_COLUMNS = (
    C("full_name", "text", "The full name of the primary contact."),
    C("address_line_1", "text", "The first line of the address."),
    C("address_line_2", "text", "The second line of the address."),
    C("address_line_3", "text", "The third line of the address."),
    C("company_name", "text", "The name of the company."),
    C("city", "text", "The city of the address."),
    C("country_code", "text", "The ISO 3166 two-letter country code."),
    C("district_or_county", "text", "The district or county of the address."),
    C("phone_number", "text", "The phone number of the primary contact."),
    C("postal_code", "text", "The postal code of the address."),
    C("state_or_region", "text", "The state or region of the address."),
    C("website_url", "text", "The URL of the website of the primary contact."),
)
_READ = ", ".join(f"item ->> '$.{camel_case(column.name)}' as {column.name}" for column in _COLUMNS)

TABLE = View(
    key=("account_id",),
    calls=(CONTACT,),
    columns=(
        *_COLUMNS,
        C("linked_account_id", "text", "The ID of the account."),
        title(),
    ),
    sql=read_sql(__file__, contact=CONTACT, read=_READ),
)
