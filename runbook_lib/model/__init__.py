"""Facts, findings and results: plain frozen data that every other layer speaks."""
