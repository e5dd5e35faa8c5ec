-- Evaluates policies. Returns the verdict for each question and subject.
--
-- `questions` is a list of iam_question or iam_subject_question, and `subjects` a list of iam_subject. A subject can also be
-- everyone (`*`, an unsigned request), a service, an identity provider, a root user, or an account. The ID of an account stands
-- for any of its users and roles. With `everyone`, the result has a row for each subject; otherwise only for the subjects that a
-- policy allows the action.
--
-- `resources` are the rows of iam_known_resources. If it is NULL, trust policies are the only policies of resources that are
-- evaluated. A question about a session of a role (iam_uses_trust_policy) is evaluated with the trust policy of the role. If this
-- policy names a principal of its own account, the identity-based policies of the principal need not allow the action. Other
-- questions are evaluated with the policy of their resource, if `resources` has it. In one account, the policy of the resource or
-- the policies of the principal have to allow the action; in two accounts, both have to. The key policy of a KMS key always has to
-- allow the action: directly, or by leaving the decision to the account. Some calls follow other rules of AWS, which are in the
-- facts iam_call_rules, iam_unsigned_actions, iam_own_account_actions and iam_services_without_resource_policies.
--
-- A request is allowed if no statement denies it and every required policy type has a statement that allows it. The policy types
-- are the identity-based policies together, the permissions boundary, the session policy, the service control policies of each
-- level, and the trust policy or the policy of the resource. Resource control policies only deny.
--
-- The data of the run determines the values of some condition keys. For the other keys, iam_condition_outcomes evaluates every
-- request that the conditions distinguish.
--
-- The verdict is `unknown` if a policy that was not read can change it. `missing` lists these policies, and `as_read` is the
-- verdict without them. If no unread policy can allow a denied request, the verdict is `denied`.
-- returns: question BIGINT, principal VARCHAR, account_id VARCHAR, action VARCHAR, resource VARCHAR, verdict VARCHAR, reason VARCHAR, reasons VARCHAR[], not_considered VARCHAR, as_read VARCHAR, missing VARCHAR[]
create or replace macro iam_evaluation(questions, subjects, everyone, resources) as table
-- The subjects. Their numbers take less memory than their names.
with numbered_subjects as materialized (
    select row_number() over (order by s.definition.subject) as subject_id, s.definition.subject as subject, s.definition
    from (select unnest(iam_subject_list(subjects)) as definition) as s
),

-- The resources with policies that the run has; see iam_known_resources.
known_resources as materialized (
    select
        r.item.account_id as account_id, r.item.resource_type as resource_type, r.item.arn as arn, r.item."name" as name,
        r.item.document_id as document_id, r.item.policy_status as policy_status,
        r.item.restrict_public_buckets as restrict_public_buckets, r.item.object_ownership as object_ownership,
        r.item.ignore_public_acls as ignore_public_acls, r.item."grants" as grants, r.item.key_manager as key_manager
    from (select unnest(iam_resource_list(resources)) as item) as r
),

question_definitions as materialized (
    select unnest(l.listed) as definition, generate_subscripts(l.listed, 1) as question
    from (select iam_question_list(questions) as listed) as l
),

-- The rules of AWS for the actions of the questions. Only the types of subjects in `callers` can make the call. `is_local`: AWS
-- does not accept the call from another account. `shareable`: the resource types that owners can share, for a service whose
-- resources have no policies. `rule` is one of these:
--   always: no policy decides
--   unsigned: IAM evaluates no policies, and the call needs no credentials
--   root: no resource policy denies the call of the owner's root user
--   callers: policies decide
action_rules as materialized (
    select
        k.action, max(r.rule) as rule, any_value(r.callers) as callers, max(r.reason) as reason,
        count(r.is_local) > 0 as is_local, count(r.supports_rcps) > 0 and count(r.is_exempt) = 0 as supports_rcps,
        any_value(coalesce(r.shareable, [])) filter (r.has_no_policies is not null) as shareable
    from (
        select d.action, unnest([lower(d.action), split_part(lower(d.action), ':', 1)]) as name
        from (select distinct u.definition."action" as action from question_definitions as u) as d
    ) as k
    left join iam_action_rules() as r on r.name = k.name
    group by k.action
),

-- The questions. `only_subject` is NULL for a question about every subject, and 0 for one about a subject that is not listed.
-- `owner_arn` is the resource whose policy is evaluated. `owner_type` is its resource type.
asked_questions as materialized (
    select
        q.question, q.definition.action as action, q.definition.resource as resource, q.definition.context as context,
        iam_uses_trust_policy(q.definition.action, q.definition.resource) as trust, c.* exclude (action),
        q.owner_arn, iam_policy_resource_type(q.owner_arn) as owner_type,
        case
            when q.has_resources then [entry_ for entry_ in q.definition.context if entry_.key = 'aws:sourceaccount'][1]."values"[1]
        end as source_account,
        case when q.definition.subject is not null then coalesce(n.subject_id, 0) end as only_subject
    from (
        select
            u.question, u.definition, k.has_resources,
            case when k.has_resources then iam_policy_owner(u.definition.resource) end as owner_arn
        from question_definitions as u
        cross join (select exists (select 1 from known_resources) as has_resources) as k
    ) as q
    left join numbered_subjects as n on n.subject = q.definition.subject
    join action_rules as c on c.action = q.definition.action
),

-- The resources of the questions that can have policies. A resource that is not in the run has the status missing if the run has
-- other resources of its type.
question_resources as materialized (
    select
        q.question, q.owner_arn, q.owner_type, r.account_id, r.document_id, r.policy_status, r.restrict_public_buckets,
        r.object_ownership, coalesce(r.ignore_public_acls, false) as ignore_public_acls, r.key_manager,
        case
            when q.owner_type = 'kms_key' and r.grants is not null and json_array_length(r.grants) > 0
                then iam_grants_document(r.grants)
        end as grants, q.owner_type = 'kms_key' and r.grants is null as lacks_grants
    from asked_questions as q
    join known_resources as r on r.arn = q.owner_arn and r.resource_type <> 'vpc_endpoint'
    where q.owner_type is not null
    union all
    -- a resource policy of CloudWatch Logs is a policy of one log group, or of all log groups in the account and Region
    select q.question, q.owner_arn, q.owner_type, r.account_id, r.document_id, r.policy_status, null, null, false, null, null, false
    from asked_questions as q
    join known_resources as r
        on r.resource_type = 'log_group' and r.arn = concat(split_part(q.owner_arn, ':log-group:', 1), ':log-group:*')
    where q.owner_type = 'log_group'
    union all
    select
        q.question, q.owner_arn, q.owner_type, iam_resource_account(q.resource), null, 'missing', null, null, false, null, null, false
    from asked_questions as q
    anti join known_resources as r on r.arn = q.owner_arn
    where
        q.owner_type in (select t.resource_type from known_resources as t)
        and not contains(lower(q.action), ':create') and q.owner_type <> 'log_group'
),

-- The policies that are in no table: session policies, and the grants of KMS keys.
other_documents as materialized (
    select
        md5(n.definition.session_policy) as document_id,
        iam_given_json(n.definition.session_policy, 'session_policy') as document
    from numbered_subjects as n where n.definition.session_policy is not null
    union
    select md5(cast(r.grants as varchar)), r.grants from question_resources as r where r.grants is not null
),

other_statements as materialized (
    select d.*
    from iam_parsed_statements((
        select coalesce(list({'document_id': o.document_id, 'document': o.document}), []) from other_documents as o
    )) as d
),

-- One row: the ID of the organization, if the run has its accounts.
organization_facts as materialized (
    select
        max(split_part(split_part(a.arn, ':', 6), '/', 2)) as id, max(split_part(a.arn, ':', 5)) as management_account,
        bool_or(g.is_known) as has_accounts
    from iam_organization_coverage() as g
    left join aws_organizations_account as a on true
),

-- One row: whether the policy of a resource is evaluated. It can allow callers that are not in the run.
resource_policy_facts as materialized (
    select exists (select 1 from question_resources) or exists (select 1 from asked_questions as q where q.trust) as has_policies
),

-- The subjects that are not principals of the run: root users, accounts, users and roles whose account was not read, and subjects
-- without an account (everyone, services and identity providers).
outside_subjects as materialized (
    select
        k.*, case
            when k.kind = 'Principal' then k.definition.principal
            when k.kind in ('Account', 'User', 'AssumedRole') then split_part(k.definition.principal, ':', 5)
        end as account_id
    from (select s.*, iam_caller_type(s.definition.principal) as kind from numbered_subjects as s) as k
    cross join resource_policy_facts as f
    where
        k.kind in ('Anonymous', 'Service', 'Federated', 'Principal', 'Account')
        or k.kind in ('User', 'AssumedRole') and not k.definition.is_new and f.has_policies
        and regexp_full_match(split_part(k.definition.principal, ':', 5), '\d{12}')
        and split_part(k.definition.principal, ':', 5) not in (
            select p.account_id from aws_iam_principal as p where (select f.has_policies from resource_policy_facts as f)
        )
),

-- The accounts of these subjects and of resources, with the organization's data about them.
other_accounts as materialized (
    select r.account_id from question_resources as r where r.account_id is not null
    union
    select iam_resource_account(q.resource) from asked_questions as q
    where q.trust and iam_resource_account(q.resource) is not null
    union
    select n.account_id from outside_subjects as n where n.account_id is not null
    union
    select q.source_account from asked_questions as q where q.source_account is not null
),

account_facts as materialized (
    select
        i.account_id, max(o.management_account) as management_account,
        case when bool_or(a.id is not null) then true when bool_or(o.id is not null and o.has_accounts) then false end as in_organization,
        case when bool_or(a.id is not null) then max(o.id) end as organization_id, max(p.organization_path) as organization_path
    from other_accounts as i
    cross join organization_facts as o
    left join aws_organizations_account as a on a.id = i.account_id
    left join (
        select l.account_id, max(l.organization_path) as organization_path
        from aws_iam_principal as l where l.account_id in (select c.account_id from other_accounts as c)
        group by l.account_id
    ) as p on p.account_id = i.account_id
    group by i.account_id
),

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

-- The subjects of each question, to join by equality: the question's only subject, or each subject for -1.
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

-- The identity-based policies and permissions boundary of each subject. `document_id` is NULL if the policy was not read.
subject_policies as materialized (
    select
        n.subject_id, l.layer as policy_type, l.document_id, l.policy_name,
        case
            when l.layer = 'boundary' then 'boundary ' || l.policy_name
            else concat(
                case when l.policy_arn is null then 'inline policy ' else 'policy ' end, l.policy_name,
                case when l.group_name is not null then ' of group ' || l.group_name end
            )
        end || coalesce(', which has the key ' || l.duplicate_key || ' twice', '') as label
    from iam_subject_policies((select list(s.definition) from numbered_subjects as s)) as l
    join numbered_subjects as n on n.subject = l.subject
    union all
    select n.subject_id, 'session', md5(n.definition.session_policy), null, 'the session policy'
    from numbered_subjects as n where n.definition.session_policy is not null
    union all
    select f.subject_id, 'identity', iam_full_access_id(), null, 'the root user'
    from principal_facts as f where f.facts.type = 'Account' and not f.is_assumed
),

-- The policies of the resources of questions: the trust policy of a role, the policy of another resource, the grants of a KMS key.
-- `needs_both`: the policy of the resource has to allow the action within the account too.
resource_policies as materialized (
    select
        q.question, 'trust' as policy_type, t.document_id, t.account_id, q.resource as owner_arn, true as needs_both,
        'the trust policy' as label
    from numbered_questions as q join aws_iam_document as t on t.owner_arn = q.resource and t.source = 'trust'
    where q.trust
    union all
    select
        r.question, 'resource', r.document_id, r.account_id, r.owner_arn, r.owner_type = 'kms_key',
        iam_resource_policy_label(r.owner_type)
    from question_resources as r
    union all
    select r.question, 'resource', md5(cast(r.grants as varchar)), r.account_id, r.owner_arn, true, 'a grant'
    from question_resources as r where r.grants is not null
),

-- The distinct lists of action patterns that match an action of the questions. There are only a few, because many policies have
-- the same lists.
action_patterns as materialized (
    select q.action, t.action_likes, t.is_action
    from (select distinct n.action from numbered_questions as n) as q
    cross join (
        select distinct d.action_likes, d.actions is not null as is_action from aws_iam_statement as d
        union
        select o.action_likes, o.actions is not null from other_statements as o
    ) as t
    where iam_matches_action(t.action_likes, t.is_action, q.action)
),

-- The documents that apply to any subject or resource. Other documents are left out early, because their statements take much
-- memory.
applicable_documents as materialized (
    select p.document_id from subject_policies as p
    union
    select l.document_id from aws_organizations_account_policy as l
    union
    select r.document_id from resource_policies as r
    union
    select e.document_id from known_resources as e where e.resource_type = 'vpc_endpoint'
),

-- The statements with each action of the questions that they match, and a number for each of these pairs. `document_action` is one
-- key for document and action. With two keys, DuckDB may join by the action first, which is a product.
action_statements as materialized (
    select row_number() over () as statement_id, t.*
    from (
        select a.action, concat(s.document_id, ' ', a.action) as document_action, s.*
        from action_patterns as a
        join aws_iam_statement as s on s.action_likes = a.action_likes and (s.actions is not null) = a.is_action
        where s.document_id in (select d.document_id from applicable_documents as d)
        union all
        select a.action, concat(o.document_id, ' ', a.action), o.*
        from action_patterns as a
        join other_statements as o on o.action_likes = a.action_likes and (o.actions is not null) = a.is_action
    ) as t
),

-- The documents that apply to the only subject of a question or to its resource.
question_documents as materialized (
    select q.question, concat(d.document_id, ' ', q.action) as document_action
    from numbered_questions as q
    join (
        select n.question, p.document_id
        from numbered_questions as n join subject_policies as p on p.subject_id = n.only_subject
        union
        select a.question, l.document_id
        from (
            select n.question, unnest([f.account_id, n.resource_account]) as account_id
            from numbered_questions as n join principal_facts as f on f.subject_id = n.only_subject
        ) as a
        join aws_organizations_account_policy as l on l.account_id = a.account_id
        union
        select n.question, t.document_id
        from numbered_questions as n join resource_policies as t on t.question = n.question
        where n.only_subject is not null
        union
        select n.question, e.document_id
        from numbered_questions as n join known_resources as e on n.has_policy and e.resource_type = 'vpc_endpoint'
        where n.only_subject is not null
    ) as d on d.question = q.question
),

-- The statements that match the action of a question. For a question about one subject these are the statements of its documents.
question_statements as (
    select
        q.question, q.resource, q.resource_account, q.only_subject, q.action as asked_action, q.supports_rcps,
        s.* exclude (action, document_action)
    from action_statements as s join numbered_questions as q on q.action = s.action
    where q.only_subject is null
    union all
    select d.question, q.resource, q.resource_account, q.only_subject, q.action, q.supports_rcps, s.* exclude (action, document_action)
    from question_documents as d
    join action_statements as s on s.document_action = d.document_action
    join numbered_questions as q on q.question = d.question
),

-- The statements among these that can match the resource. Resources with policy variables are compared later, for each subject.
-- `is_plain`: the statement matches every request. The lists of a statement would take much memory here, so they are joined where
-- they are needed.
matching_statements as materialized (
    select
        s.question, s.only_subject, s.statement_id, s.document_id, s.effect, s.resource_account, s.supports_rcps,
        len(s.conditions) = 0 and not s.has_variables
        and iam_ignores_resource(s.resource, coalesce(s.resources, s.not_resources)) as is_plain
    from question_statements as s
    where
        not iam_excludes_every_resource(s.not_resources) and (
            s.has_variables
            or iam_is_any_resource(s.resource) and (
                s.not_resources is not null or s.resources is null or iam_resources_may_match(s.asked_action, s.resources)
            )
            or s.resource_likes is null
            or (s.resources is not null)
            = (len([1 for like_ in s.resource_likes if s.resource like like_ escape '\']) > 0) and not iam_is_any_resource(s.resource)
        )
),

-- The principals that the policy of a question's resource lists. `match_type` is principal, account, everyone or session (a
-- session of a role by its name). `principal_key` is the key that finds the subjects.
resource_policy_principals as materialized (
    select
        n.*,
        case
            when n.name = '*' then 'everyone'
            when n.name like 'arn:%:iam::%:root' or regexp_full_match(n.name, '\d{12}') then 'account'
            when n.name like 'arn:%:sts::%:assumed-role/%/%' then 'session'
            else 'principal'
        end as match_type,
        case
            when n.name like 'arn:%:iam::%:root' then split_part(n.name, ':', 5)
            when n.name like 'arn:%:sts::%:assumed-role/%/%'
                then concat(split_part(n.name, ':', 5), '/', split_part(n.name, '/', 2))
            else n.name
        end as principal_key
    from (
        select s.* exclude (element), s.element.value as name
        from (
            select
                s.question, s.only_subject, d.owner_arn, d.policy_type, s.statement_id, s.effect, s.is_plain,
                a.principals is not null as is_principal, d.account_id,
                case
                    when d.policy_type = 'trust' then d.label
                    else concat('statement ', coalesce(nullif(a.sid, ''), cast(a.number as varchar)), ' of ', d.label)
                end as label,
                len([1 for condition_ in a.conditions if condition_.key = 'aws:principalarn']) > 0 as has_principal_arn,
                unnest(coalesce(a.principals, a.not_principals)) as element
            from matching_statements as s
            join resource_policies as d on d.question = s.question and d.document_id = s.document_id
            join action_statements as a on a.statement_id = s.statement_id
        ) as s
        where
            s.element.type in ('AWS', 'Service') or s.element.value = '*' or not s.is_principal
            or s.element.type = 'Federated' and s.policy_type = 'trust'
    ) as n
),

-- The subjects that these principals match. `session` is the session whose name the principal requires of a role.
resource_policy_matches as materialized (
    select
        n.question, n.policy_type, n.statement_id, n.effect, n.is_plain, n.is_principal, f.subject_id,
        n.match_type, n.label,
        n.account_id = f.account_id as is_same_account, f.facts.arn = n.owner_arn as is_self, n.has_principal_arn,
        case
            when n.match_type = 'session' and f.facts.session_name is null
                then concat(f.facts.id, ':', split_part(n.name, '/', 3))
        end as session
    from resource_policy_principals as n
    join (
        select
            f.subject_id, unnest([
                '*', f.facts.arn, f.facts.id, f.account_id,
                case when f.facts.type = 'AssumedRole' then concat(f.account_id, '/', f.facts.name) end,
                case when f.facts.type in ('Service', 'Federated') then f.facts.name end
            ]) as principal_key
        from principal_facts as f
    ) as k on k.principal_key = n.principal_key and (n.only_subject is null or n.only_subject = k.subject_id)
    join principal_facts as f on f.subject_id = k.subject_id
    where n.match_type <> 'session' or f.facts.session_name is null or f.facts.session_name = split_part(n.name, '/', 3)
),

-- The subjects that a statement with NotPrincipal excludes. Except in trust policies, a Deny excludes a principal only if it also
-- lists the account, a session of a role only if it also lists the role, and no principal with a permissions boundary.
excluded_subjects as materialized (
    select t.question, t.statement_id, t.subject_id
    from resource_policy_matches as t join principal_facts as f using (subject_id)
    where not t.is_principal
    group by t.question, t.statement_id, t.subject_id, t.policy_type, t.effect, f.facts.type
    having
        t.policy_type = 'trust' or t.effect = 'Allow' or bool_or(t.match_type = 'everyone') or (
            (
                f.facts.type not in ('User', 'AssumedRole')
                or bool_or(t.match_type = 'account') and bool_or(t.match_type = 'principal')
            )
            and (f.facts.type <> 'AssumedRole' or bool_or(t.match_type = 'session' and t.session is null))
            and t.subject_id not in (select p.subject_id from subject_policies as p where p.policy_type = 'boundary')
        )
),

-- The statements of the resources' policies that apply to each subject, by Principal or by NotPrincipal.
--   grants_directly: the policy names a principal of its own account, or everyone, so the principal's policies need no Allow
--   bypasses: the permissions boundary and the session policy do not limit what a policy grants to a session, or a resource policy
--     to everyone with a condition on aws:PrincipalArn; the boundary does not limit what a resource policy grants to a user
--   may_bypass: the AWS documentation is contradictory on whether the boundary limits a trust policy that names a user, and does
--     not mention everyone
resource_policy_statements as materialized (
    select
        t.question, t.policy_type, t.statement_id, t.label, t.effect, t.is_plain, t.subject_id,
        coalesce(bool_or(t.is_self), false) as is_self,
        bool_or(t.is_same_account and t.match_type <> 'account') as grants_directly,
        list_distinct(flatten(list(case
            when not t.is_same_account then []
            when t.match_type = 'session' or t.match_type = 'everyone' and t.has_principal_arn and t.policy_type = 'resource'
                then ['boundary', 'session']
            when t.match_type = 'principal' and f.facts.type = 'User' and t.policy_type = 'resource' then ['boundary']
            else []
        end))) as bypasses,
        list_distinct(flatten(list(case
            when not t.is_same_account then []
            when t.match_type = 'principal' and f.facts.type = 'User' and t.policy_type = 'trust' then ['boundary']
            when t.match_type = 'everyone' and t.policy_type = 'resource' then ['boundary', 'session']
            else []
        end))) as may_bypass,
        case when bool_and(t.session is not null) then iam_sorted_set(list(t.session)) end as sessions
    from resource_policy_matches as t join principal_facts as f using (subject_id)
    where t.is_principal
    group by t.question, t.policy_type, t.statement_id, t.label, t.effect, t.is_plain, t.subject_id
    union all
    select
        n.question, n.policy_type, n.statement_id, n.label, n.effect, n.is_plain, c.subject_id,
        coalesce(f.facts.arn = n.owner_arn, false),
        n.policy_type = 'resource' and n.account_id = f.account_id, [], [], null
    from (
        select distinct
            p.question, p.policy_type, p.owner_arn, p.account_id, p.statement_id, p.label, p.effect, p.is_plain,
            coalesce(p.only_subject, -1) as choice
        from resource_policy_principals as p where not p.is_principal
    ) as n
    join subject_choices as c using (choice)
    join principal_facts as f using (subject_id)
    anti join excluded_subjects as t
        on t.question = n.question and t.statement_id = n.statement_id and t.subject_id = c.subject_id
),

-- The matching statements of each subject's own policies. Each branch joins by equality. An OR in one join would be a product.
subject_statements as materialized (
    select s.question, p.subject_id, p.policy_type, p.label, s.effect, s.statement_id, s.is_plain
    from subject_policies as p
    join matching_statements as s on s.document_id = p.document_id and s.only_subject = p.subject_id
    union all
    select s.question, p.subject_id, p.policy_type, p.label, s.effect, s.statement_id, s.is_plain
    from subject_policies as p join matching_statements as s on s.document_id = p.document_id and s.only_subject is null
),

-- One row: whether the run has a service control policy, whether one is attached, and whether an organization has disabled the
-- type.
scp_facts as materialized (
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

-- The policies of each subject that were not read, by policy type. Each of them could allow or deny.
unread_policies as materialized (
    select p.subject_id, p.policy_type, p.label as name from subject_policies as p where p.document_id is null
    union all
    select
        f.subject_id, case when f.is_read then 'boundary' else 'identity' end,
        case
            when f.is_read then 'the permissions boundary, which GetAccountAuthorizationDetails returns'
            else 'the account of the principal'
        end
    from principal_facts as f where f.facts.tags is null and not f.is_assumed
    union all
    select
        f.subject_id,
        coalesce(case when l.policy_id is not null then 'scp ' || l.level end, 'scp'),
        case
            when l.policy_id is null and c.has_targets
                then concat('the SCPs at ', iam_target_name(l.account_id, l.target_id, l.target_name))
            when l.policy_id is null then 'the service control policies'
            when l.level is null then concat('the targets of the SCP ', l.policy_name)
            else concat('SCP ', l.policy_name, ' at ', iam_target_name(l.account_id, l.target_id, l.target_name))
        end
    from principal_facts as f
    cross join scp_facts as c
    left join aws_organizations_account_policy as l on l.account_id = f.account_id and l.type = 'SERVICE_CONTROL_POLICY'
    where
        f.has_guardrails and l.document_id is null and (
            l.policy_id is not null
            -- Organizations requires a policy on the root, each organizational unit and each account. A level without policies was
            -- not read, for example because ListTargetsForPolicy failed.
            or f.facts.organization_id is not null and not c.is_disabled and (l.account_id is not null or not c.has_policies)
        )
),

-- The questions with a resource whose policy was not read.
unread_resource_policies as materialized (
    select
        q.question, 'trust' as policy_type,
        concat('the trust policy of ', q.resource, ', which has the key ' || d.duplicate_key || ' twice') as name
    from numbered_questions as q
    left join aws_iam_document as d on d.owner_arn = q.resource and d.source = 'trust'
    left join (
        select distinct p.account_id from aws_iam_principal as p
    ) as k on k.account_id = iam_resource_account(q.resource)
    where q.trust and d.document_id is null and (d.owner_arn is not null or k.account_id is null)
    union all
    select r.question, 'resource', concat(
        'the policy of ', r.owner_arn, case
            when r.policy_status = 'missing' then ', a resource that this run does not have'
            when r.policy_status <> 'unread' then concat(', which ', r.policy_status)
        end
    )
    from question_resources as r where r.policy_status not in ('read', 'none', 'default')
),

-- The pairs of question and subject to evaluate: pairs with an Allow, or with an unread policy that could allow. All other pairs
-- are an implicit deny, and are evaluated for their reasons only with `everyone`.
pairs as materialized (
    select distinct c.question, c.subject_id from (
        select q.question, w.subject_id
        from numbered_questions as q join subject_choices as w on w.choice = coalesce(q.only_subject, -1)
        where everyone or q.rule = 'always'
        union all
        select s.question, s.subject_id
        from subject_statements as s
        join numbered_questions as q on q.question = s.question
        left join unread_resource_policies as u on u.question = s.question
        where s.policy_type = 'identity' and s.effect = 'Allow' and (not q.trust or u.question is not null)
        union all
        select q.question, u.subject_id
        from unread_policies as u
        join subject_choices as w on w.subject_id = u.subject_id
        join numbered_questions as q on coalesce(q.only_subject, -1) = w.choice
        where u.policy_type = 'identity' and not q.trust
        union all
        select t.question, t.subject_id from resource_policy_statements as t
        where t.effect = 'Allow' and not t.is_self and (t.policy_type = 'trust' or t.grants_directly)
    ) as c
),

-- The pairs that policies decide.
decided_pairs as materialized (
    select c.question, c.subject_id
    from pairs as c join numbered_questions as q on q.question = c.question
    where q.rule is null or q.rule not in ('always', 'unsigned')
),

-- The scopes that decide each pair: the subject's scope, and the scope of its organization. `scope_key` is one key for question
-- and scope.
pair_scopes as materialized (
    select c.question, c.subject_id, c.subject_id as scope_id, iam_pair_key(c.question, c.subject_id) as scope_key
    from pairs as c
    union all
    select c.question, c.subject_id, g.scope_id, iam_pair_key(c.question, g.scope_id)
    from decided_pairs as c
    join principal_facts as f on f.subject_id = c.subject_id and f.has_guardrails
    join organization_scopes as g on g.guardrail_id is not distinct from f.guardrail_id
),

-- The organization's policies of each scope, at each level. A policy whose targets were not read has no level.
organization_policies as materialized (
    select g.scope_id, l.type, l.level, l.policy_name, l.document_id,
        iam_target_name(l.account_id, l.target_id, l.target_name) as target
    from organization_scopes as g
    join aws_organizations_account_policy as l on l.account_id = g.account_id and l.policy_id is not null
),

-- The questions that are evaluated in the scope of an organization's policies.
organization_questions as materialized (select distinct b.question, b.scope_id from pair_scopes as b where b.scope_id < 0),

-- Each pair, whether its resource is in another account, and the policy types of the principal and of the resource that have to
-- allow the question. The pairs are materialized: otherwise the inequality becomes a join of all questions with all subjects.
resource_owners as materialized (
    select
        c.question, c.subject_id, q.action, q.resource, q.resource_account, q.has_policy, q.owner_type, q.trust, q.rule, q.is_local,
        q.shareable, q.callers, q.reason, f.account_id, f.facts.type as subject_type,
        not q.trust and coalesce(q.resource_account <> f.account_id, false) as is_foreign,
        case
            when q.rule in ('always', 'unsigned') then cast([] as varchar[])
            when q.trust and f.facts.type in ('Anonymous', 'Service', 'Federated') then ['trust']
            when q.trust then ['identity', 'trust']
            when f.facts.type in ('Anonymous', 'Service') then ['resource']
            when not q.has_policy then ['identity']
            when q.resource_account <> f.account_id or q.owner_type = 'kms_key' then ['identity', 'resource']
            else ['identity']
        end as required_types
    from pairs as c
    join numbered_questions as q on q.question = c.question
    join principal_facts as f on f.subject_id = c.subject_id
),

-- The policy types that have to allow a question in a scope.
required_allows as materialized (
    select
        t.question, t.subject_id as scope_id, t.policy_type,
        case t.policy_type
            when 'trust' then 'the trust policy' when 'resource' then t.label else 'the principal''s policies'
        end as label
    from (
        select w.question, w.subject_id, iam_resource_policy_label(w.owner_type) as label, unnest(w.required_types) as policy_type
        from resource_owners as w
    ) as t
    union all
    select c.question, c.subject_id, p.policy_type, p.label
    from decided_pairs as c
    join subject_policies as p on p.subject_id = c.subject_id and p.policy_type in ('boundary', 'session')
    union all
    select distinct g.question, g.scope_id, 'scp ' || l.level, 'the SCPs at ' || l.target
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id and l.type = 'SERVICE_CONTROL_POLICY' and l.level is not null
),

-- The matching statements of all policies that apply in each scope: the identity-based policies, boundary and session policy of the
-- subject, the SCPs and RCPs of its organization, the RCPs of the resource's account, and the policy of the resource: a trust
-- policy, a resource-based policy or a grant.
applicable_statements as materialized (
    select s.question, s.subject_id as scope_id, s.policy_type, s.label, s.effect, s.statement_id, s.is_plain,
        cast(null as varchar[]) as sessions, cast(null as varchar) as disputed
    from decided_pairs as c join subject_statements as s using (question, subject_id)
    union all
    -- the RCPs of the resource's account apply. Without an account in the ARN, this is the subject's account.
    select
        g.question, g.scope_id, case when l.type = 'SERVICE_CONTROL_POLICY' then 'scp ' || l.level else 'rcp' end,
        concat(case when l.type = 'SERVICE_CONTROL_POLICY' then 'SCP ' else 'RCP ' end, l.policy_name, ' at ', l.target),
        s.effect, s.statement_id, s.is_plain, null, null
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id
    join matching_statements as s on s.question = g.question and s.document_id = l.document_id
    where
        l.type = 'SERVICE_CONTROL_POLICY'
        or l.type = 'RESOURCE_CONTROL_POLICY' and s.effect = 'Deny' and s.resource_account is null
        and s.supports_rcps
    union all
    select c.question, c.subject_id, 'rcp', concat('RCP ', l.policy_name, ' at ', l.target_name),
        s.effect, s.statement_id, s.is_plain, null, null
    from decided_pairs as c
    -- RCPs do not apply to service-linked roles, to resources of the management account, or to AWS managed keys
    join principal_facts as f on f.subject_id = c.subject_id and not f.is_service_linked
    join numbered_questions as q on q.question = c.question
    join aws_organizations_account_policy as l
        on l.account_id = q.resource_account and l.type = 'RESOURCE_CONTROL_POLICY'
        and l.account_id not in (select split_part(r.arn, ':', 5) from aws_organizations_root as r)
    join matching_statements as s on s.question = c.question and s.document_id = l.document_id and s.effect = 'Deny'
    where q.supports_rcps and q.key_manager is distinct from 'AWS'
    union all
    -- a Deny of the resource's policy counts once, and an Allow for each policy type that it replaces
    select
        t.question, t.subject_id, t.allow_type, t.label, t.effect, t.statement_id,
        t.is_plain and t.sessions is null and not t.is_disputed, t.sessions, case when t.is_disputed then t.policy_type end
    from (
        select
            w.question, w.subject_id, w.statement_id, w.effect, w.is_plain, w.sessions, w.policy_type, w.label,
            y.policy_type as allow_type,
            y.policy_type in ('boundary', 'session') and not list_contains(w.bypasses, y.policy_type) as is_disputed
        from resource_policy_statements as w
        join resource_owners as c using (question, subject_id)
        cross join (select unnest(['trust', 'resource', 'identity', 'boundary', 'session']) as policy_type) as y
        where
            y.policy_type = w.policy_type and (
                w.effect = 'Deny' and not coalesce(
                    c.rule = 'root' and c.subject_type = 'Account' and c.account_id = c.resource_account, false
                ) or list_contains(c.required_types, y.policy_type)
            )
            or w.effect <> 'Deny' and (
                y.policy_type = 'identity' and w.grants_directly
                or (list_contains(w.bypasses, y.policy_type) or list_contains(w.may_bypass, y.policy_type))
                and concat(w.subject_id, y.policy_type) in (
                    select concat(p.subject_id, p.policy_type)
                    from subject_policies as p where p.policy_type in ('boundary', 'session')
                )
            )
    ) as t
),

-- The applicable statements that match only some requests, with their conditions. A grant to one session is also a condition, as
-- is the disputed limit by the boundary.
conditional_statements as materialized (
    select
        row_number() over () as conditional_id, r.question, r.scope_id, r.policy_type, r.label, s.effect, q.resource,
        s.has_variables, s.resources, s.not_resources, s.conditions || case when r.sessions is null then [] else [{
            'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'aws:userid',
            'original_key': 'the role session name', 'values': r.sessions
        }] end || case when r.disputed is null then [] else [{
            'operator': 'bool', 'qualifier': cast(null as varchar), 'if_exists': false, 'key': r.policy_type || '~disputed',
            'original_key': case r.disputed
                when 'trust'
                    then 'whether the boundary limits what a trust policy grants to a user (the pages of the IAM User Guide differ)'
                else concat(
                    'whether the ', case r.policy_type when 'session' then 'session policy' else 'boundary' end,
                    ' limits what a resource policy grants to everyone (the IAM User Guide does not say)'
                )
            end,
            'values': ['true']
        }] end as conditions, f.facts
    from applicable_statements as r
    join action_statements as s on s.statement_id = r.statement_id
    join numbered_questions as q on q.question = r.question
    join (
        select o.subject_id as scope_id, o.facts from principal_facts as o
        union all
        select g.scope_id, g.facts from organization_scopes as g
    ) as f on f.scope_id = r.scope_id
    where not r.is_plain
),

-- The policy variables of a statement's resources and conditions.
statement_variables as materialized (
    select s.conditional_id, s.question, s.facts, s.resource, iam_variables(array_to_string(
        coalesce(s.resources, s.not_resources, []) || flatten([condition_."values" for condition_ in s.conditions]), ' '
    )) as names
    from conditional_statements as s where s.has_variables
),

-- The value of each variable, in the order of the names.
variable_values as materialized (
    select v.conditional_id, v.names, [
        iam_request_value(q.context, q.has_tags, v.facts, name_, v.resource) for name_ in v.names
    ] as variable_values
    from statement_variables as v join numbered_questions as q on q.question = v.question
),

-- The statements with their variables replaced by values, if the resource matches. A variable that depends on the request becomes
-- a condition on the variable's key.
resolved_statements as materialized (
    select s.* exclude (has_variables) from conditional_statements as s where not s.has_variables
    union all
    select
        s.* exclude (has_variables) replace (
            case when s.resources is not null then v.patterns end as resources,
            case when s.not_resources is not null then v.patterns end as not_resources,
            [{
                'operator': condition_.operator, 'qualifier': condition_.qualifier, 'if_exists': condition_.if_exists,
                'key': condition_.key, 'original_key': condition_.original_key,
                'values': [
                    iam_resolve_variables(value_, v.names, v.variable_values, false) for value_ in condition_."values"
                ]
            } for condition_ in s.conditions] || [{
                'operator': 'stringequals', 'qualifier': cast(null as varchar), 'if_exists': false,
                'key': iam_variable_key(v.names[place_]), 'original_key': v.names[place_], 'values': ['what the resource names']
            } for place_ in range(1, len(v.names) + 1)
                if v.variable_values[place_].free and contains(array_to_string(s.resources, ' '), v.names[place_])] as conditions)
    from conditional_statements as s
    join (
        select n.*, [
            iam_resolve_variables(pattern_, n.names, n.variable_values, false) for pattern_ in coalesce(o.resources, o.not_resources)
        ] as patterns
        from variable_values as n join conditional_statements as o using (conditional_id)
    ) as v using (conditional_id)
    where
        (s.resources is null and s.not_resources is null)
        or iam_is_any_resource(s.resource)
        or (s.resources is not null) = (len([
            1 for pattern_ in coalesce(s.resources, s.not_resources)
            if s.resource like iam_resolve_variables(pattern_, v.names, v.variable_values, true) escape '\'
        ]) > 0)
),

-- The conditions of these statements. For a question about any resource, the resource is one of the conditions.
resolved_conditions as materialized (
    select s.conditional_id, s.question, s.facts, s.resource, unnest(s.conditions || case
        when iam_ignores_resource(s.resource, coalesce(s.resources, s.not_resources)) then []
        else [{
            'operator': case when s.resources is not null then 'stringlike' else 'stringnotlike' end,
            'qualifier': cast(null as varchar), 'if_exists': false, 'key': 'resource' || s.resource[4:], 'original_key': 'resource',
            'values': coalesce(s.resources, s.not_resources)
        }] end) as condition
    from resolved_statements as s
),

-- Each condition with the value of its key, if the question's context, a global service's Region or the data determines it.
evaluated_conditions as materialized (
    select t.*, iam_holds(t.operator, t.qualifier, t.if_exists, t."values", t.key_value) as holds
    from (
        select
            c.conditional_id, c.key, c.original_key, c.operator, c.qualifier, c.if_exists, c."values", c.facts.type as type,
            len(c.context_entries) > 0 or c.is_global_region or c.is_absent
            or iam_key_is_known(c.facts, c.operator, c.key, c."values", c.resource)
                -- everyone stands for callers with the key and without it
                and not (
                    c.facts.type = 'Anonymous' and (c.if_exists or coalesce(c.qualifier, '') = 'all') and not iam_negated(c.operator)
                    and iam_caller_key(c.key, false) is not null
                ) as is_known,
            case
                when len(c.context_entries) > 0 then c.context_entries[1]."values"[1]
                when c.is_global_region then iam_global_region(c.facts.arn)
                when c.is_absent then null
                else iam_key_value(c.facts, c.key, c.resource)
            end as key_value
        from (
            select
                o.conditional_id, o.facts, o.resource, o.condition.key as key, o.condition.original_key as original_key,
                o.condition.operator as operator, o.condition.qualifier as qualifier, o.condition.if_exists as if_exists,
                o.condition."values" as "values",
                [entry_ for entry_ in q.context if entry_.key = o.condition.key] as context_entries,
                o.condition.key = 'aws:requestedregion' and iam_is_global_service(q.action) as is_global_region,
                (q.has_policy or q.trust) and o.facts.type <> 'Service' and o.condition.key in (
                    'aws:sourcearn', 'aws:sourceaccount', 'aws:sourceorgid', 'aws:sourceorgpaths'
                )
                -- everyone includes services that make requests for the resources of others
                and (o.facts.type <> 'Anonymous' or len([
                    1 for value_ in o.condition."values"
                    if iam_value_party(o.condition.operator, iam_caller_key(o.condition.key, true), value_) not in (
                        coalesce(q.resource_account, ''), coalesce(o.facts.own_organization, ''), 'own account', 'own organization'
                    )
                ]) = 0) or q.has_tags and iam_is_resource_tag(o.condition.key) as is_absent
            from resolved_conditions as o join numbered_questions as q on q.question = o.question
        ) as c
    ) as t
),

-- The keys of principal tags that the evaluation of a role used. A session may have other tags.
session_tag_keys as materialized (
    select b.question, b.subject_id, array_to_string(iam_sorted_set(list(t.original_key)), ', ') as keys
    from (
        select c.conditional_id, c.original_key, c.type from evaluated_conditions as c where starts_with(c.key, 'aws:principaltag/')
        union all
        select
            v.conditional_id, unnest([name_ for name_ in v.names if starts_with(lower(name_), 'aws:principaltag/')]), v.facts.type
        from statement_variables as v
    ) as t
    join conditional_statements as s using (conditional_id)
    join pair_scopes as b on b.question = s.question and b.scope_id = s.scope_id
    join principal_facts as f on f.subject_id = b.subject_id
    where t.type = 'AssumedRole' and not f.has_session_tags
    group by b.question, b.subject_id
),

-- Whether a statement can match, and its conditions on keys with values that depend on the request.
open_conditions as materialized (
    select
        t.conditional_id,
        bool_and(t.holds or not t.is_known) as may_hold,
        list_sort(list({
            'key': t.key, 'original_key': t.original_key, 'operator': t.operator, 'qualifier': t.qualifier,
            'if_exists': t.if_exists, 'values': t."values", 'is_always_present': iam_key_is_always_present(t.key, t.type)
        }) filter (not t.is_known)) as conditions
    from evaluated_conditions as t
    group by t.conditional_id
),

-- The statements that match some request. If conditions remain, `conditional_id` is the number of the statement in
-- open_conditions. A list for each statement would take much memory.
effective_statements as materialized (
    select
        s.question, s.scope_id, s.policy_type, s.label, s.effect, cast(null as bigint) as conditional_id
    from applicable_statements as s where s.is_plain
    union all
    select
        s.question, s.scope_id, s.policy_type, s.label, s.effect,
        case when len(o.conditions) > 0 then s.conditional_id end
    from resolved_statements as s left join open_conditions as o using (conditional_id)
    where coalesce(o.may_hold, true)
),

-- Whether each policy type allows some request (`may_allow`), or every request (`allows`).
policy_type_allows as materialized (
    select
        s.question, s.scope_id, s.policy_type,
        bool_or(s.effect = 'Allow') as may_allow,
        bool_or(s.effect = 'Allow' and s.conditional_id is null) as allows
    from effective_statements as s
    group by all
),

-- Unread data that can allow: the grants of KMS keys, the access control lists of buckets and, for everyone and services, the
-- policy of a resource that is not in the run.
unread_allows as materialized (
    select w.question, w.subject_id, w.is_foreign, 'the grants of ' || r.owner_arn as name
    from resource_owners as w join question_resources as r on r.question = w.question
    where r.lacks_grants and w.subject_type <> 'Anonymous'
    union all
    select w.question, w.subject_id, true, 'the policy of the resource'
    from resource_owners as w where not w.has_policy and w.subject_type in ('Anonymous', 'Service')
    union all
    select w.question, w.subject_id, true, 'the access control lists of ' || r.owner_arn
    from resource_owners as w join question_resources as r on r.question = w.question
    where
        r.owner_type = 's3_bucket' and r.object_ownership <> 'BucketOwnerEnforced' and iam_acl_can_allow(w.action)
        and (w.is_foreign or w.subject_type = 'Anonymous' and not r.ignore_public_acls)
),

-- The questions about KMS keys that may be AWS managed keys. RCPs do not apply to these keys. No policy of such a key allows
-- kms:PutKeyPolicy.
unknown_key_managers as materialized (
    select r.question, r.owner_arn
    from question_resources as r
    where r.owner_type = 'kms_key' and r.key_manager is null and r.document_id is not null and r.document_id not in (
        select s.document_id
        from question_resources as q join aws_iam_statement as s on s.document_id = q.document_id
        where s.effect = 'Allow' and iam_matches_action(s.action_likes, s.actions is not null, 'kms:PutKeyPolicy')
            and len([1 for condition_ in s.conditions if condition_.key = 'kms:viaservice']) = 0
    )
),

-- The pairs that block public access denies: the bucket's policy is public, and the caller is neither a service nor a principal of
-- the account. `is_certain` is false if the setting was not read.
public_access_blocks as materialized (
    select w.question, w.subject_id, r.owner_arn, coalesce(r.restrict_public_buckets, false) as is_certain
    from resource_owners as w join question_resources as r on r.question = w.question
    where
        r.owner_type = 's3_bucket' and coalesce(r.restrict_public_buckets, true)
        and w.subject_type <> 'Service' and w.account_id is distinct from r.account_id
        and r.document_id in (
            select s.document_id
            from question_resources as q join aws_iam_statement as s on s.document_id = q.document_id
            where
                s.effect = 'Allow' and not iam_has_fixed_values(s.conditions) and (
                    s.not_principals is not null
                    or len([1 for principal_ in s.principals if iam_is_anyone(principal_."type", principal_."value")]) > 0
                )
        )
),

-- The policy types with an unread policy, which could allow.
unread_policy_types as materialized (
    select c.question, u.subject_id as scope_id, u.policy_type from decided_pairs as c join unread_policies as u using (subject_id)
    union all
    select g.question, g.scope_id, 'scp ' || l.level
    from organization_questions as g join organization_policies as l on l.scope_id = g.scope_id
    where l.type = 'SERVICE_CONTROL_POLICY' and l.document_id is null
    union all
    -- a policy without a level may be attached to each level, and allow what the other policies there do not
    select g.question, g.scope_id, 'scp ' || o.level
    from organization_questions as g
    join organization_policies as l on l.scope_id = g.scope_id and l.type = 'SERVICE_CONTROL_POLICY' and l.level is null
    join organization_policies as o on o.scope_id = l.scope_id and o.type = l.type
    union all
    select c.question, c.subject_id, u.policy_type from decided_pairs as c join unread_resource_policies as u using (question)
    union all
    -- the policy of a resource in the account may allow an action that the principal's policies do not
    select w.question, w.subject_id, unnest(['identity', u.policy_type])
    from resource_owners as w join unread_resource_policies as u on u.question = w.question
    where not w.is_foreign and (u.policy_type = 'resource' or w.account_id = w.resource_account)
    union all
    select l.question, l.subject_id, unnest(case when l.is_foreign then ['resource'] else ['identity', 'resource'] end)
    from unread_allows as l
),

-- The reasons that deny every request: explicit denies, policy types without an Allow, callers that cannot make the call, and
-- calls that AWS does not accept from another account. `is_certain`: no unread policy can change the result.
unconditional_denies as materialized (
    select s.question, s.scope_id, 'explicit_deny_' || split_part(s.policy_type, ' ', 1) as reason,
        'explicit deny by ' || array_to_string(iam_sorted_set(list(s.label)), ', ') as description,
        s.policy_type <> 'rcp' or s.question not in (select k.question from unknown_key_managers as k) as is_certain
    from effective_statements as s
    where s.effect = 'Deny' and s.conditional_id is null
    group by s.question, s.scope_id, s.policy_type
    union all
    select r.question, r.scope_id, split_part(r.policy_type, ' ', 1) || '_not_allowed', 'no allow in ' || r.label,
        u.policy_type is null
    from required_allows as r
    left join policy_type_allows as m using (question, scope_id, policy_type)
    left join unread_policy_types as u using (question, scope_id, policy_type)
    where not coalesce(m.may_allow, false)
    union all
    select p.question, p.subject_id, 'public_access_block', 'block public access of ' || p.owner_arn, true
    from public_access_blocks as p where p.is_certain
    union all
    select
        o.question, o.subject_id, 'resource_of_another_account',
        case
            when lower(o.action) like 'iam:%' then 'IAM acts on the principal''s own account alone'
            when o.is_local then concat('AWS does not accept ', o.action, ' from another account')
            else concat('resources of ', split_part(o.action, ':', 1), ' have no policies that could allow another account')
        end, true
    from resource_owners as o
    where
        o.is_foreign and (
            lower(o.action) like 'iam:%'
            or not list_contains(o.shareable, regexp_extract(split_part(o.resource, ':', 6), '^[^/]*'))
        )
        or o.is_local and o.subject_type not in ('Service', 'Federated') and o.resource_account <> coalesce(o.account_id, '')
    union all
    select o.question, o.subject_id, 'caller_type', o.reason, true
    from resource_owners as o
    where not list_contains(o.callers, o.subject_type)
),

-- The pairs that these reasons deny.
denied_pairs as materialized (
    select
        b.question, b.subject_id, bool_or(d.is_certain) as is_certain,
        iam_sorted_set(list(d.reason)) as reasons,
        array_to_string(iam_sorted_set(list(d.description)), '; ') as reason
    from unconditional_denies as d join pair_scopes as b using (question, scope_id)
    group by all
),

-- The names of the unread policies of each pair.
missing_policies as materialized (
    select u.question, u.subject_id, iam_sorted_set(list(u.name)) as names
    from (
        select c.question, c.subject_id, n.name from decided_pairs as c join unread_policies as n using (subject_id)
        union all
        select c.question, c.subject_id, n.name from decided_pairs as c join unread_resource_policies as n using (question)
        union all
        select n.question, n.subject_id, n.name
        from unread_allows as n join denied_pairs as b using (question, subject_id)
        where not b.is_certain
        union all
        select p.question, p.subject_id, 'block public access of ' || p.owner_arn
        from public_access_blocks as p where not p.is_certain
        union all
        select a.question, a.scope_id, concat('the manager of ', k.owner_arn, ' (kms:DescribeKey)')
        from unknown_key_managers as k join applicable_statements as a on a.question = k.question and a.policy_type = 'rcp'
        union all
        select b.question, b.subject_id, case
            when l.level is null then concat('the targets of the RCP ', l.policy_name)
            else concat('RCP ', l.policy_name, ' at ', l.target)
        end
        from pair_scopes as b
        join organization_policies as l on l.scope_id = b.scope_id
        join numbered_questions as q on q.question = b.question
        where
            l.type = 'RESOURCE_CONTROL_POLICY' and l.document_id is null and l.policy_name <> 'RCPFullAWSAccess'
            and q.supports_rcps
    ) as u
    group by u.question, u.subject_id
),

-- The policies that allow the other pairs: the policies of the principal or, for everyone, services and identity providers, the
-- policy of the resource.
allowing_policies as materialized (
    select s.question, s.scope_id, array_to_string(iam_sorted_set(list(s.label)), ', ') as policies
    from effective_statements as s
    join principal_facts as f on f.subject_id = s.scope_id
    anti join denied_pairs as b on b.question = s.question and b.subject_id = s.scope_id
    where s.effect = 'Allow' and list_contains(case when f.is_assumed then ['resource', 'trust'] else ['identity'] end, s.policy_type)
    group by s.question, s.scope_id
),

-- The statements whose conditions decide: each Deny, and each Allow of a policy type that does not allow every request.
open_statements as materialized (
    select
        iam_pair_key(s.question, s.scope_id) as scope_key, s.policy_type, s.effect, o.conditions,
        iam_hash(concat(s.policy_type, s.effect, cast(o.conditions as varchar))) as digest
    from effective_statements as s
    join open_conditions as o on o.conditional_id = s.conditional_id
    join policy_type_allows as m using (question, scope_id, policy_type)
    where s.effect = 'Deny' or not m.allows
),

-- The pairs that such statements decide. Pairs with the same statements have the same signature, and one evaluation.
signatures as materialized (
    select b.question, b.subject_id, md5(cast(iam_sorted_set(list(o.digest)) as varchar)) as signature
    from pair_scopes as b
    join open_statements as o on o.scope_key = b.scope_key
    anti join denied_pairs as k on k.question = b.question and k.subject_id = b.subject_id
    group by all
),

-- One pair of each signature.
signature_examples as materialized (
    select iam_pair_key(g.question, g.subject_id) as pair_key, g.signature
    from signatures as g
    qualify row_number() over (partition by g.signature order by g.question, g.subject_id) = 1
),

-- The results of conditions, by signature.
condition_outcomes as materialized (
    from iam_condition_outcomes((
        select list({'signature': s.signature, 'policy_type': s.policy_type, 'effect': s.effect, 'conditions': s.conditions})
        from (
            select distinct e.signature, o.policy_type, o.effect, o.conditions
            from signature_examples as e
            join pair_scopes as b on iam_pair_key(b.question, b.subject_id) = e.pair_key
            join open_statements as o on o.scope_key = b.scope_key
        ) as s
    ))
),

-- The VPC endpoints with statements about a question's service in a policy that does not allow every request for the resource.
restricting_endpoints as materialized (
    select q.question, r.account_id, coalesce(r.name, r.arn) as name
    from numbered_questions as q
    join known_resources as r on q.has_policy and r.resource_type = 'vpc_endpoint' and r.document_id is not null
    left join matching_statements as s on s.question = q.question and s.document_id = r.document_id
    left join action_statements as a on a.statement_id = s.statement_id
    join aws_iam_statement as t on t.document_id = r.document_id
    where t.not_actions is not null or len([
        1 for pattern_ in t.actions if split_part(lower(q.action), ':', 1) like iam_like(split_part(pattern_, ':', 1)) escape '\'
    ]) > 0
    group by q.question, r.account_id, r.arn, r.name
    having
        not coalesce(bool_or(s.effect = 'Allow' and s.is_plain and list_contains(
            [principal_."value" for principal_ in a.principals], '*'
        )), false)
        or coalesce(bool_or(s.effect = 'Deny'), false)
),

-- Other data that decides: the policy of a resource that was not read, or a check of AWS itself.
other_policies as (
    select
        w.question, w.subject_id,
        case
            when w.rule = 'always' then null
            when w.rule = 'unsigned' then 'what the request contains'
            when lower(w.action) like 'kms:%' and w.resource like 'arn:%:kms:%:key/%' then 'the key policy'
            when lower(w.action) like 'sts:assumerole%' and w.resource like 'arn:%:iam::%:role/%' then 'the trust policy of the role'
            when lower(w.action) = 'sts:assumeroot' then 'centralized root access of the organization'
            when iam_is_protected_role(w.resource) and iam_changes_role(w.action)
                then 'the protection of the role, which only AWS can change'
            when w.is_foreign then 'the resource policy in account ' || w.resource_account
        end as policy
    from resource_owners as w
    where not w.trust and not w.has_policy
    union all
    select w.question, w.subject_id, 'the policy of the bucket behind the access point'
    from resource_owners as w where w.has_policy and w.owner_type in ('s3_access_point', 's3_multi_region_access_point')
    union all
    select w.question, w.subject_id, concat('the policy of ', min(e.name), ' for requests through this VPC endpoint')
    from resource_owners as w
    join restricting_endpoints as e on e.question = w.question and e.account_id = w.account_id
    where w.owner_type not in ('s3_access_point', 's3_multi_region_access_point')
    group by w.question, w.subject_id
),

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
