-- title: Ensure expired server certificates in IAM are removed
-- kind: control
-- severity: high
-- version: 1
-- tags: certificates, leftovers, cis_v3.0:1.19, cis_v7.0:2.17, security_hub:IAM.26, config:iam-server-certificate-expiration-check
--
-- An expired certificate that is put on a load balancer by mistake makes every visitor see a warning. Delete it; new
-- ones belong in ACM, which renews them.

select
    c.arn as resource,
    unnest(case
        when c.expiration is null then unknown('the end of the certificate was not read.')
        when c.expiration < o.as_of then alarm(concat('The certificate ended on ', strftime(c.expiration, '%Y-%m-%d'), '.'))
        else ok(concat('The certificate is good until ', strftime(c.expiration, '%Y-%m-%d'), '.'))
    end),
    c.account_id, 'global' as region
from aws_iam_server_certificate as c
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = c.account_id
order by a.position, c.arn
