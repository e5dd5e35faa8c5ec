"""How a text and a name are spelled in SQL: once for every room that writes some."""


def literal(text: object) -> str:
    """Write a text, or what prints as one, as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Write a name so that no letter of it is SQL."""
    return '"' + name.replace('"', '""') + '"'
