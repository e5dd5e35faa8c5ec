CREATE OR REPLACE MACRO "stale_keys"("since", "days" := 90, "account" := null, "status" := ['Active', 'In''active']) AS TABLE
select /* $x /* nested $y */ $z */ account_id, 'it''s $days' as "a $quoted" -- $gone
from aws_iam_access_key
where create_date < as_of() - to_days(cast("days" as integer)) and create_date >= cast("since" as date)
  and (cast("account" as text) is null or account_id = cast("account" as text)) and list_contains(cast("status" as text[]), status) and x != $$ $days $$
