"""An access key of an IAM user, with its last use. For keys of the root user, see aws_iam_credential_report.

The credential report has no key IDs: a slot counts only if it matches one key.
"""

from iamsql.model import View
from iamsql.tables.calls.account import ACCESS_KEYS, NOT_FOUND, REPORT, for_each
from iamsql.tables.fragments.columns import C, akas, title

KEY_LAST_USED = for_each(
    ACCESS_KEYS,
    "GetAccessKeyLastUsed",
    "AccessKeyLastUsed",
    {"AccessKeyId": "$.AccessKeyId"},
    # For a key that was deleted after the listing, AWS returns AccessDenied in some accounts and NoSuchEntity in others.
    empty_on=NOT_FOUND,
    fallback_for=REPORT,
    fresh=True,
    parent_filter="unassigned_keys",
)


def _slot_select(n: int) -> str:
    """Return the SELECT of the keys in slot `n` of the credential reports."""
    key = f"r.access_key_{n}"
    return (
        f"select r.account_id, r.user_name, {n} as slot, {key}_active as active, {key}_last_rotated as rotated, "
        f"{key}_last_used_date as used, {key}_last_used_service as service, {key}_last_used_region as region, "
        f"r.generated_time as report_time from aws_iam_credential_report r "
        f"where {key}_active or {key}_last_rotated is not null or {key}_last_used_date is not null"
    )


_LAST_USE = (
    *("access_key_last_used_date", "access_key_last_used_service", "access_key_last_used_region", "last_used_known"),
    *("last_used_source", "report_time", "slot", "slot_method", "slot_confidence"),
)
# `dated`: a slot has the second when its key was created; two keys of the same second and status cannot be distinguished.
# `matched`: the only key of a user may also have a slot without a date. iamsql.aws.parent_filters applies the same rules.
TABLE = View(
    key=("account_id", "access_key_id"),
    calls=(ACCESS_KEYS, KEY_LAST_USED, REPORT),
    by_account=True,
    columns_of=((KEY_LAST_USED, _LAST_USE), (REPORT, _LAST_USE)),
    columns=(
        C("access_key_id", "text", "The ID of the access key: AKIA…"),
        C("user_name", "text", "The name of the IAM user."),
        C("status", "text", "The status: Active or Inactive."),
        C("create_date", "timestamptz", "The date and time when the access key was created."),
        C("access_key_last_used_date", "timestamptz", "The date and time of the last use; null if none or unknown."),
        C("access_key_last_used_service", "text", "The service with which the access key was last used."),
        C("access_key_last_used_region", "text", "The region where the access key was last used."),
        title(),
        akas(),
    ),
    extra_columns=(
        C("last_used_known", "boolean", "Whether the last use is known: if so, no date means never used."),
        C("last_used_source", "text", "The source of the last use: report or GetAccessKeyLastUsed."),
        C("report_time", "timestamptz", "The date and time when the report with the last use was generated."),
        C("slot", "integer", "The slot of the key in the credential report: 1 or 2."),
        C("slot_method", "text", "How the slot was matched: created (same status and second of creation) or only_key."),
        C("slot_confidence", "text", "The confidence of the match: high, medium or none."),
        C("position", "bigint", "The position of the key in the response of ListAccessKeys, from 1."),
    ),
    sql=f"""
with keys as (
  select k.account_id, 'global' as region, k.item ->> '$.AccessKeyId' as access_key_id, k.synced_at, 'iam:ListAccessKeys' as source,
    coalesce(k.item ->> '$.UserName', k.bound ->> '$.UserName') as user_name, k.item ->> '$.Status' as status,
    try_cast(k.item ->> '$.CreateDate' as timestamptz) as create_date, k.rowid as place
  from raw."{ACCESS_KEYS.raw}" k),
slots as ({_slot_select(1)} union all {_slot_select(2)}),
pairs as (
  select k.account_id, k.access_key_id, s.slot, s.report_time, s.used, s.service, s.region,
    date_trunc('second', s.rotated) = date_trunc('second', k.create_date) as same_second, s.rotated is null as undated,
    count(distinct k.access_key_id) over of_user as user_keys, count(distinct s.slot) over of_user as user_slots
  from keys k join slots s on s.account_id = k.account_id and s.user_name = k.user_name
    and s.active = (k.status = 'Active')
  window of_user as (partition by k.account_id, k.user_name)),
dated as (
  select p.*, count(*) over (partition by p.account_id, p.access_key_id) as of_key,
    count(*) over (partition by p.account_id, u.user_name, p.slot) as of_slot
  from pairs p join keys u on u.account_id = p.account_id and u.access_key_id = p.access_key_id where p.same_second),
counted as (select account_id, user_name, count(*) as keys from keys group by all),
matched as (
  select d.account_id, d.access_key_id, d.slot, d.report_time, d.used, d.service, d.region,
    'created' as method, 'high' as confidence
  from dated d where d.of_key = 1 and d.of_slot = 1
  union all
  select p.account_id, p.access_key_id, p.slot, p.report_time, p.used, p.service, p.region, 'only_key', 'medium'
  from pairs p join keys u on u.account_id = p.account_id and u.access_key_id = p.access_key_id
  join counted c on c.account_id = u.account_id and c.user_name = u.user_name
  where c.keys = 1 and p.user_slots = 1 and p.undated),
last_used as (
  select account_id, bound ->> '$.AccessKeyId' as access_key_id, any_value(item) as item
  from raw."{KEY_LAST_USED.raw}" group by all)
select k.*, k.access_key_id as title,
  json_array(concat('arn:', (select r."partition" from iamsql.run r), ':iam::', k.account_id, ':user/', k.user_name,
    '/accesskey/', k.access_key_id)) as akas,
  case when l.item is not null then try_cast(l.item ->> '$.LastUsedDate' as timestamptz) else m.used end
    as access_key_last_used_date,
  case when l.item is not null then report_text(l.item ->> '$.ServiceName') else m.service end as access_key_last_used_service,
  case when l.item is not null then report_text(l.item ->> '$.Region') else m.region end as access_key_last_used_region,
  l.item is not null or m.slot is not null as last_used_known,
  case when l.item is not null then 'GetAccessKeyLastUsed' when m.slot is not null then 'report' end as last_used_source,
  case when l.item is null then m.report_time end as report_time, m.slot, m.method as slot_method,
  coalesce(m.confidence, 'none') as slot_confidence,
  row_number() over (partition by k.account_id, k.user_name order by k.place) as position
from keys k
left join matched m on m.account_id = k.account_id and m.access_key_id = k.access_key_id
left join last_used l on l.account_id = k.account_id and l.access_key_id = k.access_key_id
""",
)
