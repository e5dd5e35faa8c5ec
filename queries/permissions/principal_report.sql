-- title: Everything that a run has about one user or role
-- kind: report
-- severity: info
-- tags: permissions, incident, cloudtrail
-- columns: section, item, value, detail
-- layout: groups section
-- param: principal principal   # A user or role: its ARN, user/NAME, role/NAME or unique name
-- param: paths boolean = true  # Include the risk score and the escalation paths, which evaluate every principal of the organization
-- positional: principal
-- remediation: iamsql query principal_statements --arg principal={principal}
-- remediation: iamsql query user_history --arg user_name={principal:name}
--
-- Returns rows in sections, for the review of a user or role and for the response to an incident:
--
-- `principal`: whether the run has it, its account, age, permissions boundary and tags.
-- `sign-in`: console password, MFA, the use of a role and the statements of its trust policy.
-- `access key`: its access keys.
-- `group`: its groups.
-- `policy`: its policies.
-- `permission`: whether it is an administrator, its risk score, and the actions of `risky_actions` that it may perform.
-- `access to others`: the roles that it may assume, the users and roles that it may change, and its escalation path.
-- `access to it`: who may assume it or create credentials for it, and whose escalation path leads through it.
-- `activity`: its last ten events.
-- `action`: its twenty most frequent actions.
-- `address`: its twenty most frequent addresses.
-- `change`: the last ten IAM calls that name it.
-- `finding`: detections that name it as caller or target.
-- `unknown`: the calls and events of its account that were not read.
--
-- The `state` of a principal without data is `not in the account` where its users or roles were read, and `unknown`
-- where they were not. `source` is the query, table or macro with more about a row. A verdict is the verdict of `can`,
-- on any resource. Findings come from the detections that concern credentials, sign-ins and permissions, with default
-- parameters; `iamsql check detections` runs all of them. An event counts for a user, and for a role with all of its
-- sessions. A rename is not followed.

with detections as (
    select 'access_denied_burst' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from access_denied_burst() as d
    union all
    select 'access_key_created_for_another_user' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from access_key_created_for_another_user() as d
    union all
    select 'access_key_from_new_network' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from access_key_from_new_network() as d
    union all
    select 'admin_policy_attached' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from admin_policy_attached() as d
    union all
    select 'console_login_from_new_network' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from console_login_from_new_network() as d
    union all
    select 'console_login_without_mfa' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from console_login_without_mfa() as d
    union all
    select 'login_profile_for_another_user' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from login_profile_for_another_user() as d
    union all
    select 'mfa_device_removed' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from mfa_device_removed() as d
    union all
    select 'role_trust_opened' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from role_trust_opened() as d
    union all
    select 'whoami_from_new_address' as name, d.event_time, d.account_id, d.actor, d.source_ip_address, d.target, d.detail, d.event_id from whoami_from_new_address() as d
),

rows_of_sections as (
    select i.principal, i.place, i.section, i.item, i.value, i.detail, i.source
    from principal_identity([trim($principal)]) as i
    union all
    select p.principal, p.place, p.section, p.item, p.value, p.detail, p.source
    from principal_permissions([trim($principal)], $paths) as p
    union all
    select a.principal, a.place, a.section, a.item, a.value, a.detail, a.source
    from principal_activity([trim($principal)]) as a
    union all
    select
        trim($principal), 1300, 'finding', d.name, time_text(d.event_time),
        concat_ws('; ', 'by ' || d.actor, 'from ' || d.source_ip_address, 'target ' || d.target, d.detail), d.name
    from detections as d
    where
        d.actor = trim($principal)
        or d.target = trim($principal)
        or (
            d.account_id = split_part(trim($principal), ':', 5)
            and (
                d.target = split_part(trim($principal), '/', -1)
                or (
                    trim($principal) like '%:role/%'
                    and d.actor like '%:assumed-role/%'
                    and split_part(d.actor, '/', 2) = split_part(trim($principal), '/', -1)
                )
            )
        )
    union all
    select u.principal, u.place, u.section, u.item, u.value, u.detail, u.source
    from principal_unknowns([trim($principal)]) as u
)

select r.principal, r.section, r.item, r.value, r.detail, r.source
from rows_of_sections as r
order by r.place, case r.value when 'certain' then 1 when 'allowed' then 1 when 'conditional' then 2 else 3 end, r.item, r.value, r.detail
