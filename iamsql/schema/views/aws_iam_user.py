"""IAM users, from the bulk answer and the credential report, or user by user where those were denied."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._columns import named, tags
from iamsql.schema.views._parts import DOCUMENT, accounts_read, entities, per_entity, standardised

INLINE = "case when e.bulk then inline(e.item -> '$.UserPolicyList') else o.items end"

TABLE = View(
    "aws_iam_user",
    "An IAM user of an account.",
    key=("account_id", "arn"),
    tables=("aws_iam_credential_report", "aws_iam_virtual_mfa_device"),
    calls=(
        calls.USER_DETAILS,
        calls.GROUP_DETAILS,
        calls.USERS,
        calls.USER_GROUPS,
        calls.USER_ATTACHED,
        calls.USER_INLINE,
        calls.USER_DOCUMENT,
        calls.MFA_DEVICES,
        calls.LOGIN_PROFILES,
        calls.REPORT,
        calls.VIRTUAL_MFA,
    ),
    columns=(
        C("name", "text", "The user's name."),
        C("user_id", "text", "Its unique id, AIDA…"),
        C("path", "text", "The path of the name."),
        C("arn", "text", "The ARN."),
        C("create_date", "timestamptz", "When it was made."),
        C("password_last_used", "timestamptz", "The last console sign-in; as old as the credential report."),
        C("permissions_boundary_arn", "text", "The policy that bounds its permissions."),
        C("permissions_boundary_type", "text", "Policy, where there is a boundary."),
        C("mfa_enabled", "boolean", "Whether it has an MFA device; null when that could not be read."),
        C(
            "login_profile",
            "json",
            "The console password; dates only where GetLoginProfile was asked, null without one.",
        ),
        C("mfa_devices", "json", "Its devices: all when asked user by user, else the virtual ones; null when unread."),
        C("groups", "json", "The groups it is in."),
        C("inline_policies", "json", "Its inline policies."),
        C("inline_policies_std", "json", "The same in canonical form."),
        C("attached_policy_arns", "json", "The ARNs of its attached policies."),
        *tags(),
        *named("", ""),
    ),
    extra_columns=(
        C("password_enabled", "boolean", "Whether it has a console password; null when that could not be read."),
        C("position", "bigint", "Its place in AWS's own order within the account, from 1."),
    ),
    sql=f"""
with e as ({entities(calls.USER_DETAILS, calls.USERS, "UserName")}),
memberships as (
  select e.account_id, e.name, unnest(cast(e.item -> '$.GroupList' as varchar[])) as group_name from e where e.bulk),
bulk_groups as (
  select m.account_id, m.name, to_json(list(json_object('Arn', g.item -> '$.Arn', 'Path', g.item -> '$.Path',
    'GroupId', g.item -> '$.GroupId', 'GroupName', m.group_name, 'CreateDate', g.item -> '$.CreateDate')
    order by m.group_name)) as items
  from memberships m
  left join raw."{calls.GROUP_DETAILS.raw}" g on g.account_id = m.account_id and g.item ->> '$.GroupName' = m.group_name
  group by all),
groups as ({per_entity(calls.USER_GROUPS, "UserName")}),
attached as ({per_entity(calls.USER_ATTACHED, "UserName")}),
documents as ({per_entity(calls.USER_DOCUMENT, "UserName", DOCUMENT)}),
{standardised(INLINE)},
devices as ({per_entity(calls.MFA_DEVICES, "UserName")}),
profiles as (
  select account_id, bound ->> '$.UserName' as name, any_value(item) as item from raw."{calls.LOGIN_PROFILES.raw}" group by all),
virtual as (
  select account_id, user_name as name, to_json(list(json_object('UserName', user_name, 'EnableDate',
    strftime(enable_date, '%Y-%m-%dT%H:%M:%SZ'), 'SerialNumber', serial_number) order by serial_number)) as items
  from aws_iam_virtual_mfa_device where user_name is not null group by all)
select e.*, e.item ->> '$.UserId' as user_id, e.item ->> '$.Path' as path, e.item ->> '$.Arn' as arn,
  e.item ->> '$.CreateDate' as create_date,
  coalesce(e.item ->> '$.PasswordLastUsed', l.item ->> '$.PasswordLastUsed',
    cast(r.password_last_used as varchar)) as password_last_used,
  e.item ->> '$.PermissionsBoundary.PermissionsBoundaryArn' as permissions_boundary_arn,
  case when e.item ->> '$.PermissionsBoundary.PermissionsBoundaryArn' is not null then 'Policy' end as permissions_boundary_type,
  case when d.items is not null or asked_mfa.is_read then d.items is not null
    when r.mfa_active is not null then r.mfa_active or v.items is not null
    when v.items is not null then true end as mfa_enabled,
  case when p.item is not null then json_object('UserName', e.name, 'CreateDate', p.item -> '$.CreateDate',
      'PasswordResetRequired', p.item -> '$.PasswordResetRequired')
    when not coalesce(asked_login.is_read, false) and r.password_enabled then json_object('UserName', e.name)
    end as login_profile,
  case when p.item is not null then true when asked_login.is_read then false else r.password_enabled end as password_enabled,
  coalesce(d.items, case when asked_mfa.is_read then '[]'::json end, v.items,
    case when listed_mfa.is_read then '[]'::json end) as mfa_devices,
  coalesce(bg.items, case when e.bulk then '[]'::json end, g.items, case when asked_groups.is_read then '[]'::json end) as groups,
  {INLINE} as inline_policies,
  i.items as inline_policies_std,
  pluck(coalesce(a.items, e.item -> '$.AttachedManagedPolicies'), 'PolicyArn') as attached_policy_arns,
  case when e.bulk then empty_list(e.item -> '$.Tags') end as tags_src, tag_map(e.item -> '$.Tags') as tags,
  e.name as title, one_list(e.item -> '$.Arn') as akas,
  row_number() over (partition by e.account_id order by e.bulk desc, e.place) as position
from e
left join aws_iam_credential_report r on r.account_id = e.account_id and r.user_name = e.name
left join raw."{calls.USERS.raw}" l on l.account_id = e.account_id and l.item ->> '$.UserName' = e.name and e.bulk
left join virtual v on v.account_id = e.account_id and v.name = e.name
left join devices d on d.account_id = e.account_id and d.name = e.name
left join profiles p on p.account_id = e.account_id and p.name = e.name
left join bulk_groups bg on bg.account_id = e.account_id and bg.name = e.name
left join groups g on g.account_id = e.account_id and g.name = e.name and not e.bulk
left join attached a on a.account_id = e.account_id and a.name = e.name and not e.bulk
left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk
left join inline_std i on i.account_id = e.account_id and i.name = e.name
{accounts_read(calls.MFA_DEVICES, "asked_mfa")}
{accounts_read(calls.LOGIN_PROFILES, "asked_login")}
{accounts_read(calls.VIRTUAL_MFA, "listed_mfa")}
{accounts_read(calls.USER_GROUPS, "asked_groups")}
""",
)
