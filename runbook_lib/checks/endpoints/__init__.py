"""Does the target reach AWS services through VPC endpoints, and if not, what stops it?"""
