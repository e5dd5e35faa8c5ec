-- The policy documents of resources that AWS does not return as one document: default policies, and several policies of a resource.

-- Returns the policy of a file system without a policy: full access for every client that reaches a mount target, without IAM.
-- about: The default file system policy of Amazon EFS.
-- source: Amazon EFS User Guide, "Using IAM to control access to file systems", section "Default EFS file system policy"
-- date: 2026-12-01
-- rebuild: read the section in the page
create or replace macro iam_default_file_system_policy() as
    cast('{"Version": "2012-10-17", "Statement": [{"Sid": "Default", "Effect": "Allow", "Principal": "*", "Action": [
        "elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"
    ], "Resource": "*", "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}}]}' as json);

-- Returns whether a statement only allows clients that use a mount target, which has addresses of a VPC. Amazon EFS does not count
-- such a statement as public.
-- about: The condition with which Amazon EFS does not count a file system policy as public.
-- source: Amazon EFS User Guide, "Blocking public access to EFS file systems", section "The meaning of public"
-- date: 2026-12-01
-- rebuild: read the section in the page
create or replace macro iam_requires_mount_target(conditions) as
    len([
        1 for condition_ in conditions
        if condition_.key = 'elasticfilesystem:accessedviamounttarget' and condition_.operator = 'bool' and not condition_.if_exists
        and lower(array_to_string(condition_."values", ' ')) = 'true'
    ]) > 0;

-- Returns the policies of one resource as one document with all statements. `policies` is an object of documents by name. The
-- result is NULL if a policy is not a document, or if there are none.
create or replace macro iam_merged_document(policies) as
    [
        case
            when len(documents_) > 0 and len([1 for document_ in documents_ if coalesce(json_type(document_), '') <> 'OBJECT']) = 0
                then to_json({'Version': '2012-10-17', 'Statement': flatten([
                    case
                        when json_type(document_, '$.Statement') = 'ARRAY' then elements(json_extract(document_, '$.Statement'))
                        else [json_extract(document_, '$.Statement')]
                    end
                    for document_ in documents_
                ])})
        end
        for documents_ in [
            [document(json_extract(policies, key_pointer(name_))) for name_ in list_sort(coalesce(some_keys(policies), []))]
        ]
    ][1];
