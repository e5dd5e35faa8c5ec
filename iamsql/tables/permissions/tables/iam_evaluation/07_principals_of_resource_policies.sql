-- The statements of resources' policies that apply to each subject, by Principal or NotPrincipal.

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

-- The subjects that these principals match. A principal that is everyone matches every subject, so a question about one subject is
-- joined by the number of the subject too. For NotPrincipal, a match excludes the subject. `session` is the session whose name the principal requires of a role.
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
            f.subject_id, c.choice, unnest([
                '*', f.facts.arn, f.facts.id, f.account_id,
                case when f.facts.type = 'AssumedRole' then concat(f.account_id, '/', f.facts.name) end,
                case when f.facts.type in ('Service', 'Federated') then f.facts.name end
            ]) as principal_key
        from principal_facts as f join subject_choices as c using (subject_id)
    ) as k on k.principal_key = n.principal_key and k.choice = coalesce(n.only_subject, -1)
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
