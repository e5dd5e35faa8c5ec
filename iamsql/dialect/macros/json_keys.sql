-- Returns the keys that ? tests: the keys of an object, the strings of an array, or a string itself.
create or replace macro pg_top_keys(document) as
    case json_type(document)
        when 'OBJECT' then json_keys(document)
        when 'ARRAY' then list_transform(
            list_filter(cast(json_extract(document, '$[*]') as json[]), lambda item_: json_type(item_) = 'VARCHAR'),
            lambda item_: json_extract_string(item_, '$')
        )
        when 'VARCHAR' then [json_extract_string(document, '$')]
        else case when document is not null then cast([] as varchar[]) end
    end;

create or replace macro pg_has_key(document, key) as case when key is not null then list_contains(pg_top_keys(document), key) end;

create or replace macro pg_has_any(document, keys) as list_has_any(pg_top_keys(document), cast(keys as varchar[]));

-- A NULL key is ignored.
create or replace macro pg_has_all(document, keys) as
    list_has_all(pg_top_keys(document), list_filter(cast(keys as varchar[]), lambda key_: key_ is not null));
