-- title: Ensure the organization opts out of the use of content by AI services
-- kind: control
-- severity: medium
-- tags: organization, ai
-- remediation: aws organizations enable-policy-type --root-id ROOT_ID --policy-type AISERVICES_OPT_OUT_POLICY
-- remediation: aws organizations create-policy --type AISERVICES_OPT_OUT_POLICY --name POLICY_NAME --description DESCRIPTION --content file://policy.json
-- remediation: aws organizations attach-policy --policy-id POLICY_ID --target-id ROOT_ID
--
-- Some AI services of AWS store content that they process and use it to improve the services, even in other Regions. An
-- AI services opt-out policy at the root prevents that in every account. The policy must set `optOut` for the services
-- `default`, and forbid child policies to change the value (`@@none`). A sync reads these policies with `--for
-- ai_services_opt_out` or `--table aws_organizations_policy`.

with policies as (
    select
        p.id, p.name, p.content is null as is_unread,
        json_extract_string(p.content, '$.services.default.opt_out_policy."@@assign"') = 'optOut' as is_opt_out,
        list_contains(
            text_list(json_extract(p.content, '$.services.default.opt_out_policy."@@operators_allowed_for_child_policies"')),
            '@@none'
        ) as is_final
    from aws_organizations_policy as p
    where p.type = 'AISERVICES_OPT_OUT_POLICY'
),

root_targets as (
    select distinct t.id
    from aws_organizations_policy_target as t
    where t.type = 'AISERVICES_OPT_OUT_POLICY' and t.target_type = 'ROOT'
),

summary as (
    select
        count(*) as policies,
        max(case when p.is_opt_out and p.is_final and t.id is not null then p.name end) as effective,
        max(case when p.is_opt_out and p.is_final then p.name end) as unattached,
        max(case when p.is_opt_out then p.name end) as optional,
        max(case when p.is_unread then p.name end) as unread
    from policies as p
    left join root_targets as t on t.id = p.id
)

select
    organization_arn() as resource,
    unnest(case
        when s.effective is not null
            then ok(concat('The policy ', s.effective, ' at the root opts out of all AI services, which no child policy can change.'))
        when t.is_enabled is null then unknown('the policy types of the organization were not read.')
        when t.is_enabled = 0 then alarm('AI services opt-out policies are not enabled in the organization.')
        when t.is_read = 0 then unknown('the AI services opt-out policies were not read.')
        when s.policies = 0 then alarm('The organization has no AI services opt-out policy.')
        when s.unread is not null then unknown(concat('the content of the policy ', s.unread, ' was not read.'))
        when s.unattached is not null then alarm(concat('The policy ', s.unattached, ' is not attached to the root.'))
        when s.optional is not null
            then alarm(concat('The policy ', s.optional, ' opts out of all AI services, but child policies can change that.'))
        else alarm('No policy opts out of all AI services.')
    end),
    r.management_account_id as account_id, 'global' as region
from iamsql.run as r
cross join organization_policy_type('AISERVICES_OPT_OUT_POLICY') as t
cross join summary as s
where r.management_account_id is not null
order by r.management_account_id
