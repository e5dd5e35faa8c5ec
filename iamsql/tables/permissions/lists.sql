-- The elements of a list in order, each once and without NULL: as iam_sorted_set(list(x)) also an aggregate.
create or replace macro iam_sorted_set(elements) as list_sort(list_distinct(elements));
