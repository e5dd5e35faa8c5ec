-- The data that determines the values of condition keys: the context of each question and the facts of each subject.

-- The questions with the account of the resource. For a resource with a policy, they also have the condition keys that the
-- resource determines.
numbered_questions as materialized (
    select
        q.question, q.action, q.resource, q.trust, q.only_subject, r.question is not null as has_policy, q.owner_type, q.rule,
        q.callers, q.reason, q.is_local, q.supports_rcps, q.shareable, r.key_manager, t.tags is not null as has_tags,
        q.context || iam_resource_tag_context(t.tags) || case when a.account_id is null then [] else [
            {'key': 'aws:resourceaccount', 'values': [a.account_id]}
        ] || case when a.in_organization is null then [] else [
            {'key': 'aws:resourceorgid', 'values': case when a.in_organization then [a.organization_id] end}
        ] || case when a.in_organization and a.organization_path is null then [] else [
            {'key': 'aws:resourceorgpaths', 'values': case when a.in_organization then [a.organization_path] end}
        ] end end end || case when g.in_organization is null then [] else [
            {'key': 'aws:sourceorgid', 'values': case when g.in_organization then [g.organization_id] end}
        ] || case when g.in_organization and g.organization_path is null then [] else [
            {'key': 'aws:sourceorgpaths', 'values': case when g.in_organization then [g.organization_path] end}
        ] end end as context,
        coalesce(r.account_id, iam_resource_account(q.resource)) as resource_account
    from asked_questions as q
    left join (
        select n.question, max(n.account_id) as account_id, max(n.key_manager) as key_manager
        from question_resources as n group by n.question
    ) as r on r.question = q.question
    left join aws_iam_principal as t on t.principal_arn = q.resource
    left join account_facts as a
        on a.account_id = coalesce(r.account_id, case when q.trust then iam_resource_account(q.resource) end)
    left join account_facts as g on g.account_id = q.source_account
),

-- The subjects with their data. `facts` determines the values of condition keys. In addition to users and roles, a subject is
-- everyone, a service, a root user, or a user or role of an account that was not read (`is_read` is false). If `is_assumed`, the
-- policies of the subject's own account are assumed to allow everything.
principal_facts as materialized (
    select
        n.subject_id, n.subject, p.account_id, p.has_guardrails, p.guardrail_id,
        iam_is_service_linked_role(p.principal_arn) as is_service_linked, true as is_read, false as is_assumed,
        n.definition.session_tags is not null as has_session_tags,
        {
            'arn': p.principal_arn, 'account_id': p.account_id, 'name': p.name, 'id': p.id, 'type': p.type,
            'tags': case
                when n.definition.session_tags is null then p.tags
                else json_merge_patch(p.tags, iam_given_json(n.definition.session_tags, 'session_tags'))
            end,
            'organization_id': p.organization_id, 'organization_path': p.organization_path,
            'in_organization': case when p.in_organization or o.has_accounts then p.in_organization end,
            'own_organization': o.id,
            'session_name': n.definition.session_name, 'moment': epoch(as_of())
        } as facts
    from numbered_subjects as n
    join aws_iam_principal as p on p.principal_arn = n.definition.principal
    cross join organization_facts as o
    union all
    select
        n.subject_id, n.subject, a.account_id,
        coalesce(a.in_organization and a.account_id <> a.management_account, false), n.subject,
        false, n.definition.has_administrator_access or n.kind in ('Anonymous', 'Service', 'Federated', 'Account'),
        n.definition.has_administrator_access or n.kind in ('Anonymous', 'Service', 'Federated'), n.definition.session_tags is not null,
        {
            'arn': case when a.account_id is not null and n.kind <> 'Principal' then n.definition.principal end,
            'account_id': a.account_id,
            'name': case
                when n.kind in ('Service', 'Federated') then n.definition.principal
                when n.kind in ('User', 'AssumedRole') then regexp_extract(n.definition.principal, '[^/]+$')
            end,
            'id': case n.kind
                when 'Account' then a.account_id when 'User' then 'AIDAUNREAD' when 'AssumedRole' then 'AROAUNREAD'
            end,
            'type': n.kind, 'tags': case
                when n.kind in ('Service', 'Federated', 'Account') then cast('{}' as json)
            end,
            'organization_id': a.organization_id, 'organization_path': a.organization_path, 'own_organization': o.id,
            'in_organization': case when n.kind in ('Anonymous', 'Service', 'Federated') then false else a.in_organization end,
            'session_name': n.definition.session_name, 'moment': epoch(as_of())
        }
    from outside_subjects as n cross join organization_facts as o left join account_facts as a on a.account_id = n.account_id
),

-- The subjects by the value of `only_subject` of a question, to join by equality: the number of one subject, or -1 for all.
subject_choices as materialized (
    select f.subject_id, unnest([f.subject_id, -1]) as choice from principal_facts as f
),

-- The policies of the organization have the same result for all subjects with one guardrail_id. They are therefore evaluated once,
-- for the first of these subjects. Statements are evaluated in scopes. The scope of a subject has the subject's number. The scope
-- of an organization's policies has a negative number.
organization_scopes as materialized (
    select g.guardrail_id, -row_number() over (order by g.subject_id) as scope_id, g.account_id, g.facts
    from (
        select f.* from principal_facts as f
        where f.has_guardrails
        qualify row_number() over (partition by f.guardrail_id order by f.subject_id) = 1
    ) as g
),
