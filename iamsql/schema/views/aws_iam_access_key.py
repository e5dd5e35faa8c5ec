"""Access keys with their last use, taken from the report's slots only where key and slot are surely the same."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._calls import ACCESS_KEYS, KEY_LAST_USED, REPORT
from iamsql.schema.tables._columns import named


def _slot(n: int) -> str:
    """Unfold slot `n` of the credential report into rows of one key each, where the slot shows one."""
    key = f"r.access_key_{n}"
    return (
        f"select r.account_id, r.user_name, {n} as slot, {key}_active as active, {key}_last_rotated as rotated, "
        f"{key}_last_used_date as used, {key}_last_used_service as service, {key}_last_used_region as region, "
        f"r.generated_time as report_time from aws_iam_credential_report r "
        f"where {key}_active or {key}_last_rotated is not null or {key}_last_used_date is not null"
    )


TABLE = View(
    "aws_iam_access_key",
    "An access key of an IAM user, with its last use. Root keys have no id to list: see aws_iam_credential_report.",
    key=("account_id", "access_key_id"),
    tables=("aws_iam_credential_report",),
    calls=(ACCESS_KEYS, KEY_LAST_USED, REPORT),
    columns=(
        C("access_key_id", "text", "The key's id, AKIA…"),
        C("user_name", "text", "The user who has it."),
        C("status", "text", "Active or Inactive."),
        C("create_date", "timestamptz", "When it was made."),
        C(
            "access_key_last_used_date",
            "timestamptz",
            "Its last use; null when never used or last_used_known is false.",
        ),
        C("access_key_last_used_service", "text", "The service of that use."),
        C("access_key_last_used_region", "text", "The region of that use."),
        *named("", ""),
    ),
    extra_columns=(
        C("last_used_known", "boolean", "Whether the last use could be read; if not, null above means unknown."),
        C("last_used_source", "text", "report, or GetAccessKeyLastUsed."),
        C("report_time", "timestamptz", "When the report that tells the last use was made."),
        C("slot", "integer", "The slot of the credential report that shows the key."),
        C("slot_method", "text", "How the slot was determined: created (same second, same status) or only_key."),
        C("slot_confidence", "text", "high, medium or none."),
        C("position", "bigint", "Its place in the answer of ListAccessKeys, from 1."),
    ),
    sql=f"""
with keys as (
  select k.account_id, 'global' as region, k.item ->> '$.AccessKeyId' as access_key_id, k.synced_at, 'iam:ListAccessKeys' as source,
    coalesce(k.item ->> '$.UserName', k.bound ->> '$.UserName') as user_name, k.item ->> '$.Status' as status,
    try_cast(k.item ->> '$.CreateDate' as timestamptz) as create_date, k.rowid as place
  from raw."{ACCESS_KEYS.raw}" k),
slots as ({_slot(1)} union all {_slot(2)}),
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
told as (
  select d.account_id, d.access_key_id, d.slot, d.report_time, d.used, d.service, d.region,
    'created' as method, 'high' as confidence
  from dated d where d.of_key = 1 and d.of_slot = 1
  union all
  select p.account_id, p.access_key_id, p.slot, p.report_time, p.used, p.service, p.region, 'only_key', 'medium'
  from pairs p join keys u on u.account_id = p.account_id and u.access_key_id = p.access_key_id
  join counted c on c.account_id = u.account_id and c.user_name = u.user_name
  where c.keys = 1 and p.user_slots = 1 and p.undated),
asked as (
  select account_id, bound ->> '$.AccessKeyId' as access_key_id, any_value(item) as item
  from raw."{KEY_LAST_USED.raw}" group by all)
select k.*, k.access_key_id as title,
  json_array(concat('arn:', (select r."partition" from iamsql.run r), ':iam::', k.account_id, ':user/', k.user_name,
    '/accesskey/', k.access_key_id)) as akas,
  case when a.item is not null then try_cast(a.item ->> '$.LastUsedDate' as timestamptz) else t.used end
    as access_key_last_used_date,
  case when a.item is not null then report_text(a.item ->> '$.ServiceName') else t.service end as access_key_last_used_service,
  case when a.item is not null then report_text(a.item ->> '$.Region') else t.region end as access_key_last_used_region,
  a.item is not null or t.slot is not null as last_used_known,
  case when a.item is not null then 'GetAccessKeyLastUsed' when t.slot is not null then 'report' end as last_used_source,
  case when a.item is null then t.report_time end as report_time, t.slot, t.method as slot_method,
  coalesce(t.confidence, 'none') as slot_confidence,
  row_number() over (partition by k.account_id, k.user_name order by k.place) as position
from keys k
left join told t on t.account_id = k.account_id and t.access_key_id = k.access_key_id
left join asked a on a.account_id = k.account_id and a.access_key_id = k.access_key_id
""",
)
