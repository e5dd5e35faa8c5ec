-- Returns the elements of a list in order, each once and without NULL. iam_sorted_set(list(x)) is an aggregate.
create or replace macro iam_sorted_set(elements) as list_sort(list_distinct(elements));
