-- title: Ensure service-specific credentials have an expiration date
-- kind: control
-- severity: medium
-- version: 1
-- tags: service-credentials, bedrock
--
-- An API key of Bedrock or CloudWatch Logs can be given an end when it is made; one without holds until somebody
-- deletes it. Passwords of CodeCommit and Keyspaces cannot have one, and are an alarm as well: a role can take their
-- place. One that is not active makes a `skip` row.

select
    s.arn as resource,
    unnest(case
        when s.is_expired or s.status <> 'Active' then skip('The credential is not active.')
        when s.expiration_date is null then alarm('The credential has no end.')
        else ok(concat('The credential ends on ', strftime(s.expiration_date, '%Y-%m-%d'), '.'))
    end),
    s.account_id, 'global' as region, s.user_name, s.credential_id, s.service_name
from iam_service_credentials() as s
order by s.position, s.arn, s.credential_id
