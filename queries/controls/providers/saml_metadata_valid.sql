-- title: Ensure the metadata of SAML providers does not expire soon
-- kind: control
-- severity: medium
-- tags: federation, saml
-- param: days integer = 30          # Minimum remaining validity of the metadata, in days
-- remediation: aws iam get-saml-provider --saml-provider-arn {resource}
-- remediation: aws iam update-saml-provider --saml-provider-arn {resource} --saml-metadata-document file://metadata.xml
--
-- When the metadata document of a SAML provider expires, all its users lose access. Upload a new document in time, or
-- delete a provider that is not used. A metadata document need not have an expiration date; its status is then `info`.

with providers as (
    select p.account_id, p.arn, days_between(as_of(), p.valid_until) as days_left
    from aws_iam_saml_provider as p
)

select
    p.arn as resource,
    unnest(case
        when p.days_left is null then info('The metadata document has no expiration date.')
        when p.days_left < 0 then alarm(concat('The metadata document expired ', in_days(-p.days_left), ' ago.'))
        else alarm_if(p.days_left < $days, concat(
            'The metadata document expires in ', in_days(p.days_left), '; it must be valid for at least ',
            in_days($days), '.'
        ))
    end),
    p.account_id, 'global' as region
from providers as p
order by account_position(p.account_id), p.arn
