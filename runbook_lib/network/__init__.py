"""Pure questions over facts: how AWS routes, filters and forwards."""
