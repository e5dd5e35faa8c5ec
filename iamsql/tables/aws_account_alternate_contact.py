"""An alternate contact of an account. The call is made in each account."""

import json

from iamsql.model import Call, View
from iamsql.tables.aws_account_contact import NO_CONTACT
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.sql_files import read_sql

_TYPES = tuple(
    json.dumps({"AlternateContactType": contact_type}) for contact_type in ("BILLING", "OPERATIONS", "SECURITY")
)
CONTACTS = Call(
    "account", "GetAlternateContact", "AlternateContact", variants=_TYPES, empty_on=NO_CONTACT, on_demand=True
)

TABLE = View(
    key=("account_id", "contact_type"),
    calls=(CONTACTS,),
    columns=(
        C("name", "text", "The name of the contact."),
        C("contact_type", "text", "The type of the contact: BILLING, OPERATIONS or SECURITY."),
        C("email_address", "text", "The email address of the contact."),
        C("phone_number", "text", "The phone number of the contact."),
        C("contact_title", "text", "The title of the contact, such as CISO."),
        C("linked_account_id", "text", "The ID of the account."),
        title(),
    ),
    sql=read_sql(__file__, contacts=CONTACTS),
)
