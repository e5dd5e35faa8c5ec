-- The verdict of each pair, with its reasons and the policies that are missing.

-- The result of each pair without the unread policies, and these policies.
results as (
    select
        c.question, c.subject_id, q.action, q.resource, x.names as missing, o.policy, b.is_certain,
        t.keys as session_tags,
        s.signature is not null and j.verdict is null as has_too_many_requests,
        case
            when b.subject_id is not null then 'denied'
            when o.policy is not null then 'conditional'
            when s.signature is null then 'allowed'
            else coalesce(j.verdict, 'conditional')
        end as verdict,
        case
            when b.subject_id is not null then b.reason
            when q.rule in ('always', 'unsigned') then q.reason
            when s.signature is null or j.verdict = 'allowed' then concat('allowed by ', w.policies)
            when j.verdict = 'denied' then concat(
                'no request passes, whatever ', array_to_string(j.all_keys, ', '), ' is: ',
                array_to_string([replace(reason_, '_', ' ') for reason_ in j.reasons], '; ')
            )
            else concat('depends on ', array_to_string(coalesce(j.deciding_keys, j.all_keys), ', '))
        end as reason,
        case
            when b.subject_id is not null then b.reasons
            when s.signature is null or j.verdict = 'allowed' then []
            when j.verdict = 'denied' then j.reasons
            else coalesce(j.deciding_keys, j.all_keys)
        end as reasons,
        j.verdict as condition_verdict
    from pairs as c
    join numbered_questions as q on q.question = c.question
    left join denied_pairs as b on b.question = c.question and b.subject_id = c.subject_id
    left join missing_policies as x on x.question = c.question and x.subject_id = c.subject_id
    left join other_policies as o on o.question = c.question and o.subject_id = c.subject_id
    left join session_tag_keys as t on t.question = c.question and t.subject_id = c.subject_id
    left join signatures as s on s.question = c.question and s.subject_id = c.subject_id
    left join condition_outcomes as j on j.signature = s.signature
    left join allowing_policies as w on w.question = c.question and w.scope_id = c.subject_id
)

select
    r.question, f.subject as principal, f.account_id, r.action, r.resource,
    case
        when r.is_certain or r.condition_verdict = 'denied' and r.missing is null then 'denied'
        when r.missing is not null then 'unknown'
        when r.condition_verdict = 'denied' then 'denied'
        else r.verdict
    end as verdict,
    concat(
        case when r.missing is not null and not coalesce(r.is_certain, false)
            then concat('not read: ', array_to_string(r.missing, ', '), '; without it: ') end,
        r.reason,
        case when r.policy is not null and r.verdict = 'conditional' and r.condition_verdict is distinct from 'denied'
            then concat('; ', r.policy, ' decides as well') end
    ) as reason,
    case when r.policy is not null and r.verdict = 'conditional' and r.condition_verdict is distinct from 'denied'
        then r.reasons || [r.policy] else r.reasons end as reasons,
    nullif(concat_ws(
        '; ',
        case when not k.has_policies
            and not coalesce(list_contains(r.missing, 'the service control policies'), false)
            then 'service control policies: none in this file' end,
        case when r.missing is not null then 'not read: ' || array_to_string(r.missing, ', ') end,
        case when r.session_tags is not null then 'session tags, which can set ' || r.session_tags end,
        case when r.has_too_many_requests then 'too many conditions to try every request' end
    ), '') as not_considered,
    case when r.condition_verdict = 'denied' then 'denied' else r.verdict end as as_read,
    r.missing
from results as r
join principal_facts as f on f.subject_id = r.subject_id
cross join scp_facts as k;
