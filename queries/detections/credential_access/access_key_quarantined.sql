-- title: Quarantine policy of AWS attached: an access key is public
-- kind: detection
-- severity: critical
-- tags: mitre:T1552.001, mitre:T1078.004, tactic:credential_access, cloudtrail
--
-- Detects that any version of the policy AWSCompromisedKeyQuarantine is attached to a user, group or role. AWS attaches
-- the policy when it finds an access key of the user in public, such as in a GitHub repository: other people have the
-- key. The policy denies only a few actions, so the key still works. Deactivate the keys of the user now (`aws iam
-- update-access-key --status Inactive`), then review every call of these keys, and rotate the secrets that they could
-- read. Failed attempts to attach the policy are included, because the key is public anyway.
-- False positives: exercises where the security team attaches the policy. The caller is a known person, and no
-- support case or health event of AWS exists.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.userName', e.request_parameters ->> '$.roleName',
        e.request_parameters ->> '$.groupName', e.target
    ) as target,
    concat(
        'failed: ' || e.error_code || ', ',
        'AWS reports that an access key is public: ', split_part(e.request_parameters ->> '$.policyArn', '/', -1),
        ' attached', ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and scan_filter(e.event_name in ('AttachUserPolicy', 'AttachGroupPolicy', 'AttachRolePolicy'))
    and regexp_matches(e.request_parameters ->> '$.policyArn', '^arn:[^:]*:iam::aws:policy/AWSCompromisedKeyQuarantine')
order by e.event_time desc, e.event_id
