"""Facts from AWS or from files, read only, each call recorded and every secret removed before anything keeps it."""
