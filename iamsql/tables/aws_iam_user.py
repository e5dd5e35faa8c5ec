"""An IAM user.

The values come from GetAccountAuthorizationDetails and the credential report, or from the calls that replace them.
"""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title
from iamsql.tables.fragments.identities import (
    JOIN_POLICIES,
    POLICY_VALUES,
    accounts_read,
    entities,
    per_entity,
    policy_columns,
    policy_ctes,
)

MFA_DEVICES = calls.for_each_user("ListMFADevices", "MFADevices", fallback_for=calls.REPORT, fresh=True)
LOGIN_PROFILES = calls.for_each_user("GetLoginProfile", "LoginProfile", fallback_for=calls.REPORT, fresh=True)
# The credential report has two access keys for each user. Only a key has a date. The date of an inactive key may be missing.
_ACCESS_KEYS = " + ".join(
    f"case when r.access_key_{slot}_active or r.access_key_{slot}_last_rotated is not null then 1 else 0 end"
    for slot in (1, 2)
)
_TEXTS = {
    "user_id": "UserId",
    "path": "Path",
    "arn": "Arn",
    "create_date": "CreateDate",
    "last_password_use": "PasswordLastUsed",
    "permissions_boundary_arn": "PermissionsBoundary.PermissionsBoundaryArn",
}
_LISTS = {
    "arn_value": "Arn",
    "policy_list": "UserPolicyList",
    "attached_list": "AttachedManagedPolicies",
    "group_list": "GroupList",
    "tag_list": "Tags",
}

_PASSWORD, _MFA = ("login_profile", "password_enabled"), ("mfa_enabled", "mfa_devices")
# A user without an item of a call has [] or false only if the call succeeded for all users of the account. Otherwise the value
# is unknown: NULL, or what the credential report contains.
TABLE = View(
    key=("account_id", "arn"),
    calls=(
        *(calls.USER_DETAILS, calls.GROUP_DETAILS, calls.USERS, calls.USER_GROUPS),
        *(calls.USER_ATTACHED, calls.USER_INLINE, calls.USER_DOCUMENT),
        *(MFA_DEVICES, LOGIN_PROFILES, calls.REPORT, calls.VIRTUAL_MFA),
    ),
    by_account=True,
    columns_of=(
        (calls.REPORT, ("password_last_used", "access_keys", "mfa_active", *_PASSWORD, *_MFA)),
        (LOGIN_PROFILES, _PASSWORD),
        (MFA_DEVICES, _MFA),
        (calls.VIRTUAL_MFA, _MFA),
    ),
    columns=(
        C("name", "text", "The friendly name of the user."),
        C("user_id", "text", "The stable and unique ID of the user: AIDA…"),
        C("path", "text", "The path of the user."),
        C("arn", "text", "The ARN of the user."),
        C("create_date", "timestamptz", "The date and time when the user was created."),
        C(
            "password_last_used",
            "timestamptz",
            "The date and time of the last password use, as of the credential report.",
        ),
        C("permissions_boundary_arn", "text", "The ARN of the policy that sets the permissions boundary."),
        C("permissions_boundary_type", "text", "Policy if the user has a permissions boundary."),
        C("mfa_enabled", "boolean", "Whether an MFA device is assigned to the user; null if not read."),
        C("login_profile", "json", "The login profile; without CreateDate if GetLoginProfile was not called."),
        C("mfa_devices", "json", "The MFA devices; without ListMFADevices, only virtual ones. Null if not read."),
        C("groups", "json", "The groups of the user."),
        *policy_columns("user"),
        tags_src(),
        tags(),
        title(),
        akas(),
    ),
    extra_columns=(
        C("password_enabled", "boolean", "Whether the user has a console password; null if not read."),
        C(
            "access_keys",
            "bigint",
            "The number of access keys in the credential report where inactive keys can be missing; null if not read.",
        ),
        C("mfa_active", "boolean", "Whether the user has an MFA device in the credential report; null if not read."),
        C("position", "bigint", "The position of the user in the response of AWS, from 1."),
    ),
    sql=f"""
with e as ({entities("User", calls.USER_DETAILS, calls.USERS, _TEXTS, _LISTS)}),
memberships as (
  select e.account_id, e.name, unnest(cast(e.group_list as varchar[])) as group_name from e where e.bulk),
bulk_groups as (
  select m.account_id, m.name, to_json(list(json_object('Arn', g.item -> '$.Arn', 'Path', g.item -> '$.Path',
    'GroupId', g.item -> '$.GroupId', 'GroupName', m.group_name, 'CreateDate', g.item -> '$.CreateDate')
    order by m.group_name)) as items
  from memberships m
  left join raw."{calls.GROUP_DETAILS.raw}" g on g.account_id = m.account_id and g.item ->> '$.GroupName' = m.group_name
  group by all),
groups as ({per_entity(calls.USER_GROUPS, "UserName")}),
{policy_ctes("User", calls.USER_ATTACHED, calls.USER_DOCUMENT)},
devices as ({per_entity(MFA_DEVICES, "UserName")}),
profiles as (
  select account_id, bound ->> '$.UserName' as name, any_value(item) as item from raw."{LOGIN_PROFILES.raw}" group by all),
virtual as (
  select account_id, user_name as name, to_json(list(json_object('UserName', user_name, 'EnableDate',
    strftime(enable_date, '%Y-%m-%dT%H:%M:%SZ'), 'SerialNumber', serial_number) order by serial_number)) as items
  from aws_iam_virtual_mfa_device where user_name is not null group by all)
select e.*,
  coalesce(e.last_password_use, l.item ->> '$.PasswordLastUsed', cast(r.password_last_used as varchar)) as password_last_used,
  case when e.permissions_boundary_arn is not null then 'Policy' end as permissions_boundary_type,
  case when d.items is not null or mfa_calls.is_read then d.items is not null
    when r.mfa_active is not null then r.mfa_active or v.items is not null
    when v.items is not null then true end as mfa_enabled,
  case when p.item is not null then json_object('UserName', e.name, 'CreateDate', p.item -> '$.CreateDate',
      'PasswordResetRequired', p.item -> '$.PasswordResetRequired')
    when not coalesce(login_calls.is_read, false) and r.password_enabled then json_object('UserName', e.name)
    end as login_profile,
  case when p.item is not null then true when login_calls.is_read then false else r.password_enabled end as password_enabled,
  case when r.user_name is not null then {_ACCESS_KEYS} end as access_keys, r.mfa_active,
  coalesce(d.items, case when mfa_calls.is_read then '[]'::json end, v.items,
    case when virtual_calls.is_read then '[]'::json end) as mfa_devices,
  coalesce(bg.items, case when e.bulk then '[]'::json end, g.items, case when group_calls.is_read then '[]'::json end) as groups,
  {POLICY_VALUES},
  case when e.bulk then empty_list(e.tag_list) end as tags_src, tag_map(e.tag_list) as tags,
  e.name as title, one_list(e.arn_value) as akas,
  row_number() over (partition by e.account_id order by e.bulk desc, e.place) as position
from e
left join aws_iam_credential_report r on r.account_id = e.account_id and r.user_name = e.name
left join raw."{calls.USERS.raw}" l on l.account_id = e.account_id and l.item ->> '$.UserName' = e.name and e.bulk
left join virtual v on v.account_id = e.account_id and v.name = e.name
left join devices d on d.account_id = e.account_id and d.name = e.name
left join profiles p on p.account_id = e.account_id and p.name = e.name
left join bulk_groups bg on bg.account_id = e.account_id and bg.name = e.name
left join groups g on g.account_id = e.account_id and g.name = e.name and not e.bulk
{JOIN_POLICIES}
{accounts_read(MFA_DEVICES, "mfa_calls")}
{accounts_read(LOGIN_PROFILES, "login_calls")}
{accounts_read(calls.VIRTUAL_MFA, "virtual_calls")}
{accounts_read(calls.USER_GROUPS, "group_calls")}
""",
)
