-- title: Ensure policies of Glue Data Catalogs do not allow principals outside the organization
-- kind: control
-- severity: high
-- tags: resource-policies, third-party
-- resource_types: glue_catalog
-- param: trusted text = ''  # External account and organization IDs that may have access, separated by commas
-- remediation: iamsql query external_access
-- remediation: aws glue get-resource-policy --region {region}
--
-- The policy of a Data Catalog can let principals outside the organization read its metadata, or change databases and
-- tables. There is one row for each catalog. The row lists the accounts and organizations that the policy allows. It
-- lists everyone if a statement allows everyone without a condition that limits callers to the organization. List the
-- intended accounts in `trusted`, and remove the statements for the others.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'glue_catalog', ['public', 'external account', 'other organization'], comma_list($trusted),
    'The policy of the catalog allows nobody outside the organization.'
) as r
order by r.position, r.account_id, r.resource
