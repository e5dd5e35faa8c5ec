-- title: A permissions boundary was removed or opened
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.003, tactic:privilege_escalation, cloudtrail
-- param: known text[] = ''   # Policies that are meant as boundaries, by name
--
-- The boundary is what keeps a delegated administrator from giving out more than he has. Without it the policies that
-- a user or role already has count in full, so look at those first, then put the boundary back and see what was done
-- in between. A boundary that is replaced by a policy that allows everything, or lets anyone's permissions be raised,
-- is as good as none: AWS's own policies and those of the account are evaluated by their content, as the log shows it
-- before the event or else as the run read it. Where neither has the content, the row says so: read the policy.
-- False positives: a change of the boundary by infrastructure code, which takes it off and puts another on within
-- seconds, or a role that moves to a team without boundaries. A boundary that allows everything and then denies what is
-- to be kept back shows too; once it is read, name it in `$known`.

with changes as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name,
        coalesce(e.request_parameters ->> '$.permissionSetArn', e.target) as target,
        e.event_name like 'Put%' as is_put,
        coalesce(
            e.request_parameters ->> '$.permissionsBoundary.managedPolicyArn',
            e.request_parameters ->> '$.permissionsBoundary.customerManagedPolicyReference.name',
            e.request_parameters ->> '$.permissionsBoundary', 'a policy that the record does not name'
        ) as boundary,
        e.username = (e.request_parameters ->> '$.userName') as is_own,
        e.invoked_by, e.event_id
    from aws_cloudtrail_event as e
    where
        (
            (
                e.event_source = 'iam.amazonaws.com'
                and e.event_name in (
                    'DeleteUserPermissionsBoundary', 'DeleteRolePermissionsBoundary', 'PutUserPermissionsBoundary',
                    'PutRolePermissionsBoundary'
                )
            )
            or (
                e.event_source = 'sso.amazonaws.com'
                and e.event_name in (
                    'DeletePermissionsBoundaryFromPermissionSet', 'PutPermissionsBoundaryToPermissionSet'
                )
            )
        )
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

contents as (
    select
        c.account_id, c.event_id,
        arg_max(k.document, coalesce(k.since, timestamp '1970-01-01 00:00:00')) as document
    from changes as c
    inner join iam_policy_contents() as k
        on k.account_id = c.account_id and k.policy_arn = c.boundary and (k.since is null or k.since <= c.event_time)
    where c.is_put
    group by c.account_id, c.event_id
),

judged as (
    select
        c.*,
        split_part(c.boundary, '/', -1) as policy_name,
        c.boundary like 'arn:%:iam::aws:policy/%' as is_of_aws,
        iam_document_admin_statements(k.document) as power,
        len([1 for s_ in iam_document_statements(k.document) if s_.effect = 'Deny']) > 0 as has_denials
    from changes as c
    left join contents as k on k.account_id = c.account_id and k.event_id = c.event_id
),

worded as (
    select
        j.*,
        case
            when not j.is_put then 'boundary removed'
            when len(j.power) > 0
                then concat(
                    'boundary set to ', j.boundary, ', which allows ', array_to_string(j.power, '; '),
                    case when j.has_denials then ', less what it denies' end
                )
            when j.power is not null then null
            when
                j.is_of_aws
                and regexp_matches(j.policy_name, '^(AdministratorAccess(-.*)?|PowerUserAccess|IAMFullAccess)$')
                then concat('boundary set to ', j.boundary, ', which by its name allows nearly everything')
            when j.is_of_aws and regexp_matches(j.policy_name, 'ReadOnly|ViewOnly|Audit|Deny') then null
            else concat('boundary set to ', j.boundary, ', whose content is not known: it may allow everything')
        end as words
    from judged as j
)

select
    w.event_time, w.account_id, w.region, w.actor, w.source_ip, w.event_name, w.target,
    concat(
        w.words,
        case when w.is_own then ', by the user itself' end,
        ', through ' || w.invoked_by
    ) as detail,
    w.event_id
from worded as w
where w.words is not null and not (w.is_put and list_contains($known, w.policy_name))
order by w.event_time desc, w.event_id
