"""The targets of notifications: a module for each, with a function `open_target(text, context)`."""
