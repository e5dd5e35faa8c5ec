-- A parameter that lists values, separated by commas, as a sorted list without duplicates and empty values.
create or replace macro comma_list(text) as
    list_sort(list_distinct([trim(word_) for word_ in string_split(text, ',') if trim(word_) <> '']));

-- The number of elements of a JSON array; 0 for NULL.
create or replace macro json_length(list) as coalesce(json_array_length(list), 0);
