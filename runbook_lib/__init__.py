"""Runbooks for Lambda functions in a VPC that cannot reach something: facts, checks, proven fixes, evidence."""

__all__ = ["__version__"]

__version__ = "0.1.0"
