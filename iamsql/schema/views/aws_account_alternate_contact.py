"""The alternate contacts of accounts for billing, operations and security."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._org_calls import ALTERNATE_CONTACT

TABLE = View(
    "aws_account_alternate_contact",
    "An alternate contact of an account. The call is made in each account.",
    key=("account_id", "contact_type"),
    calls=(ALTERNATE_CONTACT,),
    columns=(
        C("name", "text", "The name of the contact."),
        C("contact_type", "text", "The type of the contact: BILLING, OPERATIONS or SECURITY."),
        C("email_address", "text", "The email address of the contact."),
        C("phone_number", "text", "The phone number of the contact."),
        C("contact_title", "text", "The title of the contact, such as CISO."),
        C("linked_account_id", "text", "The ID of the account."),
        title(),
    ),
    sql=f"""
select account_id, 'global' as region, 'account:{ALTERNATE_CONTACT.operation}' as source, synced_at,
  item ->> '$.Name' as name, item ->> '$.AlternateContactType' as contact_type, item ->> '$.EmailAddress' as email_address,
  item ->> '$.PhoneNumber' as phone_number, item ->> '$.Title' as contact_title, account_id as linked_account_id,
  item ->> '$.Name' as title
from raw."{ALTERNATE_CONTACT.raw}"
""",
)
