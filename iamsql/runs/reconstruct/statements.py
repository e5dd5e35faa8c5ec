"""The SQL that makes the run file of a past state. The run that it copies from is attached as `earlier`."""

from __future__ import annotations

from iamsql.runs.iam_state.account_state import LISTS
from iamsql.tables.calls.account import POLICY_DETAILS
from iamsql.tables.registry import all_calls

# Data that changes without a write event: it is known only at the time of the run.
_WITHOUT_EVENTS = {
    ("iam", "GenerateCredentialReport"),
    ("iam", "GetCredentialReport"),
    ("iam", "GetAccountSummary"),
    ("iam", "GetAccessKeyLastUsed"),
    ("iam", "GenerateServiceLastAccessedDetails"),
    ("iam", "GetServiceLastAccessedDetails"),
    ("accessanalyzer", "ListFindings"),
    ("accessanalyzer", "ListFindingsV2"),
}
NOT_AT_THE_TIME = sorted(
    {
        (call.service, call.operation, call.raw)
        for call in all_calls()
        if (call.service, call.operation) in _WITHOUT_EVENTS
    }
)

COPIED = (
    "insert into iamsql.accounts from source.iamsql.accounts order by position",
    "insert into iamsql.coverage from source.iamsql.coverage",
    "insert into iamsql.event_coverage from source.iamsql.event_coverage",
    "update iamsql.run set management_account_id = (select management_account_id from source.iamsql.run limit 1)",
)
EARLIER_EVENTS = "insert into iamsql.events from source.iamsql.events where event_time is null or event_time <= ?"
# Windows end at the time. A later run's row replaces an earlier run's row.
LATER_EVENTS = (
    ("insert into iamsql.events from source.iamsql.events where event_time <= ?", ("naive",)),
    (
        """delete from iamsql.event_coverage c where exists (
  from source.iamsql.event_coverage e where (e.account_id, e.region, e.source) = (c.account_id, c.region, c.source)
    and e.look_up is not distinct from c.look_up)""",
        (),
    ),
    (
        """insert into iamsql.event_coverage
select e.* replace (least(e.window_end, ?::timestamptz) as window_end) from source.iamsql.event_coverage e""",
        ("iso",),
    ),
)
# The documents of AWS managed policies, which are the same in every account, for policies that were attached later.
FOREIGN_DOCUMENTS = f"""
create or replace temp table aws_policies as
select distinct on (item ->> '$.Arn') item ->> '$.Arn' as arn, item from (
  select item from raw."{POLICY_DETAILS.raw}" union all select item from source.raw."{POLICY_DETAILS.raw}")
where split_part(item ->> '$.Arn', ':', 5) = 'aws' and json_array_length(item -> '$.PolicyVersionList') > 0
"""
AWS_POLICIES = "select arn, item::varchar from temp.aws_policies"
# Events of one second have no order in CloudTrail: `event_order` orders them.
EVENTS_SQL = """
select account_id, event_id, event_name, event_time, event ->> '$.requestParameters', event ->> '$.responseElements'
from (select distinct on (account_id, coalesce(event_id, event::varchar)) * from iamsql.events
  where event_source = 'iam.amazonaws.com' and error_code is null and read_only is not true and event_time >= ? and event_time <= ?)
order by account_id, event_time, event_id
"""
STATE = " union all ".join(
    f"select * from (select '{raw}' as raw, bound::varchar as bound, item::varchar as item from raw.\"{raw}\" "
    "where account_id = $1 order by rowid)"
    for raw in LISTS
)
INSERT_ITEMS = """
insert into raw."{raw}"
select ?, iam_events_region((select r."partition" from iamsql.run r)), unnest(?::varchar[]::json[]), unnest(?::varchar[]::json[]),
  ?::timestamptz
"""
CREATE_CHANGES = """
create table iamsql.reconstructed (account_id varchar, table_name varchar, key varchar, change varchar, event_id varchar,
  event_time timestamptz, event_name varchar)
"""
INSERT_CHANGES = """
insert into iamsql.reconstructed select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]),
  unnest(?::varchar[]), unnest(?::varchar[]::timestamptz[]), unnest(?::varchar[])
"""
UNKNOWN = """
update iamsql.coverage set status = 'error', error_code = $1, error_message = $2
where service = $3 and ($4::varchar[] is null or list_contains($4::varchar[], operation))
  and ($5::varchar is null or account_id = $5) and coalesce(error_code, '') not in ('not_selected', 'account_not_selected')
  and status <> 'skipped'
"""
ACCOUNTS_OUTCOME = "update iamsql.accounts set outcome = 'incomplete', reason = ? where account_id = ?"
