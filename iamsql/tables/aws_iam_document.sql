select d.account_id, split_part(d.owner_arn, ':', 2) as partition, d.source, d.owner_arn, d.owner_type, d.policy_name,
  d.is_aws_managed, d.is_attached, {id} as document_id, duplicate_key(d.document) as duplicate_key
from ({documents}) d
