-- What subjects may do: each question for each of them, with a verdict.
--
-- `questions` is a list as iam_question and iam_subject_question make them, `subjects` a list as iam_subject makes them; with
-- `everyone` those come out too whom no policy allows anything that is asked. Where a question has `trust`, its resource is a
-- role that is to be assumed: the role's trust policy takes part, and where that names a principal of its own account, the
-- policies of the principal need not allow it.
--
-- A gate is what has to let a request through: the principal's policies together, its boundary, each level of SCPs, the
-- trust. A request passes when nothing denies and each gate allows. Conditions whose keys the data settles are settled;
-- for the others all requests are tried that the conditions can tell apart: one value of each class of values a key.
--
-- The verdict is `unknown` where a document that could change it was not read: `missing` names those documents, and
-- `as_read` is the verdict of what was read alone. What an unread document cannot change is `blocked`.
-- gives: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, why VARCHAR, reasons VARCHAR[], not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_evaluation(questions, subjects, everyone) as table
-- subjects have numbers here, which take less memory than their names
with recursive numbered as materialized (
    select row_number() over (order by s.one.subject) as principal, s.one.subject as subject, s.one as one
    from (select unnest(iam_subject_list(subjects)) as one) as s
),

-- `subject` is null for a question about every subject, and 0 for a question about a subject that is not listed
asked as materialized (
    select
        q.question, q.one.action as action, q.one.resource as resource, q.one.context as context, q.one.trust as trust,
        case when q.one.subject is not null then coalesce(l.principal, 0) end as subject
    from (
        select unnest(w.listed) as one, generate_subscripts(w.listed, 1) as question
        from (select iam_question_list(questions) as listed) as w
    ) as q
    left join numbered as l on l.subject = q.one.subject
),

facts as materialized (
    select
        w.principal, w.subject, p.account_id, p.is_guarded, p.guard_id,
        p.principal_arn like '%:role/aws-service-role/%' as is_service_linked,
        {
            'arn': p.principal_arn, 'account_id': p.account_id, 'name': p.name, 'id': p.id, 'type': p.type,
            'tags': p.tags, 'organization_id': p.organization_id, 'organization_path': p.organization_path,
            'moment': epoch(as_of())
        } as p
    from numbered as w
    join aws_iam_principal as p on p.principal_arn = w.one.principal
),

-- the subjects of a question: the subject that it names, or with -1 every subject
whom as materialized (
    select f.principal, f.principal as asked from facts as f
    union all
    select f.principal, -1 from facts as f
),

-- the organization's policies are weighed once for those whom they treat alike; each answers for itself and for that
guards as materialized (
    select g.guard_id, -row_number() over (order by g.principal) as bearer, g.account_id, g.p
    from (
        select f.* from facts as f
        where f.is_guarded
        qualify row_number() over (partition by f.guard_id order by f.principal) = 1
    ) as g
),

own as materialized (
    select
        w.principal, l.layer as gate, l.document_id, l.policy_name,
        case
            when l.layer = 'boundary' then 'boundary ' || l.policy_name
            else concat(
                case when l.policy_arn is null then 'inline policy ' else 'policy ' end, l.policy_name,
                case when l.group_name is not null then ' of group ' || l.group_name end
            )
        end as label
    from iam_subject_policies((select list(o.one) from numbered as o)) as l
    join numbered as w on w.subject = l.subject
),

-- the statements that speak of what is asked; resources with variables are tried later, for each principal
acting as materialized (
    select a.action, concat(s.document_id, ' ', a.action) as tie, s.*
    from (
        select q.action, t.action_likes, t.reaches
        from (select distinct b.action from asked as b) as q
        cross join (select distinct d.action_likes, d.actions is not null as reaches from aws_iam_statement as d) as t
        where iam_matches_action(t.action_likes, t.reaches, q.action)
    ) as a
    join aws_iam_statement as s on s.action_likes = a.action_likes and (s.actions is not null) = a.reaches
),

-- A question about one subject is asked of the documents that reach it alone. `tie` is one key for document and action: of
-- two keys DuckDB may join by the action first, which is a product.
reaching_documents as materialized (
    select q.question, concat(r.document_id, ' ', q.action) as tie
    from asked as q
    join (
        select a.question, o.document_id from asked as a join own as o on o.principal = a.subject
        union
        select a.question, l.document_id
        from (
            select q.question, unnest([f.account_id, iam_resource_account(q.resource)]) as account_id
            from asked as q join facts as f on f.principal = q.subject
        ) as a
        join aws_organizations_account_policy as l on l.account_id = a.account_id
        union
        select a.question, d.document_id
        from asked as a join aws_iam_document as d on d.owner_arn = a.resource and d.source = 'trust'
        where a.subject is not null and a.trust
    ) as r on r.question = q.question
),

concerned as (
    select q.question, q.resource, q.trust, q.subject, q.action as asked_action, s.* exclude (action, tie)
    from acting as s join asked as q on q.action = s.action
    where q.subject is null
    union all
    select r.question, q.resource, q.trust, q.subject, q.action, s.* exclude (action, tie)
    from reaching_documents as r
    join acting as s on s.tie = r.tie
    join asked as q on q.question = r.question
),

-- `is_plain`: the statement holds in every request
spoken as materialized (
    select c.*, len(c.conditions) = 0 and not c.has_variables
        and iam_ignores_resource(c.resource, coalesce(c.resources, c.not_resources)) as is_plain
    from concerned as c
    where
        c.has_variables
        or iam_is_any_resource(c.resource) and (
            c.not_resources is not null or c.resources is null or iam_resources_may_match(c.asked_action, c.resources)
        )
        or c.resource_likes is null
        or (c.resources is not null)
        = (len([1 for like_ in c.resource_likes if c.resource like like_ escape '\']) > 0) and not iam_is_any_resource(c.resource)
),

-- whom the trust of a role that is asked about speaks of; `how` is principal, account, everyone or, with the session's name,
-- session
named as materialized (
    select
        n.*,
        case
            when n.name = '*' then 'everyone'
            when n.name like 'arn:%:iam::%:root' or regexp_full_match(n.name, '\d{12}') then 'account'
            when n.name like 'arn:%:sts::%:assumed-role/%/%' then 'session'
            else 'principal'
        end as how,
        case
            when n.name like 'arn:%:iam::%:root' then split_part(n.name, ':', 5)
            when n.name like 'arn:%:sts::%:assumed-role/%/%'
                then concat(split_part(n.name, ':', 5), '/', split_part(n.name, '/', 2))
            else n.name
        end as key
    from (
        select s.* exclude (one), s.one.value as name
        from (
            select
                s.question, s.subject, s.resource, s.document_id, s.number, s.effect, s.is_plain,
                s.principals is not null as is_listed, d.account_id, unnest(coalesce(s.principals, s.not_principals)) as one
            from spoken as s
            join aws_iam_document as d
                on s.trust and d.document_id = s.document_id and d.source = 'trust' and d.owner_arn = s.resource
        ) as s
        where s.one.type = 'AWS' or s.one.value = '*' or not s.is_listed
    ) as n
),

trusted as materialized (
    select
        n.question, n.document_id, n.number, n.effect, n.is_plain, n.is_listed, f.principal, n.how,
        n.account_id = f.account_id as is_own, f.p.arn = n.resource as is_itself,
        case when n.how = 'session' then concat(f.p.id, ':', split_part(n.name, '/', 3)) end as session
    from named as n
    join (
        select
            f.principal, unnest([
                '*', f.p.arn, f.p.id, f.account_id, case when f.p.type = 'AssumedRole' then concat(f.account_id, '/', f.p.name) end
            ]) as key
        from facts as f
    ) as k on k.key = n.key and (n.subject is null or n.subject = k.principal)
    join facts as f on f.principal = k.principal
),

-- A trust that names a principal of its own account, or everyone, needs no policy of the principal. One that names a
-- session is not limited by the boundary; whether one that names a user is, AWS's pages contradict each other.
speaking as materialized (
    select
        t.question, t.document_id, t.number, t.effect, t.is_plain, t.principal, bool_or(t.is_itself) as is_itself,
        bool_or(t.is_own and t.how <> 'account') as direct,
        bool_or(t.is_own and t.how = 'session') as passes_boundary,
        bool_or(t.is_own and t.how = 'principal' and f.p.type = 'User') as may_pass_boundary,
        case when bool_and(t.session is not null) then list_sort(list_distinct(list(t.session))) end as sessions
    from trusted as t join facts as f using (principal)
    where t.is_listed
    group by t.question, t.document_id, t.number, t.effect, t.is_plain, t.principal
    union all
    select n.question, n.document_id, n.number, n.effect, n.is_plain, w.principal, f.p.arn = n.resource, false, false, false, null
    from (
        select distinct n.question, n.resource, n.document_id, n.number, n.effect, n.is_plain, coalesce(n.subject, -1) as asked
        from named as n where not n.is_listed
    ) as n
    join whom as w using (asked)
    join facts as f using (principal)
    anti join trusted as t
        on t.question = n.question and t.document_id = n.document_id and t.number = n.number and t.principal = w.principal
),

-- joined two by two: with one question, whatever has its number has everything's
heard as materialized (
    select s.question, o.principal, o.gate, o.label, s.effect, s.number, s.document_id, s.is_plain
    from own as o join spoken as s on s.document_id = o.document_id and s.subject = o.principal
    union all
    select s.question, o.principal, o.gate, o.label, s.effect, s.number, s.document_id, s.is_plain
    from own as o join spoken as s on s.document_id = o.document_id and s.subject is null
),

-- whether the file has any service control policy, any that is attached, and an organization in which the type is disabled
service_control as materialized (
    select
        coalesce(bool_or(t.kind = 'policy'), false) as has_policies,
        coalesce(bool_or(t.kind = 'target'), false) as has_targets,
        coalesce(bool_or(t.kind = 'disabled'), false) as is_disabled
    from (
        select 'policy' as kind from aws_organizations_policy as p where p.type = 'SERVICE_CONTROL_POLICY'
        union all
        select 'target' from aws_organizations_account_policy as l
        where l.type = 'SERVICE_CONTROL_POLICY' and l.policy_id is not null
        union all
        select 'disabled' from aws_organizations_root as r
        where r.policy_types is not null and not contains(cast(r.policy_types as varchar), 'SERVICE_CONTROL_POLICY')
    ) as t
),

-- what was not read and could allow or deny
unread as materialized (
    select o.principal, o.gate, o.label as name from own as o where o.document_id is null
    union all
    select f.principal, 'boundary', 'the permissions boundary, which GetAccountAuthorizationDetails returns'
    from facts as f where f.p.tags is null
    union all
    select
        f.principal,
        coalesce(case when l.policy_id is not null then 'scp ' || l.level end, 'scp'),
        case
            when l.policy_id is null and c.has_targets
                then concat('the SCPs at ', iam_target_name(l.account_id, l.target_id, l.target_name))
            when l.policy_id is null then 'the service control policies'
            when l.level is null then concat('the targets of the SCP ', l.policy_name)
            else concat('SCP ', l.policy_name, ' at ', iam_target_name(l.account_id, l.target_id, l.target_name))
        end
    from facts as f
    cross join service_control as c
    left join aws_organizations_account_policy as l on l.account_id = f.account_id and l.type = 'SERVICE_CONTROL_POLICY'
    where
        f.is_guarded and l.document_id is null and (
            l.policy_id is not null
            -- Organizations keeps at least one policy attached to the root, each unit and each account: a level that has none was
            -- not read, as where ListTargetsForPolicy failed
            or f.p.organization_id is not null and not c.is_disabled and (l.account_id is not null or not c.has_policies)
        )
),

unread_trusts as materialized (
    select q.question, 'trust' as gate, 'the trust policy of ' || q.resource as name
    from asked as q
    left join aws_iam_document as d on d.owner_arn = q.resource and d.source = 'trust'
    left join (
        select distinct p.account_id from aws_iam_principal as p
    ) as k on k.account_id = iam_resource_account(q.resource)
    where q.trust and d.document_id is null and (d.owner_arn is not null or k.account_id is null)
),

candidates as materialized (
    select distinct c.question, c.principal from (
        select a.question, f.principal from asked as a join whom as f on f.asked = coalesce(a.subject, -1) where everyone
        union all
        select h.question, h.principal
        from heard as h
        join asked as q on q.question = h.question
        left join unread_trusts as u on u.question = h.question
        where h.gate = 'identity' and h.effect = 'Allow' and (not q.trust or u.question is not null)
        union all
        select q.question, u.principal
        from unread as u join whom as w on w.principal = u.principal join asked as q on coalesce(q.subject, -1) = w.asked
        where u.gate = 'identity' and not q.trust
        union all
        select t.question, t.principal from speaking as t where t.effect = 'Allow' and not t.is_itself
    ) as c
),

borne as materialized (
    select c.question, c.principal, c.principal as bearer, iam_pair_key(c.question, c.principal) as tie
    from candidates as c
    union all
    select c.question, c.principal, g.bearer, iam_pair_key(c.question, g.bearer)
    from candidates as c
    join facts as f on f.principal = c.principal and f.is_guarded
    join guards as g on g.guard_id is not distinct from f.guard_id
),

-- The organization's policies at each level. A policy whose targets were not read has no level.
levels as materialized (
    select g.bearer, l.type, l.level, l.policy_name, l.document_id,
        iam_target_name(l.account_id, l.target_id, l.target_name) as target
    from guards as g
    join aws_organizations_account_policy as l on l.account_id = g.account_id and l.policy_id is not null
),

guarding as materialized (select distinct b.question, b.bearer from borne as b where b.bearer < 0),

-- whose resource it is; stored, lest the inequality become a join of all questions with all principals
owners as materialized (
    select
        c.question, c.principal, q.action, q.resource,
        not q.trust and coalesce(iam_resource_account(q.resource) <> f.account_id, false) as is_foreign, q.trust
    from candidates as c
    join asked as q on q.question = c.question
    join facts as f on f.principal = c.principal
),

gates as materialized (
    select t.question, t.principal as bearer, t.gate,
        case when t.gate = 'trust' then 'the trust policy' else 'the principal''s policies' end as label
    from (
        select w.question, w.principal, unnest(case when w.trust then ['identity', 'trust'] else ['identity'] end) as gate
        from owners as w
    ) as t
    union all
    select c.question, c.principal, 'boundary', o.label
    from candidates as c join own as o on o.principal = c.principal and o.gate = 'boundary'
    union all
    select distinct g.question, g.bearer, 'scp ' || l.level, 'the SCPs at ' || l.target
    from guarding as g
    join levels as l on l.bearer = g.bearer and l.type = 'SERVICE_CONTROL_POLICY' and l.level is not null
),

reached as materialized (
    select h.question, h.principal as bearer, h.gate, h.label, h.effect, h.number, h.document_id, h.is_plain,
        cast(null as varchar[]) as sessions, false as is_disputed
    from candidates as c join heard as h using (question, principal)
    union all
    -- resource control policies are those of the resource's account, which is the principal's where no ARN tells
    select
        g.question, g.bearer, case when l.type = 'SERVICE_CONTROL_POLICY' then 'scp ' || l.level else 'rcp' end,
        concat(case when l.type = 'SERVICE_CONTROL_POLICY' then 'SCP ' else 'RCP ' end, l.policy_name, ' at ', l.target),
        s.effect, s.number, s.document_id, s.is_plain, null, false
    from guarding as g
    join levels as l on l.bearer = g.bearer
    join spoken as s on s.question = g.question and s.document_id = l.document_id
    where
        l.type = 'SERVICE_CONTROL_POLICY'
        or l.type = 'RESOURCE_CONTROL_POLICY' and s.effect = 'Deny' and iam_resource_account(s.resource) is null
        and iam_supports_rcps(s.asked_action)
    union all
    select c.question, c.principal, 'rcp', concat('RCP ', l.policy_name, ' at ', l.target_name),
        s.effect, s.number, s.document_id, s.is_plain, null, false
    from candidates as c
    join facts as f on f.principal = c.principal and not f.is_service_linked  -- RCPs do not affect service-linked roles
    join asked as q on q.question = c.question
    join aws_organizations_account_policy as l
        on l.account_id = iam_resource_account(q.resource) and l.type = 'RESOURCE_CONTROL_POLICY'
        and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
    join spoken as s on s.question = c.question and s.document_id = l.document_id and s.effect = 'Deny'
    where iam_supports_rcps(q.action)
    union all
    -- a deny of the trust policy counts once
    select
        t.question, t.principal, t.gate, 'the trust policy', t.effect, t.number, t.document_id,
        t.is_plain and t.sessions is null and not (t.gate = 'boundary' and t.is_disputed), t.sessions, t.is_disputed
    from (
        select
            w.question, w.principal, w.number, w.document_id, w.effect, w.is_plain, w.sessions,
            not w.passes_boundary as is_disputed, unnest(
                ['trust'] || case when w.direct then ['identity'] else [] end
                || case when (w.passes_boundary or w.may_pass_boundary) and b.principal is not null then ['boundary'] else [] end
            ) as gate
        from speaking as w
        join candidates as c using (question, principal)
        left join (select distinct o.principal from own as o where o.gate = 'boundary') as b on b.principal = w.principal
    ) as t
    where t.gate = 'trust' or t.effect <> 'Deny'
),

-- what holds in some requests only, with all that decides in which
special as materialized (
    select
        row_number() over () as hit, r.question, r.bearer, r.gate, r.label, s.effect, s.resource, s.has_variables,
        s.resources, s.not_resources, s.conditions || case when r.sessions is null then [] else [{
            'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'aws:userid',
            'spelt': 'the role session name', 'values': r.sessions
        }] end || case when r.gate <> 'boundary' or r.label <> 'the trust policy' or not r.is_disputed then [] else [{
            'operator': 'bool', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'boundary~disputed',
            'spelt': 'whether the boundary limits what a trust policy grants to a user (the pages of the IAM User Guide differ)',
            'values': ['true']
        }] end as conditions, f.p
    from reached as r
    join spoken as s using (question, document_id, number)
    join (
        select o.principal as bearer, o.p from facts as o union all select g.bearer, g.p from guards as g
    ) as f on f.bearer = r.bearer
    where not r.is_plain
),

variables as materialized (
    select h.hit, h.p, h.resource, iam_variables(array_to_string(
        coalesce(h.resources, h.not_resources, []) || flatten([one_."values" for one_ in h.conditions]), ' '
    )) as names
    from special as h where h.has_variables
),

fillings as materialized (
    select v.hit, v.names, [iam_variable_value(v.p, name_, v.resource) for name_ in v.names] as fillings from variables as v
),

filled as materialized (
    select h.* exclude (has_variables) from special as h where not h.has_variables
    union all
    select
        h.* exclude (has_variables) replace (
            [iam_resolve_variables(written_, v.names, v.fillings, false) for written_ in h.resources] as resources,
            [iam_resolve_variables(written_, v.names, v.fillings, false) for written_ in h.not_resources] as not_resources,
            [{
                'operator': one_.operator, 'qualifier': one_.qualifier, 'if_exists': one_.if_exists, 'key': one_.key,
                'spelt': one_.spelt,
                'values': [iam_resolve_variables(written_, v.names, v.fillings, false) for written_ in one_."values"]
            } for one_ in h.conditions] || [{
                'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false,
                'key': iam_variable_key(v.names[place_]), 'spelt': v.names[place_], 'values': ['what the resource names']
            } for place_ in range(1, len(v.names) + 1)
                if v.fillings[place_].free and contains(array_to_string(h.resources, ' '), v.names[place_])] as conditions)
    from special as h
    join fillings as v using (hit)
    where
        (h.resources is null and h.not_resources is null)
        or iam_is_any_resource(h.resource)
        or (h.resources is not null) = (len([
            1 for written_ in coalesce(h.resources, h.not_resources)
            if h.resource like iam_resolve_variables(written_, v.names, v.fillings, true) escape '\'
        ]) > 0)
),

-- where any resource will do, which one is asked about is a condition like others
posed as materialized (
    select h.hit, h.question, h.p, h.resource, unnest(h.conditions || case
        when iam_ignores_resource(h.resource, coalesce(h.resources, h.not_resources)) then []
        else [{
            'operator': case when h.resources is not null then 'stringlike' else 'stringnotlike' end,
            'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'resource' || h.resource[4:], 'spelt': 'resource',
            'values': coalesce(h.resources, h.not_resources)
        }] end) as one
    from filled as h
),

-- what the question itself knows of the request comes first: its context, and the Region of services that have one
tried as materialized (
    select t.*, iam_holds(t.operator, t.qualifier, t.if_exists, t."values", t.given) as holds
    from (
        select
            c.hit, c.key, c.spelt, c.operator, c.qualifier, c.if_exists, c."values", c.p.type as type,
            len(c.known) > 0 or c.in_one_region or iam_key_is_known(c.p, c.operator, c.key, c."values", c.resource) as settles,
            case
                when len(c.known) > 0 then c.known[1]."values"[1]
                when c.in_one_region then iam_global_region(c.p.arn)
                else iam_key_value(c.p, c.key, c.resource)
            end as given
        from (
            select
                o.hit, o.p, o.resource, o.one.key as key, o.one.spelt as spelt, o.one.operator as operator,
                o.one.qualifier as qualifier, o.one.if_exists as if_exists, o.one."values" as "values",
                [known_ for known_ in q.context if known_.key = o.one.key] as known,
                o.one.key = 'aws:requestedregion' and iam_is_global_service(q.action) as in_one_region
            from posed as o join asked as q on q.question = o.question
        ) as c
    ) as t
),

-- a session of a role may have tags of its own in place of the role's
tagged as materialized (
    select b.question, b.principal, array_to_string(list_sort(list_distinct(list(t.spelt))), ', ') as keys
    from (
        select c.hit, c.spelt, c.type from tried as c where starts_with(c.key, 'aws:principaltag/')
        union all
        select v.hit, unnest([name_ for name_ in v.names if starts_with(lower(name_), 'aws:principaltag/')]), v.p.type
        from variables as v
    ) as t
    join special as h using (hit)
    join borne as b on b.question = h.question and b.bearer = h.bearer
    where t.type = 'AssumedRole'
    group by b.question, b.principal
),

settled as materialized (
    select
        t.hit,
        bool_and(t.holds or not t.settles) as may_hold,
        list_sort(list({
            'key': t.key, 'spelt': t.spelt, 'operator': t.operator, 'qualifier': t.qualifier,
            'if_exists': t.if_exists, 'values': t."values", 'always': iam_key_is_always_present(t.key, t.type)
        }) filter (not t.settles)) as atoms
    from tried as t
    group by t.hit
),

live as materialized (
    select r.question, r.bearer, r.gate, r.label, r.effect, cast([] as struct(
        "key" varchar, spelt varchar, "operator" varchar, qualifier varchar, if_exists boolean, "values" varchar[], always boolean
    )[]) as atoms
    from reached as r where r.is_plain
    union all
    select h.question, h.bearer, h.gate, h.label, h.effect, coalesce(s.atoms, [])
    from filled as h left join settled as s using (hit)
    where coalesce(s.may_hold, true)
),

marks as materialized (
    select
        l.question, l.bearer, l.gate,
        bool_or(l.effect = 'Allow') as may_allow,
        bool_or(l.effect = 'Allow' and len(l.atoms) = 0) as allows,
        bool_or(l.effect = 'Deny' and len(l.atoms) = 0) as denies
    from live as l
    group by all
),

unread_gates as materialized (
    select c.question, u.principal as bearer, u.gate from candidates as c join unread as u using (principal)
    union all
    select g.question, g.bearer, 'scp ' || l.level
    from guarding as g join levels as l on l.bearer = g.bearer
    where l.type = 'SERVICE_CONTROL_POLICY' and l.document_id is null
    union all
    -- a policy without a level may be attached at each, and allow what the others there do not
    select g.question, g.bearer, 'scp ' || o.level
    from guarding as g
    join levels as l on l.bearer = g.bearer and l.type = 'SERVICE_CONTROL_POLICY' and l.level is null
    join levels as o on o.bearer = l.bearer and o.type = l.type
    union all
    select c.question, c.principal, u.gate from candidates as c join unread_trusts as u using (question)
),

-- what holds in every request, whatever an unread document says where `is_sure`
sure as materialized (
    select l.question, l.bearer, 'explicit_deny_' || split_part(l.gate, ' ', 1) as token,
        'explicit deny by ' || array_to_string(list_sort(list_distinct(list(l.label))), ', ') as words, true as is_sure
    from live as l
    where l.effect = 'Deny' and len(l.atoms) = 0
    group by l.question, l.bearer, l.gate
    union all
    select g.question, g.bearer, split_part(g.gate, ' ', 1) || '_not_allowed', 'no allow in ' || g.label, u.gate is null
    from gates as g
    left join marks as m using (question, bearer, gate)
    left join unread_gates as u using (question, bearer, gate)
    where not coalesce(m.may_allow, false)
    union all
    select o.question, o.principal, 'resource_of_another_account', 'IAM acts on the principal''s own account alone', true
    from owners as o
    where o.is_foreign and lower(o.action) like 'iam:%'
),

blocked as materialized (
    select
        b.question, b.principal, bool_or(s.is_sure) as is_sure,
        list_sort(list_distinct(list(s.token))) as reasons,
        array_to_string(list_sort(list_distinct(list(s.words))), '; ') as why
    from sure as s join borne as b using (question, bearer)
    group by all
),

missing as materialized (
    select u.question, u.principal, list_sort(list_distinct(list(u.name))) as names
    from (
        select c.question, c.principal, n.name from candidates as c join unread as n using (principal)
        union all
        select c.question, c.principal, n.name from candidates as c join unread_trusts as n using (question)
        union all
        select b.question, b.principal, case
            when l.level is null then concat('the targets of the RCP ', l.policy_name)
            else concat('RCP ', l.policy_name, ' at ', l.target)
        end
        from borne as b
        join levels as l on l.bearer = b.bearer
        join asked as q on q.question = b.question
        where
            l.type = 'RESOURCE_CONTROL_POLICY' and l.document_id is null and l.policy_name <> 'RCPFullAWSAccess'
            and iam_supports_rcps(q.action)
    ) as u
    group by u.question, u.principal
),

allowing as materialized (
    select l.question, l.bearer, array_to_string(list_sort(list_distinct(list(l.label))), ', ') as policies
    from live as l
    anti join blocked as b on b.question = l.question and b.principal = l.bearer
    where l.gate = 'identity' and l.effect = 'Allow'
    group by l.question, l.bearer
),

-- the statements that hold in some requests only, where that matters
open as materialized (
    select
        iam_pair_key(l.question, l.bearer) as tie, l.gate, l.effect, l.atoms,
        md5_number(concat(l.gate, l.effect, cast(l.atoms as varchar))) as said
    from live as l
    join marks as m using (question, bearer, gate)
    where len(l.atoms) > 0 and (l.effect = 'Deny' or not m.allows)
),

signed as materialized (
    select b.question, b.principal, md5(cast(list_sort(list_distinct(list(o.said))) as varchar)) as signature
    from borne as b
    join open as o on o.tie = b.tie
    anti join blocked as k on k.question = b.question and k.principal = b.principal
    group by all
),

firsts as materialized (
    select iam_pair_key(g.question, g.principal) as asker, g.signature
    from signed as g
    qualify row_number() over (partition by g.signature order by g.question, g.principal) = 1
),

items as materialized (
    select i.*, row_number() over () as item
    from (
        select distinct s.signature, o.gate, o.effect, o.atoms
        from firsts as s
        join borne as b on iam_pair_key(b.question, b.principal) = s.asker
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
        bool_or(a.one.qualifier is not null) as is_set, bool_or(iam_has_other_values(a.one.operator)) as has_others
    from atoms as a group by a.signature, a.key
),

wanted as materialized (select a.signature, a.key, a.one.operator as operator, unnest(a.one."values") as value from atoms as a),

samples as materialized (
    select distinct s.signature, s.key, s.sample from (
        select * from (
            select w.signature, w.key, unnest(
                iam_sample_values(w.operator, w.value)
                || case when w.key like 'resource %' then [replace(w.value, '*', w.key[10:] || '/any~')] else [] end
            ) as sample
            from wanted as w
        ) as t
        -- a resource of another type than the one asked about is no resource of the action
        where t.key not like 'resource %' or coalesce(
            nullif(regexp_extract(t.sample, ':(user|role|group|policy|instance-profile|mfa|server-certificate)/', 1), ''), t.key[10:]
        ) = t.key[10:]
        union all
        select k.signature, k.key, 'other~' from keys as k where k.has_others
        union all
        -- a value of two patterns at once, such as ab of a* and *b
        select w.signature, w.key, replace(replace(w.value, '*', replace(replace(v.value, '*', ''), '?', 'x')), '?', 'x')
        from wanted as w join wanted as v using (signature, key)
        where contains(w.value, '*') and w.value <> v.value and contains(w.operator, 'like')
    ) as s
),

-- which atoms of a key a value fits, and which some or all of several values fit
elements as materialized (
    select distinct e.signature, e.key, e.fitting from (
        select s.signature, s.key,
            list(coalesce(iam_match_any(a.one.operator, a.one."values", s.sample), false) order by a.n) as fitting
        from samples as s join atoms as a using (signature, key)
        group by s.signature, s.key, s.sample
    ) as e
),

sets as (
    select e.signature, e.key, e.fitting as some, e.fitting as every_one from elements as e
    union
    select s.signature, s.key, iam_or_lists(s.some, e.fitting), iam_and_lists(s.every_one, e.fitting)
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
    select t.signature, list_sort(list_distinct(list(k.spelt))) as spelt
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

-- what else decides: the policy of a resource of another account, of a key and of a role
others as (
    select
        w.question, w.principal,
        case
            when lower(w.action) like 'kms:%' and w.resource like 'arn:%:kms:%:key/%' then 'the key policy'
            when lower(w.action) = 'sts:assumerole' and w.resource like 'arn:%:iam::%:role/%' then 'the trust policy of the role'
            when w.is_foreign then 'the resource policy in account ' || iam_resource_account(w.resource)
        end as policy
    from owners as w
    where not w.trust
),

read as (
    select
        c.question, c.principal, q.action, q.resource, x.names as missing, o.policy, b.is_sure,
        t.keys as session_tags,
        s.signature is not null and j.verdict is null as is_too_much,
        case
            when b.principal is not null then 'blocked'
            when o.policy is not null then 'conditional'
            when s.signature is null then 'certain'
            else coalesce(j.verdict, 'conditional')
        end as verdict,
        case
            when b.principal is not null then b.why
            when s.signature is null or j.verdict = 'certain' then concat('allowed by ', w.policies)
            when j.verdict = 'blocked' then concat(
                'no request passes, whatever ', array_to_string(k.all_keys, ', '), ' is: ',
                array_to_string([replace(reason_, '_', ' ') for reason_ in h.reasons], '; ')
            )
            else concat('depends on ', array_to_string(coalesce(r.spelt, k.all_keys), ', '))
        end as why,
        case
            when b.principal is not null then b.reasons
            when s.signature is null or j.verdict = 'certain' then []
            when j.verdict = 'blocked' then h.reasons
            else coalesce(r.spelt, k.all_keys)
        end as reasons,
        j.verdict as judged
    from candidates as c
    join asked as q on q.question = c.question
    left join blocked as b on b.question = c.question and b.principal = c.principal
    left join missing as x on x.question = c.question and x.principal = c.principal
    left join others as o on o.question = c.question and o.principal = c.principal
    left join tagged as t on t.question = c.question and t.principal = c.principal
    left join signed as s on s.question = c.question and s.principal = c.principal
    left join judged as j on j.signature = s.signature
    left join turning as r on r.signature = s.signature
    left join hindered as h on h.signature = s.signature
    left join (
        select y.signature, list_sort(list_distinct(list(y.spelt))) as all_keys from keys as y group by all
    ) as k on k.signature = s.signature
    left join allowing as w on w.question = c.question and w.bearer = c.principal
)

select
    d.question, f.subject as principal, f.account_id, d.action, d.resource,
    case
        when d.is_sure or d.judged = 'blocked' and d.missing is null then 'blocked'
        when d.missing is not null then 'unknown'
        when d.judged = 'blocked' then 'blocked'
        else d.verdict
    end as verdict,
    concat(
        case when d.missing is not null and not coalesce(d.is_sure, false)
            then concat('not read: ', array_to_string(d.missing, ', '), '; without it: ') end,
        d.why,
        case when d.policy is not null and d.verdict = 'conditional' and d.judged is distinct from 'blocked'
            then concat('; ', d.policy, ' decides as well') end
    ) as why,
    case when d.policy is not null and d.verdict = 'conditional' and d.judged is distinct from 'blocked'
        then d.reasons || [d.policy] else d.reasons end as reasons,
    nullif(concat_ws(
        '; ',
        case when not k.has_policies
            and not coalesce(list_contains(d.missing, 'the service control policies'), false)
            then 'service control policies: none in this file' end,
        case when d.missing is not null then 'not read: ' || array_to_string(d.missing, ', ') end,
        case when d.session_tags is not null then 'session tags, which can set ' || d.session_tags end,
        case when d.is_too_much then 'too many conditions to try every request' end
    ), '') as not_considered,
    case when d.judged = 'blocked' then 'blocked' else d.verdict end as as_read,
    d.missing
from read as d
join facts as f on f.principal = d.principal
cross join service_control as k;
