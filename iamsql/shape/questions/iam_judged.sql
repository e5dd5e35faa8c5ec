-- What principals may do: each question (action, resource) for each user and role that is asked about, with a verdict.
--
-- `questions` is a list of {'action', 'resource'}, the latter `any` for whichever; `who` is an ARN, or NULL for every user
-- and role; with `everyone` those come out too whom no policy allows anything that is asked. With `trust` each resource is
-- a role that is to be assumed: its trust policy takes part, and where it names a principal of its own account, that one's
-- policies need not allow. With `leaders` one of those who are alike, as iam_alike has it, stands for all.
--
-- A gate is what has to let a request through: the principal's policies together, its boundary, each level of SCPs, the
-- trust. A request passes when nothing denies and each gate allows. Conditions whose keys the data settles are settled;
-- for the others all requests are tried that the conditions can tell apart: one value of each class of values a key.
-- gives: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, why VARCHAR, reasons VARCHAR[], not_considered VARCHAR
create or replace macro iam_judged(questions, who, everyone, trust, leaders) as table
with recursive asked as materialized (
    select q.question, q.one.action as action, q.one.resource as resource
    from (select unnest(questions) as one, generate_subscripts(questions, 1) as question) as q
),

-- the statements that speak of what is asked; resources with variables are tried later, for each principal
acting as materialized (
    select a.action, s.*
    from (select distinct q.action from asked as q) as a, aws_iam_statement as s
    where (s.actions is not null) = (len([1 for like_ in s.action_likes if lower(a.action) like like_ escape '\']) > 0)
),

spoken as materialized (
    select q.question, q.resource, s.* exclude (action)
    from acting as s join asked as q on q.action = s.action
    where
        s.has_variables
        or q.resource = 'any'
        or s.resource_likes is null
        or (s.resources is not null)
        = (len([1 for like_ in s.resource_likes if q.resource like like_ escape '\']) > 0)
),

members as materialized (from iam_alike(questions, who, everyone or trust, not leaders)),

facts as materialized (
    select
        p.principal_arn as principal,
        p.account_id,
        p.is_guarded,
        p.guard_id,
        {
            'arn': p.principal_arn, 'account_id': p.account_id, 'name': p.name, 'id': p.id, 'type': p.type,
            'tags': p.tags, 'organization_id': p.organization_id, 'organization_path': p.organization_path
        } as p
    from aws_iam_principal as p
    where p.principal_arn in (select m.leader from members as m)
),

-- whom the trust of a role that is asked about speaks of; `direct` where it names the principal, not its whole account
named as materialized (
    select
        s.question, s.document_id, s.number, d.account_id, unnest(coalesce(s.principals, s.not_principals)) as n
    from spoken as s
    join aws_iam_document as d
        on trust and d.document_id = s.document_id and d.source = 'trust' and d.owner_arn = s.resource
),

trusted as materialized (
    select n.question, n.document_id, n.number, f.principal, n.account_id = f.account_id as direct
    from named as n join facts as f on f.principal = n.n.value
    where n.n.type = 'AWS'
    union
    select n.question, n.document_id, n.number, f.principal, n.account_id = f.account_id
    from named as n join facts as f on f.p.id = n.n.value
    where n.n.type = 'AWS'
    union
    select n.question, n.document_id, n.number, f.principal, n.account_id = f.account_id
    from named as n cross join facts as f
    where n.n.value = '*'
    union
    select n.question, n.document_id, n.number, f.principal, false
    from named as n
    join facts as f on f.account_id = case
        when regexp_full_match(n.n.value, '\d{12}') then n.n.value
        when n.n.value like 'arn:%:iam::%:root' then split_part(n.n.value, ':', 5) end
    where n.n.type = 'AWS'
),

speaking as materialized (
    select t.question, t.document_id, t.number, t.principal, bool_or(t.direct) as direct
    from trusted as t join spoken as s using (question, document_id, number)
    where s.principals is not null
    group by all
    union all
    select distinct n.question, n.document_id, n.number, f.principal, false
    from named as n join spoken as s using (question, document_id, number) cross join facts as f
    where
        s.principals is null
        and not exists (
            from trusted as t
            where t.question = n.question and t.document_id = n.document_id and t.number = n.number
                and t.principal = f.principal)
),

own as materialized (
    select
        l.principal_arn as principal, l.layer as gate, l.document_id,
        case
            when l.layer = 'boundary' then 'boundary ' || l.policy_name
            else concat(
                case when l.policy_arn is null then 'inline policy ' else 'policy ' end, l.policy_name,
                case when l.group_name is not null then ' of group ' || l.group_name end
            )
        end as label
    from aws_iam_principal_policy as l where who is null or l.principal_arn = who
),

-- joined two by two: with one question, whatever has its number has everything's
heard as materialized (
    select s.question, o.principal, o.gate, o.label, s.effect, s.number, s.document_id
    from own as o join spoken as s using (document_id)
),

candidates as materialized (
    select a.question, f.principal from asked as a cross join facts as f where everyone
    union
    select h.question, h.principal from heard as h where h.gate = 'identity' and h.effect = 'Allow' and not trust
    union
    select t.question, t.principal from speaking as t join spoken as s using (question, document_id, number)
    where s.effect = 'Allow' and t.principal <> s.resource
),

-- the organization's policies are weighed once for those whom they treat alike; each answers for itself and for that
guards as materialized (
    select f.guard_id, concat('guard ', f.guard_id) as bearer, f.account_id, f.p
    from facts as f
    where f.is_guarded
    qualify row_number() over (partition by f.guard_id order by f.principal) = 1
),

borne as materialized (
    select c.question, c.principal, c.principal as bearer, concat(c.question, ' ', c.principal) as tie
    from candidates as c
    union
    select c.question, c.principal, g.bearer, concat(c.question, ' ', g.bearer)
    from candidates as c
    join facts as f on f.principal = c.principal and f.is_guarded
    join guards as g on g.guard_id is not distinct from f.guard_id
),

levels as materialized (
    select b.question, b.bearer, l.type, l.level, l.policy_name, l.document_id,
        case when l.target_id = l.account_id then 'the account' else l.target_name end as target
    from (select distinct n.question, n.bearer from borne as n) as b
    join guards as g on g.bearer = b.bearer
    join aws_organizations_account_policy as l on l.account_id = g.account_id
),

gates as materialized (
    select c.question, c.principal as bearer, 'identity' as gate, 'the principal''s policies' as label from candidates as c
    union all
    select c.question, c.principal, 'trust', 'the trust policy' from candidates as c where trust
    union all
    select c.question, c.principal, 'boundary', o.label
    from candidates as c join own as o on o.principal = c.principal and o.gate = 'boundary'
    union all
    select distinct l.question, l.bearer, 'scp ' || l.level, 'the SCPs at ' || l.target
    from levels as l where l.type = 'SERVICE_CONTROL_POLICY'
),

reached as materialized (
    select h.question, h.principal as bearer, h.gate, h.label, h.number, h.document_id
    from candidates as c join heard as h using (question, principal)
    union all
    select l.question, l.bearer, 'scp ' || l.level, concat('SCP ', l.policy_name, ' at ', l.target), s.number, s.document_id
    from levels as l
    join spoken as s on s.question = l.question and s.document_id = l.document_id
    where l.type = 'SERVICE_CONTROL_POLICY'
    union all
    -- resource control policies are those of the resource's account, which is the principal's where no ARN tells
    select l.question, l.bearer, 'rcp', concat('RCP ', l.policy_name, ' at ', l.target), s.number, s.document_id
    from levels as l
    join asked as q on q.question = l.question and iam_resource_account(q.resource) is null
    join spoken as s on s.question = l.question and s.document_id = l.document_id and s.effect = 'Deny'
    where l.type = 'RESOURCE_CONTROL_POLICY' and iam_knows_rcps(q.action)
    union all
    select c.question, c.principal, 'rcp', concat('RCP ', l.policy_name, ' at ', l.target_name), s.number, s.document_id
    from candidates as c
    join asked as q on q.question = c.question
    join aws_organizations_account_policy as l
        on l.account_id = iam_resource_account(q.resource) and l.type = 'RESOURCE_CONTROL_POLICY'
        and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
    join spoken as s on s.question = c.question and s.document_id = l.document_id and s.effect = 'Deny'
    where iam_knows_rcps(q.action)
    union all
    select t.question, t.principal, unnest(case when t.direct then ['trust', 'identity'] else ['trust'] end),
        'the trust policy', t.number, t.document_id
    from speaking as t join candidates as c using (question, principal)
),

hits as materialized (
    select
        row_number() over () as hit, r.question, r.bearer, r.gate, r.label, s.effect, s.resource, s.has_variables,
        s.resources, s.not_resources, s.conditions, f.p
    from reached as r
    join spoken as s using (question, document_id, number)
    join (
        select o.principal as bearer, o.p from facts as o union all select g.bearer, g.p from guards as g
    ) as f on f.bearer = r.bearer
    where not (r.gate = 'identity' and r.label = 'the trust policy' and s.effect = 'Deny')
),

variables as materialized (
    select h.hit, h.p, h.resource, iam_variables(array_to_string(
        coalesce(h.resources, h.not_resources, []) || flatten([one_."values" for one_ in h.conditions]), ' '
    )) as names
    from hits as h where h.has_variables
),

fillings as materialized (
    select v.hit, v.names, [iam_filling(v.p, name_, v.resource) for name_ in v.names] as fillings from variables as v
),

filled as materialized (
    select h.* exclude (has_variables) from hits as h where not h.has_variables
    union all
    select
        h.* exclude (has_variables) replace (
            [iam_filled(written_, v.names, v.fillings, false) for written_ in h.resources] as resources,
            [iam_filled(written_, v.names, v.fillings, false) for written_ in h.not_resources] as not_resources,
            [{
                'operator': one_.operator, 'qualifier': one_.qualifier, 'if_exists': one_.if_exists, 'key': one_.key,
                'spelt': one_.spelt,
                'values': [iam_filled(written_, v.names, v.fillings, false) for written_ in one_."values"]
            } for one_ in h.conditions] || [{
                'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false,
                'key': iam_variable_key(v.names[place_]), 'spelt': v.names[place_], 'values': ['what the resource names']
            } for place_ in range(1, len(v.names) + 1)
                if v.fillings[place_].free and contains(array_to_string(h.resources, ' '), v.names[place_])] as conditions)
    from hits as h
    join fillings as v using (hit)
    where
        (h.resources is null and h.not_resources is null)
        or h.resource = 'any'
        or (h.resources is not null) = (len([
            1 for written_ in coalesce(h.resources, h.not_resources)
            if h.resource like iam_filled(written_, v.names, v.fillings, true) escape '\'
        ]) > 0)
),

-- where any resource will do, which one is asked about is a condition like others
posed as materialized (
    select h.hit, h.p, h.resource, unnest(h.conditions || case
        when h.resource <> 'any' or coalesce(list_contains(coalesce(h.resources, h.not_resources), '*'), true) then []
        else [{
            'operator': case when h.resources is not null then 'stringlike' else 'stringnotlike' end,
            'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'resource', 'spelt': 'resource',
            'values': coalesce(h.resources, h.not_resources)
        }] end) as one
    from filled as h
),

tried as materialized (
    select t.hit, t.one, t.type, t.settles,
        iam_holds(t.one.operator, t.one.qualifier, t.one.if_exists, t.one."values", t.given) as holds
    from (
        select c.hit, c.one, c.p.type as type, iam_settles(c.p, c.one.key, c.one."values", c.resource) as settles,
            iam_given(c.p, c.one.key, c.resource) as given
        from posed as c
    ) as t
),

settled as materialized (
    select
        t.hit,
        bool_and(t.holds or not t.settles) as may_hold,
        list_sort(list(distinct {
            'key': t.one.key, 'spelt': t.one.spelt, 'operator': t.one.operator, 'qualifier': t.one.qualifier,
            'if_exists': t.one.if_exists, 'values': t.one."values", 'always': iam_always(t.one.key, t.type)
        }) filter (not t.settles)) as atoms
    from tried as t
    group by t.hit
),

live as materialized (
    select h.question, h.bearer, h.gate, h.label, h.effect, coalesce(s.atoms, []) as atoms
    from filled as h left join settled as s using (hit)
    where coalesce(s.may_hold, true)
),

marks as materialized (
    select
        l.question, l.bearer, l.gate,
        bool_or(l.effect = 'Allow') as may_allow,
        bool_or(l.effect = 'Allow' and len(l.atoms) = 0) as allows,
        bool_or(l.effect = 'Deny' and len(l.atoms) = 0) as denies,
        string_agg(distinct l.label, ', ' order by l.label) filter (l.effect = 'Deny' and len(l.atoms) = 0) as deniers,
        string_agg(distinct l.label, ', ' order by l.label) filter (l.effect = 'Allow') as allowers
    from live as l
    group by all
),

-- what holds in every request
sure as materialized (
    select m.question, m.bearer, 'explicit_deny_' || split_part(m.gate, ' ', 1) as token,
        'explicit deny by ' || m.deniers as words
    from marks as m where m.denies
    union all
    select g.question, g.bearer, split_part(g.gate, ' ', 1) || '_not_allowed', 'no allow in ' || g.label
    from gates as g left join marks as m using (question, bearer, gate)
    where not coalesce(m.may_allow, false)
),

blocked as materialized (
    select
        b.question, b.principal, list_sort(list(distinct s.token)) as reasons,
        string_agg(distinct s.words, '; ' order by s.words) as why
    from sure as s join borne as b using (question, bearer)
    group by all
),

-- the statements that hold in some requests only, where that matters
open as materialized (
    select
        concat(l.question, ' ', l.bearer) as tie, l.gate, l.effect, l.atoms,
        concat(l.gate, l.effect, cast(l.atoms as varchar)) as said
    from live as l
    join marks as m using (question, bearer, gate)
    where len(l.atoms) > 0 and (l.effect = 'Deny' or not m.allows)
),

signed as materialized (
    select b.question, b.principal, md5(string_agg(distinct o.said, '|' order by o.said)) as signature
    from borne as b
    join open as o on o.tie = b.tie
    anti join blocked as k on k.question = b.question and k.principal = b.principal
    group by all
),

firsts as materialized (
    select concat(g.question, ' ', g.principal) as asker, g.signature
    from signed as g
    qualify row_number() over (partition by g.signature order by g.question, g.principal) = 1
),

items as materialized (
    select i.*, row_number() over () as item
    from (
        select distinct s.signature, o.gate, o.effect, o.atoms
        from firsts as s
        join borne as b on concat(b.question, ' ', b.principal) = s.asker
        join open as o on o.tie = b.tie
    ) as i
),

parts as materialized (select i.signature, i.item, unnest(i.atoms) as one from items as i),

atoms as materialized (
    select a.signature, a.one, a.one.key as key,
        row_number() over (partition by a.signature, a.one.key order by cast(a.one as varchar)) as n
    from (select distinct p.signature, p.one from parts as p) as a
),

keys as materialized (
    select a.signature, a.key, min(a.one.spelt) as spelt, bool_and(a.one.always) as always,
        bool_or(a.one.qualifier is not null) as is_set, bool_or(iam_has_others(a.one.operator)) as has_others
    from atoms as a group by a.signature, a.key
),

wanted as materialized (select a.signature, a.key, a.one.operator as operator, unnest(a.one."values") as value from atoms as a),

samples as materialized (
    select w.signature, w.key, unnest(iam_samples(w.operator, w.value)) as sample from wanted as w
    union
    select k.signature, k.key, 'other~' from keys as k where k.has_others
    union
    -- a value of two patterns at once, such as ab of a* and *b
    select w.signature, w.key, replace(replace(w.value, '*', replace(replace(v.value, '*', ''), '?', 'x')), '?', 'x')
    from wanted as w join wanted as v using (signature, key)
    where contains(w.value, '*') and w.value <> v.value and contains(w.operator, 'like')
),

-- which atoms of a key a value fits, and which some or all of several values fit
elements as materialized (
    select distinct e.signature, e.key, e.fitting from (
        select s.signature, s.key,
            list(coalesce(iam_fits(a.one.operator, a.one."values", s.sample), false) order by a.n) as fitting
        from samples as s join atoms as a using (signature, key)
        group by s.signature, s.key, s.sample
    ) as e
),

sets as (
    select e.signature, e.key, e.fitting as some, e.fitting as every_one from elements as e
    union
    select s.signature, s.key, iam_either(s.some, e.fitting), iam_both(s.every_one, e.fitting)
    from sets as s
    join keys as k on k.signature = s.signature and k.key = s.key and k.is_set
    join elements as e on e.signature = s.signature and e.key = s.key
),

classes as materialized (
    select c.signature, c.key, c.holding, row_number() over (partition by c.signature, c.key order by c.holding) - 1 as class
    from (
        select s.signature, s.key, list(iam_holds_with(
            a.one.operator, a.one.qualifier, a.one."values",
            case when s.every_one[a.n] then 2 when s.some[a.n] then 1 else 0 end, 2
        ) order by a.n) as holding
        from sets as s join atoms as a on a.signature = s.signature and a.key = s.key
        group by s.signature, s.key, s.some, s.every_one
        union
        select k.signature, k.key,
            list(iam_holds_without(a.one.operator, a.one.qualifier, a.one.if_exists, a.one."values") order by a.n)
        from keys as k join atoms as a using (signature, key)
        where not k.always
        group by k.signature, k.key
    ) as c
),

sizes as (
    select c.signature, c.key, count(*) as size from classes as c group by c.signature, c.key
),

dimensions as materialized (
    select z.signature, z.key, z.size,
        coalesce(product(z.size) over (
            partition by z.signature order by z.key rows between unbounded preceding and 1 preceding
        ), 1) as stride,
        product(z.size) over (partition by z.signature) as total
    from sizes as z
),

requests as (
    select t.signature, unnest(range(cast(t.total as bigint))) as request
    from (select distinct d.signature, d.total from dimensions as d where d.total <= 20000) as t
),

picked as materialized (
    select r.signature, r.request, d.key, c.holding, d.stride, c.class
    from requests as r
    join dimensions as d using (signature)
    join classes as c on c.signature = d.signature and c.key = d.key
        and c.class = r.request // cast(d.stride as bigint) % d.size
),

holding as (
    select p.signature, p.request, t.item, bool_and(p.holding[a.n]) as holds
    from picked as p
    join atoms as a on a.signature = p.signature and a.key = p.key
    join parts as t on t.signature = a.signature and t.one = a.one
    group by all
),

weighed as materialized (
    select h.signature, h.request, i.gate,
        bool_or(h.holds and i.effect = 'Deny') as denies,
        bool_or(i.effect = 'Allow') and not bool_or(h.holds and i.effect = 'Allow') as lacks
    from holding as h join items as i using (signature, item)
    group by all
),

outcomes as materialized (
    select w.signature, w.request, not bool_or(w.denies or w.lacks) as passes from weighed as w group by all
),

turning as (
    select t.signature, list_sort(list(distinct k.spelt)) as spelt
    from (
        select p.signature, p.key
        from picked as p join outcomes as o using (signature, request)
        group by p.signature, p.key, p.request - p.class * cast(p.stride as bigint)
        having bool_or(o.passes) and not bool_and(o.passes)
    ) as t
    join keys as k using (signature, key)
    group by t.signature
),

obstacles as (
    select w.signature, unnest([
        case when w.denies then 'explicit_deny_' || split_part(w.gate, ' ', 1) end,
        case when w.lacks then split_part(w.gate, ' ', 1) || '_not_allowed' end
    ]) as token, w.request
    from weighed as w
),

hindered as (
    select h.signature, list_sort(list(h.token) filter (h.times = h.requests or not h.any_whole)) as reasons
    from (
        select b.signature, b.token, count(distinct b.request) as times, any_value(n.requests) as requests,
            bool_or(count(distinct b.request) = any_value(n.requests)) over (partition by b.signature) as any_whole
        from obstacles as b
        join (select o.signature, count(*) as requests from outcomes as o group by all) as n using (signature)
        where b.token is not null
        group by b.signature, b.token
    ) as h
    group by h.signature
),

judged as (
    select o.signature,
        case when bool_and(o.passes) then 'certain' when bool_or(o.passes) then 'conditional' else 'blocked' end as verdict
    from outcomes as o group by all
),

lacking as (
    select l.principal_arn as principal, string_agg(distinct l.policy_name, ', ' order by l.policy_name) as names
    from aws_iam_principal_policy as l where l.document_id is null group by all
)

select
    c.question,
    w.principal,
    w.account_id,
    q.action,
    q.resource,
    case when b.principal is not null then 'blocked' when s.signature is null then 'certain'
        else coalesce(j.verdict, 'conditional') end as verdict,
    case
        when b.principal is not null then b.why
        when s.signature is null or j.verdict = 'certain' then concat('allowed by ', m.allowers)
        when j.verdict = 'blocked' then concat(
            'no request passes, whatever ', array_to_string(k.all_keys, ', '), ' is: ',
            array_to_string([replace(reason_, '_', ' ') for reason_ in h.reasons], '; ')
        )
        else concat('depends on ', array_to_string(coalesce(t.spelt, k.all_keys), ', '))
    end as why,
    case when b.principal is not null then b.reasons when s.signature is null or j.verdict = 'certain' then []
        when j.verdict = 'blocked' then h.reasons else coalesce(t.spelt, k.all_keys) end as reasons,
    nullif(concat_ws(
        '; ',
        case when not exists (from aws_organizations_policy as p where p.type = 'SERVICE_CONTROL_POLICY')
            then 'service control policies: none in this file' end,
        case when x.names is not null then 'not in this file: the document of ' || x.names end,
        case when s.signature is not null and j.verdict is null then 'too many conditions to try every request' end
    ), '') as not_considered
from candidates as c
join members as w on w.leader = c.principal and (not leaders or w.principal = w.leader)
join asked as q on q.question = c.question
left join blocked as b on b.question = c.question and b.principal = c.principal
left join signed as s on s.question = c.question and s.principal = c.principal
left join judged as j on j.signature = s.signature
left join turning as t on t.signature = s.signature
left join hindered as h on h.signature = s.signature
left join (
    select y.signature, list_sort(list(distinct y.spelt)) as all_keys from keys as y group by all
) as k on k.signature = s.signature
left join marks as m on m.question = c.question and m.bearer = c.principal and m.gate = 'identity'
left join lacking as x on x.principal = w.principal;
