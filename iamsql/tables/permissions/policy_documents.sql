-- The elements of policy documents, for the views of statements and for policy evaluation.

-- Returns the conditions of a statement, one for each operator and key:
--   operator: the operator without ForAllValues:, ForAnyValue: and IfExists
--   qualifier: all or any, for ForAllValues: and ForAnyValue:
--   original_key: the key as written
-- Operators and keys are lowercase, because IAM ignores their case.
create or replace macro statement_conditions(statement) as
    coalesce(flatten([
        [{
            'operator': regexp_replace(regexp_replace(lower(operator_), '^for(all|any)values?:', ''), 'ifexists$', ''),
            'qualifier': case
                when starts_with(lower(operator_), 'forallvalue') then 'all'
                when starts_with(lower(operator_), 'foranyvalue') then 'any'
            end,
            'if_exists': ends_with(lower(operator_), 'ifexists'), 'key': lower(key_), 'original_key': key_,
            'values': coalesce(text_list(json_extract(statement, '/Condition' || key_pointer(operator_) || key_pointer(key_))), [])
        } for key_ in json_keys(statement, '/Condition' || key_pointer(operator_))]
        for operator_ in some_keys(json_extract(statement, '$.Condition'))
    ]), []);

-- Returns the type of a principal as AWS writes it. Whether AWS accepts another case is not documented.
create or replace macro iam_principal_type(kind) as
    case lower(kind)
        when 'aws' then 'AWS' when 'service' then 'Service' when 'federated' then 'Federated' when 'canonicaluser' then 'CanonicalUser'
        else kind
    end;

-- Returns the principals of a Principal or NotPrincipal element, or NULL without the element, as in identity-based policies.
create or replace macro statement_principals(principal) as
    case json_type(principal)
        when 'OBJECT' then coalesce(flatten([
            [{'type': iam_principal_type(kind_), 'value': value_} for value_ in coalesce(text_list(json_extract(principal, key_pointer(kind_))), [])]
            for kind_ in some_keys(principal)
        ]), [])
        when 'VARCHAR' then [{'type': 'AWS', 'value': json_extract_string(principal, '$')}]
        when 'ARRAY' then [{'type': 'AWS', 'value': value_} for value_ in coalesce(text_list(principal), [])]
    end;

-- Returns the document of AdministratorAccess and of the service control policy FullAWSAccess, for runs that did not read it. AWS
-- publishes the document and does not change it. An equal document in aws_iam_document has the same ID.
create or replace macro iam_full_access() as
    cast('{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}' as json);

create or replace macro iam_full_access_id() as md5(cast(iam_full_access() as varchar));

-- Returns why a policy was not evaluated: it was not read, or has a duplicate key.
create or replace macro iam_not_evaluated(policy, duplicate_key) as
    case
        when duplicate_key is null then concat(policy, ' was not read.')
        else concat(policy, ' has the key ', duplicate_key, ' twice, and AWS does not say which of them counts.')
    end;
