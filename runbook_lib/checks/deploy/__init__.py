"""Checks of a deployment: what Terraform says of it, and what its function does when it is invoked."""
