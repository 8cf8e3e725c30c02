from watching import watch  # noqa: F401
