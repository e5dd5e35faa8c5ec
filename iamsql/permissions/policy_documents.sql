-- Policy documents taken apart: the pieces that views of statements and questions about permissions are made of.

-- The conditions of a statement: each operator without its ForAllValues: or ForAnyValue: and its IfExists, each key
-- with the values beside it. Operators and keys are in small letters, as IAM compares them without regard to case.
create or replace macro statement_conditions(statement) as
    coalesce(flatten([
        [{
            'operator': regexp_replace(regexp_replace(lower(operator_), '^for(all|any)values?:', ''), 'ifexists$', ''),
            'qualifier': case
                when starts_with(lower(operator_), 'forallvalue') then 'all'
                when starts_with(lower(operator_), 'foranyvalue') then 'any'
            end,
            'if_exists': ends_with(lower(operator_), 'ifexists'), 'key': lower(key_), 'spelt': key_,
            'values': coalesce(text_list(json_extract(statement, '/Condition' || key_pointer(operator_) || key_pointer(key_))), [])
        } for key_ in json_keys(statement, '/Condition' || key_pointer(operator_))]
        for operator_ in some_keys(json_extract(statement, '$.Condition'))
    ]), []);

-- Who a statement speaks of, as pairs of kind and value; NULL where it does not say, as in identity policies.
create or replace macro statement_principals(principal) as
    case json_type(principal)
        when 'OBJECT' then coalesce(flatten([
            [{'type': kind_, 'value': value_} for value_ in coalesce(text_list(json_extract(principal, key_pointer(kind_))), [])]
            for kind_ in some_keys(principal)
        ]), [])
        when 'VARCHAR' then [{'type': 'AWS', 'value': json_extract_string(principal, '$')}]
        when 'ARRAY' then [{'type': 'AWS', 'value': value_} for value_ in coalesce(text_list(principal), [])]
    end;

-- The document of AdministratorAccess and of the service control policy FullAWSAccess, which AWS publishes and keeps as it is:
-- it counts where it was not read. Its id is the one that an equal document has in aws_iam_document.
create or replace macro iam_full_access() as
    cast('{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}' as json);

create or replace macro iam_full_access_id() as md5(cast(iam_full_access() as varchar));
