"""Whom AWS writes to beside an account's owner: in matters of billing, operations and security."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._org_calls import ALTERNATE_CONTACT

TABLE = View(
    "aws_account_alternate_contact",
    "An alternate contact of an account, asked for in the account itself; one that was not named has no row.",
    key=("account_id", "contact_type"),
    calls=(ALTERNATE_CONTACT,),
    columns=(
        C("name", "text", "The contact's name."),
        C("contact_type", "text", "BILLING, OPERATIONS or SECURITY."),
        C("email_address", "text", "The e-mail address."),
        C("phone_number", "text", "The phone number."),
        C("contact_title", "text", "The contact's office, such as CISO."),
        C("linked_account_id", "text", "The account whose contact it is."),
        C("title", "text", TITLE),
    ),
    sql=f"""
select account_id, 'global' as region, 'account:{ALTERNATE_CONTACT.operation}' as source, synced_at,
  item ->> '$.Name' as name, item ->> '$.AlternateContactType' as contact_type, item ->> '$.EmailAddress' as email_address,
  item ->> '$.PhoneNumber' as phone_number, item ->> '$.Title' as contact_title, account_id as linked_account_id,
  item ->> '$.Name' as title
from raw."{ALTERNATE_CONTACT.raw}"
""",
)
