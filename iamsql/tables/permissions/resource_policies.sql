-- Resource-based policies: the resource that has the policy, public principals, grants of KMS keys as policies, and whether the
-- pattern of a Deny statement includes the pattern of an Allow statement.

-- Returns the ARN of the resource whose policy applies to a request for `resource`: the bucket of an object, the catalog of a
-- table.
create or replace macro iam_policy_owner(resource) as
    case
        when resource like 'arn:%:s3:::%' then split_part(resource, '/', 1)
        when resource like 'arn:%:s3:%:accesspoint/%' then array_to_string(string_split(resource, '/')[:2], '/')
        when resource like 'arn:%:logs:%:log-group:%' then array_to_string(string_split(resource, ':')[:7], ':')
        when resource like 'arn:%:glue:%' then concat(array_to_string(string_split(resource, ':')[:5], ':'), ':catalog')
        when resource like 'arn:%:es:%:domain/%' then array_to_string(string_split(resource, '/')[:2], '/')
        when resource like 'arn:%:dynamodb:%:table/%/index/%' then array_to_string(string_split(resource, '/')[:2], '/')
        when resource like 'arn:%:schemas:%:schema/%' then concat(
            array_to_string(string_split(resource, ':')[:5], ':'), ':registry/', split_part(resource, '/', 2)
        )
        when resource like 'arn:%:apigateway:%::/restapis/%' then array_to_string(string_split(resource, '/')[:3], '/')
        when resource like 'arn:%:execute-api:%' then concat(
            'arn:', split_part(resource, ':', 2), ':apigateway:', split_part(resource, ':', 4), '::/restapis/',
            split_part(split_part(resource, ':', 6), '/', 1)
        )
        else resource
    end;

-- Returns the type of such a resource, as in aws_resource_policy, or NULL for a pattern and for a resource that has no policy.
create or replace macro iam_policy_resource_type(owner) as
    case
        when contains(owner, '*') then null
        when owner like 'arn:%:s3:::_%' then 's3_bucket'
        when regexp_matches(owner, '^arn:[^:]*:s3::[0-9]+:accesspoint/') then 's3_multi_region_access_point'
        when owner like 'arn:%:s3:%:accesspoint/%' then 's3_access_point'
        when owner like 'arn:%:kms:%:key/%' then 'kms_key'
        when owner like 'arn:%:sqs:%:%:%' then 'sqs_queue'
        when owner like 'arn:%:sns:%:%:%' then 'sns_topic'
        when owner like 'arn:%:lambda:%:function:%' then 'lambda_function'
        when owner like 'arn:%:lambda:%:layer:%:%' then 'lambda_layer_version'
        when owner like 'arn:%:secretsmanager:%:secret:%' then 'secret'
        when owner like 'arn:%:ecr:%:repository/%' then 'ecr_repository'
        when owner like 'arn:%:events:%:event-bus/%' then 'event_bus'
        when owner like 'arn:%:apigateway:%::/restapis/%' then 'rest_api'
        when owner like 'arn:%:logs:%:log-group:%' then 'log_group'
        when owner like 'arn:%:glue:%:catalog' then 'glue_catalog'
        when owner like 'arn:%:es:%:domain/%' then 'opensearch_domain'
        when owner like 'arn:%:backup:%:backup-vault:%' then 'backup_vault'
        when regexp_full_match(owner, 'arn:[^:]*:dynamodb:[^/]*:table/[^/]+') then 'dynamodb_table'
        when owner like 'arn:%:elasticfilesystem:%:file-system/%' then 'efs_file_system'
        when owner like 'arn:%:glacier:%:vaults/%' then 'glacier_vault'
        when owner like 'arn:%:ses:%:identity/%' then 'ses_identity'
        when owner like 'arn:%:schemas:%:registry/%' then 'schema_registry'
    end;

-- Returns the name of a resource's policy, for the text of an answer.
create or replace macro iam_resource_policy_label(resource_type) as
    case resource_type
        when 'kms_key' then 'the key policy' when 's3_bucket' then 'the bucket policy' else 'the resource policy'
    end;

-- Returns whether an address range is so wide that Amazon S3 counts it as public: wider than /8, or for IPv6 than /32.
create or replace macro iam_is_wide_range(range_) as
    iam_prefix_length(range_) < case when contains(range_, ':') then 32 else 8 end;

-- Returns whether conditions restrict a statement for everyone to fixed values. Amazon S3 does not count such a statement as
-- public. Fixed values have no wildcards and no variables.
-- about: The condition keys with which Amazon S3 does not count a policy as public, if their values are fixed.
-- source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"
-- date: 2026-11-29
-- rebuild: read "The meaning of public" in the page
create or replace macro iam_has_fixed_values(conditions) as
    len([
        1 for condition_ in conditions
        if (
            condition_.key in (
                'aws:principalorgid', 'aws:principalorgpaths', 'aws:sourcevpce', 'aws:sourcevpc', 'aws:sourceaccount',
                'aws:sourcearn', 'aws:sourceowner', 'aws:sourceip', 'aws:userid', 'aws:principalaccount', 'aws:principalarn',
                's3:dataaccesspointarn', 's3:dataaccesspointaccount', 's3:x-amz-server-side-encryption-aws-kms-key-id'
            )
        )
        and not condition_.if_exists
        and coalesce(condition_.qualifier, '') <> 'all'
        and not starts_with(condition_.operator, 'null')
        and not contains(condition_.operator, 'not')
        and len(condition_."values") > 0
        and len([
            1 for value_ in condition_."values"
            if case
                when condition_.key = 'aws:sourceip' then iam_is_wide_range(value_)
                when condition_.key = 's3:dataaccesspointarn' then contains(value_, '${') or value_ like 'arn:%:s3:%:*:%'
                when condition_.key = 'aws:userid' then contains(value_, '${') or regexp_matches(split_part(value_, ':', 1), '[*?]')
                else regexp_matches(value_, '[*?]|\$\{')
            end
        ]) = 0
    ]) > 0;

-- Returns the grants of a KMS key, as ListGrants returns them, as a policy document.
create or replace macro iam_grants_document(grants) as
    to_json({
        'Version': '2012-10-17',
        'Statement': [{
            'Sid': json_extract_string(grant_, '$.GrantId'),
            'Effect': 'Allow',
            'Principal': case
                when starts_with(json_extract_string(grant_, '$.GranteePrincipal'), 'arn:')
                    then json_object('AWS', json_extract_string(grant_, '$.GranteePrincipal'))
                else json_object('Service', json_extract_string(grant_, '$.GranteePrincipal'))
            end,
            'Action': ['kms:' || operation_ for operation_ in coalesce(text_list(json_extract(grant_, '$.Operations')), [])],
            'Resource': '*',
            'Condition': json_object('StringEquals', json_merge_patch(
                iam_grant_context(json_extract(grant_, '$.Constraints.EncryptionContextSubset')),
                iam_grant_context(json_extract(grant_, '$.Constraints.EncryptionContextEquals'))
            ))
        } for grant_ in cast(json_extract(grants, '$[*]') as json[])]
    });

-- Returns the encryption context that a grant requires, as a condition.
create or replace macro iam_grant_context(context) as
    to_json(map(
        ['kms:EncryptionContext:' || key_ for key_ in coalesce(some_keys(context), [])],
        [json_extract_string(context, key_pointer(key_)) for key_ in coalesce(some_keys(context), [])]
    ));

-- Returns whether an access control list can allow an action to another account or to everyone.
create or replace macro iam_acl_can_allow(action) as
    lower(action) in (
        's3:getobject', 's3:getobjectversion', 's3:putobject', 's3:deleteobject', 's3:listbucket', 's3:listbucketversions',
        's3:listbucketmultipartuploads', 's3:getbucketacl', 's3:putbucketacl', 's3:getobjectacl', 's3:putobjectacl',
        's3:getobjectversionacl', 's3:putobjectversionacl', 's3:getobjecttorrent'
    );

-- Returns whether LIKE patterns of a Deny include everything that a pattern of an Allow matches. A wildcard of the Allow stands
-- for no characters, and for more than a `?` of the Deny can match. A policy variable stands for any string.
create or replace macro iam_is_included(deny_likes, pattern) as
    len([
        1 for like_ in deny_likes
        if not contains(like_, '${')
        and replace(replace(regexp_replace(pattern, '\$\{[^}]*\}', '*', 'g'), '*', ''), '?', '~') like like_ escape '\'
        and replace(
            replace(regexp_replace(pattern, '\$\{[^}]*\}', '*', 'g'), '*', repeat('~', length(like_) + 1)), '?', '~'
        ) like like_ escape '\'
    ]) > 0;

-- Returns whether a pattern of an Allow and a LIKE pattern can match the same string. Patterns with wildcards cannot if their
-- beginnings differ.
create or replace macro iam_may_overlap(pattern, like_pattern) as
    case
        when not regexp_matches(pattern, '[*?]|\$\{') then pattern like like_pattern escape '\'
        else starts_with(regexp_extract(pattern, '^[^*?$]*'), regexp_extract(like_pattern, '^[^%_\\$]*'))
            or starts_with(regexp_extract(like_pattern, '^[^%_\\$]*'), regexp_extract(pattern, '^[^*?$]*'))
    end;

-- Returns whether the actions of a Deny include all actions of an Allow. `actions` is NULL for an Allow with NotAction.
create or replace macro iam_covers_actions(deny_likes, deny_is_action, actions) as
    case
        when actions is null then deny_is_action and len([1 for like_ in deny_likes if regexp_full_match(like_, '%+')]) > 0
        when deny_is_action then len([1 for action_ in actions if not iam_is_included(deny_likes, action_)]) = 0
        else len([
            1 for action_ in actions if len([1 for like_ in deny_likes if iam_may_overlap(action_, like_)]) > 0
        ]) = 0
    end;

-- Returns whether the resources of a Deny include all resources of an Allow.
create or replace macro iam_covers_resources(deny_likes, resources) as
    deny_likes is null
    or resources is not null and len([1 for resource_ in resources if not iam_is_included(deny_likes, resource_)]) = 0;

-- Returns whether a Deny includes some of the actions of an Allow, as far as the patterns show.
create or replace macro iam_denies_some_actions(deny_likes, deny_is_action, actions) as
    actions is null or not deny_is_action or len([
        1 for action_ in actions if len([1 for like_ in deny_likes if iam_may_overlap(action_, like_)]) > 0
    ]) > 0;

-- Returns whether a statement with these actions (NULL for NotAction) and an Allow of `actions` have an action in common, as far
-- as the patterns show.
create or replace macro iam_has_common_actions(statement_actions, statement_likes, actions) as
    statement_actions is null or actions is null or len([
        1 for action_ in actions if len([1 for like_ in statement_likes if action_ like like_ escape '\']) > 0
    ]) > 0 or len([
        1 for action_ in statement_actions if len([1 for allowed_ in actions if action_ like iam_like(allowed_) escape '\']) > 0
    ]) > 0;
