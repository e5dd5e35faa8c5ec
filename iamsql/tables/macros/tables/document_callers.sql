-- Returns the principals that new policies allow, with the side of their callers (iam_caller_sides). Services are left out unless
-- conditions name the resources that they act for.
--   policies: a list of {'account_id', 'event_id', 'document'}
--   is_trust: whether these are trust policies of roles
--   known: a list of the IDs of known accounts and organizations outside
-- returns: account_id VARCHAR, event_id VARCHAR, kind VARCHAR, value VARCHAR, conditions STRUCT("operator" VARCHAR, qualifier VARCHAR, if_exists BOOLEAN, "key" VARCHAR, original_key VARCHAR, "values" VARCHAR[])[], side VARCHAR, parties VARCHAR
create or replace macro document_callers(policies, is_trust, known) as table
with written_documents as (
    select unnest(
        cast(policies as struct(account_id varchar, event_id varchar, document varchar)[]), max_depth := 2
    )
),

named_principals as (
    select
        d.account_id, d.event_id, d.document,
        unnest(iam_document_principals(cast(try_cast(d.document as json) as varchar), is_trust)) as principal
    from written_documents as d
),

restricted_principals as (
    select distinct
        p.account_id, p.event_id, p.principal,
        [[p.principal.party]] || iam_restrictions(p.principal.conditions, p.principal.party = '*') || coalesce(
            iam_deny_restrictions(
                iam_document_denials(p.document), p.principal.value, p.principal.party, p.principal.actions, p.principal.resources,
                p.principal.party = '*', iam_request_kind(p.principal.kind, p.principal.value, not is_trust)
            ), []
        ) as restrictions
    from named_principals as p
)

select r.account_id, r.event_id, r.principal.kind, r.principal.value, r.principal.conditions, c.side, c.parties
from restricted_principals as r
inner join iam_caller_sides(
    (select list({'account_id': s.account_id, 'restrictions': s.restrictions}) from restricted_principals as s), known
) as c on c.account_id = r.account_id and c.restrictions = r.restrictions;
