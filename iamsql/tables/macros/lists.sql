-- Returns the values of a comma-separated parameter as a sorted list without duplicates and empty values.
create or replace macro comma_list(text) as
    list_sort(list_distinct([trim(word_) for word_ in string_split(text, ',') if trim(word_) <> '']));

-- Returns whether a comma-separated parameter is empty or contains the value.
create or replace macro list_selects(text, value) as trim(text) = '' or list_contains(comma_list(text), value);

-- Returns the number of elements of a JSON array; 0 for NULL.
create or replace macro json_length(list) as coalesce(json_array_length(list), 0);
